"""Records of as many elements as each says, of which some are refused."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

copybook = pytest.mark.skipif(find_spec("arrowsmith_copybook") is None, reason="no copybook format here")

COPYBOOK = """
       01  R.
           05  N PIC 9(1).
           05  L OCCURS 0 TO 5 DEPENDING ON N.
               10 Q PIC X(2).
               10 A PIC S9(3) COMP-3 OCCURS 2.
           05  F PIC X(1).
           05  G REDEFINES F PIC 9(1).
           05  FILLER PIC X(2).
           05  T PIC 9(2).
"""
OPTIONS = {"encoding": "ascii", "record_format": "V", "is_rdw_big_endian": "true", "variable_size_occurs": "true"}


def record(count: int, *, bad: bool = False) -> bytes:
    """A record of *count* elements behind its header; a *bad* one has no number in its second element."""
    elements = (b"%02d\x12\x3c" % i + (b"\xff\xff" if bad and i == 1 else b"\x00\x1d") for i in range(count))
    data = str(count).encode() + b"".join(elements) + b"Zzz12"
    return len(data).to_bytes(2, "big") + b"\0\0" + data


DATA = record(2) + record(0) + record(3, bad=True) + record(1) + record(2, bad=True)
