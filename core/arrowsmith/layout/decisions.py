"""What a user decides about single fields, as a pass over a Layout: what its bytes mean, which of them mean nothing, its column's name.

A `Decision` replaces a field's type by one that the Layout has for it, so that every executor reads it; places and sizes stay.
Invariant: what expressions refer to keeps its name; a decision that fits no field, or not its field, is a `DictionaryError` at its place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from arrowsmith.charsets import encoded, known
from arrowsmith.diagnostics import Diagnostic, Span, combined, nearest
from arrowsmith.errors import code
from arrowsmith.layout import types as ty
from arrowsmith.layout.nodes import Arm, Array, Choice, Field, Group, Layout, Node, Optional, Overlay, Record, children
from arrowsmith.layout.storage import MOST_DIGITS, holds, pattern_letters, stored

NO_FIELD = code("D0410", "a decision is about a field that there is not, or about several")
NO_KEY = code("D0411", "a decision has a key, or a value of one, that it cannot have")
NO_FIT = code("D0412", "a decision does not fit its field")

#: what a field may be read as; ``decimal(p,s)`` beside
MEANINGS: Final = ("date", "timestamp", "time", "decimal", "string", "binary", "bool")
KEYS: Final = ("as", "pattern", "pivot", "absent", "rename", "timezone", "yes", "no")
_SAYS: Final = {"day": "date", "time": "time", "both": "timestamp"}
#: texts that are true and false where a decision names none
_YES, _NO = ("Y", "T", "1"), ("N", "F", "0")
_DECIMAL = re.compile(r"decimal\s*\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """About the field called ``name``: its path with dots in the dictionary's spelling, or as much of its end as says which.

    ``given`` has the keys of `KEYS`.  ``spans`` places the name ("") and each key in the user's text, where there is one.
    """

    name: str
    given: Mapping[str, Any]
    spans: Mapping[str, Span] = field(default_factory=dict, compare=False, repr=False)

    def fault(self, number: str, message: str, key: str = "", help: str = "") -> _Fault:
        """The error that *key* of this decision ("": the whole of it) is."""
        span = self.spans.get(key) or self.spans.get("")
        return _Fault(Diagnostic(code=number, message=f"field {self.name}: {message}", span=span, help=help))


class _Fault(Exception):
    """A decision that is wrong."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        self.diagnostic = diagnostic


def decisions_of(fields: Mapping[str, Mapping[str, Any]]) -> tuple[Decision, ...]:
    """Decisions from a mapping as a job file has it: ``{"ORDER-DATE": {"as": "date", "pattern": "yyyyMMdd"}}``."""
    return tuple(Decision(name=name, given=given) for name, given in fields.items())


def decided(layout: Layout, decisions: Sequence[Decision]) -> Layout:
    """*layout* with *decisions* carried out.  Raises `DictionaryError` that names every decision that cannot be."""
    if not decisions:
        return layout
    targets = [target for table in layout.tables for target in _targets(table.record)]
    faults: list[Diagnostic] = []
    made: dict[int, Node] = {}
    for decision in decisions:
        try:
            for node in _found(decision, targets):
                made[id(node)] = _applied(layout, decision, made.get(id(node), node))
        except _Fault as fault:
            faults.append(fault.diagnostic)
    if faults:
        raise combined(faults)
    return replace(
        layout,
        tables=tuple(
            replace(t, record=replace(t.record, members=_rebuilt(t.record.members, made))) for t in layout.tables
        ),
    )


# --- which field -------------------------------------------------------------------------------------------------------


def _targets(node: Node | Record, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Node]]:
    """Every field, group and array below *node* with a name, and its path; an array's element has its name and is no step more."""
    own = (*path, node.name) if isinstance(node, Record) else path
    for child in children(node):
        name = getattr(child, "name", "")
        inside = (*own, name) if name and not (isinstance(node, Array) and name == node.name) else own
        if name and isinstance(child, Field | Group | Array):
            yield inside, child
        yield from _targets(child, inside)


def _found(decision: Decision, targets: Sequence[tuple[tuple[str, ...], Node]]) -> list[Node]:
    """The node that *decision* is about; with its element, where it is an array's."""
    _checked(decision)
    wanted = decision.name.casefold()
    fits = [(path, node) for path, node in targets if f".{'.'.join(path)}".casefold().endswith(f".{wanted}")]
    paths = list(dict.fromkeys(path for path, _ in fits))
    exact = [path for path in paths if ".".join(path[1:]).casefold() == wanted]
    if len(paths) > 1 and len(exact) == 1:
        paths = exact
    if not paths:
        names = [path[-1] for path, _ in targets] + [".".join(path[1:]) for path, _ in targets]
        close = nearest(decision.name, names)
        raise decision.fault(NO_FIELD, "there is no such field", help=f"did you mean {close}?" if close else "")
    if len(paths) > 1:
        shown = ", ".join(".".join(path) for path in paths[:4])
        raise decision.fault(NO_FIELD, f"{len(paths)} fields have this name: {shown}", help="name it with its groups")
    return [node for path, node in fits if path == paths[0]]


