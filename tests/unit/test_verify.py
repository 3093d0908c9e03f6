"""Every invariant of the verifier has Programs that break it, told so in words, and Programs close to them that keep it."""

from __future__ import annotations

import re
from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arrowsmith.columns import Level
from arrowsmith.errors import InternalError
from arrowsmith.program import verify as verifier
from arrowsmith.program.ops import Block, Let, Need, Op, Reach, Remain, Room, RoomData, Skip, Within, walk
from arrowsmith.program.program import Plan
from arrowsmith.program.text import parse_program
from arrowsmith.program.verify import faults, verify, verify_plan
from arrowsmith.testing.harness import Oracle, decode
from arrowsmith.testing.strategies_data import inputs_for
from arrowsmith.testing.strategies_programs import framers, programs

HEADER = """\
charset cp037
parameters p
level l1 l0 xs
level l2 l1 xs.ys
column c0 l0 i64 a
column c1 l0 utf8 b
column c2 l1 i32 xs.c
column c3 l1 utf8 xs.d
column c4 l2 i8 xs.ys.e
column c5 l0 binary f
column c6 l0 none g
column c7 l0 dec128 h
column c8 l0 f64 i
registers i64 i64 i64 i64 u64 i128 f64 text text i64
transform xor
transform rol
site @0 path="F"
"""


def told(ops: str, header: str = HEADER, kind: str = "table", size: int = 0) -> tuple[str, ...]:
    return faults(parse_program(f"program T {kind} size={size} {{\n{header}do {{\n{ops}\n}}\n}}"))


