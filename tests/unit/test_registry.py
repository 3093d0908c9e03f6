"""The registry: entry points in; a plugin that cannot be loaded disables only itself."""

from __future__ import annotations

import dataclasses
import json
import sys
import types
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from toy_plugins import AFormat, AnAllocator, ASink, Dist, Point, batch_report, load, offering, plugin

from arrowsmith import registry
from arrowsmith.errors import OptionError, PluginError

pytestmark = pytest.mark.usefixtures("no_variables")


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
