"""Our framers fulfil the public contract of framers; and whole conversions by them."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path

import pytest
from commandline import run

import arrowsmith
from arrowsmith.interfaces import Framer
from arrowsmith.layout.text import print_layout
from arrowsmith.testing import FramerSuite
from arrowsmith_framers import MicroFocus, Varint

# --- files, written as their sources say ---------------------------------------------------------------------------------


def varint(number: int) -> bytes:
    """*number* in groups of seven bits."""
    made = bytearray()
    while number > 0x7F:
        made.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*made, number])


def delimited(records: Sequence[bytes]) -> bytes:
    return b"".join(varint(len(record)) + record for record in records)


def micro_focus(records: Sequence[tuple[int, bytes]], width: int = 2) -> bytes:
    """A file of *records*, each a kind and its bytes, behind headers of *width* bytes."""
    file_header = bytes(34) + b"\x3e\0\x01" + bytes(8) + b"\x01" + bytes(82 - width)
    made = bytearray()
    for kind, data in [(3, file_header), *records]:
        header = struct.pack(">H" if width == 2 else ">I", kind << (8 * width - 4) | len(data))
        made += header + data
        made += b"\xaa" * (max(8, -(-(width + len(data)) // 4) * 4) - width - len(data))
    return bytes(made)


RECORDS = [b"", b"x", b"twelve bytes", bytes(range(256)), b"\x80" * 300, b"last"]
KINDS = [(4, b"one"), (1, b"deleted"), (4, b""), (2, b"system"), (7, b"pointed to"), (6, b"points"), (4, b"x" * 4094)]
SEEN = [data for kind, data in KINDS if kind in (4, 7)]


class TestVarint(FramerSuite):
    """Messages behind their lengths."""

    samples = ((delimited(RECORDS), RECORDS), (b"", ()), (b"\x80\x00", (b"",)))

    @pytest.fixture
    def framer(self) -> Framer:
        return Varint()


class TestVarintOfFewBytes(TestVarint):
    """No record is longer than 300 bytes."""

    options = {"most": "300"}


class TestMicroFocus(FramerSuite):
    """Headers of two bytes."""

    samples = (
        (micro_focus(KINDS), SEEN),
        (micro_focus([*KINDS, (4, b"abc")])[:-2], [*SEEN, b"abc"]),
        (micro_focus([]), ()),
        (b"", ()),
    )

    @pytest.fixture
    def framer(self) -> Framer:
        return MicroFocus()


class TestMicroFocusOfLongRecords(TestMicroFocus):
    """Headers of four bytes."""

    options = {"header": 4}
    samples = ((micro_focus([*KINDS, (4, b"y" * 70000)], 4), [*SEEN, b"y" * 70000]), (micro_focus([], 4), ()))


def test_a_file_begins_as_its_source_says() -> None:
    """The first bytes of a file header are those that "File Header Record" gives, and it has 128 bytes."""
    assert micro_focus([])[:4] == b"\x30\x7e\x00\x00"
    assert micro_focus([], 4)[:4] == b"\x30\x00\x00\x7c"
    assert len(micro_focus([])) == len(micro_focus([], 4)) == 128


# --- with a dictionary ---------------------------------------------------------------------------------------------------

COPYBOOK = "       01 R.\n         05 ID PIC 9(3).\n         05 NAME PIC X(6).\n"
ASCII = {"encoding": "ascii", "record_format": "V"}
ROWS = [(4, b"001alice "), (1, b"gone"), (4, b"002bob"), (4, b"003carol!")]
READ = [{"ID": 1, "NAME": "alice"}, {"ID": 2, "NAME": "bob"}, {"ID": 3, "NAME": "carol!"}]


@pytest.mark.parametrize("width", [2, 4])
@pytest.mark.parametrize("emitter", ["auto", "vm"])
def test_a_copybook_of_a_micro_focus_file(emitter: str, width: int) -> None:
    """Records of other kinds are no rows; a record may end before the last field, as ``V`` says."""
    table = arrowsmith.read(
        arrowsmith.text(COPYBOOK, name="r.cpy"),
        micro_focus(ROWS, width),
        options=ASCII,
        framer="microfocus",
        framer_options={"header": width},
        emitter=emitter,
    )

    assert table.to_pylist() == READ


@pytest.mark.parametrize("emitter", ["auto", "vm"])
def test_parts_and_indexes(tmp_path: Path, emitter: str) -> None:
    """All parts together are all records, each once, with an index and without."""
    records = [b"%03d" % (i % 1000) + b"x" * (i % 50) for i in range(3000)]
    data = tmp_path / "d.dat"
    data.write_bytes(delimited(records))
    copybook = arrowsmith.text("       01 R.\n         05 A PIC 9(3).\n         05 B PIC X(50).\n", name="r.cpy")
    for index in (None, tmp_path / "index", tmp_path / "index"):
        found: list[int] = []
        for part in range(5):
            table = arrowsmith.read(
                copybook, data, options=ASCII, framer="varint", split=(part, 5), index=index, emitter=emitter
            )
            found += table["A"].to_pylist()
        assert found == [i % 1000 for i in range(3000)]


def test_segments_of_records_behind_varints() -> None:
    """Tests of segments are over what a framer found."""
    copybook = arrowsmith.text(
        "       01 R.\n         05 K PIC X.\n         05 A PIC X(2).\n         05 B REDEFINES A PIC 9(2).\n",
        name="r.cpy",
    )
    table = arrowsmith.read(
        copybook,
        delimited([b"Axy", b"B12", b"Czz", b"Auv"]),
        options={"encoding": "ascii", "segment_field": "K", "segment_filter": "A"},
        framer="varint",
    )

    assert table["A"].to_pylist() == ["xy", "uv"]


def test_kaitai_describes_one_message() -> None:
    """A dictionary that says nothing of several records reads each of them."""
    pytest.importorskip("yaml")
    ksy = arrowsmith.text(
        "meta: {id: m, endian: be}\nseq:\n  - {id: a, type: u2}\n  - {id: rest, size-eos: true}\n", name="m.ksy"
    )
    table = arrowsmith.read(ksy, delimited([b"\0\1xy", b"\0\2"]), framer="varint")

    assert table.to_pylist() == [{"a": 1, "rest": b"xy"}, {"a": 2, "rest": b""}]


def test_the_command_line_and_a_job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """``--framer`` and its options; the same in a job; what is typed goes before."""
    monkeypatch.chdir(tmp_path)
    Path("r.cpy").write_text(COPYBOOK)
    Path("d.dat").write_bytes(micro_focus(ROWS, 4))
    Path("j.toml").write_text(
        'dictionary = "r.cpy"\ninputs = "d.dat"\noutput = "o.arrow"\nframer = "microfocus"\n'
        'framer_options = {header = 2}\noptions = {encoding = "ascii", record_format = "V"}\n'
    )
    ascii = ("-O", "encoding=ascii", "-O", "record_format=V")
    typed = run("head", "--json", "r.cpy", "d.dat", *ascii, "--framer", "microfocus", "--framer-option", "header=4")
    wrong = run("convert", "--job", "j.toml")
    right = run("convert", "--job", "j.toml", "--framer-option", "header=4")
    other = run("validate", "--job", "j.toml", "--framer", "varint", "--max-errors", "0")

    assert typed.status == 0
    assert '"carol!"' in typed.out
    assert wrong.status == 1
    assert "header=4?" in wrong.err
    assert right.status == 0, right.err
    assert other.status == 1
    assert "no option header" not in other.err, "the job's options are of the job's framer"
    assert "framer microfocus" in run("plugins").out
    assert arrowsmith.job("j.toml").compile(framer_options={"header": 4}).schema.names == ["ID", "NAME"]


def test_the_schema_says_which_framer_it_was() -> None:
    compiled = arrowsmith.compile(arrowsmith.text(COPYBOOK, name="r.cpy"), framer="varint", framer_options={"most": 10})

    assert compiled.schema.metadata[b"arrowsmith.framer"] == b'{"name": "varint", "options": {"most": "10"}}'
    assert 'framing=offered(name="varint", options=(("most", "10")))' in print_layout(compiled.layout)


# --- what is wrong -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"framer": "varints"}, "did you mean varint?"),
        ({"framer": "varint", "framer_options": {"mots": 3}}, "framer varint: there is no option mots"),
        ({"framer": "microfocus", "framer_options": {"header": 3}}, "'3' is not one of 2, 4"),
        ({"framer_options": {"most": 3}}, "none is named"),
    ],
)
def test_what_was_asked_is_refused(arguments: dict[str, object], said: str) -> None:
    with pytest.raises(arrowsmith.OptionError) as raised:
        arrowsmith.compile(arrowsmith.text(COPYBOOK, name="r.cpy"), **arguments)  # type: ignore[arg-type]  # as users may

    assert said in str(raised.value)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\xff\xff\xff\xff\xff\x01", "byte 0: expected a record length of at most five bytes"),
        (b"\x03abc\x03ab", "byte 4: the record reaches beyond the file's end"),
        (b"\x03abc\x83", "byte 4: the record reaches beyond the file's end"),
        (b"\xff\xff\xff\x7f", "byte 0: expected a record length of at most 67108864 bytes"),
    ],
)
def test_data_that_no_varint_begins(data: bytes, said: str) -> None:
    with pytest.raises(arrowsmith.DataError) as raised:
        arrowsmith.read(arrowsmith.text("       01 R PIC X(3).\n", name="r.cpy"), data, options=ASCII, framer="varint")

    assert said in str(raised.value)


def test_a_header_of_the_other_width_says_so() -> None:
    for width, data in ((2, micro_focus(ROWS, 4)), (4, micro_focus(ROWS, 2))):
        with pytest.raises(arrowsmith.DataError, match=rf"header={6 - width}\?") as raised:
            arrowsmith.read(
                arrowsmith.text(COPYBOOK, name="r.cpy"),
                data,
                options=ASCII,
                framer="microfocus",
                framer_options={"header": width},
            )
        assert "record_format" not in str(raised.value), "that is no way to mend it"
