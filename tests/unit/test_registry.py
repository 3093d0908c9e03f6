"""The registry: entry points in, offers by name out; a plugin's fault stays the plugin's."""

from __future__ import annotations

import dataclasses
import json
import sys
import types
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

import arrowsmith
from arrowsmith import registry
from arrowsmith.diagnostics import Source
from arrowsmith.errors import DataError, OptionError, PluginError
from arrowsmith.hookspecs import hookimpl
from arrowsmith.interfaces import BatchReport, CompileReport, Option
from arrowsmith.program import ops
from arrowsmith.registry import Registry


@dataclass(frozen=True)
class Dist:
    name: str = "toys"
    version: str = "1.2"


@dataclass(frozen=True)
class Point:
    """An entry point whose `load` gives an object, or raises one."""

    name: str
    target: object
    dist: Dist | None = field(default_factory=Dist)

    def load(self) -> object:
        if isinstance(self.target, BaseException):
            raise self.target
        return self.target


@dataclass
class AFormat:
    name: str = "toy"
    suffixes: tuple[str, ...] = (".toy",)
    options: tuple[Option, ...] = (Option("loud", bool, False, "shout"),)
    mark: str = "toy"

    def detect(self, source: Source) -> bool:
        return self.mark in source.text

    def parse(self, sources: object, options: object, include: object) -> Any:
        raise NotImplementedError


@dataclass
class AFramer:
    name: str = "toy"
    options: tuple[Option, ...] = ()

    def find(self, build: object, record: object, options: object) -> None:
        raise NotImplementedError("later")


@dataclass
class AnEmitter:
    name: str = "toy"
    rank: int = 1
    reason: str | None = None

    def refuses(self, program: object, host: object) -> str | None:
        return self.reason

    def emit(self, program: object, target: object) -> Any:
        raise NotImplementedError

    def load(self, code: object, allocator: object) -> Any:
        raise NotImplementedError


@dataclass
class AnAllocator:
    name: str = "toy"
    rank: int = 1
    reason: str | None = None

    def refuses(self, host: object) -> str | None:
        return self.reason

    def allocate(self, size: int) -> Any:
        raise NotImplementedError


@dataclass
class ASink:
    name: str = "toy"
    suffixes: tuple[str, ...] = (".out",)
    options: tuple[Option, ...] = ()

    def open(self, target: object, schema: object, options: object) -> Any:
        raise NotImplementedError


def plugin(api: object = (0, 1), **hooks: Callable[..., object]) -> types.ModuleType:
    """A module with *hooks*, each marked as an implementation."""
    module = types.ModuleType("toy_plugin")
    if api is not None:
        module.ARROWSMITH_API = api  # type: ignore[attr-defined]  # modules take any attribute
    for name, function in hooks.items():
        setattr(module, name, hookimpl(function))
    return module


def offering(*formats: object) -> types.ModuleType:
    return plugin(arrowsmith_formats=lambda: list(formats))


def load(*points: object, **arguments: Any) -> Registry:
    """A registry of *points*; modules become entry points `toys:p0`, `toys:p1`, …"""
    made = [p if isinstance(p, Point) else Point(f"p{n}", p) for n, p in enumerate(points)]
    return registry.load(entry_points=made, **arguments)  # type: ignore[arg-type]  # shaped like entry points


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(registry.ALLOW_VARIABLE, raising=False)
    monkeypatch.delenv(registry.TRACE_VARIABLE, raising=False)


# --- loading ---------------------------------------------------------------


def test_plugin_is_described() -> None:
    """`plugins` tells name, distribution, version, hooks and offers; the fields are what JSON has."""
    module = plugin(arrowsmith_formats=lambda: [AFormat()], arrowsmith_sinks=lambda: (ASink(name="out"),))

    (only,) = load(Point("spoon", module)).plugins

    assert json.loads(json.dumps(dataclasses.asdict(only))) == {
        "name": "toys:spoon",
        "distribution": "toys",
        "version": "1.2",
        "hooks": ["arrowsmith_formats", "arrowsmith_sinks"],
        "offers": ["format toy", "sink out"],
        "error": "",
    }


def test_plugin_that_fails_to_import_disables_only_itself() -> None:
    broken = Point("broken", ModuleNotFoundError("No module named 'gone'"))

    found = load(broken, Point("fine", offering(AFormat())))

    assert found.format("toy").name == "toy"
    assert {p.name: p.error for p in found.plugins} == {
        "toys:broken": "cannot be imported: ModuleNotFoundError: No module named 'gone'",
        "toys:fine": "",
    }


