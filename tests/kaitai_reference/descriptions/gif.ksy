meta:
  id: gif
  endian: le
seq:
  - id: magic
    contents: GIF
  - id: version
    type: str
    size: 3
    encoding: ASCII
  - id: screen
    type: screen
  - id: colors
    type: color
    repeat: expr
    repeat-expr: screen.num_colors
    if: screen.has_colors
  - id: blocks
    type: block
    repeat: until
    repeat-until: _io.eof or _.kind == kinds::end
types:
  screen:
    seq:
      - {id: width, type: u2}
      - {id: height, type: u2}
      - {id: flags, type: u1}
      - {id: background, type: u1}
      - {id: aspect, type: u1}
    instances:
      has_colors:
        value: (flags & 0x80) != 0
      num_colors:
        value: 2 << (flags & 7)
  color:
    seq:
      - {id: r, type: u1}
      - {id: g, type: u1}
      - {id: b, type: u1}
  block:
    seq:
      - id: kind
        type: u1
        enum: kinds
      - id: body
        type:
          switch-on: kind
          cases:
            'kinds::extension': extension
            'kinds::image': image
  image:
    seq:
      - {id: left, type: u2}
      - {id: top, type: u2}
      - {id: width, type: u2}
      - {id: height, type: u2}
      - {id: flags, type: u1}
      - id: colors
        type: color
        repeat: expr
        repeat-expr: 2 << (flags & 7)
        if: (flags & 0x80) != 0
      - {id: bits, type: u1}
      - {id: parts, type: parts}
  extension:
    seq:
      - {id: label, type: u1}
      - {id: parts, type: parts}
  parts:
    seq:
      - id: entries
        type: part
        repeat: until
        repeat-until: _.len == 0
  part:
    seq:
      - {id: len, type: u1}
      - {id: bytes, size: len}
enums:
  kinds:
    0x21: extension
    0x2c: image
    0x3b: end
