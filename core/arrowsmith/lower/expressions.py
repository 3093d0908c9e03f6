"""Expressions to ops: an expression of the Layout becomes the operand that holds its value.

Constants fold; the names of fields are looked up in the walk's environment; everything else is one op a node.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from arrowsmith.charsets import known
from arrowsmith.errors import DictionaryError, code
from arrowsmith.layout.expr import (
    ARITHMETIC,
    COMPARISON,
    Binary,
    Cond,
    Const,
    Decoded,
    Expr,
    Index,
    Item,
    Param,
    Peek,
    Position,
    Ref,
    Remaining,
    Slice,
    StreamSize,
    Unary,
)
from arrowsmith.lower.names import absolute, item_path
from arrowsmith.program import ops
from arrowsmith.program.ops import Block, Kind, Operand, R

if TYPE_CHECKING:
    from arrowsmith.lower.walk import Walk

UNRESOLVED = code("D0301", "an expression reads a field that has not been read before it")


def lower_expression(walk: Walk, expr: Expr) -> Operand:
    """Emit what computes *expr*; the operand with its value."""
    build = walk.build
    match expr:
        case Const(value=bool() | int() as value):
            return int(value)
        case Const(value=value):
            out = build.register("f64" if isinstance(value, float) else "text")
            build.emit(ops.Const(out=out, value=value))
            return out
        case Ref():
            return lookup(walk, expr)
        case Param(name):
            out = build.register()
            build.emit(ops.GetParam(out=out, index=build.parameter(name)))
            return out
        case Position():
            return _simple(walk, ops.Tell(out=build.register()))
        case Remaining():
            return _simple(walk, ops.Remain(out=build.register()))
        case StreamSize(root):
            out = build.register()
            build.emit(ops.Extent(out=out, root=root))
            return out
        case Index(up):
            out = build.register()
            build.emit(ops.GetIndex(out=out, up=up))
            return out
        case Item():
            from arrowsmith.lower.items import lower_item

            return lower_item(walk, expr)
        case Slice(operand, low, high):
            a = as_register(walk, lower_expression(walk, operand))
            first, last = lower_number(walk, low), lower_number(walk, high)
            return build.value(ops.TextLet, how="slice", a=a, low=first, high=last, site=walk.rule("a part of a text"))
        case Decoded(operand, charset):
            table = walk.charsets.get(charset) or known(charset)
            if table is not None:
                build.charset(table)
            a = as_register(walk, lower_expression(walk, operand))
            return build.value(ops.TextLet, how="decode", a=a, charset=charset, site=walk.rule(f"text in {charset}"))
        case Peek():
            from arrowsmith.lower.peeks import lower_peek

            return lower_peek(walk, expr)
        case Unary(op, operand):
            return _unary(walk, op, operand)
        case Binary("all", left, right):
            return _choose(walk, left, right, lambda: 0)
        case Binary("any", left, right):
            return _choose(walk, left, lambda: 1, right)
        case Binary("byte", left, right):
            a, number = as_register(walk, lower_expression(walk, left)), lower_number(walk, right)
            return build.value(
                ops.TextLet, how="byte", a=a, low=number, site=walk.rule("a byte of those that are there")
            )
        case Binary("radix", left, right):
            a, base = as_register(walk, lower_expression(walk, left)), lower_number(walk, right)
            rule = f"a number in base {base}" if isinstance(base, int) else "a number in a base from 2 to 36"
            return build.value(ops.TextLet, how="int", a=a, base=base, site=walk.rule(rule))
        case Binary(op, left, right):
            return binary(walk, op, lower_expression(walk, left), lower_expression(walk, right))
        case Cond(test, then, other):
            return _choose(walk, test, then, other)
    raise AssertionError(f"no lowering of {expr!r}")


def lower_number(walk: Walk, expr: Expr) -> Operand:
    """`lower_expression` of what says how many, or where: an integer of more than 64 bits with a sign is refused."""
    return whole(walk, lower_expression(walk, expr))


def whole(walk: Walk, operand: Operand) -> Operand:
    """*operand* as an i64 where it is a wider integer; one that does not fit is refused."""
    if kind_of(walk, operand) not in ("u64", "i128"):
        return operand
    return walk.build.value(ops.Let, how="add", a=operand, b=0, site=walk.rule("a number of at most 63 bits"))


def _simple(walk: Walk, op: ops.Tell | ops.Remain) -> Operand:
    walk.flush()
    walk.build.emit(op)
    return op.out


def unresolved(path: tuple[str, ...]) -> DictionaryError:
    return DictionaryError(f"{'.'.join(path)} is used before it is read", code=UNRESOLVED)


def lookup(walk: Walk, ref: Ref) -> Operand:
    """The register that holds the field *ref* means."""
    path = absolute(ref, walk.scope)
    if path not in walk.values:
        raise unresolved(path)
    return walk.values[path]


def kind_of(walk: Walk, operand: Operand) -> Kind:
    return walk.build.registers[operand.n] if isinstance(operand, R) else "i64"


def binary(walk: Walk, op: str, a: Operand, b: Operand) -> Operand:
    """One op on two operands, by the kinds of their values."""
    kinds = {kind_of(walk, a), kind_of(walk, b)}
    build = walk.build
    if "text" in kinds:
        out = build.register("text" if op == "cat" else "i64")
        build.emit(ops.TextLet(out=out, how=op, a=a, b=b))
        return out
    if isinstance(a, int) and isinstance(b, int) and op in ("add", "sub", "mul"):
        return {"add": a + b, "sub": a - b, "mul": a * b}[op]
    if "f64" in kinds:
        a, b = _float(walk, a), _float(walk, b)
    assert op in ARITHMETIC or op in COMPARISON or op == "else", op
    out = build.register("f64" if "f64" in kinds and op not in COMPARISON else "i64")
    build.emit(ops.Let(out=out, how=op, a=a, b=b, site=walk.rule(f"{op} of two numbers")))
    return out


def _float(walk: Walk, operand: Operand) -> Operand:
    if kind_of(walk, operand) == "f64":
        return operand
    out = walk.build.register("f64")
    walk.build.emit(ops.Let(out=out, how="float", a=operand))
    return out


def _unary(walk: Walk, op: str, operand: Expr) -> Operand:
    if op == "len":
        number = _count_of(walk, operand)
        if number is not None:
            return number
    a = lower_expression(walk, operand)
    kind, build = kind_of(walk, a), walk.build
    if op == "reverse":
        return build.value(ops.TextLet, how="reverse", a=a)
    if kind == "text" and op in ("len", "int"):
        out = build.register()
        build.emit(ops.TextLet(out=out, how=op, a=a, site=walk.rule(f"{op} of a text")))
        return out
    if op == "str":
        out = build.register("text")
        build.emit(ops.TextLet(out=out, how="str", a=a))
        return out
    if op == "int":
        if isinstance(operand, Ref) and (scale := walk.scales.get(absolute(operand, walk.scope), 0)):
            return _whole_part(walk, a, scale)
        if kind != "f64":
            return a
        op = "trunc"
    out = build.register("f64" if kind == "f64" and op in ("neg", "abs") else "i64")
    build.emit(ops.Let(out=out, how=op, a=a, site=walk.rule(f"{op} of a number")))
    return out


def _count_of(walk: Walk, operand: Expr) -> Operand | None:
    """The number of elements where *operand* is an array."""
    from arrowsmith.lower.items import count_path, lower_item_count

    if isinstance(operand, Ref):
        return walk.values.get(count_path(absolute(operand, walk.scope)))
    if isinstance(operand, Item) and item_path(operand, walk.scope) in walk.spans:
        return lower_item_count(walk, operand)
    return None


def _whole_part(walk: Walk, unscaled: Operand, scale: int) -> Operand:
    """A decimal without its fraction."""
    if scale < 0:
        return binary(walk, "mul", unscaled, 10**-scale)
    sign = binary(walk, "sub", 1, binary(walk, "mul", binary(walk, "lt", unscaled, 0), 2))
    magnitude = walk.build.register()
    walk.build.emit(ops.Let(out=magnitude, how="abs", a=unscaled, site=walk.rule("abs of a number")))
    return binary(walk, "mul", binary(walk, "div", magnitude, 10**scale), sign)


def as_register(walk: Walk, operand: Operand) -> R:
    """*operand* in a register."""
    if isinstance(operand, R):
        return operand
    out = walk.build.register()
    walk.build.emit(ops.Let(out=out, how="copy", a=operand))
    return out


def _choose(walk: Walk, test: Expr, then: object, other: object) -> Operand:
    """*then* where *test* holds, else *other*; each an expression or a callable that gives an operand."""
    build = walk.build
    condition = as_register(walk, lower_expression(walk, test))
    walk.flush()
    sides: list[tuple[list[ops.Op], Operand]] = []
    for side in (then, other):
        with build.block() as body:
            value = side() if callable(side) else lower_expression(walk, side)  # type: ignore[arg-type]  # Expr or callable
            sides.append((body, value))
    kinds = [kind_of(walk, value) for _, value in sides]
    kind: Kind = kinds[0] if kinds[0] == kinds[1] else "f64" if "f64" in kinds else "i64"
    out = build.register(kind)
    for body, value in sides:
        how = "copy"
        if kind_of(walk, value) != kind:  # a float where one side is one, else an integer of 64 bits with a sign
            how = "float" if kind == "f64" else "add"
        site = walk.rule("a number of at most 63 bits") if how == "add" else -1
        body.append(ops.Let(out=out, how=how, a=value, site=site))
    build.emit(ops.If(test=condition, then=Block(sides[0][0]), other=Block(sides[1][0])))
    return out
