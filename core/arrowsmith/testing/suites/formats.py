"""What every dictionary format promises (docs/write-a-format.md)."""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arrowsmith.compiled import compile
from arrowsmith.diagnostics import Source
from arrowsmith.errors import DictionaryError, OptionError
from arrowsmith.interfaces import Format, parse_options
from arrowsmith.layout.check import check
from arrowsmith.layout.nodes import Field, Layout, Node, children
from arrowsmith.layout.text import parse_layout, print_layout
from arrowsmith.program.verify import verify_plan
from arrowsmith.testing.suites.options import explain_themselves


def _refuse(name: str, from_: Source) -> Source:
    raise DictionaryError(f"{name}: a suite includes no files", code="D0304")


class FormatSuite:
    """Subclass it as ``TestMine``; give the fixture ``format``, and samples: ``good`` and ``bad`` are patterns of files beside the
    test's own.  ``options`` are given to every parse."""

    good = ""
    bad = ""
    options: Mapping[str, Any] = {}

    @pytest.fixture
    def format(self) -> Format:
        """The format under test."""
        pytest.fail("give a fixture called format")

    def samples(self, pattern: str) -> list[Source]:
        """The sample files that *pattern* names, beside the file of the subclass."""
        folder = Path(inspect.getfile(type(self))).parent
        found = sorted(folder.glob(pattern)) if pattern else []
        return [Source(path.name, path.read_text(encoding="utf-8")) for path in found]

    def parsed(self, format: Format, source: Source) -> Layout:
        """The Layout of *source*."""
        return format.parse((source,), parse_options(format.options, self.options), _refuse)

    def test_f0_there_are_good_samples(self, format: Format) -> None:
        """F0. A format comes with samples, or nothing was tested."""
        assert self.samples(self.good)

    def test_f1_parse_is_deterministic(self, format: Format) -> None:
        """F1. The same text gives the same Layout."""
        for source in self.samples(self.good):
            assert self.parsed(format, source) == self.parsed(format, source)

    def test_f2_every_layout_passes_check(self, format: Format) -> None:
        """F2. A Layout that `parse` returns breaks no rule of `check`."""
        for source in self.samples(self.good):
            found = check(self.parsed(format, source))
            assert not found, "\n".join(d.render() for d in found)

    def test_f3_every_span_lies_in_its_source(self, format: Format) -> None:
        """F3. Every node's span lies in the text that it came from, and every field that the dictionary names has one."""
        for source in self.samples(self.good):
            for node in _nodes(self.parsed(format, source)):
                if node.span is not None:
                    assert 0 <= node.span.start <= node.span.end <= len(node.span.source.text)
                elif isinstance(node, Field) and node.name and not node.hidden:
                    assert node.name not in source.text, f"{node.name} has no span"

    def test_f4_detect_accepts_its_own_samples(self, format: Format) -> None:
        """F4. `detect` accepts the format's own samples, and neither an empty text, nor noise, nor the dictionaries of other formats."""
        for source in self.samples(self.good):
            assert format.detect(source), source.name
        assert not format.detect(Source("x", ""))
        assert not format.detect(Source("x", "\x00\x01\x02 not a dictionary \x7f"))
        for name, text in FOREIGN.items():
            if name != format.name:
                assert not format.detect(Source("x", text)), f"{format.name} accepts what is {name}"

    def test_f5_bad_samples_are_refused_with_a_place(self, format: Format) -> None:
        """F5. A bad sample is a DictionaryError whose message says where."""
        for source in self.samples(self.bad):
            with pytest.raises(DictionaryError) as raised:
                self.parsed(format, source)
            assert source.name in str(raised.value)

    def test_f6_any_text_gives_a_layout_or_a_dictionary_error(self, format: Format) -> None:
        """F6. Any text at all gives a Layout, a DictionaryError, or (where options do not fit it) an OptionError, and nothing else."""
        samples = [source.text for source in self.samples(self.good)] or [""]

        @given(st.one_of(st.text(max_size=200), st.sampled_from(samples).flatmap(_damaged)))
        def any_text(text: str) -> None:
            with contextlib.suppress(DictionaryError, OptionError):  # what the clause allows
                self.parsed(format, Source("any", text))

        any_text()

    def test_f7_layout_text_round_trips(self, format: Format) -> None:
        """F7. The Layout's text form reads back as the same Layout."""
        for source in self.samples(self.good):
            layout = self.parsed(format, source)
            assert parse_layout(print_layout(layout)) == layout

    def test_f8_every_layout_becomes_a_plan(self, format: Format) -> None:
        """F8. A Layout that `parse` returns maps to a schema, and lowers to a Plan that the verifier accepts."""
        for source in self.samples(self.good):
            compiled = compile(self.parsed(format, source))
            verify_plan(compiled.plan)
            assert compiled.schema.names

    def test_f9_options_explain_themselves(self, format: Format) -> None:
        """F9. Each option has a name of its own and a description, and its default is a value that it takes."""
        explain_themselves(format.options)


#: the smallest dictionaries of well-known languages, and texts that are none
FOREIGN = {
    "copybook": "       01  ACCOUNT.\n           05  NUMBER   PIC 9(9) COMP.\n",
    "c": "#include <stdint.h>\nstruct account {\n    uint32_t number;\n    char name[10];\n};\n",
    "kaitai": "meta:\n  id: account\n  endian: be\nseq:\n  - id: number\n    type: u4\n",
    "xml": '<?xml version="1.0"?>\n<SpaceSystem name="account"><TelemetryMetaData/></SpaceSystem>\n',
    "json": '{"type": "record", "name": "account", "fields": [{"name": "number", "type": "int"}]}\n',
    "csv": "number,name\n1,one\n2,two\n",
    "prose": "Dear reader, this letter describes no data at all. Kind regards, the author.\n",
}


def _damaged(text: str) -> st.SearchStrategy[str]:
    """*text* with a piece cut out and another put in."""
    places = st.integers(0, len(text))
    return st.builds(
        lambda a, b, new: text[: min(a, b)] + new + text[max(a, b) :], places, places, st.text(max_size=20)
    )


def _nodes(layout: Layout) -> Iterator[Node]:
    def inside(node: Any) -> Iterator[Node]:
        for child in children(node):
            yield child
            yield from inside(child)

    for table in layout.tables:
        yield from inside(table.record)
