"""The options about segments, records of several kinds in one file, become a `Segments` value; ids become conditions on a field.

An id is a text; that of a numeric field is compared as it is written in the data, zeros before it or not.
Invariant: everything that the options name is in the copybook, or an `OptionError` says what is not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from arrowsmith.diagnostics import nearest
from arrowsmith.errors import OptionError
from arrowsmith.interfaces import Options
from arrowsmith.layout.expr import Binary, Cond, Const, Expr, Ref, Unary
from arrowsmith.layout.nodes import Field
from arrowsmith.layout.types import Bytes, Integer, Packed, Text, Zoned
from arrowsmith_copybook.double_byte import PREFIX
from arrowsmith_copybook.words import key

if TYPE_CHECKING:
    from arrowsmith_copybook.items import Item

#: the id that stands for every other one
ANY = "*"
#: sign nibbles of a positive packed number, as hexadecimal digits
_PLUS = "CFAE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Segments:
    """``id``: the field that says of what segment a record is; ``wanted``: ids of those that are read.

    ``levels``: ids by level, the top first, and what generated ids begin with (``prefix``).  ``groups``: group → the ids of its
    records; ``parents``: group → the one around it; ``rules``: item → the condition under which it is the view.  All names as `key`
    makes them."""

    id: str = ""
    wanted: tuple[str, ...] | None = None
    levels: tuple[tuple[str, ...], ...] = ()
    prefix: str = ""
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    parents: Mapping[str, str] = field(default_factory=dict)
    rules: Mapping[str, str] = field(default_factory=dict)

    @property
    def known_ids(self) -> tuple[str, ...]:
        """Every id that the options name."""
        named = [one for ids in (*self.groups.values(), *self.levels, self.wanted or ()) for one in ids]
        return tuple(dict.fromkeys(named))


def read_segments(options: Options) -> Segments:
    """What *options* say about segments.  Raises `OptionError` where they contradict each other."""
    groups: dict[str, tuple[str, ...]] = {}
    owners: dict[str, str] = {}
    for group, ids in _arrows("redefine_segment_id_map", options["redefine_segment_id_map"]):
        groups[group] = (*groups.get(group, ()), *ids)
        for one in ids:
            if owners.setdefault(one, group) != group:
                raise _wrong(f"redefine_segment_id_map gives the id {one!r} to {owners[one]} and to {group}")
    parents: dict[str, str] = {}
    for parent, children in _arrows("segment_children", options["segment_children"]):
        for child in map(key, children):
            if parents.setdefault(child, parent) != parent:
                raise _wrong(f"segment_children gives {child} to {parents[child]} and to {parent}")
    _no_cycle(parents)
    for group in {*parents, *parents.values()} - groups.keys():
        raise _wrong(f"segment_children names {group}, which redefine_segment_id_map gives no ids")
    rules: dict[str, str] = {}
    for text in options["redefine_rule"]:
        name, arrow, rule = text.partition("=>")
        if not arrow:
            raise _wrong(f"redefine_rule is GROUP => CONDITION, not {text}")
        if rules.setdefault(key(name.strip()), rule.strip()) != rule.strip():
            raise _wrong(f"redefine_rule gives two conditions to {name.strip()}")
    wanted = options["segment_filter"]
    return Segments(
        id=key(options["segment_field"] or ""),
        wanted=None if wanted is None else tuple(one.strip() for one in wanted.split(",")),
        levels=_levels(options),
        prefix=options["segment_id_prefix"],
        groups=groups,
        parents=parents,
        rules=rules,
    )


def _wrong(message: str) -> OptionError:
    return OptionError(message, code="C0401")


def _arrows(option: str, texts: Iterable[str]) -> list[tuple[str, tuple[str, ...]]]:
    """``NAME => a, b`` as a name and what it is given."""
    found = []
    for text in texts:
        name, arrow, rest = text.partition("=>")
        if not arrow or not name.strip():
            raise _wrong(f"{option} is GROUP => NAME,NAME, not {text}")
        found.append((key(name.strip()), tuple(part.strip() for part in rest.split(","))))
    return found


def _levels(options: Options) -> tuple[tuple[str, ...], ...]:
    given = dict(options["segment_id_level"])
    if options["segment_id_root"] is not None:
        if "0" in given:
            raise _wrong("the options segment_id_root and segment_id_level0 say the same")
        given["0"] = options["segment_id_root"]
    levels: list[tuple[str, ...]] = []
    while (number := str(len(levels))) in given:
        levels.append(tuple(part.strip() for part in given.pop(number).split(",")))
    if given:
        raise _wrong(f"segment_id_level{min(given)} is given without segment_id_level{len(levels)}")
    seen: dict[str, int] = {}
    for level, ids in enumerate(levels):
        for one in ids:
            if seen.setdefault(one, level) != level:
                raise _wrong(f"segment_id_level{seen[one]} and segment_id_level{level} both have {one}")
    return tuple(levels)


def _no_cycle(parents: Mapping[str, str]) -> None:
    for start in parents:
        name, seen = start, {start}
        while name in parents:
            name = parents[name]
            if name in seen:
                raise _wrong(f"segment_children puts {start} inside itself")
            seen.add(name)


# --- ids as conditions -------------------------------------------------------------------------------------------------


def compared(found: Field, texts: Iterable[str], tables: Iterable[str]) -> Field | None:
    """A hidden text of the same bytes as the field *found* to compare with *texts*, where that field itself is none for it; *tables* are
    charsets of one byte a character.  Raises `OptionError` for a field whose values no text can be."""
    plain = all(text.isascii() for text in texts)
    match found.type:
        case Text(trim="both", charset=charset) if charset in tables or not plain:
            return None
        case Text(charset=charset):
            other = "cp037" if charset.startswith(PREFIX) else "latin-1"
            single = charset if charset in tables or not plain else other
            kind: Text | Bytes = replace(
                found.type, trim="both", pad=b"", charset=single, undecodable="space", absent=b"", beyond="null"
            )
        case Zoned(size=size, table=table):
            single = "latin-1" if table.startswith("ascii") else "cp037"
            kind = Text(size=size, charset=single, trim="both", undecodable="space")
        case Packed(size=size) | Bytes(size=int() as size):
            kind = Bytes(size=size, hex=True)
        case Integer():
            return None
        case _:
            raise OptionError(
                f"the values of {found.name} are no texts to compare",
                code="C0402",
                help="ids and counts are texts or whole numbers",
            )
    return Field(name=f"{found.name} as text", type=kind, hidden=True, span=found.span)


@dataclass(frozen=True, slots=True)
class Ids:
    """The field of segment ids, as expressions see it: *ref* is it, or the text beside it; *found* its own field."""

    ref: Ref
    found: Field

    def among(self, ids: Sequence[str]) -> Expr:
        """Whether a record's id is one of *ids*; the empty id is that of a field without a value, too."""
        test: Expr | None = None
        for one in dict.fromkeys(ids):
            if one == "":
                missing = Unary("not", Unary("present", self.ref))
                blank = Binary("any", missing, self.equal(one)) if self.texts else missing
                test = blank if test is None else Binary("any", blank, test)
                continue
            for form in self.forms(one):
                equal = Binary("eq", self.ref, Const(form))
                test = equal if test is None else Binary("any", test, equal)
        return Const(False) if test is None else test

    def level(self, levels: Sequence[Sequence[str]]) -> Expr:
        """The number of the level that has a record's id; −1 for none."""
        other = next((number for number, ids in enumerate(levels) if ANY in ids), -1)
        found: Expr = Const(other)
        for number, ids in reversed(list(enumerate(levels))):
            named = [one for one in ids if one != ANY]
            if named:
                found = Cond(self.among(named), Const(number), found)
        return found

    @property
    def texts(self) -> bool:
        return not isinstance(self.found.type, Integer)

    def equal(self, text: str) -> Expr:
        return Binary("eq", self.ref, Const(text))

    def forms(self, one: str) -> list[str | int]:
        """What the bytes of the id *one* may be read as."""
        match self.found.type:
            case Integer():
                return [int(one)] if one.lstrip("+-").isdecimal() else []
            case Zoned(size=size) if one.isdecimal():
                digits = one.lstrip("0") or "0"
                return [digits.rjust(width, "0") for width in range(len(digits), size + 1)]
            case Packed(size=size, sign=sign) if one.isdecimal():
                digits = one.lstrip("0").rjust(2 * size - (sign != "none"), "0")
                return [digits] if sign == "none" else [digits + nibble for nibble in _PLUS]
        return [one]


# --- names -------------------------------------------------------------------------------------------------------------


def check_segments(segments: Segments, items: Mapping[str, Item]) -> None:
    """Raise `OptionError` where *segments* name what is not among *items* (by name), or not of the sort that is asked for."""
    groups = {name for name, item in items.items() if item.storage is None}
    fields = items.keys() - groups
    for option, names, known, sort in (
        ("segment_field", [segments.id] if segments.id else [], fields, "elementary item"),
        ("redefine_segment_id_map", segments.groups, groups, "group"),
        ("segment_children", [*segments.parents, *segments.parents.values()], groups, "group"),
        ("redefine_rule", segments.rules, items.keys(), "item"),
    ):
        for name in names:
            if name not in known:
                close = nearest(name, known)
                raise OptionError(
                    f"the option {option} names {name}, which is no {sort} of the copybook",
                    code="C0402",
                    help=f"did you mean {close}?" if close else "",
                )
