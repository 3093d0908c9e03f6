"""Whatever is typed, and whatever is in the files: an answer, or a message and a documented exit status, and never a traceback."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from commandline import run
from hypothesis import example, given
from hypothesis import strategies as st

from arrowsmith.registry import load

pytestmark = pytest.mark.skipif(find_spec("arrowsmith_copybook") is None, reason="no copybook format here")

#: what docs/cli.md says of commands that end by themselves
STATUSES = {0, 1, 2, 3}
COPYBOOK = b"""\
       01  R.
           05  ID     PIC 9(4) COMP.
           05  N      PIC 9.
           05  NAME   PIC X(6).
           05  PAID   PIC S9(5)V99 COMP-3.
           05  L OCCURS 0 TO 3 DEPENDING ON N.
               10  Q PIC X(2).
"""
KSY = b"""\
meta: {id: w, endian: le}
seq:
  - {id: n, type: u1}
  - {id: items, type: item, repeat: expr, repeat-expr: n}
  - {id: rest, size-eos: true}
types: {item: {seq: [{id: a, type: u2}, {id: s, type: strz, encoding: ascii}]}}
"""
HEADER = b"struct rec { unsigned char kind; int n; struct { short a; } p[2]; char name[4]; };"
RECORD = b"\0\1" + b"\xf2" + b"\xc1" * 6 + bytes.fromhex("0012345c") + b"\xc2" * 6
#: name → what the file has before it is damaged
FILES = {
    "r.cpy": COPYBOOK,
    "w.ksy": KSY,
    "s.h": HEADER,
    "fixed.dat": RECORD * 40,
    "v.dat": b"".join(bytes([0, len(RECORD), 0, 0]) + RECORD for _ in range(40)),
    "text.dat": b"0001annaanna\n0002\r\n" * 20,
    "empty.dat": b"",
    "x.gz": b"\x1f\x8b\x08\0" + RECORD * 3,
    "job.toml": b'dictionary = "r.cpy"\ninputs = ["fixed.dat"]\n[options]\nencoding = "ebcdic"\n[fields."NAME"]\nas = "string"\n',
}  # fmt: skip

#: odd things to type where a value belongs
ODD = st.one_of(
    st.sampled_from(
        ("", " ", "0", "-1", "1", "3", "7%", "101%", "1/3", "3/1", "0/0", "true", "V", "F", "auto", "vm", "a=b", "=", "a=", "*", "[]",
         "{", "{stem}", "..", ".", "/", "r.cpy", "no/such", "1e9", "9" * 30, "\u0663", "\u00e9", "NAME", "name,id", "L.*", "ebcdic",
         "cp037",
         "NAME => R", "parquet", "arrow", "file,record", "x" * 300, "a:b", "0x10", "nan", "inf", "-")
    ),
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8),
)  # fmt: skip


def _format_options() -> list[str]:
    return sorted({option.name for form in load().formats for option in form.options})


#: options that take a value; those that change this process for good, and output to places that are not ours, apart
VALUED = ("-f", "--columns", "--emitter", "--table", "--max-errors", "--provenance", "--self-check", "--split", "--record", "--offset",
          "--error", "-n", "--limit", "--on-error", "--to", "--if-exists", "-S", "--allocator", "--job")  # fmt: skip
FLAGS = ("--json", "--strict", "-q", "-v", "--layout", "--schema", "--program", "--from-quarantine", "--split-tables")
COMMANDS = ("convert", "head", "describe", "inspect", "validate", "schema diff")


@st.composite
def arguments(draw: st.DrawFn) -> list[str]:
    """A command line: mostly one that could be meant."""
    command = draw(st.sampled_from(COMMANDS)).split()
    words = [*command, draw(st.sampled_from(("r.cpy", "r.cpy", "w.ksy", "s.h")))]
    if command[0] != "describe":
        words += draw(st.lists(st.sampled_from(sorted(FILES)), min_size=1, max_size=2))
    if command == ["convert"]:
        words += [
            "-o",
            draw(
                st.sampled_from(
                    ("o.parquet", "o.arrow", "o.arrows", "o/", "{stem}.arrow", "no/o.arrow", "r.cpy", "o.txt", "-")
                )
            ),
        ]
        if draw(st.booleans()):
            words += [
                "--quarantine",
                draw(st.sampled_from(("q.arrow", "q.parquet", "o.arrow", "no/q.arrow", "q.txt", "."))),
            ]
    if command == ["inspect"] and draw(st.integers(0, 3)):
        words += draw(st.sampled_from((["--record", "2"], ["--offset", "30"], ["--error", "1"])))
    for _ in range(draw(st.integers(0, 3))):
        match draw(st.integers(0, 3)):
            case 0:
                words += [draw(st.sampled_from(VALUED)), draw(ODD)]
            case 1:
                words.append(draw(st.sampled_from(FLAGS)))
            case _:
                words += ["-O", f"{draw(st.sampled_from(_format_options()))}={draw(ODD)}"]
    return words


@st.composite
def damage(draw: st.DrawFn) -> dict[str, bytes]:
    """The files, one of them or none damaged."""
    files = dict(FILES)
    name = draw(st.sampled_from((None, *sorted(FILES))))
    if name is not None:
        data = bytearray(files[name])
        for _ in range(draw(st.integers(1, 4))):
            at = draw(st.integers(0, len(data)))
            match draw(st.integers(0, 2)):
                case 0:
                    data[at : at + draw(st.integers(0, 9))] = draw(st.binary(max_size=6))
                case 1:
                    del data[at:]
                case _:
                    data[at : at + 1] = bytes([draw(st.integers(0, 255))])
        files[name] = bytes(data)
    return files


@contextmanager
def folder(files: dict[str, bytes]) -> Iterator[Path]:
    """A current directory with *files*, for one example."""
    before = os.getcwd()
    with TemporaryDirectory() as path:
        os.chdir(path)
        try:
            for name, data in files.items():
                Path(name).write_bytes(data)
            yield Path(path)
        finally:
            os.chdir(before)


@given(arguments(), damage())
@example(["head", "r.cpy", "empty.dat", "-O", "segment_filter="], FILES)
def test_no_command_line_and_no_file_makes_a_traceback(words: list[str], files: dict[str, bytes]) -> None:
    """Exit status as documented; an error is said, with nothing else; drafts do not remain."""
    with folder(files) as path, warnings.catch_warnings():
        warnings.simplefilter("error")
        done = run(*words, stdin=b"")
        left = {p.name for p in path.rglob("*") if p.name not in FILES}

    assert done.status in STATUSES
    assert "Traceback" not in done.err
    if done.status in (1, 2) and words[0] not in ("validate", "schema"):
        assert done.err.startswith(("error", "warning", "  ")), done.err
        assert "error" in done.err
    assert not [name for name in left if "arrowsmith" in name or name.endswith(".tmp")], left
