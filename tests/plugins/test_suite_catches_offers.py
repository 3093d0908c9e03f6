"""A suite that nothing can fail proves nothing: formats, framers, sinks and allocators that break a clause each, and are caught."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from arrowsmith.diagnostics import Diagnostic, Source, Span
from arrowsmith.errors import ExecutableMemoryError, OptionError
from arrowsmith.host import Host
from arrowsmith.interfaces import Include, Option, Options, Yields
from arrowsmith.layout.framing import Fixed
from arrowsmith.layout.nodes import Field, Layout, Record, Table
from arrowsmith.layout.types import Integer
from arrowsmith.program import ops
from arrowsmith.program.builder import Builder
from arrowsmith.testing import AllocatorSuite, FormatSuite, FramerSuite, SinkSuite
from arrowsmith.testing.suites.sinks import SCHEMA

# --- formats -----------------------------------------------------------------------------------------------------------


def parse(source: Source) -> Layout:
    """Lines ``field NAME``: a byte each."""
    fields = []
    for line in source.text.splitlines():
        start = source.text.index(line)
        if not line.startswith("field ") or not line[6:].isidentifier():
            raise Diagnostic(code="T0001", message="no field", span=Span(source, start, start + len(line))).error()
        fields.append(Field(name=line[6:], type=Integer(bits=8), span=Span(source, start, start + len(line))))
    if not fields:
        raise Diagnostic(code="T0001", message="nothing", span=Span(source, 0, 0)).error()
    names = {each.name for each in fields}
    if len(names) < len(fields):
        raise Diagnostic(code="T0001", message="twice", span=fields[-1].span).error()
    record = Record(name="R", members=tuple(fields))
    return Layout(name="x", tables=(Table(record=record),), framing=Fixed())


def members(layout: Layout, change: Callable[[Field], Field]) -> Layout:
    """*layout* with every field changed."""
    record = layout.record
    fields = tuple(change(each) for each in record.members)  # type: ignore[arg-type]  # they are all fields
    return replace(layout, tables=(Table(record=replace(record, members=fields)),))


@dataclass(frozen=True)
class Mine:
    how: Callable[[Source], Layout] = parse
    detects: Callable[[Source], bool] = lambda source: source.text.startswith("field ")
    options: tuple[Option, ...] = ()
    name: str = "mine"
    suffixes: tuple[str, ...] = (".mine",)

    def detect(self, source: Source) -> bool:
        return self.detects(source)

    def parse(self, sources: Sequence[Source], options: Options, include: Include) -> Layout:
        return self.how(sources[0])


class Samples(FormatSuite):
    """Samples without files."""

    good, bad = "good", "bad"

    def samples(self, pattern: str) -> list[Source]:
        text = {"good": "field a\nfield b", "bad": "feild a"}
        return [Source(pattern, text[pattern])] if pattern else []


FORMATS = Samples()
CLAUSES = [name for name in vars(FormatSuite) if name.startswith("test_")]


@pytest.mark.parametrize("clause", CLAUSES)
def test_a_format_that_keeps_them_passes(clause: str) -> None:
    getattr(FORMATS, clause)(Mine())


def at_random(source: Source) -> Layout:
    return replace(parse(source), name=str(random.random()))


def nameless(source: Source) -> Layout:
    return members(parse(source), lambda each: replace(each, name=""))


def elsewhere(source: Source) -> Layout:
    return members(parse(source), lambda each: replace(each, span=Span(source, 0, 1000)))


def without_spans(source: Source) -> Layout:
    return members(parse(source), lambda each: replace(each, span=None))


def anything(source: Source) -> Layout:
    return parse(Source("x", "field a"))


def without_a_place(source: Source) -> Layout:
    if "feild" in source.text:
        raise Diagnostic(code="T0001", message="no field").error()
    return parse(source)


def crashing(source: Source) -> Layout:
    if not source.text.startswith("field a"):
        raise KeyError(source.text)
    return parse(source)


@pytest.mark.parametrize(
    ("clause", "broken"),
    [
        ("test_f1_parse_is_deterministic", Mine(at_random)),
        ("test_f2_every_layout_passes_check", Mine(nameless)),
        ("test_f3_every_span_lies_in_its_source", Mine(elsewhere)),
        ("test_f3_every_span_lies_in_its_source", Mine(without_spans)),
        ("test_f4_detect_accepts_its_own_samples", Mine(detects=lambda source: False)),
        ("test_f4_detect_accepts_its_own_samples", Mine(detects=lambda source: True)),
        (
            "test_f4_detect_accepts_its_own_samples",
            Mine(detects=lambda source: len(source.text) > 5 and "\x00" not in source.text),
        ),
        ("test_f5_bad_samples_are_refused_with_a_place", Mine(anything)),
        ("test_f5_bad_samples_are_refused_with_a_place", Mine(without_a_place)),
        ("test_f6_any_text_gives_a_layout_or_a_dictionary_error", Mine(crashing)),
        ("test_f8_every_layout_becomes_a_plan", Mine(nameless)),
        ("test_f9_options_explain_themselves", Mine(options=(Option("a", str, None, ""),))),
        (
            "test_f9_options_explain_themselves",
            Mine(options=(Option("a", str, None, "x"), Option("A", str, None, "x"))),
        ),
        ("test_f9_options_explain_themselves", Mine(options=(Option("a", str, "c", "x", choices=("b",)),))),
    ],
)
def test_a_format_that_breaks_a_clause_is_caught(clause: str, broken: Mine) -> None:
    with pytest.raises(BaseException) as raised:  # pytest's own failures are no Exceptions
        getattr(FORMATS, clause)(broken)

    assert not isinstance(raised.value, pytest.skip.Exception)


# --- framers -----------------------------------------------------------------------------------------------------------


def counted(build: Builder, record: Yields, *, safe: bool = True, rule: str = "a length") -> ops.R:
    """Records behind a byte of length."""
    if safe:
        build.emit(ops.Need(n=1, site=build.site(rule=rule)))
    size = build.value(ops.LoadInt, at=0, size=1, encoding="unsigned", site=build.site(rule="record length"))
    build.emit(ops.Skip(n=1))
    record(size)
    return size


@dataclass(frozen=True)
class Finds:
    how: Callable[[Builder, Yields], Any] = counted
    options: tuple[Option, ...] = ()
    name: str = "finds"

    def find(self, build: Builder, record: Yields, options: Options) -> None:
        self.how(build, record)


class Counted(FramerSuite):
    samples = ((b"\x02ab\x01c\x00\x03def", (b"ab", b"c", b"", b"def")),)


FRAMERS = Counted()


def never_the_same(build: Builder, record: Yields) -> None:
    counted(build, record, rule=str(random.random()))


def unsafe(build: Builder, record: Yields) -> None:
    counted(build, record, safe=False)


def one_more(build: Builder, record: Yields) -> None:
    """Each record has a byte of the next one's length in it."""
    build.emit(ops.Need(n=1, site=build.site(rule="a length")))
    size = build.value(ops.LoadInt, at=0, size=1, encoding="unsigned", site=build.site(rule="record length"))
    record(size)
    build.emit(ops.Skip(n=1))


