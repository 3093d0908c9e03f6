"""What runs a printed Program: tile after tile in lockstep, and a record that a tile stops at in the scalar gear.

Invariant: which gear ran a record shows nowhere in the output.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import numpy as np

from arrowsmith.charsets import Charset
from arrowsmith.columns import Input, Output, Status
from arrowsmith.program.ops import MOST
from arrowsmith.program.program import Program
from arrowsmith_vm.lockstep import decimals, floats, integers, places, registers, streams, strings, texts
from arrowsmith_vm.lockstep.run import Run
from arrowsmith_vm.lockstep.tile import Stop, Tile
from arrowsmith_vm.scalar.namespace import maker, wrapped
from arrowsmith_vm.scalar.texts import scanner

#: records of a tile: enough that numpy's own time for a call does not count, few enough that an array stays in cache
TILE: Final = 1 << 14
#: below so many records each op of the lockstep gear costs more than the scalar gear's
FEW: Final = 32
#: records of a tile where damaged records come so often that much of a larger one would be thrown away
SMALL: Final = 128


_NAMES: Final[dict[str, Any]] = {
    "byte": strings.byte,
    "decoded": strings.decoded,
    "joint": strings.joint,
    "number": strings.number,
    "ordered": strings.ordered,
    "own": strings.own,
    "part": strings.part,
    "room": strings.room,
    "scan": streams.scan,
    "scanner": scanner,
    "size": strings.size,
    "spelled": strings.spelled,
    "transform": streams.transform,
    "turned": strings.turned,
    "Left": places.Left,
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
    "same": strings.same,
    "scaled": integers.scaled,
    "signed": registers.signed,
    "spelling": decimals.spelling,
    "split": registers.split,
    "tens": registers.tens,
    "text": texts.text,
    "to_float": registers.to_float,
    "trunc": registers.trunc,
    "varying_binary": texts.varying_binary,
    "varying_text": texts.varying_text,
    "wide": integers.wide,
    "wide_complement": integers.wide_complement,
    "outside": integers.outside,
    "widened": integers.widened,
    "wrapped": wrapped,
    "zoned": decimals.zoned,
}


def compiled(source: str, program: Program) -> Callable[[Tile], None]:
    """The function ``tile`` of the printed module *source*."""

    def charset(name: str) -> Charset | str:
        return program.charset(name) or name

    names = {**_NAMES, "charset": charset, "maker": partial(maker, program)}
    exec(compile(source, f"<arrowsmith vm: {program.name}, lockstep>", "exec", dont_inherit=True), names)
    function: Callable[[Tile], None] = names["tile"]
    return function


@dataclass(frozen=True, slots=True)
class Tiled:
    """What became of a tile: how many records were ``taken``, how many behind them are ``left`` to the scalar gear, and whether instead
    the next one has ``failed``."""

    taken: int
    left: int
    failed: bool = False


@dataclass(slots=True)
class Lockstep:
    """Runs ``tile`` where it can and ``scalar`` where it cannot.  ``few``: fewer records are the scalar gear's at once.  ``expected``: a
    guess how many records come before the next damaged one, which decides on the next tile and on no result."""

    program: Program
    tile: Callable[[Tile], None]
    scalar: Callable[[Input, Output, int, int], Status]
    limits: Mapping[int, int]
    kinds: tuple[np.dtype[Any], ...]
    few: int = FEW
    expected: float = TILE

    def run(self, source: Input, output: Output, frame: int, count: int) -> Status:
        """See `arrowsmith.program.kernel.Kernel.run`."""
        if count < self.few:
            return self.scalar(source, output, frame, count)
        run = Run(self.program, source, output, self.kinds)
        done = 0
        with np.errstate(all="ignore"):
            while done < count:
                tiled = self._tiled(run, frame + done, min(self._size(count - done), self._room(output)))
                done += tiled.taken
                if tiled.failed:
                    self.expected = (self.expected + tiled.taken) / 2
                    output.touched[:] = output.rows
                    return Status(frames=done, stop="failed")
                good = tiled.taken
                if tiled.left:
                    status = self.scalar(source, output, frame + done, min(tiled.left, count - done))
                    done += status.frames
                    good += status.frames
                    if status.stop != "done":
                        if status.stop == "failed":
                            self.expected = (self.expected + good) / 2
                        return Status(frames=done, stop=status.stop, column=status.column, wanted=status.wanted)
                self.expected = max(self.expected, min(self.expected / 2 + good, TILE))
        output.touched[:] = output.rows
        return Status(frames=count, stop="done")

    def _size(self, count: int) -> int:
        """Records of the next tile, of *count* that are left; few, where damage is expected so soon that the scalar gear is better."""
        if self.expected >= TILE:
            # what is left is not cut into a whole tile and a small one
            return count if count <= 2 * TILE else TILE
        return min(count, max(int(4 * self.expected), SMALL) if self.expected >= self.few else self.few - 1)

    def _tiled(self, run: Run, frame: int, n: int) -> Tiled:
        """Run up to *n* records in lockstep."""
        if n < self.few:
            return Tiled(0, self.few)
        stopped = False
        while n >= self.few:
            tile = Tile(run, frame, n)
            try:
                self.tile(tile)
                taken = tile.commit()
            except Stop as stop:
                tile.undo()
                n, stopped = stop.record, True
                continue
            return Tiled(taken, int(stopped and taken == n), failed=taken < n)
        return Tiled(0, n + 1)

    def _room(self, output: Output) -> int:
        """How many records surely fit, as far as limits say it."""
        room = min(output.capacity[0], MOST) - output.rows[0] - max(self.limits.get(0, 1) - 1, 0)
        for key, most in self.limits.items():
            if key > 0 and most:
                room = min(room, (min(output.capacity[key], MOST) - output.rows[key]) // most)
            elif key < 0 and most:
                slots = output.columns[-1 - key]
                room = min(room, (min(slots.data.size if slots.data else 0, MOST) - slots.used) // most)
        return max(room, 0)
