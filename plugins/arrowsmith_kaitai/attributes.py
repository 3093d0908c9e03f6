"""One member of a sequence, one instance, one parameter: its mapping becomes an `Attr` or a `Param`."""

from __future__ import annotations

import re
from typing import Any

from arrowsmith_kaitai import ast, keys
from arrowsmith_kaitai.charsets import checked_encoding
from arrowsmith_kaitai.documents import Entry
from arrowsmith_kaitai.faults import meant, refuse
from arrowsmith_kaitai.spec import (
    Attr,
    BitsRef,
    BytesRef,
    Case,
    Code,
    Endian,
    FloatRef,
    IntRef,
    ListRef,
    Param,
    PlainRef,
    Process,
    StrRef,
    SwitchRef,
    TypeRef,
    TypeSpec,
    UserRef,
    Valid,
)

#: Keys that any member has; those of the repetition that is chosen, of bytes, of text.
_COMMON = ("consume", "doc", "doc-ref", "eos-error", "id", "if", "include", "repeat", "terminator", "type", "valid")
_REPEATS: dict[str, tuple[str, ...]] = {"expr": ("repeat-expr",), "until": ("repeat-until",), "eos": (), "": ()}
_OF_BYTES = ("contents", "size", "size-eos", "pad-right", "parent", "process")
_OF_TEXT = ("encoding", "size", "size-eos", "pad-right")
_OF_ENUMS = ("enum",)
_READ = ("pos", "io")
_COMPUTED = ("doc", "doc-ref", "enum", "if", "value")

_NUMBER = re.compile(
    r"(?P<kind>[us])(?P<size>[1248])(?P<order>le|be)?|f(?P<float>[48])(?P<forder>le|be)?|b(?P<bits>\d+)(?P<border>le|be)?"
)
_PLAIN = ("bool", "bytes", "str", "struct", "io", "any")


def read_attr(entry: Entry, spec: TypeSpec, number: int) -> Attr:
    """Member *number* of the sequence of *spec*."""
    keys.mapping(entry)
    at = entry.get("id")
    name = f"_unnamed{number}" if at is None else keys.identifier(at, "attribute")
    return _attr(name, entry, spec, ())


def read_instance(name: str, entry: Entry, spec: TypeSpec) -> Attr:
    """The instance *name* of *spec*."""
    keys.mapping(entry)
    value = entry.get("value")
    if value is None:
        return _attr(name, entry, spec, _READ)
    keys.only(entry, _COMPUTED)
    return Attr(
        id=name,
        entry=entry,
        value=keys.code(value),
        test=_code(entry, "if"),
        enum=_enum(entry),
        instance=True,
        doc=_doc(entry),
    )


def read_param(entry: Entry, spec: TypeSpec) -> Param:
    """One parameter of *spec*."""
    keys.only(keys.mapping(entry), ("doc", "doc-ref", "enum", "id", "type"))
    at, kind = entry.get("id"), entry.get("type")
    if at is None:
        refuse("K0203", entry, "missing mandatory argument `id`")
    ref: TypeRef = BytesRef() if kind is None else plain_type(kind, spec)
    return Param(keys.identifier(at, "param"), entry, ref, _enum(entry), kind, _doc(entry))


def _attr(name: str, entry: Entry, spec: TypeSpec, more: tuple[str, ...]) -> Attr:
    kind = entry.get("type")
    ref = _type(kind, spec) if kind is not None else BytesRef()
    repeat = entry.get("repeat")
    how = "" if repeat is None else keys.string(repeat)
    if how not in _REPEATS:
        assert repeat is not None
        refuse(
            "K0202", repeat, f"expected one of `expr`, `eos`, `until`, got {how}", meant(how, ("expr", "eos", "until"))
        )
    _only(entry, ref, how, more)
    given: dict[str, Any] = {
        "id": name,
        "entry": entry,
        "ref": ref,
        "type_entry": kind,
        "repeat": how,
        "doc": _doc(entry),
    }
    for key, attribute in (("repeat-expr", "count"), ("repeat-until", "until")):
        given[attribute] = _code(entry, key)
        if key in _REPEATS[how] and given[attribute] is None:
            assert repeat is not None
            refuse("K0203", repeat, f"`repeat: {how}` requires a `{key}` expression")
    given |= {
        "size": _code(entry, "size"),
        "test": _code(entry, "if"),
        "pos": _code(entry, "pos"),
        "io": _code(entry, "io"),
    }
    given["size_eos"] = keys.truth(entry.get("size-eos"), False)
    given["include"] = keys.truth(entry.get("include"), False)
    given["consume"] = keys.truth(entry.get("consume"), True)
    given["eos_error"] = keys.truth(entry.get("eos-error"), True)
    if (at := entry.get("terminator")) is not None:
        given["terminator"] = _terminator(at)
    if (at := entry.get("pad-right")) is not None:
        given["pad_right"] = keys.byte(at)
    if (at := entry.get("contents")) is not None:
        given["contents"] = _contents(at, ref)
    if (at := entry.get("process")) is not None:
        call, text = keys.type_call(at)
        given["process"] = Process(".".join(call.type.names), tuple(Code(a, text, at) for a in call.arguments), at)
    if (at := entry.get("parent")) is not None:
        given["parent"] = False if at.scalar is False else keys.code(at)
    given["encoding"] = _encoding(entry, ref, spec)
    given["enum"], given["valid"] = _enum(entry), _valid(entry)
    attr = Attr(**given, instance=bool(more))
    _sized(attr)
    return attr


