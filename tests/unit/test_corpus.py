"""The corpus: every op and every word of the op table is in some sample, and each sample shows something."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any, get_args

import pytest

from arrowsmith.columns import Storage
from arrowsmith.digits import DIGIT_TABLES
from arrowsmith.program import ops as o
from arrowsmith.program.attributes import WORDS
from arrowsmith.program.floats import KINDS
from arrowsmith.program.text import parse_program, print_program
from arrowsmith.testing.corpus import CERTAIN, Sample, corpus
from arrowsmith.testing.harness import Oracle, decode
from arrowsmith.testing.making import TRANSFORMS
from arrowsmith.testing.runs import frames_of

OPS = [op for sample in corpus() for op in o.walk(sample.program.body)]
TABLES = [sample for sample in corpus() if sample.program.kind != "framer"]


def used(cls: type[o.Op], attribute: str) -> set[Any]:
    return {getattr(op, attribute) for op in OPS if isinstance(op, cls)}


def test_names_are_unique() -> None:
    assert [name for name, count in Counter(sample.name for sample in corpus()).items() if count > 1] == []


@pytest.mark.parametrize("name", o.OPS)
def test_every_op_is_in_a_sample(name: str) -> None:
    assert any(isinstance(op, o.OPS[name]) for op in OPS)


def test_every_word_of_every_attribute_is_in_a_sample() -> None:
    """Orders, encodings, signs, trims, dispositions, …: all that an attribute may be."""
    missing = [
        (cls.name, attribute, word)
        for cls, attributes in WORDS.items()
        for attribute, words in attributes.items()
        for word in set(words) - used(cls, attribute)
    ]
    assert missing == []


@pytest.mark.parametrize(
    ("cls", "attribute", "names"),
    [
        (o.Let, "how", o.LET),
        (o.TextLet, "how", o.TEXT_LET),
        (o.Transform, "how", TRANSFORMS),
        (o.LoadFloat, "kind", KINDS),
        (o.Unzone, "table", DIGIT_TABLES),
        (o.LoadInt, "size", range(1, 17)),
    ],
)
def test_every_name_of_a_table_is_in_a_sample(cls: type[o.Op], attribute: str, names: Iterable[Any]) -> None:
    assert set(names) - used(cls, attribute) == set()


def test_every_storage_is_put_into() -> None:
    """But half floats, which nothing puts."""
    put = {
        s.program.columns[op.column].storage for s in corpus() for op in o.walk(s.program.body) if isinstance(op, o.Put)
    }
    assert set(get_args(Storage)) - put == {"f16"}


def test_every_flag_is_set_somewhere_and_clear_elsewhere() -> None:
    flags = [(cls, name) for cls in o.OPS.values() for name, kind in cls.__annotations__.items() if kind == "bool"]
    assert flags
    assert [(cls.name, name) for cls, name in flags if used(cls, name) != {False, True}] == []


@pytest.mark.parametrize("sample", corpus(), ids=str)
def test_a_sample_says_what_it_shows_and_reads_back(sample: Sample) -> None:
    """A whole sentence; and the Program's text reads back as the same Program."""
    assert sample.claim[:1].isupper() or sample.claim.startswith("`")
    assert sample.claim.endswith(".")
    text = print_program(sample.program)
    assert print_program(parse_program(text, transforms=TRANSFORMS)) == text


def test_samples_are_accepted_and_refused() -> None:
    """Nearly every table has a record that is decoded, and many have one that is refused or logged."""
    outcomes: Counter[str] = Counter()
    for sample in TABLES:
        count = len(sample.given.frames)
        found = decode(Oracle(sample.program), sample.program, sample.given.input(), count, skip=True)
        outcomes["decoded"] += len(found.failed) < count
        outcomes["refused"] += bool(found.failed)
        outcomes["logged"] += bool(found.log)

    assert outcomes["decoded"] >= len(TABLES) - 3
    assert outcomes["refused"] > 50
    assert outcomes["logged"] > 20


def test_framers_find_frames_and_end_in_every_way() -> None:
    ends = Counter()
    for sample in corpus():
        if sample.program.kind == "framer":
            *frames, (stop, _) = frames_of(Oracle(sample.program), sample.program, sample.given)
            ends[stop] += 1
            ends["frames"] += len(frames)

    assert ends["end"] > 2
    assert ends["more"] > 2
    assert ends["failed"] > 2
    assert ends["frames"] > 20


def test_columns_that_cannot_be_null_are_marked_in_some_samples() -> None:
    """Of every kind of storage that loads give without a null."""
    marked = {column.storage for sample in corpus() for column in sample.program.columns if column.certain}
    assert {"i8", "i16", "i32", "i64", "f64", "f32", "dec128", "utf8", "binary"} <= marked
    assert sum(sample.name.endswith("_certain") for sample in corpus()) == len(CERTAIN)
