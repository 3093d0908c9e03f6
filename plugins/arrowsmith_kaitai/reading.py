"""The order of things: documents are read, names and types checked, types expanded into a Layout."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from arrowsmith.diagnostics import Source, combined
from arrowsmith.interfaces import Include, Options, Transformer
from arrowsmith.layout.nodes import Layout
from arrowsmith_kaitai.checks import check_world
from arrowsmith_kaitai.expand import expand
from arrowsmith_kaitai.faults import Fault
from arrowsmith_kaitai.imports import read_documents
from arrowsmith_kaitai.names import World


def read_layout(
    sources: Sequence[Source], options: Options, include: Include, transforms: Mapping[str, Transformer]
) -> Layout:
    """The Layout of the first of *sources*; *transforms* are the processes that there are.  Raises `DictionaryError`, `OptionError`."""
    try:
        first, documents = read_documents(sources, include, options["import_path"])
        world = World(first, documents, transforms)
        found = check_world(world)
        if found:
            raise combined(found)
        return expand(world, options)
    except Fault as fault:
        raise fault.diagnostic.error() from None
