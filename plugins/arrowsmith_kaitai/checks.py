"""Every expression and every name of a description is looked at where it stands, used or not; what is wrong is collected."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from arrowsmith.diagnostics import Diagnostic
from arrowsmith.interfaces import Takes
from arrowsmith.transforms import listed
from arrowsmith_kaitai import ast
from arrowsmith_kaitai.documents import Entry
from arrowsmith_kaitai.faults import Fault, refuse
from arrowsmith_kaitai.infer import Scope, comparable, kind_of, member_kind, want
from arrowsmith_kaitai.kinds import (
    BOOL,
    INT,
    STR,
    STREAM,
    AnyKind,
    BytesKind,
    IntKind,
    Kind,
    ListKind,
    ObjectKind,
    UserKind,
    article,
    fits,
)
from arrowsmith_kaitai.names import World, users
from arrowsmith_kaitai.spec import Attr, Code, EndianSwitch, Param, SwitchRef, TypeRef, TypeSpec, UserRef, Valid

#: What an argument of a process may be, by what the transform takes.
_TAKEN: dict[Takes, tuple[type[Kind], ...]] = {
    "integer": (IntKind, AnyKind),
    "bytes": (BytesKind, AnyKind),
    "integer or bytes": (IntKind, BytesKind, AnyKind),
}


def check_world(world: World) -> tuple[Diagnostic, ...]:
    """Everything that is wrong with the types of *world*, in the order of the documents."""
    found: list[Diagnostic] = []
    mark_parents(world, found)
    for document in world.documents.values():
        for spec in document.inside():
            for check in _checks(world, spec):
                _collect(found, check)
    return tuple({(d.path, d.message): d for d in found}.values())


def _collect(found: list[Diagnostic], check: Callable[[], object]) -> None:
    try:
        check()
    except Fault as fault:
        found.append(fault.diagnostic)


def mark_parents(world: World, found: list[Diagnostic]) -> None:
    """Find out for every type which one's objects make its objects, or which one's a ``parent`` key says."""
    made: dict[TypeSpec, set[TypeSpec | None]] = {}
    said: list[tuple[TypeSpec, TypeSpec, Code]] = []
    for document in world.documents.values():
        for spec in document.inside():
            for attr in (*spec.seq, *spec.instances.values()):
                for ref in users(attr.ref):
                    used = world.find(ref.name, spec)
                    if used is None or used.top is not spec.top:
                        continue
                    if isinstance(attr.parent, Code):
                        said.append((used, spec, attr.parent))
                    else:
                        made.setdefault(used, set()).add(spec if attr.parent is None else None)
    open_ = list(said)
    while open_:  # what one says may follow from what others say: an object may hand on its own parent
        world.parents = {spec: next(iter(of)) if len(of) == 1 else None for spec, of in made.items()}
        world.kinds.clear()
        left = []
        for used, spec, code in open_:
            kind = _said_parent(world, spec, code)
            if kind is None:
                left.append((used, spec, code))
            else:
                made.setdefault(used, set()).add(kind)
        if len(left) == len(open_):
            break
        open_ = left
    for used, spec, code in open_:
        made.setdefault(used, set()).add(None)
        _collect(found, partial(kind_of, world, spec, code))
    world.parents = {spec: next(iter(of)) if len(of) == 1 else None for spec, of in made.items()}
    world.kinds.clear()


def _said_parent(world: World, spec: TypeSpec, code: Code) -> TypeSpec | None:
    """The type that the expression of a ``parent`` key has, as far as it is known."""
    try:
        kind = kind_of(world, spec, code)
    except Fault:
        return None
    return kind.spec if isinstance(kind, UserKind) else None


def _checks(world: World, spec: TypeSpec) -> Iterator[Callable[[], object]]:
    if isinstance(spec.endian, EndianSwitch) and spec.own_endian:
        switch = spec.endian
        yield lambda: _cases(world, spec, switch.on, [when for when, _ in switch.cases])
    yield lambda: _wanted(world, spec, spec.shown, STR)
    for param in spec.params:
        yield partial(_param, world, spec, param)
    for attr in (*spec.seq, *spec.instances.values()):
        for check in _ATTRIBUTE:
            yield partial(check, world, spec, attr)


def _param(world: World, spec: TypeSpec, param: Param) -> None:
    world.declared(param, spec)


def _wanted(world: World, spec: TypeSpec, code: Code | None, kind: Kind, it: Kind | None = None) -> None:
    if code is not None:
        want(Scope(world, spec, code, it), code.tree, kind, "expected")


def _test(world: World, spec: TypeSpec, attr: Attr) -> None:
    _wanted(world, spec, attr.test, BOOL)


def _type(world: World, spec: TypeSpec, attr: Attr) -> None:
    if attr.value is not None:
        member_kind(world, spec, attr)
        return
    if isinstance(attr.ref, SwitchRef):
        for case in attr.ref.cases:
            _called(world, spec, case.ref)
    else:
        _called(world, spec, attr.ref)
    if attr.enum is not None:
        world.declared(attr, spec)


def _switch(world: World, spec: TypeSpec, attr: Attr) -> None:
    if isinstance(attr.ref, SwitchRef):
        _cases(world, spec, attr.ref.on, [case.when for case in attr.ref.cases])


def _cases(world: World, spec: TypeSpec, on: Code, cases: list[Code | None]) -> None:
    kind = kind_of(world, spec, on)
    for when in cases:
        if when is not None:
            scope = Scope(world, spec, when, on=kind)
            comparable(scope, when.tree, "==", kind, scope.kind(when.tree))


def _called(world: World, spec: TypeSpec, ref: TypeRef) -> None:
    """Look up a type, and whether its arguments are what it takes."""
    if not isinstance(ref, UserRef):
        return
    found = world.user(ref.name, spec, ref.entry)
    if len(found.params) != len(ref.arguments):
        message = f"the type {found} takes {len(found.params)} parameters, and gets {len(ref.arguments)} arguments"
        refuse("K0402", ref.entry, message)
    for number, (param, argument) in enumerate(zip(found.params, ref.arguments, strict=True)):
        wanted = world.declared(param, found)
        given = kind_of(world, spec, argument)
        if not fits(given, wanted):
            message = f"can't pass argument #{number} of type {given} into parameter `{param.id}` of type {wanted}"
            Scope(world, spec, argument).fail("K0402", argument.tree, message)


def _numbers(world: World, spec: TypeSpec, attr: Attr) -> None:
    for code in (attr.size, attr.count, attr.pos):
        _wanted(world, spec, code, INT)
    _wanted(world, spec, attr.io, STREAM)


def _until(world: World, spec: TypeSpec, attr: Attr) -> None:
    if attr.until is not None:
        _wanted(world, spec, attr.until, BOOL, world.declared(attr, spec))


def _process(world: World, spec: TypeSpec, attr: Attr) -> None:
    process = attr.process
    if process is None:
        return
    transform = world.transforms.get(process.name)
    if transform is None:
        help = (
            f"those that are known: {listed(world.transforms)}; plugins offer others by the hook arrowsmith_transforms"
        )
        refuse("K0503", process.entry, f"there is no process {process.name}", help)
    if len(process.arguments) != len(transform.takes):
        message = f"{process.name} takes {len(transform.takes)} arguments, and has {len(process.arguments)}"
        refuse("K0402", process.entry, message)
    for argument, takes in zip(process.arguments, transform.takes, strict=True):
        kind = kind_of(world, spec, argument)
        if not isinstance(kind, _TAKEN[takes]):
            wanted = f"{'an ' if takes[0] == 'i' else ''}{takes}"
            message = f"{process.name} takes {wanted} here, and this is {article(kind)}"
            Scope(world, spec, argument).fail("K0402", argument.tree, message)


def _parent(world: World, spec: TypeSpec, attr: Attr) -> None:
    if not isinstance(attr.parent, Code):
        return
    scope, tree = Scope(world, spec, attr.parent), attr.parent.tree
    kind = scope.kind(tree)
    if not isinstance(kind, (UserKind, ObjectKind, AnyKind)):
        scope.fail("K0402", tree, f"a parent is an object, and this is {article(kind)}")
    handed_on = [
        part for part in ast.parts(tree) if isinstance(part, (ast.Name, ast.Attribute)) and part.name == "_parent"
    ]
    for part in handed_on:
        of = scope.kind(part.value) if isinstance(part, ast.Attribute) else UserKind(spec)
        if isinstance(of, UserKind) and of.spec not in world.parents:
            scope.fail("K0402", part, f"the type {of.spec} has no parent: nothing that has one makes its objects")
    if isinstance(kind, ObjectKind) and not handed_on:
        scope.fail("K0402", tree, "the type of a parent has to be known, and this is an object of some type")


def _valid(world: World, spec: TypeSpec, attr: Attr) -> None:
    valid = attr.valid
    if valid is None:
        return
    kind = member_kind(world, spec, attr)
    if isinstance(kind, ListKind) and attr.repeat:
        kind = kind.element
    for code, op in (
        (valid.eq, "=="),
        (valid.least, ">="),
        (valid.most, "<="),
        *((one, "==") for one in valid.any_of or ()),
    ):
        if code is not None:
            scope = Scope(world, spec, code, it=kind)
            comparable(scope, code.tree, op, kind, scope.kind(code.tree))
    _wanted(world, spec, valid.expr, BOOL, kind)


def valid_entry(valid: Valid) -> Entry:
    """Where a condition on a value stands."""
    return valid.entry


_ATTRIBUTE = (_test, _type, _switch, _numbers, _until, _process, _parent, _valid)
