meta:
  id: png
  endian: be
seq:
  - id: magic
    contents: [0x89, PNG, 0x0d, 0x0a, 0x1a, 0x0a]
  - id: chunks
    type: chunk
    repeat: until
    repeat-until: _.kind == "IEND" or _io.eof
types:
  chunk:
    seq:
      - id: len
        type: u4
      - id: kind
        type: str
        size: 4
        encoding: ASCII
      - id: body
        size: len
        type:
          switch-on: kind
          cases:
            '"IHDR"': header
            '"PLTE"': palette
            '"gAMA"': gamma
            '"pHYs"': density
            '"tEXt"': note
            '"tIME"': moment
      - id: crc
        type: u4
  header:
    seq:
      - id: width
        type: u4
        valid:
          min: 1
      - id: height
        type: u4
      - id: depth
        type: u1
        valid:
          any-of: [1, 2, 4, 8, 16]
      - id: color
        type: u1
        enum: colors
      - id: compression
        type: u1
      - id: filter
        type: u1
      - id: interlace
        type: u1
    instances:
      pixels:
        value: width * height
  palette:
    seq:
      - id: entries
        type: rgb
        repeat: eos
  rgb:
    seq:
      - {id: r, type: u1}
      - {id: g, type: u1}
      - {id: b, type: u1}
  gamma:
    seq:
      - id: scaled
        type: u4
    instances:
      ratio:
        value: scaled / 100000.0
  density:
    seq:
      - {id: x, type: u4}
      - {id: y, type: u4}
      - {id: unit, type: u1}
    instances:
      dpi_x:
        value: (x * 0.0254).to_i
        if: unit == 1
  note:
    seq:
      - id: keyword
        type: strz
        encoding: ISO-8859-1
      - id: text
        type: str
        size-eos: true
        encoding: ISO-8859-1
  moment:
    seq:
      - {id: year, type: u2}
      - {id: month, type: u1}
      - {id: day, type: u1}
      - {id: hour, type: u1}
      - {id: minute, type: u1}
      - {id: second, type: u1}
enums:
  colors:
    0: gray
    2: rgb
    3: indexed
    4: gray_alpha
    6: rgb_alpha