def _checked(decision: Decision) -> None:
    for key, value in decision.given.items():
        if key not in KEYS:
            close = nearest(key, KEYS)
            raise decision.fault(
                NO_KEY,
                f"there is no key {key}",
                key,
                f"did you mean {close}?" if close else f"there are {', '.join(KEYS)}",
            )
        kind: Any = list if key in ("absent", "yes", "no") else int if key == "pivot" else str
        good = isinstance(value, kind | tuple if kind is list else kind) and not isinstance(value, bool)
        if not good or (kind is list and not all(isinstance(one, str | int) for one in value)):
            words = {list: "a list of texts", int: "a whole number", str: "a text"}[kind]
            raise decision.fault(NO_KEY, f"{key} is {value!r}, and takes {words}", key)
    pivot = decision.given.get("pivot", 0)
    if not 0 <= pivot <= 100:
        raise decision.fault(NO_KEY, f"pivot is {pivot}, and is a year of two digits, or 100", "pivot")


# --- what becomes of it ------------------------------------------------------------------------------------------------


def _applied(layout: Layout, decision: Decision, node: Node) -> Node:
    given = decision.given
    if isinstance(node, Group | Array):
        if set(given) - {"rename"} and isinstance(node, Group):
            raise decision.fault(NO_FIT, "it is a group, which can only be given another name", next(iter(given)))
        return replace(node, column=given["rename"]) if "rename" in given else node
    assert isinstance(node, Field)
    kind = _type(layout, decision, node.type)
    return replace(node, type=kind, column=given.get("rename", node.column))


def _type(layout: Layout, decision: Decision, kind: ty.Type) -> ty.Type:
    """The type that *decision* makes of *kind*."""
    given = decision.given
    wanted = str(given.get("as", ""))
    name = wanted.partition("(")[0].strip()
    if wanted and name not in MEANINGS:
        close = nearest(name, MEANINGS)
        raise decision.fault(
            NO_KEY, f"as is {wanted!r}", "as", f"did you mean {close}?" if close else f"there are {', '.join(MEANINGS)}"
        )
    _only_with(decision, name)
    if name in ("date", "timestamp", "time"):
        return _instant(layout, decision, name, kind)
    made = {"decimal": _decimal, "string": _string, "binary": _binary, "bool": _bool}.get(name)
    kind = made(layout, decision, kind) if made else kind
    return _with_absent(decision, kind) if given.get("absent") else kind


def _with_absent(decision: Decision, kind: ty.Type) -> ty.Type:
    """*kind*, where the values that the decision names mean none."""
    if isinstance(kind, ty.Boolean | ty.Enumeration):
        return replace(kind, base=_with_absent(decision, kind.base))  # type: ignore[arg-type]  # of a base's own kind
    if not isinstance(kind, ty.Zoned | ty.Packed | ty.Integer | ty.Text):
        raise decision.fault(NO_FIT, f"absent is about numbers and texts, and it is {_words(kind)}", "absent")
    if stored(kind)[0] == "dec128" and _digits(kind) > 18:
        raise decision.fault(NO_FIT, "absent is about numbers of 18 digits at most", "absent")
    return ty.Sentinels(base=kind, absent_values=_absent(decision, kind))


def _digits(kind: ty.Type) -> int:
    bits = getattr(kind, "bits", 0)
    return 39 if bits > 64 else 0 if bits else getattr(kind, "digits", 0)


def _only_with(decision: Decision, name: str) -> None:
    """Keys that mean something for some meanings only."""
    for key, names in (
        ("pattern", ("date", "timestamp", "time")),
        ("pivot", ("date", "timestamp")),
        ("timezone", ("timestamp",)),
        ("yes", ("bool",)),
        ("no", ("bool",)),
    ):
        if key in decision.given and name not in names:
            raise decision.fault(NO_KEY, f"{key} is for as = {' or '.join(names)}", key)


