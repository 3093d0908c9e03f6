meta:
  id: sqlite3
  endian: be
  encoding: UTF-8
seq:
  - {id: magic, contents: ["SQLite format 3", 0]}
  - {id: len_page_said, type: u2}
  - {id: write, type: u1}
  - {id: read, type: u1}
  - {id: reserved, type: u1}
  - {id: fractions, size: 3}
  - {id: changes, type: u4}
  - {id: num_pages, type: u4}
  - {id: rest, size: 68}
instances:
  len_page:
    value: 'len_page_said == 1 ? 65536 : len_page_said'
  pages:
    pos: 0
    size: len_page
    type: page(_index)
    repeat: expr
    repeat-expr: num_pages
types:
  page:
    params:
      - {id: number, type: s4}
    seq:
      - {id: head, size: 100, if: number == 0}
      - {id: kind, type: u1, enum: kinds}
      - {id: free, type: u2}
      - {id: num_cells, type: u2}
      - {id: ofs_cells, type: u2}
      - {id: fragments, type: u1}
      - {id: right, type: u4, if: kind == kinds::table_inner or kind == kinds::index_inner}
      - id: cells
        type: cell
        repeat: expr
        repeat-expr: num_cells
  cell:
    seq:
      - {id: ofs, type: u2}
    instances:
      first:
        pos: ofs
        type: u1
enums:
  kinds:
    2: index_inner
    5: table_inner
    10: index_leaf
    13: table_leaf
