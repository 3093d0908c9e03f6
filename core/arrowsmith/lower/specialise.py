"""Parameters that decide how records are read, once a file's header has said them, are folded into the Programs.

Invariant: with those values, a folded Program does what the Program does; only what can no longer happen is gone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from itertools import product
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


def foreseen(plan: Plan, most: int) -> tuple[Plan, tuple[Mapping[str, int], ...]]:
    """The values that headers may give, where no kernel can be loaded once they are read: those that the Programs compare a parameter
    with.  *plan*, to be specialised by such parameters alone, and every combination of their values, at most *most*."""
    known = {name: found for name in plan.specialise if (found := _compared(plan, name))}
    names: list[str] = []
    combinations = 1
    for name in sorted(known, key=lambda name: len(known[name])):
        if combinations * len(known[name]) > most:
            break
        combinations *= len(known[name])
        names.append(name)
    kept = tuple(name for name in plan.specialise if name in names)
    values = product(*(sorted(known[name]) for name in kept))
    return replace(plan, specialise=kept), tuple(dict(zip(kept, one, strict=True)) for one in values) if kept else ()


def _compared(plan: Plan, name: str) -> set[int]:
    """The numbers that a parameter is compared with, one by one, in the Programs of *plan*."""
    found: set[int] = set()
    for program in (plan.framer, *(program for _, program in plan.tables)):
        if name not in program.parameters:
            continue
        every = list(ops.walk(program.body))
        index = program.parameters.index(name)
        registers = {op.out for op in every if isinstance(op, ops.GetParam) and op.index == index}
        for op in every:
            found.update(_numbers(op, registers))
    return found


def _numbers(op: Op, registers: set[R]) -> Iterator[int]:
    """What *op* compares one of *registers* with; a condition, which is compared with 0, is 0 or 1."""
    match op:
        case ops.Switch(value=subject) if subject in registers:
            yield from (number for numbers, _ in op.cases for number in numbers)
        case ops.Let(how="eq" | "ne", a=a, b=b) if a in registers or b in registers:
            other = b if a in registers else a
            if isinstance(other, int):
                yield from (0, 1) if other == 0 else (other,)


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
