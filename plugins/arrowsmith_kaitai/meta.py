"""The ``meta`` of a type: its name, its byte and bit order, its encoding, what it imports, which version of the language it needs."""

from __future__ import annotations

import re

from arrowsmith_kaitai import keys
from arrowsmith_kaitai.charsets import checked_encoding
from arrowsmith_kaitai.documents import Entry
from arrowsmith_kaitai.faults import meant, refuse
from arrowsmith_kaitai.spec import Code, Endian, EndianSwitch, TypeSpec

_KEYS = (
    "application", "bit-endian", "encoding", "endian", "file-extension", "id", "imports", "ks-debug", "ks-opaque-types", "ks-version",
    "ks-zero-copy-substream", "license", "tags", "title", "xref",
)  # fmt: skip

#: The versions of the language that are known here, the first and the last.
OLDEST, NEWEST = (0, 6), (0, 11)
_VERSION = re.compile(r"(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:-SNAPSHOT)?")


def read_meta(entry: Entry, spec: TypeSpec) -> None:
    """Read the meta of the type *entry* into *spec*; what it does not say, the type around it does."""
    outer, meta = spec.outer, entry.get("meta")
    if outer is not None:
        spec.endian, spec.bit_order, spec.encoding, spec.opaque = (
            outer.endian,
            outer.bit_order,
            outer.encoding,
            outer.opaque,
        )
    if meta is None:
        if outer is None:
            refuse("K0204", entry, "no `meta` encountered in top-level class spec", "add a meta with an id")
        return
    keys.only(keys.mapping(meta), _KEYS)
    _name(meta, spec)
    if (at := meta.get("ks-version")) is not None:
        _version(at)
    if (at := meta.get("endian")) is not None:
        spec.endian, spec.own_endian = _endian(at), True
    if (at := meta.get("bit-endian")) is not None:
        if at.scalar not in ("le", "be"):
            refuse("K0202", at, f"unable to parse bit endianness: expected `le` or `be`, found {at.shown}")
        spec.bit_order = "le" if at.scalar == "le" else "be"
    if (at := meta.get("encoding")) is not None:
        spec.encoding = checked_encoding(at)
    for flag in ("ks-debug", "ks-opaque-types", "ks-zero-copy-substream"):
        set_ = keys.truth(meta.get(flag), False)
        spec.opaque = set_ if flag == "ks-opaque-types" and meta.get(flag) is not None else spec.opaque
    if (at := meta.get("imports")) is not None:
        named = at.items if at.kind == "list" else (at,)
        spec.imports = tuple((keys.string(item), item) for item in named)


def _name(meta: Entry, spec: TypeSpec) -> None:
    at = meta.get("id")
    if spec.outer is not None:  # its name is the key that it stands under, whatever it calls itself
        if at is not None:
            keys.identifier(at, "meta")
        return
    if at is None:
        refuse("K0204", meta, "no `meta/id` encountered in top-level class spec", "a description's id is its name")
    spec.names = (keys.identifier(at, "meta"),)


def _version(entry: Entry) -> None:
    said = keys.text(entry)
    found = _VERSION.fullmatch(said)
    if found is None:
        refuse("K0204", entry, f"{said!r} is no version")
    wanted = tuple(int(part) for part in found.groups() if part is not None)
    if wanted < OLDEST:
        help = "if you meant 0.10, write '0.10': without quotes it is the number 0.1" if said == "0.1" else ""
        refuse("K0204", entry, f"minimum allowed version is {_dotted(OLDEST)}, but got {said}", help)
    if wanted[:2] > NEWEST:
        refuse(
            "K0204", entry, f"this needs version {said} of the language; {_dotted(NEWEST)} is the last one known here"
        )


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))


def _endian(entry: Entry) -> Endian | EndianSwitch:
    if entry.kind == "map":
        keys.only(entry, ("switch-on", "cases"))
        on, cases = entry.get("switch-on"), entry.get("cases")
        if on is None or cases is None:
            refuse("K0203", entry, f"missing mandatory argument `{'switch-on' if on is None else 'cases'}`")
        found: list[tuple[Code | None, Endian]] = []
        for key, value in keys.mapping(cases).pairs:
            when = None if key.shown == "_" else keys.code(key, value.path)
            found.append((when, _order(value)))
        return EndianSwitch(keys.code(on), tuple(sorted(found, key=lambda case: case[0] is None)))
    return _order(entry)


def _order(entry: Entry) -> Endian:
    if entry.scalar == "le":
        return "le"
    if entry.scalar == "be":
        return "be"
    message = "unable to parse endianness: `le`, `be` or calculated endianness map is expected"
    refuse("K0202", entry, message, meant(entry.shown, ("le", "be")))
