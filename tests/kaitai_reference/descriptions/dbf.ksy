meta:
  id: dbf
  endian: le
  encoding: ASCII
seq:
  - {id: version, type: u1}
  - {id: year, type: u1}
  - {id: month, type: u1}
  - {id: day, type: u1}
  - {id: num_records, type: u4}
  - {id: len_head, type: u2}
  - {id: len_record, type: u2}
  - {id: reserved, size: 20}
  - id: fields
    type: column
    repeat: expr
    repeat-expr: (len_head - 33) / 32
  - {id: mark, contents: [0x0d]}
  - id: records
    size: len_record
    type: record
    repeat: expr
    repeat-expr: num_records
types:
  column:
    seq:
      - {id: name, type: str, size: 11, terminator: 0}
      - {id: kind, type: u1, enum: kinds}
      - {id: address, type: u4}
      - {id: len, type: u1}
      - {id: places, type: u1}
      - {id: rest, size: 14}
  record:
    seq:
      - {id: deleted, type: str, size: 1}
      - id: values
        type: str
        size: _root.fields[_index].len
        pad-right: 0x20
        repeat: expr
        repeat-expr: _root.fields.size
enums:
  kinds:
    0x43: text
    0x44: date
    0x4c: truth
    0x4e: number
