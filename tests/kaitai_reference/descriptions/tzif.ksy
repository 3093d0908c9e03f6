meta:
  id: tzif
  endian: be
seq:
  - {id: narrow, type: block(4)}
  - {id: wide, type: block(8), if: narrow.version != 0}
  - {id: mark, contents: [0x0a], if: narrow.version != 0}
  - {id: rule, type: str, terminator: 0x0a, encoding: ASCII, if: narrow.version != 0}
types:
  block:
    params:
      - {id: width, type: u1}
    seq:
      - {id: magic, contents: TZif}
      - {id: version, type: u1}
      - {id: reserved, size: 15}
      - {id: num_universal, type: u4}
      - {id: num_standard, type: u4}
      - {id: num_leaps, type: u4}
      - {id: num_times, type: u4}
      - {id: num_kinds, type: u4}
      - {id: len_names, type: u4}
      - id: times
        type:
          switch-on: width
          cases:
            4: s4
            8: s8
        repeat: expr
        repeat-expr: num_times
      - {id: which, type: u1, repeat: expr, repeat-expr: num_times}
      - {id: kinds, type: kind, repeat: expr, repeat-expr: num_kinds}
      - {id: names, size: len_names, type: names}
      - {id: leaps, size: width + 4, repeat: expr, repeat-expr: num_leaps}
      - {id: standard, type: u1, repeat: expr, repeat-expr: num_standard}
      - {id: universal, type: u1, repeat: expr, repeat-expr: num_universal}
  kind:
    seq:
      - {id: offset, type: s4}
      - {id: summer, type: u1}
      - {id: name, type: u1}
  names:
    seq:
      - {id: entries, type: strz, encoding: ASCII, repeat: eos}
