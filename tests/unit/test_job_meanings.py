"""What a job says that fields mean: every meaning on every executor, and what is refused."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from importlib.util import find_spec
from typing import Any

import pyarrow as pa
import pytest

import arrowsmith

EMITTERS = ["vm", *(["x86-64"] if find_spec("iced_x86") and find_spec("arrowsmith_x86_64") else [])]

pytestmark = pytest.mark.skipif(find_spec("arrowsmith_copybook") is None, reason="no copybook format here")
emitters = pytest.mark.parametrize("emitter", EMITTERS)


def packed(number: int, size: int) -> bytes:
    return bytes.fromhex(str(abs(number)).zfill(2 * size - 1) + ("d" if number < 0 else "c"))


def values(picture: str, data: list[bytes], keys: dict[str, Any], emitter: str) -> tuple[pa.Field, list[Any], int]:
    """A field of *picture* read from *data* as *keys* decide, all records compared with the oracle; the field, values, refusals."""
    dictionary = arrowsmith.text(f"       01 R.\n           05 F {picture}.\n", name="f.cpy")
    with arrowsmith.open(
        dictionary, b"".join(data), fields={"F": keys}, on_error="null", emitter=emitter, self_check=1.0
    ) as reader:
        table = reader.to_table()
        assert reader.report.emitter == emitter
        assert reader.report.checked == len(data)
    return table.schema.field(0), table.column(0).to_pylist(), reader.report.invalid


def day(text: str) -> dict[str, Any]:
    return {"as": "date", "pattern": text}


def zoned(*texts: str) -> list[bytes]:
    return [text.encode("cp037") for text in texts]


JAN, LEAP = dt.date(2026, 1, 2), dt.date(2024, 2, 29)


STAMP = dt.datetime(2026, 1, 2, 3, 4, 5, 678901)


DB2 = {"as": "timestamp", "pattern": "yyyy-MM-dd-HH.mm.ss.SSSSSS"}


#: picture, data, keys → Arrow type, values, how many are refused
MEANINGS: dict[str, tuple[str, list[bytes], dict[str, Any], pa.DataType, list[Any], int]] = {
    "yyyyMMdd": (
        "PIC 9(8)",
        zoned("20260102", "20240229", "20230229", "20261301"),
        day("yyyyMMdd"),
        pa.date32(),
        [JAN, LEAP, None, None],
        2,
    ),
    "absent": (
        "PIC 9(8)",
        zoned("00000000", "99999999", "20260102"),
        {**day("yyyyMMdd"), "absent": ["00000000", "99999999"]},
        pa.date32(),
        [None, None, JAN],
        0,
    ),
    "zeros are no date": ("PIC 9(8)", zoned("00000000"), day("yyyyMMdd"), pa.date32(), [None], 1),
    "blank digits": ("PIC 9(8)", zoned(" " * 8), day("yyyyMMdd"), pa.date32(), [None], 0),
    "more digits": ("PIC 9(9)", zoned("020260102", "120260102"), day("yyyyMMdd"), pa.date32(), [JAN, None], 1),
    "a minus": (
        "PIC S9(7) COMP-3",
        [packed(1260102, 4), packed(-1260102, 4)],
        day("CyyMMdd"),
        pa.date32(),
        [JAN, None],
        1,
    ),
    "CYYMMDD": ("PIC S9(7) COMP-3", [packed(1260102, 4)], day("CYYMMDD"), pa.date32(), [JAN], 0),
    "YYYY-MM-DD": ("PIC X(10)", ["2026-01-02".encode("cp037")], day("YYYY-MM-DD"), pa.date32(), [JAN], 0),
    "YYYYDDD": ("PIC 9(7)", zoned("2024366"), day("YYYYDDD"), pa.date32(), [dt.date(2024, 12, 31)], 0),
    "century 19": ("PIC S9(7) COMP-3", [packed(990102, 4)], day("CyyMMdd"), pa.date32(), [dt.date(1999, 1, 2)], 0),
    "yyyyDDD": (
        "PIC 9(7) COMP-3",
        [packed(2026002, 4), packed(2024366, 4), packed(2026366, 4)],
        day("yyyyDDD"),
        pa.date32(),
        [JAN, dt.date(2024, 12, 31), None],
        1,
    ),
    "pivot 70": (
        "PIC 9(6)",
        zoned("260102", "690102", "700102"),
        day("yyMMdd"),
        pa.date32(),
        [JAN, dt.date(2069, 1, 2), dt.date(1970, 1, 2)],
        0,
    ),
    "pivot 20": (
        "PIC 9(6)",
        zoned("190102", "260102"),
        {**day("yyMMdd"), "pivot": 20},
        pa.date32(),
        [dt.date(2019, 1, 2), dt.date(1926, 1, 2)],
        0,
    ),
    "binary": ("PIC 9(8) COMP", [(20260102).to_bytes(4, "big")], day("yyyyMMdd"), pa.date32(), [JAN], 0),
    "db2": (
        "PIC X(26)",
        zoned("2026-01-02-03.04.05.678901", "2026-01-02-24.04.05.678901", "2026/01/02-03.04.05.678901", " " * 26),
        DB2,
        pa.timestamp("us"),
        [STAMP, None, None, None],
        2,
    ),
    "low values": ("PIC X(10)", [bytes(10)], day("yyyy-MM-dd"), pa.date32(), [None], 0),
    "timezone": (
        "PIC X(26)",
        zoned("2026-01-02-03.04.05.678901"),
        {**DB2, "timezone": "-05:30"},
        pa.timestamp("us", "-05:30"),
        [STAMP.replace(tzinfo=dt.timezone(dt.timedelta(hours=-5.5)))],
        0,
    ),
    "absent timestamp": (
        "PIC X(26)",
        zoned("0001-01-01-00.00.00.000000"),
        {**DB2, "absent": ["0001-01-01-00.00.00.000000"]},
        pa.timestamp("us"),
        [None],
        0,
    ),
    "a text that is longer": (
        "PIC X(12)",
        zoned("2026-01-02  ", "2026-01-02X ", "ABCD-EF-GH  "),
        day("yyyy-MM-dd"),
        pa.date32(),
        [JAN, None, None],
        2,
    ),
    "twenty digits": (
        "PIC 9(20)",
        zoned("20260102030405678901", "2026A102030405678901"),
        {"as": "timestamp", "pattern": "yyyyMMddHHmmssSSSSSS"},
        pa.timestamp("us"),
        [STAMP, None],
        1,
    ),
    "time": (
        "PIC 9(6)",
        zoned("235959", "240000", "236000"),
        {"as": "time", "pattern": "HHmmss"},
        pa.time64("us"),
        [dt.time(23, 59, 59), None, None],
        2,
    ),
    "decimal": (
        "PIC S9(9)V99 COMP-3",
        [packed(12345, 6), packed(0, 6)],
        {"as": "decimal(11,3)", "absent": ["0"]},
        pa.decimal128(11, 3),
        [Decimal("12.345"), None],
        0,
    ),
    "decimal of binary": (
        "PIC S9(4) COMP",
        [(1234).to_bytes(2, "big")],
        {"as": "decimal(6,1)"},
        pa.decimal128(6, 1),
        [Decimal("123.4")],
        0,
    ),
    "string of digits": (
        "PIC 9(4)",
        zoned("0012", "0000"),
        {"as": "string", "absent": ["0000"]},
        pa.utf8(),
        ["0012", None],
        0,
    ),
    "string of binary": (
        "PIC 9(4) COMP",
        [b"\x00\x05", b"\x00\x09"],
        {"as": "string", "absent": ["9"]},
        pa.utf8(),
        ["5", None],
        0,
    ),
    "string of packed": ("PIC S9(5) COMP-3", [packed(-12, 3)], {"as": "string"}, pa.utf8(), ["-12"], 0),
    "bytes": ("PIC 9(4) COMP", [b"\x00\x05"], {"as": "binary"}, pa.binary(), [b"\x00\x05"], 0),
    "bool": (
        "PIC 9",
        zoned("0", "1", "7", "9"),
        {"as": "bool", "absent": ["9"]},
        pa.bool_(),
        [False, True, True, None],
        0,
    ),
    "bool of text": (
        "PIC X",
        zoned("Y", "N", "?", "X", " "),
        {"as": "bool", "absent": ["?", ""]},
        pa.bool_(),
        [True, False, None, None, None],
        1,
    ),
    "bool of words": (
        "PIC XX",
        zoned("JA", "NO"),
        {"as": "bool", "yes": ["JA"], "no": ["NO"]},
        pa.bool_(),
        [True, False],
        0,
    ),
    "absent text": ("PIC X(4)", zoned("N/A ", "ok  "), {"absent": ["N/A"]}, pa.utf8(), [None, "ok"], 0),
    "absent decimal": (
        "PIC 9(3)V99 COMP-3",
        [packed(99999, 3), packed(150, 3)],
        {"absent": ["999.99"]},
        pa.decimal128(5, 2),
        [None, Decimal("1.50")],
        0,
    ),
}


@emitters
@pytest.mark.parametrize("name", MEANINGS)
def test_a_meaning(name: str, emitter: str) -> None:
    """Values, nulls and refusals; the oracle, which decodes every record too, makes the same of them."""
    picture, data, keys, kind, expected, refused = MEANINGS[name]

    field, found, invalid = values(picture, data, keys, emitter)

    assert field.type == kind
    assert found == expected
    assert invalid == refused


def test_an_impossible_date_stops_under_raise() -> None:
    dictionary = arrowsmith.text("       01 R.\n           05 F PIC 9(8).\n", name="f.cpy")
    with pytest.raises(arrowsmith.DataError, match=r"record 2.*\(F\)") as caught:
        arrowsmith.read(dictionary, "2026010220260230".encode("cp037"), fields={"F": day("yyyyMMdd")})
    assert caught.value.place.offset == 8
