meta:
  id: bmp
  endian: le
seq:
  - {id: magic, contents: BM}
  - {id: len, type: u4}
  - {id: reserved, type: u4}
  - {id: ofs, type: s4}
  - {id: len_head, type: u4}
  - {id: head, size: len_head - 4, type: head}
instances:
  rows:
    pos: ofs
    size: (head.width * head.bits + 31) / 32 * 4
    type: row
    repeat: expr
    repeat-expr: head.height
types:
  head:
    seq:
      - {id: width, type: s4}
      - {id: height, type: s4}
      - {id: planes, type: u2}
      - {id: bits, type: u2}
      - {id: compression, type: u4, enum: compressions}
      - {id: rest, size-eos: true}
  row:
    seq:
      - {id: pixels, type: pixel, repeat: expr, repeat-expr: _root.head.width}
  pixel:
    seq:
      - {id: b, type: u1}
      - {id: g, type: u1}
      - {id: r, type: u1}
enums:
  compressions: {0: none, 1: rle8, 2: rle4}
