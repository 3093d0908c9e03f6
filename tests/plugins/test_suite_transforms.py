"""Our transforms fulfil the public contract of transforms; and whole conversions by them, and by those that do not."""

from __future__ import annotations

import lzma
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from types import ModuleType
from typing import Any

import pyarrow.feather as feather
import pytest
from hypothesis import given
from hypothesis import strategies as st

import arrowsmith
from arrowsmith import registry as registries
from arrowsmith.errors import DataError, DictionaryError, OptionError, PluginError
from arrowsmith.hookspecs import hookimpl
from arrowsmith.interfaces import API, LIMIT, Argument, Takes, Transform
from arrowsmith.layout.expr import Const, Expr
from arrowsmith.layout.framing import Fixed
from arrowsmith.layout.nodes import Array, Field, Group, Layout, Record, Table
from arrowsmith.layout.types import Bytes, Integer
from arrowsmith.program.text import parse_plan, parse_program, print_plan, print_program
from arrowsmith.registry import Registry
from arrowsmith.testing import TransformSuite
from arrowsmith.transforms import STOCK, Transformer

pytest.importorskip("yaml")

from arrowsmith_kaitai.compress import MEMORY, Lzma, Zlib  # behind importorskip

TEXT = b"a text that is repeated, that is repeated, that is repeated"


class TestZlib(TransformSuite):
    """What zlib compressed."""

    samples = ((zlib.compress(TEXT), (), TEXT), (zlib.compress(b"") + b"behind", (), b""))

    @pytest.fixture
    def transform(self) -> Transform:
        return Zlib()


class TestXz(TransformSuite):
    """What LZMA compressed, as .xz."""

    samples = ((lzma.compress(TEXT), (), TEXT), (lzma.compress(b"") + b"behind", (), b""))

    @pytest.fixture
    def transform(self) -> Transform:
        return Lzma("xz")


class TestLzma(TransformSuite):
    """What LZMA compressed, as .lzma."""

    samples = ((lzma.compress(TEXT, lzma.FORMAT_ALONE), (), TEXT),)

    @pytest.fixture
    def transform(self) -> Transform:
        return Lzma("lzma")


def test_a_dictionary_larger_than_memory_should_be_is_refused() -> None:
    """How much it takes to undo LZMA is said in the data."""
    header = b"\x5d" + (MEMORY * 4).to_bytes(4, "little") + b"\xff" * 8

    with pytest.raises(ValueError, match="memory usage limit"):
        Lzma("lzma").apply(header + bytes(16), ())


# --- core's own --------------------------------------------------------------------------------------------------------


def own(name: str, data: bytes, *arguments: Argument) -> bytes:
    return STOCK[name].made(data, arguments)


@given(st.binary(max_size=50), st.binary(min_size=1, max_size=60), st.integers(-(2**63), 2**63 - 1))
def test_xor_and_turns_byte_by_byte(data: bytes, key: bytes, number: int) -> None:
    """A key is repeated, of an integer the low byte counts; bits are turned modulo 8, to the right as far as not to the left."""
    bits = number % 8

    assert own("xor", data, key) == bytes(b ^ key[i % len(key)] for i, b in enumerate(data))
    assert own("xor", data, number) == bytes(b ^ number & 0xFF for b in data)
    assert own("rol", data, number) == bytes((b << bits | b >> (8 - bits)) & 0xFF for b in data)
    assert own("ror", own("rol", data, number), number) == data


def test_there_is_nothing_behind_two_to_the_thirtieth(monkeypatch: pytest.MonkeyPatch) -> None:
    """What would be more is not made: zlib stops, a plugin's result is refused."""
    from arrowsmith import transforms

    monkeypatch.setattr(transforms, "LIMIT", 1000)

    assert own("zlib", zlib.compress(bytes(999))) == bytes(999)
    with pytest.raises(transforms.Unmade, match="zlib data of more than 1000 bytes"):
        own("zlib", zlib.compress(bytes(100_000)))
    with pytest.raises(transforms.Unmade, match="big of me made 1001 bytes; at most 1000 may be"):
        Transformer("big", (), Does(lambda data: bytes(1001)), "me").made(b"", ())
    assert LIMIT == 1 << 30


# --- those of a plugin -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Does:
    """``how``, of the data and as many arguments as ``takes`` has kinds."""

    how: Callable[..., Any]
    takes: tuple[Takes, ...] = ()
    name: str = "test.does"

    def apply(self, data: bytes, arguments: Sequence[Argument]) -> Any:
        return self.how(data, *arguments)


