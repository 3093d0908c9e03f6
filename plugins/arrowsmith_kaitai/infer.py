"""Types of expressions, before any data is read: a tree in the scope of a type becomes a `Kind`, or a `Fault` with path and caret.

Invariant: nothing is evaluated here; what has a kind can be evaluated, if the data allow it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NoReturn

from arrowsmith_kaitai import ast, keys
from arrowsmith_kaitai.charsets import charset
from arrowsmith_kaitai.faults import Fault, fault, meant
from arrowsmith_kaitai.kinds import (
    ANY,
    BOOL,
    BYTES,
    FLOAT,
    INT,
    OBJECT,
    STR,
    STREAM,
    AnyKind,
    BoolKind,
    BytesKind,
    EnumKind,
    FloatKind,
    IntKind,
    Kind,
    ListKind,
    ObjectKind,
    StreamKind,
    StrKind,
    UserKind,
    article,
    combined,
)
from arrowsmith_kaitai.names import World
from arrowsmith_kaitai.sizes import attr_bits, ref_bits, type_bits
from arrowsmith_kaitai.spec import Attr, Code, IntRef, Param, TypeSpec


@dataclass(frozen=True, slots=True)
class Scope:
    """Where an expression stands: in ``spec``, with what ``_`` and ``_on`` are there."""

    world: World
    spec: TypeSpec
    code: Code
    it: Kind | None = None
    on: Kind | None = None

    def fail(self, number: str, tree: ast.Node, message: str, help: str = "") -> NoReturn:
        """Raise a `Fault` about *tree*."""
        entry = self.code.entry
        span = keys.located(entry, self.code.text, tree.start, tree.end)
        raise Fault(fault(number, entry.path, span, message, help))

    def kind(self, tree: ast.Expr) -> Kind:
        return infer(tree, self)


def kind_of(world: World, spec: TypeSpec, code: Code, it: Kind | None = None, on: Kind | None = None) -> Kind:
    """The type of the expression *code* in *spec*."""
    return infer(code.tree, Scope(world, spec, code, it, on))


def member_kind(world: World, spec: TypeSpec, member: Attr | Param) -> Kind:
    """The type of *member* of *spec*: a list where it is repeated; of a computed one, its expression's."""
    if isinstance(member, Attr) and member.value is not None:
        return _computed(world, spec, member, member.value)
    kind = world.declared(member, spec)
    return ListKind(kind) if isinstance(member, Attr) and member.repeat else kind


def _computed(world: World, spec: TypeSpec, attr: Attr, value: Code) -> Kind:
    known = world.kinds.get(attr)
    if known is not None:
        return known
    if attr in world.open:
        around = " → ".join(a.id for a in (*world.open[world.open.index(attr) :], attr))
        Scope(world, spec, value).fail("K0405", value.tree, f"the value of {attr.id} depends on itself: {around}")
    world.open.append(attr)
    try:
        kind = kind_of(world, spec, value)
    finally:
        world.open.pop()
    if attr.enum is not None:
        try:
            kind = world.enumerated(attr.enum, spec, kind)
        except Fault as wrong:
            note = f"it is to label what is computed at {value.entry.path}"
            raise Fault(replace(wrong.diagnostic, notes=(note,))) from None
    world.kinds[attr] = kind
    return kind


# --- expressions -------------------------------------------------------------------------------------------------------


