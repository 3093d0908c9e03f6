"""The function around a Program's printed ops: over the frames of an Input, or over the runs of a framer in a window.

Invariant: what a record that stopped had written lies behind the committed cursors; offsets written for a slot are those cursors, so
rolling back is reading them.
"""

from __future__ import annotations

import ast
from typing import Final

from arrowsmith.columns import WIDTH, Column
from arrowsmith.program import ops as o
from arrowsmith.program.program import Program
from arrowsmith_vm.facts import own_bytes
from arrowsmith_vm.scalar import loads, registers, structure
from arrowsmith_vm.scalar.printer import Cursor, Printer, Stream
from arrowsmith_vm.source import INDENTS, Source

#: how deep loops nest in one function (CPython takes 20 blocks)
LOOPS: Final = 14

#: importing them fills the table of printing functions
_FILLED: Final = (loads, registers, structure)


def printed(program: Program) -> str:
    """The Python module of *program*: a function ``run``, of a framer ``frame``, and the constants that it names."""
    make = _framer if program.kind == "framer" else _table
    source, text = make(program, False)
    if source.deepest > INDENTS or _loops(program.body) > LOOPS:
        source, text = make(program, True)
    constants = "".join(f"{name} = {value}\n" for value, name in source.constants.items())
    return f"{constants}\n{text}"


def _loops(body: o.Block) -> int:
    """How deep loops nest in *body*."""
    return max(
        (isinstance(op, o.Repeat | o.Loop) + max((_loops(b) for b in o.blocks(op)), default=0) for op in body),
        default=0,
    )


