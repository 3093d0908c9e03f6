"""Plugins that offer toys, their entry points, and a registry of them."""

from __future__ import annotations

import types
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from arrowsmith import registry
from arrowsmith.diagnostics import Source
from arrowsmith.hookspecs import hookimpl
from arrowsmith.interfaces import BatchReport, Option
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


def batch_report() -> BatchReport:
    return BatchReport(table="t", sink="s", target="x.out", number=0, rows=1, bytes=8)
