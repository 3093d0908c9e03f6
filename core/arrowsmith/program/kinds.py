"""Kinds of registers: which each op reads and writes, and what of them goes into which column.

Invariant: an operand that says how many, how long or where is an i64, so that no executor has to ask.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from arrowsmith.columns import Column
from arrowsmith.program import ops as o
from arrowsmith.program.ops import Kind, Op, R
from arrowsmith.program.program import Program

INTEGERS: tuple[Kind, ...] = ("i64", "u64", "i128")
ANY: tuple[Kind, ...] = ("i64", "u64", "i128", "f64", "text")
#: kind → the least and the greatest integer of it
REACH: dict[Kind, tuple[int, int]] = {
    "i64": (-(1 << 63), (1 << 63) - 1),
    "u64": (0, (1 << 64) - 1),
    "i128": (-(1 << 127), (1 << 127) - 1),
}
_SMALL = ("bool", "i8", "i16", "i32", "i64", "u8", "u16", "u32", "u64", "dec128", "none")

#: kind → storages that it may be put into
STORAGES: dict[Kind, tuple[str, ...]] = {
    "i64": (*_SMALL, "f64"),
    "u64": (*_SMALL, "f64"),
    "i128": _SMALL,
    "f64": ("f32", "f64", "none"),
    "text": ("utf8", "binary", "none"),
}

#: storage → kind that ``fetch`` makes of it; i64 where it is not here
FETCHED: dict[str, Kind] = {
    "u64": "u64",
    "dec128": "i128",
    "f32": "f64",
    "f64": "f64",
    "utf8": "text",
    "binary": "text",
}


def fetched(column: Column) -> Kind:
    return FETCHED.get(column.storage, "i64")


def loaded(size: int, encoding: str, below: int) -> Kind:
    """The kind of the integer that `load.int` makes, by its attributes."""
    if size > 8:
        return "i128"
    return "u64" if size == 8 and encoding == "unsigned" and not 0 < below <= 1 << 63 else "i64"


def written(op: Op, columns: Sequence[Column]) -> Kind | None:
    """The kind of what *op* writes; None where it writes nothing, or what an operand's kind decides (`let`, `require`)."""
    match op:
        case o.LoadInt():
            return loaded(op.size, op.encoding, op.below)
        case o.LoadBits():
            return "u64" if op.width == 64 and not op.signed else "i64"
        case o.Unpack() | o.Unzone():
            return "i64" if op.digits <= 18 else "i128"
        case o.LoadText() | o.LoadBytes() | o.Label() | o.Spell():
            return "text"
        case o.LoadFloat():
            return "f64"
        case o.Const():
            return "f64" if isinstance(op.value, float) else "text"
        case o.TextLet():
            return "text" if op.how in ("cat", "str", "slice", "reverse", "decode") else "i64"
        case o.Fetch():
            return fetched(columns[op.column]) if 0 <= op.column < len(columns) else None
        case o.Tell() | o.Remain() | o.Extent() | o.Scan() | o.GetParam() | o.Carried() | o.GetIndex() | o.Date():
            return "i64"
        case _:
            return None


def result(op: Op, registers: Sequence[Kind], columns: Sequence[Column]) -> Kind:
    """The kind of what *op* writes, by its operands where they decide."""
    if isinstance(op, o.Let):
        operands = [registers[x.n] for x in (op.a, op.b)[: o.LET.get(op.how, 0)] if isinstance(x, R)]
        if op.how in ("copy", "else"):
            return operands[0] if operands else "i64"
        floats = op.how in ("float", "tens") or (
            "f64" in operands and op.how in ("neg", "abs", "add", "sub", "mul", "div", "mod", "min", "max")
        )
        return "f64" if floats else "i64"
    return written(op, columns) or "i64"


def mistaken(op: Op, program: Program) -> Iterator[str]:
    """What is wrong with the kinds of the registers of *op*, all of which exist."""

    def kind(operand: R | int) -> Kind:
        return program.registers[operand.n] if isinstance(operand, R) else "i64"

    def expect(what: str, operand: R | int, allowed: tuple[Kind, ...]) -> Iterator[str]:
        if kind(operand) not in allowed:
            yield f"{what} is {operand!r}, of kind {kind(operand)}; expected {' or '.join(allowed)}"

    made = written(op, program.columns)
    for r in o.outputs(op):
        if made:
            yield from expect("the result", r, (made,))
    match op:
        case o.Let():
            yield from _let(op, kind)
        case o.TextLet():
            texts = o.TEXT_LET.get(op.how, 0)
            for n, operand in enumerate((op.a, op.b)[:texts]):
                yield from expect("ab"[n], operand, INTEGERS if op.how == "str" else ("text",))
                if op.how != "str" and not isinstance(operand, R):
                    yield f"{'ab'[n]} is no text"
            for name in ("low", "high", "base"):
                yield from expect(name, getattr(op, name), ("i64",))
        case o.Put():
            column = program.columns[op.column] if 0 <= op.column < len(program.columns) else None
            if column and column.storage not in STORAGES[kind(op.a)]:
                yield f"a register of kind {kind(op.a)} cannot be put into a column of {column.storage}"
        case o.Label():
            yield from expect("a", op.a, ("i64", "u64"))
        case o.Spell():
            yield from expect("a", op.a, INTEGERS)
        case o.Switch():
            yield from expect("the value", op.value, ("i64", "u64"))
        case o.Require():
            yield from expect("the test", op.test, ("i64",))
        case o.Transform():
            yield from expect("n", op.n, ("i64",))
            for a in op.arguments:
                yield from expect("an argument", a, ("i64", "text"))
        case _:
            for r in o.inputs(op):
                yield from expect("an operand", r, ("i64",))


def _let(op: o.Let, kind: Callable[[R | int], Kind]) -> Iterator[str]:
    result = kind(op.out)
    operands = (op.a, op.b)[: o.LET.get(op.how, 0)]
    kinds = {kind(x) for x in operands if isinstance(x, R)}
    if op.how == "null":
        return
    if op.how in ("copy", "else"):
        wanted = kinds or {"i64"}
        if len(wanted) > 1 or result not in wanted:
            yield f"{op.how} takes and gives one kind, and has {', '.join(sorted({*wanted, result}))}"
        if result == "text" and not all(isinstance(x, R) for x in operands):
            yield f"{op.how} takes no literal for a text"
        return
    if op.how == "present":
        expected: Kind = "i64"
    elif op.how in ("float", "tens", "trunc"):
        expected = "i64" if op.how == "trunc" else "f64"
        if not kinds <= ({"f64"} if op.how == "trunc" else {*INTEGERS}) or (op.how == "trunc" and not kinds):
            yield f"{op.how} does not take {', '.join(sorted(kinds)) or 'a literal'}"
    else:
        floats = "f64" in kinds
        if "text" in kinds or (floats and len(kinds) > 1):
            yield f"{op.how} takes integers or floats, and has {', '.join(sorted(kinds))}"
        if floats and op.how in ("not", "inv", "shl", "shr", "and", "or", "xor"):
            yield f"{op.how} takes no floats"
        expected = "f64" if floats and op.how not in ("eq", "ne", "lt", "le", "gt", "ge") else "i64"
    if result != expected:
        yield f"the result is {op.out!r}, of kind {result}; expected {expected}"
