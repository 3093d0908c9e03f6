meta:
  id: elf
seq:
  - id: magic
    contents: [0x7f, ELF]
  - id: width
    type: u1
    enum: widths
  - id: order
    type: u1
    enum: orders
  - id: version
    type: u1
  - id: abi
    type: u1
  - id: rest
    size: 8
  - id: head
    type: head
types:
  head:
    meta:
      endian:
        switch-on: _root.order
        cases:
          'orders::le': le
          'orders::be': be
    seq:
      - {id: kind, type: u2, enum: kinds}
      - {id: machine, type: u2, enum: machines}
      - {id: version, type: u4}
      - id: start
        type:
          switch-on: _root.width
          cases:
            'widths::b32': u4
            'widths::b64': u8
      - id: ofs_segments
        type:
          switch-on: _root.width
          cases:
            'widths::b32': u4
            'widths::b64': u8
      - id: ofs_sections
        type:
          switch-on: _root.width
          cases:
            'widths::b32': u4
            'widths::b64': u8
      - {id: flags, type: u4}
      - {id: len_head, type: u2}
      - {id: len_segment, type: u2}
      - {id: num_segments, type: u2}
      - {id: len_section, type: u2}
      - {id: num_sections, type: u2}
      - {id: names, type: u2}
    instances:
      segments:
        pos: ofs_segments.as<u4>
        size: len_segment
        type: segment
        repeat: expr
        repeat-expr: num_segments
    types:
      segment:
        seq:
          - {id: kind, type: u4}
          - {id: flags, type: u4, if: _root.width == widths::b64}
          - id: ofs
            type:
              switch-on: _root.width
              cases:
                'widths::b32': u4
                'widths::b64': u8
          - id: rest
            size-eos: true
enums:
  widths: {1: b32, 2: b64}
  orders: {1: le, 2: be}
  kinds: {1: relocatable, 2: executable, 3: shared, 4: core}
  machines: {3: i386, 40: arm, 62: amd64, 183: arm64}
