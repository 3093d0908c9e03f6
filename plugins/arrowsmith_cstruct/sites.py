"""Where members and structs stand: their tokens, and the attributes and comments that belong to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from arrowsmith_cstruct.attributes import Attribute
from arrowsmith_cstruct.comments import Remarks
from arrowsmith_cstruct.outline import Block, Outline, Statement


@dataclass(frozen=True, slots=True)
class Site:
    """What belongs to one member."""

    comment: str = ""
    attributes: tuple[Attribute, ...] = ()


@dataclass(slots=True)
class Sites:
    """``remarks`` and ``attributes`` of an ``outline``; ``used``: the attributes that have turned out to be of something;
    ``edges``: the tokens behind which attributes are those of a struct, a union or an enumeration, and not of a member."""

    outline: Outline
    remarks: Remarks
    attributes: Sequence[Attribute]
    used: set[Attribute] = field(default_factory=set)
    edges: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        words = ("struct", "union", "enum")
        keywords = (index for index, token in enumerate(self.outline.tokens) if token.text in words)
        closings = (block.closing for block in self.outline.blocks() if block.kind in words)
        self.edges = frozenset((*keywords, *closings))

    def of_block(self, block: Block) -> tuple[Attribute, ...]:
        """The attributes of a struct or union: those behind its keyword and behind its closing brace."""
        found = tuple(a for a in self.attributes if a.index - 1 in (block.keyword, block.closing))
        self.used.update(found)
        return found

    def above(self, block: Block) -> str:
        """The comment on a struct or union."""
        statement = block.around
        if statement is None:
            return ""
        tokens = self.outline.tokens
        return self.remarks.above(
            self.outline.boundary(statement),
            tokens[statement.first].start,
            tokens[block.opening].start,
            tokens[statement.last].end,
        )

    def of_members(self, block: Block, names: Sequence[int]) -> Mapping[int, Site]:
        """The sites of the members of *block* whose *names* are the tokens of these indices."""
        found: dict[int, Site] = {}
        for statement in block.statements:
            own = [name for name in names if statement.first <= name <= statement.last]
            if own:
                found |= self._of_statement(block, statement, own)
        return found

    def _of_statement(self, block: Block, statement: Statement, names: Sequence[int]) -> dict[int, Site]:
        """An attribute before the first name is of every name, any other of the name before it."""
        tokens = self.outline.tokens
        comments = self.remarks.of(
            self.outline.boundary(statement),
            tokens[statement.first].start,
            [tokens[name].start for name in names],
            tokens[statement.last].end,
        )
        inside = [
            a
            for a in self.attributes
            if a.index - 1 not in self.edges
            and statement.first <= a.index <= statement.last
            and self.outline.block_at(a.start) is block
        ]
        self.used.update(inside)
        sites = {}
        for number, (name, comment) in enumerate(zip(names, comments, strict=True)):
            following = names[number + 1] if number + 1 < len(names) else statement.last
            own = tuple(a for a in inside if a.index <= names[0] or name < a.index <= following)
            sites[name] = Site(comment, own)
        return sites

    def unused(self, counted: Sequence[int]) -> Attribute | None:
        """The first attribute that is of nothing, among the tokens that count."""
        indices = set(counted)
        return next((a for a in self.attributes if a not in self.used and a.index in indices), None)
