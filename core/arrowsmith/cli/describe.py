"""``arrowsmith describe``: what a dictionary means, without data: its columns, or the product of one stage as text."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any, Final

import click

from arrowsmith.cli.messages import printable, put_line
from arrowsmith.cli.request import opens_dictionary, request


def _flag(name: str, help: str) -> Callable[[Any], Any]:
    return click.option(f"--{name}", "shown", flag_value=name, default=None, help=help)


@click.command("describe", short_help="What a dictionary means, without data.")
@opens_dictionary
@_flag("layout", "The layout: what the dictionary means, in canonical text.")
@_flag("schema", "The Arrow schema of the rows.")
@_flag("program", "The programs: what reading a record does.")
@_flag("code", "The code that the emitter makes of the programs.")
@_flag("timings", "Seconds that parsing, lowering, emitting and loading take.")
def command(shown: str | None, **given: Any) -> None:
    """Print what DICTIONARY means: by default its columns, with type, offset and length in bytes, and Arrow type."""
    asked = request(given, data=False)
    import arrowsmith

    keywords = {name: value for name, value in asked.keywords.items() if name != "emitter"}
    compiled = arrowsmith.compile(asked.dictionary, **keywords)
    if shown is None:
        _print_columns(compiled)
        return
    for text in VIEWS[shown](compiled, asked.keywords["emitter"]):
        put_line(text.rstrip("\n"))


def _layout(compiled: Any, emitter: str) -> Iterator[str]:
    from arrowsmith.layout.text import print_layout

    yield print_layout(compiled.layout)


def _schema(compiled: Any, emitter: str) -> Iterator[str]:
    yield compiled.schema.to_string(truncate_metadata=False)


def _program(compiled: Any, emitter: str) -> Iterator[str]:
    from arrowsmith.program.text import print_plan

    yield print_plan(compiled.plan)


def _code(compiled: Any, emitter: str) -> Iterator[str]:
    """The listing of each Program, as a conversion on this machine would load it, and why no faster emitter makes it."""
    with _loaded(compiled, emitter) as (kernels, programs):
        for program, made in zip(programs, kernels.codes, strict=True):
            size = f", {len(made.data):,} bytes" if made.data else ""
            why = "".join(f", {n} refuses: {w}" for n, w in kernels.passed_over(program, made.emitter))
            yield f"; {program.kind} {program.name}: {made.emitter}{size}{why}\n{made.listing}\n"


def _timings(compiled: Any, emitter: str) -> Iterator[str]:
    """Seconds of each stage, up to kernels that can be called; a stage that a process has done before may be short."""
    with _loaded(compiled, emitter) as (kernels, _):
        stages = {**compiled.seconds, **kernels.seconds}
        yield "\n".join(f"{stage:6}{stages[stage]:9.3f} s" for stage in ("parse", "lower", "emit", "load"))


@contextmanager
def _loaded(compiled: Any, emitter: str) -> Iterator[tuple[Any, list[Any]]]:
    """The kernels of a dictionary as long as they are looked at, and their Programs, in the same order."""
    from arrowsmith import registry
    from arrowsmith.engine.kernels import Kernels

    plan = compiled.plan
    programs = [p for p in (plan.header, plan.framer, *(table for _, table in plan.tables)) if p is not None]
    with closing(Kernels(registry.load(), emitter=emitter)) as kernels:
        for program in programs:
            kernels.load(program)
        yield kernels, programs


#: the flag's name → the compiled dictionary and the emitter's name as texts
VIEWS: Final = {"layout": _layout, "schema": _schema, "program": _program, "code": _code, "timings": _timings}


# --- columns ---------------------------------------------------------------------


def _print_columns(compiled: Any) -> None:
    from arrowsmith.cli.rows import print_cells

    rows = list(outline(compiled.schema))
    size = compiled.plan.framer.size
    record = f"records of {size:,} bytes" if size else "records of their own length"
    put_line(f"{compiled.plan.name}: {len(compiled.schema):,} columns, {record}\n")
    names = ("column", "dictionary", "type", "offset", "length", "Arrow")
    columns = [[row[i] for row in rows] for i in range(len(names))]
    numeric = (False, False, False, True, True, False)
    print_cells(names, numeric, columns, whole=True)


def outline(parent: Any, depth: int = 0) -> Iterator[tuple[str, ...]]:
    """Column, name and type in the dictionary, offset, length and Arrow type of each field of a schema or struct type."""
    fields = [parent.field(i) for i in range(parent.num_fields)] if hasattr(parent, "num_fields") else list(parent)
    for field in fields:
        said = {key.decode(): value.decode() for key, value in (field.metadata or {}).items()}
        inner = field.type
        while str(inner).startswith(("list<", "large_list<")):
            inner = inner.value_type
        nested = str(inner).startswith("struct<")
        kind = str(field.type).partition("<")[0] if nested else str(field.type)
        known = [said.get(f"arrowsmith.{key}", "") for key in ("name", "type", "offset", "length")]
        yield tuple(map(printable, ("  " * depth + field.name, *known, kind)))
        if nested:
            yield from outline(inner, depth + 1)
