"""Ops on the oracle, by small Programs in their text form: bounds, streams, structure, columns; and every op has a meaning."""

from __future__ import annotations

import zlib

import pytest
from small_programs import ELEMENT, LISTS, one, program, refused, run

from arrowsmith.program import oracle
from arrowsmith.program.meaning import MEANING
from arrowsmith.program.ops import OPS
from arrowsmith.testing.harness import Oracle, decode, new_input, rows


def test_every_op_has_a_meaning():
    """The oracle defines each op of the table, and nothing else."""
    assert set(MEANING) == set(OPS.values())


# --- bounds and streams ---


def test_need_and_reach():
    assert refused(run("need 3", b"ab"), "3 bytes are needed here, and 2 are left")
    assert run("reach 3 {\nr0 = let copy 1\nput c0 r0\n} else {\nr0 = let copy 2\nput c0 r0\n}", b"ab") == {"v": 2}
    for bad in ("r1 = let copy -1", "r1 = let null"):
        assert isinstance(run(f"{bad}\nneed r1", b"ab"), oracle.Trap)
        assert run(f"{bad}\nreach r1 {{\nfail\n}}", b"ab") == {"v": None}


def test_a_cursor_behind_the_end():
    """A skip needs no data; however far it goes, the cursor stands one byte behind the end: no need holds there, not even of nothing."""
    assert run("skip 100\nr0 = tell\nput c0 r0", b"ab") == {"v": 3}
    assert run("r1 = let copy 4611686018427387904\nskip r1\nskip r1\nskip r1\nr0 = tell\nput c0 r0", b"ab") == {"v": 3}
    assert run("skip 2\nneed 0\nr0 = tell\nput c0 r0", b"ab") == {"v": 2}
    assert refused(run("skip 3\nneed 0", b"ab"), "0 bytes are needed here, and 0 are left")
    assert run("skip 3\nreach 0 {\nfail\n}", b"ab") == {"v": None}
    assert run("skip 3\nr0 = remain\nput c0 r0", b"ab") == {"v": 0}
    assert isinstance(run("r1 = let copy -1\nskip r1", b"ab"), oracle.Trap)


def test_at_and_within():
    """`at` looks elsewhere and comes back; `within` makes a stream of its own and stands behind it whatever was read."""
    assert run(
        "skip 1\nat 3 {\nneed 1\nr0 = load.int +0 size=1\nput c0 r0\n}\nr1 = tell\nr2 = let eq r1 1\nrequire r2",
        b"\0\0\0\7",
    ) == {"v": 7}
    assert run("at 2 {\nr0 = remain\nput c0 r0\n}", b"ab") == {"v": 0}
    assert refused(run("at 3 {\n}", b"ab"), "position 3 is behind the end of 2 bytes")
    assert isinstance(run("r1 = let copy -1\nat r1 {\n}", b"ab"), oracle.Trap)
    body = "skip 1\nwithin 2 {{\n{}\n}}\n{}"
    assert run(body.format("r0 = extent\nput c0 r0", ""), b"abcd") == {"v": 2}
    assert run(body.format("r0 = extent root\nput c0 r0", ""), b"abcd") == {"v": 4}
    assert run(body.format("skip 5\nr0 = tell\nput c0 r0", "r1 = tell\nr2 = let eq r1 3\nrequire r2"), b"abcd") == {
        "v": 3
    }
    assert run(body.format("at 3 root {\nneed 1\nr0 = load.int +0 size=1\nput c0 r0\n}", ""), b"abcd") == {"v": 100}
    assert refused(run("within 2 {\nneed 3\n}", b"abcd"), "3 bytes are needed here, and 2 are left")
    trap = run("within 5 {\n}", b"abcd")
    assert refused(trap, "the part needs 5 bytes here, and 4 are left")
    assert run("skip 9\nwithin 0 {\n}", b"ab").op == "within"


