"""Room, marks and puts, printed for the lockstep gear."""

from __future__ import annotations

from typing import Final

from arrowsmith.program import ops as o
from arrowsmith.program.ops import R
from arrowsmith_vm.lockstep.printer import Printer, Unsupported, prints


def _room_for(p: Printer, key: int, n: R | int) -> None:
    """Print, or note among the limits that hold for every tile, that *n* slots of level *key* (bytes of column −1 − *key*) are wanted."""
    if isinstance(n, int):
        if n > o.MOST:
            p.line(f"x.stop_if({p.s}, True)")
        elif p.times is None:
            p.line(f"x.room({p.s}, {key}, {max(n, 0)}, None)")
        else:
            p.limits[key] = p.limits.get(key, 0) + max(n, 0) * p.times
        return
    value = p.ready(n)
    p.line(f"x.room({p.s}, {key}, {value.name}, {value.there or None})")


@prints(o.Room)
def _room(p: Printer, op: o.Room) -> None:
    _room_for(p, op.level, op.n)


@prints(o.RoomData)
def _room_data(p: Printer, op: o.RoomData) -> None:
    _room_for(p, -1 - op.column, op.n)


@prints(o.Mark)
def _mark(p: Printer, op: o.Mark) -> None:
    p.line(f"x.mark({p.s}, {op.column}, None)")


_INTEGERS: Final = tuple(f"{s}{n}" for s in "iu" for n in (8, 16, 32, 64))


@prints(o.Put)
def _put(p: Printer, op: o.Put) -> None:
    c, kind = op.column, p.kind(op.a)
    column = p.program.columns[c]
    if column.level != p.scope.level:
        raise Unsupported("a put into another level's slot")
    value = p.value(op.a)
    name, there = value.name, value.there or None
    match column.storage, kind:
        case "utf8", "text":
            p.line(f"x.put_text({p.s}, {c}, {name}, {there})")
        case "binary", "text":
            p.line(f"x.put_text({p.s}, {c}, own({name}), {there})")
        case "none", _:
            p.line(f"x.mark({p.s}, {c}, {there})")
        case storage, ("i64" | "u64") if storage in _INTEGERS:
            _stored(p, op, name, there)
        case storage, "i128" if storage in _INTEGERS:
            _stored(p, op, f"{name}.low", there)
        case "bool", "i128":
            _stored(p, op, f"({name}.low | {name}.high.view(np.uint64)) != 0", there)
        case "bool", ("i64" | "u64"):
            _stored(p, op, f"{name} != 0", there)
        case "dec128", _:
            wide = name if kind == "i128" else f"widened({name}{'.astype(np.uint64)' if kind == 'u64' else ''})"
            wide = f"scaled({wide}, {op.scale})" if op.scale else wide
            p.line(f"x.put_wide({p.s}, {c}, {wide}, {there})")
        case (("f32" | "f64"), "f64"):
            _stored(p, op, name, there)
        case "f64", ("i64" | "u64"):
            _stored(p, op, f"to_float({name}{'.astype(np.uint64)' if kind == 'u64' else ''})", there)
        case storage, _:
            raise Unsupported(f"{kind} put into {storage}")


def _stored(p: Printer, op: o.Put, values: str, there: str | None) -> None:
    """Print the store of *values*; of a column that is never null, without validity."""
    if p.program.columns[op.column].certain and p.scope is p.root.scope:
        p.line(f"x.store({op.column}, {values})")
    else:
        p.line(f"x.put({p.s}, {op.column}, {values}, {there})")
