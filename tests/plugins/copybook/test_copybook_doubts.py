"""Options that refuse nothing, and yet are wrong: a run says what the values speak for."""

from __future__ import annotations

import io
import json
import struct
import warnings
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from commandline import run

import arrowsmith
from arrowsmith.detect import doubts
from arrowsmith.sources import sources

BOOK = """\
       01  R.
           05  ID    PIC 9(5).
           05  RATE  COMP-1.
           05  BAL   PIC S9(5)V99.
           05  CODE  PIC S9(9) COMP-5.
"""


def ibm(value: float) -> bytes:
    """z/Architecture Principles of Operation, "Hexadecimal-Floating-Point Number Representation"."""
    exponent = 64
    while value >= 1:
        value, exponent = value / 16, exponent + 1
    return bytes([exponent]) + round(value * (1 << 24)).to_bytes(3, "big")


FLOATS: dict[str, Callable[[float], bytes]] = {
    "IBM": ibm,
    "IBM_little_endian": lambda value: ibm(value)[::-1],
    "IEEE754": lambda value: struct.pack(">f", value),
    "IEEE754_little_endian": lambda value: struct.pack("<f", value),
}


def signed(number: int, table: str, *, minus: bool) -> bytes:
    """Seven digits, of which the last has a sign as *table* has it."""
    digits = f"{number:07}"
    last = int(digits[-1])
    match table:
        case "mf":
            return digits[:-1].encode() + (b"pqrstuvwxy" if minus else b"0123456789")[last : last + 1]
        case "translated":
            return digits[:-1].encode() + (b"}JKLMNOPQR" if minus else b"{ABCDEFGHI")[last : last + 1]
        case "none":
            return digits.encode("cp037")
    return digits[:-1].encode("cp037") + bytes([(0xD0 if minus else 0xC0) | last])


def data(floats: str = "IBM", table: str = "ebcdic", order: str = "big") -> bytes:
    ebcdic = table in ("ebcdic", "none")
    return b"".join(
        f"{n:05}".encode("cp037" if ebcdic else "ascii")
        + FLOATS[floats](round(4.13 * n + 0.37, 2))
        + signed(n * 713, table, minus=n % 3 == 0)
        + (n * 11).to_bytes(4, order)  # type: ignore[arg-type]  # one of the two orders
        for n in range(1, 80)
    )


def said(content: bytes, **options: str) -> tuple[str, ...]:
    return doubts(arrowsmith.text(BOOK, name="b.cpy"), sources(content)[0], options=options)


@pytest.mark.parametrize("right", FLOATS)
@pytest.mark.parametrize("wrong", FLOATS)
def test_floats_in_another_format_are_said(right: str, wrong: str) -> None:
    """With the option that makes them plausible; nothing where it is given."""
    found = said(data(floats=right), floating_point_format=wrong)

    if right == wrong:
        assert found == ()
    else:
        (one,) = found
        assert one.startswith("floats are 100% plausible with floating_point_format=" + right + ",")


@pytest.mark.parametrize(("right", "wrong"), [("mf", "translated"), ("translated", "mf")])
def test_signs_of_another_table_are_said(right: str, wrong: str) -> None:
    (one,) = said(data(table=right), encoding="ascii", sign_table=wrong)
    assert one.startswith(f"decimals are 100% valid with sign_table={right},")
    assert said(data(table=right), encoding="ascii", sign_table=right) == ()


def test_native_integers_in_the_other_order_are_said() -> None:
    (one,) = said(data(order="little"))
    assert one.startswith("integers are 100% plausible with comp5_order=little,")
    assert said(data(order="little"), comp5_order="little") == ()


def test_signed_numbers_without_any_sign_are_said() -> None:
    """Zone F throughout; not where one of them has a sign, nor in a table where a plus is none."""
    (one,) = said(data(table="none"))

    assert one.startswith("BAL is signed, and of the first 79 records none has a sign in the zone of a digit")
    mixed = data(table="none")[: 20 * 50] + data()[: 20 * 20]
    assert said(mixed) == ()
    positive = data(table="mf").translate(bytes.maketrans(b"pqrstuvwxy", b"0123456789"))
    assert said(positive, encoding="ascii", sign_table="mf") == ()