def test_transform():
    load = "need 2\nr0 = load.int +0 size=2 encoding=unsigned\nput c0 r0"
    assert run(f"transform xor 2 arguments=[255] {{\n{load}\n}}", b"\x00\xf0") == {"v": 0xFF0F}
    assert run(
        f"r4 = const x'0102'\ntransform xor 2 arguments=[r4] {{\n{load}\n}}", b"\0\0", registers="i64 i64 i64 i64 text"
    ) == {"v": 0x0102}
    assert run(f"transform rol 2 arguments=[-1] {{\n{load}\n}}", b"\x01\x02") == {"v": 0x8001}
    packed = zlib.compress(b"\x01\x02") + b"junk"
    assert run(f"transform zlib {len(packed)} arguments=[] {{\n{load}\n}}", packed) == {"v": 0x0102}
    for damaged in (packed[:-8], b"\0" + packed[1:]):
        trap = run(f"skip 1\ntransform zlib {len(damaged)} arguments=[] {{\n{load}\n}}", b"x" + damaged)
        assert (trap.op, trap.offset) == ("transform", 1)
    trap = run("skip 1\ntransform xor 2 arguments=[0] {\nneed 1\nskip 1\nneed 2\n}", b"abc")
    assert (trap.op, trap.offset, trap.bytes) == (
        "need",
        1,
        b"c",
    )  # an offset in what was transformed has no place of its own


# --- structure and columns ---


def test_repeat():
    assert run(f"room l1 3\nrepeat 3 l1 {{\n{ELEMENT}\n}}", b"\1\2\3", LISTS) == {"xs": [1, 2, 3]}
    for count in ("let null", "let copy -2", "let copy 0"):
        assert run(f"r0 = {count}\nroom l1 r0\nrepeat r0 l1 {{\n{ELEMENT}\n}}", b"", LISTS) == {"xs": []}
    strides = f"room l1 2\nrepeat 2 l1 stride=3 {{\n{ELEMENT}\n}}\nr0 = tell\nr1 = let eq r0 6\nrequire r1"
    assert run(strides, b"\1\0\0\2\0\0", LISTS) == {"xs": [1, 2]}
    assert run(f"repeat 2 l-1 {{\nroom l1 1\nrepeat 1 l1 {{\n{ELEMENT}\n}}\n}}", b"\1\2", LISTS) == {"xs": [1, 2]}
    huge = "r0 = let copy 2147483584\nrepeat r0 l-1 {\n}"
    assert refused(run(huge, b""), "more than one batch holds")


def test_loop():
    """Without `stop` a loop runs to the stream's end; with it, at least once and until it holds; an element has to move on."""
    assert run(f"loop l1 {{\nroom l1 1\n{ELEMENT}\n}}", b"\1\2", LISTS) == {"xs": [1, 2]}
    assert run(f"loop l1 {{\nroom l1 1\n{ELEMENT}\n}}", b"", LISTS) == {"xs": []}
    until = f"loop l1 stop=r2 {{\nroom l1 1\n{ELEMENT}\nr2 = let eq r1 0\n}}"
    assert run(until, b"\1\0\5", LISTS) == {"xs": [1, 0]}
    assert refused(run(until, b"\1", LISTS), "1 bytes are needed")
    assert refused(run("loop l1 {\nroom l1 1\n}", b"\1", LISTS), "repeat for ever")
    assert refused(
        run("r2 = let copy 0\nloop l1 stop=r2 {\nroom l1 1\nr2 = let copy 0\n}", b"\1", LISTS), "repeat for ever"
    )


def test_index():
    place = "r0 = index\nr1 = index up=1\nr2 = let mul r1 10\nr3 = let add r2 r0\nput c0 r3"
    nested = f"repeat 2 l-1 {{\nroom l1 2\nrepeat 2 l1 {{\n{place}\n}}\n}}"
    assert run(nested, b"", LISTS) == {"xs": [0, 1, 10, 11]}


def test_if_and_switch():
    body = "need 1\nr0 = load.int +0 size=1 absent=x'40'\n{}\nput c0 r1"
    choose = body.format("if r0 {\nr1 = let copy 1\n} else {\nr1 = let copy 2\n}")
    assert [run(choose, bytes([n]))["v"] for n in (0, 9, 0x40)] == [2, 1, 2]
    switch = body.format(
        "switch r0 {\ncase 1 2 {\nr1 = let copy 12\n}\ncase -1 {\nr1 = let copy -1\n}\ndefault {\nr1 = let copy 0\n}\n}"
    )
    assert [run(switch, bytes([n]))["v"] for n in (1, 2, 255, 7, 0x40)] == [12, 12, -1, 0, 0]