def test_interrupt_during_import_is_not_recorded() -> None:
    """Ctrl-C is the user's, not the plugin's fault."""
    with pytest.raises(KeyboardInterrupt):
        load(Point("slow", KeyboardInterrupt()))


def test_plugin_without_a_distribution_is_called_unknown() -> None:
    (only,) = load(Point("x", offering(), None)).plugins

    assert (only.name, only.distribution, only.version) == ("unknown:x", "unknown", "unknown")


def test_misspelt_hook_is_an_error_of_that_plugin_alone() -> None:
    found = load(plugin(arrowsmith_format=lambda: [AFormat()]), offering(AFormat()))

    assert found.plugins[0].error == "arrowsmith_format is not a hook of arrowsmith; did you mean arrowsmith_formats?"
    assert found.plugins[0].hooks == ()
    assert found.plugins[1].offers == ("format toy",)


def test_function_that_looks_like_a_hook_but_is_not_marked_is_an_error() -> None:
    module = plugin()
    module.arrowsmith_formats = lambda: [AFormat()]  # type: ignore[attr-defined]  # modules take any attribute

    assert load(module).plugins[0].error == "arrowsmith_formats is not marked with @hookimpl"


def test_unmarked_function_with_our_prefix_is_an_error() -> None:
    module = plugin()
    module.arrowsmith_sink = lambda: [ASink()]  # type: ignore[attr-defined]  # modules take any attribute

    assert (
        "arrowsmith_sink is not a hook of arrowsmith; did you mean arrowsmith_sinks?" in load(module).plugins[0].error
    )


def test_module_named_like_a_hook_is_none() -> None:
    """`import arrowsmith_toy.fields` in a plugin binds a module called arrowsmith_toy there."""
    module = offering(AFormat())
    module.arrowsmith_toy = types.ModuleType("arrowsmith_toy")  # type: ignore[attr-defined]  # modules take any attribute

    assert load(module).plugins[0].error == ""


def test_hook_with_an_argument_that_it_is_not_given_is_an_error() -> None:
    module = plugin(arrowsmith_select_allocator=lambda colour: None)

    error = load(module, offering(AFormat())).plugins[0].error

    assert "colour" in error
    assert "can not be found in the hookspec" in error


def test_hook_may_take_fewer_arguments_than_it_is_given() -> None:
    chosen = AnAllocator(name="mine", rank=-1)
    module = plugin(
        arrowsmith_allocators=lambda: [chosen, AnAllocator()],
        arrowsmith_select_allocator=lambda candidates: candidates[1],
    )

    assert load(module).choose_allocator(1, host=None) is chosen  # type: ignore[arg-type]  # no policy here asks the host


@pytest.mark.parametrize(
    ("api", "error"),
    [
        (None, "states no ARROWSMITH_API, which should be a pair of integers; this arrowsmith has API 0.1"),
        ((0, 2), "built for API 0.2; this arrowsmith has API 0.1"),
    ],
)
def test_plugin_for_another_api_is_disabled(api: object, error: str) -> None:
    module = plugin(api, arrowsmith_formats=lambda: [AFormat()])

    (only,) = load(module).plugins

    assert only.error == error
    assert only.offers == ()


def test_one_module_under_two_names_counts_once() -> None:
    module = offering(AFormat())

    found = load(Point("a", module), Point("b", module))

    assert [p.error for p in found.plugins] == ["", "the same module is already there as toys:a"]
    assert [f.name for f in found.formats] == ["toy"]


