"""Programs and Plans ⇄ text: `print_program`, `parse_program`, `print_plan`, `parse_plan`.

A line is an op, in the anatomy that `arrowsmith.program.ops` begins with; which fields print where comes from their annotations (`ROLES`),
so a new op needs nothing here.  Registers, columns and levels are r0, c0, l0; `@3` is the site; defaults are left out; `; path` is a comment.
Invariant: parsing what was printed gives an equal value (spans, where the sources are given).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import MISSING, Field, dataclass, fields
from typing import Any, NoReturn, get_args

from arrowsmith.charsets import Charset, known
from arrowsmith.columns import Column, Level, Storage
from arrowsmith.diagnostics import Source, Span
from arrowsmith.program.ops import OPS, Block, Kind, Op, R
from arrowsmith.program.program import Plan, Program, Site

# --- tokens ---

_TOKEN = re.compile(r"""\s*(?:(;.*)|("(?:[^"\\]|\\.)*")|(x'[0-9A-Fa-f]*')|([\[\]{}=:,])|([^\s\[\]{}=:,;"]+))""")
_WORD = re.compile(r"[^\s\[\]{}=:,;\"@.]+")


def _word(text: str) -> str:
    """*text* bare where that reads back, else quoted."""
    return text if _WORD.fullmatch(text) and not text.startswith("x'") else json.dumps(text, ensure_ascii=False)


def _path(path: Sequence[str]) -> str:
    return ".".join(map(_word, path))


@dataclass(slots=True)
class Line:
    """The tokens of one line that are still to be read."""

    number: int
    tokens: list[str]

    def refuse(self, claim: str) -> NoReturn:
        raise ValueError(f"line {self.number}: {claim}")

    def peek(self) -> str:
        return self.tokens[0] if self.tokens else ""

    def take(self, what: str = "") -> str:
        if not self.tokens or (what and self.tokens[0] != what):
            self.refuse(f"expected {what or 'more'}, found {self.peek() or 'the end of the line'}")
        return self.tokens.pop(0)

    def string(self) -> str:
        token = self.take()
        return str(json.loads(token)) if token.startswith('"') else token

    def number_(self) -> int:
        token = self.take()
        try:
            return int(token, 0)
        except ValueError:
            self.refuse(f"expected a number, found {token}")

    def marked(self, letter: str) -> int:
        token = self.take()
        if not re.fullmatch(rf"{letter}-?\d+", token):
            self.refuse(f"expected {letter} and a number, found {token}")
        return int(token[1:])

    def end(self) -> None:
        if self.tokens:
            self.refuse(f"{self.tokens[0]} is too much")


def _lines(text: str) -> Iterator[Line]:
    for number, raw in enumerate(text.split("\n"), 1):
        tokens, at = [], 0
        while at < len(raw.rstrip()):
            match = _TOKEN.match(raw, at)
            if not match:
                raise ValueError(f"line {number}: {raw[at:].strip()!r} is not understood")
            at = match.end()
            if not match[1]:
                tokens.append(match[0].strip())
        if tokens:
            yield Line(number, tokens)


# --- fields of ops ---


@dataclass(frozen=True, slots=True)
class Role:
    """How a field of one annotation prints and reads.  ``bare``: without its name, where it has no default."""

    show: Callable[[Any], str]
    read: Callable[[Line], Any]
    bare: bool = False


def _show_literal(value: float | str | bytes) -> str:
    if isinstance(value, bytes):
        return f"x'{value.hex()}'"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)


def _read_literal(line: Line) -> float | str | bytes:
    token = line.take()
    if token.startswith("x'"):
        return bytes.fromhex(token[2:-1])
    return str(json.loads(token)) if token.startswith('"') else float(token)


def _read_bytes(line: Line) -> bytes:
    token = line.take()
    if not token.startswith("x'"):
        line.refuse(f"expected x'…', found {token}")
    return bytes.fromhex(token[2:-1])


def _read_operand(line: Line) -> R | int:
    return R(line.marked("r")) if line.peek().startswith("r") else line.number_()


def _list(show: Callable[[Any], str], read: Callable[[Line], Any]) -> Role:
    def read_all(line: Line) -> tuple[Any, ...]:
        line.take("[")
        found = []
        while line.peek() != "]":
            found.append(read(line))
        line.take("]")
        return tuple(found)

    return Role(lambda values: f"[{' '.join(map(show, values))}]", read_all)


def _read_label(line: Line) -> tuple[int, str]:
    number = line.number_()
    line.take(":")
    return number, line.string()


#: annotation → how it is written; a Literal is a word
ROLES: dict[str, Role] = {
    "Out": Role(repr, lambda line: R(line.marked("r"))),
    "Reg": Role(repr, lambda line: R(line.marked("r")), bare=True),
    "Operand": Role(repr, _read_operand, bare=True),
    "At": Role("+{}".format, lambda line: line.number_(), bare=True),
    "ColumnNo": Role("c{}".format, lambda line: line.marked("c"), bare=True),
    "LevelNo": Role("l{}".format, lambda line: line.marked("l"), bare=True),
    "int": Role(str, Line.number_),
    "str": Role(_word, Line.string),
    "bytes": Role(_show_literal, _read_bytes),
    "float | str | bytes": Role(_show_literal, _read_literal, bare=True),
    "tuple[Operand, ...]": _list(repr, _read_operand),
    "tuple[bytes, ...]": _list(_show_literal, _read_bytes),
    "tuple[tuple[int, str], ...]": _list(
        lambda pair: f"{pair[0]}:{json.dumps(pair[1], ensure_ascii=False)}", _read_label
    ),
}
ROLES["Order"] = ROLES["Fail"] = ROLES["str"]
CASES = "tuple[tuple[tuple[int, ...], Block], ...]"
#: fields that print without their names although they have a default, or are words
BARE = frozenset({"how", "a", "b"})


def role(f: Field[Any]) -> Role | None:
    """How field *f* is written in its op's line; None where it is not: flags, blocks and the site."""
    kind = str(f.type)
    return ROLES["str"] if kind.startswith("Literal[") else ROLES.get(kind)


