"""What every transform promises (docs/write-a-transform.md)."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arrowsmith import registry as registries
from arrowsmith.engine.kernels import Kernels
from arrowsmith.host import Host
from arrowsmith.interfaces import LIMIT, Argument, Transform, Transformer
from arrowsmith.program import ops as o
from arrowsmith.program.builder import Builder
from arrowsmith.program.ops import R
from arrowsmith.program.program import Program
from arrowsmith.registry.kinds import TRANSFORM, shape_error
from arrowsmith.testing.runs import agree
from arrowsmith.testing.strategies_data import Given
from arrowsmith.transforms import STOCK

#: threads that use it at once
THREADS = 8


class TransformSuite:
    """Subclass it as ``TestMine``; give the fixture ``transform``, and ``samples``: bytes, arguments, and what is made of them."""

    samples: Sequence[tuple[bytes, Sequence[Argument], bytes]] = ()

    @pytest.fixture
    def transform(self) -> Transform:
        """The transform under test."""
        pytest.fail("give a fixture called transform")

    def test_t0_there_are_samples(self, transform: Transform) -> None:
        """T0. A transform comes with samples, bytes and what is made of them, one of which is changed; or nothing was tested."""
        assert any(made != data for data, _, made in self.samples)

    def test_t1_its_shape_is_that_of_a_transform(self, transform: Transform) -> None:
        """T1. It has a name that core has not itself, says of each argument what it may be, and takes those of the samples."""
        assert shape_error(TRANSFORM, transform, "the suite") is None
        assert transform.name not in STOCK
        for _, arguments, _ in self.samples:
            assert _held(transform).refuses([isinstance(a, bytes) for a in arguments]) is None

    def test_t2_the_samples_are_made(self, transform: Transform) -> None:
        """T2. Of each sample it makes what the sample says, as bytes."""
        for data, arguments, made in self.samples:
            found = transform.apply(data, tuple(arguments))
            assert type(found) is bytes
            assert found == made

    def test_t3_it_keeps_nothing(self, transform: Transform) -> None:
        """T3. What it makes does not depend on what it made before, or refused: again and in another order it is the same."""
        calls = [(data, tuple(arguments)) for data, arguments, _ in self.samples]
        calls += [(data[: len(data) // 2], arguments) for data, arguments in calls]
        first = [_outcome(transform, *call) for call in calls]
        assert [_outcome(transform, *call) for call in calls] == first
        assert [_outcome(transform, *call) for call in reversed(calls)] == first[::-1]

    def test_t4_threads_may_share_it(self, transform: Transform) -> None:
        """T4. Several threads may use it at once, and make what one makes."""
        calls = [(data, tuple(arguments)) for data, arguments, _ in self.samples] * 20
        with ThreadPoolExecutor(THREADS) as threads:
            found = list(threads.map(lambda call: transform.apply(*call), calls))
        assert found == [made for _, _, made in self.samples] * 20

    def test_t5_it_is_a_value(self, transform: Transform) -> None:
        """T5. It has a hash, and another process gets an equal one: what is compiled for it is kept, and sent."""
        other = pickle.loads(pickle.dumps(transform))
        assert hash(other) == hash(transform)
        assert other == transform
        for data, arguments, made in self.samples:
            assert other.apply(data, tuple(arguments)) == made

    def test_t6_any_bytes_are_made_or_refused(self, transform: Transform) -> None:
        """T6. Whatever the bytes, it returns bytes, no more of them than `LIMIT`, or raises ValueError with a reason, and nothing else."""

        @given(_any_bytes(self.samples), st.sampled_from([tuple(a) for _, a, _ in self.samples] or [()]))
        def any_bytes(data: bytes, arguments: tuple[Argument, ...]) -> None:
            found = _outcome(transform, data, arguments)  # anything but ValueError ends the test
            assert type(found) in (bytes, str)
            assert found or isinstance(found, bytes), "there is no reason"
            assert len(found) <= LIMIT

        any_bytes()

    def test_t7_every_emitter_reads_what_is_made(self, transform: Transform) -> None:
        """T7. In a Program, every emitter reads in what is made what the oracle reads there, and refuses what it refuses."""
        for arguments in dict.fromkeys(tuple(a) for _, a, _ in self.samples):
            program = _program(_held(transform), arguments)
            records = [data for data, own, _ in self.samples if tuple(own) == arguments]
            records += [data[:-1] for data in records] + [data + b"\0" for data in records]
            with ExitStack() as stack:
                for kernel in _kernels(program):
                    stack.callback(kernel.close)
                    agree(kernel, program, _given(records))


def _held(transform: Transform) -> Transformer:
    return Transformer(transform.name, transform.takes, transform, "the suite")


def _outcome(transform: Transform, data: bytes, arguments: tuple[Argument, ...]) -> bytes | str:
    try:
        return transform.apply(data, arguments)
    except ValueError as error:
        return str(error).strip()


def _any_bytes(samples: Sequence[tuple[bytes, Sequence[Argument], bytes]]) -> st.SearchStrategy[bytes]:
    """Bytes of any kind, and those of the samples with a piece cut out and another put in."""
    known = [data for data, _, _ in samples] or [b""]

    def damaged(data: bytes) -> st.SearchStrategy[bytes]:
        places = st.integers(0, len(data))
        return st.builds(
            lambda a, b, new: data[: min(a, b)] + new + data[max(a, b) :], places, places, st.binary(max_size=8)
        )

    return st.one_of(st.binary(max_size=200), st.sampled_from(known).flatmap(damaged))


def _program(transform: Transformer, arguments: Sequence[Argument]) -> Program:
    """What reads a record's bytes through *transform*: how many are made, and they themselves."""
    b = Builder("transformed")
    given: list[R | int] = [b.value(o.Const, value=a) if isinstance(a, bytes) else a for a in arguments]
    rest = b.value(o.Remain)
    how = b.transform(transform)
    with b.inside(o.Transform, how=how, n=rest, arguments=tuple(given), site=b.site("made")):
        size = b.value(o.Remain)
        b.emit(o.Put(column=b.column(0, "i64", ("size",)), a=size))
        column = b.column(0, "binary", ("made",))
        b.emit(o.RoomData(column=column, n=size))
        b.emit(o.Put(column=column, a=b.value(o.LoadBytes, at=0, size=size)))
    return b.verified()


def _given(records: Sequence[bytes]) -> Given:
    ends = [0]
    for record in records:
        ends.append(ends[-1] + len(record))
    frames = tuple((end, len(record)) for end, record in zip(ends, records, strict=False))
    return Given(data=b"".join(records), frames=frames)


def _kernels(program: Program) -> list[Any]:
    """Kernels of *program* by all emitters that are taken by themselves and do not refuse it."""
    registry, host = registries.load(), Host.current()
    taken = [e.name for e in registry.emitters if e.rank >= 0 and e.refuses(program, host) is None]
    return [Kernels(registry, emitter=name).load(program) for name in taken]
