"""A header to its Program: the parameters that it gives, in their order, and behind them the place where the first frame begins."""

from __future__ import annotations

from arrowsmith.layout.expr import Ref
from arrowsmith.layout.nodes import Layout, Record
from arrowsmith.lower.expressions import as_register, lower_expression
from arrowsmith.lower.names import referenced
from arrowsmith.lower.walk import Walk
from arrowsmith.program import ops
from arrowsmith.program.builder import Builder
from arrowsmith.program.program import Program

#: what the last column is called
END = "()"


def lower_header(layout: Layout, header: Record) -> Program:
    """The header Program of *layout*."""
    build = Builder(f"{layout.name} header", kind="header")
    asked = [Ref(parameter.path) for parameter in layout.parameters if parameter.path]
    current, elements = referenced(header, asked)
    walk = Walk(
        build=build,
        current=current,
        elements=elements,
        wanted=frozenset(),
        charsets={c.name: c for c in layout.charsets},
    )
    walk.sequence(header.members, None, "need")
    walk.flush()
    build.emit(ops.Need(n=0, site=build.site(rule="the file ends inside its header")))
    end = build.register()
    build.emit(ops.Tell(out=end))
    for parameter in layout.parameters:
        value = lower_expression(walk, Ref(parameter.path)) if parameter.path else parameter.default
        build.emit(ops.Put(column=build.column(0, "i64", (parameter.name,)), a=as_register(walk, value)))
    build.emit(ops.Put(column=build.column(0, "i64", (END,)), a=end))
    return build.program()
