meta:
  id: wav
  endian: le
seq:
  - id: magic
    contents: RIFF
  - id: len
    type: u4
  - id: form
    contents: WAVE
  - id: chunks
    type: chunk
    repeat: eos
types:
  chunk:
    seq:
      - id: name
        type: str
        size: 4
        encoding: ASCII
      - id: len
        type: u4
      - id: body
        size: len
        type:
          switch-on: name
          cases:
            '"fmt "': format
            '"data"': samples
      - id: pad
        size: len % 2
  format:
    seq:
      - {id: tag, type: u2}
      - {id: channels, type: u2}
      - {id: rate, type: u4}
      - {id: byte_rate, type: u4}
      - {id: align, type: u2}
      - {id: bits, type: u2}
  samples:
    seq:
      - id: values
        type: s2
        repeat: eos
