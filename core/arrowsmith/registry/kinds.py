"""The six kinds of things that plugins offer, and the check that an object is of a kind.

Invariant: what does not fit is told in words that name the offer, its plugin, and the member that is wrong.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from arrowsmith.interfaces import Option
from arrowsmith.transforms import TAKES


def _is_name(value: object) -> bool:
    return isinstance(value, str) and bool(value) and value == value.strip()


def _are_suffixes(value: object) -> bool:
    return isinstance(value, tuple) and all(isinstance(s, str) and s[:1] == "." and s == s.lower() for s in value)


def _are_options(value: object) -> bool:
    return isinstance(value, tuple) and all(isinstance(o, Option) for o in value)


def _are_arguments(value: object) -> bool:
    return isinstance(value, tuple) and all(isinstance(kind, str) and kind in TAKES for kind in value)


@dataclass(frozen=True, slots=True, eq=False)
class Kind:
    """A kind of offer: its hook, the values its objects hold (name → what it must be in words, and the test of it), and its
    methods with their parameters."""

    name: str
    hook: str
    values: Mapping[str, tuple[str, Callable[[object], bool]]]
    methods: Mapping[str, tuple[str, ...]]


_NAME = ("a name: text that is not empty", _is_name)
_RANK = ("a whole number", lambda v: type(v) is int)
_SUFFIXES = ("a tuple of lower-case suffixes with their dots", _are_suffixes)
_OPTIONS = ("a tuple of arrowsmith.interfaces.Option", _are_options)
_TAKES = (f"a tuple of {', '.join(map(repr, TAKES))}", _are_arguments)

FORMAT = Kind(
    "format",
    "arrowsmith_formats",
    {"name": _NAME, "suffixes": _SUFFIXES, "options": _OPTIONS},
    {"detect": ("source",), "parse": ("sources", "options", "include")},
)
FRAMER = Kind(
    "framer",
    "arrowsmith_framers",
    {"name": _NAME, "options": _OPTIONS},
    {"find": ("build", "record", "options")},
)
TRANSFORM = Kind(
    "transform",
    "arrowsmith_transforms",
    {"name": _NAME, "takes": _TAKES},
    {"apply": ("data", "arguments")},
)
EMITTER = Kind(
    "emitter",
    "arrowsmith_emitters",
    {"name": _NAME, "rank": _RANK},
    {"refuses": ("program", "host"), "emit": ("program", "target"), "load": ("code", "allocator")},
)
ALLOCATOR = Kind(
    "allocator",
    "arrowsmith_allocators",
    {"name": _NAME, "rank": _RANK},
    {"refuses": ("host",), "allocate": ("size",)},
)
SINK = Kind(
    "sink",
    "arrowsmith_sinks",
    {"name": _NAME, "suffixes": _SUFFIXES, "options": _OPTIONS},
    {"open": ("target", "schema", "options")},
)
KINDS = (FORMAT, FRAMER, TRANSFORM, EMITTER, ALLOCATOR, SINK)


def shape_error(kind: Kind, offered: object, owner: object) -> str | None:
    """Why *offered*, from *owner*, cannot serve as a *kind*, or None where it can."""
    if isinstance(offered, type):
        return f"{kind.name} {offered.__name__} from {owner} is a class; offer an instance of it"
    name = getattr(offered, "name", None)
    shown = f"{kind.name} {name!r} from {owner}" if _is_name(name) else f"a {type(offered).__name__} from {owner}"
    for member, (wanted, fits) in kind.values.items():
        if not hasattr(offered, member):
            return f"{shown} has no {member}, so it is no {kind.name}"
        if not fits(getattr(offered, member)):
            return f"{shown}: {member} is {getattr(offered, member)!r}, not {wanted}"
    for member, parameters in kind.methods.items():
        method = getattr(offered, member, None)
        call = f"{member}({', '.join(parameters)})"
        if not callable(method):
            return f"{shown} has no method {call}"
        try:
            inspect.signature(method).bind(*parameters)
        except TypeError as error:
            return f"{shown}: its method {member} cannot be called as {call}: {error}"
        except ValueError:
            continue  # a builtin whose signature Python does not know: nothing to check
    return None
