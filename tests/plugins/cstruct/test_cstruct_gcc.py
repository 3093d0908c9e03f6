"""Sizes, places and values are those of gcc: for generated structs, in every data model, packing and byte order.

gcc compiles initialised variables, and what it puts into the object's data is read back: nothing of it is run, so data
models of other systems are tested too.  Skipped where there is no gcc for x86.
"""

from __future__ import annotations

import platform
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import arrowsmith
from arrowsmith.layout.measure import measure

pytestmark = pytest.mark.skipif(
    not (shutil.which("gcc") and shutil.which("objcopy") and platform.machine() in ("x86_64", "AMD64")),
    reason="there is no gcc for x86-64 here, whose layout is what these tests compare with",
)

#: How gcc is asked for each data model; llp64 has no flag of its own: its long is written int, its bit fields ms_struct.
FLAGS = {"lp64": ["-m64"], "llp64": ["-m64", "-mms-bitfields"], "ilp32": ["-mx32"], "i386": ["-m32"]}

#: C's words for integers: the size where it is the same everywhere, and the sign.
INTEGERS: dict[str, tuple[int, bool]] = {
    "char": (1, True), "signed char": (1, True), "unsigned char": (1, False), "short": (2, True), "unsigned short": (2, False),
    "int": (4, True), "unsigned": (4, False), "long": (0, True), "unsigned long int": (0, False), "long long": (8, True),
    "unsigned long long": (8, False), "uint8_t": (1, False), "int16_t": (2, True), "uint32_t": (4, False), "int64_t": (8, True),
    "enum small": (4, False), "enum minus": (4, True), "size_t": (-1, False),
}  # fmt: skip

#: A compiler is run for each example, so these are fewer than a profile has.
EXAMPLES = settings.get_profile(settings.get_current_profile_name()).max_examples // 3

PREAMBLE = "#include <stdint.h>\n#include <stddef.h>\nenum small { S0, S1, S2 };\nenum minus { M0 = -1, M1 };\n"


@dataclass(frozen=True)
class Leaf:
    """A value: how an initialiser names it, how a row does, and what it can hold."""

    designator: str
    path: tuple[str | int, ...]
    kind: str
    bits: int
    signed: bool
    overlaid: bool = False

    def at(self, designator: str, path: tuple[str | int, ...], overlaid: bool) -> Leaf:
        return Leaf(
            designator + self.designator,
            (*path, *self.path),
            self.kind,
            self.bits,
            self.signed,
            overlaid or self.overlaid,
        )

    def value(self, raw: int) -> Any:
        """A value that it can hold, made of 64 bits."""
        if self.kind == "float":
            return (raw % 4096 - 2048) / 8
        if self.kind == "bool":
            return bool(raw & 1)
        held = raw & ((1 << self.bits) - 1)
        return held - (1 << self.bits) if self.signed and held >> (self.bits - 1) else held

    def read(self, row: Any) -> Any:
        for step in self.path:
            row = row[step]
        return row


@dataclass
class Body:
    """A struct or union in the making: its text, the definitions that it needs before it, its leaves."""

    text: list[str] = field(default_factory=list)
    before: list[str] = field(default_factory=list)
    leaves: list[Leaf] = field(default_factory=list)
    plain: list[str] = field(default_factory=list)


def sized(word: str, abi: str) -> tuple[int, bool]:
    size, signed = INTEGERS[word]
    long = 8 if abi == "lp64" else 4
    pointer = 8 if abi in ("lp64", "llp64") else 4
    signed = signed if word != "enum small" else abi == "llp64"
    return {0: long, -1: pointer}.get(size, size), signed


@st.composite
def bodies(
    draw: Any, abi: str, order: str, *, union: bool = False, depth: int = 2, names: Iterator[int] | None = None
) -> Body:
    """Members of a struct or union, at least one of them with a name."""
    names = names or iter(range(10_000))
    body = Body()
    kinds = ["integer", "integer", "float", "bool", "array"]
    kinds += ["pointer"] if order == "little" else []  # gcc does not turn the bytes of pointers round
    # gcc gives a bit field in a packed union fewer bytes than its type has under ms_struct; Microsoft's compiler does not
    kinds += ["bits", "bits", "bits", "bool bits", "no bits"] if abi != "llp64" or not union else ["no bits"]
    kinds += ["struct", "structs", "anonymous", "union"] if depth else []
    count = draw(st.integers(1, 3 if union else 7))
    for number in range(count):
        kind = draw(st.sampled_from(kinds)) if number else draw(st.sampled_from(kinds[: kinds.index("no bits")]))
        member(draw, body, kind, f"m{next(names)}", abi, order, union, depth, names)
    return body


