"""Whole conversions by the transforms of a plugin, and by those that fail."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow.feather as feather
import pytest
from hypothesis import given
from hypothesis import strategies as st
from offered_transforms import BY_ANY, CUT, DOUBLED, HALVED, Does, described, fail, layout, offering

import arrowsmith
from arrowsmith.errors import DataError, DictionaryError
from arrowsmith.layout.expr import Const
from arrowsmith.layout.framing import Fixed
from arrowsmith.layout.nodes import Array, Field, Group, Layout, Record, Table
from arrowsmith.layout.types import Bytes, Integer

pytest.importorskip("yaml")


def refuse(data: bytes) -> bytes:
    raise ValueError("it is\nnot mine")


def leave(data: bytes) -> bytes:
    raise SystemExit(3)


class Mute(Exception):
    def __str__(self) -> str:
        raise RuntimeError


def mute(data: bytes) -> bytes:
    raise Mute


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