#: invariant → (ops that break it, what is said)
BROKEN = [
    ("certain", "if r0 {\nneed 1\nr0 = load.int +0 size=1\nput c0 r0\n}", "column 0 is certain"),
    ("load", "r0 = load.int +0 size=2", "no need before it proves that 2 bytes are there"),
    ("load", "need 2\nr0 = load.int +1 size=2", "3 bytes are there"),
    ("load", "need 2\nskip 1\nr0 = load.int +0 size=2", "2 bytes"),
    ("load", "reach 2 {\n} else {\nr0 = load.int +0 size=2\n}", "2 bytes"),
    ("load", "reach 2 {\n}\nr0 = load.int +0 size=2", "2 bytes"),
    ("load", "need 8\nr6 = load.float +1 kind=ieee64", "9 bytes"),
    ("load", "need 2\nwithin 1 {\nr0 = load.int +0 size=2\n}", "2 bytes"),
    ("load", "need 9\nat 0 {\nr0 = load.int +0 size=1\n}", "1 bytes"),
    ("load", "need 9\ntransform xor 9 arguments=[1] {\nr0 = load.int +0 size=1\n}", "1 bytes"),
    ("load", "r0 = remain\nskip 1\nr7 = bytes +0 r0", "r0 bytes are there"),
    ("load", "need 1\nr0 = load.int +0 size=1\nr7 = bytes +0 r0", "r0 bytes are there"),
    ("load", "need 1\nr0 = load.int +0 size=1\nneed r0\nr0 = load.int +0 size=1\nr7 = bytes +0 r0", "r0 bytes are there"),
    ("load", "need 1\nr0 = load.int +0 size=1\nneed r0\nr7 = bytes +1 r0", "1 and r0 bytes are there"),
    ("load", "r0 = let copy -1\nneed 1\nr7 = bytes +0 r0", "r0 bytes"),
    ("load", "expect +0 value=x'00'", "1 bytes"),
    ("turns", "need 9\nrepeat 5 l-1 {\nr0 = load.int +0 size=2\nskip 2\n}", "2 bytes"),
    ("turns", "need 10\nrepeat 5 l-1 stride=3 {\nr0 = load.int +0 size=2\n}", "2 bytes"),
    ("turns", "need 2\nloop l-1 {\nr0 = load.int +0 size=2\nskip 2\n}", "2 bytes"),
    ("turns", "r0 = tell\nr1 = let mul r0 2\nneed r1\nrepeat r0 l-1 {\nr2 = load.int +0 size=3\nskip 3\n}", "3 bytes"),
    ("turns", "r0 = tell\nneed 8\nrepeat r0 l-1 {\nr2 = load.int +0 size=2\nif r0 {\nskip 2\n} else {\nskip 1\n}\n}", "2 bytes"),
    ("slot", "repeat 2 l1 {\n}", "a slot of level 1 fits"),
    ("slot", "room l1 1\nrepeat 2 l1 {\n}", "a slot of level 1 fits"),
    ("slot", "room l1 2\nloop l1 {\nskip 1\n}", "a slot of level 1 fits"),
    ("slot", "room l1 2\nrepeat 2 l1 {\nrepeat 1 l2 {\n}\n}", "a slot of level 2 fits"),
    ("slot", "room l1 2\nrepeat 2 l1 {\n}\nrepeat 1 l1 {\n}", "a slot of level 1 fits"),
    ("slot", "r0 = tell\nr1 = tell\nroom l1 r0\nrepeat r1 l1 {\n}", "a slot of level 1 fits"),
    ("slot", "r0 = tell\nr1 = let mul r0 4\nr2 = let mul r0 5\nroom l1 r2\nrepeat r1 l1 {\n}", "a slot of level 1 fits"),
    ("data", "need 2\nr7 = bytes +0 2\nput c5 r7", "no room.data before it"),
    ("data", "need 2\nr7 = bytes +0 2\nroom.data c5 1\nput c5 r7", "no room.data before it"),
    ("data", "need 2\nr7 = text +0 2 charset=cp037\nroom.data c1 2\nput c1 r7", "no room.data before it"),
    ("data", "need 2\nr7 = text +0 2 charset=utf-8 undecodable=replace\nroom.data c1 2\nput c1 r7", "no room.data"),
    ("data", "need 2\nr7 = bytes +0 2 hex\nroom.data c1 3\nput c1 r7", "no room.data"),
    ("data", "r0 = remain\nr7 = text +0 r0 charset=cp037\nroom.data c1 r0\nput c1 r7", "no room.data"),
    ("data", "r0 = remain\nr7 = bytes +0 r0\nr0 = tell\nroom.data c5 r0\nput c5 r7", "no room.data"),
    ("data", 'r7 = const "abc"\nr8 = const "d"\nr7 = text.let cat r7 r8\nroom.data c1 3\nput c1 r7', "no room.data"),
    ("data", "need 2\nr7 = bytes +0 2\nroom.data c5 2\nif r9 {\n} else {\n}\nrepeat 1 l-1 {\nput c5 r7\n}", "r9 is read"),
    ("data", "room.data c3 9\nroom l1 2\nrepeat 2 l1 {\nneed 5\nr7 = bytes +0 5 hex\nput c3 r7\n}", "no room.data"),
    ("assigned", "put c0 r0", "r0 is read, and not written on every path to here"),
    ("assigned", "need 1\nr1 = load.int +0 size=1\nif r1 {\nr0 = let copy 1\n}\nput c0 r0", "r0 is read"),
    ("assigned", "r1 = tell\nrepeat r1 l-1 {\nr0 = let copy 1\n}\nput c0 r0", "r0 is read"),
    ("assigned", "loop l-1 {\nskip 1\nr0 = let copy 1\n}\nput c0 r0", "r0 is read"),
    ("assigned", "r1 = tell\nloop l-1 stop=r0 {\nskip 1\nif r1 {\nr0 = let copy 1\n}\n}", "r0 is not written on every path of an element"),
    ("assigned", "r1 = tell\nswitch r1 {\ncase 1 {\nr0 = let copy 1\n}\n}\nput c0 r0", "r0 is read"),
    ("kind", "r6 = tell", "the result is r6, of kind f64; expected i64"),
    ("kind", "need 8\nr0 = load.int +0 size=8 encoding=unsigned", "expected u64"),
    ("kind", "need 9\nr0 = unpack.bcd +0 size=9 digits=19", "expected i128"),
    ("kind", "need 8\nr4 = load.int +0 size=8 encoding=unsigned\nneed r4", "an operand is r4, of kind u64; expected i64"),
    ("kind", "r7 = const 1.0", "expected f64"),
    ("kind", "r6 = const 1.0\nput c0 r6", "a register of kind f64 cannot be put into a column of i64"),
    ("kind", 'r7 = const "x"\nput c0 r7', "of kind text cannot be put into a column of i64"),
    ("kind", "need 16\nr5 = load.int +0 size=16\nput c8 r5", "of kind i128 cannot be put into a column of f64"),
    ("kind", "r6 = const 1.0\nr6 = let shr r6 2", "shr takes no floats"),
    ("kind", 'r6 = const 1.0\nr7 = const "x"\nr0 = text.let int r7 base=r6', "base is r6, of kind f64; expected i64"),
    ("kind", "r6 = const 1.0\nr0 = tell\nr6 = let add r6 r0", "add takes integers or floats, and has f64, i64"),
    ("kind", "r6 = const 1.0\nr6 = let eq r6 1", "expected i64"),
    ("kind", "r6 = const 1.0\nr0 = let copy r6", "copy takes and gives one kind, and has f64, i64"),
    ("kind", "r0 = tell\nr6 = let trunc r0", "trunc does not take i64"),
    ("kind", 'r7 = const "x"\nr7 = let else r7 1', "no literal for a text"),
    ("kind", "r0 = tell\nr0 = text.let len r0", "a is r0, of kind i64; expected text"),
    ("kind", "r0 = text.let len 4", "a is no text"),
    ("kind", "need 16\nr5 = load.int +0 size=16\nr7 = label r5 labels=[]", "expected i64 or u64"),
    ("text", "need 1\nr7 = bytes +0 1\nroom.data c1 1\nput c1 r7", "r7 may be binary"),
    ("text", 'r0 = tell\nif r0 {\nr7 = const "x"\n} else {\nr7 = const x\'00\'\n}\nroom.data c1 1\nput c1 r7', "r7 may be binary"),
    ("text", 'r7 = const "x"\nr8 = const x\'00\'\nr7 = text.let cat r7 r8', "both are binary, or both are text"),
    ("level", "room l2 1\nrepeat 1 l2 {\n}", "level 2 is a list of level 1, and the open slot is of level 0"),
    ("level", "room l1 1\nrepeat 1 l1 {\nroom l1 1\nrepeat 1 l1 {\n}\n}", "level 1 is a list of level 0"),
    ("level", "repeat 1 l3 {\n}", "there is no list at level 3"),
    ("level", "repeat 1 l0 {\n}", "there is no list at level 0"),
    ("put", "r0 = tell\nput c2 r0", "column 2 is of level 1, and the open slot of level 0"),
    ("put", "room l1 1\nrepeat 1 l1 {\nr0 = index\nput c0 r0\n}", "column 0 is of level 0, and the open slot of level 1"),
    ("put", "repeat 2 l-1 {\nr0 = index\nput c0 r0\n}", "in every turn of a loop without a list"),
    ("put", "r0 = tell\nput c0 r0\nput c0 r0", "column 0 may have been put in this slot already"),
    ("put", "r0 = tell\nif r0 {\nput c0 r0\n}\nput c0 r0", "column 0 may have been put"),
    ("put", "mark c6\nmark c6", "column 6 may have been put"),
    ("program", "frame 0 1", "only a framer yields frames"),
    ("strip", "r0 = tell\nif r0 {\nstrip {\n}\n}", "a strip stands in no other op"),
    ("strip", "r0 = tell\nstrip {\nput c0 r0\n}", "r0 is read"),
    ("strip", "strip {\nneed 1\nr0 = load.int +0 size=1\n}\nput c0 r0", "r0 is read"),
    ("strip", "strip {\nr0 = tell\n}", "a strip is static"),
    ("strip", "strip {\nneed 1\nr0 = load.int +0 size=1\nneed r0\n}", "n is a register in a strip"),
    ("strip", "strip {\nneed 1\nr0 = load.int +0 size=1\nif r0 {\nskip 1\n}\n}", "moves by a constant"),
    ("cases", "r0 = tell\nswitch r0 {\ncase 1 2 {\n}\ncase 2 {\n}\n}", "cases are disjoint"),
    ("cases", "r0 = index", "there are 0 repeats and loops around, and 0 is asked for"),
    ("cases", "repeat 1 l-1 {\nr0 = index up=1\n}", "there are 1 repeats"),
    ("number", "r0 = let copy r17", "there is no register r17"),
    ("number", "r0 = tell\nput c9 r0", "there is no column 9"),
    ("number", "mark c-1", "there is no column -1"),
    ("number", "room l7 1", "there is no level 7"),
    ("number", "room.data c77 1", "there is no column 77"),
    ("number", "r0 = param index=1", "there is no parameter 1"),
    ("number", "fail @1", "there is no site 1"),
    ("attribute", "need 99\nr5 = load.int +0 size=17", "size is 17; expected 1–16"),
    ("attribute", "need 99\nr0 = load.int +0 size=4 order=middle", "order is 'middle'; expected big, little"),
    ("attribute", "need 99\nr0 = load.bits +0 size=1 order=big low=4 width=5", "5 bits above 4 do not lie in 1 bytes"),
    ("attribute", "need 99\nr6 = load.float +0 kind=ieee80", "there is no kind ieee80 of floats"),
    ("attribute", "need 99\nr5 = unpack.bcd +0 size=20 digits=39", "digits is 39; expected 1–38"),
    ("attribute", "need 99\nr0 = unzone +0 size=4 digits=4 table=roman", "there is no digit table roman"),
    ("attribute", "need 99\nr7 = spell r0 +0 size=39", "size is 39; expected 1–38"),
    ("attribute", "need 99\nr7 = spell r0 +0 size=4 table=roman", "there is no digit table roman"),
    ("attribute", "need 99\nr7 = text +0 4 charset=cp500", "charset cp500 has no table here"),
    ("attribute", "need 99\nr7 = text +0 4 charset=utf-16", "does not say its byte order"),
    ("attribute", "need 99\nr7 = text +0 4 charset=utf-16-be pad=x'20'", "no whole number of units"),
    ("attribute", "need 99\nr7 = bytes +0 4 pad=x'2020'", "the pad's length is 2"),
    ("attribute", "r0, r1 = scan marks=[]", "there is no mark, or an empty one"),
    ("attribute", "need 9\nexpect +0 value=x''", "nothing is expected"),
    ("attribute", "need -1", "n is -1"),
    ("attribute", "skip 99999999999", "n is 99999999999"),
    ("attribute", "r0 = let power 1 2", "there is no power"),
    ("attribute", "r0 = let neg 1 2", "neg has an operand too much"),
    ("attribute", "r0 = let copy 9223372036854775808", "a does not fit 64 bits"),
    ("attribute", 'r7 = const "x"\nr0 = text.let len r7 low=1', "len has no low or high"),
    ("attribute", 'r7 = const "x"\nr0 = text.let int r7 base=37', "base is 37"),
    ("attribute", 'r0 = tell\nr7 = const "x"\nr0 = text.let len r7 base=r0', "len has no base"),
    ("attribute", "transform rot13 1 arguments=[] {\n}", "there is no transform rot13"),
    ("attribute", "transform xor 1 arguments=[] {\n}", "xor takes 1 arguments, and has 0"),
    ("attribute", 'r7 = const "x"\ntransform rol 1 arguments=[r7] {\n}', "argument 1 of rol is an integer, and not bytes"),
    ("attribute", "r0 = tell\nput c0 r0 scale=2", "only a dec128 is scaled"),
    ("attribute", "mark c0", "only a column of storage none is marked"),
    ("attribute", "r0 = fetch c0 0", "a fetch is from a list's column"),
    ("attribute", "room.data c0 1", "only utf8 and binary columns have data"),
    ("attribute", "r0 = carried index=8", "index is 8; expected 0–7"),
    ("attribute", 'r0 = tell\nr7 = label r0 labels=[1:"a" 1:"b"]', "a value has two labels"),
    ("attribute", "r0 = tell\nrequire r0 fail=null @0", "what becomes null is a register"),
    ("attribute", "r0 = tell\nrequire r0 what=r0 @0", "nothing becomes null where the record fails"),
    ("attribute", "loop l-1 stop=5 {\nskip 1\n}", "stop is 5; expected a register or -1"),
    ("disposition", "need 9\nr0 = unpack.bcd +0 size=2 digits=3 fail=null", "an op that stores null has a site"),
]  # fmt: skip