def half_of_the_rest(build: Builder, record: Yields) -> None:
    """How long a record is depends on how long the file is."""
    rest = build.value(ops.Remain)
    record(build.value(ops.Let, how="shr", a=build.value(ops.Let, how="add", a=rest, b=1), b=1))


def twice(build: Builder, record: Yields) -> None:
    """Each byte is a record, and another."""
    with build.inside(ops.AtPlace, position=0, site=build.site(rule="a record")):
        record(1)
    record(1)


FRAMER_CLAUSES = [name for name in vars(FramerSuite) if name.startswith("test_")]


@pytest.mark.parametrize("clause", FRAMER_CLAUSES)
def test_a_framer_that_keeps_them_passes(clause: str) -> None:
    getattr(FRAMERS, clause)(Finds())


@pytest.mark.parametrize(
    ("clause", "broken"),
    [
        ("test_r1_find_is_deterministic", Finds(never_the_same)),
        ("test_r2_the_program_keeps_the_rules", Finds(unsafe)),
        ("test_r3_the_records_of_the_samples_are_found", Finds(one_more)),
        ("test_r5_a_file_that_is_cut_gives_the_same_so_far", Finds(half_of_the_rest)),
        ("test_r6_any_bytes_give_records_in_order_or_an_error", Finds(twice)),
        ("test_r7_options_explain_themselves", Finds(options=(Option("a", str, None, ""),))),
    ],
)
def test_a_framer_that_breaks_a_clause_is_caught(clause: str, broken: Finds) -> None:
    with pytest.raises(BaseException) as raised:  # pytest's own failures are no Exceptions
        getattr(FRAMERS, clause)(broken)

    assert not isinstance(raised.value, pytest.skip.Exception)


def test_a_framer_suite_without_samples_is_caught() -> None:
    with pytest.raises(AssertionError):
        FramerSuite().test_r0_there_are_samples(Finds())


# --- sinks -------------------------------------------------------------------------------------------------------------


