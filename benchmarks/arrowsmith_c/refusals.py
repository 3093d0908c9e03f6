"""Which Programs have no C, and why: what the yardstick is not needed for is refused, by op and in words.

Invariant: what passes here is printed whole; `printer` has a function for every op that is left.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from arrowsmith.program import ops as o
from arrowsmith.program.ops import Op, R
from arrowsmith.program.program import Program

#: kinds of floating-point numbers that C reads
FLOATS = ("ieee32", "ieee64", "ibm32", "ibm64")


def refusal(program: Program) -> str | None:
    """The first op of *program* that has no C, or None."""
    texts: dict[int, object] = {}
    for op in o.walk(program.body):
        check = _CHECKS.get(type(op))
        reason = check(program, op) if check else None
        out = getattr(op, "out", None)
        if (
            out is not None
            and reason is None
            and _defines(program, op)
            and texts.setdefault(out.n, spelled(op)) != spelled(op)
        ):
            reason = "a register holds texts in several charsets"
        if reason:
            return f"{op.name}: {reason}"
    return None


def _defines(program: Program, op: Any) -> bool:
    """Whether *op* gives a text register its bytes."""
    return isinstance(op, o.LoadText | o.LoadBytes | o.Const) and program.registers[op.out.n] == "text"


def spelled(op: Op) -> tuple[str, str]:
    """How the bytes in a text register become utf8: charset (``utf8``, ``binary``, ``hex`` or a table), undecodable."""
    match op:
        case o.LoadText():
            return op.charset, op.undecodable
        case o.LoadBytes():
            return ("hex" if op.hex else "binary"), ""
        case o.Const(value=bytes()):
            return "binary", ""
    return "utf8", ""


def _never(why: str) -> Callable[[Program, Any], str]:
    return lambda program, op: why


def _text(program: Program, op: o.LoadText) -> str | None:
    table = program.charset(op.charset)
    if table is None:
        return f"{op.charset} has no table of bytes"
    return "a byte becomes more than 3 bytes of utf8" if table.widest > 3 else None


def _let(program: Program, op: o.Let) -> str | None:
    operands = [x for x in (op.a, op.b, op.out) if isinstance(x, R)]
    if op.how not in ("present", "null") and any(program.registers[r.n] == "text" for r in operands):
        return f"{op.how} of texts"
    if op.how == "mod" and any(program.registers[r.n] == "f64" for r in operands):
        return "mod of floats"
    return None


def _unpack(program: Program, op: o.Unpack) -> str | None:
    return "more than 38 digits" if 2 * op.size > 38 else None


def _unzone(program: Program, op: o.Unzone) -> str | None:
    return "more than 38 bytes" if op.size > 38 else None


def _float(program: Program, op: o.LoadFloat) -> str | None:
    return f"{op.kind} has no C" if op.kind not in FLOATS else None


def _text_let(program: Program, op: o.TextLet) -> str | None:
    if op.how != "room" or not isinstance(op.a, R):
        return f"{op.how} has no C"
    defined = [x for x in o.walk(program.body) if op.a in o.outputs(x)]
    return (
        None if all(isinstance(x, o.LoadText | o.LoadBytes | o.Const) for x in defined) else "of a text made elsewhere"
    )


_CHECKS: dict[type[Op], Callable[[Program, Any], str | None]] = {
    o.Transform: _never("a stream that is made has no C"),
    o.Fetch: _never("values that were put are not read again"),
    o.Label: _never("labels have no C"),
    o.Spell: _never("numbers as they are written have no C"),
    o.TextLet: _text_let,
    o.LoadText: _text,
    o.Let: _let,
    o.Unpack: _unpack,
    o.Unzone: _unzone,
    o.LoadFloat: _float,
}
