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
from arrowsmith_kaitai.names import users
from arrowsmith_kaitai.reader import read_type
from arrowsmith_kaitai.spec import Attr, Param, TypeSpec

#: More documents than any description imports.
MOST_DOCUMENTS = 500


def read_documents(
    sources: Sequence[Source], include: Include, import_path: str | None
) -> tuple[TypeSpec, dict[str, TypeSpec]]:
    """The first document's type, and by name the types of all documents that it leads to."""
    reader = _Imports(include, import_path)
    given = [reader.read(source) for source in sources]
    reader.first = sources[0]
    waiting = [*reversed(given)]
    while waiting:
        spec = waiting.pop()
        imports = [pair for one in spec.inside() for pair in one.imports]
        wanted = [reader.imported(spec, name, at) for name, at in imports] + reader.opaque(spec)
        waiting += [found for found in wanted if found is not None]
    return given[0], reader.known


class _Imports:
    def __init__(self, include: Include, import_path: str | None) -> None:
        self.include = include
        self.folders = [part.strip().rstrip("/") for part in (import_path or "").split(",") if part.strip()]
        self.first: Source | None = None
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
        source = self._absolute(name, at) if name.startswith("/") else self._beside(name, spec)
        if isinstance(source, DictionaryError):
            refuse("K0103", at, f"unable to find '{name.lstrip('/')}.ksy': {source.message}", source.help)
        if source.name in self.files:
            return None
        if len(self.files) >= MOST_DOCUMENTS:
            refuse("K0103", at, f"more than {MOST_DOCUMENTS} documents are imported")
        found = self.read(source)
        if found.name != PurePath(name).name:
            refuse("K0103", at, f"{source.name} is imported as {PurePath(name).name}, and its id is {found.name}")
        return found

    def _beside(self, name: str, spec: TypeSpec) -> Source | DictionaryError:
        try:
            return self.include(f"{name}.ksy", spec.entry.span.source)
        except DictionaryError as error:
            return error

    def _absolute(self, name: str, at: Entry) -> Source | DictionaryError:
        """The document *name*, which begins with ``/``, of the first folder that has it; folders are seen from the first document."""
        if not self.folders or self.first is None:
            message = f"unable to find '{name[1:]}.ksy': there is no folder to look in"
            refuse("K0103", at, message, "name the folder by the option import_path")
        wrong: DictionaryError | None = None
        for folder in self.folders:
            try:
                return self.include(f"{folder}{name}.ksy", self.first)
            except DictionaryError as error:
                wrong = wrong or error
        assert wrong is not None
        return wrong

    def opaque(self, document: TypeSpec) -> list[TypeSpec | None]:
        """The types that *document* has others describe (``ks-opaque-types``), where there are descriptions beside it; what has none
        is refused where it is named."""
        found: list[TypeSpec | None] = []
        for spec in document.inside():
            members: tuple[Attr | Param, ...] = (*spec.params, *spec.seq, *spec.instances.values())
            for ref in (ref for member in members for ref in users(member.ref)) if spec.opaque else ():
                (name, *deeper) = ref.name.names
                if deeper or name in self.known or _is_inside(name, spec):
                    continue
                if not isinstance(self._beside(name, document), DictionaryError):
                    found.append(self.imported(document, name, ref.entry))
        return found


def _is_inside(name: str, spec: TypeSpec | None) -> bool:
    """Whether *name* is a type that *spec*, or one around it, defines or is."""
    return spec is not None and (name in spec.types or name == spec.name or _is_inside(name, spec.outer))
