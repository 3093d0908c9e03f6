"""Runs on the oracle: where they stop, what is kept of a record that fails, how framers end; the same for generated Programs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_programs import ELEMENT, LISTS, program, refused

from arrowsmith.columns import LOG_FULL
from arrowsmith.errors import InternalError
from arrowsmith.program import oracle
from arrowsmith.program.text import parse_program
from arrowsmith.testing.harness import Oracle, decode, new_frames, new_input, new_output, rows
from arrowsmith.testing.strategies_data import inputs_for, windows_for
from arrowsmith.testing.strategies_programs import framers, programs

# --- runs ---

PACKED = "need 2\nr0 = unpack.bcd +0 size=2 digits=3 {}@0\nput c0 r0"


def test_a_failed_record_leaves_no_trace():
    """Frames before it are committed, it and those behind it are not."""
    made = program(PACKED.format(""), "column c0 l0 i64 v")
    source = new_input(bytes.fromhex("001c 002c abcd 003c"), 2)
    output = new_output(made)
    status, trap = oracle.run(made, source, output, 0, 4)

    assert (status.frames, status.stop, output.rows, output.touched) == (2, "failed", [2], [2])
    assert trap
    assert (trap.op, trap.site, trap.offset, trap.bytes) == ("unpack.bcd", 0, 4, b"\xab")
    assert trap.rule == "0xAB holds a packed-decimal digit above 9"
    assert oracle.replay(made, source, 2) == trap
    assert oracle.replay(made, source, 1) is None


def test_null_dispositions_are_logged():
    """A null for what was refused goes into the log with its frame's number; `refusals` tells all of a record's."""
    made = program(PACKED.format("fail=null "), "column c0 l0 i64 v")
    source = new_input(bytes.fromhex("001c abcd 003c"), 2)
    found = decode(Oracle(made), made, source, 3)

    assert found.log == [(1, 0)]
    assert [row["v"] for row in rows(made, found)] == [1, None, 3]
    assert [trap.bytes for trap in oracle.refusals(made, source, 1)] == [b"\xab"]
    assert oracle.refusals(made, source, 0) == ()


def test_full():
    """Where rows, data, slots or the log lack room, the run stops before the record, and says what it wants."""
    made = program(f"need 1\nr0 = load.int +0 size=1\nskip 1\nroom l1 r0\nrepeat r0 l1 {{\n{ELEMENT}\n}}", LISTS)
    source = new_input(b"\x01\x09\x03\1\2\3", [(0, 2), (2, 4)])
    status, _ = oracle.run(made, source, new_output(made, [1, 8]), 0, 2)
    assert (status.frames, status.stop, status.column, status.wanted) == (1, "full", -1, 1)
    status, _ = oracle.run(made, source, new_output(made, [8, 3]), 0, 2)
    assert (status.frames, status.stop, status.column, status.wanted) == (1, "full", -2, 3)
    logs = program(PACKED.format("fail=null "), "column c0 l0 i64 v")
    status, _ = oracle.run(logs, new_input(b"\xab\xcd" * 3, 2), new_output(logs, log=2), 0, 3)
    assert (status.frames, status.stop, status.column) == (2, "full", LOG_FULL)
    texts = program("need 2\nr0 = bytes +0 2\nroom.data c0 2\nput c0 r0", "column c0 l0 binary v", "text")
    status, _ = oracle.run(texts, new_input(b"abcd", 2), new_output(texts, data=3), 0, 2)
    assert (status.frames, status.column, status.wanted) == (1, 0, 2)


def test_salvage():
    """A record that traps is kept with what it had put; what it had not is null, its lists end there."""
    made = program(
        f"room l1 3\nrepeat 3 l1 {{\n{ELEMENT}\n}}\nneed 1\nr0 = load.int +0 size=1\nput c1 r0",
        f"{LISTS}\ncolumn c1 l0 i64 v",
    )
    source = new_input(b"\1\2\1\2\3\4", [(0, 2), (2, 4)])
    output = new_output(made)
    status, trap = oracle.salvage(made, source, output, 0)

    assert (status.frames, status.stop, trap.op, output.rows) == (1, "done", "need", [1, 3])
    assert oracle.salvage(made, source, output, 1)[1] is None
    assert output.rows == [2, 6]


def test_an_unverified_program_is_told_so():
    """The oracle checks what the verifier proves: a load beyond the stream or a store beyond its room is an InternalError."""
    source = new_input(b"a", [(0, 1)])
    for ops, columns in (
        ("r0 = load.int +0 size=2", "column c0 l0 i64 v"),
        ("need 1\nr1 = bytes +0 1\nput c0 r1", "column c0 l0 binary v"),
        ("repeat 1 l1 {\n}", LISTS),
    ):
        made = parse_program(f"program T table {{\n{columns}\nregisters i64 text\ndo {{\n{ops}\n}}\n}}")
        with pytest.raises(InternalError, match="was not verified"):
            oracle.run(made, source, new_output(made), 0, 1)


# --- framers ---


def framed(
    ops: str, data: bytes, *, final: bool = True, position: int = 0, registers: str = "i64 i64 i64", capacity: int = 8
):
    made = program(ops, registers=registers, kind="framer")
    frames = new_frames(capacity, 2)
    status, trap = oracle.frame(made, new_input(data, [], final=final), position, frames)
    return status, [(frames.starts[i], frames.lengths[i], frames.kinds[i]) for i in range(frames.count)], trap


PREFIXED = "need 1\nr0 = load.int +0 size=1 encoding=unsigned\nskip 1\nneed r0\nframe 1 r0\nskip r0"


def test_framer():
    """Positions count from where a run begins, so where the window begins does not matter."""
    status, frames, _ = framed(PREFIXED, b"\x02ab\x00\x01c")
    assert (status.stop, status.position, frames) == ("end", 6, [(1, 2, 1), (4, 0, 1), (5, 1, 1)])
    assert framed(PREFIXED, b"zz\x02ab", position=2)[1] == [(3, 2, 1)]
    status, frames, _ = framed(PREFIXED, b"\x02ab\x05c")
    assert (status.stop, status.position, frames) == ("more", 3, [(1, 2, 1)])
    status, frames, _ = framed(PREFIXED, b"\x01a" * 9)
    assert (status.stop, status.position, len(frames)) == ("full", 16, 8)


def test_framer_at_the_end_of_a_window():
    """What asks where the stream ends waits for the last window; in that, it is answered."""
    scan = "r0, r1 = scan marks=[x'0a'] require=no\nframe 0 r0\nskip r0\nskip r1"
    assert framed(scan, b"ab\ncd", final=False)[0].stop == "more"
    assert framed(scan, b"ab\ncd", final=False)[0].position == 3
    assert framed(scan, b"ab\ncd")[1] == [(0, 2, 1), (3, 2, 1)]
    rest = "r0 = {}\nframe 0 r0\nskip r0"
    for ask in ("remain", "extent"):
        assert framed(rest.format(ask), b"abc", final=False)[0].stop == "more"
        assert framed(rest.format(ask), b"abc")[1] == [(0, 3, 1)]
    reach = "reach 4 {\nskip 4\nframe 0 4\n} else {\nr0 = remain\nskip r0\n}"
    assert framed(reach, b"abcdef", final=False)[0].position == 4
    assert framed(reach, b"abcdef")[0].stop == "end"
    assert framed("skip 4\nframe 0 4", b"abcdef")[0] == framed("skip 4\nframe 0 4", b"abcdef", final=False)[0]
    assert framed("loop l-1 {\nskip 1\n}", b"abc", final=False)[0].stop == "more"


def test_framer_that_fails():
    """A trap that more bytes cannot mend fails the framing; so does a run that takes no bytes."""
    status, frames, trap = framed("need 1\nr0 = load.int +0 size=1\nskip 1\nframe 0 r0", b"\x01\xff")
    assert (status.stop, status.position, len(frames), trap.rule) == ("failed", 1, 1, "the frame's length is -1")
    assert framed("within 1 {\nneed 2\n}", b"ab")[0].stop == "failed"
    assert refused(framed("frame 0 1", b"ab")[2], "takes no bytes")
    assert refused(framed("skip 1\nr0 = let copy 256\nframe 0 1 kind=r0", b"ab")[2], "kind is 256")
    assert refused(framed("skip 1\nr0 = let null\nframe 0 1 carried=[r0]", b"ab")[2], "carried")


def test_frames_of_a_withdrawn_run():
    """A run that meets the window's end takes back what it yielded; carried values come with each frame."""
    made = program("need 1\nskip 1\nframe 0 1 carried=[7 8]\nneed 1\nskip 1\nframe 1 1 carried=[9 10]", kind="framer")
    frames = new_frames(8, 2)
    status, _ = oracle.frame(made, new_input(b"abc", []), 0, frames)

    assert (status.stop, status.position, frames.count) == ("more", 2, 2)
    assert [list(column[:2]) for column in frames.carried] == [[7, 9], [8, 10]]


# --- generated Programs ---


@given(st.data())
def test_batches_and_room_are_invisible(data):
    """However small the outputs and the calls, the result is the same; no store goes beyond the room that the Program asked for."""
    made = data.draw(programs())
    given_ = data.draw(inputs_for(made))
    source = given_.input()
    whole = decode(Oracle(made), made, source, len(given_.frames), skip=True, capacity=256, data=1 << 16)
    tight = decode(Oracle(made), made, source, len(given_.frames), skip=True, capacity=1, data=8, log=1, batch=2)

    assert whole == tight


@given(st.data())
def test_framing_is_the_same_from_any_window(data):
    """A framer gives the same frames whatever is in the window behind them."""
    made = data.draw(framers())
    file = data.draw(windows_for(made))
    frames, cut = new_frames(256, 8), new_frames(256, 8)
    status, _ = oracle.frame(made, new_input(file, []), 0, frames)
    short = data.draw(st.integers(0, len(file)))
    until, _ = oracle.frame(made, new_input(file[:short], [], final=False), 0, cut)

    assert until.position <= status.position or status.stop == "failed"
    assert list(cut.starts[: cut.count]) == list(frames.starts[: cut.count])
