"""What a user typed beside a name, as values: `Option` says what one takes, `parse_options` reads all that were given.

Names are compared in lower case, ``-`` as ``_``; an unknown one is an error that names the nearest.
Invariant: a value is of its option's declared type, or `OptionError` says what was wrong and in which option.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from arrowsmith.diagnostics import nearest
from arrowsmith.errors import OptionError, code

O_UNKNOWN = code("O0001", "no option has this name")
O_VALUE = code("O0002", "the value is not one that this option takes")
O_TWICE = code("O0003", "an option is given twice")
O_REPLACED = code("O0004", "an option of another tool is replaced by one of ours")

#: What `parse_options` returns: every declared option under its own name, the default where none was given.
Options = Mapping[str, Any]

#: What a user hands over: a mapping, or pairs in the order typed.
GivenOptions = Mapping[str, Any] | Iterable[tuple[str, Any]]


def plain(name: str) -> str:
    """*name* as options are compared: lower case, ``-`` as ``_``."""
    return name.strip().lower().replace("-", "_")


@dataclass(frozen=True, slots=True)
class Option:
    """One option of a format or a sink; its documentation is made from this.

    ``type`` is ``str``, ``bool``, ``int`` or ``dict`` (from text: a JSON object).  ``default`` is the value where the option
    is not given, of that type or None.  ``choices`` are the texts allowed, matched as names are.  With ``many`` the value
    is a tuple, from ``name:0``, ``name:1``, … in the order of the numbers, or from ``name`` alone.  With ``prefix`` every
    name that begins with this one is taken, and the value maps the rest of the name (lower case, ``-`` as ``_``) to what
    was given.  ``no_effect`` says why the option is accepted and ignored here; ``replaced_by`` what to use in its place.
    """

    name: str
    type: type[str | bool | int | dict[str, Any]]
    default: Any
    doc: str
    aliases: tuple[str, ...] = ()
    prefix: bool = False
    choices: tuple[str, ...] = ()
    many: bool = False
    no_effect: str = ""
    replaced_by: str = ""

    def value(self, given: object, spelled: str = "") -> Any:
        """*given* as a value of this option's type; *spelled* is its name as the user wrote it.  Raises `OptionError`."""
        spelled = spelled or self.name
        if self.type is str and isinstance(given, os.PathLike):
            given = os.fspath(given)
        try:
            result = _READERS[self.type](given)
        except ValueError as error:
            raise OptionError(f"option {spelled}: {error}", code=O_VALUE) from None
        if not self.choices:
            return result
        known = {plain(choice): choice for choice in self.choices}
        if plain(result) in known:
            return known[plain(result)]
        close = nearest(result, self.choices)
        allowed = ", ".join(self.choices)
        raise OptionError(
            f"option {spelled}: {result!r} is not one of {allowed}",
            code=O_VALUE,
            help=f"did you mean {close}?" if close else "",
        )


def _text(given: object) -> str:
    if isinstance(given, bool):
        return "true" if given else "false"
    if isinstance(given, str | int):
        return str(given)
    raise ValueError(f"{given!r} is not a text")


_TRUTH = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}


def _truth(given: object) -> bool:
    if isinstance(given, bool):
        return given
    if isinstance(given, str) and given.strip().lower() in _TRUTH:
        return _TRUTH[given.strip().lower()]
    raise ValueError(f"{given!r} is neither true nor false")


def _integer(given: object) -> int:
    if isinstance(given, int) and not isinstance(given, bool):
        return given
    if isinstance(given, str) and re.fullmatch(r"[+-]?[0-9]+", given.strip()):
        return int(given)
    if isinstance(given, str) and re.fullmatch(r"0[xX][0-9a-fA-F]+", given.strip()):
        return int(given, 16)
    raise ValueError(f"{given!r} is not a whole number")


def _mapping(given: object) -> dict[str, Any]:
    if isinstance(given, str):
        try:
            given = json.loads(given)
        except json.JSONDecodeError as error:
            raise ValueError(f"not a JSON object: {error.msg} at character {error.pos + 1}") from None
    if isinstance(given, Mapping):
        return dict(given)
    raise ValueError(f"{given!r} is not a mapping (a JSON object)")


#: type → the function that reads a given value, raising ValueError with the rule that was broken
_READERS: dict[type, Callable[[object], Any]] = {str: _text, bool: _truth, int: _integer, dict: _mapping}


def parse_options(declared: Sequence[Option], given: GivenOptions, *, owner: str = "") -> Options:
    """Values for all the *declared* options from what the user has *given*; names ignore case, and ``-`` equals ``_``.

    A value of None counts as not given.  *owner* ("format copybook") is named in messages.  Raises `OptionError` for an
    unknown name (with the nearest one), a value of the wrong type, a name given twice, and an option that is replaced.
    """
    exact = {plain(name): option for option in declared for name in (option.name, *option.aliases)}
    prefixes = sorted(((n, o) for n, o in exact.items() if o.prefix), key=lambda pair: -len(pair[0]))
    found: dict[str, dict[str, Any]] = {}
    spellings: dict[tuple[str, str], str] = {}
    for spelled, raw in given.items() if isinstance(given, Mapping) else given:
        if raw is None:
            continue
        stem, colon, number = plain(spelled).rpartition(":")
        ordered = bool(colon) and number.isdecimal()
        name = stem if ordered else plain(spelled)
        option, rest = _declared(name, exact, prefixes)
        if option is None:
            names = [n for o in declared if not o.replaced_by for n in (o.name, *o.aliases)]
            close = nearest(name, names)
            raise OptionError(
                f"{owner + ': ' if owner else ''}there is no option {spelled}",
                code=O_UNKNOWN,
                help=f"did you mean {close}?" if close else "",
            )
        if option.replaced_by:
            raise OptionError(f"option {spelled} is replaced: {option.replaced_by}", code=O_REPLACED)
        if ordered and not option.many:
            raise OptionError(f"option {spelled}: {option.name} takes one value, so it has no number", code=O_VALUE)
        slot = number.lstrip("0") or "0" if ordered else rest
        if (earlier := spellings.setdefault((option.name, slot), spelled)) != spelled or slot in found.get(
            option.name, ()
        ):
            raise OptionError(f"option {option.name} is given twice, as {earlier} and as {spelled}", code=O_TWICE)
        if not option.no_effect:
            found.setdefault(option.name, {})[slot] = _read(option, raw, spelled)
    return MappingProxyType({o.name: _collected(o, found) for o in declared if not (o.no_effect or o.replaced_by)})


def _declared(
    name: str, exact: Mapping[str, Option], prefixes: Sequence[tuple[str, Option]]
) -> tuple[Option | None, str]:
    """The option that *name* (plain) means, and what follows the prefix where it is one."""
    option = exact.get(name)
    if option is not None and not option.prefix:
        return option, ""
    for prefix, candidate in prefixes:
        if name.startswith(prefix) and name != prefix:
            return candidate, name[len(prefix) :]
    return None, ""


def _read(option: Option, raw: object, spelled: str) -> Any:
    if option.many and isinstance(raw, list | tuple):
        return tuple(option.value(item, spelled) for item in raw)
    value = option.value(raw, spelled)
    return (value,) if option.many else value


def _collected(option: Option, found: Mapping[str, Mapping[str, Any]]) -> Any:
    """The value of *option* put together from the slots that were *found* for it."""
    slots = found.get(option.name)
    if slots is None:
        return option.default
    if option.prefix:
        return MappingProxyType(dict(slots))
    if option.many:
        return tuple(item for slot in sorted(slots, key=lambda s: (len(s), s)) for item in slots[slot])
    return slots[""]