@pytest.mark.parametrize(("invariant", "ops", "claim"), BROKEN)
def test_broken(invariant, ops, claim):
    """A Program that breaks an invariant is refused, in words that name the op and the rule."""
    header = HEADER.replace("i64 a", "i64 a certain") if invariant == "certain" else HEADER
    assert any(claim in fault for fault in told(ops, header)), told(ops, header)


#: ops that keep what the ones above break
KEPT = [
    "need 3\nr0 = load.int +1 size=2",
    "need 3\nskip 1\nr0 = load.int +0 size=2",
    "reach 2 {\nr0 = load.int +0 size=2\n}",
    "r1 = tell\nneed 1\nif r1 {\nneed 5\n} else {\nneed 4\n}\nr0 = load.int +0 size=4",
    "reach 4 {\n} else {\nfail\n}\nr0 = load.int +0 size=4",
    "within 2 {\nr0 = load.int +0 size=2\n}",
    "need 9\nwithin 4 {\nskip 2\n}\nr0 = load.int +0 size=5",
    "need 9\nat 3 {\nskip 5\n}\nr5 = load.int +0 size=9",
    "r0 = remain\nr7 = bytes +0 r0",
    "r0, r1 = scan marks=[x'00']\nr7 = bytes +0 r0\nskip r0\nskip r1",
    "need 1\nr0 = load.int +0 size=1\nskip 1\nwithin r0 {\nr7 = bytes +0 r0\n}",
    "need 1\nr0 = load.int +0 size=1\nr1 = let copy r0\nneed r1\nr7 = bytes +0 r0",
    "r0 = let copy 3\nneed 5\nr7 = bytes +2 r0",
    "need 10\nrepeat 5 l-1 {\nr0 = load.int +0 size=2\nskip 2\n}\nneed 0",
    "need 14\nrepeat 5 l-1 stride=3 {\nr0 = load.int +0 size=2\n}",
    "need 11\nrepeat 5 l-1 {\nr0 = load.int +0 size=2\nskip 2\n}\nr0 = load.int +0 size=1",
    "need 1\nr0 = load.int +0 size=1\nr1 = let mul r0 6\nneed r1\nrepeat r0 l-1 {\nrepeat 2 l-1 {\nr2 = load.int +0 size=3\nskip 3\n}\n}",
    "need 2\nr3 = tell\nrepeat r3 l-1 {\nr0 = load.int +0 size=2\n}\nr0 = load.int +0 size=2",
    "loop l-1 {\nneed 2\nr0 = load.int +0 size=2\nskip 2\n}",
    "room l1 2\nrepeat 2 l1 {\n}",
    "room l1 3\nrepeat 2 l1 {\n}\nroom l1 1\nrepeat 1 l1 {\n}",
    "loop l1 {\nroom l1 1\nskip 1\n}",
    "repeat 2 l1 {\nroom l1 1\nr0 = index\nput c2 r0\n}",
    "room l1 2\nroom l2 6\nrepeat 2 l1 {\nrepeat 3 l2 {\n}\n}",
    "r0 = tell\nroom l1 r0\nrepeat r0 l1 {\n}",
    "r0 = tell\nr1 = let mul r0 4\nroom l1 r0\nroom l2 r1\nrepeat r0 l1 {\nrepeat 4 l2 {\n}\n}",
    "repeat 2 l-1 {\nroom l1 1\nrepeat 1 l1 {\n}\n}",
    "need 2\nroom.data c5 2\nr7 = bytes +0 2\nput c5 r7",
    "need 2\nroom.data c1 4\nr7 = text +0 2 charset=cp037\nput c1 r7",
    "r0 = remain\nr7 = text +0 r0 charset=cp037\nr1 = let mul 2 r0\nroom.data c1 r1\nput c1 r7",
    "r0 = remain\nr7 = text +0 r0 charset=cp037\nr1 = text.let room r7\nroom.data c1 r1\nput c1 r7",
    "need 9\nwithin 9 {\nr0 = remain\nr7 = bytes +0 r0\n}\nroom.data c5 9\nput c5 r7",
    "r1 = remain\nwithin r1 {\nr0, r2 = scan marks=[x'00']\nr7 = bytes +0 r0\n}\nroom.data c5 r1\nput c5 r7",
    'r0 = tell\nif r0 {\nr7 = const "abc"\n} else {\nr7 = const "de"\n}\nroom.data c1 3\nput c1 r7',
    'r7 = const "abc"\nr8 = const "d"\nr7 = text.let cat r7 r8\nroom.data c1 4\nput c1 r7',
    'r7 = const "abc"\nr7 = text.let reverse r7\nroom.data c1 3\nput c1 r7',
    "r0 = tell\nr7 = text.let str r0\nroom.data c1 40\nput c1 r7",
    'r0 = tell\nr7 = label r0 labels=[1:"twenty-two characters!"]\nroom.data c1 22\nput c1 r7',
    "room.data c3 20\nroom l1 2\nrepeat 2 l1 {\nneed 5\nr7 = bytes +0 5 hex\nput c3 r7\n}",
    "r7 = let null\nput c1 r7",
    "r1 = tell\nif r1 {\nr0 = let copy 1\n} else {\nfail\n}\nput c0 r0",
    "repeat 2 l-1 {\nr0 = let copy 1\n}\nput c0 r0",
    "loop l-1 stop=r0 {\nskip 1\nr0 = let copy 1\n}\nput c0 r0",
    "r0 = let copy 0\nr1 = tell\nrepeat r1 l-1 {\nr0 = let add r0 1\n}\nput c0 r0",
    "r0 = tell\nif r0 {\nput c0 r0\n} else {\nput c0 r0\n}",
    "room l1 1\nrepeat 1 l1 {\nr0 = index\nput c2 r0\n}\nr0 = fetch c2 0\nput c0 r0",
    "need 9\nstrip {\nr0 = load.int +0 size=2\nput c0 r0\nskip 2\n}\nstrip {\nr5 = unpack.bcd +0 size=7 digits=19\n}",
    "strip {\nneed 4\nroom l1 2\nrepeat 2 l1 {\nr0 = load.int +0 size=2\nput c2 r0\nskip 2\n}\n}",
    "need 8\nr4 = load.int +0 size=8 encoding=unsigned\nswitch r4 {\ncase 18446744073709551615 {\n}\n}",
]  # fmt: skip


