"""The commands beside convert: what `head`, `validate`, `describe`, `plugins` and `doctor` print of what the public API says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import click
import pyarrow as pa
import pytest
from commandline import FLAWED, GOOD, Replace, run

from arrowsmith import registry
from arrowsmith.cli import request
from arrowsmith.cli.app import app
from arrowsmith.engine.report import Report
from arrowsmith.memory import Diagnosis, Finding

# --- head, validate, describe ---------------------------------------------------------------------------


class AReader:
    """Three batches of two rows; the report counts what was handed over, and *last* is the one at the end."""

    schema = pa.schema([("id", pa.int64()), ("name", pa.utf8())])

    def __init__(self, last: Report = GOOD) -> None:
        self.last = last
        self.report = Report()
        self.handed = 0
        self.closed = False

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        for number in range(3):
            self.handed += 2
            self.report = Report(rows=self.handed)
            yield pa.record_batch([[2 * number, (1 << 53) + number], ["a", None]], schema=self.schema)
        self.report = self.last

    def __enter__(self) -> AReader:
        return self

    def __exit__(self, *reason: object) -> None:
        self.closed = True


@pytest.fixture
def opened(api: Replace, data: Path) -> list[tuple[AReader, dict[str, Any]]]:
    """The readers that `arrowsmith.open` gave out, and what it was asked with."""
    calls: list[tuple[AReader, dict[str, Any]]] = []

    def open_(dictionary: Any, found: Any, **keywords: Any) -> AReader:
        calls.append((AReader(), {"dictionary": dictionary, "data": [s.name for s in found], **keywords}))
        return calls[-1][0]

    api("open", open_)
    return calls


def test_head_reads_no_more_than_it_shows(opened: list[tuple[AReader, dict[str, Any]]]) -> None:
    done = run("head", "a.cpy", "a.dat", "-n", "3", "--json")

    assert [json.loads(line) for line in done.out.splitlines()] == [
        {"id": 0, "name": "a"},
        {"id": 1 << 53, "name": None},
        {"id": 2, "name": "a"},
    ]
    reader, asked = opened[0]
    assert (reader.handed, reader.closed) == (4, True)
    assert (asked["threads"], asked["on_error"]) == (1, "raise")
    assert done.err == ""


def test_head_prints_a_table(opened: list[tuple[AReader, dict[str, Any]]]) -> None:
    assert run("head", "a.cpy", "a.dat", "-n", "1").out.splitlines() == ["id  name", "──  ────", " 0  a"]
    assert run("head", "a.cpy", "a.dat", "-n", "0").out.splitlines() == ["id  name", "──  ────"]
    assert len(run("head", "a.cpy", "a.dat").out.splitlines()) == 8


def test_json_is_utf8_whatever_the_locale(api: Replace, data: Path) -> None:
    reader = AReader()
    reader.schema = pa.schema([("id", pa.int64()), ("näme", pa.utf8())])
    api("open", lambda *args, **keywords: reader)

    assert run("head", "a.cpy", "a.dat", "-n", "1", "--json").data == '{"id": 0, "näme": "a"}\n'.encode()


def test_validate_reads_everything_and_goes_on_behind_errors(opened: list[tuple[AReader, dict[str, Any]]]) -> None:
    done = run("validate", "a.cpy", "a.dat")

    assert (done.status, done.err) == (0, "")
    assert done.out == "a.dat: 2 records, 20 bytes\nvalid: 2 records, 20 bytes\n"
    reader, asked = opened[0]
    assert (reader.handed, reader.closed) == (6, True)
    assert asked["on_error"] == "null"
    assert asked["threads"] is None


@pytest.mark.parametrize(("args", "status"), [([], 1), (["--strict"], 3)])
def test_validate_tells_what_is_refused(api: Replace, data: Path, args: list[str], status: int) -> None:
    api("open", lambda *_, **keywords: AReader(FLAWED))
    done = run("validate", "a.cpy", "a.dat", "-qq", *args)

    assert (done.status, done.err) == (status, "")
    assert done.out.splitlines()[:3] == [
        "a.dat: 3 records, 31 bytes",
        "  R.AMOUNT  1,200 × invalid",
        "  R.VIEW    7 × view does not fit",
    ]
    assert done.out.splitlines()[-1].startswith("not valid: 1,200 fields")


def test_report_on_standard_output_replaces_the_text(opened: list[tuple[AReader, dict[str, Any]]]) -> None:
    assert json.loads(run("validate", "a.cpy", "a.dat", "--report", "-").out)["complete"] is True


def compiled(size: int = 12) -> SimpleNamespace:
    def said(**metadata: str) -> dict[str, str]:
        return {f"arrowsmith.{key}": value for key, value in metadata.items()}

    amount = pa.field(
        "AMOUNT", pa.decimal128(9, 2), metadata=said(name="AMOUNT", type="PIC S9(7)V99 COMP-3", offset="4", length="5")
    )
    schema = pa.schema(
        [
            pa.field("ID", pa.int32(), metadata=said(name="ID", type="PIC 9(9) COMP", offset="0", length="4")),
            pa.field("ITEMS", pa.list_(pa.field("item", pa.struct([amount]))), metadata=said(name="ITEMS", offset="4", length="8")),
            pa.field("TAGS", pa.list_(pa.field("item", pa.utf8()))),
        ]
    )  # fmt: skip
    plan = SimpleNamespace(name="REC", framer=SimpleNamespace(size=size))
    return SimpleNamespace(schema=schema, plan=plan)


def test_describe_prints_columns(api: Replace) -> None:
    calls: list[Any] = []

    def compile_(dictionary: Any, **keywords: Any) -> Any:
        calls.append((dictionary, keywords))
        return compiled()

    api("compile", compile_)
    done = run("describe", "a.cpy", "-O", "a=b", "--columns", "ID")

    assert done.out.splitlines() == [
        "REC: 3 columns, records of 12 bytes",
        "",
        "column    dictionary  type                 offset  length  Arrow",
        "────────  ──────────  ───────────────────  ──────  ──────  ──────────────────",
        "ID        ID          PIC 9(9) COMP             0       4  int32",
        "ITEMS     ITEMS                                 4       8  list",
        "  AMOUNT  AMOUNT      PIC S9(7)V99 COMP-3       4       5  decimal128(9, 2)",
        "TAGS                                                       list<item: string>",
    ]
    assert calls == [
        ("a.cpy", {"format": None, "options": [("a", "b")], "framer": None, "framer_options": [], "columns": ["ID"],
                   "on_error": "raise", "fields": None}),
    ]  # fmt: skip


def test_describe_of_records_without_a_size(api: Replace) -> None:
    api("compile", lambda *args, **keywords: compiled(size=0))

    assert run("describe", "a.cpy").out.startswith("REC: 3 columns, records of their own length\n")


def test_describe_shows_the_schema_with_all_its_metadata(api: Replace) -> None:
    api("compile", lambda *args, **keywords: compiled())

    assert "arrowsmith.type: 'PIC S9(7)V99 COMP-3'" in run("describe", "a.cpy", "--schema").out


# --- plugins, doctor ------------------------------------------------------------------------------------


def a_registry(monkeypatch: pytest.MonkeyPatch, **offers: Any) -> None:
    known = SimpleNamespace(**{"plugins": (), "emitters": (), "allocators": (), "formats": (), "sinks": (), **offers})
    known.allocator = lambda name: next(a for a in known.allocators if a.name == name)
    monkeypatch.setattr(registry, "load", lambda: known)


def test_plugins_are_listed_with_offers_and_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    good = registry.Plugin(name="d:a", distribution="d", version="1", hooks=("arrowsmith_sinks",), offers=("sink x",))
    bad = registry.Plugin(name="e:b", distribution="e", version="2", error="cannot be imported: \x1b[31mX")
    a_registry(monkeypatch, plugins=(good, bad))

    assert run("plugins").out == "d:a (d 1)\n  sink x\ne:b (e 2)\n  not used: cannot be imported: \\x1b[31mX\n"
    assert json.loads(run("plugins", "--json").out)[0] == {
        "name": "d:a", "distribution": "d", "version": "1", "hooks": ["arrowsmith_sinks"], "offers": ["sink x"], "error": "",
    }  # fmt: skip


def test_no_plugins_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    a_registry(monkeypatch)

    assert run("plugins").out == "no plugins are installed\n"


def test_real_plugins_are_shown() -> None:
    assert "allocator mmap" in run("plugins").out


class ADoctor:
    """An allocator that can be asked."""

    rank = 1
    finding = Finding(
        allocator="toy", outcome="refused", call="mprotect", arguments="…", errno=13, said="EACCES", rule="SELinux execmem", ask="Ask."
    )  # fmt: skip

    def __init__(self, name: str = "toy") -> None:
        self.name = name

    def probe(self) -> Finding:
        return self.finding

    def trace(self) -> str:
        return "mprotect(…) = -1 EACCES\n"

    def source(self) -> str:
        return "int main(void) { return 0; }\n" if self.name == "toy" else ""

    def diagnose(self, allocators: Any) -> Diagnosis:
        return Diagnosis(
            available=False, findings=(self.finding,), facts=(("kernel", "7"),), verdict=("No.",), works=()
        )

    def instead(self, allocators: Any) -> str:
        return ""


def emitter(name: str, reason: str | None, *, needs_memory: bool = False) -> SimpleNamespace:
    return SimpleNamespace(name=name, rank=1, refuses=lambda program, host: reason, needs_memory=needs_memory)


def test_doctor_prints_emitters_and_the_diagnosis(monkeypatch: pytest.MonkeyPatch) -> None:
    a_registry(
        monkeypatch,
        emitters=(emitter("x86-64", "iced-x86 is not installed"), emitter("vm", None)),
        allocators=(SimpleNamespace(name="plain", rank=2), ADoctor()),
    )
    lines = run("doctor").out.splitlines()

    assert lines[:3] == ["emitter x86-64: not usable: iced-x86 is not installed", "emitter vm: usable", ""]
    assert lines[-1] == "No."
    found = json.loads(run("doctor", "--json").out)
    assert (found["available"], found["verdict"]) == (False, ["No."])
    assert found["emitters"][0] == {
        "name": "x86-64", "rank": 1, "refuses": "iced-x86 is not installed", "allocator": "",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("outcome", "available", "works", "said"),
    [
        ("ok", True, ("mmap",), "usable"),
        ("refused", False, ("toy",), "not usable: executable memory is refused; usable with --allocator toy"),
        ("killed", False, (), "not usable: executable memory is refused"),
        ("untried", False, (), "not usable: executable memory could not be tried"),
    ],
)
def test_doctor_calls_no_emitter_usable_without_the_memory_that_it_needs(
    outcome: str, available: bool, works: tuple[str, ...], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ADoctor()
    found = Diagnosis(
        available=available, findings=(Finding(allocator="mmap", outcome=outcome),), facts=(), verdict=(), works=works
    )  # fmt: skip
    monkeypatch.setattr(asked, "diagnose", lambda allocators: found)
    a_registry(
        monkeypatch, emitters=(emitter("x86-64", None, needs_memory=True), emitter("vm", None)), allocators=(asked,)
    )

    assert run("doctor").out.splitlines()[:2] == [f"emitter x86-64: {said}", "emitter vm: usable"]


def test_doctor_without_anybody_to_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    a_registry(monkeypatch, allocators=(SimpleNamespace(name="plain", rank=2),))
    done = run("doctor")

    assert done.status == 0
    assert "no plugin offers an emitter" in done.out
    assert "no plugin can say what executable memory this host allows" in done.out
    assert json.loads(run("doctor", "--json").out) == {"emitters": []}
    a_registry(monkeypatch, emitters=(emitter("x86-64", None, needs_memory=True),))
    assert "emitter x86-64: not usable: whether this host allows executable memory is not known" in run("doctor").out


def test_doctor_probes_one(monkeypatch: pytest.MonkeyPatch) -> None:
    a_registry(monkeypatch, allocators=(ADoctor(), ADoctor("bare"), SimpleNamespace(name="plain", rank=2)))

    assert (
        run("doctor", "--probe", "toy").out
        == "toy: refused\n  mprotect(…) said EACCES\n  likely rule: SELinux execmem\n  Ask.\n"
    )
    assert json.loads(run("doctor", "--probe", "toy", "--json").out)["outcome"] == "refused"
    assert run("doctor", "--probe", "toy", "--trace").out == "mprotect(…) = -1 EACCES\n"
    assert run("doctor", "--probe", "toy", "--source").out == "int main(void) { return 0; }\n"
    assert json.loads(run("doctor", "--probe", "toy", "--source", "--json").out)["source"].startswith("int main")
    assert "there is no C program of the allocator bare" in run("doctor", "--probe", "bare", "--source").err
    plain = run("doctor", "--probe", "plain")
    assert (plain.status, "the allocator plain cannot be probed" in plain.err) == (2, True)


def test_names_are_completed_from_what_plugins_offer(monkeypatch: pytest.MonkeyPatch) -> None:
    a_registry(monkeypatch, emitters=(emitter("vm", None), emitter("x86-64", None)))
    parameter = click.Option(["--emitter"])

    assert request.offered("emitters")(click.Context(app), parameter, "v") == ["vm"]