def infer(tree: ast.Expr, scope: Scope) -> Kind:
    """The type of *tree* in *scope*.  Raises `Fault`."""
    match tree:
        case ast.Int():
            return INT
        case ast.Real():
            return FLOAT
        case ast.Str():
            return STR
        case ast.Truth():
            return BOOL
        case ast.Format(parts):
            return _format(tree, parts, scope)
        case ast.Name():
            return _name(tree, scope)
        case ast.Label():
            return _label(tree, scope)
        case ast.Attribute(value, name):
            return _attribute(tree, value, name, scope)
        case ast.Call():
            return _call(tree, scope)
        case ast.Subscript(value, index):
            return _subscript(value, index, scope)
        case ast.Cast(value, type):
            if not (isinstance(value, ast.ListOf) and not value.items):
                scope.kind(value)
            return scope.world.cast(type, scope.spec, scope.code.entry)
        case ast.Unary(op, operand):
            return _unary(op, operand, scope)
        case ast.Binary(op, left, right):
            return _binary(tree, op, left, right, scope)
        case ast.Compare(op, left, right):
            comparable(scope, tree, op, scope.kind(left), scope.kind(right))
            return BOOL
        case ast.Logic(op, left, right):
            for side in (left, right):
                want(scope, side, BOOL, f"`{op}` takes")
            return BOOL
        case ast.Cond(test, then, other):
            want(scope, test, BOOL, "the condition before ? has to be")
            return _together(tree, scope.kind(then), scope.kind(other), scope)
        case ast.ListOf(items):
            return _list(tree, items, scope)
        case ast.SizeOf(type, _):
            _measured(tree, type, scope)
            return INT


def _together(tree: ast.Expr, one: Kind, other: Kind, scope: Scope) -> Kind:
    """The type of what is of one or the other of two types that have something in common."""
    made = combined(one, other)
    if made is None:
        scope.fail("K0402", tree, f"can't combine {article(one)} and {article(other)}")
    return made


def want(scope: Scope, tree: ast.Expr, wanted: Kind, what: str) -> Kind:
    """The type of *tree*, which has to be the one that is *wanted*."""
    kind = scope.kind(tree)
    if type(kind) is not type(wanted) and not isinstance(kind, AnyKind):
        scope.fail("K0402", tree, f"invalid type: {what} {article(wanted)}, and this is {article(kind)}")
    return kind


def _list(tree: ast.Expr, items: tuple[ast.Expr, ...], scope: Scope) -> Kind:
    """The type of a list of *items*: bytes where all are numbers from 0 to 255."""
    if not items:
        scope.fail("K0402", tree, "what an empty list is a list of is not known", "say it by a cast: [].as<bytes>")
    kinds = [scope.kind(item) for item in items]
    if all(isinstance(item, ast.Int) and 0 <= item.value <= 255 for item in items):
        return BYTES
    made = kinds[0]
    for item, kind in zip(items[1:], kinds[1:], strict=True):
        made = _together(item, made, kind, scope)
    return ListKind(made)


def comparable(scope: Scope, tree: ast.Node, op: str, left: Kind, right: Kind) -> None:
    """Refuse a comparison of values that have no order, or nothing in common."""
    alike = (
        (isinstance(left, (IntKind, FloatKind)) and isinstance(right, (IntKind, FloatKind)))
        or (isinstance(left, (StrKind, BytesKind, BoolKind)) and left == right)
        or (isinstance(left, EnumKind) and left == right)
        or isinstance(left, AnyKind)
        or isinstance(right, AnyKind)
    )
    if not alike:
        scope.fail("K0402", tree, f"can't compare {article(left)} and {article(right)}")
    if op not in ("==", "!=") and isinstance(left, (BoolKind, EnumKind)):
        what = "enums" if isinstance(left, EnumKind) else "booleans"
        scope.fail("K0402", tree, f"can't use comparison operator {op} on {what}")


def _format(tree: ast.Format, parts: tuple[ast.Expr, ...], scope: Scope) -> Kind:
    for part in parts:
        kind = scope.kind(part)
        if not isinstance(kind, (IntKind, StrKind, AnyKind)):
            scope.fail("K0402", part, f"a formatted string takes strings and integers, and this is {article(kind)}")
    return STR


_SPECIAL = ("_", "_index", "_io", "_on", "_parent", "_root", "_sizeof")


def _name(tree: ast.Name, scope: Scope) -> Kind:
    name, spec = tree.name, scope.spec
    match name:
        case "_root":
            return UserKind(spec.top)
        case "_parent":
            return parent_kind(scope.world, spec)
        case "_io":
            return STREAM
        case "_index":
            return INT
        case "_sizeof":
            if type_bits(scope.world, spec) is None:
                scope.fail("K0404", tree, f"unable to derive sizeof for type `{spec}`: dynamic sized type")
            return INT
        case "_" | "_on":
            found = scope.it if name == "_" else scope.on
            if found is None:
                where = "repeat-until and valid" if name == "_" else "the cases of a switch"
                scope.fail("K0305", tree, f"`{name}` is known only in {where}")
            return found
    member = spec.member(name)
    if member is None:
        if not keys.ID.fullmatch(name):
            scope.fail("K0301", tree, f"invalid ID: '{name}', expected /^[a-z][a-z0-9_]*$/", meant(name, spec.members))
        help = meant(name, [*spec.members, *_SPECIAL])
        scope.fail("K0305", tree, f"unable to access '{name}' in {spec} context", help)
    return member_kind(scope.world, spec, member)


