"""A kernel against the oracle: the same records the same ways, and every difference in words.

`agree` runs both over what is `Given`, in the `Ways` that the caller chooses, and raises AssertionError where they differ.  For a framer
the given bytes are a file, framed whole and in windows of several sizes.
"""

from __future__ import annotations

import random
import struct
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from arrowsmith.columns import Frames, Input, Memory
from arrowsmith.program import ops as o
from arrowsmith.program import oracle
from arrowsmith.program.program import Program
from arrowsmith.testing.guard import intact, plain
from arrowsmith.testing.harness import Decoded, Maker, Oracle, compare, decode, new_input
from arrowsmith.testing.strategies_data import Given

#: bytes behind an array of frames that must stay as they are: these arrays have no slack
TAIL = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """How records are run.  ``source`` makes the window's memory of bytes, ``memory`` that of outputs; ``batch`` > 0: so many records
    a call; ``capacity``, ``data``, ``log``: of a fresh output, as `harness.new_output` takes them."""

    source: Callable[[bytes], Memory] | None = None
    memory: Maker = plain
    batch: int = 0
    capacity: int = 64
    data: int = 4096
    log: int = 64


def agree(kernel: Any, program: Program, given: Given, ways: Ways | None = None) -> None:
    """Do nothing where *kernel* gives what the oracle gives; else raise AssertionError with the differences."""
    ways = ways or Ways()
    if program.kind == "framer":
        _agree_on_frames(kernel, program, given, ways)
        return
    count = len(given.frames)
    expected = _expected(program, given, True)
    guards: list[Memory] = []

    def memory(size: int) -> Memory:
        made = ways.memory(size)
        guards.append(made)
        return made

    source = given.input(ways.source)
    before = bytes(source.memory.view)
    run: dict[str, Any] = {
        "capacity": ways.capacity,
        "data": ways.data,
        "log": ways.log,
        "memory": memory,
        "batch": ways.batch,
    }
    found = decode(kernel, program, source, count, skip=True, **run)
    assert not (difference := compare(expected, found, ("oracle", "kernel"))), difference
    assert bytes(source.memory.view) == before, "the input was written to"
    if ways.memory is not plain:
        assert all(intact(one) for one in guards), "bytes before an output were written"
    if expected.failed:
        first = _expected(program, given, False)
        alone = decode(kernel, program, source, count, **run)
        assert not (difference := compare(first, alone, ("oracle", "kernel"))), f"up to the first refusal: {difference}"
        assert oracle.replay(program, source, alone.failed[0]) is not None


@lru_cache(maxsize=2048)
def _expected(program: Program, given: Given, skip: bool) -> Decoded:
    return decode(Oracle(program), program, given.input(), len(given.frames), skip=skip)


# --- frames ------------------------------------------------------------------------------------------------------------


def _agree_on_frames(kernel: Any, program: Program, given: Given, ways: Ways) -> None:
    windows = (0, 1, 3, 7) if not ways.batch else (2, 5)
    for window in windows:
        for capacity in (64, 3):
            expected = frames_of(Oracle(program), program, given, window=window, capacity=capacity)
            found = frames_of(kernel, program, given, window=window, capacity=capacity, source=ways.source)
            assert found == expected, f"window {window}, room for {capacity}:\n  oracle: {expected}\n  kernel: {found}"


def frames_of(
    kernel: Any,
    program: Program,
    given: Given,
    *,
    window: int = 0,
    capacity: int = 64,
    source: Callable[[bytes], Memory] | None = None,
) -> list[tuple[Any, ...]]:
    """The frames in the file ``given.data``, each (start, length, kind, carried …), and what the last run said; *window* > 0: at first so
    many bytes are framed at a time, and more where they hold no frame."""
    data, start, size = given.data, 0, window or len(given.data)
    carried = max([0, *(len(op.carried) for op in o.walk(program.body) if isinstance(op, o.Frame))])
    found: list[tuple[Any, ...]] = []
    while True:
        end = min(start + size, len(data))
        frames, tails = _frames(capacity, carried)
        made: Input = new_input(data[start:end], [], parameters=given.parameters, memory=source, final=end == len(data))
        status = kernel.frame(made, 0, frames)
        assert not any(any(tail) for tail in tails), "bytes behind the frames were written"
        assert 0 <= frames.count <= capacity
        for i in range(frames.count):
            place = (start + frames.starts[i], frames.lengths[i], frames.kinds[i])
            found.append((*place, *(column[i] for column in frames.carried)))
        start += status.position
        if status.stop == "full" and not frames.count:
            capacity *= 2
        elif status.stop == "more" and end < len(data):
            size = size if status.position else 2 * size
        elif status.stop not in ("full", "end") or start >= len(data):
            return [*found, (status.stop, start)]


def _frames(capacity: int, carried: int) -> tuple[Frames, list[memoryview]]:
    """Room for frames, and the bytes behind each array of them."""
    tails = []

    def array(format: str) -> Any:
        size = capacity * struct.calcsize(format)
        whole = memoryview(bytearray(size + TAIL))
        tails.append(whole[size:])
        front: Any = whole[:size]
        return front.cast(format)

    frames = Frames(array("Q"), array("I"), array("B"), tuple(array("q") for _ in range(carried)))
    return frames, tails


# --- other data --------------------------------------------------------------------------------------------------------


def repeated(given: Given, many: int) -> Given:
    """The records of *given* again and again, until there are *many*; a file (no frames) stays as it is."""
    count = len(given.frames)
    if not count:
        return given
    chosen = [i % count for i in range(max(many, count))]
    copies = -(-len(chosen) // count) if given.stride else 1  # records of one size stand one behind the other
    frames = (given.frames[i] for i in chosen)
    return Given(
        data=given.data * copies,
        frames=tuple((i * given.stride, given.stride) for i in range(len(chosen))) if given.stride else tuple(frames),
        stride=given.stride,
        parameters=given.parameters,
        carried=tuple(tuple(column[i] for i in chosen) for column in given.carried),
    )


# --- damage ------------------------------------------------------------------------------------------------------------

#: damaged records that are made of a sample, about
DAMAGED = 60


def damaged(program: Program, given: Given) -> Given:
    """The records of *given* cut short at some places and with some bytes changed; the same every time."""
    rng = random.Random(given.data)
    records = [given.data[start : start + length] for start, length in given.frames] or [given.data]
    made: list[tuple[bytes, int]] = []
    for number, record in enumerate(records):
        each = max(2, DAMAGED // len(records) // 2)
        if not given.stride:
            cuts = range(len(record)) if len(record) <= each else sorted(rng.sample(range(len(record)), each))
            made += [(record[:cut], number) for cut in cuts]
        for _ in range(each if record else 0):
            wrong = bytearray(record)
            for at in rng.sample(range(len(record)), rng.choice((1, 1, 1, min(3, len(record))))):
                wrong[at] = rng.choice(
                    (0x00, 0xFF, wrong[at] ^ 1, wrong[at] ^ 0x80, 0x40, 0x0C, 0xD1, rng.randrange(256))
                )
            made.append((bytes(wrong), number))
    if program.kind == "framer":
        return Given(data=rng.choice(made)[0] if made else b"", frames=(), parameters=given.parameters)
    frames, at = [], 0
    for record, _ in made:
        frames.append((at, len(record)))
        at += len(record)
    return Given(
        data=b"".join(record for record, _ in made),
        frames=tuple(frames),
        parameters=given.parameters,
        carried=tuple(tuple(column[number] for _, number in made) for column in given.carried),
        stride=given.stride,
    )