def fail(data: bytes) -> bytes:
    raise KeyError("no such thing")


def refuse(data: bytes) -> bytes:
    raise ValueError("it is\nnot mine")


def leave(data: bytes) -> bytes:
    raise SystemExit(3)


class Mute(Exception):
    def __str__(self) -> str:
        raise RuntimeError


def mute(data: bytes) -> bytes:
    raise Mute


def offering(*offered: object, name: str = "t") -> Registry:
    """A registry of the installed plugins, and one more that offers transforms."""
    plugin = ModuleType(f"plugin_{name}")
    plugin.ARROWSMITH_API = API  # type: ignore[attr-defined]  # a module made for this

    @hookimpl
    def arrowsmith_transforms() -> list[object]:
        return list(offered)

    plugin.arrowsmith_transforms = arrowsmith_transforms  # type: ignore[attr-defined]  # a module made for this

    class Point:
        dist = metadata.distribution("arrowsmith")

        def __init__(self) -> None:
            self.name = name

        def load(self) -> ModuleType:
            return plugin

    points: list[Any] = [*metadata.entry_points(group="arrowsmith"), Point()]
    return registries.load(entry_points=points)


def described(seq: str, types: str = "") -> Any:
    return arrowsmith.text(f"meta: {{id: t, endian: be}}\nseq: [{seq}]\n{types}", name="t.ksy")