def member(
    draw: Any, body: Body, kind: str, name: str, abi: str, order: str, union: bool, depth: int, names: Iterator[int]
) -> None:
    word = draw(st.sampled_from(list(INTEGERS)))
    size, signed = sized(word, abi)
    over = union and bool(body.leaves)
    attribute = draw(st.sampled_from([""] * 12 + [" __attribute__((packed))", " __attribute__((aligned(4)))"]))
    match kind:
        case "integer":
            body.text.append(f"{word} {name}{attribute};")
            body.leaves.append(Leaf(f".{name}", (name,), "integer", size * 8, signed, over))
        case "float":
            word = draw(st.sampled_from(["float", "double"]))
            body.text.append(f"{word} {name}{attribute};")
            body.leaves.append(Leaf(f".{name}", (name,), "float", 0, True, over))
        case "bool":
            body.text.append(f"_Bool {name}{attribute};")
            body.leaves.append(Leaf(f".{name}", (name,), "bool", 1, False, over))
        case "pointer":
            before, behind = draw(st.sampled_from([("void *", ""), ("int (*", ")(int)"), ("struct other **", "")]))
            body.text.append(f"{before}{name}{behind};")
            bits = 8 * sized("size_t", abi)[0]
            body.leaves.append(Leaf(f".{name}", (name,), "pointer", bits, False, over))
        case "array":
            sizes = draw(st.lists(st.integers(1, 3), min_size=1, max_size=3))
            body.text.append(f"{word} {name}{''.join(f'[{n}]' for n in sizes)}{attribute};")
            last: tuple[str | int, ...] = tuple(n - 1 for n in sizes)
            body.leaves.append(
                Leaf(f".{name}{''.join(f'[{n}]' for n in last)}", (name, *last), "integer", size * 8, signed, over)
            )
        case "bits":
            width = draw(st.integers(1, size * 8))
            packed = attribute if "packed" in attribute else ""
            body.text.append(f"{word} {name} : {width}{packed};")
            body.leaves.append(Leaf(f".{name}", (name,), "integer", width, signed, over))
        case "bool bits":
            body.text.append(f"_Bool {name} : 1;")
            body.leaves.append(Leaf(f".{name}", (name,), "bool", 1, False, over))
        case "no bits":
            width = draw(st.one_of(st.just(0), st.integers(1, size * 8)))
            body.text.append(f"{word} : {width};")
        case "struct" | "structs":
            inner = draw(bodies(abi, order, depth=depth - 1, names=names))
            count = draw(st.integers(1, 3)) if kind == "structs" else 0
            body.before += [*inner.before, definition("struct", f"s_{name}", inner, draw(attributes()))]
            body.text.append(f"struct s_{name} {name}{f'[{count}]' if count else ''}{attribute};")
            index = f"[{count - 1}]" if count else ""
            steps: tuple[str | int, ...] = (name, count - 1) if count else (name,)
            body.leaves += [leaf.at(f".{name}{index}", steps, over) for leaf in inner.leaves]
        case "anonymous" | "union":
            word = draw(st.sampled_from(["struct", "union"])) if kind == "anonymous" else "union"
            inner = draw(bodies(abi, order, union=word == "union", depth=depth - 1, names=names))
            own = "" if kind == "anonymous" else name
            body.before += inner.before
            body.text.append(f"{word} {{ {' '.join(inner.text)} }}{draw(attributes())} {own};")
            body.leaves += [leaf.at(f".{own}" if own else "", (own,) if own else (), over) for leaf in inner.leaves]


def attributes() -> st.SearchStrategy[str]:
    return st.sampled_from(
        [""] * 8 + [f" __attribute__(({a}))" for a in ("packed", "packed, aligned(2)", "aligned(16)")]
    )


def definition(word: str, tag: str, body: Body, attribute: str) -> str:
    return f"{word} {tag} {{ {' '.join(body.text)} }}{attribute};"


@dataclass(frozen=True)
class Program:
    """A header, the options that it is read with, the leaves of its record, and values for them."""

    header: str
    options: dict[str, str]
    leaves: tuple[Leaf, ...]
    values: tuple[Any, ...]

    @property
    def abi(self) -> str:
        return self.options["abi"]


@st.composite
def programs(draw: Any, abi: str, order: str = "little") -> Program:
    body = draw(bodies(abi, order))
    pack = draw(st.sampled_from([0, 0, 0, 1, 2, 4, 8]))
    simple = abi != "llp64" and not any(leaf.overlaid for leaf in body.leaves)
    word = draw(st.sampled_from(["struct"] * 5 + ["union"] * simple))
    lines = [PREAMBLE, *body.before]
    if word == "union":
        body.leaves = [leaf.at("", (), i > 0) for i, leaf in enumerate(body.leaves)]
    text = definition(word, "record", body, draw(attributes()))
    lines += [f"#pragma pack(push, {pack})", text, "#pragma pack(pop)"] if pack else [text]
    values = tuple(leaf.value(draw(st.integers(0, (1 << 64) - 1))) for leaf in body.leaves)
    options = {"abi": abi, "byte_order": order, "chars": "signed", "byte_arrays": "integers", "enums": "number"}
    return Program("\n".join(lines), {**options, "root": f"{word} record"}, tuple(body.leaves), values)


