"""A type at its place of use: what has been read of it so far, what it is read from, who made it; and how its members are found.

Members are asked for by expressions, from anywhere.  What is not read yet by then is read first: an instance where it is asked for,
a later member of a sequence ahead of its time, hidden.
Invariant: `Frame.member` gives only what the place that asks comes behind, or what is asked for in the same breath.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from arrowsmith.layout.expr import Binary, Const, Expr, Index, Unary
from arrowsmith.layout.nodes import Node
from arrowsmith_kaitai.choosing import chosen
from arrowsmith_kaitai.documents import Entry
from arrowsmith_kaitai.faults import Fault, fault, refuse
from arrowsmith_kaitai.infer import member_kind
from arrowsmith_kaitai.kinds import BYTES, INT, AnyKind, IntKind, Kind, ListKind, ObjectKind, StreamKind, UserKind
from arrowsmith_kaitai.names import World
from arrowsmith_kaitai.spec import Attr, BitsRef, IntRef, Param, SwitchRef, TypeRef, TypeSpec, UserRef
from arrowsmith_kaitai.streams import Stream
from arrowsmith_kaitai.unsigned import twin
from arrowsmith_kaitai.values import Alternatives, Listed, Loc, Null, Object, Path, Scalar, Value, moved, renumbered

if TYPE_CHECKING:
    from arrowsmith_kaitai.spec import Case

#: A record has at most so many columns, and fields that are read at all; expansion stops before it takes minutes.
MOST_COLUMNS, MOST_FIELDS = 20_000, 60_000


class TooMany(Fault):
    """Expansion makes more fields than a record has: types stand in themselves too often."""


class Again(Exception):
    """Something that was left out is asked for behind its place: the expansion begins anew and leaves it in."""


@dataclass(slots=True, eq=False)
class Bits:
    """How many bits of the byte at the cursor are read: a number, or an expression where the data decide.  ``rest``: where bits were
    read in both orders, those that are left, from the least significant on."""

    phase: int | Expr = 0
    order: str = "be"
    rest: tuple[int, int] | None = None


@dataclass(slots=True, eq=False)
class Expansion:
    """What all frames share.  ``demands``: instances that are asked for behind their place; ``limit``: how often a type may stand in
    itself."""

    world: World
    options: Any
    demands: set[tuple[Path, str]] = field(default_factory=set)
    limit: int = 4
    most: int = MOST_COLUMNS
    frames: dict[Path, Frame] = field(default_factory=dict)
    labels: int = 0
    nodes: int = 0
    columns: int = 0
    #: how many arrays are around each array, by its path
    arrays: dict[Path, int] = field(default_factory=dict)

    def label(self, what: str) -> str:
        """A new hidden name, for what no other frame looks into."""
        self.labels += 1
        return f"@{what}{self.labels}"

    def count(self, frame: Frame, entry: Entry) -> None:
        """Count a field of *frame*."""
        self.nodes += 1
        self.columns += not frame.lean
        if self.columns > self.most or self.nodes > MOST_FIELDS:
            names = [around.spec.name for around in reversed(frame.around)]
            again = next((name for name in names if names.count(name) > 1), "")
            first = names.index(again) if again else 0
            cycle = " → ".join(names[first : names.index(again, first + 1) + 1]) if again else ""
            what = f"{self.most:,} columns" if self.columns > self.most else f"{MOST_FIELDS:,} fields"
            message = f"all types expanded make more than {what}" + (
                f"; {again} is inside itself: {cycle}" if again else ""
            )
            help = f"give the option recursion a smaller number than {self.limit}" if again else ""
            raise TooMany(fault("K0501", entry.path, entry.span, message, help))

    def demand(self, path: Path, name: str) -> None:
        """Begin anew, with instance *name* of the object at *path* left in."""
        if (path, name) not in self.demands:
            self.demands.add((path, name))
            raise Again

    def wish(self, path: Path, name: str) -> None:
        """Leave instance *name* of the object at *path*, which is still to be expanded, in."""
        self.demands.add((path, name))


@dataclass(slots=True, eq=False)
class Frame:
    """One use of ``spec``, at ``loc``.  ``up``: the frame whose member it is (``member``); ``lean``: instances only where they are
    asked for.  ``done``: members that are read; ``open``: those that are being read, the outermost first; ``ahead``: where members are
    found that are read before their time, ``seeking`` while one of them is being read.  ``cut``: instances that are left out, for their
    type stands in itself too often.
    ``closing``: the repeated member whose condition until is being evaluated.  ``late``: the sequence is read, instances are being added.
    ``arrays``: how many arrays are around its members; ``inside``: 1 while an element of one of them is being read."""

    expansion: Expansion
    spec: TypeSpec
    loc: Loc
    up: Frame | None = None
    member: str = ""
    parent: Value = field(default_factory=Null)
    root: Frame | None = None
    arguments: dict[str, Value] = field(default_factory=dict)
    stream: Stream = field(default_factory=Stream)
    order: str | Expr | None = None
    bits: Bits = field(default_factory=Bits)
    lean: bool = False
    members: list[Node] = field(default_factory=list)
    done: set[str] = field(default_factory=set)
    open: list[str] = field(default_factory=list)
    values: dict[str, Value] = field(default_factory=dict)
    ahead: dict[str, Loc] = field(default_factory=dict)
    seeking: bool = False
    at: int = 0
    phase: int | Expr = 0
    finished: bool = False
    cut: set[str] = field(default_factory=set)
    closing: str = ""
    late: bool = False
    arrays: int = 0
    inside: int = 0

    @property
    def object(self) -> Object:
        """The object itself."""
        return Object(self.spec, self.loc, self)

    @property
    def around(self) -> list[Frame]:
        """This frame and those around it, the innermost first."""
        return [self, *(self.up.around if self.up is not None else [])]

    @property
    def depth(self) -> int:
        """How often the type stands around itself here."""
        return sum(frame.spec is self.spec for frame in self.around)

    def late_inside(self, frame: Frame) -> bool:
        """Whether this is asked behind all of the sequence of an object inside *frame*: by an instance that nobody waits for."""
        inside = [inner for inner in self.around if inner is not frame and frame in inner.around]
        return any(inner.late for inner in inside)

    def reads(self, frame: Frame, name: str) -> bool:
        """Whether this frame is inside member *name* of *frame*."""
        return any(inner.up is frame and inner.member == name for inner in self.around)


def arms(world: World, ref: SwitchRef, spec: TypeSpec, *, raw: bool) -> list[tuple[str, TypeRef | None, list[Case]]]:
    """The alternatives of a switch: name, type and cases; those of one type are one.  The last has no case where there is an
    otherwise; with a size (*raw*) it is bytes, whose type is None here."""
    found: list[tuple[str, TypeRef | None, list[Case]]] = []
    for case in ref.cases:
        same = next((arm for arm in found if _same(world, spec, arm[1], case.ref)), None)
        if same is not None and case.when is not None:
            same[2].append(case)
            continue
        name = case.text
        if isinstance(case.ref, UserRef):
            used = world.find(case.ref.name, spec)
            name = used.name if used is not None else case.ref.name.names[-1]
        known = {arm[0] for arm in found}
        number = 2
        free = name
        while free in known:
            free, number = f"{name}_{number}", number + 1
        found.append((free, case.ref, [case]))
    if raw and all(case.when is not None for case in ref.cases):
        found.append(("bytes", None, []))
    return found


def _same(world: World, spec: TypeSpec, one: TypeRef | None, two: TypeRef) -> bool:
    if isinstance(one, UserRef) and isinstance(two, UserRef):
        mine, other = ([a.tree for a in ref.arguments] for ref in (one, two))
        return world.find(one.name, spec) is world.find(two.name, spec) and mine == other
    return one == two


def is_raw(attr: Attr) -> bool:
    """Whether bytes that no case of a switch takes are a value of their own."""
    return attr.size is not None or attr.size_eos


# --- what is at a place ------------------------------------------------------------------------------------------------


def value_at(frame: Frame | Expansion, spec: TypeSpec, attr: Attr, loc: Loc, owner: Loc) -> Value:
    """The value of *attr*, which is read at *loc* of an object of *spec* at *owner*."""
    expansion = frame.expansion if isinstance(frame, Frame) else frame
    present = owner.child(f"{attr.id}@if").expr if attr.test is not None else None
    if not attr.repeat:
        found = element_at(expansion, spec, attr, loc)
        return _with(found, present)
    kind = expansion.world.declared(attr, spec)
    return Listed(kind, Unary("len", loc.expr), lambda i: element_at(expansion, spec, attr, loc.item(i)), present)


def _with(value: Value, present: Expr | None) -> Value:
    if present is None:
        return value
    if isinstance(value, Object):
        return Object(value.spec, value.loc, value.frame, present)
    return value  # a scalar that is not there is null by itself


def element_at(expansion: Expansion, spec: TypeSpec, attr: Attr, loc: Loc) -> Value:
    """One value of *attr*, a member of *spec*, at *loc*."""
    world = expansion.world
    if isinstance(attr.ref, SwitchRef):
        named = arms(world, attr.ref, spec, raw=is_raw(attr))
        return Alternatives(tuple((name, _one(expansion, spec, attr, ref, loc.child(name))) for name, ref, _ in named))
    return _one(expansion, spec, attr, attr.ref, loc)


def _one(expansion: Expansion, spec: TypeSpec, attr: Attr, ref: TypeRef | None, loc: Loc) -> Value:
    if ref is None:
        return Scalar(BYTES, loc.expr)
    if isinstance(ref, UserRef):
        used = expansion.world.user(ref.name, spec, ref.entry)
        present = loc.child("@here").expr if isinstance(attr.ref, SwitchRef) else None
        return Object(used, loc, expansion.frames.get(loc.path), present)
    kind = expansion.world.kind(ref, spec)
    if attr.enum is not None:
        kind = expansion.world.enumerated(attr.enum, spec, INT if isinstance(ref, BitsRef) else kind)
    if kind == IntKind(8, False) and isinstance(ref, IntRef | BitsRef):
        return Scalar(
            kind, twin(loc, element=bool(attr.repeat) and not isinstance(attr.ref, SwitchRef)).expr, None, True
        )
    return Scalar(kind, loc.expr)


# --- members -----------------------------------------------------------------------------------------------------------


def member(asker: Frame, asking: str, object: Object, name: str, entry: Entry) -> Value:
    """Member *name* of *object*, asked for by an expression of member *asking* of frame *asker*."""
    spec, frame = object.spec, object.frame
    found = spec.member(name)
    assert found is not None
    if isinstance(found, Param):
        return _param(asker, object, found)
    if frame is not None and name in frame.cut:
        return Null(member_kind(asker.expansion.world, spec, found))
    if frame is None:
        asker.expansion.wish(object.loc.path, name)
        return _unread(asker, object, found, entry)
    if name not in frame.done:
        base = _make_available(asker, asking, frame, found, entry)
        if base is not None:
            loc = Loc(base.path, object.loc.indexes)
            return value_at(frame, spec, found, loc.child(name), loc)
    if found.value is not None:
        value = frame.values.get(name)
        if value is None:
            return _computed(member_kind(asker.expansion.world, spec, found), object.loc.child(name))
        return at_object(asker, value, object)
    made = value_at(frame, spec, found, object.loc.child(name), object.loc)
    if isinstance(made, Listed) and name not in frame.done and not object.loc.indexes:
        return _unfinished(asker, asking, frame, name, made)
    return made


def _unfinished(asker: Frame, asking: str, frame: Frame, name: str, list: Listed) -> Value:
    """A list that is being read: it has the elements before the current one; in its own condition until, that one too."""
    current = Index(asker.arrays + asker.inside - 1 - frame.arrays)
    if frame.closing != name or asker is not frame:
        return Listed(list.element, current, list.item, list.present)
    attr = frame.spec.member(name)
    assert isinstance(attr, Attr)
    it = element_at(frame.expansion, frame.spec, attr, frame.loc.child(name))
    size = Binary("add", current, Const(1))

    def item(index: Expr) -> Value:
        if index == Binary("sub", size, Const(1)):
            return it
        earlier = isinstance(index, Binary) and index.op == "sub" and index.left == current
        return list.item(index) if earlier else chosen(Binary("eq", index, current), it, list.item(index))

    return Listed(list.element, size, item, list.present)


def _computed(kind: Kind, loc: Loc) -> Scalar:
    """What was computed, and stands at *loc*: an integer without a sign is kept modulo 2^64."""
    return Scalar(kind, loc.expr, None, kind == IntKind(8, False))


def at_object(asker: Frame, value: Value, object: Object) -> Value:
    """*value* of an object's frame, which looks into current elements and is inside the arrays that the frame is inside of, as it is
    of *object*, which may be in other elements, where *asker* is."""
    frame = object.frame
    assert frame is not None
    here, there = asker.arrays + asker.inside, frame.arrays
    chosen = {asker.expansion.arrays.get(object.loc.path[:depth], -1): index for depth, index in object.loc.indexes}

    def number(up: int) -> Expr:
        array = there - 1 - up
        return chosen[array] if array in chosen else Index(here - 1 - array)

    value = renumbered(value, number)
    for depth, index in object.loc.indexes:
        value = moved(value, object.loc.path[:depth], index)
    return value


def _param(asker: Frame, object: Object, param: Param) -> Value:
    given = object.frame.arguments.get(param.id) if object.frame is not None else None
    if isinstance(given, Scalar) and isinstance(given.expr, Const):
        return given
    if given is not None and not isinstance(given, Scalar):
        return at_object(asker, given, object)
    kind = asker.expansion.world.declared(param, object.spec)
    if isinstance(kind, AnyKind) and given is not None:
        kind = given.kind
    return _computed(kind, object.loc.child(param.id))


def _unread(asker: Frame, object: Object, attr: Attr, entry: Entry) -> Value:
    """A member of an object that is of the very array that is being read: of an element before the current one."""
    world = asker.expansion.world
    if attr.value is None:
        return value_at(asker, object.spec, attr, object.loc.child(attr.id), object.loc)
    kind = member_kind(world, object.spec, attr)
    if isinstance(kind, (UserKind, ObjectKind, ListKind, StreamKind, AnyKind)):
        refuse("K0502", entry, f"{attr.id} of an element before this one is {kind}, which cannot be looked into here")
    return _computed(kind, object.loc.child(attr.id))


def _make_available(asker: Frame, asking: str, frame: Frame, attr: Attr, entry: Entry) -> Loc | None:
    """See to it that *attr* of *frame* is read before what *asker* is about to add; where it is read ahead of its time, the place that
    it is then in."""
    from arrowsmith_kaitai.members import add_instance, read_ahead

    name = attr.id
    if name in frame.ahead:
        return frame.ahead[name]
    inside = asker.reads(frame, name) or (asker is frame and asking == name)
    if inside and attr.repeat and asker.late_inside(frame):
        inside = False  # an instance sees the whole list
    if attr.instance:
        if name not in frame.open:
            if frame.finished:
                frame.expansion.demand(frame.loc.path, name)
            add_instance(frame, attr, hidden=not is_shown(frame, attr))
            return None
        if inside:
            return None
    elif inside or frame.spec.seq.index(attr) < frame.at:
        return None
    if attr.value is not None:
        refuse("K0405", entry, f"the value of {name} depends on itself")
    if frame.seeking and not attr.instance:
        refuse("K0502", entry, f"{name} is read behind a field that has to be read by its value")
    read_ahead(frame, attr)
    return frame.ahead[name]


def is_shown(frame: Frame, attr: Attr) -> bool:
    """Whether the instance *attr* gives a column here."""
    wanted = frame.expansion.options["instances"]
    return not frame.lean and (wanted == "all" or (wanted == "value" and attr.value is not None))
