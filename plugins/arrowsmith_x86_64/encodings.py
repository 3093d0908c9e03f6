"""The charsets of a Program become numbered encodings, each with the table by which its bytes become utf8.

The number travels with a text in a register; 0 is null.
Invariant: an encoding is numbered by where the Program first uses it, so the same Program has the same numbers.
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from typing import Final

from arrowsmith.charsets import Charset, expansion
from arrowsmith.once import once
from arrowsmith.program import ops as o
from arrowsmith.program.ops import R, outputs, walk
from arrowsmith.program.program import Program

#: the most utf8 bytes of one byte that fit an entry of the table, whose eighth byte counts them
WIDEST: Final = 7

BINARY: Final = 1
UTF8: Final = 2
#: bytes that are put as their hexadecimal digits
HEX: Final = 3


@dataclass(frozen=True)
class Encoding:
    """``charset``: a table, ``binary``, ``hex``, ``utf-8``, ``utf-16-be`` or ``utf-16-le``.  ``undecodable`` as in ``text``."""

    number: int
    charset: Charset | str
    undecodable: str = "error"

    @property
    def copied(self) -> bool:
        """Whether its bytes are put as they are."""
        return self.charset == "binary" or (self.charset == "utf-8" and self.undecodable == "error")

    @property
    def expansion(self) -> int:
        """The most bytes that putting one byte takes."""
        return 2 if self.charset == "hex" else expansion(self.charset, self.undecodable)

    @once
    def utf8(self) -> tuple[bytes, ...]:
        """The utf8 of each byte; nothing where it is refused."""
        assert isinstance(self.charset, Charset)
        missing = "" if self.undecodable == "error" else "\ufffd"
        return tuple((c or missing).encode() for c in self.charset.table)

    @once
    def long(self) -> bytes:
        """The bytes that become more than two: of most pages that have any, that of the euro sign."""
        return bytes(n for n, u in enumerate(self.utf8) if len(u) > 2)

    @once
    def pairs(self) -> tuple[bytes, bytes] | None:
        """Of a table of which at most two bytes become more than two, `long`: the last utf8 byte of each, and the one before it; 0 where
        there is none.  None where a 0 could be either."""
        if not isinstance(self.charset, Charset) or len(self.long) > 2 or any(u[:-1] == b"\0" for u in self.utf8):
            return None
        if not all(self.utf8) and b"\0" in self.utf8:
            return None
        return bytes(u[-1] if u else 0 for u in self.utf8), bytes(u[0] if len(u) == 2 else 0 for u in self.utf8)

    @once
    def entries(self) -> bytes:
        """256 entries of 8 bytes: the utf8, padded, and its length."""
        return b"".join(u.ljust(WIDEST, b"\0") + bytes([len(u)]) for u in self.utf8)

    @once
    def plain(self) -> tuple[int, ...]:
        """For each byte the ASCII byte that it becomes; 0xFF where it becomes something else.  (Of a table, or of utf-8.)"""
        if self.charset == "utf-8":
            return tuple(n if n < 0x80 else 0xFF for n in range(256))
        return tuple(u[0] if len(u) == 1 and u[0] < 0x80 else 0xFF for u in self.utf8)

    @once
    def lenient(self) -> bool:
        """Whether every byte has a character, or something put in its place."""
        return isinstance(self.charset, Charset) and (self.undecodable != "error" or all(self.charset.table))

    @once
    def blanks(self) -> frozenset[int]:
        """The bytes whose character is at or below U+0020."""
        if not isinstance(self.charset, Charset):
            return frozenset(range(0x21))
        return frozenset(b for b, c in enumerate(self.charset.table) if len(c) == 1 and ord(c) <= 0x20)


class Encodings:
    """The encodings of one Program, and which of them each text register may hold."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.all = [Encoding(BINARY, "binary"), Encoding(UTF8, "utf-8"), Encoding(HEX, "hex")]
        self._numbers: dict[tuple[str, str], int] = {}
        self._of: dict[int, frozenset[int]] = {}
        writers = [op for op in walk(program.body) if any(program.registers[r.n] == "text" for r in outputs(op))]
        changed = True
        while changed:
            changed = False
            for op in writers:
                for r in outputs(op):
                    found = self._of.get(r.n, frozenset()) | self._made_by(op)
                    changed = changed or found != self._of.get(r.n)
                    self._of[r.n] = found

    def _made_by(self, op: o.Op) -> frozenset[int]:
        match op:
            case o.LoadText():
                return frozenset({self.of_load(op).number})
            case o.LoadBytes(hex=False) | o.Const(value=bytes()):
                return frozenset({BINARY})
            case o.LoadBytes():
                return frozenset({HEX})
            case o.Fetch():
                return frozenset({BINARY if self.program.columns[op.column].storage == "binary" else UTF8})
            case o.Let(how="copy"):
                return self._registers(op.a)
            case o.Let(how="else"):
                return self._registers(op.a) | self._registers(op.b)
            case o.Let(how="null") | o.Require():
                return frozenset()
            case o.TextLet(how="slice"):
                return self._registers(op.a)
            case _:
                return frozenset({UTF8})

    def _registers(self, operand: R | int) -> frozenset[int]:
        return self._of.get(operand.n, frozenset()) if isinstance(operand, R) else frozenset()

    def of_load(self, op: o.LoadText) -> Encoding:
        """The encoding of what *op* loads."""
        charset = self.program.charset(op.charset) or codecs.lookup(op.charset).name
        if charset == "utf-8" and op.undecodable == "error":
            return self.all[UTF8 - 1]
        key = (op.charset, op.undecodable)
        if key not in self._numbers:
            self._numbers[key] = len(self.all) + 1
            self.all.append(Encoding(len(self.all) + 1, charset, op.undecodable))
        return self.all[self._numbers[key] - 1]

    def of(self, r: R) -> list[Encoding]:
        """The encodings that register *r* may hold."""
        return [self.all[n - 1] for n in sorted(self._of.get(r.n, frozenset()))]