def test_hooks_that_are_right_are_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every conversion loads a registry; what is wrong is told each time."""
    from arrowsmith.registry import discovery

    looked_at: list[object] = []
    look = discovery._of_hooks
    monkeypatch.setattr(discovery, "_of_hooks", lambda plugin: looked_at.append(plugin) or look(plugin))

    def misspelt() -> list[object]:
        return []

    right, wrong = offering(), plugin(arrowsmith_formts=misspelt)
    for _ in range(2):
        errors = {p.name: p.error for p in load(Point("right", right), Point("wrong", wrong)).plugins}
        assert errors["toys:right"] == ""
        assert "arrowsmith_formts is not a hook of arrowsmith" in errors["toys:wrong"]

    assert looked_at == [right, wrong, wrong]


def test_a_distribution_is_asked_for_its_name_once() -> None:
    """The answer is read from a file each time: eight plugins of one distribution took longer than a small conversion."""
    asked = []

    class Slow:
        version = "1"

        @property
        def name(self) -> str:
            asked.append(self)
            return "slow"

    dist: Any = Slow()
    known = registry.load(entry_points=[Point(name, ImportError("none"), dist) for name in "ab"])
    assert {plugin.name for plugin in known.plugins} == {"slow:a", "slow:b"}
    assert len(asked) == 1


def test_same_entry_point_name_in_two_distributions_is_fine() -> None:
    found = load(Point("x", offering(AFormat("one"))), Point("x", offering(AFormat("two")), Dist("others")))

    assert [p.name for p in found.plugins] == ["others:x", "toys:x"]
    assert [f.name for f in found.formats] == ["one", "two"]


@pytest.mark.parametrize(
    ("value", "loaded"),
    [
        ("a", {"toys:a"}),
        (" b , a", {"toys:a", "toys:b", "others:b"}),
        ("toys:b", {"toys:b"}),
        ("", set()),
    ],
)
def test_allow_list(monkeypatch: pytest.MonkeyPatch, value: str, loaded: set[str]) -> None:
    """`ARROWSMITH_PLUGINS` names entry points, or one of a distribution; those left out are shown."""
    monkeypatch.setenv(registry.ALLOW_VARIABLE, value)
    points = [Point("a", offering()), Point("b", offering()), Point("b", offering(), Dist("others"))]

    plugins = load(*points).plugins

    assert {p.name for p in plugins if p.hooks} == loaded
    assert {p.error for p in plugins if p.name not in loaded} <= {"left out: ARROWSMITH_PLUGINS does not name it"}
    assert len(plugins) == 3


def test_allow_list_with_an_unknown_name_is_an_error() -> None:
    with pytest.raises(OptionError) as caught:
        load(Point("parquet", offering()), allow=["parqet"])

    assert "names the plugin parqet, which is not installed" in str(caught.value)
    assert caught.value.help == "did you mean parquet?"


def test_argument_goes_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(registry.ALLOW_VARIABLE, "")

    assert load(Point("a", offering(AFormat())), allow=["a"]).format("toy")


def test_trace_shows_each_hook_call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv(registry.TRACE_VARIABLE, "1")

    assert load(offering(AFormat())).formats

    shown = capsys.readouterr().err
    assert "arrowsmith: arrowsmith_formats() to toys:p0\n" in shown
    assert "arrowsmith: arrowsmith_formats gave [[AFormat(" in shown


def test_trace_shows_what_was_raised(capsys: pytest.CaptureFixture[str]) -> None:
    def fails(report: object) -> None:
        raise ZeroDivisionError

    with pytest.raises(PluginError):
        load(plugin(arrowsmith_batch_written=fails), trace=True).batch_written(batch_report())

    assert "arrowsmith: arrowsmith_batch_written raised ZeroDivisionError()" in capsys.readouterr().err


def test_no_trace_unless_asked(capsys: pytest.CaptureFixture[str]) -> None:
    assert load(offering(AFormat())).formats

    assert capsys.readouterr().err == ""


def test_installed_plugin_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The real thing: a distribution's metadata on the path, read by importlib.metadata."""
    info = tmp_path / "arrowsmith_found-3.4.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: arrowsmith-found\nVersion: 3.4\n")
    (info / "entry_points.txt").write_text("[arrowsmith]\nfound = arrowsmith_found\ngone = arrowsmith_gone\n")
    (tmp_path / "arrowsmith_found.py").write_text(
        "from arrowsmith.hookspecs import hookimpl\n"
        "ARROWSMITH_API = (0, 1)\n"
        "@hookimpl\n"
        "def arrowsmith_formats():\n"
        "    return []\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(sys.modules, "arrowsmith_found", None)  # so that the import below is undone afterwards
    del sys.modules["arrowsmith_found"]

    plugins = {p.name: p for p in registry.load().plugins}

    assert plugins["arrowsmith-found:found"].version == "3.4"
    assert plugins["arrowsmith-found:found"].error == ""
    assert "No module named 'arrowsmith_gone'" in plugins["arrowsmith-found:gone"].error


# --- offers ----------------------------------------------------------------


def test_offers_are_asked_for_once_and_only_when_looked_up() -> None:
    asked: list[str] = []

    def formats() -> list[AFormat]:
        asked.append("formats")
        return [AFormat()]

    def sinks() -> list[ASink]:
        asked.append("sinks")
        return [ASink()]

    found = load(plugin(arrowsmith_formats=formats, arrowsmith_sinks=sinks))
    assert asked == []

    assert found.format("toy") is found.formats[0]
    assert asked == ["formats"]
    assert found.plugins is not None
    assert asked == ["formats", "sinks"]


def test_offer_hook_that_raises_disables_that_plugins_offers() -> None:
    def formats() -> Iterator[AFormat]:
        yield AFormat("half")
        raise OSError("no table")

    module = plugin(arrowsmith_formats=formats, arrowsmith_sinks=lambda: [ASink()])

    found = load(module, offering(AFormat()))

    assert [f.name for f in found.formats] == ["toy"]
    assert found.plugins[0].error == "arrowsmith_formats failed: OSError: no table"
    assert found.plugins[0].offers == ("sink toy",)


def test_offer_hook_that_forgets_to_return_is_an_error() -> None:
    assert load(plugin(arrowsmith_sinks=lambda: None)).plugins[0].error == (
        "arrowsmith_sinks failed: TypeError: it returned None, not a list of offers"
    )


def without(offer: object, member: str) -> object:
    """A thing with the attributes of *offer* except one."""
    members = [m for m in dir(offer) if not m.startswith("_") and m != member]
    return types.SimpleNamespace(**{m: getattr(offer, m) for m in members})


@pytest.mark.parametrize(
    ("hook", "offer", "error"),
    [
        ("arrowsmith_formats", AFormat, "format AFormat from {p} is a class; offer an instance of it"),
        (
            "arrowsmith_formats",
            without(AFormat(), "name"),
            "a SimpleNamespace from {p} has no name, so it is no format",
        ),
        ("arrowsmith_formats", AFormat(name=""), "a AFormat from {p}: name is '', not a name: text that is not empty"),
        (
            "arrowsmith_formats",
            AFormat(suffixes=("toy",)),
            "format 'toy' from {p}: suffixes is ('toy',), not a tuple of lower-case suffixes with their dots",
        ),
        (
            "arrowsmith_formats",
            AFormat(options=["loud"]),  # type: ignore[arg-type]  # that is what is tested
            "format 'toy' from {p}: options is ['loud'], not a tuple of arrowsmith.interfaces.Option",
        ),
        (
            "arrowsmith_framers",
            without(AFramer(), "find"),
            "framer 'toy' from {p} has no method find(build, record, options)",
        ),
        (
            "arrowsmith_emitters",
            AnEmitter(rank="high"),  # type: ignore[arg-type]  # that is what is tested
            "emitter 'toy' from {p}: rank is 'high', not a whole number",
        ),
        (
            "arrowsmith_emitters",
            without(AnEmitter(), "refuses"),
            "emitter 'toy' from {p} has no method refuses(program, host)",
        ),
        (
            "arrowsmith_allocators",
            AnEmitter(),
            "allocator 'toy' from {p}: its method refuses cannot be called as refuses(host): "
            "missing a required argument: 'host'",
        ),
        (
            "arrowsmith_sinks",
            without(ASink(), "open"),
            "sink 'toy' from {p} has no method open(target, schema, options)",
        ),
    ],
)
def test_offer_of_the_wrong_shape_is_named(hook: str, offer: object, error: str) -> None:
    """The message names the offer, the plugin with its distribution and version, and what is missing."""
    found = load(plugin(**{hook: lambda: [offer]}))

    assert found.plugins[0].error == error.format(p="toys:p0 (toys 1.2)")
    assert found.plugins[0].offers == ()


@pytest.mark.parametrize(
    ("hook", "offer", "attribute"),
    [
        ("arrowsmith_formats", AFormat, "formats"),
        ("arrowsmith_framers", AFramer, "framers"),
        ("arrowsmith_emitters", AnEmitter, "emitters"),
        ("arrowsmith_allocators", AnAllocator, "allocators"),
        ("arrowsmith_sinks", ASink, "sinks"),
    ],
)
def test_two_offers_with_one_name_are_an_error_that_names_both(
    hook: str, offer: Callable[..., object], attribute: str
) -> None:
    """Names are compared without case, `-` as `_`; the listing of plugins goes on and shows it at both."""
    one = plugin(**{hook: lambda: [offer(name="a-b")]})
    two = plugin(**{hook: lambda: [offer(name="A_B")]})
    found = load(Point("one", one), Point("two", two, Dist("others", "7")), Point("three", offering(AFormat("other"))))
    message = f"two plugins offer the {attribute[:-1]} a-b: others:two (others 7) and toys:one (toys 1.2)"

    with pytest.raises(PluginError) as caught:
        getattr(found, attribute)

    assert caught.value.message == message
    assert caught.value.code == "P0001"
    assert {p.name: p.error for p in found.plugins} == {"others:two": message, "toys:one": message, "toys:three": ""}


# --- looking up ------------------------------------------------------------


@pytest.mark.parametrize("method", ["format", "emitter", "allocator", "sink"])
def test_unknown_name_suggests_the_nearest(method: str) -> None:
    module = plugin(
        arrowsmith_formats=lambda: [AFormat("x86-64")],
        arrowsmith_emitters=lambda: [AnEmitter("x86-64")],
        arrowsmith_allocators=lambda: [AnAllocator("x86-64")],
        arrowsmith_sinks=lambda: [ASink("x86-64")],
    )
    found = load(module)

    with pytest.raises(OptionError) as caught:
        getattr(found, method)("x86_46")

    assert caught.value.message == f"no {method} is called x86_46 (known: x86-64)"
    assert caught.value.help == "did you mean x86-64?"
    assert getattr(found, method)("X86_64").name == "x86-64"


def test_unknown_name_mentions_plugins_that_are_not_used() -> None:
    """The name may well be one of a plugin that could not be imported."""
    with pytest.raises(OptionError) as caught:
        load(Point("fast", ImportError("no"))).emitter("fast")

    assert str(caught.value) == (
        "error[O0005]: no emitter is called fast (known: none)\n"
        "   = help: not used: toys:fast; `arrowsmith plugins` says why"
    )


def test_format_by_suffix() -> None:
    found = load(offering(AFormat(), AFormat("cobol", (".cpy", ".cob"))))

    assert found.format_of(Source("a/B.CPY", "")).name == "cobol"
    assert found.format_of(Source("x.toy", "")).name == "toy"


def test_longest_suffix_wins() -> None:
    found = load(offering(AFormat("xml", (".xml",)), AFormat("xtce", (".xtce.xml",))))

    assert found.format_of(Source("x.xtce.xml", "")).name == "xtce"


def shared(*marks: str) -> Registry:
    """Formats called by their *marks*, all with the suffix .xml, each accepting texts that hold its mark."""
    return load(offering(*(AFormat(m, (".xml",), mark=m) for m in marks)))


def test_formats_that_share_a_suffix_are_asked() -> None:
    assert shared("one", "two").format_of(Source("d.xml", "<two/>")).name == "two"


def test_text_that_two_formats_accept_is_an_error_that_names_both() -> None:
    with pytest.raises(OptionError) as caught:
        shared("one", "two").format_of(Source("d.xml", "one two"))

    assert str(caught.value) == (
        "error[O0007]: ambiguous dictionary: one and two both accept d.xml\n   = help: say which with --format"
    )


def test_text_that_three_formats_accept_names_all() -> None:
    with pytest.raises(OptionError, match=r"ambiguous dictionary: a, b, c all accept d\.xml"):
        shared("a", "b", "c").format_of(Source("d.xml", "a b c"))


def test_text_that_no_format_with_its_suffix_accepts_is_an_error() -> None:
    with pytest.raises(OptionError, match=r"format of d\.xml is not known: none of one and two accepts it"):
        shared("one", "two").format_of(Source("d.xml", "three"))


def test_unknown_suffix_is_an_error_that_says_what_the_text_looks_like() -> None:
    """It is not taken for that: a wrong guess would be a worse error than none."""
    with pytest.raises(OptionError) as caught:
        shared("one", "two").format_of(Source("d.txt", "two"))

    assert caught.value.message == "the format of d.txt is not known: no format has a suffix that ends its name"
    assert caught.value.help == "say it with --format, one of one and two; it looks like two"


def test_no_format_at_all() -> None:
    with pytest.raises(OptionError, match="no plugin offers a format"):
        load().format_of(Source("d.txt", ""))


def test_detect_that_raises_is_the_plugins_fault() -> None:
    class Sniffer(AFormat):
        def detect(self, source: Source) -> bool:
            raise RecursionError("deep")

    with pytest.raises(
        PluginError, match=r"plugin toys:p0 \(toys 1.2\): format toy: detect raised RecursionError: deep"
    ):
        load(offering(Sniffer(), AFormat("other", (".toy",)))).format_of(Source("x.toy", ""))


def test_find_that_raises_is_the_plugins_fault() -> None:
    dictionary = Source("r.cpy", "       01 R PIC X.\n")
    copybook = registry.load().format("copybook")
    found = load(plugin(arrowsmith_framers=lambda: [AFramer()], arrowsmith_formats=lambda: [copybook]))

    message = r"plugin toys:p0 \(toys 1.2\): framer toy: find raised NotImplementedError: later"
    with pytest.raises(PluginError, match=message):
        arrowsmith.compile(dictionary, framer="toy", registry=found)


@pytest.mark.parametrize(
    ("append", "said"),
    [
        (lambda build, record: build.value(ops.LoadInt, at=0, size=1), "the framer toy built what cannot run: a Program breaks"),
        (lambda build, record: build.emit("an op"), "the framer toy built what cannot run: "),
        (lambda build, record: record("x"), "the framer toy built what cannot run: "),
    ],
)  # fmt: skip
def test_ops_that_may_not_run_are_the_framers_fault(append: Callable[[Any, Any], Any], said: str) -> None:
    """A load of bytes that nothing has shown to be there, and what is no op at all."""

    class Bold(AFramer):
        def find(self, build: object, record: object, options: object) -> None:
            append(build, record)

    copybook = registry.load().format("copybook")
    found = load(plugin(arrowsmith_framers=lambda: [Bold()], arrowsmith_formats=lambda: [copybook]))

    with pytest.raises(PluginError) as caught:
        arrowsmith.compile(Source("r.cpy", "       01 R PIC X.\n"), framer="toy", registry=found)

    assert caught.value.code == "P0004"
    assert caught.value.message.startswith(said)


def test_sink_by_suffix() -> None:
    found = load(plugin(arrowsmith_sinks=lambda: [ASink(), ASink("also", (".out", ".also"))]))

    assert found.sink_of("x.also").name == "also"
    with pytest.raises(OptionError, match=r"ambiguous output: also and toy both write x\.out"):
        found.sink_of("x.out")
    with pytest.raises(OptionError) as caught:
        found.sink_of("x.csv")
    assert caught.value.help == "end it with one of .also, .out, or say --to with one of also and toy"


def test_no_sink_at_all() -> None:
    with pytest.raises(OptionError) as caught:
        load().sink_of("x.out")

    assert caught.value.help == "no plugin offers a sink"


def test_emitters_and_allocators_come_highest_rank_first() -> None:
    module = plugin(
        arrowsmith_emitters=lambda: [AnEmitter("a", 0), AnEmitter("b", 5), AnEmitter("c", -1), AnEmitter("B2", 5)],
        arrowsmith_allocators=lambda: [AnAllocator("a", -1), AnAllocator("b", 5)],
    )
    found = load(module)

    assert [e.name for e in found.emitters] == ["b", "B2", "a", "c"]
    assert [a.name for a in found.allocators] == ["b", "a"]


# --- policies and events ---------------------------------------------------


def emitters(*offered: AnEmitter) -> types.ModuleType:
    return plugin(arrowsmith_emitters=lambda: list(offered))


def choose(found: Registry, **arguments: Any) -> str:
    return found.choose_emitter(None, None, **arguments).name  # type: ignore[arg-type]  # the fakes ask neither


def test_stock_policy_takes_the_highest_rank_that_does_not_refuse() -> None:
    found = load(emitters(AnEmitter("slow", 0), AnEmitter("fast", 9, "no such CPU"), AnEmitter("quick", 5)))

    assert choose(found) == "quick"
    assert choose(found, without=["quick"]) == "slow"


def test_plugin_policy_goes_before_the_stock_one() -> None:
    policy = plugin(arrowsmith_select_emitter=lambda candidates: candidates[-1])

    assert choose(load(emitters(AnEmitter("a", 1), AnEmitter("z", 0)), policy)) == "z"


def test_policy_that_answers_none_leaves_the_choice() -> None:
    policy = plugin(arrowsmith_select_emitter=lambda program: None)

    assert choose(load(emitters(AnEmitter("a", 1), AnEmitter("z", 0)), policy)) == "a"


def test_policy_must_choose_among_the_candidates() -> None:
    policy = plugin(arrowsmith_select_emitter=lambda: "vm")

    with pytest.raises(PluginError, match="arrowsmith_select_emitter answered with 'vm', which was not among"):
        choose(load(emitters(AnEmitter()), policy))


def test_when_all_refuse_each_reason_is_told() -> None:
    found = load(emitters(AnEmitter("a", 2, "too old"), AnEmitter("b", -1)), Point("broken", ImportError("no")))

    with pytest.raises(OptionError) as caught:
        choose(found)

    assert caught.value.message == "no emitter can be used: a: too old; b: is taken only when named"
    assert caught.value.help == "not used: toys:broken; `arrowsmith plugins` says why"


def test_no_allocator_at_all() -> None:
    with pytest.raises(OptionError, match="no allocator can be used: no plugin offers one"):
        load().choose_allocator(1, None)  # type: ignore[arg-type]  # nobody asks the host


def test_allocator_that_must_be_named_is_not_chosen() -> None:
    found = load(plugin(arrowsmith_allocators=lambda: [AnAllocator("rwx", -1), AnAllocator("mmap", 1, "no")]))

    with pytest.raises(OptionError, match="no allocator can be used: mmap: no; rwx: is taken only when named"):
        found.choose_allocator(1, None)  # type: ignore[arg-type]  # nobody asks the host
    assert found.allocator("rwx").name == "rwx"


def test_policy_that_raises_is_named() -> None:
    def policy(candidates: Sequence[object]) -> object:
        raise IndexError("gone")

    found = load(emitters(AnEmitter()), Point("bad", plugin(arrowsmith_select_emitter=policy), Dist("others", "7")))

    with pytest.raises(PluginError) as caught:
        choose(found)

    assert caught.value.message == "plugin others:bad (others 7): arrowsmith_select_emitter raised IndexError: gone"
    assert isinstance(caught.value.__cause__, IndexError)


def test_emitter_whose_refusal_raises_is_named() -> None:
    class Shaky(AnEmitter):
        def refuses(self, program: object, host: object) -> str | None:
            raise AttributeError("x")

    with pytest.raises(
        PluginError, match=r"plugin toys:p0 \(toys 1.2\): arrowsmith_select_emitter raised AttributeError"
    ):
        choose(load(emitters(Shaky())))


def test_our_own_errors_pass_through_a_hook() -> None:
    """A plugin may tell a fault of the user's in our words."""

    def written(report: BatchReport) -> None:
        raise DataError("too many rows")

    with pytest.raises(DataError, match="too many rows"):
        load(plugin(arrowsmith_batch_written=written)).batch_written(batch_report())


def batch_report() -> BatchReport:
    return BatchReport(table="t", sink="s", target="x.out", number=0, rows=1, bytes=8)


def test_events_reach_every_plugin() -> None:
    seen: list[object] = []
    one = plugin(arrowsmith_kernel_loaded=lambda report: seen.append(report))
    two = plugin(
        arrowsmith_kernel_loaded=lambda report: seen.append(report.emitter),
        arrowsmith_batch_written=lambda report: seen.append(report.rows),
    )
    found = load(one, two)
    report = CompileReport(program="p", emitter="vm")

    found.kernel_loaded(report)
    found.batch_written(batch_report())

    assert sorted(map(str, seen)) == sorted(map(str, ["vm", report, 1]))


def test_registries_share_nothing() -> None:
    module = offering(AFormat())

    one, two = load(module), load()

    assert [f.name for f in one.formats] == ["toy"]
    assert two.formats == ()


def test_our_own_plugins_are_found_and_without_error() -> None:
    """Each of ours is found through its entry point, as anybody's is, and offers something.

    One whose package is left out of this environment says so, and nothing else is wrong.
    """
    points = metadata.entry_points(group=registry.GROUP)
    modules = {p.name: p.value for p in points if p.dist is not None and p.dist.name == "arrowsmith"}
    if not modules:
        pytest.skip("arrowsmith is not installed here")
    ours = {p.name.partition(":")[2]: p for p in registry.load().plugins if p.distribution == "arrowsmith"}

    assert set(ours) == set(modules) >= {"copybook", "cstruct", "x86_64", "vm", "memory", "arrow", "parquet"}
    for name, module in modules.items():
        absent = f"cannot be imported: ModuleNotFoundError: No module named '{module}'"
        assert ours[name].error in ("", absent), name
        assert bool(ours[name].offers) is not ours[name].error.startswith(absent), name