@pytest.mark.parametrize("ops", KEPT)
def test_kept(ops):
    """What keeps the invariants has no faults."""
    assert told(ops) == ()


def test_every_invariant_has_a_failing_case():
    """The names in the module's docstring are those of the cases above; framers and headers have theirs below."""
    named = set(re.findall(r"^- \[(\w+)\]", verifier.__doc__ or "", re.MULTILINE))

    assert named == {invariant for invariant, _, _ in BROKEN}


FRAMER = "parameters p\nregisters i64 i64\nsite @0\n"


@pytest.mark.parametrize(
    ("ops", "header", "claim"),
    [
        ("frame 0 1\nr0 = carried index=0", FRAMER, "a framer has no columns, no carried values and no strips"),
        ("strip {\n}", FRAMER, "no strips"),
        ("need 1\nexpect +0 value=x'00' fail=null @0", FRAMER, "a framer stores nothing, so its ops trap"),
        ("frame 0 1", FRAMER + "column c0 l0 i8 x\n", "a framer has no columns and no lists"),
        ("frame 0 1 kind=256", FRAMER, "kind is 256"),
        ("frame 0 1 carried=[0 1 2 3 4 5 6 7 8]", FRAMER, "the number of carried values is 9"),
        ("repeat 1 l1 {\n}", FRAMER, "there is no list at level 1"),
    ],
)
def test_framers(ops, header, claim):
    """A framer moves, asks and yields; it stores nothing."""
    assert any(claim in fault for fault in told(ops, header, "framer"))


