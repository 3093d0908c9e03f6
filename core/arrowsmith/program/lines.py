"""Ops ⇄ lines of text: tokens, how each field of an op is written (`ROLES`), blocks in braces.

A line is an op, in the anatomy that `arrowsmith.program.ops` begins with; which fields print where comes from their annotations,
so a new op needs nothing here.  Registers, columns and levels are r0, c0, l0; `@3` is the site; defaults are left out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import MISSING, Field, dataclass, fields
from typing import Any, NoReturn

from arrowsmith.program.ops import LET, OPS, TEXT_LET, Block, Op, R
from arrowsmith.program.program import Program

# --- tokens ---

_TOKEN = re.compile(r"""\s*(?:(;.*)|("(?:[^"\\]|\\.)*")|(x'[0-9A-Fa-f]*')|([\[\]{}=:,])|([^\s\[\]{}=:,;"]+))""")
_WORD = re.compile(r"[^\s\[\]{}=:,;\"@.]+")


def word(text: str) -> str:
    """*text* bare where that reads back, else quoted."""
    return text if _WORD.fullmatch(text) and not text.startswith("x'") else json.dumps(text, ensure_ascii=False)


def dotted(path: Iterable[str]) -> str:
    # bare, these are a column's flags
    return ".".join(f'"{part}"' if part in ("scratch", "certain") else word(part) for part in path)


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


def lines(text: str) -> Iterator[Line]:
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


def listed(show: Callable[[Any], str], read: Callable[[Line], Any]) -> Role:
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
    "str": Role(word, Line.string),
    "bytes": Role(_show_literal, _read_bytes),
    "float | str | bytes": Role(_show_literal, _read_literal, bare=True),
    "tuple[Operand, ...]": listed(repr, _read_operand),
    "tuple[bytes, ...]": listed(_show_literal, _read_bytes),
    "tuple[tuple[int, str], ...]": listed(
        lambda pair: f"{pair[0]}:{json.dumps(pair[1], ensure_ascii=False)}", _read_label
    ),
}
ROLES["Order"] = ROLES["Fail"] = ROLES["str"]
ROLES["Bound"] = ROLES["int"]
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
    arity = {**LET, **TEXT_LET}.get(getattr(o, "how", ""), 0)  # operands are shown, be they 0
    arity = 2 if any(f.name == "b" for f in shown) else arity
    shown += [f for f in parts if f not in shown and f.name in ("a", "b")[:arity]]
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
            yield from print_block(block, program, indent + "    ")
            yield f"{indent}  }}"
    else:
        for n, f in enumerate(found):
            block = getattr(o, f.name)
            if n and block:
                yield f"{indent}}} else {{"
            yield from print_block(block, program, indent + "  ")
    yield f"{indent}}}"


def print_block(block: Iterable[Op], program: Program | None, indent: str) -> Iterator[str]:
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
            if not any(f.type in ("Block", CASES) for f in fields(cls)):
                line.refuse(f"{name} holds no ops")
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
            part = line.take()
            values = []
            while line.peek() not in ("{", ""):
                values.append(line.number_())
            line.take("{")
            line.end()
            block = self.block()
            self.close().end()
            if part == "default":
                given[names[0]] = block
            else:
                found.append((tuple(values), block))
        given[cases[0]] = tuple(found)
        self.close().end()
