"""Names of types and enumerations become what they name, looked for from where they stand outwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from arrowsmith.interfaces import Transformer
from arrowsmith_kaitai import ast
from arrowsmith_kaitai.attributes import named_type
from arrowsmith_kaitai.documents import Entry
from arrowsmith_kaitai.faults import meant, refuse
from arrowsmith_kaitai.kinds import (
    ANY,
    BOOL,
    BYTES,
    INT,
    OBJECT,
    STR,
    STREAM,
    EnumKind,
    FloatKind,
    IntKind,
    Kind,
    ListKind,
    UserKind,
)
from arrowsmith_kaitai.spec import (
    Attr,
    BitsRef,
    BytesRef,
    EnumSpec,
    FloatRef,
    IntRef,
    ListRef,
    Param,
    PlainRef,
    StrRef,
    SwitchRef,
    TypeRef,
    TypeSpec,
    UserRef,
)

#: the types of values that a description names by themselves
PLAIN: Final[Mapping[str, Kind]] = {
    "bool": BOOL, "bytes": BYTES, "str": STR, "struct": OBJECT, "io": STREAM, "any": ANY,
}  # fmt: skip


@dataclass(slots=True, eq=False)
class World:
    """Every document's type by its name, the first one's, and what is found out about types.  ``parents``: the type whose object
    makes one's objects, None where there are several or none.  ``transforms``: the processes that there are."""

    first: TypeSpec
    documents: dict[str, TypeSpec]
    transforms: Mapping[str, Transformer]
    parents: dict[TypeSpec, TypeSpec | None] = field(default_factory=dict)
    kinds: dict[Attr, Kind] = field(default_factory=dict)
    open: list[Attr] = field(default_factory=list)

    # --- types -----------------------------------------------------------------------------------------------------------

    def find(self, name: ast.TypeName, spec: TypeSpec) -> TypeSpec | None:
        """The type that *name* means inside *spec*."""
        if name.absolute:
            return _down(self.documents.get(name.names[0]), name.names[1:]) or _down(spec.top, name.names)
        return self._outwards(name.names, spec)

    def _outwards(self, names: tuple[str, ...], spec: TypeSpec) -> TypeSpec | None:
        """The type that *names* lead to: the first is looked for from *spec* outwards, and each other one from there in the same way."""
        first, rest = names[0], names[1:]
        around: TypeSpec | None = spec
        while around is not None:
            inner = around.types.get(first) or (around if around.name == first else None)
            found = self._outwards(rest, inner) if inner is not None and rest else inner
            if found is not None:
                return found
            around = around.outer
        document = self.documents.get(first)
        return self._outwards(rest, document) if document is not None and rest else document

    def user(self, name: ast.TypeName, spec: TypeSpec, at: Entry) -> TypeSpec:
        """`find`, or a refusal."""
        found = self.find(name, spec)
        if found is None:
            if spec.top.opaque:
                message = (
                    f"the type '{name}' is not described here, and types that other programs define cannot be read"
                )
                refuse("K0303", at, message, "describe it in a .ksy of its own and import that")
            known = [inner.name for outer in _outwards(spec) for inner in outer.types.values()]
            help = meant(name.names[-1], [*known, *self.documents, "str", "strz"])
            refuse("K0303", at, f"unable to find type '{name}', searching from {spec}", help)
        return found

    def cast(self, name: ast.TypeName, spec: TypeSpec, at: Entry) -> Kind:
        """The type that a cast inside *spec* makes."""
        if name.array:
            return ListKind(self.cast(ast.TypeName(name.names, False, name.absolute), spec, at))
        own = named_type(name.names[0], spec, plain=True) if len(name.names) == 1 else None
        return self.kind(own, spec) if own is not None else UserKind(self.user(name, spec, at))

    def kind(self, ref: TypeRef, spec: TypeSpec) -> Kind:
        """The type of the values of *ref*, which stands in *spec*; of a switch, what its cases have in common."""
        match ref:
            case IntRef(size, signed):
                return IntKind(size, signed)
            case FloatRef(size):
                return FloatKind(size)
            case BitsRef(width):
                return BOOL if width == 1 else IntKind(8 if width == 64 else 0, width != 64)
            case StrRef():
                return STR
            case BytesRef():
                return BYTES
            case PlainRef(name):
                return PLAIN[name]
            case ListRef(element):
                return ListKind(self.kind(element, spec))
            case UserRef():
                return UserKind(self.user(ref.name, spec, ref.entry))
            case SwitchRef(_, cases):
                from arrowsmith_kaitai.kinds import common

                found = [self.kind(case.ref, spec) for case in cases]
                made = found[0] if found else ANY
                for other in found[1:]:
                    made = common(made, other)
                return made

    def declared(self, member: Attr | Param, spec: TypeSpec) -> Kind:
        """The type of one element of *member*, a member of *spec* that is not computed."""
        kind = self.kind(member.ref, spec)
        if isinstance(member, Attr) and _may_be_bytes(member):
            from arrowsmith_kaitai.kinds import common

            kind = common(kind, BYTES)
        if member.enum is not None:
            if isinstance(member.ref, BitsRef):
                kind = INT  # a single bit is a number, too, where it has labels
            return self.enumerated(member.enum, spec, kind)
        return kind

    # --- enumerations ----------------------------------------------------------------------------------------------------

    def enum(self, names: tuple[str, ...], spec: TypeSpec) -> EnumSpec | None:
        """The enumeration that *names* mean inside *spec*."""
        around = spec if len(names) == 1 else self._outwards(names[:-1], spec)
        while around is not None:
            if names[-1] in around.enums:
                return around.enums[names[-1]]
            around = around.outer
        return None

    def enumerated(self, enum: tuple[tuple[str, ...], Entry], spec: TypeSpec, kind: Kind) -> Kind:
        """The type of numbers of *kind* that are read as an *enum*."""
        names, at = enum
        found = self.named_enum(names, spec, at)
        if not isinstance(kind, (IntKind, EnumKind)):
            refuse("K0402", at, f"only an integer has the labels of an enumeration, and this is {kind}")
        return EnumKind(found)

    def named_enum(self, names: tuple[str, ...], spec: TypeSpec, at: Entry) -> EnumSpec:
        """`enum`, or a refusal."""
        found = self.enum(names, spec)
        if found is None:
            known = [name for outer in _outwards(spec) for name in outer.enums]
            refuse(
                "K0304", at, f"unable to find enum '{'::'.join(names)}', searching from {spec}", meant(names[-1], known)
            )
        return found


def _may_be_bytes(attr: Attr) -> bool:
    """Whether a switch with a size gives bytes where no case fits."""
    if not isinstance(attr.ref, SwitchRef) or (attr.size is None and not attr.size_eos):
        return False
    return all(case.when is not None for case in attr.ref.cases)


def _outwards(spec: TypeSpec) -> list[TypeSpec]:
    return [spec, *(_outwards(spec.outer) if spec.outer is not None else [])]


def _down(spec: TypeSpec | None, names: tuple[str, ...]) -> TypeSpec | None:
    for name in names:
        spec = spec.types.get(name) if spec is not None else None
    return spec


def users(ref: TypeRef) -> list[UserRef]:
    """The types of the description that *ref* names."""
    if isinstance(ref, SwitchRef):
        return [found for case in ref.cases for found in users(case.ref)]
    if isinstance(ref, ListRef):
        return users(ref.element)
    return [ref] if isinstance(ref, UserRef) else []