def _flagged(f: Field[Any]) -> bool:
    return str(f.type) == "bool"


def _bare(f: Field[Any]) -> bool:
    found = role(f)
    return f.name in BARE or bool(found and found.bare and f.default is MISSING)


# --- printing ops ---


def print_op(o: Op, program: Program | None = None, indent: str = "") -> list[str]:
    """The lines of *o* and its blocks; *program* gives the paths of comments."""
    outs = [repr(getattr(o, f.name)) for f in fields(o) if f.type == "Out"]
    words = [f"{', '.join(outs)} =", o.name] if outs else [o.name]
    parts = [f for f in fields(o) if f.name != "site" and f.type != "Out"]
    shown = [f for f in parts if f.default is MISSING or getattr(o, f.name) != f.default]
    if any(f.name == "b" for f in shown):  # a bare b needs its a
        shown += [f for f in parts if f.name == "a" and f not in shown]
    for f in sorted(shown, key=lambda f: (not _bare(f), parts.index(f))):
        value, how = getattr(o, f.name), role(f)
        if _flagged(f):
            words.append(f.name if value else f"{f.name}=no")
        elif how:
            words.append(how.show(value) if _bare(f) else f"{f.name}={how.show(value)}")
    if o.site >= 0:
        words.append(f"@{o.site}")
    site = program.sites[o.site] if program and 0 <= o.site < len(program.sites) else None
    line = indent + " ".join(words)
    if isinstance(_blocks(o), tuple):
        line += " {"
    if site and site.path:
        line = f"{line:<56}  ; {site.path}"
    return [line, *_print_blocks(o, program, indent)]


def _blocks(o: Op) -> tuple[Field[Any], ...] | None:
    """The fields of *o* that hold blocks."""
    return tuple(f for f in fields(o) if f.type in ("Block", CASES)) or None


def _print_blocks(o: Op, program: Program | None, indent: str) -> Iterator[str]:
    found = _blocks(o)
    if not found:
        return
    if any(f.type == CASES for f in found):
        cases = [(f"case {' '.join(map(str, values))}", block) for values, block in getattr(o, found[0].name)]
        default = getattr(o, found[1].name)
        for head, block in cases + ([("default", default)] if default else []):
            yield f"{indent}  {head} {{"
            yield from _print_block(block, program, indent + "    ")
            yield f"{indent}  }}"
    else:
        for n, f in enumerate(found):
            block = getattr(o, f.name)
            if n and block:
                yield f"{indent}}} else {{"
            yield from _print_block(block, program, indent + "  ")
    yield f"{indent}}}"


def _print_block(block: Iterable[Op], program: Program | None, indent: str) -> Iterator[str]:
    for o in block:
        yield from print_op(o, program, indent)


# --- parsing ops ---


