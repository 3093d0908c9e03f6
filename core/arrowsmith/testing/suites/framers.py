"""What every framer promises (docs/write-a-framer.md)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack, closing
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arrowsmith import registry as registries
from arrowsmith.engine.kernels import Kernels
from arrowsmith.errors import OptionError
from arrowsmith.host import Host
from arrowsmith.interfaces import Framer, parse_options
from arrowsmith.layout.framing import Offered
from arrowsmith.layout.nodes import Field, Layout, Record, Table
from arrowsmith.layout.types import Bytes
from arrowsmith.lower.framers import lower_framing
from arrowsmith.program.program import Program
from arrowsmith.program.verify import faults
from arrowsmith.testing.harness import Oracle
from arrowsmith.testing.runs import agree, frames_of
from arrowsmith.testing.strategies_data import Given
from arrowsmith.testing.suites.options import explain_themselves

#: records of any bytes
_ANY = Record(name="R", members=(Field(name="bytes", type=Bytes(size=None)),))


class FramerSuite:
    """Subclass it as ``TestMine``; give the fixture ``framer``, and ``samples``: files with the records that are in them.  ``options`` are
    given to every `find`."""

    samples: Sequence[tuple[bytes, Sequence[bytes]]] = ()
    options: Mapping[str, Any] = {}

    @pytest.fixture
    def framer(self) -> Framer:
        """The framer under test."""
        pytest.fail("give a fixture called framer")

    def program(self, framer: Framer) -> Program:
        """The Program that *framer* builds."""
        options = parse_options(framer.options, self.options, owner=f"framer {framer.name}")
        layout = Layout(name="any", tables=(Table(record=_ANY),), framing=Offered(name=framer.name))
        return lower_framing(layout, lambda build, record: framer.find(build, record, options))

    def test_r0_there_are_samples(self, framer: Framer) -> None:
        """R0. A framer comes with samples, files and the records in them, one of which has several; or nothing was tested."""
        assert any(len(records) > 1 for _, records in self.samples)

    def test_r1_find_is_deterministic(self, framer: Framer) -> None:
        """R1. The same options give the same Program."""
        assert self.program(framer) == self.program(framer)

    def test_r2_the_program_keeps_the_rules(self, framer: Framer) -> None:
        """R2. What `find` appends is a Program that the verifier accepts: nothing is read but what was shown to be there."""
        assert faults(self.program(framer)) == ()

    def test_r3_the_records_of_the_samples_are_found(self, framer: Framer) -> None:
        """R3. In each sample the records are found that are in it, in order, up to its end."""
        program = self.program(framer)
        for data, records in self.samples:
            frames, stop, position = _found(program, data)
            assert frames == [*records]
            assert (stop, position) == ("end", len(data))

    def test_r4_every_emitter_finds_the_same(self, framer: Framer) -> None:
        """R4. Every emitter finds what the oracle finds, in windows of any size."""
        program = self.program(framer)
        for kernel in _kernels(program):
            with closing(kernel):
                for data, _ in self.samples:
                    agree(kernel, program, Given(data=data, frames=()))

    def test_r5_a_file_that_is_cut_gives_the_same_so_far(self, framer: Framer) -> None:
        """R5. Of a file that ends too early the same records are found as far as it goes; but the last may be shorter."""
        program = self.program(framer)
        for data, records in self.samples:
            for size in {*range(min(len(data), 300)), *range(0, len(data), max(len(data) // 300, 1))}:
                frames, _, position = _found(program, data[:size])
                assert frames[:-1] == [*records][: max(len(frames) - 1, 0)]
                assert len(frames) <= len(records)
                assert position <= size

    def test_r6_any_bytes_give_records_in_order_or_an_error(self, framer: Framer) -> None:
        """R6. Whatever the bytes, framing ends; what was found lies in the file, in order, and every emitter finds it."""
        program = self.program(framer)
        kernels = _kernels(program)
        files = [data for data, _ in self.samples] or [b""]

        @given(st.one_of(st.binary(max_size=100), st.sampled_from(files).flatmap(_damaged)))
        def any_bytes(data: bytes) -> None:
            found = frames_of(Oracle(program), program, Given(data=data, frames=()))
            ends = [0, *(start + length for start, length, *_ in found[:-1])]
            assert all(end <= start for end, (start, *_) in zip(ends, found[:-1], strict=False))
            assert ends[-1] <= len(data)
            for kernel in kernels:
                agree(kernel, program, Given(data=data, frames=()))

        with ExitStack() as stack:
            for kernel in kernels:
                stack.callback(kernel.close)
            any_bytes()

    def test_r7_options_explain_themselves(self, framer: Framer) -> None:
        """R7. Each option has a name of its own and a description, and its default is a value that it takes."""
        explain_themselves(framer.options)
        with pytest.raises(OptionError):
            parse_options(framer.options, {"no such option": "x"})


def _found(program: Program, data: bytes) -> tuple[list[bytes], str, int]:
    """The records that *program* finds in *data*, and where and why it stopped."""
    *frames, (stop, position) = frames_of(Oracle(program), program, Given(data=data, frames=()))
    return [data[start : start + length] for start, length, *_ in frames], stop, position


def _kernels(program: Program) -> list[Any]:
    """Kernels of *program* by all emitters that are taken by themselves and do not refuse it."""
    registry, host = registries.load(), Host.current()
    taken = [e.name for e in registry.emitters if e.rank >= 0 and e.refuses(program, host) is None]
    return [Kernels(registry, emitter=name).load(program) for name in taken]


def _damaged(data: bytes) -> st.SearchStrategy[bytes]:
    """*data* with a piece cut out and another put in."""
    places = st.integers(0, len(data))
    return st.builds(
        lambda a, b, new: data[: min(a, b)] + new + data[max(a, b) :], places, places, st.binary(max_size=8)
    )
