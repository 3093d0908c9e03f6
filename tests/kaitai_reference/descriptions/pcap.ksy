meta:
  id: capture
  endian: le
seq:
  - id: head
    type: head
  - id: packets
    type: packet
    repeat: eos
types:
  head:
    seq:
      - id: magic
        contents: [0xd4, 0xc3, 0xb2, 0xa1]
      - id: major
        type: u2
      - id: minor
        type: u2
      - id: zone
        type: s4
      - id: accuracy
        type: u4
      - id: longest
        type: u4
      - id: link
        type: u4
        enum: links
  packet:
    seq:
      - id: seconds
        type: u4
      - id: micros
        type: u4
      - id: len_here
        type: u4
      - id: len_there
        type: u4
      - id: body
        size: len_here
        type:
          switch-on: _root.head.link
          cases:
            'links::ethernet': ethernet
  ethernet:
    meta:
      endian: be
    seq:
      - id: target
        size: 6
      - id: source
        size: 6
      - id: kind
        type: u2
        enum: kinds
      - id: body
        size-eos: true
        type:
          switch-on: kind
          cases:
            'kinds::ipv4': ipv4
    enums:
      kinds:
        0x0800: ipv4
        0x0806: arp
        0x86dd: ipv6
  ipv4:
    meta:
      endian: be
    seq:
      - id: version
        type: b4
      - id: len_head
        type: b4
      - id: service
        type: u1
      - id: len_all
        type: u2
      - id: number
        type: u2
      - id: flags
        type: b3
      - id: fragment
        type: b13
      - id: hops
        type: u1
      - id: protocol
        type: u1
        enum: protocols
      - id: checksum
        type: u2
      - id: source
        size: 4
      - id: target
        size: 4
      - id: options
        size: len_head * 4 - 20
      - id: body
        size: len_all - len_head * 4
        type:
          switch-on: protocol
          cases:
            'protocols::tcp': tcp
            'protocols::udp': udp
    enums:
      protocols:
        1: icmp
        6: tcp
        17: udp
  tcp:
    meta:
      endian: be
    seq:
      - id: source
        type: u2
      - id: target
        type: u2
      - id: sequence
        type: u4
      - id: acknowledged
        type: u4
      - id: len_head
        type: b4
      - id: reserved
        type: b3
      - id: ns
        type: b1
      - id: cwr
        type: b1
      - id: ece
        type: b1
      - id: urg
        type: b1
      - id: ack
        type: b1
      - id: psh
        type: b1
      - id: rst
        type: b1
      - id: syn
        type: b1
      - id: fin
        type: b1
      - id: window
        type: u2
      - id: checksum
        type: u2
      - id: urgent
        type: u2
      - id: options
        size: len_head * 4 - 20
      - id: data
        size-eos: true
  udp:
    meta:
      endian: be
    seq:
      - id: source
        type: u2
      - id: target
        type: u2
      - id: len
        type: u2
      - id: checksum
        type: u2
      - id: data
        size-eos: true
enums:
  links:
    1: ethernet
    101: raw
