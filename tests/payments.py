"""Records of payments, and what spoils them: a refused number, a header that is none."""

from __future__ import annotations

import struct
from importlib.util import find_spec
from typing import Any

import pytest

import arrowsmith

COPYBOOK = """\
       01  R.
           05  ID     PIC 9(4) COMP.
           05  NAME   PIC X(6).
           05  PAID   PIC S9(5)V99 COMP-3.
"""
#: the same, where PAID was text all the time
MENDED = COPYBOOK.replace("S9(5)V99 COMP-3", "X(4)")
RECORD = 12
V = {"record_format": "V", "is_rdw_big_endian": "true"}
EMITTERS = ["vm", *(["x86-64"] if find_spec("iced_x86") and find_spec("arrowsmith_x86_64") else [])]
emitters = pytest.mark.parametrize("emitter", EMITTERS)


def record(number: int, *, bad: bool = False) -> bytes:
    return number.to_bytes(2, "big") + b"\xc1" * 6 + bytes.fromhex("ff12345c" if bad else "0012345c")


def rdw(data: bytes) -> bytes:
    return struct.pack(">HH", len(data), 0) + data


def dictionary(text: str = COPYBOOK) -> Any:
    return arrowsmith.text(text, name="r.cpy")


def damaged() -> bytes:
    """A thousand V records: each twentieth is refused, one header is none."""
    data = bytearray(b"".join(rdw(record(n, bad=n % 20 == 7)) for n in range(1, 1001)))
    data[16 * 500 : 16 * 500 + 4] = bytes(4)
    return bytes(data)