def parent_kind(world: World, spec: TypeSpec) -> Kind:
    """The type of the object that makes those of *spec*."""
    found = world.parents.get(spec)
    return UserKind(found) if found is not None else OBJECT


def _label(tree: ast.Label, scope: Scope) -> Kind:
    found = scope.world.enum(tree.enum.names, scope.spec)
    if found is None:
        known = list(scope.spec.enums)
        shown = "::".join(tree.enum.names)
        scope.fail("K0304", tree, f"unable to find enum '{shown}', searching from {scope.spec}", meant(shown, known))
    if found.number(tree.label) is None:
        message = (
            f"unable to find enum member '{tree.enum}::{tree.label}' (enum '{found.name}' defined at {found.path})"
        )
        scope.fail("K0304", tree, message, meant(tree.label, [label for _, label in found.labels]))
    return EnumKind(found)


#: type → what can be asked of its values without arguments, and the type of that; None: an element
_ATTRIBUTES: dict[type, dict[str, Kind | None]] = {
    IntKind: {"to_s": STR},
    FloatKind: {"to_i": INT},
    BoolKind: {"to_i": INT},
    StrKind: {"length": INT, "reverse": STR, "to_i": INT},
    BytesKind: {"length": INT, "size": INT, "first": INT, "last": INT, "min": INT, "max": INT},
    EnumKind: {"to_i": INT},
    ListKind: {"size": INT, "first": None, "last": None, "min": None, "max": None},
    StreamKind: {"size": INT, "pos": INT, "eof": BOOL},
}
#: … and with arguments: their types
_METHODS: dict[type, dict[str, tuple[tuple[Kind, ...], Kind]]] = {
    StrKind: {"substring": ((INT, INT), STR), "to_i": ((INT,), INT)},
    BytesKind: {"to_s": ((STR,), STR)},
}


def _attribute(tree: ast.Attribute, value: ast.Expr, name: str, scope: Scope) -> Kind:
    if name == "_sizeof":
        _measured(tree, value, scope)
        return INT
    kind = scope.kind(value)
    if isinstance(kind, UserKind):
        return _of_object(tree, kind, name, scope)
    if isinstance(kind, ObjectKind) and name in ("_io", "_parent", "_root"):
        return STREAM if name == "_io" else OBJECT
    known = _ATTRIBUTES.get(type(kind), {})
    if name not in known:
        if name in _METHODS.get(type(kind), {}):
            scope.fail("K0402", tree, f"the method '{name}' of {article(kind)} takes arguments")
        close = meant(name, [*known, *_METHODS.get(type(kind), {})])
        scope.fail("K0403", tree, f"don't know how to call method '{name}' of {article(kind)}", close)
    found = known[name]
    if found is None:
        assert isinstance(kind, ListKind)
        return kind.element
    return found


def _of_object(tree: ast.Attribute, kind: UserKind, name: str, scope: Scope) -> Kind:
    match name:
        case "_io":
            return STREAM
        case "_root":
            return UserKind(kind.spec.top)
        case "_parent":
            return parent_kind(scope.world, kind.spec)
    member = kind.spec.member(name)
    if member is None:
        help = meant(name, kind.spec.members)
        scope.fail("K0305", tree, f"unable to access '{name}' in {kind.spec} context", help)
    return member_kind(scope.world, kind.spec, member)


