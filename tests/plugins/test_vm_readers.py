"""The bytecode machine's readers over arrays against plain Python, item by item: every size, order, table and sign.

The oracle's own functions say what is right, so that a fault is found at the reader, and not only in a Program that happens to use it.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import product

import pytest

from arrowsmith.charsets import known
from arrowsmith.digits import DIGIT_TABLES
from arrowsmith.program import floats, ops, reading

np = pytest.importorskip("numpy")

from arrowsmith_vm.lockstep import decimals, integers, places, strings, texts  # noqa: E402  # behind importorskip
from arrowsmith_vm.lockstep import floats as array_floats  # noqa: E402  # behind importorskip
from arrowsmith_vm.scalar import numbers  # noqa: E402  # behind importorskip
from arrowsmith_vm.scalar import texts as single  # noqa: E402  # behind importorskip
from arrowsmith_vm.scalar.stops import BAD, Trap  # noqa: E402  # behind importorskip

OUT = ops.R(0)


def blocks(rows: list[bytes]) -> Iterator[tuple[str, places.Even, int]]:
    """*rows* of one size as a block: flush with both ends of a window, and gathered in another order from between other bytes."""
    n, size = len(rows), len(rows[0])
    tight = np.frombuffer(b"".join(rows), np.uint8)
    yield "flush", places.Even(tight, 0, ((n, size),)), 0
    wide = np.frombuffer(b"".join(b"\xa5" * 3 + row + b"\x5a" * 2 for row in rows), np.uint8)
    yield "strided", places.Even(wide, 1, ((n, size + 5),)), 2
    apart = places.Apart(wide, np.arange(n) * (size + 5))
    yield "gathered", apart.block(3, 3 + size), 3


# --- integers ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", range(1, 9))
def test_unsigned_and_signed_integers_of_every_size(size: int):
    """No load reads beyond its window, whatever its size and wherever it stands."""
    rng = random.Random(size)
    rows = [bytes(size), b"\xff" * size, *(rng.randbytes(size) for _ in range(37))]
    for (name, block, at), order in product(blocks(rows), ("big", "little")):
        unsigned = [int.from_bytes(row, order) for row in rows]
        signed = [int.from_bytes(row, order, signed=True) for row in rows]

        assert block.unsigned(at, size, order).astype(np.uint64).tolist() == unsigned, name
        if size not in (1, 2, 4, 8):
            assert integers.integer(block, at, size, order, True).tolist() == signed, name
        for low, width in ((0, 1), (0, 8 * size), (3, 5), (8 * size - 1, 1)):
            bits = [n >> low & ((1 << width) - 1) for n in unsigned]
            assert integers.bits(block, at, size, order, low, width, False).astype(np.uint64).tolist() == bits, name
            twos = [b - (b >> (width - 1) << width) for b in bits]
            assert integers.bits(block, at, size, order, low, width, True).tolist() == twos, name


@pytest.mark.parametrize("size", range(1, 17))
def test_every_encoding_of_integers(size: int):
    """Ones' complement, sign and magnitude, and 128 bits."""
    rng = random.Random(size)
    rows = [bytes(size), b"\xff" * size, b"\x80" + bytes(size - 1), *(rng.randbytes(size) for _ in range(20))]
    (_, block, at), *_ = blocks(rows)
    for order, encoding in product(("big", "little"), ("unsigned", "twos", "ones", "magnitude")):
        op = ops.LoadInt(out=OUT, at=0, size=size, order=order, encoding=encoding)
        expected = [reading.integer(op, row) for row in rows]
        if size > 8:
            twos = encoding == "twos" or (size == 16 and encoding == "unsigned")
            found = integers.wide(block, at, size, order, twos)
            if encoding in ("ones", "magnitude"):
                found = integers.wide_complement(found, 8 * size, encoding)
            whole = [h << 64 | lo for h, lo in zip(found.high.tolist(), found.low.tolist(), strict=True)]
        elif encoding in ("ones", "magnitude"):
            whole = integers.complement(block.unsigned(at, size, order), 8 * size, encoding).tolist()
        else:
            continue
        assert whole == expected, (order, encoding)


def test_128_bits_times_a_power_of_ten():
    """`put` scales decimals modulo 2^128."""
    rng = random.Random(7)
    whole = [0, 1, -1, 2**63 - 1, -(2**63), *(rng.getrandbits(127) - 2**126 for _ in range(50))]
    low = np.array([n & (2**64 - 1) for n in whole], np.uint64)
    number = integers.Wide(low, np.array([n >> 64 for n in whole], np.int64))
    for scale in (0, 1, 7, 19, 20, 38):
        found = integers.scaled(number, scale)
        made = [(h << 64 | lo) % 2**128 for h, lo in zip(found.high.tolist(), found.low.tolist(), strict=True)]

        assert made == [n * 10**scale % 2**128 for n in whole]


# --- decimals ------------------------------------------------------------------------------------------------------------