def test_validate_says_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Behind the verdict; the status is that of the records, which are valid."""
    monkeypatch.chdir(tmp_path)
    Path("b.cpy").write_text(BOOK)
    Path("b.dat").write_bytes(data(floats="IEEE754"))

    done = run("validate", "b.cpy", "b.dat")
    assert done.status == 0
    assert done.out.splitlines()[-1].startswith("hint: floats are 100% plausible with floating_point_format=IEEE754,")
    assert "hint" not in run("validate", "b.cpy", "b.dat", "-O", "floating_point_format=IEEE754").out
    table = arrowsmith.read("b.cpy", "b.dat", options={"floating_point_format": "IEEE754"})
    assert table["BAL"][0].as_py() == Decimal("7.13")


def hints(content: object, **more: object) -> tuple[str, ...]:
    """What a run over *content* warns of; its report says the same."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with arrowsmith.open(arrowsmith.text(BOOK, name="b.cpy"), content, **more) as reader:  # type: ignore[arg-type]  # any argument
            reader.to_table()
    found = tuple(str(w.message).removeprefix("[W0005] ") for w in caught if getattr(w.message, "code", "") == "W0005")
    assert reader.report.hints == found
    return found


class Once(io.RawIOBase):
    """Bytes that are read once, one by one."""

    def __init__(self, content: bytes) -> None:
        self.content = io.BytesIO(content)

    def readable(self) -> bool:
        return True

    def readinto(self, view: bytearray) -> int:  # type: ignore[override]  # of any buffer
        got = self.content.read(1)
        view[: len(got)] = got
        return len(got)


@pytest.mark.parametrize("emitter", ["auto", "vm"])
@pytest.mark.parametrize(
    ("content", "option"),
    [
        (data(floats="IEEE754"), "floating_point_format=IEEE754"),
        (data(order="little"), "comp5_order=little"),
    ],
    ids=["floats", "order"],
)
def test_every_run_says_it(content: bytes, option: str, emitter: str) -> None:
    """A warning, and in the report; of a pipe, too; nothing where the option is given, or where only a part of the data is read."""
    name, value = option.split("=")

    (one,) = hints(content, emitter=emitter)
    assert f" with {option}," in one
    assert hints(Once(content), emitter=emitter) == (one,)
    assert hints(content, options={name: value}, emitter=emitter) == ()
    assert hints(content, limit=50) == hints(content, split=(0, 2)) == ()


def test_a_few_records_say_nothing() -> None:
    """Their values may be anything."""
    assert hints(data(order="little")[: 20 * 9]) == ()
    assert len(hints(data(order="little")[: 20 * 10])) == 1


def test_a_run_says_that_no_number_has_a_sign() -> None:
    (one,) = hints(data(table="none"))
    assert one.startswith("BAL is signed, and of the first 79 records none has a sign")
    assert hints(data()) == ()


def test_a_start_that_is_left_out_is_no_record() -> None:
    (one,) = hints(
        b"HEADER" + data(order="little") + b"END", options={"file_start_offset": "6", "file_end_offset": "3"}
    )
    assert "comp5_order=little" in one


def test_an_error_names_the_table_of_signs() -> None:
    """And so does the warning of a run that makes null of what is refused."""
    wrong = {"encoding": "ascii", "sign_table": "translated"}

    with pytest.raises(arrowsmith.DataError) as refused:
        hints(data(table="mf"), options=wrong)
    assert refused.value.help.startswith("decimals are 100% valid with sign_table=mf, and ")
    (one,) = hints(data(table="mf"), options=wrong, on_error="null")
    assert one == refused.value.help


NAMES = ["MÜLLER", "GRÖßE", "JÄGER", "WEIß", "MÖRIKE", "STRAßE 7", "ÜBELACKER", "SCHÄFER", "O'NEILL", "KRAUß"]
ADDRESS = """\
       01  R.
           05  WHO   PIC X(12).
           05  MAIL  PIC X(16).
"""


def addresses(codec: str) -> bytes:
    return b"".join(f"{name:12}{'A@B.EXAMPLE':16}".encode(codec) for name in NAMES * 3)


