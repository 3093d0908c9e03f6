"""`require`: a value is judged by a test; comparisons that only the test asks for are branches, and no register holds their outcome."""

from __future__ import annotations

from collections.abc import Sequence

from arrowsmith.program import ops as o
from arrowsmith.program.ops import Block, R
from arrowsmith_x86_64.operands import RAX, RCX
from arrowsmith_x86_64.select import Select, Selector
from arrowsmith_x86_64.select_arithmetic import immediate, to_numbers


def require(s: Selector, op: o.Require) -> None:
    a = s.a
    done, wrong = a.label(), a.label()
    s.unless_null(op.test, done)
    a.cmp(s.low(op.test), 0)
    a.jump(s.trap if op.fail == "trap" else wrong, "e")
    a.place(done)
    _refused(s, op, wrong, done)


def comparisons(s: Selector, ops: Block, at: int) -> tuple[list[o.Let], o.Require | None]:
    """The comparisons of integers from number *at* on, one or two, whose outcome a `require` right behind them asks for and nobody else."""

    def compares(op: o.Op) -> bool:
        if not isinstance(op, o.Let) or op.how not in UNLESS or op.out.n not in s.facts.once:
            return False
        return all(s.kind(x) == "i64" and not s.nullable(x) for x in (op.a, op.b))

    following = list(ops[at : at + 4])
    found: list[o.Let] = []
    while following and len(found) < 2 and compares(following[0]):
        found.append(following.pop(0))  # type: ignore[arg-type]  # which compares
    if not found or not following:
        return [], None
    test = found[-1].out
    if len(found) == 2:
        both = following.pop(0)
        if not isinstance(both, o.Let) or both.how != "and" or {both.a, both.b} != {op.out for op in found}:
            return [], None
        if both.out.n not in s.facts.once or not following:
            return [], None
        test = both.out
    asked = following[0]
    return (found, asked) if isinstance(asked, o.Require) and asked.test == test else ([], None)


def require_comparisons(s: Selector, compared: Sequence[o.Let], op: o.Require) -> None:
    """*op*, which asks for all that is *compared*: each is a comparison and a branch, and no register holds what came of it."""
    a = s.a
    done, wrong = a.label(), a.label()
    for each in compared:
        to_numbers(s, each)
        a.cmp(RAX, each.b if immediate(each) else RCX)
        a.jump(s.trap if op.fail == "trap" else wrong, UNLESS[each.how])
        if isinstance(each.a, R):
            s.hold(each.a)
    if op.fail == "null":
        a.place(done)
    _refused(s, op, wrong, done)


#: comparisons → when they do not hold
UNLESS = {"eq": "ne", "ne": "e", "lt": "ge", "le": "g", "gt": "le", "ge": "l"}


def _refused(s: Selector, op: o.Require, wrong: int, done: int) -> None:
    """What happens at *wrong*, unless the record fails."""
    a = s.a
    if op.fail == "null":
        with a.cold():
            a.place(wrong)
            s.log(op.site)
            if isinstance(op.what, R):
                a.mov(s.state(op.what), 0)
            a.jump(done)


TABLE: dict[type[o.Op], Select] = {o.Require: require}