def test_headers():
    """A header's columns are parameters: integers of the row."""
    header = "column c0 l0 {} x\nregisters i64\n"

    assert not told("r0 = tell\nput c0 r0", header.format("i64"), "header")
    assert told("", header.format("utf8"), "header") == ("column 0 of a header is no integer of the row",)


@pytest.mark.parametrize(
    ("header", "claim"),
    [
        ("level l1 l2 x\nlevel l2 l0 y\n", "level 1 has parent 2"),
        ("column c0 l3 i8 x\n", "column 0 is of level 3, which does not exist"),
        ("charset cp037\ncharset cp037\n", "two charsets have one name"),
        ('charset short ["a" "b"]\n', "charset short has 2 characters"),
    ],
)
def test_numbers_of_the_header(header, claim):
    assert claim in told("", header)


def test_level_0_is_the_row():
    program = parse_program("program T table {\ndo {\n}\n}")

    assert "level 0 has parent 0" in faults(replace(program, levels=(Level(parent=0),)))
    assert "there is no level 0" in faults(replace(program, levels=()))


def test_verify_prints_the_program():
    """What is raised names the code, every fault, and the whole Program: it is for us."""
    program = parse_program(
        "program T table {\nregisters i64\ndo {\nr0 = load.int +0 size=2\nr0 = load.int +4 size=1\n}\n}"
    )
    with pytest.raises(InternalError) as caught:
        verify(program)

    assert caught.value.code == "I0001"
    for part in (
        "r0 = load.int +0 size=2: no need",
        "r0 = load.int +4 size=1: no need",
        "program T table {",
        "please send us",
    ):
        assert part in str(caught.value)


