"""Expressions at their place of use: a tree in the scope of a frame becomes a `Value`, its parts expressions of the Layout.

Types were checked before (`arrowsmith_kaitai.infer`); here they choose between operators.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NoReturn

from arrowsmith.layout.expr import (
    Binary,
    Cond,
    Const,
    Decoded,
    Expr,
    Index,
    Position,
    Remaining,
    Slice,
    Unary,
)
from arrowsmith_kaitai import ast, keys
from arrowsmith_kaitai.charsets import charset
from arrowsmith_kaitai.choosing import chosen, nothing, settled
from arrowsmith_kaitai.faults import Fault, fault
from arrowsmith_kaitai.frames import Frame, at_object, member
from arrowsmith_kaitai.infer import Scope as Typed
from arrowsmith_kaitai.infer import measured_bits
from arrowsmith_kaitai.kinds import (
    ANY,
    BOOL,
    BYTES,
    FLOAT,
    INT,
    STR,
    EnumKind,
    IntKind,
    Kind,
    ListKind,
    UserKind,
)
from arrowsmith_kaitai.lists import as_floats, bytes_as_list, bytes_of, extreme, listed, of_kind
from arrowsmith_kaitai.operators import MODULAR, binary, comparison, joined, spelled, unary
from arrowsmith_kaitai.sizes import type_bits
from arrowsmith_kaitai.spec import Code
from arrowsmith_kaitai.streams import either
from arrowsmith_kaitai.unsigned import converted
from arrowsmith_kaitai.values import (
    FALSE,
    Alternatives,
    Chosen,
    Listed,
    Null,
    Object,
    Scalar,
    Streamed,
    Value,
    kind_of,
    present_of,
)


@dataclass(frozen=True, slots=True)
class Scope:
    """Where an expression is evaluated: in member ``asking`` of ``frame``, with what ``_`` and ``_on`` are there.  ``modulo``: what it
    comes to is cast to 64 bits, so only those of its parts matter."""

    frame: Frame
    asking: str
    code: Code
    it: Value | None = None
    on: Value | None = None
    modulo: bool = False

    def fail(self, tree: ast.Node, message: str, code: str = "K0503", help: str = "") -> NoReturn:
        """Raise a `Fault` about *tree*."""
        entry = self.code.entry
        span = keys.located(entry, self.code.text, tree.start, tree.end)
        raise Fault(fault(code, entry.path, span, message, help))

    def value(self, tree: ast.Expr) -> Value:
        found = evaluate(tree, self)
        return settled(found) if isinstance(found, Alternatives) else found

    def expr(self, tree: ast.Expr) -> Expr:
        """The expression of a value that is a scalar; never, where it is nothing."""
        return self.scalar(tree).expr

    def scalar(self, tree: ast.Expr) -> Scalar:
        found = self.value(tree)
        if isinstance(found, Null):
            return Scalar(found.kind, nothing(found.kind), FALSE)
        if not isinstance(found, Scalar):
            self.fail(tree, "a number, a truth, a text or bytes are expected here")
        return found


def evaluated(frame: Frame, asking: str, code: Code, it: Value | None = None, on: Value | None = None) -> Value:
    """The value of *code*, an expression of member *asking* of *frame*."""
    return Scope(frame, asking, code, it, on).value(code.tree)


def scalar(frame: Frame, asking: str, code: Code) -> Scalar:
    """`evaluated`, of a scalar, with what is known of it."""
    return Scope(frame, asking, code).scalar(code.tree)


def expression(frame: Frame, asking: str, code: Code, it: Value | None = None, on: Value | None = None) -> Expr:
    """`evaluated`, of a scalar."""
    return Scope(frame, asking, code, it, on).expr(code.tree)


def evaluate(tree: ast.Expr, scope: Scope) -> Value:
    """The value of *tree* in *scope*.  Raises `Fault` for what has no meaning here."""
    match tree:
        case ast.Int(value):
            return _integer(tree, value, scope)
        case ast.Real(value):
            return Scalar(FLOAT, Const(value))
        case ast.Str(value):
            return Scalar(STR, Const(value))
        case ast.Truth(value):
            return Scalar(BOOL, Const(value))
        case ast.Format(parts):
            return joined([scope.scalar(part) for part in parts])
        case ast.Name(name):
            return _name(tree, name, scope)
        case ast.Label(enum, label):
            found = scope.frame.expansion.world.enum(enum.names, scope.frame.spec)
            assert found is not None
            number = found.number(label)
            assert number is not None
            return _integer(tree, number, scope, EnumKind(found))
        case ast.Attribute(value, name):
            return _attribute(tree, value, name, scope)
        case ast.Call(value, name, arguments):
            return _call(tree, value, name, arguments, scope)
        case ast.Subscript(value, index):
            return _element(tree, scope.value(value), scope.expr(index), scope)
        case ast.Cast(value, _):
            return _cast(tree, value, scope)
        case ast.Unary(op, operand):
            return unary(op, scope.scalar(operand), scope)
        case ast.Binary(op, left, right):
            inner = scope if op in MODULAR else replace(scope, modulo=False)
            return binary(op, inner.scalar(left), inner.scalar(right), scope)
        case ast.Compare(op, left, right):
            plain = replace(scope, modulo=False)
            return comparison(op, plain.scalar(left), plain.scalar(right))
        case ast.Logic(op, left, right):
            one, two = scope.expr(left), scope.expr(right)
            return Scalar(BOOL, Binary("all" if op == "and" else "any", one, two))
        case ast.Cond(test, then, other):
            return _cond(tree, test, then, other, scope)
        case ast.ListOf(items):
            return _list(items, scope)
        case ast.SizeOf(type, bits):
            found_bits = measured_bits(type, _typed(scope)) or 0
            return Scalar(INT, Const(found_bits if bits else -(-found_bits // 8)))


def _typed(scope: Scope) -> Typed:
    it = None if scope.it is None else kind_of(scope.it)
    return Typed(scope.frame.expansion.world, scope.frame.spec, scope.code, it)


def _integer(tree: ast.Node, value: int, scope: Scope, kind: Kind = INT) -> Scalar:
    if -(1 << 63) <= value < 1 << 63:
        return Scalar(kind, Const(value))
    if not 0 <= value < 1 << 64:
        scope.fail(tree, f"{value} does not fit 64 bits", "K0402")
    return Scalar(kind if kind != INT else IntKind(8, False), Const(value - (1 << 64)), None, True)


# --- names -------------------------------------------------------------------------------------------------------------


def _name(tree: ast.Name, name: str, scope: Scope) -> Value:
    frame = scope.frame
    match name:
        case "_root":
            return (frame.root or frame).object
        case "_parent":
            return at_object(frame, frame.parent, frame.object)
        case "_io":
            return Streamed(frame.stream)
        case "_index":
            if not frame.arrays + frame.inside:
                scope.fail(
                    tree, "`_index` is known only in what is repeated, and nothing is repeated around this", "K0305"
                )
            return Scalar(INT, Index())
        case "_sizeof":
            return Scalar(INT, Const(-(-(type_bits(frame.expansion.world, frame.spec) or 0) // 8)))
        case "_" | "_on":
            found = scope.it if name == "_" else scope.on
            assert found is not None
            return found
    return member(frame, scope.asking, frame.object, name, scope.code.entry)


def _attribute(tree: ast.Attribute, value: ast.Expr, name: str, scope: Scope) -> Value:
    if name == "_sizeof":
        bits = measured_bits(value, _typed(scope)) or 0
        return Scalar(INT, Const(-(-bits // 8)))
    return _of(tree, scope.value(value), name, scope)


def _of(tree: ast.Attribute, value: Value, name: str, scope: Scope) -> Value:
    match value:
        case Object():
            return _of_object(tree, value, name, scope)
        case Chosen(test, then, other):
            return chosen(test, _of(tree, then, name, scope), _of(tree, other, name, scope))
        case Alternatives(arms):
            return _of_arms(tree, arms, name, scope)
        case Streamed():
            return _of_stream(tree, value, name, scope)
        case Null():
            return Null(_typed(scope).kind(tree))
        case Listed():
            return _of_list(tree, value, name, scope)
        case Scalar():
            return _of_scalar(value, name, scope)


def _of_object(tree: ast.Attribute, object: Object, name: str, scope: Scope) -> Value:
    frame = object.frame
    if name in ("_io", "_root", "_parent"):
        if frame is None:
            scope.fail(tree, f"{name} of an element of the list that is being read is not known yet", "K0502")
        if name == "_root":
            return (frame.root or frame).object
        return at_object(scope.frame, Streamed(frame.stream) if name == "_io" else frame.parent, object)
    if object.spec.member(name) is None:  # it was cast to a type that it is not of
        return Null(_typed(scope).kind(tree))
    return member(scope.frame, scope.asking, object, name, scope.code.entry)


def _of_arms(tree: ast.Attribute, arms: tuple[tuple[str, Value], ...], name: str, scope: Scope) -> Value:
    """A member of what may be one of several objects: of the one that is there."""
    found = [(arm, _of(tree, arm, name, scope)) for _, arm in arms if _has(arm, name)]
    if not found:
        scope.fail(tree, f"none of the alternatives has {name}", "K0305")
    made = found[-1][1]
    for arm, value in reversed(found[:-1]):
        made = chosen(present_of(arm) or FALSE, value, made)
    return made


def _has(value: Value, name: str) -> bool:
    if isinstance(value, Chosen):
        return _has(value.then, name) and _has(value.other, name)
    return isinstance(value, Object) and (name.startswith("_") or value.spec.member(name) is not None)


def _of_stream(tree: ast.Attribute, value: Streamed, name: str, scope: Scope) -> Value:
    here = scope.frame.stream
    if value.other is not None and value.test is not None:
        one = _of_stream(tree, Streamed(value.stream), name, scope)
        return chosen(value.test, one, _of_stream(tree, Streamed(value.other), name, scope))
    if name == "size":
        size = value.stream.length(here)
        if size is None:
            scope.fail(tree, "the size of what a process makes is known only inside it")
        return Scalar(INT, size)
    if value.stream is not here:
        scope.fail(tree, f"{name} of another stream is not known here")
    phase = scope.frame.bits.phase
    begun = Const(phase > 0) if isinstance(phase, int) else Binary("gt", phase, Const(0))
    if name == "pos":
        pending: Expr = Const(int(phase > 0)) if isinstance(phase, int) else Cond(begun, Const(1), Const(0))
        return Scalar(INT, Position() if pending == Const(0) else Binary("add", Position(), pending))
    ended = Binary("eq", Remaining(), Const(0))
    return Scalar(BOOL, ended if begun == FALSE else Binary("all", Unary("not", begun), ended))


# --- lists and bytes ---------------------------------------------------------------------------------------------------


def _of_list(tree: ast.Attribute, value: Listed, name: str, scope: Scope) -> Value:
    match name:
        case "size" | "length":
            return Scalar(INT, value.size)
        case "first":
            return value.item(Const(0))
        case "last":
            return value.item(Binary("sub", value.size, Const(1)))
    return extreme(tree, value, name, scope)


def _element(tree: ast.Node, value: Value, index: Expr, scope: Scope) -> Value:
    match value:
        case Scalar(kind) if kind == BYTES:
            return bytes_as_list(value).item(index)
        case Listed():
            return value.item(index)
        case Null(kind):
            return Null(kind.element if isinstance(kind, ListKind) else ANY)
    scope.fail(tree, "only lists and bytes have elements")


def _list(items: tuple[ast.Expr, ...], scope: Scope) -> Value:
    if all(isinstance(item, ast.Int) and 0 <= item.value <= 255 for item in items):
        return Scalar(BYTES, Const(bytes(item.value for item in items if isinstance(item, ast.Int))))
    return listed([scope.value(item) for item in items])


# --- scalars -----------------------------------------------------------------------------------------------------------


def _of_scalar(value: Scalar, name: str, scope: Scope) -> Value:
    kind, expr = value.kind, value.expr
    match name:
        case "to_i":
            return replace(value, kind=INT, expr=expr if isinstance(kind, EnumKind) else Unary("int", expr))
        case "to_s":
            return replace(value, kind=STR, expr=spelled(value), wraps=False)
        case "length" | "size":
            return replace(value, kind=INT, expr=Unary("len", expr))
        case "reverse":
            return replace(value, expr=Unary("reverse", expr))
    return _of_list(ast.Attribute(ast.Int(0), name), bytes_as_list(value), name, scope)


def _call(tree: ast.Call, value: ast.Expr, name: str, arguments: tuple[ast.Expr, ...], scope: Scope) -> Value:
    found = scope.scalar(value)
    match name:
        case "substring":
            low, high = (scope.expr(argument) for argument in arguments)
            return replace(found, expr=Slice(found.expr, low, high))
        case "to_i":
            return replace(found, kind=INT, expr=Binary("radix", found.expr, scope.expr(arguments[0])))
        case _:
            assert isinstance(arguments[0], ast.Str)
            return replace(found, kind=STR, expr=_decoded(tree, found.expr, charset(arguments[0].value), scope))


def _decoded(tree: ast.Node, data: Expr, charset: str, scope: Scope) -> Expr:
    if isinstance(data, Const) and isinstance(data.value, bytes):
        try:
            return Const(data.value.decode(charset))
        except UnicodeDecodeError:
            scope.fail(tree, f"these bytes are no text in {charset}", "K0402")
    return Decoded(data, charset)


def _cond(tree: ast.Node, test: ast.Expr, then: ast.Expr, other: ast.Expr, scope: Scope) -> Value:
    condition = scope.expr(test)
    if isinstance(condition, Const):
        return scope.value(then if condition.value else other)
    made = chosen(condition, scope.value(then), scope.value(other))
    if isinstance(made, Streamed) and made.other is not None:
        joined = either(condition, made.stream, made.other)
        return Streamed(joined) if joined is not None and scope.frame.stream.around is None else made
    return made


# --- casts -------------------------------------------------------------------------------------------------------------


def _cast(tree: ast.Cast, value: ast.Expr, scope: Scope) -> Value:
    world, spec = scope.frame.expansion.world, scope.frame.spec
    kind = world.cast(tree.type, spec, scope.code.entry)
    if isinstance(value, ast.ListOf) and isinstance(kind, ListKind):
        return of_kind(kind.element, listed([scope.value(item) for item in value.items]))
    if isinstance(value, ast.ListOf) and kind == BYTES:
        return bytes_of([scope.scalar(item) for item in value.items])
    found = evaluate(value, replace(scope, modulo=isinstance(kind, IntKind) and kind.size == 8))
    if isinstance(found, Alternatives):
        arms = [arm for _, arm in found.arms if _fits(arm, kind)]
        if not arms:
            return settled(found)
        return settled(Alternatives(tuple((str(n), arm) for n, arm in enumerate(arms))))
    if isinstance(found, Null):
        return Null(kind)
    if isinstance(found, Scalar) and isinstance(kind, IntKind) and isinstance(found.kind, IntKind):
        return replace(found, kind=kind, wraps=kind == IntKind(8, False))
    if isinstance(found, Scalar) and isinstance(kind, ListKind) and found.kind == BYTES:
        return bytes_as_list(found)
    if isinstance(found, Listed) and isinstance(kind, ListKind):
        return as_floats(kind.element, found)
    return converted(found, kind)


def _fits(value: Value, kind: Kind) -> bool:
    if isinstance(value, Object):
        return isinstance(kind, UserKind) and value.spec is kind.spec
    if isinstance(value, Scalar):
        return type(value.kind) is type(kind)
    return False