@dataclass
class Lines:
    """Rows as lines of JSON, written in the open; each flag is a fault."""

    target: Path
    append: bool = False
    forget: bool = False
    leave: bool = True
    rows: list[Any] = field(default_factory=list)

    def __enter__(self) -> Lines:
        return self

    def write(self, batch: pa.RecordBatch) -> None:
        self.rows += batch.to_pylist()[: 3 if self.forget else None]
        self.target.write_text(json.dumps(self.rows, default=str))

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        self.target.write_text(json.dumps(self.rows, default=str))
        if kind and not self.leave:
            self.target.unlink()


@dataclass(frozen=True)
class Careless:
    forget: bool = False
    leave: bool = True
    overwrite: bool = True
    name: str = "careless"
    suffixes: tuple[str, ...] = (".careless",)
    options: tuple[Option, ...] = (Option("if_exists", str, "fail", "What to do.", choices=("fail", "replace")),)

    def open(self, target: Any, schema: pa.Schema, options: Options) -> Lines:
        if target.exists() and not self.overwrite:
            raise OptionError("there is one")
        return Lines(target, forget=self.forget, leave=self.leave)


class Reading(SinkSuite):
    suffix = ".careless"
    refused = pa.int8()

    def read_back(self, target: Path) -> pa.Table:
        found = json.loads(target.read_text())
        for row in found:
            row["amount"] = None
        return pa.Table.from_pylist(found, SCHEMA)


SINKS = Reading()


@pytest.mark.parametrize(
    ("clause", "broken"),
    [
        ("test_s1_what_is_written_reads_back_equal", Careless(forget=True)),
        ("test_s3_an_exception_leaves_no_target_behind", Careless()),
        ("test_s3_an_existing_target_is_untouched", Careless()),
        ("test_s4_batch_boundaries_are_invisible", Careless(forget=True)),
        ("test_s5_an_unsupported_type_is_an_error_before_the_first_write", Careless()),
        ("test_s6_replacing_keeps_the_old_target_until_the_commit", Careless()),
        ("test_s6_replacing_keeps_the_old_target_until_the_commit", Careless(leave=False)),
    ],
)
def test_a_sink_that_breaks_a_clause_is_caught(clause: str, broken: Careless, tmp_path: Path) -> None:
    with pytest.raises(BaseException) as raised:  # pytest's own failures are no Exceptions
        getattr(SINKS, clause)(broken, tmp_path)

    assert not isinstance(raised.value, pytest.skip.Exception)


def test_a_type_that_breaks_a_sink_late_is_caught(tmp_path: Path) -> None:
    """It opened the target, and fails at the first batch."""

    class Late(Lines):
        def write(self, batch: pa.RecordBatch) -> None:
            raise OptionError("not this type")

    class Later(Careless):
        def open(self, target: Any, schema: pa.Schema, options: Options) -> Lines:
            return Late(target)

    with pytest.raises(OptionError):
        SINKS.test_s7_every_type_of_a_layout_is_written_or_refused_at_once(Later(), tmp_path, pa.int8())


# --- allocators --------------------------------------------------------------------------------------------------------


@dataclass
class Page:
    """A region that is nothing but a bytearray; each fault is an attribute."""

    address: int = 4096
    size: int = 4096
    sealed: bool = False

    def write(self, offset: int, data: bytes) -> None:
        pass

    def seal(self) -> None:
        self.sealed = True

    def release(self) -> None:
        pass


@dataclass(frozen=True)
class Paper:
    region: Callable[[int], Page] = lambda size: Page()
    name: str = "paper"
    rank: int = -1

    def refuses(self, host: Host) -> str | None:
        return None

    def allocate(self, size: int) -> Any:
        return self.region(size)


ALLOCATORS = AllocatorSuite()
PAGE = Host.current().page_size


@pytest.mark.parametrize(
    ("clause", "broken", "given"),
    [
        ("test_a1_a_sealed_region_begins_at_a_multiple_of_64", Paper(lambda size: Page(address=4097)), ()),
        ("test_a3_a_sealed_region_has_no_writable_view", Paper(), ()),
        ("test_a4_release_twice_is_fine", Paper(), ()),
        ("test_a5_sizes_around_a_page", Paper(lambda size: Page(size=100)), (0,)),
        ("test_a5_sizes_around_a_page", Paper(lambda size: Page(size=PAGE)), (1,)),
        ("test_a6_exhaustion_is_an_error", Paper(), ()),
        ("test_a8_regions_live_in_any_thread", Paper(), ()),
    ],
)
def test_an_allocator_that_breaks_a_clause_is_caught(clause: str, broken: Paper, given: tuple[Any, ...]) -> None:
    with pytest.raises(BaseException) as raised:  # pytest's own failures are no Exceptions
        getattr(ALLOCATORS, clause)(broken, *given)

    assert not isinstance(raised.value, ExecutableMemoryError | pytest.skip.Exception)