def _module(printer: Printer, name: str, head: list[str], body: str) -> str:
    """The text of function *name*, and of the parts that it was split into."""
    if not printer.split:
        return f"def {name}({', '.join(head)}):\n{body}"
    # parts share their variables as globals of a module that is made for each call: see `arrowsmith_vm.kernel`
    parts = "".join("".join(f"{' ' * depth}{line}\n" for depth, line in part) + "\n" for part in printer.parts)
    text = f"{parts}def {name}({', '.join(head)}):\n GLOBALS\n{body}"
    names = {n.id for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    return text.replace("GLOBALS", f"global {', '.join(sorted(names))}")


# --- tables ----------------------------------------------------------------------------------------------------------

#: storage → the code of the memoryview that its values are written through; unsigned, so that a mask gives the low bytes
CODES: Final = {
    **{f"{s}{n}": code for s in "iu" for n, code in ((8, "B"), (16, "H"), (32, "I"), (64, "Q"))},
    "bool": "B",
    "f32": "f",
    "f64": "d",
    "dec128": "Q",
    "f16": "H",
}


def _column(source: Source, c: int, column: Column) -> None:
    source.line(f"k{c} = columns[{c}].validity.view")
    if column.varying:
        source.line(f"o{c} = cells(columns[{c}].values, 'i')")
        source.line(f"d{c} = columns[{c}].data.view")
        source.line(f"u{c} = columns[{c}].used")
        source.line(f"space{c} = min(columns[{c}].data.size, MOST)")
    elif WIDTH[column.storage]:
        source.line(f"v{c} = cells(columns[{c}].values, {CODES[column.storage]!r})")


def _table(program: Program, split: bool) -> tuple[Source, str]:
    source = Source(depth=1)
    fetched = {program.columns[op.column].level for op in o.walk(program.body) if isinstance(op, o.Fetch)}
    levels = range(len(program.levels))
    line = source.line
    line("columns = output.columns")
    for c, column in enumerate(program.columns):
        _column(source, c, column)
    for n in levels:
        line(f"n{n} = output.rows[{n}]")
        line(f"room{n} = min(output.capacity[{n}], MOST)")
        if n:
            line(f"l{n} = cells(output.offsets[{n}], 'i')")
    line("log = cells(output.log, 'Q')")
    line("log_room = len(log)")
    line("logged = held = output.logged")
    line("parameters = [wrapped(x) for x in source.parameters]")
    line("carried = source.carried")
    line("view, first, stride, length = source.memory.view, source.first, source.stride, source.length")
    line("begins, sizes = source.starts, source.lengths")
    line("f = frame")
    line("last = frame + count")
    line("stop, column, end = 'done', 0, 0")
    with source.block("try:"), source.block("while f < last:"):
        with source.block("if stride:"):
            line("t = first + f * stride")
            line("s = bytes(view[t:t + length])")
        with source.block("else:"):
            line("t = begins[f]")
            line("s = bytes(view[t:t + sizes[f]])")
        line("e = len(s)")
        line("if n0 >= room0: raise Full(-1, n0 + 1)")
        for n in sorted(fetched):
            line(f"first{n} = n{n}")
        root = Stream("s", "e")
        printer = Printer(program, source, root, root, Cursor("", 0, 0), keep=own_bytes(program), split=split)
        printer.block(program.body)
        structure.finish(printer, 0)
        line("held = logged")
        line("f += 1")
    for name, words in (
        ("Trap", "stop = 'failed'"),
        ("Full as full", "stop, column, end = 'full', full.column, full.end"),
    ):
        with source.block(f"except {name}:"):
            line(words)
    _commit(source, program)
    text = _module(printer, "run", ["source", "output", "frame", "count"], source.text())
    return source, text


def _commit(source: Source, program: Program) -> None:
    """Print what follows the loop: cursors go back to what is committed, in the order of levels, parents first."""
    line = source.line
    line("touched = [" + ", ".join(f"n{n}" for n in range(len(program.levels))) + "]")
    with source.block("if stop != 'done':"):
        line("touched = [min(x + 1, y) for x, y in zip(touched, output.capacity)]")
        for n in outer_first(program):
            if n:
                line(f"n{n} = l{n}[n{program.levels[n].parent}]")
        for c, column in enumerate(program.columns):
            if column.varying:
                line(f"u{c} = o{c}[n{column.level}]")
        with source.block("if column == LOG_FULL:"):
            line("end -= 8 * held")
        with source.block("elif stop == 'full':"):
            rows = ", ".join(f"n{n}" for n in range(len(program.levels)))
            used = ", ".join(f"u{c}" if x.varying else "0" for c, x in enumerate(program.columns))
            line(
                f"end -= ({rows},)[-1 - column] if column < 0 else ({used},)[column]"
                if used
                else f"end -= ({rows},)[-1 - column]"
            )
    line("output.rows[:] = [" + ", ".join(f"n{n}" for n in range(len(program.levels))) + "]")
    for c, column in enumerate(program.columns):
        if column.varying:
            line(f"columns[{c}].used = u{c}")
    line("output.logged = held")
    line("output.touched[:] = touched")
    line("return Status(frames=f - frame, stop=stop, column=column, wanted=end)")


def outer_first(program: Program) -> list[int]:
    """The levels, each behind its parent."""
    order = [0]
    for level in order:
        order += [n for n, child in enumerate(program.levels) if n and child.parent == level]
    return order


# --- framers ---------------------------------------------------------------------------------------------------------


def _framer(program: Program, split: bool) -> tuple[Source, str]:
    source = Source(depth=1)
    line = source.line
    yields = [op for op in o.walk(program.body) if isinstance(op, o.Frame)]
    single = len(yields) == 1 and yields[0] in program.body
    kinds = {op.kind for op in yields}
    (kind,) = kinds if len(kinds) == 1 else (None,)
    kind = kind if isinstance(kind, int) and 0 <= kind <= 255 else None
    carries = max((len(op.carried) for op in yields), default=0)
    line("s = source.memory.view")
    line("e = len(s)")
    line("final = source.final")
    line("parameters = [wrapped(x) for x in source.parameters]")
    names = ["starts", "lengths", *(() if kind is not None else ("kinds",)), *(f"carry{i}" for i in range(carries))]
    for name in names:
        line(f"all_{name} = []")
        line(f"{name} = all_{name}.append")
    line("spare = len(frames.starts) - frames.count")
    line("b = q = position")
    line("m = 0")
    line("stop = 'full'")
    root = Stream("s", "e", start="b", window=True, solid=False)
    printer = Printer(
        program,
        source,
        root,
        root,
        Cursor("b", 0, 0),
        split=split,
        kinds=kind,
        carries=carries,
        keep=own_bytes(program),
    )
    # one frame a run: the number of the run counts them
    with source.block("try:"), source.block("for m in range(spare + 1):" if single else "while True:"):
        line("b = q")
        if not single:
            line("m = len(all_starts)")
        with source.block("if b >= e:"):
            line("stop = 'end'")
            line("break")
        printer.block(program.body)
        if printer.cursor.known < printer.cursor.off:
            line(f"if {printer.cursor.at()} > e: raise More")
        if printer.cursor.gain + printer.cursor.off <= 0:
            line(f"if {printer.cursor.at()} <= b: raise Trap")
        line(f"q = {printer.cursor.at()}")
        if not single:
            line("if len(all_starts) > spare: break")
    for name, stop in (("Trap", "failed"), ("More", "more")):
        with source.block(f"except {name}:"):
            line(f"stop = {stop!r}")
    line("fill(frames.starts, frames.count, 'Q', all_starts[:m])")
    line("fill(frames.lengths, frames.count, 'I', all_lengths[:m])")
    line(f"fill(frames.kinds, frames.count, 'B', {f'[{kind}] * m' if kind is not None else 'all_kinds[:m]'})")
    for i in range(carries):
        line(f"if len(frames.carried) > {i}: fill(frames.carried[{i}], frames.count, 'q', all_carry{i}[:m])")
    line("frames.count += m")
    line("return FramingStatus(position=b, stop=stop)")
    return source, _module(printer, "frame", ["source", "position", "frames"], source.text())
