"""What the names in an expression mean, and what kind of value it has: a record becomes a tree of `Place`s, a `Ref` one of them.

Lowering and `check` resolve by these same rules:
only what is read before can be named; a path through an array means its current element (steps: `arrowsmith.layout.tree`).
Invariant: nothing here raises for a Layout whose attributes are of their kinds; what is wrong comes back as a `Fault`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, TypeAlias

from arrowsmith.charsets import known, multibyte
from arrowsmith.diagnostics import nearest
from arrowsmith.layout import expr as ex
from arrowsmith.layout import types as ty
from arrowsmith.layout.nodes import Array, Choice, Derived, Field, Optional, Record
from arrowsmith.layout.tree import Place, is_element, item_of, named

#: What a value is.  ``date`` has no value in expressions but can be ``present``; so can ``decimal`` (a number with a scale), whose
#: whole part ``int`` gives.
Kind: TypeAlias = Literal["integer", "boolean", "float", "text", "bytes", "list", "struct", "decimal", "date"]

#: What can be wrong with an expression; each has its own error code in `arrowsmith.layout.rules.expressions`.
Wrong: TypeAlias = Literal[
    "unknown", "early", "ambiguous", "through", "up", "parameter", "operands", "operator", "constant", "index"
]


class Fault(NamedTuple):
    """One thing wrong with an expression: which rule, in which words, with which help."""

    wrong: Wrong
    message: str
    help: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Use:
    """An expression where it stands.  ``attribute`` says in words what it is for, ``wants`` which kinds it may have.  ``behind``: it is
    evaluated behind its node (`Array.until`, `Field.valid`, a table's test), so what is inside that can be named."""

    place: Place
    attribute: str
    expr: ex.Expr
    wants: tuple[Kind, ...]
    behind: bool = False
    parameters: frozenset[str] = frozenset()

    @property
    def holders(self) -> list[Place]:
        """The steps of paths around (named groups, arrays and choices), the nearest first; the record is the last."""
        around = self.place.ancestors or [self.place]
        return [p for p in around if isinstance(p.node, Record) or (p.name and not is_element(p))]

    @property
    def arrays(self) -> list[Place]:
        """The arrays that have a current element here, the innermost first."""
        around = [self.place, *self.place.ancestors] if self.behind else self.place.ancestors
        return [p for p in around if isinstance(p.node, Array)]

    def reads(self, target: Place) -> bool:
        """Whether *target* is read before this expression is evaluated, in every case in which it is."""
        if self.behind and target.inside(self.place):
            return True
        if target.order >= self.place.order:
            return False
        return not isinstance(_common(target, self.place).node, Choice) or self.place.inside(target)


def _common(a: Place, b: Place) -> Place:
    """The innermost place that holds both."""
    return next(p for p in (a, *a.ancestors) if b.inside(p))


def resolve(ref: ex.Ref, use: Use) -> Place | Fault:
    """The place that *ref* means in the expression *use*."""
    holders = use.holders
    if ref.up is not None and not 0 <= ref.up < len(holders):
        return Fault(
            "up", f"{_said(ref.path)} is sought {ref.up} groups up, and there are {len(holders) - 1} around this place"
        )
    scope = holders[-1] if ref.up is None else holders[ref.up]
    return _found([scope], ref.path, use)


def resolve_item(item: ex.Item, use: Use) -> Place | Fault:
    """The place that *item* means, in any element of its array."""
    array = resolve_item(item.array, use) if isinstance(item.array, ex.Item) else resolve(item.array, use)
    if isinstance(array, Fault):
        return array
    if not isinstance(array.node, Array):
        return Fault("operands", f"{array} is no array, so it has no items")
    if not item.path:
        return item_of(array)
    return _found([array], item.path, use, item_of=array)


def _found(scopes: list[Place], path: tuple[str, ...], use: Use, item_of: Place | None = None) -> Place | Fault:
    if not path:
        return Fault("unknown", "a reference names nothing")
    for number, step in enumerate(path):
        if number:  # an array may be named as a whole; a path through it needs a current element
            for array in (inner for p in scopes for inner in _layers(p)):
                if item_of is not None or array not in use.arrays:
                    return Fault(
                        "through",
                        f"{_said(path)} leads through the array {array}, which has no current element here",
                        _ITEM,
                    )
        reached = [p for scope in scopes for p in named(scope).get(step, [])]
        if not reached:
            return _unknown(scopes, path, number, use)
        scopes = reached
    readable = scopes if item_of is not None else [p for p in scopes if use.reads(p)]
    if not readable:
        other = isinstance(_common(scopes[0], use.place).node, Choice)
        why = "belongs to another alternative of the same choice" if other else "is read only later"
        return Fault("early", f"{_said(path)} {why}")
    if len(readable) > 1:
        return Fault(
            "ambiguous", f"{_said(path)} means {len(readable)} fields that are read before this place", _RENAME
        )
    return readable[0]


def _layers(place: Place) -> list[Place]:
    """*place* if it is an array, and the arrays that are its element's element's …"""
    found = []
    while isinstance(place.node, (Array, Optional)):
        found += [place] if isinstance(place.node, Array) else []
        place = place.children[0]
    return found


_ITEM = "name an item of it: item(ref(...), index, ...)"
_RENAME = "give the fields different names, or name the group that each is in"


def _unknown(scopes: list[Place], path: tuple[str, ...], number: int, use: Use) -> Fault:
    known = [name for scope in scopes for name, found in named(scope).items() if any(map(use.reads, found))]
    where = f" in {_said(path[:number])}" if number else ""
    close = nearest(path[number], known)
    return Fault(
        "unknown",
        f"there is no {path[number]}{where} that is read before this place",
        f"did you mean {close}?" if close else "",
    )


def _said(path: tuple[str, ...]) -> str:
    return ".".join(path)


# --- kinds of values -------------------------------------------------------------------------------------------------


def kind_of_type(physical: ty.Type) -> Kind:
    """The kind that a value of a physical type has in expressions: an enumeration its number, a boolean its truth."""
    match physical:
        case ty.Zoned(written=True):
            return "text"
        case ty.Integer() | ty.Packed() | ty.Zoned():
            return "decimal" if physical.scale else "integer"
        case ty.Bits():
            return "boolean" if physical.boolean else "integer"
        case ty.Float() | ty.Scientific() | ty.Calibrated():
            return "float"
        case ty.Text():
            return "text"
        case ty.Bytes():
            return "text" if physical.hex else "bytes"
        case ty.Boolean():
            return "boolean"
        case ty.Enumeration():
            return "integer"
        case ty.Moment() | ty.DatePattern():
            return "date"
        case ty.Sentinels():
            return kind_of_type(physical.base)


_DERIVED: dict[str, Kind] = {
    "int64": "integer",
    "uint64": "integer",
    "bool": "boolean",
    "double": "float",
    "utf8": "text",
    "binary": "bytes",
}
_LITERAL: dict[type, Kind] = {int: "integer", bool: "boolean", float: "float", str: "text", bytes: "bytes"}


def kind_at(place: Place) -> Kind:
    """The kind of the value at *place*."""
    match place.node:
        case Field():
            return kind_of_type(place.node.type)
        case Derived():
            return _DERIVED[place.node.kind]
        case Array():
            return "list"
        case Optional():
            return kind_at(place.children[0])
    return "struct"


_NUMBERS: tuple[Kind, ...] = ("integer", "float")

#: operator → the kinds its operand may have, and the kind of its result ("" = the operand's own)
_UNARY: dict[str, tuple[tuple[Kind, ...], Kind | Literal[""]]] = {
    "neg": (_NUMBERS, ""),
    "abs": (_NUMBERS, ""),
    "not": (("boolean",), "boolean"),
    "inv": (("integer",), "integer"),
    "len": (("text", "bytes", "list"), "integer"),
    "int": (("integer", "boolean", "float", "decimal", "text"), "integer"),
    "str": (("integer",), "text"),
    "reverse": (("text", "bytes"), ""),
    "present": (("integer", "boolean", "float", "text", "bytes", "list", "struct", "decimal", "date"), "boolean"),
}

#: operator → the kinds that both operands may have, and the kind of the result; an integer beside a float counts as one
_BINARY: dict[str, tuple[tuple[Kind, ...], Kind | Literal[""]]] = {
    **dict.fromkeys(("add", "sub", "mul", "div", "mod", "min", "max"), (_NUMBERS, "")),
    **dict.fromkeys(("shl", "shr", "and", "or", "xor"), (("integer",), "integer")),
    **dict.fromkeys(("eq", "ne"), (("integer", "float", "text", "bytes", "boolean"), "boolean")),
    **dict.fromkeys(("lt", "le", "gt", "ge"), (("integer", "float", "text", "bytes"), "boolean")),
    **dict.fromkeys(("all", "any"), (("boolean",), "boolean")),
    "cat": (("text", "bytes"), ""),
    "byte": (("bytes",), "integer"),
    "radix": (("text",), "integer"),
}


def infer(expr: ex.Expr, use: Use, faults: list[Fault]) -> Kind | None:
    """The kind of *expr* in *use*; None where it has none, what is wrong being added to *faults*."""
    match expr:
        case ex.Const(value=value):
            if type(value) is int and not -(1 << 63) <= value < 1 << 63:
                faults.append(Fault("constant", f"{value} does not fit 64 bits with a sign"))
            if value != value:
                faults.append(Fault("constant", "not-a-number is no constant: it equals nothing, itself included"))
            return _LITERAL[type(value)]
        case ex.Ref():
            target = resolve(expr, use)
            if isinstance(target, Fault):
                faults.append(target)
                return None
            return kind_at(item_of(target) if target in use.arrays else target)
        case ex.Item():
            target = resolve_item(expr, use)
            _operand(expr.index, ("integer",), "the number of an item", use, faults)
            if isinstance(target, Fault):
                faults.append(target)
                return None
            return kind_at(target)
        case ex.Param(name=name):
            if name not in use.parameters:
                close = nearest(name, use.parameters)
                faults.append(
                    Fault("parameter", f"there is no parameter {name} here", f"did you mean {close}?" if close else "")
                )
            return "integer"
        case ex.Unary():
            return _infer_unary(expr, use, faults)
        case ex.Binary():
            return _infer_binary(expr, use, faults)
        case ex.Cond():
            _operand(expr.test, ("boolean",), "the test of a cond", use, faults)
            return _same(expr.then, expr.other, "cond", use, faults)
        case ex.Index(up=up):
            if not 0 <= up < len(use.arrays):
                faults.append(Fault("index", f"index {up} arrays up, where {len(use.arrays)} are around this place"))
            return "integer"
        case ex.Position() | ex.Remaining() | ex.StreamSize():
            return "integer"
        case ex.Slice():
            for end in (expr.low, expr.high):
                _operand(end, ("integer",), "an end of a slice", use, faults)
            return _operand(expr.operand, ("text", "bytes"), "a slice", use, faults)
        case ex.Decoded(charset=charset):
            _operand(expr.operand, ("bytes",), "decoded", use, faults)
            if not (known(charset) or multibyte(charset)):
                faults.append(Fault("operands", f"there is no charset {charset}"))
            return "text"
        case ex.Peek(width=width):
            if not 1 <= width <= 56:
                faults.append(Fault("operands", f"peek looks at 1 to 56 bits, not at {width}"))
            _operand(expr.shift, ("integer",), "the shift of a peek", use, faults)
            return "integer"


def _operand(expr: ex.Expr, kinds: tuple[Kind, ...], of: str, use: Use, faults: list[Fault]) -> Kind | None:
    kind = infer(expr, use, faults)
    if kind is not None and kind not in kinds:
        faults.append(Fault("operands", f"{of} takes {_one_of(kinds)}, not {article(kind)}"))
        return None
    return kind


def _infer_unary(expr: ex.Unary, use: Use, faults: list[Fault]) -> Kind | None:
    if expr.op not in _UNARY:
        faults.append(_no_operator(expr.op, ex.UNARY))
        infer(expr.operand, use, faults)
        return None
    kinds, result = _UNARY[expr.op]
    if expr.op == "present" and not isinstance(expr.operand, (ex.Ref, ex.Item)):
        faults.append(Fault("operands", "present takes a reference or an item"))
    kind = _operand(expr.operand, kinds, expr.op, use, faults)
    if expr.op == "int" and kind == "decimal" and not isinstance(expr.operand, ex.Ref):
        faults.append(Fault("operands", "int of a decimal takes a reference"))
    return result or kind


def _infer_binary(expr: ex.Binary, use: Use, faults: list[Fault]) -> Kind | None:
    if expr.op not in _BINARY:
        faults.append(_no_operator(expr.op, ex.BINARY))
        infer(expr.left, use, faults)
        infer(expr.right, use, faults)
        return None
    kinds, result = _BINARY[expr.op]
    if expr.op in ("byte", "radix"):
        _operand(expr.left, kinds, expr.op, use, faults)
        _operand(expr.right, ("integer",), f"the right side of {expr.op}", use, faults)
        if expr.op == "radix" and isinstance(expr.right, ex.Const) and expr.right.value not in range(2, 37):
            faults.append(Fault("operands", "radix takes a base from 2 to 36"))
        return "integer"
    kind = _same(expr.left, expr.right, expr.op, use, faults)
    if kind is not None and kind not in kinds:
        faults.append(Fault("operands", f"{expr.op} takes {_one_of(kinds)}, not {article(kind)}"))
        kind = None
    return result or kind


def _same(left: ex.Expr, right: ex.Expr, of: str, use: Use, faults: list[Fault]) -> Kind | None:
    """The kind that both expressions have; an integer beside a float counts as one."""
    one, other = infer(left, use, faults), infer(right, use, faults)
    if one is None or other is None or one == other:
        return one if other is not None else None
    if {one, other} == set(_NUMBERS):
        return "float"
    faults.append(Fault("operands", f"{of} of {article(one)} and {article(other)}"))
    return None


def _no_operator(op: str, known: Any) -> Fault:
    close = nearest(op, known)
    return Fault("operator", f"there is no operator {op}", f"did you mean {close}?" if close else "")


_ARTICLES: dict[str, str] = {"integer": "an integer", "bytes": "bytes", "text": "text"}


def article(kind: Kind) -> str:
    """*kind* as messages say it."""
    return _ARTICLES.get(kind, f"a {kind}")


def _one_of(kinds: tuple[Kind, ...]) -> str:
    return " or ".join(map(article, kinds))