@dataclass(slots=True)
class Reader:
    """The lines that are still to be read."""

    lines: list[Line]

    def line(self) -> Line:
        if not self.lines:
            raise ValueError("the text ends too early")
        return self.lines.pop(0)

    def block(self) -> Block:
        """Ops up to a line that begins with }, which stays."""
        ops = []
        while self.lines and self.lines[0].peek() != "}":
            ops.append(self.op())
        return Block(ops)

    def close(self) -> Line:
        line = self.line()
        line.take("}")
        return line

    def op(self) -> Op:
        line = self.line()
        outs = []
        while re.fullmatch(r"r\d+", line.peek()):
            outs.append(R(line.marked("r")))
            line.take("=" if len(line.tokens) and line.peek() == "=" else ",")
        name = line.take()
        if name not in OPS:
            line.refuse(f"there is no op {name}")
        cls = OPS[name]
        given: dict[str, Any] = dict(zip((f.name for f in fields(cls) if f.type == "Out"), outs, strict=False))
        if len(given) != sum(f.type == "Out" for f in fields(cls)) or len(given) != len(outs):
            line.refuse(f"{name} has another number of results")
        self._fields(cls, line, given)
        opens = line.peek() == "{"
        if opens:
            line.take("{")
        line.end()
        if opens:
            self._blocks(cls, given)
        missing = [f.name for f in fields(cls) if f.default is MISSING and f.name not in given]
        if missing:
            line.refuse(f"{name} lacks {', '.join(missing)}")
        return cls(**given)

    def _fields(self, cls: type[Op], line: Line, given: dict[str, Any]) -> None:
        named = {f.name: f for f in fields(cls) if f.type != "Out" and (role(f) or _flagged(f)) and f.name != "site"}
        bare = [f for f in named.values() if _bare(f)]
        while line.tokens and line.peek() != "{":
            token = line.peek()
            if token.startswith("@"):
                given["site"] = line.marked("@")
            elif token in named and line.tokens[1:2] == ["="]:
                line.take()
                line.take("=")
                how = role(named[token])
                given[token] = line.take() != "no" if not how or _flagged(named[token]) else how.read(line)
            elif token in named and _flagged(named[token]):
                given[line.take()] = True
            elif bare:
                f = bare.pop(0)
                how = role(f)
                assert how
                given[f.name] = how.read(line)
            else:
                line.refuse(f"{token} is no part of {cls.name}")

    def _blocks(self, cls: type[Op], given: dict[str, Any]) -> None:
        names = [f.name for f in fields(cls) if f.type == "Block"]
        cases = [f.name for f in fields(cls) if f.type == CASES]
        if not cases:
            given[names[0]] = self.block()
            line = self.close()
            if line.peek() == "else":
                line.take("else")
                line.take("{")
                line.end()
                given[names[1]] = self.block()
                line = self.close()
            line.end()
            return
        found = []
        while self.lines and self.lines[0].peek() != "}":
            line = self.line()
            word = line.take()
            values = []
            while line.peek() not in ("{", ""):
                values.append(line.number_())
            line.take("{")
            line.end()
            block = self.block()
            self.close().end()
            if word == "default":
                given[names[0]] = block
            else:
                found.append((tuple(values), block))
        given[cases[0]] = tuple(found)
        self.close().end()


# --- programs ---


def print_program(program: Program) -> str:
    """*program* as text, complete but for the sources of its spans."""
    return "\n".join(_program(program, "")) + "\n"


def _program(program: Program, indent: str) -> Iterator[str]:
    head = [f"program {_word(program.name)} {program.kind}"]
    head += [f"size={program.size}"] if program.size else []
    yield f"{indent}{' '.join(head)} {{"
    inner = indent + "  "
    if program.parameters:
        yield f"{inner}parameters {' '.join(map(_word, program.parameters))}"
    for charset in program.charsets:
        table = (
            ""
            if known(charset.name) == charset
            else f" {json.dumps(charset.table, ensure_ascii=False, separators=(' ', ':'))}"
        )
        yield f"{inner}charset {_word(charset.name)}{table}"
    for n, level in enumerate(program.levels):
        if n or level != Level(parent=-1):
            yield f"{inner}level l{n} l{level.parent} {_path(level.path)}".rstrip()
    for n, column in enumerate(program.columns):
        scratch = " scratch" if column.scratch else ""
        yield f"{inner}column c{n} l{column.level} {column.storage} {_path(column.path)}".rstrip() + scratch
    for n in range(0, len(program.registers), 16):
        yield f"{inner}registers {' '.join(program.registers[n : n + 16])}"
    for n, site in enumerate(program.sites):
        yield f"{inner}site @{n}{_site(site)}"
    yield f"{inner}do {{"
    yield from _print_block(program.body, program, inner + "  ")
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


