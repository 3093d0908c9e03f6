"""The documents that one imports, and those that they import: all by their names.

Invariant: a file is read once, however often it is imported, so documents may import each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

from arrowsmith.diagnostics import Source
from arrowsmith.errors import DictionaryError
from arrowsmith.interfaces import Include
from arrowsmith_kaitai.documents import Entry, read_document
from arrowsmith_kaitai.faults import refuse
from arrowsmith_kaitai.reader import read_type
from arrowsmith_kaitai.spec import TypeSpec

#: More documents than any description imports.
MOST_DOCUMENTS = 500


def read_documents(
    sources: Sequence[Source], include: Include, import_path: str | None
) -> tuple[TypeSpec, dict[str, TypeSpec]]:
    """The first document's type, and by name the types of all documents that it leads to."""
    reader = _Imports(include, import_path)
    given = [reader.read(source) for source in sources]
    waiting = [*reversed(given)]
    while waiting:
        spec = waiting.pop()
        waiting += [found for name, at in spec.imports if (found := reader.imported(spec, name, at)) is not None]
    return given[0], reader.known


class _Imports:
    def __init__(self, include: Include, import_path: str | None) -> None:
        self.include, self.folder = include, import_path
        self.known: dict[str, TypeSpec] = {}
        self.files: dict[str, TypeSpec] = {}

    def read(self, source: Source) -> TypeSpec:
        """The type of the document *source*, which is known by its name from now on."""
        spec = read_type(read_document(source))
        self.files[source.name] = spec
        self.known.setdefault(spec.name, spec)
        return spec

    def imported(self, spec: TypeSpec, name: str, at: Entry) -> TypeSpec | None:
        """The type of the document that *spec* imports by *name*; None where it is known already."""
        if PurePath(name).name in self.known:
            return None
        from_ = spec.entry.span.source
        if name.startswith("/"):
            if self.folder is None:
                message = f"unable to find '{name[1:]}.ksy': there is no folder to look in"
                refuse("K0103", at, message, "name the folder by the option import_path")
            wanted = f"{self.folder.rstrip('/')}{name}.ksy"
        else:
            wanted = f"{name}.ksy"
        try:
            source = self.include(wanted, from_)
        except DictionaryError as error:
            refuse("K0103", at, f"unable to find '{wanted}': {error.message}", error.help)
        if source.name in self.files:
            return None
        if len(self.files) >= MOST_DOCUMENTS:
            refuse("K0103", at, f"more than {MOST_DOCUMENTS} documents are imported")
        found = self.read(source)
        if found.name != PurePath(name).name:
            refuse("K0103", at, f"{source.name} is imported as {PurePath(name).name}, and its id is {found.name}")
        return found
