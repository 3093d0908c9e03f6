meta:
  id: zip
  endian: le
seq:
  - id: sections
    type: section
    repeat: eos
types:
  section:
    seq:
      - id: magic
        contents: PK
      - id: kind
        type: u2
        enum: kinds
      - id: body
        type:
          switch-on: kind
          cases:
            'kinds::file': file
            'kinds::entry': entry
            'kinds::end': end
  file:
    seq:
      - {id: version, type: u2}
      - {id: flags, type: u2}
      - {id: method, type: u2, enum: methods}
      - {id: time, type: u2}
      - {id: date, type: u2}
      - {id: crc, type: u4}
      - {id: len_packed, type: u4}
      - {id: len_plain, type: u4}
      - {id: len_name, type: u2}
      - {id: len_extra, type: u2}
      - {id: name, type: str, size: len_name, encoding: UTF-8}
      - {id: extra, size: len_extra}
      - {id: packed, size: len_packed}
    instances:
      year:
        value: 1980 + (date >> 9)
  entry:
    seq:
      - {id: made_by, type: u2}
      - {id: version, type: u2}
      - {id: flags, type: u2}
      - {id: method, type: u2, enum: methods}
      - {id: time, type: u2}
      - {id: date, type: u2}
      - {id: crc, type: u4}
      - {id: len_packed, type: u4}
      - {id: len_plain, type: u4}
      - {id: len_name, type: u2}
      - {id: len_extra, type: u2}
      - {id: len_comment, type: u2}
      - {id: disk, type: u2}
      - {id: inner, type: u2}
      - {id: outer, type: u4}
      - {id: ofs, type: s4}
      - {id: name, type: str, size: len_name, encoding: UTF-8}
      - {id: extra, size: len_extra}
      - {id: comment, type: str, size: len_comment, encoding: UTF-8}
    instances:
      file_version:
        pos: ofs + 4
        type: u2
  end:
    seq:
      - {id: disk, type: u2}
      - {id: first_disk, type: u2}
      - {id: num_here, type: u2}
      - {id: num, type: u2}
      - {id: len, type: u4}
      - {id: ofs, type: u4}
      - {id: len_comment, type: u2}
      - {id: comment, type: str, size: len_comment, encoding: UTF-8}
enums:
  kinds:
    0x0201: entry
    0x0403: file
    0x0605: end
  methods:
    0: stored
    8: deflated
