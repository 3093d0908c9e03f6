"""The registry, asked: offers by name, formats by suffix and text, sinks by suffix, the rest by rank."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from toy_plugins import AFormat, AFramer, AnAllocator, AnEmitter, ASink, Point, load, offering, plugin

import arrowsmith
from arrowsmith import registry
from arrowsmith.diagnostics import Source
from arrowsmith.errors import OptionError, PluginError
from arrowsmith.program import ops
from arrowsmith.registry import Registry

pytestmark = pytest.mark.usefixtures("no_variables")


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
