"""Tokens become an outline: the braces, what each of them is of, and the declarations between them.

Functions and variables are no part of a record: their declarations are passed over, whatever is in them.
Invariant: every brace and bracket of an outline is closed, and they nest at most `DEEPEST` deep.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from arrowsmith.diagnostics import nearest
from arrowsmith_cstruct.sheet import Sheet
from arrowsmith_cstruct.tokens import Token

DEEPEST = 100

BlockKind: TypeAlias = Literal["file", "struct", "union", "enum", "function", "other"]

_PAIRS = {")": "(", "]": "[", "}": "{"}
_OPENING = frozenset(_PAIRS.values())
_TAGGED: dict[str, BlockKind] = {"struct": "struct", "union": "union", "enum": "enum"}

#: Words before a declaration's type.
_QUALIFIERS = frozenset(
    ("typedef", "const", "volatile", "restrict", "_Atomic", "static", "extern", "inline", "register", "_Thread_local")
)

#: Words that are types, or begin them.
_TYPES = frozenset(
    (
        "void", "char", "short", "int", "long", "float", "double", "signed", "unsigned", "_Bool", "_Complex", "__int128",
        "struct", "union", "enum", "_Static_assert",
    )
)  # fmt: skip


@dataclass(slots=True, eq=False)
class Statement:
    """A declaration: the tokens ``first`` to ``last`` (inclusive; the last is its semicolon).  ``boundary``: where what stands
    before it ends."""

    first: int
    last: int
    boundary: int


@dataclass(slots=True, eq=False)
class Block:
    """What a pair of braces holds.  ``keyword``: the index of the word ``struct``, ``union`` or ``enum``; ``opening`` and
    ``closing``: those of the braces (−1 and the number of tokens for the file); ``around``: the statement that it is part of."""

    kind: BlockKind
    keyword: int
    opening: int
    closing: int = -1
    parent: Block | None = None
    blocks: list[Block] = field(default_factory=list)
    statements: list[Statement] = field(default_factory=list)
    around: Statement | None = None


@dataclass(frozen=True, slots=True)
class Outline:
    """``file`` is the outermost block of ``tokens``."""

    sheet: Sheet
    tokens: Sequence[Token]
    file: Block

    def block_at(self, offset: int) -> Block:
        """The innermost block that holds *offset*."""
        block = self.file
        while True:
            inner = next(
                (b for b in block.blocks if self.tokens[b.opening].start < offset < self.tokens[b.closing].start),
                None,
            )
            if inner is None:
                return block
            block = inner

    def boundary(self, statement: Statement) -> int:
        """Where what stands before *statement* ends, as an offset."""
        return self.tokens[statement.boundary].end if statement.boundary >= 0 else 0

    def blocks(self) -> Iterator[Block]:
        """Every block but the file, an outer one before those inside it."""
        waiting = [self.file]
        while waiting:
            block = waiting.pop()
            if block is not self.file:
                yield block
            waiting += reversed(block.blocks)


def outline(sheet: Sheet, tokens: Sequence[Token]) -> Outline:
    """The outline of *tokens*."""
    file = Block("file", -1, -1, len(tokens))
    block = file
    opened: list[int] = []
    outside: list[tuple[int, int, int]] = []  # of each open brace: what these three were before it
    first, boundary, parens = 0, -1, 0
    for index, token in enumerate(tokens):
        if token.kind != "sign":
            continue
        if token.text in _OPENING:
            opened.append(index)
            if len(opened) > DEEPEST:
                raise sheet.refusal("H0107", f"this is nested more than {DEEPEST} deep", token.start)
        elif token.text in _PAIRS:
            _match(sheet, tokens, opened, index)
        if token.text in "([":
            parens += 1
        elif token.text in ")]":
            parens -= 1
        elif token.text == "{":
            block = _open(tokens, block, index)
            outside.append((first, boundary, parens))
            first, boundary, parens = index + 1, index, 0
        elif token.text == "}":
            if first < index and block.kind in ("struct", "union"):
                last = tokens[index - 1]
                raise sheet.refusal(
                    "H0106", "this member has no end", last.start, last.end, help="a member ends with ;"
                )
            inner, block = block, block.parent or file
            inner.closing = index
            first, boundary, parens = outside.pop()
            if inner.kind == "function" and block is file:
                _close(block, Statement(first, index, boundary))
                first, boundary = index + 1, index
        elif token.text == ";" and not parens and block.kind != "function":
            if index > first:
                _close(block, Statement(first, index, boundary))
            first, boundary = index + 1, index
    if opened:
        token = tokens[opened[-1]]
        raise sheet.refusal("H0101", f"this {token.text} is not closed", token.start)
    if first < len(tokens):
        token = tokens[-1]
        raise sheet.refusal(
            "H0106", "the text ends inside a declaration", token.start, token.end, help="a declaration ends with ;"
        )
    return Outline(sheet, tokens, file)


def _match(sheet: Sheet, tokens: Sequence[Token], opened: list[int], index: int) -> None:
    token = tokens[index]
    if not opened:
        raise sheet.refusal("H0101", f"this {token.text} closes nothing", token.start)
    other = tokens[opened.pop()]
    if other.text != _PAIRS[token.text]:
        raise sheet.refusal(
            "H0101",
            f"this {token.text} does not close the {other.text} before it",
            token.start,
            notes=[f"the {other.text} stands at {sheet.span(other.start)}"],
        )


def _open(tokens: Sequence[Token], parent: Block, index: int) -> Block:
    """The block that the brace at *index* opens."""
    kind: BlockKind = "other"
    keyword = -1
    for back in (1, 2):
        tagged = back == 1 or tokens[index - 1].kind == "name"
        if tagged and index >= back and tokens[index - back].text in _TAGGED:
            keyword = index - back
            kind = _TAGGED[tokens[keyword].text]
            break
    if keyword < 0 and index and tokens[index - 1].text == ")":
        kind = "function"
    if parent.kind == "function":
        kind = "function"
    block = Block(kind, keyword, index, parent=parent)
    parent.blocks.append(block)
    return block


def _close(block: Block, statement: Statement) -> None:
    block.statements.append(statement)
    for inner in reversed(block.blocks):
        if inner.opening < statement.first:
            break
        inner.around = statement


# --- what counts -----------------------------------------------------------------------------------------------------


def passed_over(found: Outline, statement: Statement) -> bool:
    """Whether a *statement* of the file declares only functions and variables, of types that are defined elsewhere."""
    tokens = found.tokens
    if tokens[statement.first].text in ("typedef", "_Static_assert"):
        return False
    for block in found.file.blocks:
        # braces that are neither a function's nor an initialiser's may be of something that is not understood
        counts = block.kind != "function" and not (block.kind == "other" and tokens[block.opening - 1].text == "=")
        if block.around is statement and counts:
            return False
    return True


def check_types(found: Outline, known: Sequence[str]) -> None:
    """Refuse the first declaration whose type has a name that is neither *known* nor defined before it."""
    names = set(known)
    for block, statement in _in_order(found):
        tokens = found.tokens[statement.first : statement.last + 1]
        at = next((i for i, t in enumerate(tokens) if t.text not in _QUALIFIERS), 0)
        first = tokens[at]
        follows = tokens[at + 1] if at + 1 < len(tokens) else first
        unknown = first.kind == "name" and first.text not in _TYPES and first.text not in names
        if unknown and (follows.kind == "name" or follows.text in ("*", ":", "(")):
            close = nearest(first.text, (*names, *_TYPES))
            raise found.sheet.refusal(
                "H0201",
                f"there is no type {first.text}",
                first.start,
                first.end,
                label="not defined before this point",
                help=f"did you mean {close}?"
                if close
                else f"define it before: typedef … {first.text}; or give the header that does as a dictionary before this one",
            )
        if tokens[0].text == "typedef":
            names.update(_declared(found, statement, block))


def _in_order(found: Outline) -> Iterator[tuple[Block, Statement]]:
    """The statements that count, with the block that each is in, those inside another before it."""
    for statement in found.file.statements:
        if not passed_over(found, statement):
            yield from _inside(found.file, statement)
            yield found.file, statement


def _inside(block: Block, statement: Statement) -> Iterator[tuple[Block, Statement]]:
    for inner in block.blocks:
        if inner.around is statement and inner.kind in ("struct", "union"):
            for member in inner.statements:
                yield from _inside(inner, member)
                yield inner, member


def _declared(found: Outline, statement: Statement, block: Block) -> Iterator[str]:
    """The names that may be those of the types that a typedef defines."""
    within = [(b.opening, b.closing) for b in block.blocks if b.around is statement]
    for index in range(statement.first, statement.last):
        token, follows = found.tokens[index], found.tokens[index + 1]
        inside = any(opening <= index <= closing for opening, closing in within)
        if not inside and token.kind == "name" and follows.text in (",", ";", "[", ")", "("):
            yield token.text
