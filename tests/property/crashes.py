"""Run as a program: so many generated Programs, each on several inputs between guard pages; a fault ends this process.

crashes.py SEED COUNT LAST          COUNT Programs of SEED; the one being run stands in the file LAST; prints counts as JSON

Machine code is verified before it is loaded, and the bytes of machine code and of the vm are compared with the oracle's.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from arrowsmith import registry as registries
from arrowsmith.host import Host
from arrowsmith.program import ops as o
from arrowsmith.program.kernel import Target
from arrowsmith.program.program import Program
from arrowsmith.program.text import print_program
from arrowsmith.testing.guard import guarded_input, guarded_output
from arrowsmith.testing.machine_code import verify_code
from arrowsmith.testing.runs import Ways, agree, damaged
from arrowsmith.testing.strategies_data import Given, inputs_for, windows_for
from arrowsmith.testing.strategies_programs import framers, programs

SOURCES = (
    partial(guarded_input),
    partial(guarded_input, pad=0xFF),
    partial(guarded_input, pad=0xFF, flush="start"),
)
SIZES = ({}, {"batch": 1, "capacity": 2, "data": 70, "log": 1})
#: what every byte of a hostile record is; None: any
FILLERS = (0xFF, 0x7F, 0x80, None)
#: parameters and carried values that sums and products run over with
LARGE = (2**63 - 1, -(2**63), 2**32, -1)
#: what is counted
COUNTS = ("programs", "refused", "kernels", "verified bytes", "inputs", "records", "comparisons")


def main(number: int, count: int, last: Path) -> dict[str, int]:
    """What was done, by the words of `COUNTS`."""
    registry = registries.load()
    emitter, vm, allocator = registry.emitter("x86-64"), registry.emitter("vm"), registry.allocator("mmap")
    host = Host.current()
    best = emitter.target(allocator)  # type: ignore[attr-defined]  # ours has it
    targets = (best, Target(convention=best.convention))
    done = dict.fromkeys(COUNTS, 0)

    @seed(number)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.data())
    def any_program(data: st.DataObject) -> None:
        kind = data.draw(st.integers(0, 4))
        program = data.draw((framers if kind == 0 else programs)(without=frozenset({o.Transform})))
        if kind == 0:
            drawn = Given(data=data.draw(windows_for(program)), frames=())
        else:
            drawn = data.draw(inputs_for(program))
        target = data.draw(st.sampled_from(targets))
        ways = Ways(
            source=data.draw(st.sampled_from(SOURCES)), memory=guarded_output, **data.draw(st.sampled_from(SIZES))
        )
        if emitter.refuses(program, host) is not None:
            done["refused"] += 1
            return
        text = print_program(program)
        last.write_text(f"{target}\n{text}\n", encoding="utf-8")
        code = emitter.emit(program, target)
        faults = verify_code(code, emitter.chart(code))  # type: ignore[attr-defined]  # ours has it
        assert not faults, "\n".join(["the machine code has faults", *map(str, faults[:20]), text])
        done["verified bytes"] += len(code.data)
        kernels = [emitter.load(code, allocator)]
        if vm.refuses(program, host) is None:
            kernels.append(vm.load(vm.emit(program, target), allocator))
        done["kernels"] += len(kernels)
        for kernel in kernels:
            with closing(kernel):
                for records in inputs(program, drawn, number):
                    last.write_text(f"{kernel}\n{target}\n{text}\n{records}\n{ways}\n", encoding="utf-8")
                    agree(kernel, program, records, ways)
                    done["comparisons"] += 1
                    if kernel is kernels[0]:
                        done["inputs"] += 1
                        done["records"] += len(records.frames)
        done["programs"] += 1

    any_program()
    return done


def inputs(program: Program, drawn: Given, number: int) -> Iterator[Given]:
    """What the Program can read, that damaged, and bytes, parameters and carried values that nobody meant well with."""
    yield drawn
    if drawn.frames or program.kind == "framer":
        yield damaged(program, drawn)
    chance = random.Random(number)
    filler = FILLERS[(number + len(drawn.data)) % len(FILLERS)]
    size = len(drawn.data)
    yield replace(
        drawn,
        data=chance.randbytes(size) if filler is None else bytes([filler]) * size,
        parameters=tuple(chance.choice(LARGE) for _ in drawn.parameters),
        carried=tuple(tuple(chance.choice(LARGE) for _ in column) for column in drawn.carried),
    )


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))))