def test_fetch():
    """Elements that are finished are there to be fetched; the one that is being read, and those to come, are not."""
    read = f"room l1 2\nrepeat 2 l1 {{\n{ELEMENT}\n}}\n"
    behind = "r2 = fetch c0 r0\nput c1 r2"
    columns = f"{LISTS}\ncolumn c1 l0 i64 v"
    assert run(f"{read}r0 = let copy 1\n{behind}", b"\1\2", columns)["v"] == 2
    assert run(f"{read}r0 = let null\n{behind}", b"\1\2", columns)["v"] is None
    assert refused(run(f"{read}r0 = let copy 2\n{behind}", b"\1\2", columns), "there is no element 2 among 2")
    assert refused(run(f"{read}r0 = let copy -1\n{behind}", b"\1\2", columns), "there is no element -1")
    current = f"room l1 2\nrepeat 2 l1 {{\n{ELEMENT}\nr0 = index\nr2 = fetch c0 r0\n}}"
    assert refused(run(current, b"\1\2", LISTS), "there is no element 0 among 0")
    null = f"room l1 1\nrepeat 1 l1 {{\nneed 1\nif r3 {{\n{ELEMENT}\n}}\n}}\nr2 = fetch c0 0\nr0 = let else r2 7\nput c1 r0"
    assert run(f"r3 = let copy 0\n{null}", b"\1", columns)["v"] == 7


@pytest.mark.parametrize(
    ("kind", "storage", "load", "data", "expected"),
    [
        ("i64", "u8", "load.int +0 size=1", b"\xff", 255),
        ("u64", "u64", "load.int +0 size=8 encoding=unsigned", b"\xff" * 8, 2**64 - 1),
        ("i64", "bool", "load.int +0 size=1", b"\x02", 1),
        ("i128", "dec128", "load.int +0 size=16", b"\xff" * 16, -1),
    ],
)
def test_fetch_gives_what_was_stored(kind, storage, load, data, expected):
    out = "u64" if storage == "u64" else "i128" if storage == "dec128" else "i64"
    ops = f"room l1 1\nrepeat 1 l1 {{\nneed {len(data)}\nr0 = {load}\nput c0 r0\n}}\nr1 = fetch c0 0\nput c1 r1"
    columns = f"level l1 l0 xs\ncolumn c0 l1 {storage} xs scratch\ncolumn c1 l0 dec128 v"

    assert run(ops, data, columns, registers=f"{kind} {out}") == {"v": expected}


def test_put_storages():
    """The low bytes of an integer; a decimal scaled; floats rounded; a flag; a mark alone."""
    load = "r0 = load.int +0 size=2"
    assert one(load, b"\xff\x80", storage="i8") == -128
    assert one(load, b"\x01\x00", storage="bool") is True
    assert one(load, b"\x80\x00", storage="f64") == -32768.0
    made = program("need 2\nr0 = load.int +0 size=2\nput c0 r0 scale=38", "column c0 l0 dec128 v")
    found = decode(Oracle(made), made, new_input(b"\xff\xfe", [(0, 2)]), 1)
    assert rows(made, found) == [{"v": -2 * 10**38 + 2**128}]  # modulo 2^128
    marks = program(
        "reach 1 {\nmark c0\nneed 1\nr0 = load.int +0 size=1\nput c1 r0\n}", "column c0 l0 none s\ncolumn c1 l0 i8 s.v"
    )
    source = new_input(b"\5", [(0, 1), (1, 0)])
    assert rows(marks, decode(Oracle(marks), marks, source, 2)) == [{"s": {"v": 5}}, {"s": None}]


def test_lists_of_an_arm_that_is_not_taken_are_empty():
    """Offsets are written for every slot, whatever arm is taken."""
    body = f"need 1\nr0 = load.int +0 size=1\nskip 1\nif r0 {{\nroom l1 r0\nrepeat r0 l1 {{\n{ELEMENT}\n}}\n}}"
    made = program(body, LISTS)
    data = b"\x01\x09\x00\x02\x07\x08"
    found = decode(Oracle(made), made, new_input(data, [(0, 2), (2, 1), (3, 3)]), 3)

    assert found.lists[1] == (0, 1, 1, 3)
    assert rows(made, found) == [{"xs": [9]}, {"xs": []}, {"xs": [7, 8]}]