def test_plans():
    """A Plan's Programs stand where their kinds belong and agree on the parameters."""
    framer = parse_program("program F framer {\nparameters p\nregisters i64\ndo {\nskip 1\nframe 0 1\n}\n}")
    table = parse_program("program T table {\nparameters p\nregisters i64\ndo {\n}\n}")
    verify_plan(Plan(name="P", framer=framer, tables=(("T", table),), parameters=(("p", 0),), specialise=("p",)))
    for wrong, claim in (
        (
            Plan(name="P", framer=table, tables=(("T", table),), parameters=(("p", 0),)),
            "T is a table, and stands as framer",
        ),
        (
            Plan(name="P", framer=framer, tables=(("T", framer),), parameters=(("p", 0),)),
            "F is a framer, and stands as table",
        ),
        (Plan(name="P", framer=framer, header=table, tables=(), parameters=(("p", 0),)), "stands as header"),
        (
            Plan(name="P", framer=framer, tables=(("T", table),), parameters=(("q", 0),)),
            "has other parameters than the Plan",
        ),
        (
            Plan(name="P", framer=framer, tables=(), parameters=(("p", 0),), specialise=("z",)),
            "there is no parameter z",
        ),
        (Plan(name="P", framer=framer, tables=(("T", table),) * 255, parameters=(("p", 0),)), "255 tables"),
    ):
        with pytest.raises(InternalError, match=claim):
            verify_plan(wrong)


