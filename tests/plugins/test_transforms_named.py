"""Names of transforms: whose each is, which are refused, and what a description that names one is told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pytest
from offered_transforms import BY_ANY, CUT, DOUBLED, Does, described, fail, layout, offering

import arrowsmith
from arrowsmith.errors import DataError, DictionaryError, OptionError, PluginError
from arrowsmith.interfaces import Argument, Takes
from arrowsmith.layout.expr import Const
from arrowsmith.program.text import parse_plan, parse_program, print_plan, print_program

pytest.importorskip("yaml")


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