#: twice as long as what it is made of, or a part of it
DOUBLED = Does(lambda data: data + data)
HALVED = Does(lambda data: data[: len(data) // 2], name="test.half")
CUT = Does(lambda data, n, out: data[n:].replace(out, b""), ("integer", "bytes"), "test.cut")
BY_ANY = Does(lambda data, key: data + (key if isinstance(key, bytes) else b"%d" % key), ("integer or bytes",), "by")


@pytest.mark.parametrize("emitter", ["auto", "vm"])
def test_of_objects_and_bytes(emitter: str) -> None:
    """Nested, repeated, as an instance, with arguments that the data say; what is made may be longer and shorter."""
    table = arrowsmith.read(
        described(
            "{id: n, type: u1}, {id: k, size: 1}, {id: a, size: 2, type: pair, process: test.does, repeat: expr, repeat-expr: 2},"
            "{id: b, size: 4, process: 'test.cut(n, k)'}, {id: c, size: 1, process: by(n)}, {id: d, size: 1, process: 'by([0x21, 33])'}",
            "types: {pair: {seq: [{id: x, type: u2}, {id: y, size: 2, process: test.half}]}}\n"
            "instances: {e: {pos: 0, size: 2, process: test.does}}",
        ),
        b"\1cABCD1c2c?!",
        registry=offering(DOUBLED, HALVED, CUT, BY_ANY),
        emitter=emitter,
    )

    assert table.to_pylist() == [
        {
            "n": 1, "k": b"c", "a": [{"x": 0x4142, "y": b"A"}, {"x": 0x4344, "y": b"C"}], "b": b"2",
            "c": b"?1", "d": b"!!!", "e": b"\1c\1c",
        }
    ]  # fmt: skip


@given(st.lists(st.binary(max_size=30), min_size=1, max_size=60))
def test_streamed_rows(records: list[bytes]) -> None:
    """Inside ``rows``, record by record, in whatever gear."""
    data = b"".join(bytes([len(record)]) + record for record in records)
    registry = offering(DOUBLED)
    table = arrowsmith.read(
        described(
            "{id: all, type: one, repeat: eos}",
            "types: {one: {seq: [{id: n, type: u1}, {id: d, size: n, process: test.does}]}}",
        ),
        data,
        options={"rows": "all"},
        registry=registry,
    )

    assert table.column("d").to_pylist() == [record * 2 for record in records]


def layout(name: str, *arguments: Expr) -> Layout:
    """A record of a byte and three that a transform makes others of, as a format of whatever kind may mean it."""
    made = Group(
        name="", within=Const(3), transform=(name, arguments), members=(Field(name="b", type=Bytes(size=None)),)
    )
    record = Record(name="R", members=(Field(name="a", type=Integer(bits=8)), made))
    return Layout(name="R", tables=(Table(record=record),), framing=Fixed())


def test_any_layout_may_name_one() -> None:
    """Core says what is wrong where the format does not."""
    registry = offering(DOUBLED, CUT)
    read = arrowsmith.read(layout("test.cut", Const(1), Const(b"c")), b"\1abc\2cde", registry=registry)
    assert read.to_pylist() == [{"a": 1, "b": b"b"}, {"a": 2, "b": b"de"}]
    for wrong, said in (
        (layout("test.dose"), "b: there is no transform test.dose (known: kaitai.compress"),
        (layout("test.cut", Const(1)), "b: test.cut takes 2 arguments, and has 1"),
        (layout("test.cut", Const(b"c"), Const(b"c")), "argument 1 of test.cut is an integer, and not bytes"),
        (layout("test.cut", Const(1), Const(1)), "argument 2 of test.cut is bytes, and not an integer"),
    ):
        with pytest.raises(DictionaryError) as raised:
            arrowsmith.compile(wrong, registry=registry)
        assert raised.value.code == "D0305"
        assert said in str(raised.value)
    with pytest.raises(DictionaryError, match=r"there is no transform test\.does"):
        arrowsmith.compile(layout("test.does"))


@pytest.mark.parametrize("emitter", ["auto", "vm"])
@pytest.mark.parametrize(
    ("how", "said"),
    [
        (fail, "test.does of arrowsmith:t (arrowsmith 0.1.0.dev0) raised KeyError: 'no such thing'"),
        (refuse, "test.does of arrowsmith:t (arrowsmith 0.1.0.dev0): it is not mine"),
        (leave, "raised SystemExit: 3"),
        (mute, "raised Mute: what it says cannot be read"),
        (lambda data: None, "returned NoneType, and no bytes"),
        (lambda data: "text", "returned a str, and no bytes"),
        (bytearray, "returned a bytearray, and no bytes"),
        (lambda data: 1 / 0, "raised ZeroDivisionError: division by zero"),
    ],
)
def test_what_fails_is_an_invalid_value_at_its_field(how: Any, said: str, emitter: str, tmp_path: Path) -> None:
    """With the field, the byte, the plugin and what it said; under every policy as other bytes that are refused."""
    registry = offering(Does(lambda data: data if data != b"bad" else how(data)))
    given = described(
        "{id: all, type: one, repeat: eos}",
        "types: {one: {seq: [{id: n, type: u1}, {id: d, size: 3, process: test.does}, {id: z, type: u1}]}}",
    )
    data = b"\1one\1" + b"\2bad\2" + b"\3two\3"
    known: dict[str, Any] = {"options": {"rows": "all"}, "registry": registry, "emitter": emitter, "max_errors": "100%"}

    with pytest.raises(DataError) as raised:
        arrowsmith.read(given, data, **known)
    assert raised.value.place.path == "d"
    assert raised.value.place.offset == 6
    assert raised.value.place.bytes[:3] == b"bad"
    assert said in raised.value.message

    good = [{"n": 1, "d": b"one", "z": 1}, {"n": 3, "d": b"two", "z": 3}]
    null = arrowsmith.read(given, data, on_error="null", **known).to_pylist()
    assert [null[0], null[2]] == good
    assert null[1] == {"n": 2, "d": None, "z": None}
    assert arrowsmith.read(given, data, on_error="skip", **known).to_pylist() == good
    aside = tmp_path / "aside.arrow"
    kept = arrowsmith.read(given, data, on_error="quarantine", quarantine=aside, **known)
    assert kept.to_pylist() == good
    assert any(b"\2bad\2" in row.values() for row in feather.read_table(aside).to_pylist())


def test_what_is_too_long_is_invalid(monkeypatch: pytest.MonkeyPatch) -> None:
    from arrowsmith import transforms

    monkeypatch.setattr(transforms, "LIMIT", 5)

    with pytest.raises(DataError, match="made 6 bytes; at most 5 may be") as raised:
        arrowsmith.read(layout("test.does"), b"\1abc", registry=offering(DOUBLED))
    assert raised.value.place.path == "b"


def test_tiles_end_before_they_take_much_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """How much all records of a tile make together is bounded, and shows nowhere."""
    pytest.importorskip("arrowsmith_vm")
    from arrowsmith_vm.lockstep import streams

    data = b"".join(bytes([i % 100]) + b"%03d" % i for i in range(500))
    expected = arrowsmith.read(layout("test.does"), data, registry=offering(DOUBLED), emitter="vm")
    together: list[int] = []
    transform = streams.transform

    def watched(*arguments: Any) -> Any:
        found = transform(*arguments)
        together.append(len(found[0].buffer))
        return found

    monkeypatch.setattr(streams, "TOGETHER", 300)
    monkeypatch.setitem(__import__("arrowsmith_vm.lockstep.shell", fromlist=["_NAMES"])._NAMES, "transform", watched)
    found = arrowsmith.read(layout("test.does"), data, registry=offering(DOUBLED), emitter="vm")

    assert found.equals(expected)
    assert together
    assert max(together) <= 300


def test_lists_of_lists_and_nulls() -> None:
    """In an element, with an argument that is null: the record is refused."""
    inner = Group(
        name="", within=Const(2), transform=("test.does", ()), members=(Field(name="t", type=Bytes(size=None)),)
    )
    element = Group(name="e", members=(Field(name="n", type=Integer(bits=8)), inner))
    record = Record(name="R", members=(Array(name="xs", element=element, count=2),))
    table = arrowsmith.read(
        Layout(name="R", tables=(Table(record=record),), framing=Fixed()),
        b"\1ab\2cd\3ef\4gh" * 40,
        registry=offering(DOUBLED),
    )
    assert table.to_pylist()[1] == {"xs": [{"n": 3, "t": b"efef"}, {"n": 4, "t": b"ghgh"}]}
    assert table.num_rows == 80
    null = described(
        "{id: p, type: u1}, {id: k, size: 1, if: p == 1}, {id: d, size-eos: true, process: 'test.cut(p, k)'}"
    )
    assert arrowsmith.read(null, b"\1cacb", registry=offering(CUT)).to_pylist() == [{"p": 1, "k": b"c", "d": b"b"}]
    with pytest.raises(DataError, match=r"test\.cut by null"):
        arrowsmith.read(null, b"\0acb", registry=offering(CUT))


# --- names and owners --------------------------------------------------------------------------------------------------


def test_a_program_says_whose_it_is() -> None:
    """In its text, by which it is read back where the same plugin offers it; and in what it is equal to."""
    registry = offering(DOUBLED)
    compiled = arrowsmith.compile(layout("test.does"), registry=registry)
    (_, program) = compiled.plan.tables[0]
    text = print_program(program)

    assert 'transform "test.does" "arrowsmith:t (arrowsmith 0.1.0.dev0)"' in text
    again = parse_program(text, transforms=registry.transforms)
    assert again.transforms == program.transforms
    assert print_plan(parse_plan(print_plan(compiled.plan), transforms=registry.transforms)) == print_plan(
        compiled.plan
    )
    with pytest.raises(ValueError, match=r"there is no transform test\.does"):
        parse_program(text)
    other = offering(DOUBLED, name="u").transforms
    with pytest.raises(ValueError, match=r"is that of arrowsmith:u .*, and that of arrowsmith:t"):
        parse_program(text, transforms=other)


def test_kernels_are_kept_for_the_same_alone() -> None:
    """Two plugins' transforms of one name make two kernels, those of one and the same are one."""
    upper = Does(bytes.upper)
    for made, expected in ((DOUBLED, b"abcabc"), (upper, b"ABC"), (DOUBLED, b"abcabc")):
        for name in "tu":
            table = arrowsmith.read(layout("test.does"), b"\1abc", registry=offering(made, name=name))
            assert table.to_pylist() == [{"a": 1, "b": expected}]
    one, two = (offering(made, name="t").transforms["test.does"] for made in (DOUBLED, Does(DOUBLED.how)))
    assert one == two
    assert hash(one) == hash(two)
    assert one != offering(DOUBLED, name="u").transforms["test.does"]


def test_one_without_a_hash_runs() -> None:
    """It costs its Programs what would be kept of them."""

    @dataclass
    class Changeable:
        name: str = "test.does"
        takes: tuple[Takes, ...] = ()

        def apply(self, data: bytes, arguments: Sequence[Argument]) -> bytes:
            return data[::-1]

    for _ in range(2):
        table = arrowsmith.read(layout("test.does"), b"\1abc", registry=offering(Changeable()))
        assert table.to_pylist() == [{"a": 1, "b": b"cba"}]


def test_two_of_one_name_are_the_plugins_fault() -> None:
    """Of two plugins, or a plugin's and core's own; dictionaries that name none are read all the same."""
    for registry, said in (
        (offering(DOUBLED, DOUBLED), "two plugins offer the transform test.does: arrowsmith:t"),
        (
            offering(Does(len, name="XOR")),
            "two plugins offer the transform XOR: core (arrowsmith itself) and arrowsmith:t",
        ),
    ):
        with pytest.raises(PluginError) as raised:
            arrowsmith.compile(layout("xor", Const(1)), registry=registry)
        assert said in str(raised.value)
        assert any(said in plugin.error for plugin in registry.plugins)
        plain = arrowsmith.text("meta: {id: t}\nseq: [{id: a, type: u1}]\n", name="t.ksy")
        assert arrowsmith.read(plain, b"\1", registry=registry).to_pylist() == [{"a": 1}]


@pytest.mark.parametrize(
    ("offered", "said"),
    [
        (Does, "is a class; offer an instance of it"),
        (Does(fail, name=""), "a Does from arrowsmith:t"),
        (Does(fail, takes=("number",)), "not a tuple of 'integer', 'bytes', 'integer or bytes'"),  # type: ignore[arg-type]  # wrong
        (Does(fail, takes=["bytes"]), "takes is ['bytes']"),  # type: ignore[arg-type]  # wrong
        (object(), "a object from arrowsmith:t"),
    ],
)
def test_what_is_no_transform_is_told(offered: object, said: str) -> None:
    """`arrowsmith plugins` has the plugin, the member and what it should be; nothing of it is there."""
    registry = offering(offered)
    (error,) = (plugin.error for plugin in registry.plugins if plugin.name == "arrowsmith:t")

    assert said in error
    assert sorted(registry.transforms) == sorted(offering().transforms)


def test_offers_are_listed() -> None:
    """By plugin; the format's own message lists them, too."""
    offers = {offer for plugin in offering(DOUBLED).plugins for offer in plugin.offers}

    assert {"transform test.does", "transform kaitai.compress.lzma_xz"} <= offers


# --- in Kaitai's language ----------------------------------------------------------------------------------------------


def refusals() -> Iterator[tuple[str, str, str, str]]:
    yield "test.dose", "K0503", "there is no process test.dose", "test.dose"
    yield "test.cut(1)", "K0402", "test.cut takes 2 arguments, and has 1", "test.cut(1)"
    yield "'test.cut(1, 2)'", "K0402", "test.cut takes bytes here, and this is an integer", "2"
    yield "'test.cut([1], [2])'", "K0402", "test.cut takes an integer here, and this is bytes", "[1]"
    yield "by(1.5)", "K0402", "by takes an integer or bytes here, and this is a float", "1.5"
    yield "'by([1, 300])'", "K0402", "by takes an integer or bytes here, and this is a list of integer", "[1, 300]"
    yield "by(nothing)", "K0305", "nothing", "nothing"


@pytest.mark.parametrize(("process", "code", "said", "marked"), list(refusals()))
def test_a_process_that_is_wrong_is_refused_where_it_stands(process: str, code: str, said: str, marked: str) -> None:
    """With the path, the line and a caret under what is wrong."""
    with pytest.raises(DictionaryError) as raised:
        arrowsmith.compile(
            described(f"{{id: a, size: 1, process: {process}}}"), registry=offering(DOUBLED, CUT, BY_ANY)
        )
    text = str(raised.value)
    carets = text.splitlines()[4]

    assert raised.value.code == code
    assert f"error[{code}]: /seq/0/process: " in text
    assert said in text
    assert text.splitlines()[3][carets.index("^") : carets.rindex("^") + 1] == marked


def test_a_process_without_its_plugin_says_what_there_is() -> None:
    with pytest.raises(DictionaryError) as raised:
        arrowsmith.compile(described("{id: a, size: 1, process: test.does}"))

    assert "rol, ror, xor, zlib; plugins offer others by the hook arrowsmith_transforms" in str(raised.value)


def test_an_integer_argument_has_a_sign() -> None:
    """What a plugin is given is what the data say: of 64 bits without a sign, half of them cannot be handed on."""
    wide = described("{id: k, type: u8}, {id: a, size: 1, process: by(k)}")
    registry = offering(BY_ANY)
    assert arrowsmith.read(wide, bytes(7) + b"\x09!", registry=registry).to_pylist() == [{"k": 9, "a": b"!9"}]
    with pytest.raises(DataError):
        arrowsmith.read(wide, b"\xff" * 8 + b"!", registry=registry)


def test_machine_code_leaves_it_to_the_bytecode_machine() -> None:
    """`describe --code` names the op and the field."""
    pytest.importorskip("iced_x86")
    registry = offering(DOUBLED)
    with pytest.raises(OptionError, match=r"x86-64 cannot run this: transform \(b\): test.does makes a stream"):
        arrowsmith.read(layout("test.does"), b"\1abc", registry=registry, emitter="x86-64")
