"""Options that do not fit a file: the error says which do, by what the file holds."""

from __future__ import annotations

import warnings
from typing import Any

import pytest

import arrowsmith
from arrowsmith.errors import ArrowsmithWarning, DataError
from arrowsmith.interfaces import parse_options
from arrowsmith_copybook.advice import advise
from arrowsmith_copybook.format import Copybook

BOOK = arrowsmith.text("""
       01  R.
           05  ID   PIC X(2).
           05  N    PIC 9(4).
           05  T    PIC X(10).
""")
RECORDS = [f"AA{n:04}{f'text {n}':<10}".encode("cp037") for n in range(6)]


def _word(length: int, *, big: bool, whole: bool) -> bytes:
    length += 4 if whole else 0
    return length.to_bytes(2, "big") + b"\0\0" if big else b"\0\0" + length.to_bytes(2, "little")


def _with_headers(*, big: bool, whole: bool) -> bytes:
    return b"".join(_word(len(record), big=big, whole=whole) + record for record in RECORDS)


def _in_blocks(*, big: bool, whole: bool) -> bytes:
    records = _with_headers(big=big, whole=whole)
    return 2 * (_word(len(records), big=big, whole=whole) + records)


def _of_one_length(*, big: bool, whole: bool) -> bytes:
    block = b"".join(RECORDS)
    return 4 * (_word(len(block), big=big, whole=whole) + block)


BIG = _with_headers(big=True, whole=False)
V_BIG = "record_format=V, is_rdw_big_endian=true"
FB_BIG = "record_format=FB, is_bdw_big_endian=true"
VB_BIG = "record_format=VB, is_rdw_big_endian=true, is_bdw_big_endian=true"
VB = f"{V_BIG.replace('V', 'VB', 1)}, is_rdw_part_of_record_length=true, is_bdw_big_endian=true, bdw_adjustment=-4"


@pytest.mark.parametrize(
    ("data", "options", "expected"),
    [
        (BIG, {"record_format": "V"}, f"first 6 headers of the file fit {V_BIG}"),
        (BIG, {}, V_BIG),
        (BIG, {"record_format": "VB", "is_rdw_big_endian": "true", "is_bdw_big_endian": "true"}, V_BIG),
        (
            _with_headers(big=False, whole=False),
            {"record_format": "V", "is_rdw_big_endian": "true"},
            "fit record_format=V",
        ),
        (
            _with_headers(big=True, whole=True),
            {"record_format": "V", "is_rdw_big_endian": "true"},
            f"{V_BIG}, is_rdw_part_of_record_length=true",
        ),
        (_in_blocks(big=True, whole=True), {"record_format": "V", "is_rdw_big_endian": "true"}, VB),
        (_in_blocks(big=True, whole=True), {"record_format": "VB"}, VB),
        (b"".join(RECORDS), {"record_format": "V"}, "stripped in transfer"),
        (b"".join(RECORDS), {"record_format": "FB"}, "record_format=F"),
        (b"".join(RECORDS), {"record_length": "7"}, "without record_length=7"),
        (
            b"".join(RECORDS),
            {"record_length_field": "ID", "record_length_map": '{"BB": 16, "CC": 8}'},
            "has lengths for BB, CC; _ stands for any other",
        ),
        (
            b"".join(RECORDS),
            {"record_length_field": "N - 1"},
            "record_length_field=N - 1 gives this record no possible length",
        ),
        (BIG + b"TTTTT", {"record_format": "V", "is_rdw_big_endian": "true"}, "file_end_offset"),
        (
            b"H" * 10 + BIG,
            {"record_format": "V", "is_rdw_big_endian": "true"},
            f"from byte 10 on: file_start_offset=10, {V_BIG}",
        ),
        (b"H" * 10 + BIG, {"is_record_sequence": "true"}, f"from byte 10 on: file_start_offset=10, {V_BIG}"),
        (_in_blocks(big=True, whole=False), {"record_format": "V", "is_rdw_big_endian": "true"}, f"fit {VB_BIG}"),
        (b"".join(RECORDS) + b"TT", {}, "6 whole records come before it"),
        (RECORDS[0] + b"TT", {}, "1 whole record comes before it"),
        (RECORDS[0][:4], {}, "the file holds not one whole record"),
        (b"".join(RECORDS) + b"TT", {}, "file_start_offset, file_end_offset"),
        (b"".join(RECORDS), {"record_format": "VB"}, "record_format=F"),
        (b"".join(RECORDS), {"record_length_field": "T"}, "record_length_map gives lengths for texts"),
        (b"".join(RECORDS), {"record_format": "D"}, "encoding=ebcdic, and a record_format of its own"),
        (b"AA0001text      \nAA0002text      \n", {"encoding": "ascii"}, "record_format=D"),
        (b"".join(RECORDS), {"encoding": "ascii"}, "encoding=ebcdic"),
        (b"".join(RECORDS).decode("cp037").encode(), {}, "encoding=ascii"),
        (b"".join(RECORDS), {"record_format": "VS"}, "or none at all (record_format=F)"),
        (b"".join(RECORDS), {"record_format": "VBS"}, "or none at all (record_format=F)"),
        (_with_headers(big=False, whole=False), {"record_format": "VS"}, "fit record_format=V"),
        (_in_blocks(big=True, whole=True), {"record_format": "VS"}, VB),
        (_of_one_length(big=True, whole=True), {}, f"fit {FB_BIG}, bdw_adjustment=-4"),
        (_of_one_length(big=True, whole=False), {"record_format": "V"}, f"fit {FB_BIG}"),
        (
            _of_one_length(big=False, whole=False),
            {"record_format": "FB", "is_bdw_big_endian": "true"},
            "fit record_format=FB",
        ),
        (b"".join(RECORDS * 17), {"record_length": "17"}, "are records as long as record_length=17 says?"),
        (b"".join(RECORDS * 17), {"record_start_offset": "1"}, "as record_start_offset=1 says?"),
        (b"".join(RECORDS * 17), {"record_end_offset": "1"}, "as record_end_offset=1 says?"),
    ],
)
def test_the_error_says_what_fits(data: bytes, options: dict[str, str], expected: str) -> None:
    """Record and block headers by their order and by what they count, lines of text, the other family of code pages."""
    with pytest.raises(DataError) as caught:
        arrowsmith.read(BOOK, data, format="copybook", options=options)

    assert expected in caught.value.help


