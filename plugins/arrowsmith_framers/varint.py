"""``varint``: each record stands behind its length, written in groups of seven bits, the lowest first (LEB128, a base-128 varint).

So Protocol Buffers' ``writeDelimitedTo`` writes messages one behind the other, and Kafka, Avro and Thrift their sizes.
Source: "Encoding" in the Protocol Buffers documentation, sections "Base 128 Varints" and "Length-Delimited Records".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from arrowsmith.interfaces import Option, Options, Yields

if TYPE_CHECKING:
    from arrowsmith.program.builder import Builder

#: a byte with this bit is not the last of its number; below it are the bits that count
AGAIN = 0x80
BITS = 7
#: lengths that a group behind this many bits would add to are no lengths of a record
MOST_BITS = 28


@dataclass(frozen=True, slots=True)
class Varint:
    """Records behind a length of one to five bytes."""

    name: str = "varint"
    options: tuple[Option, ...] = (
        Option("most", int, 1 << 26, "Bytes of a record at most; a length above it is a framing error."),
    )

    def find(self, build: Builder, record: Yields, options: Options) -> None:
        """A length, group by group, and the record behind it."""
        from arrowsmith.program import ops

        rule = build.site(rule="record length")
        size = build.value(ops.Let, how="copy", a=0)
        shift = build.value(ops.Let, how="copy", a=0)
        last = build.register()
        with build.inside(ops.Loop, level=-1, stop=last, site=rule):
            build.emit(ops.Need(n=1, site=build.site(rule="the file ends inside a record length")))
            byte = build.value(ops.LoadInt, at=0, size=1, encoding="unsigned", site=rule)
            fits = build.value(ops.Let, how="le", a=shift, b=MOST_BITS)
            build.emit(ops.Require(test=fits, site=build.site(rule="a record length of at most five bytes")))
            group = build.value(ops.Let, how="and", a=byte, b=AGAIN - 1)
            placed = build.value(ops.Let, how="shl", a=group, b=shift, site=rule)
            build.emit(ops.Let(out=size, how="or", a=size, b=placed))
            build.emit(ops.Let(out=shift, how="add", a=shift, b=BITS))
            build.emit(ops.Let(out=last, how="lt", a=byte, b=AGAIN))
            build.emit(ops.Skip(n=1))
        fits = build.value(ops.Let, how="le", a=size, b=options["most"])
        build.emit(ops.Require(test=fits, site=build.site(rule=f"a record length of at most {options['most']} bytes")))
        record(size)