def _call(tree: ast.Call, scope: Scope) -> Kind:
    kind = scope.kind(tree.value)
    known = _METHODS.get(type(kind), {})
    if tree.name not in known:
        close = meant(tree.name, [*known, *_ATTRIBUTES.get(type(kind), {})])
        scope.fail("K0403", tree, f"don't know how to call method '{tree.name}' of {article(kind)}", close)
    wanted, made = known[tree.name]
    if len(wanted) != len(tree.arguments):
        scope.fail("K0402", tree, f"{tree.name} takes {len(wanted)} arguments, and has {len(tree.arguments)}")
    for number, (argument, needed) in enumerate(zip(tree.arguments, wanted, strict=True)):
        want(scope, argument, needed, f"argument #{number} of {tree.name} has to be")
    if tree.name == "to_s":
        (argument,) = tree.arguments
        if not isinstance(argument, ast.Str):
            scope.fail("K0402", argument, "to_s: argument #0: expected string literal")
        if not charset(argument.value):
            scope.fail("K0206", argument, f"there is no encoding {argument.value!r}")
    if tree.name == "to_i" and isinstance(tree.arguments[0], ast.Int) and not 2 <= tree.arguments[0].value <= 36:
        scope.fail("K0402", tree.arguments[0], "to_i takes a base from 2 to 36")
    return made


def _subscript(value: ast.Expr, index: ast.Expr, scope: Scope) -> Kind:
    kind = scope.kind(value)
    want(scope, index, INT, "an index has to be")
    if isinstance(kind, ListKind):
        return kind.element
    if isinstance(kind, BytesKind):
        return IntKind(1, False)
    if not isinstance(kind, AnyKind):
        scope.fail("K0402", value, f"unable to index {article(kind)}")
    return ANY


def _unary(op: str, operand: ast.Expr, scope: Scope) -> Kind:
    if op == "not":
        want(scope, operand, BOOL, "`not` takes")
        return BOOL
    kind = scope.kind(operand)
    if op == "-" and isinstance(kind, FloatKind):
        return FLOAT
    want(scope, operand, INT, f"`{op}` takes")
    return INT


def _binary(tree: ast.Binary, op: str, left: ast.Expr, right: ast.Expr, scope: Scope) -> Kind:
    a, b = scope.kind(left), scope.kind(right)
    if isinstance(a, IntKind) and isinstance(b, IntKind):
        return INT
    if op in ("+", "-", "*", "/", "%") and all(isinstance(k, (IntKind, FloatKind)) for k in (a, b)):
        return FLOAT
    if op == "+" and isinstance(a, StrKind) and isinstance(b, StrKind):
        return STR
    if isinstance(a, AnyKind) or isinstance(b, AnyKind):
        return ANY
    scope.fail("K0402", tree, f"can't apply operator {op} to {article(a)} and {article(b)}")


# --- sizes -------------------------------------------------------------------------------------------------------------


def _measured(tree: ast.Node, what: ast.Expr | ast.TypeName, scope: Scope) -> int:
    bits = measured_bits(what, scope)
    if bits is None:
        shown = str(what) if isinstance(what, ast.TypeName) else ast.notation(what)
        scope.fail("K0404", tree, f"unable to derive sizeof of `{shown}`: dynamic sized type")
    return bits


def measured_bits(what: ast.Expr | ast.TypeName, scope: Scope) -> int | None:
    """The bits of a type, or of the member that an expression names; None where the data decide."""
    world, spec = scope.world, scope.spec
    if isinstance(what, ast.TypeName):
        kind = world.cast(what, spec, scope.code.entry)
    else:
        owner: Kind = UserKind(spec)
        name = what.name if isinstance(what, (ast.Name, ast.Attribute)) else ""
        if isinstance(what, ast.Attribute):
            owner = scope.kind(what.value)
        member = owner.spec.member(name) if isinstance(owner, UserKind) else None
        if isinstance(member, Attr) and member.value is None:
            assert isinstance(owner, UserKind)
            return attr_bits(world, member, owner.spec)
        kind = scope.kind(what)
    if isinstance(kind, UserKind):
        return type_bits(world, kind.spec)
    if isinstance(kind, (IntKind, FloatKind)) and kind.size:
        return ref_bits(world, IntRef(kind.size, False), spec)
    name = what.names[0] if isinstance(what, ast.TypeName) and len(what.names) == 1 else ""
    return int(name[1:]) if name[:1] == "b" and name[1:].isdigit() else None