def _only(entry: Entry, ref: TypeRef, repeat: str, more: tuple[str, ...]) -> None:
    allowed = [*_COMMON, *_REPEATS[repeat], *more]
    if isinstance(ref, (BytesRef, UserRef, SwitchRef)):
        allowed += _OF_BYTES
    if isinstance(ref, StrRef):
        allowed += _OF_TEXT
    if isinstance(ref, (IntRef, BitsRef, UserRef)):
        allowed += _OF_ENUMS
    keys.only(entry, allowed)


def _sized(attr: Attr) -> None:
    """Refuse sizes that exclude each other, bytes or text without any, and a process of bytes that nothing says the end of."""
    if attr.size is not None and attr.size_eos:
        refuse("K0203", attr.entry, "only one of `size` and `size-eos` must be specified")
    given = attr.size is not None or attr.size_eos or attr.contents is not None or attr.terminator is not None
    needed = "'size', 'size-eos' or 'terminator' must be specified"
    for ref, at in _each(attr.ref, attr.entry):
        if given:
            continue
        if isinstance(ref, BytesRef) or (isinstance(ref, StrRef) and not ref.terminated):
            what = "a byte array" if isinstance(ref, BytesRef) else "a string"
            refuse("K0203", at, f"{needed} for {what}")
        if isinstance(ref, UserRef) and attr.process is not None:
            refuse("K0203", at, f"{needed} for an object of type {ref.name} that is read from what a `process` makes")


def _each(ref: TypeRef, entry: Entry) -> list[tuple[TypeRef, Entry]]:
    """The types that a member at *entry* may be of, each with what a message about it points at."""
    return [(case.ref, case.written) for case in ref.cases] if isinstance(ref, SwitchRef) else [(ref, entry)]


def _terminator(entry: Entry) -> bytes:
    """The bytes that end a value: one, or a list of them."""
    if entry.kind != "list":
        return bytes([keys.byte(entry)])
    if not entry.items:
        refuse("K0202", entry, "a terminator has a byte at least")
    return bytes(keys.byte(item) for item in entry.items)


def _encoding(entry: Entry, ref: TypeRef, spec: TypeSpec) -> str | None:
    at = entry.get("encoding")
    if at is not None:
        return checked_encoding(at)
    for one, place in _each(ref, entry):
        if isinstance(one, StrRef) and spec.encoding is None:
            message = "string type requires encoding, either specify it explicitly or use the default one in meta"
            refuse("K0206", place, message)
    return spec.encoding


def _code(entry: Entry, key: str) -> Any:
    at = entry.get(key)
    return None if at is None else keys.code(at)


def _doc(entry: Entry) -> str:
    at = entry.get("doc")
    reference = entry.get("doc-ref")
    for one in () if reference is None else reference.items if reference.kind == "list" else (reference,):
        keys.text(one)
    return "" if at is None else keys.text(at)


def _enum(entry: Entry) -> tuple[tuple[str, ...], Entry] | None:
    at = entry.get("enum")
    return None if at is None else (tuple(keys.string(at).split("::")), at)


def _contents(entry: Entry, ref: TypeRef) -> bytes:
    """The bytes that a member of *ref* has in all data."""
    if any(not isinstance(one, BytesRef) for one, _ in _each(ref, entry)):
        refuse(
            "K0203", entry, "`contents` are bytes, and the `type` that stands with them makes something else of them"
        )
    if isinstance(entry.scalar, str):
        made = entry.scalar.encode()
    elif entry.kind == "list":
        parts = (
            item.scalar.encode() if isinstance(item.scalar, str) else bytes([keys.byte(item)]) for item in entry.items
        )
        made = b"".join(parts)
    else:
        refuse("K0202", entry, f"expected string or array, got {entry.shown}")
    if not made:
        refuse("K0202", entry, "`contents` are a byte at least")
    return made


#: What a `valid` says of a value: one of these, with what may stand beside it.
_RANGES = {
    "eq": ("eq",),
    "min": ("min", "max"),
    "max": ("min", "max"),
    "any-of": ("any-of",),
    "expr": ("expr",),
    "in-enum": ("in-enum",),
}


