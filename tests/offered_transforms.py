"""Transforms as a plugin offers them, and descriptions and Layouts that name them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import metadata
from types import ModuleType
from typing import Any

import arrowsmith
from arrowsmith import registry as registries
from arrowsmith.hookspecs import hookimpl
from arrowsmith.interfaces import API, Argument, Takes
from arrowsmith.layout.expr import Const, Expr
from arrowsmith.layout.framing import Fixed
from arrowsmith.layout.nodes import Field, Group, Layout, Record, Table
from arrowsmith.layout.types import Bytes, Integer
from arrowsmith.registry import Registry


@dataclass(frozen=True)
class Does:
    """``how``, of the data and as many arguments as ``takes`` has kinds."""

    how: Callable[..., Any]
    takes: tuple[Takes, ...] = ()
    name: str = "test.does"

    def apply(self, data: bytes, arguments: Sequence[Argument]) -> Any:
        return self.how(data, *arguments)


def fail(data: bytes) -> bytes:
    raise KeyError("no such thing")


def offering(*offered: object, name: str = "t") -> Registry:
    """A registry of the installed plugins, and one more that offers transforms."""
    plugin = ModuleType(f"plugin_{name}")
    plugin.ARROWSMITH_API = API  # type: ignore[attr-defined]  # a module made for this

    @hookimpl
    def arrowsmith_transforms() -> list[object]:
        return list(offered)

    plugin.arrowsmith_transforms = arrowsmith_transforms  # type: ignore[attr-defined]  # a module made for this

    class Point:
        dist = metadata.distribution("arrowsmith")

        def __init__(self) -> None:
            self.name = name

        def load(self) -> ModuleType:
            return plugin

    points: list[Any] = [*metadata.entry_points(group="arrowsmith"), Point()]
    return registries.load(entry_points=points)


def described(seq: str, types: str = "") -> Any:
    return arrowsmith.text(f"meta: {{id: t, endian: be}}\nseq: [{seq}]\n{types}", name="t.ksy")


#: twice as long as what it is made of, or a part of it
DOUBLED = Does(lambda data: data + data)
HALVED = Does(lambda data: data[: len(data) // 2], name="test.half")
CUT = Does(lambda data, n, out: data[n:].replace(out, b""), ("integer", "bytes"), "test.cut")
BY_ANY = Does(lambda data, key: data + (key if isinstance(key, bytes) else b"%d" % key), ("integer or bytes",), "by")


def layout(name: str, *arguments: Expr) -> Layout:
    """A record of a byte and three that a transform makes others of, as a format of whatever kind may mean it."""
    made = Group(
        name="", within=Const(3), transform=(name, arguments), members=(Field(name="b", type=Bytes(size=None)),)
    )
    record = Record(name="R", members=(Field(name="a", type=Integer(bits=8)), made))
    return Layout(name="R", tables=(Table(record=record),), framing=Fixed())
