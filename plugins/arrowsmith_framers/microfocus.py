"""``microfocus``: variable-format sequential files as Micro Focus COBOL keeps them.

A record stands behind a header of 2 or 4 bytes: its kind in the upper four bits, its length in the others, most significant byte first.
Bytes of any value pad it, so that the next header begins at a multiple of four bytes, eight behind this one at the least.  The file
begins with a record of a kind of its own, the file header, whose length says how wide headers are.
Source: Micro Focus "File Handling", chapters "File Header Record" and "Variable Format Record Sequential File".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from arrowsmith.interfaces import Option, Options, Yields

if TYPE_CHECKING:
    from arrowsmith.program.builder import Builder

#: kinds of records, as the upper four bits of a header have them: those of the user, and what is left out
DATA, DATA_POINTED_TO = 4, 7
DELETED, SYSTEM, FILE_HEADER, POINTER = 1, 2, 3, 6
#: bytes that a record takes with its header and padding at least, and what they are a multiple of
LEAST, MULTIPLE = 8, 4
#: bytes of a file header at most; its length read from a header of the wrong width is 0, or far more
MOST_FILE_HEADER = 1 << 16


@dataclass(frozen=True, slots=True)
class MicroFocus:
    """Records behind a kind and a length."""

    name: str = "microfocus"
    options: tuple[Option, ...] = (
        Option(
            "header",
            str,
            "2",
            "Bytes of a record's header: 2 where the longest record has fewer than 4,095 bytes (the file begins with `30 7E`), else 4 "
            "(`30 00 00 7C`).",
            choices=("2", "4"),
        ),
    )

    def find(self, build: Builder, record: Yields, options: Options) -> None:
        """A header, then a record that is yielded or left out, and its padding."""
        from arrowsmith.program import ops

        width = int(options["header"])
        bits = 8 * width - 4
        site = build.site(rule="record header")

        def let(how: str, a: ops.Operand, b: ops.Operand) -> ops.R:
            return build.value(ops.Let, how=how, a=a, b=b, site=site)

        def require(test: ops.R, rule: str) -> None:
            build.emit(ops.Require(test=test, site=build.site(rule=rule)))

        build.emit(ops.Need(n=width, site=build.site(rule="the file ends inside a record header")))
        word = build.value(ops.LoadInt, at=0, size=width, encoding="unsigned", site=site)
        kind, size = let("shr", word, bits), let("and", word, (1 << bits) - 1)
        build.emit(ops.Skip(n=width))
        with build.inside(ops.If, test=let("or", let("eq", kind, DATA), let("eq", kind, DATA_POINTED_TO))):
            record(size)
        with build.otherwise():
            known = let(
                "or", let("and", let("ge", kind, DELETED), let("le", kind, FILE_HEADER)), let("eq", kind, POINTER)
            )
            require(known, "a kind of record that is read or left out: 1, 2, 3, 4, 6 or 7")
            header = let("eq", kind, FILE_HEADER)
            sound = let("and", let("gt", size, 0), let("le", size, MOST_FILE_HEADER))
            other = "4" if width == 2 else "2"
            require(
                let("or", let("eq", header, 0), sound), f"a file header of headers of {width} bytes (header={other}?)"
            )
            build.emit(ops.Need(n=size, site=build.site(rule="the file ends inside a record that is left out")))
            build.emit(ops.Skip(n=size))
        padded = let("and", let("add", size, width + MULTIPLE - 1), -MULTIPLE)
        padding = let("sub", let("sub", let("max", padded, LEAST), size), width)
        with build.inside(ops.Reach, n=padding):
            build.emit(ops.Skip(n=padding))
        with build.otherwise():  # the last record's padding may be missing
            rest = build.value(ops.Remain)
            build.emit(ops.Skip(n=rest))
