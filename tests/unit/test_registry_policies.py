"""Policies and events: the registry asks plugins what to choose and tells them what happened."""

from __future__ import annotations

import types
from collections.abc import Sequence
from typing import Any

import pytest
from toy_plugins import AnAllocator, AnEmitter, Dist, Point, batch_report, load, plugin

from arrowsmith.errors import DataError, OptionError, PluginError
from arrowsmith.interfaces import BatchReport, CompileReport
from arrowsmith.registry import Registry

pytestmark = pytest.mark.usefixtures("no_variables")


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
