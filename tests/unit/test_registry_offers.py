"""What plugins offer to the registry: asked for once, each of the right shape, no two of one name."""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator

import pytest
from toy_plugins import AFormat, AFramer, AnAllocator, AnEmitter, ASink, Dist, Point, load, offering, plugin

from arrowsmith.errors import PluginError

pytestmark = pytest.mark.usefixtures("no_variables")


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
