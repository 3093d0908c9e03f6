"""The function around a Program's printed ops, and what runs it: tile after tile, a record that a tile stops at in the scalar gear.

Invariant: which gear ran a record shows nowhere in the output.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

import numpy as np

from arrowsmith.charsets import Charset
from arrowsmith.columns import Input, Output, Status
from arrowsmith.program.ops import MOST
from arrowsmith.program.program import Program
from arrowsmith_vm.lockstep import decimals, floats, integers, ops, places, registers, texts
from arrowsmith_vm.lockstep.printer import Cursor, Printer, Scope, Unsupported, numbered
from arrowsmith_vm.lockstep.tile import Run, Stop, Tile
from arrowsmith_vm.scalar.namespace import wrapped
from arrowsmith_vm.source import Source

assert ops  # it fills the table of printing functions

#: records of a tile: enough that numpy's own time for a call does not count, few enough that an array stays in cache
TILE: Final = 1 << 14
#: below so many records each op of the lockstep gear costs more than the scalar gear's
FEW: Final = 32


def printed(program: Program) -> tuple[str, Mapping[int, int]]:
    """The Python module of *program*: a function ``tile``; and what a record may need at most (see `Printer.limits`).  Raises `Unsupported`."""
    source = Source(depth=1)
    numbers, last_read = numbered(program.body)
    root = Scope("s", None, 0)
    printer = Printer(program, source, root, Cursor("a", "e"), numbers, last_read)
    for line in ("s = x.scope", "a = x.places", "e = x.left"):
        source.line(line)
    printer.block(program.body)
    lines = []
    for depth, text in source.lines:
        lines.append((depth, printer.regions[text[1:]].line if text.startswith("@") else text))
    source.lines = lines
    constants = "".join(f"{name} = {value}\n" for value, name in source.constants.items())
    return f"{constants}\ndef tile(x):\n{source.text()}", MappingProxyType(printer.limits)


_NAMES: Final[dict[str, Any]] = {
    "behind": places.behind,
    "binary": texts.binary,
    "bits": integers.bits,
    "both": registers.both,
    "complement": integers.complement,
    "constant": texts.constant,
    "days": registers.days,
    "differs": integers.differs,
    "each": registers.each,
    "everywhere": registers.everywhere,
    "f64": lambda values: values.astype(np.float64),
    "floating": floats.floating,
    "i64": registers.i64,
    "integer": integers.integer,
    "kept": registers.kept,
    "labels": texts.labels,
    "let": registers.let,
    "let_float": registers.let_float,
    "meet": registers.meet,
    "merge": registers.merge,
    "moved": places.moved,
    "nothing": registers.nothing,
    "np": np,
    "opposite": registers.opposite,
    "otherwise": registers.otherwise,
    "packed": decimals.packed,
    "present": integers.present,
    "scaled": integers.scaled,
    "signed": registers.signed,
    "split": registers.split,
    "text": texts.text,
    "to_float": registers.to_float,
    "trunc": registers.trunc,
    "varying_binary": texts.varying_binary,
    "varying_text": texts.varying_text,
    "wide": integers.wide,
    "wide_complement": integers.wide_complement,
    "widened": integers.widened,
    "wrapped": wrapped,
    "zoned": decimals.zoned,
}


def compiled(source: str, program: Program) -> Callable[[Tile], None]:
    """The function ``tile`` of the printed module *source*."""

    def charset(name: str) -> Charset | str:
        return program.charset(name) or name

    names = {**_NAMES, "charset": charset}
    exec(compile(source, f"<arrowsmith vm: {program.name}, lockstep>", "exec", dont_inherit=True), names)
    function: Callable[[Tile], None] = names["tile"]
    return function


@dataclass(slots=True)
class Lockstep:
    """Runs ``tile`` where it can and ``scalar`` where it cannot.  ``few``: fewer records are the scalar gear's at once.  ``size``: a hint how many
    records the next tile takes, because damaged records often come together."""

    program: Program
    tile: Callable[[Tile], None]
    scalar: Callable[[Input, Output, int, int], Status]
    limits: Mapping[int, int]
    few: int = FEW
    size: int = field(default=TILE)

    def run(self, source: Input, output: Output, frame: int, count: int) -> Status:
        """See `arrowsmith.program.kernel.Kernel.run`."""
        if count < self.few:
            return self.scalar(source, output, frame, count)
        run = Run(self.program, source, output)
        done = 0
        with np.errstate(all="ignore"):
            while done < count:
                n = min(count - done, self.size, self._room(output))
                whole = n >= self.few and self._tile(run, frame + done, n)
                if whole:
                    done += n
                    self.size = min(2 * self.size, TILE)
                    continue
                n = min(count - done, max(self.few, 1)) if n < self.few else self._before(run, frame + done, n)
                before = output.rows[0]
                status = self.scalar(source, output, frame + done, n)
                del before
                done += status.frames
                if status.stop != "done":
                    return Status(frames=done, stop=status.stop, column=status.column, wanted=status.wanted)
        output.touched[:] = output.rows
        return Status(frames=count, stop="done")
