meta:
  id: utmp
  endian: le
  encoding: UTF-8
seq:
  - id: records
    type: record
    repeat: eos
types:
  record:
    seq:
      - {id: kind, type: s4, enum: kinds}
      - {id: pid, type: s4}
      - {id: line, type: strz, size: 32}
      - {id: id, type: strz, size: 4}
      - {id: user, type: strz, size: 32}
      - {id: host, type: strz, size: 256}
      - {id: exit, type: u4}
      - {id: session, type: s4}
      - {id: seconds, type: s4}
      - {id: micros, type: s4}
      - {id: address, size: 16}
      - {id: reserved, size: 20}
    instances:
      moment:
        value: seconds * 1000000 + micros
enums:
  kinds:
    0: empty
    2: boot
    6: login
    7: user
    8: dead
