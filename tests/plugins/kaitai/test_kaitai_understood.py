"""The language feature by feature: small descriptions, a few bytes, the row that they are (`understood.txt`); and several documents."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

import arrowsmith

CASES = (Path(__file__).parent / "understood.txt").read_text(encoding="utf-8").split("\n\n")[1:]
COMMON = "meta: {id: t, endian: le, encoding: ASCII}\n"


def plain(value: Any) -> Any:
    """A row as the cases write it: bytes in hexadecimal."""
    if isinstance(value, bytes):
        return {"hex": value.hex()}
    if isinstance(value, dict):
        return {name: plain(inner) for name, inner in value.items()}
    return [plain(inner) for inner in value] if isinstance(value, list) else value


@pytest.mark.parametrize("emitter", ["vm", "auto"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.split("\n")[0])
def test_a_description_means_its_row(case: str, emitter: str) -> None:
    _, *body, data, wanted = case.strip("\n").split("\n")
    text = "\n".join(body)
    dictionary = arrowsmith.text(text if text.startswith("meta:") else COMMON + text, name="t.ksy")
    if wanted == "refused":
        with pytest.raises(arrowsmith.DataError):
            arrowsmith.read(dictionary, bytes.fromhex(data), format="kaitai", emitter=emitter)
        return
    (row,) = arrowsmith.read(dictionary, bytes.fromhex(data), format="kaitai", emitter=emitter).to_pylist()
    assert plain(row) == json.loads(wanted)


def rows(folder: Path, data: str, documents: dict[str, str], **options: str) -> list[dict[str, Any]]:
    """The rows of *data* by the first of *documents*, which are written to *folder*."""
    for name, text in documents.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    table = arrowsmith.read(folder / next(iter(documents)), bytes.fromhex(data), format="kaitai", options=options)
    found: list[dict[str, Any]] = table.to_pylist()
    return found


ONE = "meta: {id: one}\nseq: [{id: x, type: u1}]\n"


def test_absolute_imports_are_looked_for_in_several_folders(tmp_path: Path) -> None:
    documents = {
        "a.ksy": "meta: {id: a, imports: [/common/b, /other/one]}\nseq: [{id: p, type: b}, {id: q, type: one}]\n",
        "lib/common/b.ksy": "meta: {id: b, imports: [/other/one]}\nseq: [{id: y, type: one}]\n",
        "more/other/one.ksy": ONE,
    }
    wanted = [{"p": {"y": {"x": 1}}, "q": {"x": 2}}]
    assert rows(tmp_path, "0102", documents, import_path="lib, more") == wanted
    with pytest.raises(arrowsmith.DictionaryError, match=r"/meta/imports/1: unable to find 'other/one.ksy'"):
        rows(tmp_path, "0102", documents, import_path="lib")


def test_a_type_that_others_describe_is_read_by_the_description_beside(tmp_path: Path) -> None:
    opaque = "meta: {id: a, ks-opaque-types: true}\ntypes: {inner: {seq: [{id: p, type: one}]}}\nseq: [{id: i, type: inner}]\n"
    with pytest.raises(
        arrowsmith.DictionaryError, match="/types/inner/seq/0/type: the type 'one' is not described here"
    ):
        rows(tmp_path, "05", {"a.ksy": opaque})
    assert rows(tmp_path, "05", {"a.ksy": opaque, "one.ksy": ONE}) == [{"i": {"p": {"x": 5}}}]
    with pytest.raises(arrowsmith.DictionaryError, match="unable to find type 'one'"):
        rows(tmp_path, "05", {"a.ksy": opaque.replace(", ks-opaque-types: true", ""), "one.ksy": ONE})


def test_enumerations_of_other_documents_label_members_and_are_compared(tmp_path: Path) -> None:
    importing = (
        "meta: {id: a, imports: [b]}\nseq: [{id: k, type: u1, enum: 'b::e'}, {id: x, type: b(k)}]\n"
        "instances: {i: {value: 'k == b::e::uno'}, j: {value: 1, enum: 'b::s::f'}}\n"
    )
    imported = (
        "meta: {id: b}\nparams: [{id: p, type: u1, enum: e}]\nseq: [{id: n, type: u1, if: 'p == e::uno'}]\n"
        "enums: {e: {1: uno}}\ntypes: {s: {enums: {f: {1: one}}}}\n"
    )
    wanted = [{"k": "uno", "x": {"p": "uno", "n": 2}, "i": True, "j": "one"}]
    assert rows(tmp_path, "0102", {"a.ksy": importing, "b.ksy": imported}) == wanted


def test_types_inside_a_document_import_for_all_of_it(tmp_path: Path) -> None:
    nested = "meta: {id: a}\nseq: [{id: p, type: q}, {id: r, type: one}]\ntypes: {q: {meta: {imports: [one]}, seq: [{id: n, type: one}]}}\n"
    assert rows(tmp_path, "0102", {"a.ksy": nested, "one.ksy": ONE}) == [{"p": {"n": {"x": 1}}, "r": {"x": 2}}]


def test_documents_that_import_each_other_see_each_others_values(tmp_path: Path) -> None:
    outer = (
        "meta: {id: outer, imports: [inner]}\nseq: [{id: pet, type: u1, enum: animal}]\nenums: {animal: {4: dog, 7: cat}}\n"
        "instances: {dog: {value: 4, enum: animal}, checker: {pos: 0, type: inner(_root)}}\n"
    )
    inner = (
        "meta: {id: inner, imports: [outer]}\nparams: [{id: of, type: outer}]\n"
        "instances: {is_dog: {value: 'of.dog.to_i == 4'}}\n"
    )
    (row,) = rows(tmp_path, "07", {"outer.ksy": outer, "inner.ksy": inner})
    assert row["pet"] == "cat"
    assert row["checker"]["is_dog"] is True


@pytest.mark.skipif(
    not (find_spec("iced_x86") and find_spec("arrowsmith_x86_64")), reason="there is nothing that refuses"
)
def test_the_op_that_machine_code_refuses_is_named(tmp_path: Path) -> None:
    """Under auto, `describe --code` says for each Program who makes its kernel, and why no faster one does."""
    from arrowsmith.cli.describe import VIEWS

    def first(text: str) -> str:
        compiled = arrowsmith.compile(arrowsmith.text(COMMON + text, name="t.ksy"), format="kaitai")
        return list(VIEWS["code"](compiled, "auto"))[-1].partition("\n")[0]

    assert first("seq: [{id: a, size-eos: true, process: xor(3)}]") == (
        "; table t: vm, x86-64 refuses: transform (a): xor makes a stream"
    )
    assert first("seq: [{id: a, type: str, size: 4, encoding: SJIS}]") == (
        "; table t: vm, x86-64 refuses: text (a): charset shift_jis has several bytes a character"
    )
    assert first("seq: [{id: a, type: u1}]").startswith("; table t: x86-64, ")
