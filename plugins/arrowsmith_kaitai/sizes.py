"""How many bits types and members take, where that is the same in all data."""

from __future__ import annotations

from arrowsmith_kaitai import ast
from arrowsmith_kaitai.names import World
from arrowsmith_kaitai.spec import Attr, BitsRef, Code, FloatRef, IntRef, SwitchRef, TypeRef, TypeSpec, UserRef


def type_bits(world: World, spec: TypeSpec, around: tuple[TypeSpec, ...] = ()) -> int | None:
    """The bits that the sequence of *spec* takes; None where the data decide."""
    if spec in around:
        return None
    total = 0
    for attr in spec.seq:  # what stands between bits and bytes is not counted, as in the reference compiler
        bits = attr_bits(world, attr, spec, (*around, spec))
        if bits is None:
            return None
        total += bits
    return total


def attr_bits(world: World, attr: Attr, spec: TypeSpec, around: tuple[TypeSpec, ...] = ()) -> int | None:
    """The bits that *attr*, a member of *spec*, takes where it is there (the reference compiler leaves its ``if`` out of account)."""
    if attr.value is not None or isinstance(attr.ref, SwitchRef):
        return None
    times = 1
    if attr.repeat:
        number = constant(attr.count) if attr.repeat == "expr" else None
        if number is None:
            return None
        times = number
    each = _element(world, attr, spec, around)
    return None if each is None else times * each


def _element(world: World, attr: Attr, spec: TypeSpec, around: tuple[TypeSpec, ...]) -> int | None:
    if attr.contents is not None:
        return 8 * len(attr.contents)
    if attr.size is not None:
        number = constant(attr.size)
        return None if number is None else 8 * number
    if attr.size_eos or attr.terminator is not None:
        return None
    return ref_bits(world, attr.ref, spec, around)


def ref_bits(world: World, ref: TypeRef, spec: TypeSpec, around: tuple[TypeSpec, ...] = ()) -> int | None:
    """The bits that one value of *ref*, named in *spec*, takes."""
    match ref:
        case IntRef(size) | FloatRef(size):
            return 8 * size
        case BitsRef(width):
            return width
        case UserRef():
            found = world.find(ref.name, spec)
            return None if found is None else type_bits(world, found, around)
        case _:
            return None


def constant(code: Code | None) -> int | None:
    """The value of an expression that is an integer literal, or arithmetic of such."""
    return None if code is None else _folded(code.tree)


def _folded(tree: ast.Expr) -> int | None:
    match tree:
        case ast.Int(value):
            return value
        case ast.Unary("-", operand):
            inner = _folded(operand)
            return None if inner is None else -inner
        case ast.Binary(op, left, right):
            a, b = _folded(left), _folded(right)
            if a is None or b is None:
                return None
            if op in ("+", "-", "*"):
                return {"+": a + b, "-": a - b, "*": a * b}[op]
            return a // b if op == "/" and b else a % b if op == "%" and b else None
        case _:
            return None
