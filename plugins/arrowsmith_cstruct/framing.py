"""Options → how records are told apart."""

from __future__ import annotations

from collections.abc import Sequence

from arrowsmith.diagnostics import nearest
from arrowsmith.errors import OptionError
from arrowsmith.layout.expr import Binary, Const, Expr, Ref
from arrowsmith.layout.framing import Computed, Fixed, Framing, Prefixed
from arrowsmith_cstruct.choices import Choices
from arrowsmith_cstruct.model import Aggregate, Enumerated, Member, Scalar


def frame(choices: Choices, root: Aggregate) -> Framing:
    """The framing of records that are *root*.  Raises `OptionError`."""
    given = choices.given
    adjustment = given["length_adjustment"] or 0
    match given["record_format"]:
        case "prefixed":
            return _prefixed(choices, adjustment)
        case "member":
            length: Expr = Ref(_path(root, given["length_member"]))
            return Computed(length=Binary("add", length, Const(adjustment)) if adjustment else length)
    size = given["record_length"]
    if root.flexible and size is None:
        raise OptionError(
            f"the size of {root.said} is not fixed: {root.members[-1].name} takes the rest of its record",
            code="H0401",
            help="give record_format=prefixed or record_format=member, or record_length",
        )
    if size is not None and size < root.size and choices.short == "error":
        raise OptionError(
            f"record_length is {size}, and {root.said} has {root.size} bytes",
            code="H0401",
            help="short_records=absent reads the members that are there",
        )
    return Fixed(size=size or 0)


def _prefixed(choices: Choices, adjustment: int) -> Prefixed:
    given = choices.given
    width, offset = given["length_width"] or 4, given["length_offset"] or 0
    if width > 8:
        raise OptionError(f"the option length_width is at most 8, not {width}", code="H0401")
    header = given["length_header"] or offset + width
    if header < offset + width:
        raise OptionError(
            f"length_header is {header}, and the length ends {offset + width} bytes into it", code="H0401"
        )
    return Prefixed(
        width=width,
        order=given["length_order"] or choices.order,
        offset=offset,
        header=header,
        adjustment=adjustment - (header if given["length_counts_header"] else 0),
    )


def _path(root: Aggregate, wanted: str) -> tuple[str, ...]:
    """The path of the integer member that *wanted* names, with dots."""
    steps = tuple(step.strip() for step in wanted.split("."))
    made = root
    for number, step in enumerate(steps):
        known = dict(_members(made.members))
        member = known.get(step)
        if member is None:
            close = nearest(step, known)
            raise OptionError(
                f"length_member={wanted}: {made.said} has no member {step}",
                code="H0402",
                help=f"did you mean {close}?" if close else "",
            )
        last = number == len(steps) - 1
        if not last and isinstance(member.type, Aggregate):
            made = member.type
            continue
        base = member.type.base if isinstance(member.type, Enumerated) else member.type
        if not last or not isinstance(base, Scalar) or base.kind not in ("integer", "pointer"):
            raise OptionError(f"length_member={wanted}: {step} is no integer", code="H0402")
    return steps


def _members(members: Sequence[Member]) -> list[tuple[str, Member]]:
    """Members by name, those of anonymous structs included."""
    found: list[tuple[str, Member]] = []
    for member in members:
        if member.name:
            found.append((member.name, member))
        elif isinstance(member.type, Aggregate):
            found += _members(member.type.members)
    return found