def parse_program(text: str, sources: Mapping[str, Source] | None = None) -> Program:
    """The Program that *text* prints.  *sources*, by name, give spans; without them sites have none.  Raises ValueError with the line."""
    reader = Reader(list(_lines(text)))
    program = _read_program(reader, sources or {})
    if reader.lines:
        reader.line().refuse("the Program has ended")
    return program


def _read_program(reader: Reader, sources: Mapping[str, Source]) -> Program:
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
        name: [] for name in ("parameters", "charsets", "levels", "columns", "registers", "sites")
    }
    while True:
        line = reader.line()
        word = line.take()
        if word == "do":
            line.take("{")
            line.end()
            break
        if word not in _HEADER:
            line.refuse(f"{word} is no part of a Program")
        name, read = _HEADER[word]
        read(line, lists[name], sources)
        line.end()
    given["body"] = reader.block()
    reader.close().end()
    reader.close().end()
    if not lists["levels"] or lists["levels"][0].parent != -1:
        lists["levels"].insert(0, Level(parent=-1))
    return Program(**given, **{name: tuple(values) for name, values in lists.items()})


def _read_path(line: Line) -> tuple[str, ...]:
    """What is left of the line but a flag: parts joined by dots; a part in quotes is a token of its own."""
    parts: list[str] = []
    while line.tokens and line.peek() != "scratch":
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
        table = ROLES["marks"].read(line)
        into.append(Charset(name, table))
        return
    charset = known(name)
    if charset is None:
        line.refuse(f"{name} is no single-byte codec, and has no table here")
    into.append(charset)


ROLES["marks"] = _list(_word, Line.string)


def _numbered(line: Line, letter: str, into: list[Any]) -> None:
    number = line.marked(letter)
    if number != len(into) + (letter == "l" and not into and number == 1):
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
    scratch = line.peek() == "scratch"
    if scratch:
        line.take()
    into.append(Column(level=level, storage=storage, path=path, scratch=scratch))  # type: ignore[arg-type]  # looked at above


def _read_registers(line: Line, into: list[Any], _: Mapping[str, Source]) -> None:
    while line.tokens:
        if line.peek() not in get_args(Kind):
            line.refuse(f"there is no kind {line.peek()}")
        into.append(line.take())


def _read_site(line: Line, into: list[Any], sources: Mapping[str, Source]) -> None:
    _numbered(line, "@", into)
    given: dict[str, Any] = {}
    while line.tokens:
        word = line.take()
        if word == "tolerant":
            given[word] = True
            continue
        line.take("=")
        if word != "span":
            given[word] = line.string()
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
    lines = [f"plan {_word(plan.name)}{' whole_stream' if plan.whole_stream else ''} limit={plan.limit} {{"]
    for name, value in plan.parameters:
        lines.append(f"  parameter {_word(name)} {value}{' specialise' if name in plan.specialise else ''}")
    if plan.header:
        lines += ["  header", *_program(plan.header, "  ")]
    lines += ["  framer", *_program(plan.framer, "  ")]
    for name, program in plan.tables:
        lines += [f"  table {_word(name)}", *_program(program, "  ")]
    return "\n".join([*lines, "}"]) + "\n"


def parse_plan(text: str, sources: Mapping[str, Source] | None = None) -> Plan:
    """The Plan that *text* prints; as `parse_program`."""
    reader = Reader(list(_lines(text)))
    line = reader.line()
    line.take("plan")
    given: dict[str, Any] = {"name": line.string()}
    while line.peek() != "{":
        word = line.take()
        if word == "whole_stream":
            given[word] = True
        elif word == "limit":
            line.take("=")
            given[word] = line.number_()
        else:
            line.refuse(f"{word} is no part of a Plan")
    tables, parameters, specialise = [], [], []
    while reader.lines and reader.lines[0].peek() != "}":
        line = reader.line()
        word = line.take()
        if word == "parameter":
            parameters.append((line.string(), line.number_()))
            if line.peek() == "specialise":
                line.take()
                specialise.append(parameters[-1][0])
        elif word in ("header", "framer"):
            given[word] = _read_program(reader, sources or {})
        elif word == "table":
            tables.append((line.string(), _read_program(reader, sources or {})))
        else:
            line.refuse(f"{word} is no part of a Plan")
        line.end()
    reader.close().end()
    if "framer" not in given:
        raise ValueError("the Plan has no framer")
    return Plan(tables=tuple(tables), parameters=tuple(parameters), specialise=tuple(specialise), **given)
