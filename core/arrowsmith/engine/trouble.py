"""What is wrong with data, as values: gaps between records, refused records, and how many of them a run bears.

Invariant: a gap and a refused record carry all that it takes to read their bytes again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from arrowsmith.engine.report import Tally
from arrowsmith.errors import DataError, OptionError, code

TRUNCATED = code("R0101", "a record that the file's end, or a wrong length, cuts off")
BAD_FRAME = code("R0102", "a record boundary that cannot be found")
TOO_LONG = code("R0103", "a record longer than the limit")
TOO_MANY = code("R0206", "more records are refused than the run bears")
BAD_BOUND = code("O0406", "the number of refused records that a run bears is neither N nor P%")
AROUND = code("R0205", "the record around this one was left out")


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Bytes in which no record boundary was found: a stretch, or (``first`` is false) the next piece of one.  ``code`` and ``rule``: what
    was wrong at its beginning.  ``data``: the bytes, where they are wanted."""

    record: int
    offset: int
    size: int
    code: str
    rule: str
    first: bool = True
    data: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A refused record, or a piece of a gap, as a quarantine has it.  ``record`` counts from 1, ``offset`` from the file's start; ``field``
    is "" for a gap."""

    file: str
    record: int
    offset: int
    length: int
    field: str
    code: str
    message: str
    bytes: bytes


@dataclass(frozen=True, slots=True)
class Bound:
    """How many records, or (``percent``) hundredths of the records read, may be faulty."""

    most: float
    percent: bool = False

    def __str__(self) -> str:
        return f"{self.most:g}{'%' if self.percent else ''}"

    def check(self, tally: Tally) -> None:
        """Raises `DataError` where *tally* has more faults than that."""
        records = tally.records + tally.gaps  # a gap was one record at least
        if tally.faulty <= (self.most / 100 * records if self.percent else self.most):
            return
        gaps = f", gaps without a record boundary among them: {tally.gaps:,}" if tally.gaps else ""
        worst = sorted(((n, path) for (path, _), n in tally.fields.items() if path), reverse=True)[:3]
        named = f"; most in {', '.join(f'{path} ({n:,})' for n, path in worst)}" if worst else ""
        raise DataError(
            f"{tally.faulty:,} of {records:,} records are faulty ({100 * tally.faulty / records:.3g} %){gaps}, and {self} may be{named}",
            code=TOO_MANY,
            help="`arrowsmith validate` shows what is refused; --max-errors N or P% (max_errors=) bears more",
        )


#: what a policy bears where nothing is said
USUAL = {"skip": Bound(10, True), "quarantine": Bound(10, True)}
_BOUND = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(%?)\s*", re.ASCII)


def bound(given: int | str | None, on_error: str) -> Bound | None:
    """What *given* means (``5``, ``"5"``, ``"2.5%"``), or the usual of the policy *on_error*; None: any number.

    Raises `OptionError` for what is neither.
    """
    if given is None:
        return USUAL.get(on_error)
    found = _BOUND.fullmatch(str(given))
    wrong = found is None or isinstance(given, bool) or (not found[2] and "." in found[1])
    if found is None or wrong or (found[2] and float(found[1]) > 100):
        raise OptionError(
            f"max_errors is {given!r}, and neither a number of records nor a percentage such as 5%",
            code=BAD_BOUND,
            help="--max-errors 100, --max-errors 2.5%, or 100% to go on whatever is refused",
        )
    return Bound(float(found[1]), bool(found[2]))