@pytest.mark.parametrize("policy", ["null", "raise"])
def test_what_is_advised_reads_the_file(policy: Any) -> None:
    """The options that a message names are those that give the records."""
    data = _in_blocks(big=True, whole=True)
    options = dict(part.split("=") for part in VB.split(", "))

    assert arrowsmith.read(BOOK, data, format="copybook", options=options, on_error=policy).num_rows == 12


@pytest.mark.parametrize("data", [b"", b"\0", bytes(range(256)), b"\0\0\0\0" * 100, RECORDS[0]])
def test_nothing_is_advised_where_nothing_fits(data: bytes) -> None:
    """No headers, no lines, one record that is as the options say."""
    assert advise(parse_options(Copybook().options, {}, owner="copybook"), data, framing=False, found=0) == ""


def test_a_field_that_no_record_has_is_said() -> None:
    """Under the policy null a wrong encoding is a warning, and not a column of nulls that nobody notices."""
    data = b"".join(RECORDS * 5)

    with pytest.warns(ArrowsmithWarning, match=r"W0003.*no valid N; the file looks like EBCDIC: encoding=ebcdic"):
        arrowsmith.read(BOOK, data, format="copybook", options={"encoding": "ascii"}, on_error="null")


def test_a_filter_that_leaves_nothing() -> None:
    """The warning says that there were records, and that they were left out."""
    options = {"segment_field": "ID", "segment_filter": "ZZ"}

    with pytest.warns(ArrowsmithWarning, match=r"W0002.*no records: 96 bytes of them were left out"):
        arrowsmith.read(BOOK, b"".join(RECORDS), format="copybook", options=options)


MIXED = arrowsmith.text("""
       01  R.
           05  ID   PIC X(2).
           05  N    PIC 9(4).
           05  P    PIC S9(7) COMP-3.
           05  B    PIC S9(9) COMP.
""")


