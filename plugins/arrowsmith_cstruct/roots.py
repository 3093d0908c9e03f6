"""Which struct is the record: the one that the option ``root`` names, or the last that no other holds."""

from __future__ import annotations

from arrowsmith.diagnostics import nearest
from arrowsmith.errors import OptionError
from arrowsmith_cstruct.declarations import Declared
from arrowsmith_cstruct.model import Aggregate
from arrowsmith_cstruct.sheet import Sheet

#: How many candidates a message names.
MOST_NAMED = 8


def choose_root(sheet: Sheet, declared: Declared, wanted: str | None) -> tuple[str, Aggregate]:
    """The record's name and type.  Raises `OptionError` where *wanted* names none."""
    if wanted is not None:
        return _named(declared, " ".join(wanted.split()))
    free = [made for made in declared.order if made.top and not made.held]
    if not free:
        raise sheet.refusal("H0301", "no struct is defined here", 0, help="a record is what a struct declares")
    if len(free) > 1:
        names = [_name(made) or made.said for made in free]
        listed = ", ".join(names[:MOST_NAMED]) + (
            f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
        )
        named = [name for made in free if (name := _name(made))]
        raise sheet.refusal(
            "H0302",
            f"{len(free)} structs are held by no other, so it is not known which one is the record: {listed}",
            sheet.starts[sheet.sources.index(free[-1].span.source)] + free[-1].span.start,
            sheet.starts[sheet.sources.index(free[-1].span.source)] + free[-1].span.end,
            label="the last of them",
            help=f"give the option root={named[-1]}, or another of them" if named else "give the record a name",
        )
    return _name(free[0]) or "RECORD", free[0]


def _name(made: Aggregate) -> str:
    """The tag of *made*, or its first typedef; "" where it has no name."""
    return made.tag or (made.names[0] if made.names else "")


def _named(declared: Declared, wanted: str) -> tuple[str, Aggregate]:
    """The struct that *wanted* names: a typedef, a tag, or a tag behind the word ``struct`` or ``union``."""
    word, _, tag = wanted.rpartition(" ")
    found: dict[int, Aggregate] = {}
    for made in (declared.tags.get(tag), None if word else declared.types.get(tag)):
        if isinstance(made, Aggregate) and made.complete and word in ("", made.kind):
            found[id(made)] = made
    if len(found) == 1:
        return tag, next(iter(found.values()))
    if found:
        kinds = " and ".join(
            sorted(f"{made.kind} {made.tag}" if made.tag == tag else f"typedef {tag}" for made in found.values())
        )
        raise OptionError(
            f"the option root names two things: {kinds}",
            code="H0402",
            help=f"write root='struct {tag}', or another typedef",
        )
    known = [name for made in declared.order for name in (made.tag, *made.names) if name]
    close = nearest(tag, known)
    raise OptionError(
        f"the option root names {wanted}, which is no struct or union of the declarations",
        code="H0402",
        help=f"did you mean {close}?" if close else f"there are {', '.join(known[:MOST_NAMED])}" if known else "",
    )
