"""Run as a program: so many generated Programs and inputs between guard pages, in machine code; a fault ends this process.

crashes.py SEED COUNT LAST          COUNT Programs of SEED; the one being run stands in the file LAST; prints counts as JSON
"""

from __future__ import annotations

import json
import sys
from contextlib import closing
from functools import partial
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from arrowsmith import registry as registries
from arrowsmith.host import Host
from arrowsmith.program import ops as o
from arrowsmith.program.kernel import Target
from arrowsmith.program.text import print_program
from arrowsmith.testing.guard import guarded_input, guarded_output
from arrowsmith.testing.runs import Ways, agree
from arrowsmith.testing.strategies_data import Given, inputs_for, windows_for
from arrowsmith.testing.strategies_programs import framers, programs

SOURCES = (
    partial(guarded_input),
    partial(guarded_input, pad=0xFF),
    partial(guarded_input, pad=0xFF, flush="start"),
)
SIZES = ({}, {"batch": 1, "capacity": 2, "data": 70, "log": 1})


def main(number: int, count: int, last: Path) -> dict[str, int]:
    """Programs that were run, refused, and the bytes of machine code."""
    registry = registries.load()
    emitter, allocator, host = registry.emitter("x86-64"), registry.allocator("mmap"), Host.current()
    best = emitter.target(allocator)  # type: ignore[attr-defined]  # ours has it
    targets = (best, Target(convention=best.convention))
    done = {"run": 0, "refused": 0, "bytes": 0}

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
            records = Given(data=data.draw(windows_for(program)), frames=())
        else:
            records = data.draw(inputs_for(program))
        if emitter.refuses(program, host) is not None:
            done["refused"] += 1
            return
        target = data.draw(st.sampled_from(targets))
        ways = Ways(
            source=data.draw(st.sampled_from(SOURCES)), memory=guarded_output, **data.draw(st.sampled_from(SIZES))
        )
        last.write_text(f"{target}\n{print_program(program)}\n{records}\n{ways}\n", encoding="utf-8")
        code = emitter.emit(program, target)
        with closing(emitter.load(code, allocator)) as kernel:
            agree(kernel, program, records, ways)
        done["run"] += 1
        done["bytes"] += len(code.data)

    any_program()
    return done


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))))