@pytest.mark.parametrize(
    ("codec", "options", "said"), [("ascii", {}, "ascii"), ("cp037", {"encoding": "ascii"}, "ebcdic")]
)
def test_numbers_in_binary_do_not_hide_the_encoding(codec: str, options: dict[str, str], said: str) -> None:
    """Less than half of the bytes are text, and these are letters and digits of one family."""
    data = b"".join(
        f"AB{n:04}".encode(codec) + n.to_bytes(4, "big")[:3] + b"\x0c" + n.to_bytes(4, "big") for n in range(30)
    )

    with pytest.raises(DataError) as caught:
        arrowsmith.read(MIXED, data, format="copybook", options=options)
    assert caught.value.help == f"the file looks like {said.upper()}: encoding={said}"


@pytest.mark.parametrize(
    "options",
    [{"record_format": "V", "is_rdw_big_endian": "true", "rdw_adjustment": "-4"}, {"record_format": "VS"}],
)
def test_headers_that_are_read_right_are_no_advice(options: dict[str, str]) -> None:
    """However it is said what they count, where it is a field that is refused."""
    data = _with_headers(big=True, whole=True)
    bad = data.replace("0002".encode("cp037"), b"????")
    with pytest.raises(DataError, match="record 3") as caught:
        arrowsmith.read(BOOK, bad, format="copybook", options=options)
    assert "record_format" not in caught.value.help


@pytest.mark.parametrize("length", [10, 17])
def test_records_that_shift_are_said(length: int) -> None:
    """Under the policy null a wrong record length refuses most fields, and that is a warning."""
    data = b"".join(RECORDS * 20)[: 1920 // length * length]

    with pytest.warns(ArrowsmithWarning, match=rf"W0003.*most records have no valid N; .* record_length={length} says"):
        arrowsmith.read(BOOK, data, format="copybook", options={"record_length": length}, on_error="null")


SEGMENTS = arrowsmith.text("""
       01  R.
           05  ID  PIC X(2).
           05  A.
               10  NA  PIC X(2).
           05  B REDEFINES A.
               10  NB  PIC X(2).
           05  C REDEFINES A.
               10  NC  PIC X(2).
""")


@pytest.mark.parametrize(
    ("ids", "warned"),
    [(("X", "Y"), "none of 2 records is A or B"), (("X", "P"), None), (("P", "Q"), None)],
)
@pytest.mark.parametrize("kept", ["keep_original", "collapse_root"])
def test_ids_that_no_record_has_are_said(ids: tuple[str, str], warned: str | None, kept: str) -> None:
    """Where every view with a condition is null in every record, the ids are those of another file."""
    options = {"encoding": "ascii", "segment_field": "ID", "schema_retention_policy": kept}
    options |= {"redefine_segment_id_map:0": f"A => {ids[0]}", "redefine_segment_id_map:1": f"B => {ids[1]}"}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        arrowsmith.read(SEGMENTS, b"P 11Q 22", format="copybook", options=options)

    assert [warned in str(one.message) for one in caught if warned] == [True] * (warned is not None)
    assert len(caught) == (warned is not None)


def test_segments_in_blocks_are_no_records() -> None:
    """Blocks look like records with headers, which can be read, and are of something else."""

    def word(data: bytes, code: int = 0) -> bytes:
        return (len(data) + 4).to_bytes(2, "big") + bytes([code, 0]) + data

    first, second, third = RECORDS[:3]
    data = (word(word(first) + word(second[:9], 1)) + word(word(second[9:], 2) + word(third))) * 20

    with pytest.raises(DataError) as caught:
        arrowsmith.read(BOOK, data, format="copybook", options={"record_format": "VS"})
    assert caught.value.help == "the first blocks are filled by segments: record_format=VBS"
    assert arrowsmith.read(BOOK, data, format="copybook", options={"record_format": "VBS"}).num_rows == 60


def test_few_records_of_much_data_are_said() -> None:
    """Blocks that are read as records are few, and hardly any field of theirs is valid."""
    record = f"AA0001{'text':<10}".encode("cp037")
    block = (len(record) + 4).to_bytes(2, "big") + b"\0\0" + record
    data = ((100 * len(block) + 4).to_bytes(2, "big") + b"\0\0" + block * 100) * 3

    with pytest.warns(ArrowsmithWarning, match=rf"W0003.*no valid N; the first [0-9]+ headers of the file fit {VB}"):
        arrowsmith.read(
            BOOK,
            data,
            format="copybook",
            options={"record_format": "V", "is_rdw_big_endian": "true", "is_rdw_part_of_record_length": "true"},
            on_error="null",
        )