def _instant(layout: Layout, decision: Decision, name: str, kind: ty.Type) -> ty.Type:
    pattern = _spelled(decision.given.get("pattern", ""))
    if not pattern:
        raise decision.fault(NO_KEY, f"as = {name} needs a pattern", "as", 'pattern = "yyyyMMdd", for example')
    wrong = sorted(set(pattern_letters(pattern)) - set("yMdDHmsSC"))
    if wrong:
        raise decision.fault(
            NO_KEY, f"the pattern {pattern!r} has {''.join(wrong)}, which means nothing", "pattern", _meant(pattern)
        )
    says = _SAYS[holds(pattern)]
    if says != name:
        raise decision.fault(
            NO_KEY, f"the pattern {pattern!r} says a {says}, and not a {name}", "pattern", f'as = "{says}"'
        )
    length = len(pattern.replace("'", ""))
    base: Any = kind
    if isinstance(kind, ty.Zoned) and (length > 18 or pattern_letters(pattern) != pattern):
        base = _as_text(kind)
    if isinstance(base, ty.Text):
        base = replace(base, absent=bytes({*base.absent, *_blank(layout, base)}))
    if not isinstance(base, ty.Zoned | ty.Packed | ty.Integer | ty.Text):
        raise decision.fault(NO_FIT, f"it is {_words(kind)}, and a {name} is in digits or in a text", "as")
    if isinstance(base, ty.Zoned | ty.Packed | ty.Integer) and base.scale:
        raise decision.fault(NO_FIT, "it has a decimal point", "as")
    return ty.DatePattern(
        base=base,
        pattern=pattern,
        pivot=decision.given.get("pivot", 70),
        absent_values=_absent(decision, base),
        timezone=decision.given.get("timezone", ""),
    )


def _spelled(pattern: str) -> str:
    """*pattern*; one of a date in capitals alone, as CYYMMDD, in the letters that it is short for."""
    if "Y" not in pattern or set(pattern_letters(pattern)) - set("CYMD") or "'" in pattern:
        return pattern
    return re.sub("D+", lambda days: days[0] if len(days[0]) == 3 else days[0].lower(), pattern.replace("Y", "y"))


def _meant(pattern: str) -> str:
    """Another spelling of *pattern* that means something."""
    swapped = pattern.translate(str.maketrans("YhfF", "yHSS"))
    if swapped.islower() or "mm" in swapped.partition("HH")[0]:
        swapped = swapped.replace("mm", "MM", 1)
    swapped = swapped.replace("DD", "dd") if "DDD" not in swapped else swapped
    good = not set(pattern_letters(swapped)) - set("yMdDHmsSC") and swapped != pattern
    return (
        f"did you mean {swapped}?"
        if good
        else "there are yyyy yy MM dd DDD HH mm ss S C; other letters in single quotes"
    )


def _as_text(kind: ty.Zoned) -> ty.Text:
    """The digits of *kind* as the text that they are."""
    charset = "cp037" if kind.table.startswith("ebcdic") else "ascii"
    return ty.Text(size=kind.size, charset=charset, trim="both", absent=kind.absent)


def _blank(layout: Layout, kind: ty.Text) -> bytes:
    charset = next((c for c in layout.charsets if c.name == kind.charset), None) or known(kind.charset)
    return (encoded(charset, " ") if charset else None) or b""


def _absent(decision: Decision, kind: ty.Type) -> tuple[str, ...]:
    """The values that mean none, as the type has them."""
    words = tuple(str(one) for one in decision.given.get("absent", ()))
    if isinstance(kind, ty.Zoned) and kind.written:
        return words
    if isinstance(kind, ty.Text):
        trim = {"both": str.strip, "left": str.lstrip, "right": str.rstrip}.get(kind.trim, str)
        return tuple(trim(word) for word in words)
    return tuple(str(_number(decision, word, getattr(kind, "scale", 0))) for word in words)


def _number(decision: Decision, word: str, scale: int) -> int:
    try:
        value = Decimal(word).scaleb(scale)
    except InvalidOperation:
        value = Decimal("0.5")
    if value != value.to_integral_value() or abs(value) >= 10**18:
        raise decision.fault(NO_KEY, f"absent has {word!r}, which this number cannot be", "absent")
    return int(value)


