"""What the documentation says is so: it repeats the code to the letter, its examples run, its links lead somewhere.

``pytest --bless tests/test_docs.py`` writes the parts that docs/generate.py makes; what is wrong otherwise is for a person to write.
"""

from __future__ import annotations

import ast
import importlib.util
import inspect
import re
import shutil
import sys
from collections.abc import Iterator
from functools import cache
from importlib import metadata
from pathlib import Path
from types import ModuleType
from typing import Any

import click
import pytest

import arrowsmith
from arrowsmith import hookspecs
from arrowsmith.cli.app import COMMANDS, app
from arrowsmith.errors import CODES
from arrowsmith.interfaces import Emitter, Format, Framer, Sink, Transform, Writer
from arrowsmith.memory import Allocator, Diagnoses, Region, Restricts
from arrowsmith.program.kernel import FramerKernel, Kernel
from arrowsmith.program.ops import OPS
from arrowsmith.registry import load
from arrowsmith.testing import AllocatorSuite, EmitterSuite, FormatSuite, FramerSuite, SinkSuite, TransformSuite
from arrowsmith.testing.corpus import corpus
from arrowsmith.testing.suites.emitters import Loader

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"


def _generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("arrowsmith_docs_generate", DOCS / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


generate = _generator()
made_pages = cache(generate.pages)
PAGES = {path.relative_to(ROOT).as_posix(): path for path in (*sorted(ROOT.glob("*.md")), *sorted(DOCS.rglob("*.md")))}
REGISTRY = load()


def page(name: str) -> str:
    return PAGES[name].read_text(encoding="utf-8")


def flat(text: str) -> str:
    """*text* with all white space as one blank, and none inside brackets' ends."""
    return re.sub(r"\( | ?,? \)", lambda found: found[0].strip(" ,"), " ".join(text.split()))


# --- what is made from the code ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted({*PAGES, "docs/options.md"}))
def test_a_page_says_what_the_code_says(name: str, request: pytest.FixtureRequest) -> None:
    """Between ``made`` and ``end`` stands what docs/generate.py makes; options.md and the tables of errors.md are made by it."""
    made = made_pages()[ROOT / name]
    if request.config.getoption("--bless"):
        (ROOT / name).write_text(made, encoding="utf-8")

    assert page(name) == made, f"`pytest --bless {Path(__file__).name}` writes what the code says into {name}"


def test_every_code_is_listed_with_what_to_do() -> None:
    """Those that core registers and those of every plugin, each with advice."""
    text, codes = page("docs/errors.md"), generate.codes()
    advice = generate.advice(text)

    assert set(CODES) <= set(codes)
    assert sorted(advice) == sorted(codes)
    assert sorted(number for number, what in advice.items() if not what.strip()) == []


def test_every_code_that_is_raised_is_registered() -> None:
    """A literal ``code="…"`` names a code that is in the table."""
    known = generate.codes()
    unknown = [
        f"{file.relative_to(ROOT)}: {number}"
        for root in ("core", "plugins")
        for file in sorted((ROOT / root).rglob("*.py"))
        for number in re.findall(r'\bcode="([A-Z]\d{4})"', file.read_text(encoding="utf-8"))
        if number not in known
    ]
    assert unknown == []


# --- everything is there -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name in vars(hookspecs) if name.startswith("arrowsmith_")])
def test_every_hook_is_documented_with_its_signature(name: str) -> None:
    function = vars(hookspecs)[name]
    text = page("docs/plugins.md")

    assert f"### `{name}`" in text
    assert flat(name + generate.signature(function)) in flat(text)


@pytest.mark.parametrize("name", OPS)
def test_every_op_is_documented(name: str) -> None:
    assert f"#### `{name}`\n" in page("docs/program.md")


@pytest.mark.parametrize(
    ("suite", "name"),
    [
        (FormatSuite, "docs/write-a-format.md"),
        (FramerSuite, "docs/write-a-framer.md"),
        (TransformSuite, "docs/write-a-transform.md"),
        (EmitterSuite, "docs/write-an-emitter.md"),
        (AllocatorSuite, "docs/write-an-allocator.md"),
        (SinkSuite, "docs/write-a-sink.md"),
    ],
)
def test_every_clause_is_in_its_page(suite: type, name: str) -> None:
    """A clause is numbered, is a whole sentence, and stands in the page as its test's docstring has it."""
    found = generate.clauses_of(suite)
    text = page(name)

    assert len(found) > 5
    for number, clause in found:
        assert re.fullmatch(r"[A-Z]\d+", number)
        assert clause.endswith(".")
        assert f"- **{number}.** {clause}\n" in text


@pytest.mark.parametrize(
    ("protocol", "name"),
    [
        (Format, "docs/write-a-format.md"),
        (Framer, "docs/write-a-framer.md"),
        (Transform, "docs/write-a-transform.md"),
        (Emitter, "docs/write-an-emitter.md"),
        (Kernel, "docs/write-an-emitter.md"),
        (FramerKernel, "docs/write-an-emitter.md"),
        (Allocator, "docs/write-an-allocator.md"),
        (Region, "docs/write-an-allocator.md"),
        (Diagnoses, "docs/write-an-allocator.md"),
        (Restricts, "docs/write-an-allocator.md"),
        (Sink, "docs/write-a-sink.md"),
        (Writer, "docs/write-a-sink.md"),
    ],
)
def test_every_member_of_a_protocol_is_in_its_page(protocol: type, name: str) -> None:
    text = page(name)
    assert f"class {protocol.__name__}(Protocol):" in text
    for member, value in vars(protocol).items():
        if inspect.isfunction(value) and not member.startswith("_"):
            assert f"    def {member}(self" in text


@pytest.mark.parametrize("offer", [*REGISTRY.formats, *REGISTRY.framers, *REGISTRY.sinks], ids=lambda offer: offer.name)
def test_every_option_is_documented(offer: Format | Framer | Sink) -> None:
    """Under its format, framer or sink, each with a whole description."""
    if type(offer).__module__.partition(".")[0] not in generate.plugins():
        pytest.skip("a third party's")
    section = page("docs/options.md").partition(f"\n## {offer.name}\n")[2].partition("\n## ")[0]
    for option in offer.options:
        assert f"`{option.name}{'…' if option.prefix else ':n' if option.many else ''}`" in section
        assert option.doc


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_option_is_documented(name: str) -> None:
    """`tests/unit/test_cli_docs.py` looks at how they are spelled."""
    command, text = app.get_command(click.Context(app), name), page("docs/cli.md")
    assert command is not None
    assert f"## `arrowsmith {name}`" in text
    for option in (parameter for parameter in command.params if isinstance(parameter, click.Option)):
        assert all(f"`{spelling}" in text for spelling in option.opts)


@pytest.mark.parametrize("name", sorted(set(arrowsmith.__all__)))
def test_every_public_name_is_documented(name: str) -> None:
    assert re.search(rf"`(arrowsmith\.)?{name}`", page("docs/python.md"))


# --- examples ----------------------------------------------------------------------------------------------------------


def examples(name: str) -> list[str]:
    return re.findall(r"^```python\n(.*?)^```", page(name), re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("name", [name for name in PAGES if examples(name)])
def test_examples_are_python(name: str) -> None:
    """Statements, or a signature alone."""
    for example in examples(name):
        try:
            ast.parse(example)
        except SyntaxError:
            ast.parse(f"def {example.strip().removeprefix('arrowsmith.')}: ...")


def test_the_readme_example_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    (example,) = examples("README.md")
    scope: dict[str, Any] = {}

    exec(compile(example, "README.md", "exec"), scope)

    assert scope["table"].num_rows >= 10_000


COPYBOOK = """\
       01  ORDER.
           05  ID       PIC 9(4) COMP.
           05  HOLDER.
               10  NAME PIC X(4).
           05  PAID     PIC S9(3) COMP-3.
"""


def test_the_examples_of_the_python_page_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first as it is, and the one about errors on data that are wrong."""
    monkeypatch.chdir(tmp_path)
    good = b"\x00\x07" + "JOSÉ".encode("cp037") + b"\x12\x3c"
    Path("orders.cpy").write_text(COPYBOOK)
    Path("orders.dat").write_bytes(good * 3)
    Path("in").mkdir()
    shutil.copy("orders.dat", "in/orders.dat")
    first, streams, errors = (
        next(e for e in examples("docs/python.md") if mark in e) for mark in ("with arrowsmith", "polars", "except")
    )
    scope: dict[str, Any] = {}

    exec(compile(first, "python.md", "exec"), scope)

    assert scope["table"].column_names == ["ID", "HOLDER"]
    assert scope["report"].rows == 3
    assert Path("orders.parquet").exists()
    for name in ("polars", "duckdb"):
        scope[name] = pytest.importorskip(name)
    with arrowsmith.open("orders.cpy", "orders.dat") as scope["reader"]:
        exec(compile(streams, "python.md", "exec"), scope)
    Path("orders.dat").write_bytes(good[:-1] + b"\x12")
    exec(compile(errors, "python.md", "exec"), scope)
    assert scope["arrowsmith"] is arrowsmith


def test_the_small_emitter_keeps_the_contract() -> None:
    """The one in write-an-emitter.md, on every third sample."""
    (example,) = (e for e in examples("docs/write-an-emitter.md") if "class Interpreter" in e)
    module = ModuleType("interpreter")
    sys.modules["interpreter"] = module  # dataclasses look there
    try:
        exec(compile(example, "write-an-emitter.md", "exec"), vars(module))
        suite, mine = EmitterSuite(), Loader(module.Interpreter(), None)
        for sample in corpus()[::3]:
            suite.test_e1_the_oracles_bytes_or_a_reason(mine, frozenset(), sample)
        suite.test_e8_something_is_accepted(mine)
        suite.test_e10_a_closed_kernel_does_not_run(mine)
    finally:
        del sys.modules["interpreter"]


def test_the_small_framer_keeps_the_contract() -> None:
    """The one in write-a-framer.md, on a file as its docstring describes it."""
    (example,) = (e for e in examples("docs/write-a-framer.md") if "class Tape" in e)
    scope: dict[str, Any] = {"__name__": "tape"}
    module = ModuleType("tape")
    sys.modules["tape"] = module  # dataclasses look there
    try:
        exec(compile(example, "write-a-framer.md", "exec"), scope)
    finally:
        del sys.modules["tape"]
    suite, (framer,) = FramerSuite(), scope["arrowsmith_framers"]()
    suite.samples = [(b"\0\2\0\0\0ab\1\3\0\0\0xyz\0\0\0\0\0", [b"ab", b""])]
    for name in vars(FramerSuite):
        if name.startswith("test_"):
            getattr(suite, name)(framer)


def test_the_small_transform_keeps_the_contract(monkeypatch: pytest.MonkeyPatch) -> None:
    """The one in write-a-transform.md, on the samples of its suite; and the description beside it, read with it."""
    pytest.importorskip("yaml")
    (example,) = (e for e in examples("docs/write-a-transform.md") if "class Runs" in e)
    (test,) = (e for e in examples("docs/write-a-transform.md") if "class TestRuns" in e)
    (description,) = re.findall(r"^```yaml\n(.*?)^```", page("docs/write-a-transform.md"), re.MULTILINE | re.DOTALL)
    mine = ModuleType("arrowsmith_mine")
    monkeypatch.setitem(sys.modules, "arrowsmith_mine", mine)  # dataclasses, pickle and the tests look there
    exec(compile(example, "write-a-transform.md", "exec"), vars(mine))
    scope: dict[str, Any] = {}
    exec(compile(test, "write-a-transform.md", "exec"), scope)
    suite, (transform,) = scope["TestRuns"](), mine.arrowsmith_transforms()
    for name in vars(TransformSuite):
        if name.startswith("test_"):
            getattr(suite, name)(transform)
    mine.load = lambda: mine  # type: ignore[attr-defined]  # an entry point of itself
    mine.name = "mine"  # type: ignore[attr-defined]
    registry = load(entry_points=[*metadata.entry_points(group="arrowsmith"), mine])  # type: ignore[list-item]
    dictionary = arrowsmith.text(description, name="letter.ksy")

    table = arrowsmith.read(dictionary, b"\0\6\1H\2u\1!", registry=registry)

    assert table.to_pylist() == [{"size": 6, "text": b"Huu!"}]


def test_the_smallest_plugin_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its hook gives what its own module has."""
    example = next(e for e in examples("docs/plugins.md") if "ARROWSMITH_API" in e)
    home = ModuleType("arrowsmith_mine.format")
    home.Mine = type("Mine", (), {})  # type: ignore[attr-defined]  # a module made for this
    monkeypatch.setitem(sys.modules, "arrowsmith_mine", ModuleType("arrowsmith_mine"))
    monkeypatch.setitem(sys.modules, "arrowsmith_mine.format", home)
    scope: dict[str, Any] = {}

    exec(compile(example, "plugins.md", "exec"), scope)

    assert [type(offer).__name__ for offer in scope["arrowsmith_formats"]()] == ["Mine"]


# --- form --------------------------------------------------------------------------------------------------------------


def links(text: str) -> Iterator[str]:
    without_code = re.sub(r"```.*?```|`[^`\n]*`", "", text, flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", without_code):
        if not re.match(r"[a-z]+://", target):
            yield target


def anchors(text: str) -> set[str]:
    """The anchors of headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.replace("`", "").lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("name", PAGES)
def test_links_lead_somewhere(name: str) -> None:
    """To a file that is there, and to a heading in it."""
    broken = []
    for target in links(page(name)):
        path, _, anchor = target.partition("#")
        found = (PAGES[name].parent / path).resolve() if path else PAGES[name]
        if not found.exists() or (anchor and anchor not in anchors(found.read_text(encoding="utf-8"))):
            broken.append(target)

    assert broken == []


def test_the_index_links_every_page() -> None:
    """Decisions apart, which ARCHITECTURE.md lists."""
    linked = {(DOCS / target.partition("#")[0]).resolve() for target in links(page("docs/index.md"))}
    assert {path.name for path in DOCS.glob("*.md")} - {path.name for path in linked} == {"index.md"}


def test_decisions_are_numbered_without_a_gap() -> None:
    numbers = [int(path.name[:4]) for path in sorted((DOCS / "decisions").glob("*.md"))]
    assert numbers == list(range(1, len(numbers) + 1))
    for path in (DOCS / "decisions").glob("*.md"):
        text = path.read_text(encoding="utf-8")
        assert text.startswith(f"# {path.name[:4]}: ")
        assert re.search(r"^\*Decision\.\*", text, re.MULTILINE)


def test_the_architecture_has_its_headings() -> None:
    assert re.findall(r"^## (.*)$", page("ARCHITECTURE.md"), re.MULTILINE) == [
        "Bird's eye view",
        "One record's journey",
        "Entry points",
        "Code map",
        "Boundaries of trust",
        "Cross-cutting",
        "Testing",
        "Where does it go?",
        "What we decided not to do",
    ]


def test_the_journey_is_the_whole_case() -> None:
    """Every section of the case is in the journey, in its order or a better one."""
    case = (ROOT / "tests/cases/lower/comp_word.case").read_text(encoding="utf-8")
    sections = re.findall(r"^-- (.+) --$", case, re.MULTILINE)
    shown = re.findall(r"<!-- made: section tests/cases/lower/comp_word.case (\S+) -->", page("ARCHITECTURE.md"))
    assert sorted(shown) == sorted(sections)


def test_the_code_map_names_every_package() -> None:
    """What stands in core's folder, and every plugin, has its place in the map."""
    text = page("ARCHITECTURE.md").partition("## Code map")[2].partition("\n## ")[0]
    headings = " ".join(re.findall(r"^### (.*)$", text, re.MULTILINE)).replace(",", " ").split()
    names = {path.stem for path in (ROOT / "core" / "arrowsmith").glob("[a-z]*") if path.suffix in ("", ".py")}

    assert names - set(headings) == set()
    assert [package for package in generate.plugins() if f"`{package}`" not in text] == []
