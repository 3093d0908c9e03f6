"""Parameters that decide how records are read, once a file's header has said them, are folded into the Programs.

Invariant: with those values, a folded Program does what the Program does; only what can no longer happen is gone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from arrowsmith.program import arithmetic, ops
from arrowsmith.program.ops import Block, Op, R
from arrowsmith.program.program import Plan, Program
from arrowsmith.program.reading import Refused
from arrowsmith.program.verify import verify


def specialise(plan: Plan, values: Mapping[str, int]) -> Plan:
    """*plan* for files whose header gives *values* to the parameters that it is to be specialised by; the others stay parameters."""
    if not plan.specialise:
        return plan
    return replace(
        plan,
        framer=folded(plan.framer, values, plan.specialise),
        tables=tuple((name, folded(program, values, plan.specialise)) for name, program in plan.tables),
        specialise=(),
    )


def folded(program: Program, values: Mapping[str, int], names: tuple[str, ...]) -> Program:
    """*program* with the parameters *names* at their *values*, verified."""
    known = {n: values[name] for n, name in enumerate(program.parameters) if name in names}
    if not known:
        return program
    while True:
        found = _Folding(known, program.body)
        body = found.block(program.body)
        if not found.changed:
            break
        program = replace(program, body=body)
    verify(program)
    return program


class _Folding:
    """One pass: what is known of registers that are written once, and branches of which one can be taken."""

    def __init__(self, parameters: Mapping[int, int], body: Block) -> None:
        self.parameters = parameters
        written = Counter(r for op in ops.walk(body) for r in ops.outputs(op))
        self.once = {r for r, times in written.items() if times == 1}
        self.values: dict[R, int] = {}
        self.changed = False

    def block(self, body: Block) -> Block:
        """*body* without what cannot happen."""
        made: list[Op] = []
        for op in body:
            made += self.op(op)
        return Block(made)

    def op(self, op: Op) -> list[Op]:
        match op:
            case ops.GetParam(out=out, index=index) if index in self.parameters:
                self.changed = True
                return [self.known(ops.Let(out=out, how="copy", a=self.parameters[index]))]
            case ops.Let(out=out, how=how) if how in _FOLDED:
                a, b = self.value(op.a), self.value(op.b)
                if a is None or b is None or (how == "copy" and isinstance(op.a, int)):
                    return [self.known(op)]
                try:
                    number = a if how in ("copy", "else") else 1 if how == "present" else arithmetic.let(how, a, b)
                except Refused:
                    return [op]
                self.changed = True
                return [self.known(ops.Let(out=out, how="copy", a=int(number)))]
            case ops.If(test=test, then=then, other=other) if (value := self.value(test)) is not None:
                self.changed = True
                return list(self.block(then if value else other))
            case ops.Switch(value=subject) if (value := self.value(subject)) is not None:
                self.changed = True
                taken = next((block for numbers, block in op.cases if value in numbers), op.default)
                return list(self.block(taken))
            case ops.Require(test=test) if self.value(test):
                self.changed = True
                return []
        return [self.inside(op)]

    def inside(self, op: Op) -> Op:
        """*op* with the blocks in it folded."""
        given: dict[str, Any] = {}
        for field in fields(op):
            value = getattr(op, field.name)
            if isinstance(value, Block):
                given[field.name] = self.block(value)
            elif field.name == "cases":
                given["cases"] = tuple((numbers, self.block(block)) for numbers, block in value)
        return replace(op, **given) if given else op

    def known(self, op: ops.Let) -> ops.Let:
        if op.how == "copy" and isinstance(op.a, int) and op.out in self.once:
            self.values[op.out] = op.a
        return op

    def value(self, operand: Any) -> int | None:
        if isinstance(operand, R):
            return self.values.get(operand)
        return operand if isinstance(operand, int) else None


#: what is computed of integers that are known
_FOLDED = (
    "copy", "else", "present", "neg", "not", "inv", "abs", "add", "sub", "mul", "div", "mod", "shl", "shr", "and", "or", "xor",
    "min", "max", "eq", "ne", "lt", "le", "gt", "ge",
)  # fmt: skip
