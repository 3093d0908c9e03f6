"""YAML text becomes a tree of `Entry`s: each value with its path in the document (`/types/foo/seq/3`) and its place in the text.

The scalars' types are YAML 1.1's, as the language's reference compiler has them.
Invariant: any text gives a tree or a `DictionaryError` with line and caret; aliases cannot make the tree endless.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from arrowsmith.diagnostics import Source, Span
from arrowsmith_kaitai.faults import fault

if TYPE_CHECKING:
    import yaml

Scalar: TypeAlias = "str | int | float | bool | None"

#: More values than any description has; aliases of aliases would make more of a few lines.
MOST_ENTRIES = 200_000
#: The deepest that values stand in one another.
DEEPEST = 100


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """One value of a document.  ``scalar`` is what a scalar means, ``items`` what a list holds, ``pairs`` a mapping's keys and values."""

    path: str
    span: Span
    kind: Literal["scalar", "list", "map"]
    scalar: Scalar = None
    items: tuple[Entry, ...] = ()
    pairs: tuple[tuple[Entry, Entry], ...] = field(default=(), repr=False)

    def get(self, key: str) -> Entry | None:
        """The value under *key* of a mapping."""
        return next((value for name, value in self.pairs if name.scalar == key), None)

    @property
    def shown(self) -> str:
        """How messages say what stands here."""
        if self.kind == "list":
            return "[" + ", ".join(item.shown for item in self.items) + "]"
        if self.kind == "map":
            return "a mapping"
        return said(self.scalar)


def said(scalar: Scalar) -> str:
    """A scalar as YAML writes it."""
    if scalar is None:
        return "null"
    if isinstance(scalar, bool):
        return "true" if scalar else "false"
    return str(scalar)


def read_document(source: Source) -> Entry:
    """The document in *source*.  Raises `DictionaryError`."""
    import yaml

    try:
        root = yaml.compose(source.text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        at = min(mark.index, len(source.text)) if mark is not None else 0
        raise fault("K0101", "", Span(source, at, at + 1), error.problem or "this is no YAML").error() from None
    except yaml.reader.ReaderError as error:
        at = min(error.position, len(source.text)) if isinstance(error.position, int) else 0
        raise fault("K0101", "", Span(source, at, at + 1), "this character is not allowed in YAML").error() from None
    except RecursionError:
        raise fault("K0102", "", Span(source, 0, 1), "values are nested too deeply in one another").error() from None
    if root is None:
        raise fault("K0102", "/", Span(source, 0, 0), "the document is empty").error()
    return _Reader(source).entry(root, "", 0)


class _Reader:
    """Turns YAML's nodes into entries, and counts them."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.count = 0

    def entry(self, node: yaml.Node, path: str, depth: int) -> Entry:
        span = self._span(node, path or "/")
        self.count += 1
        if self.count > MOST_ENTRIES:
            raise fault("K0102", path, span, f"the document has more than {MOST_ENTRIES:,} values").error()
        if depth > DEEPEST:
            raise fault("K0102", path, span, f"values are nested more than {DEEPEST} deep in one another").error()
        kind: str = node.id  # type: ignore[attr-defined]  # of the three classes that a document's nodes have
        if kind == "scalar":
            return Entry(path or "/", span, "scalar", _scalar(node))
        if kind == "sequence":
            items = [self.entry(item, f"{path}/{n}", depth + 1) for n, item in enumerate(node.value)]
            return Entry(path or "/", span, "list", items=tuple(items))
        return Entry(path or "/", span, "map", pairs=tuple(self._pairs(node, path, depth)))

    def _pairs(self, node: yaml.Node, path: str, depth: int) -> Iterator[tuple[Entry, Entry]]:
        known: set[str] = set()
        for name, value in node.value:
            key = self.entry(name, path, depth + 1)
            if key.kind != "scalar":
                raise fault("K0202", path, key.span, f"expected string, got {key.shown}").error()
            if key.shown in known:
                raise fault("K0202", f"{path}/{key.shown}", key.span, f"the key {key.shown} stands here twice").error()
            known.add(key.shown)
            yield key, self.entry(value, f"{path}/{key.shown}", depth + 1)

    def _span(self, node: Any, path: str) -> Span:
        start, end = node.start_mark.index, node.end_mark.index
        text = self.source.text[start:end].rstrip()
        return Span(self.source, start, start + len(text), path)


#: tags that YAML resolves plain scalars to, by the last part of their names, and the method of PyYAML's that reads them
_READERS = {"int": "construct_yaml_int", "float": "construct_yaml_float", "bool": "construct_yaml_bool"}


def _scalar(node: Any) -> Scalar:
    import yaml

    tag = node.tag.rpartition(":")[2]
    if tag == "null":
        return None
    if tag in _READERS:
        try:
            value: Scalar = getattr(yaml.constructor.SafeConstructor(), _READERS[tag])(node)
        except (ValueError, KeyError, OverflowError):  # an explicit tag on something else
            return str(node.value)
        return value
    return str(node.value)
