"""What machine code looks like: `tests/cases/emit/x86_64`, one case for an op or a quirk; and encodings, assembly beside the bytes.

A case holds a Program (`program.text`), a line of features, and the listing of its record, up to the commit; ``--bless``
rewrites the listing.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

pytest.importorskip("iced_x86")

from arrowsmith.errors import InternalError
from arrowsmith.program.kernel import Target
from arrowsmith.program.text import parse_program
from arrowsmith.program.verify import verify
from arrowsmith.testing.cases import read_case
from arrowsmith_x86_64 import X86_64
from arrowsmith_x86_64.assembler import Assembler
from arrowsmith_x86_64.operands import CL, EAX, K1, R8, R12, R13, RAX, RBP, RCX, RSP, XMM, YMM, ZMM, b, d, q, w, x

CASES = sorted((Path(__file__).parents[1] / "cases" / "emit" / "x86_64").glob("*.case"))


def record(listing: str) -> str:
    """The lines of a listing that one record runs through, straight on; labels and constants are numbered as they come."""
    lines = listing.splitlines()
    starts = [n for n, line in enumerate(lines) if line.startswith(("; record", "; run", "; part", "; 4 records"))]
    ends = [n for n, line in enumerate(lines) if line in ("; commit", "; next run", "; leave")]
    part = "\n".join(lines[starts[0] : next(n for n in ends if n > starts[0])]) + "\n"
    names: dict[str, str] = {}

    def renamed(found: re.Match[str]) -> str:
        kind = "." if found[0][0] == "." else "const"
        return names.setdefault(found[0], f"{kind}{sum(name.startswith(kind) for name in names) + 1}")

    return re.sub(r"(?m)(?<=\s)\.\d+|^\.\d+|\bconst\d+", renamed, part)


@pytest.mark.parametrize("path", CASES, ids=lambda p: p.stem)
def test_the_listing_of_a_record_is_as_it_was_read(path: Path, pytestconfig: pytest.Config) -> None:
    """A change of the generated code shows in a diff that a person reads."""
    case = read_case(path)
    program = parse_program(case.sections["program.text"])
    verify(program)
    found = record(str(X86_64().emit(program, Target(features=frozenset(case.sections["features"].split()))).listing))
    if pytestconfig.getoption("--bless"):
        path.write_text(case.rewritten("x86_64", found), encoding="utf-8")

    assert found == read_case(path).sections["x86_64"], "`pytest --bless` writes what came out into the file"


def code(*instructions: tuple[str, ...]) -> bytes:
    """The bytes of instructions, given as a mnemonic and operands, without the image around them."""
    a = Assembler()
    for mnemonic, *operands in instructions:
        getattr(a, mnemonic)(*operands)
    image, _, _ = a.image()
    return image[5 + int.from_bytes(image[1:5], "little") :]


@pytest.mark.parametrize(
    ("assembly", "instruction", "expected"),
    [
        ("mov rax,[rbp+8]", ("mov", RAX, q(RBP, 8)), "48 8B 45 08"),
        ("mov rax,[rbp]: rbp as base needs a displacement", ("mov", RAX, q(RBP)), "48 8B 45 00"),
        ("mov rax,[rsp]: rsp as base needs a SIB byte", ("mov", RAX, q(RSP)), "48 8B 04 24"),
        ("mov rax,[r12]: so does r12", ("mov", RAX, q(R12)), "49 8B 04 24"),
        ("mov rax,[r13]: as rbp", ("mov", RAX, q(R13)), "49 8B 45 00"),
        ("mov rax,[rbp+1000h]: four bytes of displacement", ("mov", RAX, q(RBP, 0x1000)), "48 8B 85 00 10 00 00"),
        ("mov byte [rdi+r12],1", ("mov", b(RAX, 0, R12), 1), "42 C6 04 20 01"),
        ("add rax,8: an immediate of one byte", ("add", RAX, 8), "48 83 C0 08"),
        ("add rax,80h: which has a sign", ("add", RAX, 0x80), "48 81 C0 80 00 00 00"),
        ("cmp word [rcx],5: the prefix says the size", ("cmp", w(RCX), 5), "66 83 39 05"),
        ("dec ecx: no short form in 64-bit mode", ("dec", EAX), "FF C8"),
        ("shl rax,cl", ("shl", RAX, CL), "48 D3 E0"),
        ("movbe rax,[rcx]", ("movbe", RAX, q(RCX)), "48 0F 38 F0 01"),
        ("movd xmm0,[rcx]", ("movd", XMM[0], d(RCX)), "66 0F 6E 01"),
        ("pinsrw xmm0,[rcx],3", ("pinsrw", XMM[0], w(RCX), 3), "66 0F C4 01 03"),
        ("vpshufb ymm0,ymm1,ymm2", ("vpshufb", YMM[0], YMM[1], YMM[2]), "C4 E2 75 00 C2"),
        ("vmovdqu xmm0,[r8]", ("vmovdqu", XMM[0], x(R8)), "C4 C1 7A 6F 00"),
        ("vpermi2b zmm16,zmm17,zmm18", ("vpermi2b", ZMM[16], ZMM[17], ZMM[18]), "62 A2 75 40 75 C2"),
        ("constant 0: the flags change", ("constant", RAX, 0), "33 C0"),
        ("constant −1: a sign-extended immediate", ("constant", RAX, -1), "48 C7 C0 FF FF FF FF"),
        ("constant 2³¹: 32 bits, zero-extended", ("constant", RAX, 1 << 31), "B8 00 00 00 80"),
        ("constant 2⁶³: all of it", ("constant", RAX, 1 << 63), "48 B8 00 00 00 00 00 00 00 80"),
    ],
    ids=lambda given: given if isinstance(given, str) and ":" in given else "",
)
def test_encodings(assembly: str, instruction: tuple[str, ...], expected: str) -> None:
    """One quirk of the encoding at a time."""
    assert code(instruction).hex(" ").upper() == expected, assembly


def test_what_cannot_be_encoded_is_our_fault() -> None:
    """There is no addition of a 32-bit register to one of 64 bits."""
    with pytest.raises(InternalError, match="no encoding add of R64, R32"):
        Assembler().add(RAX, EAX)


def test_labels_at_one_place_and_cold_code() -> None:
    """Two labels before one instruction are one target; cold code stands behind the hot one."""
    a = Assembler()
    first, second, away = a.label(), a.label(), a.label()
    a.place(first)
    a.place(second)
    a.jump(away)
    with a.cold():
        a.place(away)
        a.jump(first)
        a.jump(second)
    a.ret()
    image, _, _ = a.image()

    # jmp +1; ret; jmp -5; jmp -7
    assert image[-7:].hex(" ").upper() == "EB 01 C3 EB FB EB F9"


def test_constants_are_kept_once_and_aligned() -> None:
    """Where a constant of 16 bytes is asked for twice, it is in the image once, at a multiple of 16."""
    a = Assembler()
    a.pand(XMM[0], a.const(b"\x0f" * 16))
    a.mov(RAX, a.const(b"12345678"))
    a.pand(XMM[1], a.const(b"\x0f" * 16))
    a.ret()
    image, _, _ = a.image()

    assert image.count(b"\x0f" * 16) == 1
    assert image.index(b"\x0f" * 16) % 16 == 0
    assert image[0] == 0xE9


def test_masks_choose_lanes() -> None:
    """vmovdqu8 zmm0{k1},zmm1."""
    a = Assembler()
    a.vmovdqu8(ZMM[0], ZMM[1])
    a.masked(K1)
    image, _, _ = a.image()

    assert image[-6:].hex(" ").upper() == "62 F1 7F 49 7F C8"
