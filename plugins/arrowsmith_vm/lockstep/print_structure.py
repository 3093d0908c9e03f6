"""Conditions and repeats, printed for the lockstep gear."""

from __future__ import annotations

from arrowsmith.program import ops as o
from arrowsmith.program.ops import Block, R
from arrowsmith_vm.lockstep.cursors import Value
from arrowsmith_vm.lockstep.printer import Printer, Unsupported, prints


@prints(o.If)
def _if(p: Printer, op: o.If) -> None:
    if p.kind(op.test) in ("i128", "text"):
        raise Unsupported(f"if of {p.kind(op.test)}")
    value, test = p.value(op.test), p.fresh("t")
    p.line(f"{test} = both({value.name} != 0, {value.there or None})")
    then, other = p.fresh("s"), p.fresh("s")
    p.line(f"{then} = {p.s}.where({test})")
    p.line(f"{other} = {p.s}.where(~{test})")
    p.arms(op, [(then, op.then), (other, op.other)])


@prints(o.Switch)
def _switch(p: Printer, op: o.Switch) -> None:
    kind = p.kind(op.value)
    if kind not in ("i64", "u64"):
        raise Unsupported(f"switch of {kind}")
    value = p.value(op.value)
    low, high = (0, 1 << 64) if kind == "u64" else (-(1 << 63), 1 << 63)
    keys: dict[int, int] = {}
    for arm, (values, _) in enumerate(op.cases):
        for v in values:
            if low <= v < high:
                keys.setdefault(v, arm)
    ordered = sorted(keys)
    dtype = "np.uint64" if kind == "u64" else "np.int64"
    known = p.constant("keys", f"np.array({ordered!r}, {dtype})")
    arms = p.constant("arms", f"np.array({[keys[k] for k in ordered]!r}, np.uint16)")
    names = [p.fresh("s") for _ in range(len(op.cases) + 1)]
    p.line(
        f"{', '.join(names)}, = split({p.s}, {value.name}.astype({dtype}), {value.there or None}, {known}, {arms}, {len(names)})"
    )
    p.arms(op, list(zip(names, [*(body for _, body in op.cases), op.default], strict=True)))


@prints(o.Strip)
def _strip(p: Printer, op: o.Strip) -> None:
    p.block(op.body)


@prints(o.Repeat)
def _repeat(p: Printer, op: o.Repeat) -> None:
    stride = op.stride or advance(op.body)
    if op.level < 0 or stride is None:
        raise Unsupported("a repeat without a list, or whose elements have no common size")
    if op.level in p.levels or p.program.levels[op.level].parent != p.scope.level:
        raise Unsupported("a level that several repeats fill")
    if exposed(op.body, set()) & {r.n for inner in o.walk(op.body) for r in o.outputs(inner)}:
        raise Unsupported("a repeat whose elements depend on the ones before")
    p.levels.add(op.level)
    outer = p.times
    if isinstance(op.count, int):
        count = Value(str(max(op.count, 0)))
        if op.count > o.MOST:
            raise Unsupported("more elements than a batch holds")
        p.times = None if p.times is None else p.times * max(op.count, 0)
    else:
        count, p.times = p.ready(op.count), None
    name = p.fresh("s")
    p.line(f"{name} = x.elements({p.s}, {op.level}, {count.name}, {count.there or None})")
    with p.inside(name, level=op.level, element=(p.cursor.off, stride)) as scope:
        p.block(op.body)
    p.times = outer
    for n in scope.written:
        p.assign(R(n), Value(""))
    if isinstance(op.count, int):
        p.cursor.off += max(op.count, 0) * stride
    elif stride:
        far = p.fresh("v")
        by = f"np.maximum({count.name}, 0)"
        if count.there:
            by = f"np.where(everywhere({count.there}, {p.s}), {by}, 0)"
        p.line(f"{far} = {by} * {stride}")
        p.moved(Value(far))


def advance(body: Block) -> int | None:
    """How many bytes *body* moves the cursor, where that is the same for all items."""
    total = 0
    for op in body:
        moves: set[int | None] = {0}
        match op:
            case o.Skip(n=n):
                moves = {max(n, 0) if isinstance(n, int) else None}
            case o.If(then=then, other=other) | o.Reach(then=then, other=other):
                moves = {advance(then), advance(other)}
            case o.Switch(cases=cases, default=default):
                moves = {advance(b) for _, b in cases} | {advance(default)}
            case o.Repeat(count=count, stride=stride, body=inner):
                step = stride or advance(inner)
                moves = {
                    None
                    if step is None
                    else 0
                    if not step
                    else step * max(count, 0)
                    if isinstance(count, int)
                    else None
                }
            case o.Strip(body=inner):
                moves = {advance(inner)}
            case o.Within(n=n) | o.Transform(n=n):
                moves = {max(n, 0) if isinstance(n, int) else None}
            case _:
                pass
        if len(moves) != 1 or None in moves:
            return None
        (move,) = moves
        total += move or 0
    return total


def exposed(body: Block, written: set[int]) -> set[int]:
    """The registers that *body* reads, on some path, before it has written them; *written* is extended by those written on every path."""
    found: set[int] = set()
    for op in body:
        found |= {r.n for r in o.inputs(op)} - written
        arms = list(o.blocks(op))
        if isinstance(op, o.If | o.Reach | o.Switch):
            ways = [set(written) for _ in arms]
            for arm, way in zip(arms, ways, strict=True):
                found |= exposed(arm, way)
            written |= set.intersection(*ways)
        else:
            for arm in arms:  # it may run not once
                found |= exposed(arm, set(written))
        written |= {r.n for r in o.outputs(op)}
    return found