def _decimal(layout: Layout, decision: Decision, kind: ty.Type) -> ty.Type:
    found = _DECIMAL.fullmatch(str(decision.given["as"]).strip())
    if found is None:
        raise decision.fault(NO_KEY, "a decimal has digits and a scale", "as", 'as = "decimal(11,2)"')
    digits, scale = int(found[1]), int(found[2] or 0)
    if not (1 <= digits <= MOST_DIGITS and scale <= digits):
        raise decision.fault(
            NO_KEY, f"decimal({digits},{scale}) has more than {MOST_DIGITS} digits, or fewer than its scale", "as"
        )
    match kind:
        case ty.Integer():
            return replace(kind, digits=digits, scale=scale, decimal=True, limit=kind.limit or digits)
        case ty.Zoned() if not kind.written:
            room = kind.size - kind.sign.endswith("_separate")
            return replace(kind, digits=_fit(decision, kind.digits, digits, room), scale=scale, decimal=True)
        case ty.Packed():
            room = 2 * kind.size - (kind.sign != "none")
            return replace(kind, digits=_fit(decision, kind.digits, digits, room), scale=scale, decimal=True)
    raise decision.fault(NO_FIT, f"it is {_words(kind)}, and a decimal is in digits", "as")


def _fit(decision: Decision, has: int, wanted: int, room: int) -> int:
    """So many digits, where the field's own bytes hold them."""
    if not has <= wanted <= max(room, has):
        raise decision.fault(
            NO_FIT, f"it has {has} digits, its bytes hold {room}, and decimal({wanted}) needs others", "as"
        )
    return wanted


def _string(layout: Layout, decision: Decision, kind: ty.Type) -> ty.Type:
    match kind:
        case ty.Text():
            return kind
        case ty.Bytes():
            return replace(kind, hex=True)
        case ty.Zoned() if not kind.scale and not kind.point and kind.size <= MOST_DIGITS:
            return replace(kind, written=True, decimal=False)
        case ty.Integer() | ty.Packed() if (
            not kind.scale and getattr(kind, "digits", 0) <= 18 and kind.size <= 8 + isinstance(kind, ty.Packed) * 2
        ):
            return ty.Enumeration(base=replace(kind, decimal=False) if isinstance(kind, ty.Packed) else kind, labels=())
    raise decision.fault(NO_FIT, f"it is {_words(kind)}, of which there is no text", "as")


def _binary(layout: Layout, decision: Decision, kind: ty.Type) -> ty.Type:
    size = kind.size
    if isinstance(kind, ty.Bits) or size is None:
        raise decision.fault(NO_FIT, f"it is {_words(kind)}, and has no bytes of its own", "as")
    if isinstance(kind, ty.Text | ty.Bytes) and (kind.terminator or kind.partial):
        raise decision.fault(NO_FIT, "the data say where it ends", "as")
    return ty.Bytes(size=size)


def _bool(layout: Layout, decision: Decision, kind: ty.Type) -> ty.Type:
    match kind:
        case ty.Boolean():
            return kind
        case ty.Text():
            return _text_bool(decision, kind)
        case ty.Integer(scale=0) | ty.Packed(scale=0) | ty.Zoned(scale=0, written=False) if stored(kind)[0] != "dec128":
            _no_words(decision)
            return ty.Boolean(base=kind)
        case ty.Bits():
            _no_words(decision)
            return ty.Boolean(base=kind)
    raise decision.fault(NO_FIT, f"it is {_words(kind)}, which is neither true nor false", "as")


def _no_words(decision: Decision) -> None:
    for key in ("yes", "no"):
        if key in decision.given:
            raise decision.fault(NO_FIT, f"{key} is for texts, and a number is true where it is not 0", key)


def _text_bool(decision: Decision, kind: ty.Text) -> ty.Boolean:
    yes, no = (tuple(map(str, decision.given.get(key, usual))) for key, usual in (("yes", _YES), ("no", _NO)))
    return ty.Boolean(base=kind, yes=yes, no=no)


def _words(kind: ty.Type) -> str:
    name = type(kind).__name__.lower()
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"


# --- the tree anew -----------------------------------------------------------------------------------------------------


def _rebuilt(nodes: Sequence[Node], made: Mapping[int, Node]) -> tuple[Node, ...]:
    return tuple(_anew(node, made) for node in nodes)


def _anew(node: Node, made: Mapping[int, Node]) -> Node:
    """*node* with what was *made* of it and of what is inside it."""
    node = made.get(id(node), node)
    match node:
        case Group():
            return replace(node, members=_rebuilt(node.members, made))
        case Array():
            return replace(node, element=_anew(node.element, made))
        case Overlay():
            return replace(node, views=_rebuilt(node.views, made))
        case Choice():
            return replace(node, arms=tuple(Arm(test=arm.test, node=_anew(arm.node, made)) for arm in node.arms))
        case Optional():
            return replace(node, node=_anew(node.node, made))
    return node
