"""Rules of form, D0101 to D0103: a Layout is a tree of bounded size whose attributes have values of their kinds.

Invariant: these look at any Layout, in bounded time and stack; they run one by one, and the first that finds something ends the check.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import is_dataclass
from typing import Any

from arrowsmith.diagnostics import Span
from arrowsmith.layout.measure import called
from arrowsmith.layout.nodes import Derived, Field, Layout, Node, Record, children
from arrowsmith.layout.rules.rule import Found, Rule, rule
from arrowsmith.layout.vocabulary import attributes

#: Values that hold no others.
PLAIN = frozenset({str, int, bool, float, bytes, type(None)})

#: A Layout nests at most so many values in one another: far below what would exhaust Python's stack.
DEEPEST = 200

#: A record has at most so many columns (the contract: recursive types must not explode) …
MOST_COLUMNS = 20_000

#: … and so many nodes: what is hidden costs as well.
MOST_NODES = 10 * MOST_COLUMNS


@rule("D0101", "an attribute has a value that it does not take")
def values(layout: Layout) -> Iterator[Found]:
    waiting: list[tuple[Any, str, Span | None, int]] = [(layout, "the layout", None, 0)]
    seen: set[int] = set()
    while waiting:
        value, name, span, depth = waiting.pop()
        if id(value) in seen or depth > DEEPEST:
            continue
        seen.add(id(value))
        span = getattr(value, "span", None) or span
        name = str(getattr(value, "name", "") or name)
        for a in attributes(type(value)):
            given = getattr(value, a.name)
            if type(given) in a.hint.plain:  # nearly all
                continue
            if a.hint.accepts(given):
                if type(given) not in PLAIN:
                    waiting += [(inner, name, span, depth + 1) for inner in _held(given)]
            else:
                shown = type(given).__name__ if is_dataclass(given) else repr(given)
                yield Found(f"{type(value).__name__.lower()} {name}: {a.name} is {shown[:60]}, not {a.hint}", span=span)


def _held(given: Any) -> list[Any]:
    """The values of kinds that an attribute's value, which it takes, is or holds."""
    if type(given) in PLAIN:
        return []
    return [value for item in given for value in _held(item)] if isinstance(given, tuple) else [given]


@rule("D0102", "values are nested too deeply in one another")
def depth(layout: Layout) -> Iterator[Found]:
    deepest: dict[int, int] = {}
    waiting: list[tuple[Any, int, str]] = [(layout, 0, layout.name)]
    while waiting:
        value, level, name = waiting.pop()
        if deepest.get(id(value), -1) >= level:
            continue
        deepest[id(value)] = level
        name = str(getattr(value, "name", "") or name)
        if level > DEEPEST:
            message = f"{name} is nested more than {DEEPEST} deep"
            yield Found(message, span=getattr(value, "span", None), help="expand recursive types to a smaller depth")
            return
        for a in attributes(type(value)):
            given = getattr(value, a.name)
            if type(given) not in PLAIN:
                waiting += [(inner, level + 1, name) for inner in _held(given)]


@rule("D0103", "a record has too many columns or nodes")
def columns(layout: Layout) -> Iterator[Found]:
    counted: dict[int, tuple[int, int]] = {}

    def count(node: Node | Record) -> tuple[int, int]:
        """Columns and nodes of *node*; a node that is at several places is counted once and added up."""
        known = counted.get(id(node))
        if known is None:
            inside = [count(child) for child in children(node)]
            own = int(isinstance(node, (Field, Derived)))
            hidden = getattr(node, "hidden", False)
            known = (0 if hidden else own + sum(c for c, _ in inside)), 1 + sum(n for _, n in inside)
            counted[id(node)] = known
        return known

    for record in (*((layout.header,) if layout.header else ()), *(table.record for table in layout.tables)):
        found, nodes = count(record)
        if found > MOST_COLUMNS or nodes > MOST_NODES:
            what = (
                f"{found:,} columns, {MOST_COLUMNS:,}" if found > MOST_COLUMNS else f"{nodes:,} nodes, {MOST_NODES:,}"
            )
            heavy: Node | Record = record
            path: list[str] = []
            while inside := children(heavy):
                heavy = max(inside, key=count)
                path += [called(heavy)] if getattr(heavy, "name", "") else []
            again = next((name for name in path if path.count(name) > 1), "")
            yield Found(
                f"record {record.name} has {what} at most",
                span=record.span,
                note=f"{again} is inside itself: {_cycle(path, again)}"
                if again
                else f"most are in {'.'.join(path[:5])}",
                help="expand recursive types to a smaller depth, or take fewer fields",
            )


def _cycle(path: list[str], name: str) -> str:
    first = path.index(name)
    return " → ".join(path[first : path.index(name, first + 1) + 1])


FORM: tuple[Rule[Layout], ...] = (values, depth, columns)
