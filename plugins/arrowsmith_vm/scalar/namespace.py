"""What the printed functions of the scalar gear find under the names that they use."""

from __future__ import annotations

import datetime
from array import array
from collections.abc import Callable, Sequence
from functools import partial
from struct import Struct
from typing import Any, Final

from arrowsmith.charsets import Charset
from arrowsmith.columns import LOG_FULL, FramingStatus, Memory, Status
from arrowsmith.program.floats import NAN
from arrowsmith.program.ops import MOST
from arrowsmith.program.program import Program
from arrowsmith.transforms import Unmade
from arrowsmith_vm.scalar import numbers, texts
from arrowsmith_vm.scalar.stops import BAD, Bad, Full, More, Trap


def cells(memory: Memory, code: str) -> memoryview:
    """*memory* as items of *code*; what is no whole item at its end is left out."""
    size = Struct(code).size
    return memory.view[: len(memory.view) // size * size].cast(code)  # type: ignore[call-overload,no-any-return]  # the stub wants a literal


def fill(view: memoryview, start: int, code: str, values: Sequence[int]) -> None:
    """Write *values* into *view* from item *start* on.  Through bytes: the codes of equal items differ among their makers."""
    items = array(code, values)
    low = start * items.itemsize
    view.cast("B")[low : low + len(items) * items.itemsize] = memoryview(items).cast("B")


def wrapped(number: int) -> int:
    """*number* as 64 bits in two's complement."""
    return ((number + (1 << 63)) & ((1 << 64) - 1)) - (1 << 63)


def maker(program: Program, name: str) -> Callable[..., bytes]:
    """What the transform *name* of *program* makes, called with the data and its arguments; it traps as the op does."""
    transform = program.transform(name)
    assert transform is not None, "the verifier lets no name through that the Program has not"

    def made(data: bytes, *arguments: int | bytes) -> bytes:
        try:
            return transform.made(data, arguments)
        except Unmade:
            raise Trap from None

    return made


_EPOCH = datetime.date(1970, 1, 1).toordinal()


def days(year: int, month: int, day: int) -> int | Bad:
    """Days since 1970-01-01 of a date, or of a day of the year where *month* is −1."""
    try:
        if month != -1:
            return datetime.date(year, month, day).toordinal() - _EPOCH
        found = datetime.date(year, 1, 1).toordinal() + day - 1
        # a day that is none of this year is none of this year's ordinals
        return found - _EPOCH if day > 0 and datetime.date.fromordinal(found).year == year else BAD
    except (ValueError, OverflowError):
        return BAD


_NAMES: Final[dict[str, Any]] = {
    "BAD": BAD,
    "FramingStatus": FramingStatus,
    "Full": Full,
    "LOG_FULL": LOG_FULL,
    "MOST": MOST,
    "More": More,
    "NAN": NAN,
    "Status": Status,
    "Struct": Struct,
    "Trap": Trap,
    "byte": texts.byte,
    "cells": cells,
    "days": days,
    "decoded": texts.decoded,
    "fill": fill,
    "fillings": numbers.fillings,
    "floating": numbers.floating,
    "from_bytes": int.from_bytes,
    "labels": texts.labels,
    "number": texts.number,
    "own": texts.own,
    "packed": numbers.packed,
    "part": texts.part,
    "raw": texts.raw,
    "room": texts.room,
    "scanner": texts.scanner,
    "spelling": numbers.spelling,
    "text": texts.text,
    "wrapped": wrapped,
    "zoned": numbers.zoned,
}


def namespace(program: Program) -> dict[str, Any]:
    """The globals of the module that was printed for *program*."""

    def charset(name: str) -> Charset | str:
        return program.charset(name) or name

    find: Callable[[str], Charset | str] = charset
    return {**_NAMES, "charset": find, "maker": partial(maker, program)}
