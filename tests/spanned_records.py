"""Records cut into segments, and these put into blocks."""

from __future__ import annotations

import random
from collections.abc import Iterator

import arrowsmith

BOOK = arrowsmith.text("""
       01  R.
           05  ID   PIC X.
           05  N    PIC 9(5).
           05  LEN  PIC 9(4) COMP.
           05  T    PIC X OCCURS 0 TO 9000 DEPENDING ON LEN.
""")
OPTIONS = {"variable_size_occurs": "true", "encoding": "ascii"}


def segment(data: bytes, code: int) -> bytes:
    return (len(data) + 4).to_bytes(2, "big") + bytes([code, 0]) + data


def block(data: bytes, *, large: bool = False) -> bytes:
    size = len(data) + 4
    return (size | 1 << 31).to_bytes(4, "big") + data if large else size.to_bytes(2, "big") + b"\0\0" + data


def records(seed: int) -> list[tuple[str, int, bytes]]:
    rng = random.Random(seed)
    return [(rng.choice("AB"), n, rng.randbytes(rng.choice((0, 1, 5, 200, 3000))).hex().encode()) for n in range(60)]


def stored(record: tuple[str, int, bytes]) -> bytes:
    kind, number, text = record
    return kind.encode() + b"%05d" % number + len(text).to_bytes(2, "big") + text


#: a record that stands for any
A = stored(("A", 1, b"abc"))


def segments(seed: int, found: list[tuple[str, int, bytes]]) -> Iterator[bytes]:
    """Each record cut anywhere, the smallest pieces included."""
    rng = random.Random(seed + 1)
    for record in map(stored, found):
        cuts = sorted(rng.sample(range(len(record) + 1), min(rng.choice((0, 0, 1, 2, 5)), len(record))))
        pieces = [record[a:b] for a, b in zip([0, *cuts], [*cuts, len(record)], strict=True)]
        for n, piece in enumerate(pieces):
            last = n == len(pieces) - 1
            yield segment(piece, 0 if len(pieces) == 1 else 1 if not n else 2 if last else 3)


def blocks(seed: int, found: list[tuple[str, int, bytes]]) -> Iterator[bytes]:
    """Some segments each, of some blocks the rest null."""
    rng = random.Random(seed + 2)
    held = b""
    for piece in segments(seed, found):
        held += piece
        if rng.random() < 0.4:
            null = b"\x80\0\0\0" + rng.randbytes(rng.randrange(9)) if rng.random() < 0.5 else b""
            yield block(held + null, large=rng.random() < 0.3)
            held = b""
    if held:
        yield block(held)
