"""What is asked of a Program before it is printed: who reads a register last, and what registers are for."""

from __future__ import annotations

from arrowsmith.program import ops as o
from arrowsmith.program.ops import Block, R
from arrowsmith.program.program import Program


def numbered(body: Block) -> tuple[dict[int, tuple[int, int]], dict[int, int]]:
    """The number of each op (by identity) and of the last op inside it; and for each register that of the last op that reads it."""
    numbers: dict[int, tuple[int, int]] = {}
    last_read: dict[int, int] = {}
    counter = 0

    def visit(block: Block) -> None:
        nonlocal counter
        for op in block:
            number = counter
            counter += 1
            for r in o.inputs(op):
                last_read[r.n] = number
            for inner in o.blocks(op):
                visit(inner)
            numbers[id(op)] = number, counter - 1

    visit(body)
    return numbers, last_read


def seeking(body: Block) -> frozenset[int]:
    """The registers that nothing reads but the positions of `at`."""
    sought: set[int] = set()
    others: set[int] = set()
    for op in o.walk(body):
        read = {r.n for r in o.inputs(op)}
        if isinstance(op, o.AtPlace):
            sought |= read
        else:
            others |= read
    return frozenset(sought - others)


def compared(body: Block) -> dict[int, bytes]:
    """The registers that hold one text literal, and that nothing reads but the second operand of `eq` and `ne`: its bytes."""
    found: dict[int, bytes] = {}
    other: set[int] = set()
    for op in o.walk(body):
        read = {r.n for r in o.inputs(op)}
        if isinstance(op, o.TextLet) and op.how in ("eq", "ne") and op.a != op.b and isinstance(op.b, R):
            read.discard(op.b.n)
        other |= read
        if isinstance(op, o.Const) and isinstance(op.value, str | bytes) and op.out.n not in found:
            found[op.out.n] = op.value.encode() if isinstance(op.value, str) else op.value
        else:
            other |= {r.n for r in o.outputs(op)}
    return {n: literal for n, literal in found.items() if n not in other}


def sorts(program: Program) -> tuple[frozenset[int], frozenset[int]]:
    """The text registers that may be of charset binary, and those that may be of another."""
    held: dict[int, set[str]] = {}
    before: dict[int, set[str]] | None = None
    while held != before:
        before = {n: set(found) for n, found in held.items()}
        for op in o.walk(program.body):
            sources: set[str] = {"text"}
            match op:
                case o.LoadBytes(hex=False) | o.Const(value=bytes()):
                    sources = {"binary"}
                case o.Fetch(column=c) if program.columns[c].storage == "binary":
                    sources = {"binary"}
                case o.Let(a=a, b=b):
                    sources = {s for x in (a, b) if isinstance(x, R) for s in held.get(x.n, ())}
                case o.TextLet(how="cat" | "slice" | "reverse", a=R(n)):
                    sources = held.get(n, set())
                case _:
                    pass
            for out in o.outputs(op):
                if program.registers[out.n] == "text" and not isinstance(op, o.Require):
                    held.setdefault(out.n, set()).update(sources)
    binary, text = (frozenset(n for n, found in held.items() if sort in found) for sort in ("binary", "text"))
    return binary, text
