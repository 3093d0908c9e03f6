"""Guarded memory faults where it should, and the harness finds executors that break the contract of kernels."""

from __future__ import annotations

import ctypes
import subprocess
import sys

import pytest

from arrowsmith.columns import SLACK, Status
from arrowsmith.program.text import parse_program
from arrowsmith.testing.guard import guarded_input, guarded_output, intact, plain
from arrowsmith.testing.harness import Misbehaved, Oracle, compare, decode, new_input, rows

PROGRAM = parse_program(
    """
    program T table {
      level l1 l0 xs
      column c0 l0 i32 a
      column c1 l0 utf8 b
      column c2 l1 i8 xs
      registers i64 text
      do {
        need 3
        r0 = load.int +0 size=1
        put c0 r0
        r1 = text +1 2 charset=utf-8 undecodable=replace
        room.data c1 2
        put c1 r1
        skip 3
        room l1 r0
        repeat r0 l1 {
          r0 = index
          put c2 r0
        }
      }
    }
    """
)
DATA = b"\x02ab\x00cd\x01ef"

TOUCH = """
import ctypes, sys
from arrowsmith.columns import SLACK
from arrowsmith.testing.guard import guarded_input, guarded_output
memory = {make}
at = memory.address + {place}
{do}
print("alive")
"""


@pytest.mark.parametrize(
    ("make", "inside", "outside"),
    [
        ("guarded_input(b'abc')", "3 + SLACK - 1", "3 + SLACK"),
        ("guarded_input(b'abc', flush='start')", "-SLACK", "-SLACK - 1"),
        ("guarded_output(5000)", "5000 + SLACK - 1", "5000 + SLACK"),
    ],
)
@pytest.mark.parametrize("do", ["ctypes.string_at(at, 1)", "ctypes.memset(at, 1, 1)"])
def test_the_page_beyond_faults(make, inside, outside, do):
    """The last byte of the slack may be touched, the one behind it ends the process."""
    for place, alive in ((inside, True), (outside, False)):
        code = TOUCH.format(make=make, place=place, do=do)
        ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
        assert (ran.returncode == 0 and "alive" in ran.stdout) is alive, ran.stderr


@pytest.mark.parametrize("pad", [0x00, 0xFF])
@pytest.mark.parametrize("flush", ["end", "start"])
def test_guarded_input(pad, flush):
    """The data lie between paddings of the byte asked for; the view is the data alone."""
    memory = guarded_input(b"data" * 2000, pad=pad, flush=flush)

    assert bytes(memory.view) == b"data" * 2000
    assert ctypes.string_at(memory.address - SLACK, SLACK) == bytes([pad]) * SLACK
    assert ctypes.string_at(memory.address + memory.size, SLACK) == bytes([pad]) * SLACK


def test_canaries():
    """A write before a guarded output is seen."""
    memory = guarded_output(10)
    assert memory.size == 10
    assert bytes(memory.view) == bytes(10)
    assert intact(memory)
    ctypes.memset(memory.address - 1, 0, 1)
    assert not intact(memory)


def test_addresses():
    """An address and its view are the same bytes."""
    for memory in (plain(8), guarded_output(8), guarded_input(b"01234567")):
        ctypes.memset(memory.address + 3, 0x7A, 1)
        assert memory.view[3] == 0x7A


def source():
    return new_input(DATA, 3, memory=guarded_input)


def test_decode_and_compare():
    """Results of any sizes of output are equal; a difference is told by buffer and place."""
    whole = decode(Oracle(PROGRAM), PROGRAM, source(), 3)
    small = decode(Oracle(PROGRAM), PROGRAM, source(), 3, capacity=1, data=1, memory=guarded_output)

    assert rows(PROGRAM, whole) == [
        {"a": 2, "b": "ab", "xs": [0, 1]},
        {"a": 0, "b": "cd", "xs": []},
        {"a": 1, "b": "ef", "xs": [0]},
    ]
    assert compare(whole, small) == ""
    assert small.runs > whole.runs
    small.columns[1].data = b"abcdEf"
    assert compare(whole, small).startswith("column 1: data, from 4 of 6 and 6\n  expected: 61 62 63 64 65 66\n")


class Wrong:
    """The oracle with one thing done wrong behind it."""

    def __init__(self, spoil):
        self.spoil = spoil

    def run(self, source, output, frame, count):
        status = Oracle(PROGRAM).run(source, output, frame, count)
        return self.spoil(output, status) or status


def set_byte(memory, at, value=1):
    memory.view[at] = value


WRONG = {
    "done before the last frame": lambda output, status: Status(frames=1, stop="done"),
    "failed or full behind the last frame": lambda output, status: Status(frames=3, stop="failed"),
    "frames are not rows": lambda output, status: output.rows.__setitem__(0, 2),
    "touched is not set": lambda output, status: output.touched.clear(),
    "an unknown column is full": lambda output, status: (
        output.rows.__setitem__(0, 1) or Status(frames=1, stop="full", column=9)
    ),
    "slot 3) was written": lambda output, status: set_byte(output.columns[0].values, 12),
    "slot 9) was written": lambda output, status: set_byte(output.columns[1].validity, 9),
    "offsets do not rise": lambda output, status: set_byte(output.columns[1].values, 4, 200),
    "7 bytes are used": lambda output, status: setattr(output.columns[1], "used", 7),
    "the last offset is 3": lambda output, status: output.rows.__setitem__(1, 2) or output.touched.__setitem__(1, 9),
}


@pytest.mark.parametrize("claim", WRONG)
def test_misbehaviour_is_found(claim):
    """The harness trusts no executor: what the contract says of status, offsets and memory behind the cursors is looked at."""
    with pytest.raises(Misbehaved, match=claim.replace(")", r"\)")):
        decode(Wrong(WRONG[claim]), PROGRAM, source(), 3)


def test_touched_slots_are_cleaned():
    """Dirt up to `touched` is the driver's to clean: a failed record's slots, say."""

    def dirty(output, status):
        output.touched[0] = 5
        set_byte(output.columns[0].values, 12)

    found = decode(Wrong(dirty), PROGRAM, source(), 3)

    assert compare(decode(Oracle(PROGRAM), PROGRAM, source(), 3), found) == ""
