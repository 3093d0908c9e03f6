"""An op that makes a value, and what becomes of it: a put right behind it takes the value where it is, otherwise its register does.

What is refused or absent leaves the straight way: cold code stores null, logs, or goes to the trap.
"""

from __future__ import annotations

from typing import Any

from arrowsmith.columns import WIDTH
from arrowsmith.errors import InternalError
from arrowsmith.program import ops as o
from arrowsmith_x86_64.absence import absent_or
from arrowsmith_x86_64.select import Exits, Selector
from arrowsmith_x86_64.select_columns import put_null, put_value
from arrowsmith_x86_64.select_texts_fused import fits, fused


def decode(s: Selector, op: Any, put: o.Put | None) -> None:
    """Select *op* and its *put*, or the store into its register."""
    a = s.a
    trapping = getattr(op, "fail", "trap") == "trap"
    direct = trapping and not getattr(op, "absent", b"")
    storage = s.program.columns[put.column].storage if put is not None else ""
    width = WIDTH[storage] if storage[:1] in ("i", "u") and storage != "utf8" else 8
    exits, done = Exits(a, bad_label=s.trap if direct else 0, width=width), a.label()
    before = s.displacement, s.proven
    whole = put is not None and fits(s, op, put)
    if put is not None and whole:
        fused(s, op, put, exits)
    else:
        s.decoders[type(op)](s, op, exits)
    if (s.displacement, s.proven) != before:
        raise InternalError(f"{op.name} moved the cursor")
    kind = s.program.registers[op.out.n]
    if put is None:
        s.store(op.out, kind)
    elif not whole:
        put_value(s, put, kind)
    a.place(done)
    with a.cold():
        if exits.bad_label and not direct:
            a.place(exits.bad_label)
            absent_or(s, op, exits)
            if trapping:
                a.jump(s.trap)
            else:
                s.log(op.site)
                a.jump(exits.null)
        if exits.null_label:
            a.place(exits.null_label)
            if put is None:
                a.mov(s.state(op.out), 0)
            else:
                put_null(s, put)
            a.jump(done)
    if put is None and kind in ("i64", "u64"):
        s.hold(op.out)
