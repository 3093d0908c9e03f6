"""Entry points become records of plugins and a pluggy manager that holds those that may run.

Invariant: nothing that a plugin raises while it is imported or checked leaves here; it is in the plugin's record.
"""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import metadata
from types import ModuleType
from typing import Any
from weakref import WeakSet

import pluggy

from arrowsmith import hookspecs, policies
from arrowsmith.diagnostics import nearest
from arrowsmith.errors import OptionError, code
from arrowsmith.interfaces import api_refusal

#: Distributions name their plugins in this entry-point group.
GROUP = "arrowsmith"
#: Comma-separated allow-list of plugins: entry-point names, or ``distribution:entry-point``.  Set but empty: none.
ALLOW_VARIABLE = "ARROWSMITH_PLUGINS"
#: ``1`` writes every hook call to standard error.
TRACE_VARIABLE = "ARROWSMITH_TRACE"

O_ALLOW = code("O0008", "ARROWSMITH_PLUGINS names a plugin that is not installed")


@dataclass(slots=True)
class Record:
    """What is known of one plugin while the registry lives: errors are added as its offers are collected."""

    name: str
    distribution: str
    version: str
    module: object = None
    hooks: tuple[str, ...] = ()
    errors: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return f"{self.name} ({self.distribution} {self.version})"


def discover(
    entry_points: Iterable[metadata.EntryPoint] | None, allow: Collection[str] | None, trace: bool | None
) -> tuple[pluggy.PluginManager, list[Record]]:
    """A manager with the plugins of *entry_points* that may run, and a record of each; arguments as `registry.load` has."""
    points = _installed(_places()) if entry_points is None else _with_distributions(entry_points)
    if allow is None and ALLOW_VARIABLE in os.environ:
        allow = [name.strip() for name in os.environ[ALLOW_VARIABLE].split(",") if name.strip()]
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    if os.environ.get(TRACE_VARIABLE) == "1" if trace is None else trace:
        manager.add_hookcall_monitoring(_trace_before, _trace_after)
    manager.register(policies, name="arrowsmith core")
    records = []
    unused = set(allow or ())
    found = [(point, *dist) for point, dist in points]
    for point, distribution, version in sorted(found, key=lambda one: f"{one[1]}:{one[0].name}"):
        record = Record(f"{distribution}:{point.name}", distribution, version)
        records.append(record)
        called = {point.name, record.name}
        unused -= called
        if allow is not None and not called & set(allow):
            record.errors.append(f"left out: {ALLOW_VARIABLE} does not name it")
            continue
        try:
            record.module = point.load()
        except Exception as error:  # noqa: BLE001  # a foreign module may raise anything; it is reported as its fault
            record.errors.append(f"cannot be imported: {type(error).__name__}: {error}")
            continue
        refusal = _refusal(record.module, manager)
        if refusal is not None:
            record.errors.append(refusal)
            continue
        manager.register(record.module, name=record.name)
        record.hooks = tuple(sorted(c.name for c in manager.get_hookcallers(record.module) or ()))
    if unused:
        missing = min(unused)
        close = nearest(missing, [n for r in records for n in (r.name.partition(":")[2], r.name)])
        raise OptionError(
            f"{ALLOW_VARIABLE} names the plugin {missing}, which is not installed",
            code=O_ALLOW,
            help=f"did you mean {close}?" if close else "",
        )
    return manager, records


def _places() -> tuple[tuple[str, int], ...]:
    """Where packages are looked for, and when each place changed: what is installed is the same as long as these are."""
    places = []
    for place in sys.path:
        try:
            places.append((place, os.stat(place or ".").st_mtime_ns))
        except OSError:
            places.append((place, -1))
    return tuple(places)


@lru_cache(maxsize=1)
def _installed(places: tuple[tuple[str, int], ...]) -> tuple[tuple[metadata.EntryPoint, tuple[str, str]], ...]:
    """The entry points of our group, with whose they are; reading those of every package takes longer than a small conversion does."""
    return tuple(_with_distributions(metadata.entry_points(group=GROUP)))


def _with_distributions(
    points: Iterable[metadata.EntryPoint],
) -> Iterator[tuple[metadata.EntryPoint, tuple[str, str]]]:
    """*points*, each with name and version of the distribution that it belongs to, which is read once: it is a mail's header."""
    known: dict[int, tuple[str, str]] = {}
    for point in points:
        dist = getattr(point, "dist", None)
        if dist is not None and id(dist) not in known:
            known[id(dist)] = dist.name, dist.version
        yield point, known[id(dist)] if dist is not None else ("unknown", "unknown")


def _refusal(plugin: object, manager: pluggy.PluginManager) -> str | None:
    """Why *plugin* must not join the plugins of *manager*, or None where it may."""
    if manager.is_registered(plugin):
        return f"the same module is already there as {manager.get_name(plugin)}"
    refusal = api_refusal(getattr(plugin, "ARROWSMITH_API", None))
    if refusal is not None:
        return refusal
    if isinstance(plugin, ModuleType) and plugin in _sound:
        return None
    refusal = _of_hooks(plugin)
    if refusal is None and isinstance(plugin, ModuleType):
        _sound.add(plugin)
    return refusal


#: modules whose hooks have been looked at and are right: looking again would take longer than all else that loading does
_sound: WeakSet[ModuleType] = WeakSet()


def _of_hooks(plugin: object) -> str | None:
    """What is wrong with the hooks of *plugin*, or None where they are right."""
    known = [name for name in dir(hookspecs) if name.startswith("arrowsmith_")]
    for name in dir(plugin):
        attribute = getattr(plugin, name, None)
        if not inspect.isroutine(attribute):
            continue
        marked = getattr(attribute, f"{hookspecs.PROJECT}_impl", None)
        hook = (marked or {}).get("specname") or name
        if (marked is not None or name.startswith("arrowsmith_")) and hook not in known:
            close = nearest(hook, known)
            return f"{hook} is not a hook of arrowsmith" + (f"; did you mean {close}?" if close else "")
        if marked is None and name in known:
            return f"{name} is not marked with @hookimpl"
    # A manager of its own, so that a fault found half-way leaves no half-registered plugin behind.
    trial = pluggy.PluginManager(hookspecs.PROJECT)
    trial.add_hookspecs(hookspecs)
    try:
        trial.register(plugin)
    except pluggy.PluginValidationError as error:
        return str(error).splitlines()[-1]
    return None


def _trace_before(hook: str, methods: Sequence[pluggy.HookImpl], arguments: Mapping[str, Any]) -> None:
    callees = ", ".join(method.plugin_name for method in methods)
    print(f"arrowsmith: {hook}({', '.join(sorted(arguments))}) to {callees or 'nobody'}", file=sys.stderr)


def _trace_after(
    outcome: pluggy.Result[Any], hook: str, methods: Sequence[pluggy.HookImpl], arguments: Mapping[str, Any]
) -> None:
    failed = outcome.exception
    result = f"raised {failed!r}" if failed is not None else f"gave {outcome.get_result()!r}"
    print(f"arrowsmith: {hook} {result}", file=sys.stderr)