def _valid(entry: Entry) -> Valid | None:
    at = entry.get("valid")
    if at is None:
        return None
    if at.kind != "map":
        return Valid(at, eq=keys.code(at))
    way = next((key for key in _RANGES if at.get(key) is not None), "")
    keys.only(at, _RANGES.get(way, _RANGES))
    if not way:
        refuse("K0203", at, "expected one of `eq`, `min` and `max`, `any-of`, `expr`, `in-enum`")
    any_of = at.get("any-of")
    if any_of is not None and any_of.kind != "list":
        refuse("K0202", any_of, f"expected array, got {any_of.shown}")
    inside = at.get("in-enum")
    if inside is not None:
        if not keys.truth(inside, True):
            help = "if you don't want any validation, omit the `valid` key"
            refuse("K0202", inside, "only `true` is supported as value, got `false`", help)
        if entry.get("enum") is None:
            refuse("K0203", inside, "`valid/in-enum` requires the `enum` key")
    return Valid(
        at,
        eq=_code(at, "eq"),
        least=_code(at, "min"),
        most=_code(at, "max"),
        any_of=tuple(keys.code(item) for item in any_of.items) if any_of is not None else None,
        expr=_code(at, "expr"),
        in_enum=inside is not None,
    )


# --- types -------------------------------------------------------------------------------------------------------------


def _type(entry: Entry, spec: TypeSpec) -> TypeRef:
    if entry.kind == "map":
        return _switch(entry, spec)
    return _named(entry, spec)


def _switch(entry: Entry, spec: TypeSpec) -> SwitchRef:
    keys.only(entry, ("switch-on", "cases"))
    on, cases = entry.get("switch-on"), entry.get("cases")
    for word, given in (("switch-on", on), ("cases", cases)):
        if given is None:
            refuse("K0203", entry, f"missing mandatory argument `{word}`")
    assert on is not None
    assert cases is not None
    found: list[Case] = []
    for key, value in keys.mapping(cases).pairs:
        when = None if key.shown == "_" else keys.code(key, value.path)
        said = keys.text(value)
        _named(value, spec)  # what can be said by the case as it is written comes before what takes its meaning
        path = f"{cases.path}/{ast.notation(when.tree) if when else '_'}"
        at = Entry(path, value.span, value.kind, value.scalar)
        if when is not None:
            when = Code(when.tree, when.text, Entry(path, key.span, "scalar", key.scalar))
        found.append(Case(when, _named(at, spec), said, at, value))
    found.sort(key=lambda case: case.when is None)
    return SwitchRef(keys.code(on), tuple(found))


def _named(entry: Entry, spec: TypeSpec, *, plain: bool = False) -> TypeRef:
    """The type that *entry* names; ``plain``: where parameters and casts have types of their own."""
    said = keys.text(entry)
    if plain and said.endswith("[]"):
        at = Entry(entry.path, entry.span, "scalar", said[:-2])
        return ListRef(_named(at, spec, plain=True))
    found = named_type(said, spec, plain=plain)
    if found is not None:
        if not plain:
            _ordered(found, said, entry, spec)
        return found
    call, source = keys.type_call(entry)
    if call.type.array:
        refuse("K0202", entry, f"only parameters and casts have lists as types: {said}", "write repeat")
    return UserRef(call.type, tuple(Code(a, source, entry) for a in call.arguments), entry)


def plain_type(entry: Entry, spec: TypeSpec) -> TypeRef:
    """The type of a parameter."""
    return _named(entry, spec, plain=True)


def named_type(said: str, spec: TypeSpec, *, plain: bool = False) -> TypeRef | None:
    """The type of the language's own that is called *said*; None where there is none.  Values of *plain* types are read nowhere:
    their names say nothing of how."""
    if plain and said in _PLAIN:
        return PlainRef(said)  # type: ignore[arg-type]  # one of the words
    if said in ("str", "strz") and not plain:
        return StrRef(said == "strz")
    found = _NUMBER.fullmatch(said)
    if found is None or (found["kind"] and found["size"] == "1" and found["order"]):
        return None
    if plain and (found["order"] or found["forder"]):
        return None
    if found["kind"]:
        return IntRef(int(found["size"]), found["kind"] == "s", _order(found["order"], spec))
    if found["float"]:
        return FloatRef(int(found["float"]), _order(found["forder"], spec))
    order: Endian = spec.bit_order if not found["border"] else "le" if found["border"] == "le" else "be"
    return BitsRef(int(found["bits"]), order)


def _order(said: str | None, spec: TypeSpec) -> Endian | None:
    """The order that a type says, or the fixed one of its surroundings."""
    if said:
        return "le" if said == "le" else "be"
    return spec.endian if isinstance(spec.endian, str) else None


def _ordered(ref: TypeRef, said: str, entry: Entry, spec: TypeSpec) -> None:
    if isinstance(ref, BitsRef) and not 0 <= ref.width <= 64:
        refuse("K0202", entry, f"a field of bits has 0 to 64 of them, not {ref.width}")
    if isinstance(ref, (IntRef, FloatRef)) and ref.size > 1 and ref.order is None and spec.endian is None:
        help = f"write {said}le or {said}be, or give the type's meta an endian"
        refuse("K0205", entry, f"unable to use type '{said}' without default endianness", help)