def changed(block: Block, at: int, change) -> tuple[Block, int]:
    """*block* with op number *at* (outer before inner) changed by *change*, which gives some ops for it; and what is left of *at*."""
    ops = []
    for op in block:
        if at == 0:
            ops += change(op)
            at = -1
            continue
        at -= 1
        for f in fields(op) if at >= 0 else ():
            value = getattr(op, f.name)
            if isinstance(value, Block) and at >= 0:
                inner, at = changed(value, at, change)
                op = replace(op, **{f.name: inner})
        ops.append(op)
    return Block(ops), at


def less(op: Op) -> list[Op]:
    """*op* asking for one byte or slot less, nothing where it cannot."""
    return [replace(op, n=op.n - 1)] if isinstance(getattr(op, "n", None), int) and op.n > 0 else []


@given(st.data())
def test_what_the_verifier_lets_through_the_oracle_runs(data):
    """Whatever op of a sound Program is left out, doubled or made to ask for less: either a fault is found, or no load leaves its stream
    and no store its room (the oracle looks)."""
    program = data.draw(programs())
    ops = list(walk(program.body))
    hostile = [
        i for i, op in enumerate(ops) if isinstance(op, Need | Room | RoomData | Skip | Reach | Within | Let | Remain)
    ]
    at = data.draw(st.sampled_from(hostile or range(len(ops))) if ops else st.just(0))
    change = data.draw(st.sampled_from([lambda op: [], lambda op: [op, op], less]))
    body, _ = changed(program.body, at, change)
    mutant = replace(program, body=body)
    if faults(mutant):
        return
    given_ = data.draw(inputs_for(mutant))
    decode(Oracle(mutant), mutant, given_.input(), len(given_.frames), skip=True)


@given(st.one_of(programs(), framers()))
def test_generated_programs_are_sound(program):
    """What the strategies make, they make verified; a second look changes nothing."""
    assert faults(program) == ()