def literal(leaf: Leaf, value: Any) -> str:
    if leaf.kind == "pointer":
        return f"(void *) {value}ull"
    return (
        f"{value}"
        if leaf.kind == "float"
        else f"(long long) {int(value)}ull"
        if int(value) >= 0
        else f"{value + 1}ll - 1"
    )


@dataclass(frozen=True)
class Compiled:
    size: int
    align: int
    records: bytes


def compiled(program: Program) -> Compiled:
    """What gcc makes of the record: its size and alignment, and variables of it: one for each leaf alone, and one with all."""
    word = program.options["root"]
    rows = [f"{{ {leaf.designator} = {literal(leaf, leaf.value(ONES))} }}" for leaf in program.leaves]
    every = [
        f"{leaf.designator} = {literal(leaf, value)}"
        for leaf, value in zip(program.leaves, program.values, strict=True)
        if not leaf.overlaid
    ]
    header = program.header
    if program.abi == "llp64":
        header = re.sub(r"\blong\b", "int", header.replace("long long", "int64_t").replace("long int", "int"))
        header = header.replace("unsigned int64_t", "uint64_t")
    if program.options["byte_order"] == "big":
        header = "#pragma scalar_storage_order big-endian\n" + header
    source = "\n".join(
        (
            header,
            "#pragma scalar_storage_order default",
            f'{word} records[] __attribute__((section(".records"), used)) = {{ {", ".join(rows)}, {{ {", ".join(every)} }} }};',
            f'unsigned sizes[] __attribute__((section(".sizes"), used)) = {{ sizeof({word}), _Alignof({word}) }};',
        )
    )
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder, "records.o")
        flags = [*FLAGS[program.abi], "-w", "-ffreestanding", "-O0", "-xc", "-c"]
        done = subprocess.run(
            ["gcc", *flags, "-", "-o", str(made)], input=source, text=True, capture_output=True, check=False
        )
        assert done.returncode == 0, f"{done.stderr}\n{source}"
        records, sizes = (section(made, name) for name in (".records", ".sizes"))
    size, align = (int.from_bytes(sizes[i : i + 4], "little") for i in (0, 4))
    return Compiled(size, align, records[: size * (len(rows) + 1)])


def section(made: Path, name: str) -> bytes:
    out = made.with_suffix(".bin")
    flags = [f"--only-section={name}", f"--set-section-flags={name}=alloc"]
    subprocess.run(["objcopy", "-O", "binary", *flags, str(made), str(out)], check=True)
    return out.read_bytes()


#: 64 bits for the value that a leaf has alone.
ONES = (1 << 64) - 1


def agree(program: Program) -> None:
    """Sizes and values of *program* are those of gcc."""
    gcc = compiled(program)
    header = arrowsmith.text(program.header, name="record.h")
    try:
        layout = arrowsmith.compile(header, options=program.options).layout
    except arrowsmith.DictionaryError as error:
        if error.code != "H0304":  # a packed bit field across nine bytes
            raise
        return
    assert measure(layout.record).static == gcc.size, program.header
    rows = arrowsmith.read(header, gcc.records, options=program.options, emitter="vm", threads=1).to_pylist()
    *alone, every = rows
    for leaf, row in zip(program.leaves, alone, strict=True):
        assert leaf.read(row) == leaf.value(ONES), (leaf, row, program.header)
    for leaf, value in zip(program.leaves, program.values, strict=True):
        assert leaf.overlaid or leaf.read(every) == value, (leaf, every, program.header)


@cache
def available(abi: str) -> bool:
    """Whether this gcc compiles for the data model."""
    arguments = ["gcc", *FLAGS[abi], "-xc", "-c", "-", "-o", "/dev/null"]
    done = subprocess.run(arguments, input="int x;", text=True, capture_output=True, check=False)
    return done.returncode == 0


@pytest.mark.parametrize("abi", FLAGS)
@given(data=st.data())
@settings(max_examples=EXAMPLES)
def test_structs_are_laid_out_as_gcc_does(abi: str, data: st.DataObject) -> None:
    if not available(abi):
        pytest.skip(f"this gcc does not compile for {abi}")
    agree(data.draw(programs(abi)))


@given(program=programs("lp64", "big"))
@settings(max_examples=EXAMPLES)
def test_big_endian_structs_are_laid_out_as_gcc_does(program: Program) -> None:
    agree(program)
