"""Pictures: category, positions, digits, scale, sign."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arrowsmith_copybook.picture import PictureError, read_picture


@pytest.mark.parametrize(
    ("text", "digits", "scale", "signed", "precision"),
    [
        ("9", 1, 0, False, 1),
        ("999", 3, 0, False, 3),
        ("9(5)", 5, 0, False, 5),
        ("9(2)9(3)", 5, 0, False, 5),
        ("S9(4)V99", 6, 2, True, 6),
        ("V9(3)", 3, 3, False, 3),
        ("SV9", 1, 1, True, 1),
        ("9(3)V", 3, 0, False, 3),
        ("s9(3)v9", 4, 1, True, 4),
        ("9(5)PPP", 5, -3, False, 8),
        ("S9PPPV", 1, -3, True, 4),
        ("PPP9(5)", 5, 8, False, 8),
        ("SPP99999", 5, 7, True, 7),
        ("SVPP9(5)", 5, 7, True, 7),
        ("P(3)9", 1, 4, False, 4),
        ("S9(19)V9(19)", 38, 19, True, 38),
    ],
)
def test_numbers(text: str, digits: int, scale: int, signed: bool, precision: int) -> None:
    picture = read_picture(text)
    assert picture.category == "numeric"
    assert (picture.positions, picture.digits, picture.scale) == (digits, digits, scale)
    assert (picture.signed, picture.precision) == (signed, precision)


@pytest.mark.parametrize(
    ("text", "category", "positions"),
    [
        ("X", "alphanumeric", 1),
        ("X(10)", "alphanumeric", 10),
        ("A(3)X(2)9", "alphanumeric", 6),
        ("XXBXX/XX", "alphanumeric-edited", 8),
        ("N(4)", "national", 4),
        ("G(3)B", "dbcs", 4),
        ("U(5)", "utf8", 5),
    ],
)
def test_texts(text: str, category: str, positions: int) -> None:
    picture = read_picture(text)
    assert (picture.category, picture.positions) == (category, positions)


@pytest.mark.parametrize(
    ("text", "positions", "digits", "scale", "point"),
    [
        ("+9(3)V99E+99", 10, 5, 2, False),
        ("-9.9(5)E-99", 12, 6, 5, True),
        ("+.9(16)E-99", 22, 16, 16, True),
        ("-9(16).E+9(2)", 22, 16, 0, True),
        ("+V99E+99", 7, 2, 2, False),
        ("-99VE+99", 7, 2, 0, False),
        ("+9,99E+99", 9, 3, 2, True),
        ("+9E+99", 6, 1, 0, False),
    ],
)
def test_external_floats(text: str, positions: int, digits: int, scale: int, point: bool) -> None:
    """A mantissa and an exponent with signs; a point stands in the data, V does not."""
    picture = read_picture(text)
    assert picture.category == "external-float"
    assert (picture.positions, picture.digits, picture.scale, picture.point) == (positions, digits, scale, point)


@pytest.mark.parametrize(
    ("text", "positions", "digits", "scale", "sign", "leading", "point", "plain"),
    [
        ("+9(8)", 9, 8, 0, "+", True, False, True),
        ("9(8)-", 9, 8, 0, "-", False, False, True),
        ("Z(6)VZZ-", 9, 8, 2, "-", False, False, True),
        ("9(6).99-", 10, 8, 2, "-", False, True, True),
        ("S9(3).99", 6, 5, 2, "", False, True, True),
        ("99.99", 5, 4, 2, "", False, True, True),
        ("+999,99", 7, 5, 2, "+", True, True, True),
        ("-(5)9.99", 9, 7, 2, "-", True, True, True),
        ("***9.99", 7, 6, 2, "", False, True, True),
        ("ZZPP", 2, 2, -2, "", False, False, True),
        ("Z,ZZ9.99", 8, 6, 2, "", False, True, False),
        ("$$,$$9.99CR", 11, 6, 2, "CR", False, True, False),
        ("ZZ/ZZ/9999", 10, 8, 0, "", False, False, False),
        ("99B99", 5, 4, 0, "", False, False, False),
        ("$9(5).99DB", 11, 7, 2, "DB", False, True, False),
    ],
)
def test_edited_numbers(
    text: str, positions: int, digits: int, scale: int, sign: str, leading: bool, point: bool, plain: bool
) -> None:
    picture = read_picture(text)
    assert picture.category == "numeric-edited"
    assert (picture.positions, picture.digits, picture.scale) == (positions, digits, scale)
    assert (picture.sign, picture.leading, picture.point, picture.plain) == (sign, leading, point, plain)


def test_the_decimal_point_of_a_grouped_picture_is_the_dialects() -> None:
    assert read_picture("Z.ZZ9,99", comma=True).scale == 2
    assert read_picture("Z,ZZ9.99", comma=True).scale == 5


def test_a_constant_may_be_a_repetition_count() -> None:
    assert read_picture("X(LEN)", constants={"LEN": 7}).positions == 7


@pytest.mark.parametrize(
    ("text", "code", "blamed"),
    [
        ("X(0)", "C0202", "(0)"),
        ("X(A)", "C0202", "(A)"),
        ("X()", "C0202", "()"),
        ("X(3", "C0202", "("),
        ("X3)", "C0202", ")"),
        ("X(9999999999)", "C0202", "(9999999999)"),
        ("99Q", "C0201", "Q"),
        ("V", "C0203", "V"),
        ("9S9", "C0203", "S"),
        ("9V9V9", "C0203", "9V9V9"),
        ("P9P", "C0203", "P9P"),
        ("9VV9", "C0203", "VV"),
        ("XN", "C0203", "XN"),
        ("9(39)", "C0204", "9(39)"),
        ("9(30)P(9)", "C0204", "9(30)P(9)"),
        ("Z(20).Z(20)", "C0204", "Z(20).Z(20)"),
        ("+,", "C0203", "+,"),
    ],
)
def test_errors_blame_the_symbols(text: str, code: str, blamed: str) -> None:
    with pytest.raises(PictureError) as error:
        read_picture(text)
    assert error.value.code == code
    assert text[error.value.start : error.value.end] == blamed


@given(st.text("9SVPXAZ*+-.,()0123456789BCRD/$€NGUE ", min_size=1, max_size=12))
def test_any_text_is_a_picture_or_a_picture_error(text: str) -> None:
    """Nothing else comes out, and what is a picture has positions."""
    try:
        picture = read_picture(text)
    except PictureError as error:
        blamed = (error.start, error.end)
    else:
        assert picture.positions >= 1
        blamed = (0, len(text))
    assert 0 <= blamed[0] <= blamed[1] <= len(text)