def said(value: object, there: object, refused: object, n: int) -> list[object]:
    """What a reader over arrays says of each item, as a reader of single items says it."""
    if isinstance(value, integers.Wide):
        whole: list[object] = [h << 64 | lo for h, lo in zip(value.high.tolist(), value.low.tolist(), strict=True)]
    else:
        whole = value.tolist()  # type: ignore[attr-defined]  # an array
    for i in range(n):
        if there is not None and not there[i]:  # type: ignore[index]  # an array
            whole[i] = None
        elif refused is not None and refused[i]:  # type: ignore[index]  # an array
            whole[i] = BAD
    return whole


def judged(read, row: bytes, absent: bytes) -> object:
    """What the oracle says of one item."""
    if reading.absent(row, absent):
        return None
    try:
        return read(row)
    except reading.Refused:
        return BAD


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 7, 8, 9, 10, 15, 16, 17, 19, 20])
def test_packed_decimals(size: int):
    """Every sign rule, digits that are fewer than the field holds, bytes that are none."""
    rng = random.Random(size)
    for sign, missing in product(("trailing", "unsigned", "none"), (False, True)):
        most = min(2 * size - (sign != "none"), 38)
        rows = [bytes(size), b"\x40" * size]
        for _ in range(60):
            digits = "".join(rng.choices("0123456789", k=2 * size - 1)) + rng.choice("0123456789CDFABE")
            row = bytearray.fromhex(digits)
            for _ in range(rng.choice((0, 0, 0, 1))):
                row[rng.randrange(size)] = rng.randrange(256)
            if rng.random() < 0.3:
                row[: size - 1] = bytes(size - 1)
            rows.append(bytes(row))
        for digits, absent in product({most, max(most - 1, 1), 1}, (b"", b"\x00\x40")):
            op = ops.Unpack(out=OUT, at=0, size=size, digits=digits, sign=sign, missing_sign=missing, absent=absent)
            expected = [judged(lambda row, op=op: reading.packed(op, row), row, absent) for row in rows]
            read, one = (make(size, digits, sign, missing, absent) for make in (decimals.packed, numbers.packed))

            assert [one(row) for row in rows] == expected
            for name, block, at in blocks(rows):
                assert said(*read(block, at), len(rows)) == expected, (name, sign, missing, digits, absent)


@pytest.mark.parametrize("table", DIGIT_TABLES)
@pytest.mark.parametrize("size", [1, 2, 5, 8, 9, 16, 18, 19, 31])
def test_zoned_decimals(table: str, size: int):
    """Strict and lenient, every place of a sign, points, blanks, absent fields."""
    rng = random.Random(f"{table}{size}")
    classes = DIGIT_TABLES[table]
    of: dict[int, list[int]] = {}
    for byte, c in enumerate(classes):
        of.setdefault(c >> 4 if c < 0x2A else c, []).append(byte)
    plain, odd = of[0], [b for c in (1, 2, 0x30, 0x31, 0x32, 0x33, 0x34, 0x35) for b in of.get(c, ())]
    rows = [bytes(size), bytes(of[0x32][:1]) * size]
    for _ in range(120):
        row = bytearray(rng.choices(plain, k=size))
        for _ in range(rng.choice((0, 1, 1, 2, 4))):
            row[rng.choice((0, -1, rng.randrange(size)))] = rng.choice((*odd, rng.randrange(256)))
        rows.append(bytes(row))
    signs = ("none", "trailing", "leading", "trailing_separate", "leading_separate")
    for sign, (lenient, anywhere, point, blank_zero, scale) in product(
        signs, [(False, False, False, False, 0), (True, False, False, True, 0), (True, True, True, False, 2)]
    ):
        for digits, absent in ((min(size, 38), b""), (max(min(size, 38) - 1, 1), bytes(of[0x32][:1]))):
            given = (size, digits, scale, table, sign, lenient, anywhere, point, blank_zero, absent)
            op = ops.Unzone(
                out=OUT, at=0, size=size, digits=digits, scale=scale, table=table, sign=sign, lenient=lenient,
                anywhere=anywhere, point=point, blank_zero=blank_zero, absent=absent,
            )  # fmt: skip
            expected = [judged(lambda row, op=op: reading.zoned(op, row), row, absent) for row in rows]
            one, read = numbers.zoned(*given), decimals.zoned(*given)

            assert [one(row) for row in rows] == expected
            for name, block, at in blocks(rows):
                assert said(*read(block, at), len(rows)) == expected, (name, given)


# --- floats --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", floats.KINDS)
def test_floats_of_every_kind(kind: str):
    """Bit for bit, what is no everyday number included."""
    rng, size = random.Random(kind), floats.KINDS[kind].size
    ends = ["00", "80", "7f", "ff", "7c", "fc", "01"]
    rows = [bytes.fromhex(a + b * (size - 1)) for a, b in product(ends, ends)]
    rows += [rng.randbytes(size) for _ in range(300)]
    for order, (name, block, at) in product(("big", "little"), blocks(rows)):
        with np.errstate(all="ignore"):
            found, there = array_floats.floating(kind, order, b"")(block, at)
            bits = found.astype(np.float64).view(np.uint64).tolist()
        one = numbers.floating(kind, order, b"")

        assert there is None
        assert bits == [floats.double_bits(floats.value(kind, row, order)) for row in rows], (name, order)
        assert [floats.double_bits(one(row)) for row in rows] == bits, (name, order)


