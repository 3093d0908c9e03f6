"""A document becomes a `TypeSpec`: every key is looked at, every expression parsed; names are not looked up yet.

Invariant: what a spec says was said with keys that the language has, where it has them.
"""

from __future__ import annotations

import re

from arrowsmith_kaitai import keys
from arrowsmith_kaitai.attributes import read_attr, read_instance, read_param
from arrowsmith_kaitai.documents import Entry, said
from arrowsmith_kaitai.faults import refuse
from arrowsmith_kaitai.meta import read_meta
from arrowsmith_kaitai.spec import Attr, EnumSpec, Param, TypeSpec

_KEYS = ("meta", "doc", "doc-ref", "to-string", "params", "seq", "types", "instances", "enums")

#: A type stands inside so many others at most.
DEEPEST = 30


def read_type(entry: Entry, outer: TypeSpec | None = None, name: str = "", depth: int = 0) -> TypeSpec:
    """The type that the mapping *entry* defines: a document's own, or one called *name* inside another."""
    keys.mapping(entry)
    keys.only(entry, _KEYS)
    if depth > DEEPEST:
        refuse("K0102", entry, f"types are nested more than {DEEPEST} deep")
    spec = TypeSpec(names=(*(outer.names if outer else ()), name), entry=entry, outer=outer)
    read_meta(entry, spec)
    doc = entry.get("doc")
    spec.doc = keys.text(doc) if doc is not None else ""
    _doc_ref(entry.get("doc-ref"))
    if (shown := entry.get("to-string")) is not None:
        spec.shown = keys.code(shown)
    spec.enums = {label: _enum(label, at) for label, at in _named(entry.get("enums"), "enum")}
    seen: dict[str, Entry] = {}
    spec.params = tuple(_params(entry.get("params"), spec, seen))
    spec.seq = tuple(_seq(entry.get("seq"), spec, seen))
    for inner, at in _named(entry.get("instances"), "instance"):
        if inner in seen:
            refuse("K0302", at, f"duplicate attribute ID '{inner}', previously defined at {seen[inner].path}")
        spec.instances[inner] = read_instance(inner, at, spec)
    for inner, at in _named(entry.get("types"), "type"):
        spec.types[inner] = read_type(at, spec, inner, depth + 1)
    return spec


def _named(entry: Entry | None, what: str) -> list[tuple[str, Entry]]:
    """The definitions in a mapping of names."""
    if entry is None:
        return []
    found = []
    for key, value in keys.mapping(entry).pairs:
        name = key.shown
        if not keys.ID.fullmatch(name):
            at = Entry(value.path, key.span, "scalar", name)
            refuse("K0301", at, f"invalid {what} ID: '{name}', expected /^[a-z][a-z0-9_]*$/")
        found.append((name, value))
    return found


def _listed(entry: Entry | None) -> tuple[Entry, ...]:
    if entry is None:
        return ()
    if entry.kind != "list":
        refuse("K0202", entry, f"expected array, got {entry.shown}")
    return entry.items


def _once(seen: dict[str, Entry], name: str, at: Entry) -> None:
    if name in seen:
        refuse("K0302", at, f"duplicate attribute ID '{name}', previously defined at {seen[name].path}")
    seen[name] = at


def _params(entry: Entry | None, spec: TypeSpec, seen: dict[str, Entry]) -> list[Param]:
    found = []
    for item in _listed(entry):
        param = read_param(item, spec)
        _once(seen, param.id, item.get("id") or item)
        found.append(param)
    return found


def _seq(entry: Entry | None, spec: TypeSpec, seen: dict[str, Entry]) -> list[Attr]:
    found = []
    for number, item in enumerate(_listed(entry)):
        attr = read_attr(item, spec, number)
        if (at := item.get("id")) is not None:
            _once(seen, attr.id, at)
        found.append(attr)
    return found


def _doc_ref(entry: Entry | None) -> None:
    for one in () if entry is None else entry.items if entry.kind == "list" else (entry,):
        keys.text(one)


# --- enumerations ------------------------------------------------------------------------------------------------------

_NUMBER = re.compile(r"-?(0[xX][0-9a-fA-F_]+|0[bB][01_]+|0[oO][0-7_]+|0|[1-9][0-9_]*)")
_ENUM_KEYS = ("id", "doc", "doc-ref")


def _enum(name: str, entry: Entry) -> EnumSpec:
    labels: list[tuple[int, str]] = []
    numbers: dict[int, Entry] = {}
    known: dict[str, Entry] = {}
    for key, value in keys.mapping(entry).pairs:
        number = key.scalar
        if isinstance(number, str) and _NUMBER.fullmatch(number):  # a number in quotes
            number = int(number.replace("_", ""), 0)
        if isinstance(number, bool) or not isinstance(number, int):
            at = Entry(value.path, key.span, "scalar", number)
            refuse("K0202", at, f"unable to parse `{key.shown}` as a number of an enumeration")
        if not -(1 << 63) <= number < 1 << 63:
            at = Entry(value.path, key.span, "scalar", number)
            refuse("K0202", at, f"the number {number} of an enumeration does not fit 64 bits with a sign")
        label = _label(value)
        at = value.get("id") or value
        if not keys.ID.fullmatch(label):
            refuse("K0301", at, f"invalid enum member ID: '{label}', expected /^[a-z][a-z0-9_]*$/")
        if label in known:
            refuse("K0302", at, f"duplicate enum member ID: '{label}', previously defined at {known[label].path}")
        if number in numbers:
            refuse("K0302", value, f"the number {number} has a label already, at {numbers[number].path}")
        numbers[number], known[label] = value, at
        labels.append((number, label))
    return EnumSpec(name, tuple(labels), entry.path)


def _label(entry: Entry) -> str:
    if entry.kind == "map":
        keys.only(entry, _ENUM_KEYS)
        at = entry.get("id")
        if at is None:
            refuse("K0203", entry, "missing mandatory argument `id`")
        if (doc := entry.get("doc")) is not None:
            keys.text(doc)
        _doc_ref(entry.get("doc-ref"))
        return keys.string(at)
    if not isinstance(entry.scalar, (str, bool)):
        refuse("K0202", entry, f"expected string or map, got {entry.shown}")
    return said(entry.scalar)
