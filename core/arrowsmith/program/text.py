"""Programs and Plans ⇄ text: `print_program`, `parse_program`, `print_plan`, `parse_plan`; the ops are in `lines`.

A Program is its name, kind and size; lines for parameters, charsets, transforms, levels, columns, registers and sites; then ``do`` and
its ops.
Invariant: parsing what was printed gives an equal value (spans and the transforms of plugins, where they are given).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, get_args

from arrowsmith.charsets import Charset, known
from arrowsmith.columns import Column, Level, Storage
from arrowsmith.diagnostics import Source, Span
from arrowsmith.program.lines import Line, Reader, dotted, lines, listed, print_block, print_op, word
from arrowsmith.program.ops import Kind
from arrowsmith.program.program import Plan, Program, Site
from arrowsmith.transforms import STOCK, Transformer
from arrowsmith.transforms import listed as names_of

__all__ = ["parse_plan", "parse_program", "print_op", "print_plan", "print_program"]


def print_program(program: Program) -> str:
    """*program* as text, complete but for the sources of its spans."""
    return "\n".join(_program(program, "")) + "\n"


def _program(program: Program, indent: str) -> Iterator[str]:
    head = [f"program {word(program.name)} {program.kind}"]
    head += [f"size={program.size}"] if program.size else []
    yield f"{indent}{' '.join(head)} {{"
    inner = indent + "  "
    if program.parameters:
        yield f"{inner}parameters {' '.join(map(word, program.parameters))}"
    for charset in program.charsets:
        table = (
            ""
            if known(charset.name) == charset
            else f" {json.dumps(charset.table, ensure_ascii=False, separators=(' ', ':'))}"
        )
        yield f"{inner}charset {word(charset.name)}{table}"
    for transform in program.transforms:
        yield f"{inner}transform {word(transform.name)}{f' {word(transform.owner)}' if transform.owner else ''}"
    for n, level in enumerate(program.levels):
        if n or level != Level(parent=-1):
            yield f"{inner}level l{n} l{level.parent} {dotted(level.path)}".rstrip()
    for n, column in enumerate(program.columns):
        scratch = (" scratch" if column.scratch else "") + (" certain" if column.certain else "")
        yield f"{inner}column c{n} l{column.level} {column.storage} {dotted(column.path)}".rstrip() + scratch
    for n in range(0, len(program.registers), 16):
        yield f"{inner}registers {' '.join(program.registers[n : n + 16])}"
    for n, site in enumerate(program.sites):
        yield f"{inner}site @{n}{_site(site)}"
    yield f"{inner}do {{"
    yield from print_block(program.body, program, inner + "  ")
    yield f"{inner}}}"
    yield f"{indent}}}"


def _site(site: Site) -> str:
    words = [
        f" {name}={json.dumps(value, ensure_ascii=False)}"
        for name in ("path", "type", "rule")
        if (value := getattr(site, name))
    ]
    words += [" tolerant"] if site.tolerant else []
    if site.span:
        words.append(f" span={json.dumps(site.span.source.name, ensure_ascii=False)}:{site.span.start}:{site.span.end}")
    return "".join(words)


def parse_program(
    text: str, sources: Mapping[str, Source] | None = None, transforms: Mapping[str, Transformer] = STOCK
) -> Program:
    """The Program that *text* prints.  *sources*, by name, give spans; without them sites have none.  *transforms*: those that there
    are, by name (`Registry.transforms`).  Raises ValueError with the line."""
    reader = Reader(list(lines(text)))
    program = _read_program(reader, sources or {}, transforms)
    if reader.lines:
        reader.line().refuse("the Program has ended")
    return program


def _read_program(reader: Reader, sources: Mapping[str, Source], transforms: Mapping[str, Transformer]) -> Program:
    line = reader.line()
    line.take("program")
    given: dict[str, Any] = {"name": line.string(), "kind": line.take()}
    if line.peek() == "size":
        line.take()
        line.take("=")
        given["size"] = line.number_()
    line.take("{")
    line.end()
    lists: dict[str, list[Any]] = {
        name: [] for name in ("parameters", "charsets", "transforms", "levels", "columns", "registers", "sites")
    }
    while True:
        line = reader.line()
        part = line.take()
        if part == "do":
            line.take("{")
            line.end()
            break
        if part == "transform":
            _read_transform(line, lists["transforms"], transforms)
        elif part in _HEADER:
            name, read = _HEADER[part]
            read(line, lists[name], sources)
        else:
            line.refuse(f"{part} is no part of a Program")
        line.end()
    given["body"] = reader.block()
    reader.close().end()
    reader.close().end()
    lists["levels"] = lists["levels"] or [Level(parent=-1)]
    given.update({name: tuple(values) for name, values in lists.items()})
    return Program(**given)


#: what may stand behind a column's path
FLAGS = ("scratch", "certain")


def _read_path(line: Line) -> tuple[str, ...]:
    """What is left of the line but a flag: parts joined by dots; a part in quotes is a token of its own."""
    parts: list[str] = []
    while line.tokens and line.peek() not in FLAGS:
        token = line.take()
        if token.startswith('"'):
            parts.append(str(json.loads(token)))
        else:
            parts += [part for part in token.split(".") if part]
    return tuple(parts)


def _read_words(line: Line, into: list[Any], _: Mapping[str, Source]) -> None:
    while line.tokens:
        into.append(line.string())


def _read_charset(line: Line, into: list[Any], _: Mapping[str, Source]) -> None:
    name = line.string()
    if line.tokens:
        table = _TABLE.read(line)
        into.append(Charset(name, table))
        return
    charset = known(name)
    if charset is None:
        line.refuse(f"{name} is no single-byte codec, and has no table here")
    into.append(charset)


_TABLE = listed(word, Line.string)


def _read_transform(line: Line, into: list[Any], transforms: Mapping[str, Transformer]) -> None:
    """A name, and who it is of."""
    name = line.string()
    found = transforms.get(name)
    if found is None:
        line.refuse(f"there is no transform {name} (known: {names_of(transforms)})")
    owner = line.string() if line.tokens else ""
    if found.owner != owner:
        line.refuse(f"the transform {name} is {_of(found.owner)}, and {_of(owner)} was meant")
    into.append(found)


def _of(owner: str) -> str:
    return f"that of {owner}" if owner else "arrowsmith's own"


def _numbered(line: Line, letter: str, into: list[Any]) -> None:
    number = line.marked(letter)
    if number != len(into):
        line.refuse(f"{letter}{number} is out of order")


def _read_level(line: Line, into: list[Any], _: Mapping[str, Source]) -> None:
    if not into and line.peek() == "l1":
        into.append(Level(parent=-1))
    _numbered(line, "l", into)
    into.append(Level(parent=line.marked("l"), path=_read_path(line)))


def _read_column(line: Line, into: list[Any], _: Mapping[str, Source]) -> None:
    _numbered(line, "c", into)
    level, storage = line.marked("l"), line.take()
    if storage not in get_args(Storage):
        line.refuse(f"there is no storage {storage}")
    path = _read_path(line)
    flags = {flag: line.peek() == flag and bool(line.take()) for flag in FLAGS}
    into.append(Column(level=level, storage=storage, path=path, **flags))  # type: ignore[arg-type]  # looked at above


def _read_registers(line: Line, into: list[Any], _: Mapping[str, Source]) -> None:
    while line.tokens:
        if line.peek() not in get_args(Kind):
            line.refuse(f"there is no kind {line.peek()}")
        into.append(line.take())


def _read_site(line: Line, into: list[Any], sources: Mapping[str, Source]) -> None:
    _numbered(line, "@", into)
    given: dict[str, Any] = {}
    while line.tokens:
        part = line.take()
        if part == "tolerant":
            given[part] = True
            continue
        line.take("=")
        if part != "span":
            given[part] = line.string()
            continue
        name = line.string()
        line.take(":")
        start = line.number_()
        line.take(":")
        end = line.number_()
        given["span"] = Span(sources[name], start, end) if name in sources else None
    into.append(Site(**given))


_HEADER: dict[str, tuple[str, Callable[[Line, list[Any], Mapping[str, Source]], None]]] = {
    "parameters": ("parameters", _read_words),
    "charset": ("charsets", _read_charset),
    "level": ("levels", _read_level),
    "column": ("columns", _read_column),
    "registers": ("registers", _read_registers),
    "site": ("sites", _read_site),
}


# --- plans ---


def print_plan(plan: Plan) -> str:
    """*plan* as text: its parameters, then its Programs."""
    lines = [f"plan {word(plan.name)}{' whole_stream' if plan.whole_stream else ''} limit={plan.limit} {{"]
    for name, value in plan.parameters:
        lines.append(f"  parameter {word(name)} {value}{' specialise' if name in plan.specialise else ''}")
    if plan.header:
        lines += ["  header", *_program(plan.header, "  ")]
    if plan.beside:
        lines += ["  beside", *_program(plan.beside, "  ")]
    lines += ["  framer", *_program(plan.framer, "  ")]
    for name, program in plan.tables:
        lines += [f"  table {word(name)}", *_program(program, "  ")]
    return "\n".join([*lines, "}"]) + "\n"


def parse_plan(
    text: str, sources: Mapping[str, Source] | None = None, transforms: Mapping[str, Transformer] = STOCK
) -> Plan:
    """The Plan that *text* prints; as `parse_program`."""
    reader = Reader(list(lines(text)))
    line = reader.line()
    line.take("plan")
    given: dict[str, Any] = {"name": line.string()}
    while line.peek() != "{":
        part = line.take()
        if part == "whole_stream":
            given[part] = True
        elif part == "limit":
            line.take("=")
            given[part] = line.number_()
        else:
            line.refuse(f"{part} is no part of a Plan")
    tables, parameters, specialise = [], [], []
    while reader.lines and reader.lines[0].peek() != "}":
        line = reader.line()
        part = line.take()
        if part == "parameter":
            parameters.append((line.string(), line.number_()))
            if line.peek() == "specialise":
                line.take()
                specialise.append(parameters[-1][0])
        elif part in ("header", "beside", "framer"):
            given[part] = _read_program(reader, sources or {}, transforms)
        elif part == "table":
            tables.append((line.string(), _read_program(reader, sources or {}, transforms)))
        else:
            line.refuse(f"{part} is no part of a Plan")
        line.end()
    reader.close().end()
    if "framer" not in given:
        raise ValueError("the Plan has no framer")
    return Plan(tables=tuple(tables), parameters=tuple(parameters), specialise=tuple(specialise), **given)
