"""Options that refuse nothing, and yet are wrong: `validate` says what the values speak for."""

from __future__ import annotations

import io
import struct
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


def test_data_that_can_be_read_once_are_not_read_again() -> None:
    class Once(io.RawIOBase):
        def readable(self) -> bool:
            return True

        def readinto(self, view: object) -> int:
            raise AssertionError("it was read")

    (source,) = sources(Once())
    assert doubts(arrowsmith.text(BOOK, name="b.cpy"), source) == ()