@pytest.mark.parametrize(
    ("codec", "wrong", "right"),
    [
        ("cp273", {}, "ebcdic_code_page=cp273"),
        ("cp273", {"ebcdic_code_page": "cp037"}, "ebcdic_code_page=cp273"),
        ("cp037", {"ebcdic_code_page": "cp273"}, "ebcdic_code_page=cp037"),
        ("latin-1", {"encoding": "ascii"}, "ascii_charset=iso-8859-1"),
        ("cp437", {"encoding": "ascii", "ascii_charset": "iso-8859-1"}, "ascii_charset=cp437"),
    ],
)
def test_another_code_page_is_said(codec: str, wrong: dict[str, str], right: str) -> None:
    """By the letters with accents alone: an @ in an address is none. Nothing where the page is right."""
    book, name = arrowsmith.text(ADDRESS, name="b.cpy"), right.split("=", maxsplit=1)[0]

    with pytest.warns(
        arrowsmith.ArrowsmithWarning, match=rf"letters with accents and marks are \d+% plausible with {right}"
    ):
        arrowsmith.read(book, addresses(codec), options=wrong)
    table = arrowsmith.read(book, addresses(codec), options=wrong | {name: right.split("=")[1]})
    assert table["WHO"].to_pylist() == NAMES * 3


PLAIN = """\
       01  R.
           05  ID    PIC 9(5).
           05  WHAT  PIC X(10).
"""
HEADED = {"record_format": "V", "is_rdw_big_endian": "true"}


@pytest.mark.parametrize(
    ("size", "more", "said"),
    [
        (17, {}, "each of the first 30 records has 2 bytes or more behind the copybook's last item"),
        (15, {"record_end_offset": "2"}, "each of the first 30 records ends before the copybook's last item does"),
        (15, {}, ""),
        (17, {"record_end_offset": "2"}, ""),
        (14, {}, ""),
    ],
)
def test_records_of_another_length_than_the_copybook_s_are_said(size: int, more: dict[str, str], said: str) -> None:
    """Longer ones, all of them; shorter ones only where an option leaves bytes out, for a record may end early."""
    record = f"00001{'text':<12}".encode("cp037")[:size]
    content = (len(record).to_bytes(2, "big") + b"\0\0" + record) * 30

    with arrowsmith.open(arrowsmith.text(PLAIN, name="b.cpy"), content, options=HEADED | more) as reader:
        if said:
            with pytest.warns(arrowsmith.ArrowsmithWarning, match=f"W0005.*{said}"):
                reader.to_table()
        else:
            reader.to_table()
    assert bool(reader.report.hints) == bool(said)


def test_convert_says_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a warning of one line, which -qq keeps back; the report has it all the same, and the status is 0, also with --strict."""
    monkeypatch.chdir(tmp_path)
    Path("b.cpy").write_text(BOOK)
    Path("b.dat").write_bytes(data(floats="IEEE754"))
    convert = (
        "convert",
        "b.cpy",
        "b.dat",
        "-o",
        "b.parquet",
        "--if-exists",
        "replace",
        "--report",
        "r.json",
        "--strict",
    )

    done = run(*convert)
    assert done.status == 0
    assert done.err.startswith("warning[W0005]: floats are 100% plausible with floating_point_format=IEEE754,")
    (hint,) = json.loads(Path("r.json").read_text())["hints"]
    assert done.err == f"warning[W0005]: {hint}\n"
    assert run(*convert, "-qq").err == ""
    assert json.loads(Path("r.json").read_text())["hints"] == [hint]


def test_data_that_can_be_read_once_are_not_read_again() -> None:
    class Never(Once):
        def readinto(self, view: bytearray) -> int:
            raise AssertionError("it was read")

    (source,) = sources(Never(b""))
    assert doubts(arrowsmith.text(BOOK, name="b.cpy"), source) == ()


def test_numbers_of_many_digits_are_not_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are no better in any other format, so nothing is read again; in the wrong one they would be."""
    from arrowsmith import doubts as doubting

    asked: list[set[str]] = []

    def judged(*_: object, what: set[str], **__: object) -> tuple[str, ...]:
        asked.append(what)
        return ()

    monkeypatch.setattr(doubting, "judged", judged)
    book = arrowsmith.text(
        "       01  R.\n           05  A  COMP-2.\n           05  B  PIC S9(9) COMP.\n", name="m.cpy"
    )
    for order, number in ((">", 3_000_000), ("<", 1_000)):
        rows = b"".join(struct.pack(f"{order}di", 0.1 * n + 1 / 3, number * n) for n in range(1, 500))
        arrowsmith.read(book, rows, options={"floating_point_format": "IEEE754", "record_format": "F"})
    assert [what & {"floats", "integers"} for what in asked] == [{"floats", "integers"}]
