"""A Plan run over the bytes of one file, the way the pipeline does it, with executors of the caller's choice.

Header → parameters; framer over windows that grow → frames; frames by kind → each table decoded.  `nested` puts the tables of a
hierarchy together by their kinds alone.
Invariant: the size of windows is invisible in the result.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from arrowsmith.program.oracle import Trap
from arrowsmith.program.program import Plan, Program
from arrowsmith.testing.harness import Decoded, Oracle, decode, new_frames, new_input, rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One frame of the file: bytes ``start`` to ``start + length``, ``kind``, what it ``carried``."""

    start: int
    length: int
    kind: int
    carried: tuple[int, ...] = ()


@dataclass(slots=True)
class Ran:
    """What a Plan made of a file.  ``stop`` of its framing, with the trap where that failed; ``rest``: bytes that were not framed;
    ``tables``: name → what was decoded; ``traps``: table, record (from 0, among the table's) and why it was refused."""

    parameters: tuple[int, ...] = ()
    frames: list[Found] = field(default_factory=list)
    stop: str = ""
    trap: Trap | None = None
    rest: int = 0
    tables: dict[str, Decoded] = field(default_factory=dict)
    rows: dict[str, list[Any]] = field(default_factory=dict)
    traps: list[tuple[str, int, Trap]] = field(default_factory=list)


def run_plan(
    plan: Plan, data: bytes, *, executor: Callable[[Program], Any] = Oracle, window: int = 0, skip: bool = True
) -> Ran:
    """*plan* over *data*.  *window* > 0: at first so many bytes are framed at a time.  *skip*: refused records are left out, else the
    first ends its table.  A header's frame is the file's first ``size`` bytes, and records begin behind them; without a size it is the
    whole file, and records begin at its start."""
    ran = Ran(parameters=tuple(value for _, value in plan.parameters))
    start = 0
    if plan.header:
        size = plan.header.size or len(data)
        decoded = decode(executor(plan.header), plan.header, new_input(data, [(0, size)], parameters=ran.parameters), 1)
        ran.parameters = _parameters(plan, decoded)
        start = plan.header.size
    _frame(plan, data, start, executor(plan.framer), window, ran)
    for kind, (name, program) in enumerate(plan.tables, 1):
        chosen = [f for f in ran.frames if f.kind == kind]
        carried = list(zip(*(f.carried for f in chosen), strict=True))
        source = new_input(data, [(f.start, f.length) for f in chosen], parameters=ran.parameters, carried=carried)
        ran.tables[name] = decode(executor(program), program, source, len(chosen), skip=skip)
        ran.rows[name] = rows(program, ran.tables[name])
        for number in ran.tables[name].failed:
            judge = Oracle(program)
            decode(judge, program, source, 1, first=number)
            assert judge.trap
            ran.traps.append((name, number, judge.trap))
    return ran


def _parameters(plan: Plan, decoded: Decoded) -> tuple[int, ...]:
    assert plan.header
    row = rows(plan.header, decoded)[0]
    values = dict(plan.parameters)
    for column in plan.header.columns:
        found = row
        for name in column.path:
            found = found[name]
        if column.path[-1] in values and not column.scratch and found is not None:
            values[column.path[-1]] = int(found)
    return tuple(values.values())


def _frame(plan: Plan, data: bytes, start: int, kernel: Any, window: int, ran: Ran) -> None:
    size = window if window and not plan.whole_stream else len(data)
    frames = new_frames(capacity=4, carried=8)
    while True:
        end = min(start + size, len(data))
        source = new_input(data[start:end], [], parameters=ran.parameters, final=end == len(data))
        frames.count = 0
        status = kernel.frame(source, 0, frames)
        for i in range(frames.count):
            carried = tuple(column[i] for column in frames.carried)
            ran.frames.append(
                Found(start=start + frames.starts[i], length=frames.lengths[i], kind=frames.kinds[i], carried=carried)
            )
        start += status.position
        if (
            status.stop == "failed"
            or (status.stop == "more" and end == len(data))
            or (status.stop == "end" and start == len(data))
        ):
            ran.stop, ran.rest, ran.trap = status.stop, len(data) - start, getattr(kernel, "trap", None)
            return
        if status.stop == "more" and not status.position:
            size *= 2
        if status.stop == "full" and not frames.count:
            frames = new_frames(capacity=2 * len(frames.starts), carried=8)


def nested(kinds: Sequence[int], tables: Mapping[str, list[Any]], children: Mapping[str, Sequence[str]]) -> list[Any]:
    """The rows of the first table with those of its children inside, as lists named after them; *kinds* of all frames, in the file's
    order, say whose they are: children follow their parent."""
    names = list(tables)
    parent = {child: name for name, inner in children.items() for child in inner}
    left = {name: iter(found) for name, found in tables.items()}
    last: dict[str, Any] = {}
    top: list[Any] = []
    for kind in kinds:
        name = names[kind - 1]
        row = {**next(left[name]), **{child: [] for child in children.get(name, ())}}
        last[name] = row
        (last[parent[name]][name] if name in parent else top).append(row)
    return top


def told(plan: Plan, ran: Ran) -> str:
    """What a Plan made of a file, as JSON with a line for each frame list, row and refusal."""
    found: dict[str, Any] = {"parameters": [*ran.parameters]} if ran.parameters else {}
    found["frames"] = [[f.start, f.length, f.kind, *_said(f.carried)] for f in ran.frames]
    found["stop"] = ran.stop
    if ran.rest:
        found["rest"] = ran.rest
    if ran.trap:
        found["trap"] = _told_trap(ran.trap)
    lines = [f"  {json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}" for key, value in found.items()]
    for name, program in plan.tables:
        shown = "".join(f"\n    {json.dumps(_taken(row), ensure_ascii=False)}," for row in ran.rows[name]).removesuffix(
            ","
        )
        lines.append(f"  {json.dumps(name)}: [{shown}{chr(10) + '  ' if shown else ''}]")
        log = [[frame, program.sites[site].path] for frame, site in ran.tables[name].log]
        if log:
            lines.append(f"  {json.dumps(name + ' invalid')}: {json.dumps(log)}")
    for name, number, trap in ran.traps:
        lines.append(f"  {json.dumps(f'{name} {number} refused')}: {json.dumps(_told_trap(trap), ensure_ascii=False)}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _said(carried: tuple[int, ...]) -> list[list[int]]:
    return [[*carried]] if any(carried) else []


def _taken(row: dict[str, Any]) -> dict[str, Any]:
    """*row* without null structs where it has many: the arms that were not taken."""
    return {key: value for key, value in row.items() if value is not None} if len(row) > 20 else row


def _told_trap(trap: Trap) -> str:
    return f"{trap.op}, byte {trap.offset}, {trap.bytes.hex(' ').upper() or 'nothing'}: {trap.rule}"