# --- texts ---------------------------------------------------------------------------------------------------------------

CHARSETS = ("cp037", "ascii", "latin-1", "cp1252", "utf-8", "utf-16-be", "shift_jis")


@pytest.mark.parametrize("charset", CHARSETS)
@pytest.mark.parametrize("size", [1, 2, 6, 33])
def test_texts(charset: str, size: int):
    """Every trim, pad and disposition of what has no character; of one size and of many."""
    rng = random.Random(f"{charset}{size}")
    rows = [bytes(size), b"\x40" * size, b" " * size, b"\xff" * size]
    for _ in range(40):
        row = rng.choice((rng.randbytes(size), "".join(rng.choices("ab \u00e9", k=size)).encode(charset, "ignore")))
        keep = rng.randrange(size + 1)
        row = (row[:keep] + rng.choice((b" ", b"\x40", b"\x00")) * size)[:size].ljust(size, b" ")
        rows.append(row if rng.random() < 0.7 else row[::-1])
    table = known(charset) or charset
    for trim, pad, undecodable in product(
        ("none", "left", "right", "both"), (b"", b"\x40", b"\x00 "), ("replace", "error")
    ):
        op = ops.LoadText(
            out=OUT, at=0, size=size, charset=charset, trim=trim, pad=pad, undecodable=undecodable, absent=b"\x00"
        )
        expected = []
        for row in rows:
            found = judged(lambda row, op=op: reading.text(op, table, row), row, b"\x00")
            expected.append(found.utf8() if isinstance(found, reading.Text) else found)
        (_, block, at), *_ = blocks(rows)
        made = texts.text(table, trim, pad, undecodable, b"\x00")(block, at, size)
        window, starts = np.frombuffer(b"".join(rows), np.uint8), np.arange(len(rows)) * size
        varying = texts.varying_text(table, trim, pad, undecodable, b"\x00")
        again = varying(places.Apart(window, starts), 0, np.full(len(rows), size))
        one = single.text(table, trim, pad, undecodable, b"\x00", False)

        assert [t.encode() if isinstance(t, str) else t for t in map(one, rows)] == expected
        for found, there, refused in (made, again):
            words = strings.pieces(found)
            told = [
                None if there is not None and not there[i] else BAD if refused is not None and refused[i] else word
                for i, word in enumerate(words)
            ]
            assert told == expected, (trim, pad, undecodable)
            assert not any(word for word, t in zip(words, told, strict=True) if not isinstance(t, bytes)), (
                "null is empty"
            )


def test_texts_are_picked_and_joined_in_any_order():
    """Arms of a condition leave texts that are put together again, empty where no arm left one."""
    rng = random.Random(3)
    words = [rng.randbytes(rng.randrange(5)) for _ in range(40)]
    whole = strings.gathered(words)
    order = list(range(40))
    rng.shuffle(order)
    first, second = sorted(order[:15]), sorted(order[15:30])
    joined = texts.joined(
        [(np.array(first), whole.pick(np.array(first))), (np.array(second), whole.pick(np.array(second)))], 40
    )

    assert strings.pieces(whole.pick(np.array(order))) == [words[i] for i in order]
    assert strings.pieces(joined) == [words[i] if i in {*first, *second} else b"" for i in range(40)]


def test_equal_texts():
    """With a literal, and with texts of the same number."""
    words = [b"", b"A", b"B", b"AB", b"AC", b"AB", b""]
    others = [b"", b"B", b"B", b"AB", b"AB", b"A", b"A"]
    a, b = strings.gathered(words), strings.gathered(others)

    assert strings.same(a, b).tolist() == [x == y for x, y in zip(words, others, strict=True)]
    for literal in (b"", b"A", b"AB", b"ABC"):
        assert strings.same(a, literal).tolist() == [x == literal for x in words]


# --- of the scalar gear alone --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "base"),
    [
        ("0x1f", 16),
        ("0b1", 2),
        ("0o7", 8),
        ("1_0", 10),
        (" 1", 10),
        ("+-1", 10),
        ("\u0661", 10),
        ("", 10),
        ("z", 35),
        (str(2**63), 10),
    ],
)
def test_what_python_takes_for_a_number_and_a_program_does_not(text: str, base: int):
    """int() is kinder than `text.let int`."""
    with pytest.raises(Trap):
        single.number(text, base)


@pytest.mark.parametrize(
    ("text", "base", "number"),
    [("0b1", 16, 0xB1), ("-" + "0" * 5000 + "7", 10, -7), ("zz", 36, 1295), (str(-(2**63)), 10, -(2**63))],
)
def test_what_a_program_takes_for_a_number(text: str, base: int, number: int):
    """And int() takes no more than 4,300 digits."""
    assert single.number(text, base) == number
