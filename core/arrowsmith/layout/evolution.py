"""Two Arrow schemas compared: what a reader of tables of the old one meets in tables of the new one.

Schemas, fields and types are pyarrow's own, and nothing is imported for them.
Invariant: a schema compared with itself has no changes; what is compatible keeps every value that the old type has.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

Kind = Literal["added", "removed", "renamed", "moved", "retyped", "recoded"]

#: decimal digits that every integer of so many bits fits
_DIGITS: Final = {8: 3, 16: 5, 32: 10, 64: 20}
#: floats by width: bits of integers that they hold exactly
_EXACT: Final = {"halffloat": 8, "float": 16, "double": 32}
_FLOATS: Final = tuple(_EXACT)
_WIDER: Final = (
    ("string", "large_string"),
    ("binary", "large_binary"),
    ("date32[day]", "timestamp[s]"),
    ("date32[day]", "timestamp[ms]"),
    ("date32[day]", "timestamp[us]"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One difference: of the column at ``path`` (of the new schema; of a removed one, of the old), ``old`` and ``new`` being its types,
    names or types in the dictionary.  ``breaking``: who reads by the old schema may fail, or misread."""

    kind: Kind
    path: str
    old: str = ""
    new: str = ""
    breaking: bool = False


def changes(old: Any, new: Any) -> tuple[Change, ...]:
    """What is different in the schema *new*, in the order of its columns; removed columns stand first in their struct."""
    return tuple(_level(list(old), list(new), ""))


def _level(old: Sequence[Any], new: Sequence[Any], around: str) -> Iterator[Change]:
    pairs = _pairs(old, new)
    taken = set(pairs.values())
    for number, field in enumerate(old):
        if number not in taken:
            yield Change(kind="removed", path=around + field.name, old=_kind(field.type), breaking=True)
    stay = _in_order([pairs[n] for n in range(len(new)) if n in pairs])
    for number, field in enumerate(new):
        path = around + field.name
        if number not in pairs:
            yield Change(kind="added", path=path, new=_kind(field.type))
            continue
        before = old[pairs[number]]
        if before.name != field.name:
            yield Change(kind="renamed", path=path, old=around + before.name, new=path, breaking=True)
        if pairs[number] not in stay:
            yield Change(kind="moved", path=path, old=f"column {pairs[number] + 1}", new=f"column {number + 1}")
        yield from _types(before, field, path)


def _types(old: Any, new: Any, path: str) -> Iterator[Change]:
    (a, deep_a), (b, deep_b) = _inner(old.type), _inner(new.type)
    inside = path + "[]" * deep_a
    if deep_a == deep_b and _is_struct(a) and _is_struct(b):
        before, after = ([t.field(n) for n in range(t.num_fields)] for t in (a, b))
        yield from _level(before, after, f"{inside}.")
    elif deep_a != deep_b or not _same(a, b):
        fits = deep_a == deep_b and widens(str(a), str(b))
        yield Change(kind="retyped", path=path, old=_kind(old.type), new=_kind(new.type), breaking=not fits)
    elif _said(old, "type") != _said(new, "type") and _said(old, "type") and _said(new, "type"):
        yield Change(kind="recoded", path=path, old=_said(old, "type"), new=_said(new, "type"))


# --- which column is which ---------------------------------------------------------------------------------------------


def _pairs(old: Sequence[Any], new: Sequence[Any]) -> dict[int, int]:
    """Number of a field in *new* → that of the same one in *old*: by its name, else by its place."""
    names = {field.name: number for number, field in enumerate(old)}
    pairs = {number: names[field.name] for number, field in enumerate(new) if field.name in names}
    kept = set(pairs.values())
    gone = [n for n in range(len(old)) if n not in kept]
    for number in range(len(new)):
        if number in pairs:
            continue
        for candidate in gone:
            if _renamed(old, new, candidate, number, pairs):
                pairs[number] = candidate
                gone.remove(candidate)
                break
    return pairs


def _renamed(old: Sequence[Any], new: Sequence[Any], before: int, after: int, pairs: dict[int, int]) -> bool:
    """Whether *before* and *after* are one column under two names: of the same bytes, or of the same type between the same columns."""
    a, b = old[before], new[after]
    if _kind(a.type) != _kind(b.type):
        return False
    places = [(_said(field, "offset"), _said(field, "length")) for field in (a, b)]
    if all(places[0]) and places[0] == places[1]:
        return True
    ahead = (before - 1) == (pairs.get(after - 1, -2) if after else -1)
    behind = before + 1 == (len(old) if after + 1 == len(new) else pairs.get(after + 1, -2))
    return ahead and behind


def _in_order(numbers: Sequence[int]) -> set[int]:
    """The most of *numbers* that keep their order: what is not among them has moved."""
    tails: list[int] = []
    last: list[int] = []
    link: dict[int, int] = {}
    for number in numbers:
        at = bisect_left(tails, number)
        tails[at : at + 1] = [number]
        last[at : at + 1] = [number]
        link[number] = last[at - 1] if at else -1
    kept, number = set(), tails[-1] if tails else -1
    while number >= 0:
        kept.add(number)
        number = link[number]
    return kept


# --- types -------------------------------------------------------------------------------------------------------------


def widens(old: str, new: str) -> bool:
    """Whether the Arrow type *new* (its text) holds every value of *old*, so that a reader of *old* may take it by a cast."""
    old, new = _plain(old), _plain(new)
    if old == new or (old, new) in _WIDER:
        return True
    if old in _FLOATS and new in _FLOATS:
        return _FLOATS.index(old) <= _FLOATS.index(new)
    a, b = (re.fullmatch(r"(u?)int(\d+)", text) for text in (old, new))
    c, d = (re.fullmatch(r"decimal\d+\((\d+), (-?\d+)\)", text) for text in (old, new))
    if a and b:
        return (a[1] == b[1] and int(a[2]) <= int(b[2])) or (bool(a[1]) and not b[1] and int(a[2]) < int(b[2]))
    if a and new in _EXACT:
        return int(a[2]) <= _EXACT[new]
    if a and d:
        return int(d[1]) - int(d[2]) >= _DIGITS[int(a[2])] and int(d[2]) >= 0
    if c and d:
        return int(d[2]) >= int(c[2]) and int(d[1]) - int(d[2]) >= int(c[1]) - int(c[2])
    return False


def _plain(text: str) -> str:
    """*text* of a type; of a dictionary's, that of its values: how they are stored is no matter of theirs."""
    found = re.fullmatch(r"dictionary<values=(.*), indices=.*>", text)
    return found[1] if found else text


def _same(a: Any, b: Any) -> bool:
    return _plain(str(a)) == _plain(str(b))


def _inner(kind: Any) -> tuple[Any, int]:
    """What lists of *kind* hold in the end, and how deep that is."""
    deep = 0
    while re.match(r"(large_)?list<", str(kind)):
        kind, deep = kind.value_type, deep + 1
    return kind, deep


def _is_struct(kind: Any) -> bool:
    return str(kind).startswith("struct<")


def _kind(kind: Any) -> str:
    """*kind* in short: what is in a struct is said of its own."""
    inner, deep = _inner(kind)
    return "list of " * deep + ("struct" if _is_struct(inner) else str(inner))


def _said(field: Any, what: str) -> str:
    """What the dictionary says of *field*, as the metadata have it."""
    found = (field.metadata or {}).get(f"arrowsmith.{what}".encode(), b"")
    return str(found.decode("utf-8", "replace"))
