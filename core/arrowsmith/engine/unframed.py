"""What is said where no record can be found, or the source ends within one; and which records are doubted then."""

from __future__ import annotations

from dataclasses import replace

from arrowsmith.batch import Search
from arrowsmith.columns import Frames, Input, Memory
from arrowsmith.engine.trouble import BAD_FRAME, TOO_LONG, TRUNCATED
from arrowsmith.engine.window import empty_frames
from arrowsmith.errors import DataError, Place
from arrowsmith.program.oracle import frame as oracle_frame
from arrowsmith.program.program import Program

#: bytes that a message shows
_SHOWN = 32


def truncated(name: str, memory: Memory, base: int, at: int, rest: int, size: int, number: int) -> DataError:
    """The source called *name* ends *rest* bytes into a record of *size* that begins at *at* of *memory*, whose first record has that
    *number* and stands at *base*."""
    whole = at // size + number
    seen = bytes(memory.view[at : at + min(rest, _SHOWN)])
    hint = (
        f"the file holds {whole:,} whole records; is the record length right? on_error=skip leaves the rest out"
        if whole
        else f"the whole file is shorter than one record of {size:,} bytes; is this the right dictionary?"
    )
    return DataError(
        f"the file ends {rest:,} bytes into a record of {size:,}",
        code=TRUNCATED,
        help=hint,
        place=Place(file=name, record=whole + 1, offset=base + at, bytes=seen),
    )


def too_few(name: str, position: int, number: int, seen: int, most: int | None) -> DataError:
    """The source ends at *position* behind *seen* records, the next of which would have that *number*; there should be *most*, or (None)
    one that says that it is the last."""
    there = f" of {most:,}" if most is not None else ", none of them the last"
    place = Place(file=name, record=number + 1, offset=position)
    return DataError(f"the file ends behind {seen:,} records{there}", code=TRUNCATED, place=place)


def too_long(name: str, position: int, number: int, limit: int) -> DataError:
    """Record *number*, from 0, at *position* is longer than *limit*; or those that belong together are, or one that a longer one
    follows."""
    place = Place(file=name, record=number + 1, offset=position)
    return DataError(f"a record is longer than {limit:,} bytes", code=TOO_LONG, place=place)


def refused(
    name: str, framer: Program, source: Input, position: int, number: int, *, over: int = 0, doubted: bool = False
) -> DataError:
    """Record *number*, from 0, cannot be found at *position*, in the oracle's words; *over*: because it is longer than so many bytes;
    *doubted*: because its length does not lead to another, and there are records in it."""
    seen = bytes(source.memory.view[position : position + _SHOWN])
    place = Place(file=name, record=number + 1, offset=source.base + position, bytes=seen)
    help = f"{number:,} records were found before it; do the framing options (lengths, byte order, adjustment) fit the file?"
    if over:
        return DataError(f"a record is longer than {over:,} bytes", code=TOO_LONG, place=place, help=help)
    if doubted:
        rule = "expected a record length that leads to the next record"
        return DataError(rule, code=BAD_FRAME, place=place, help=help)
    status, trap = oracle_frame(framer, source, position, empty_frames(framer))
    rule = "the record reaches beyond the file's end"
    if trap is not None:
        path = framer.sites[trap.site].path if trap.site >= 0 else ""
        place = replace(place, path=path)
        rule = f"expected {trap.rule}" if trap.op == "require" and not path else trap.rule
    return DataError(rule, code=TRUNCATED if status.stop == "more" else BAD_FRAME, place=place, help=help)


def given_up(search: Search, view: memoryview, begin: int, frames: Frames, end: int, *, final: bool) -> int | None:
    """Where the last of *frames* are to be given up, because what is behind them, at *end*, is no header, and boundaries lie in them that
    are proven: then a length was wrong.  They are taken off *frames*; where the first one's header begins.  *begin*: where the run
    began."""
    doubted = None
    while frames.count:
        last = frames.count - 1
        header = frames.starts[last - 1] + frames.lengths[last - 1] if last else begin
        inside, proven = search(view, header + 1, final)
        if not proven or inside >= end:
            break
        frames.count, doubted, end = last, header, header
    return doubted
