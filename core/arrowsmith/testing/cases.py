"""`.case` files: a claim in prose, then txtar sections; inputs first, then what each stage must make of them.

    The claim, in whole sentences.

    -- dictionary.cpy --        the dictionary; its suffix says which format (any number of files, the first is the dictionary)
    -- options --               one key=value a line; those of a framer as framer.KEY=VALUE; on_error, max_errors, format,
                                framer and columns are the call's own
    -- data.hex --              the data, as hexadecimal digits
    -- layout --  -- schema --  -- program --  -- framer --  -- rows.json --  -- error --        what is asserted

A section that is asserted is made anew by `actual`; the pytest plugin compares, or rewrites it under ``--bless``.
Format: Go's txtar (a line ``-- name --`` begins a section), which has no syntax errors.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import arrowsmith
from arrowsmith.layout.text import print_layout
from arrowsmith.program.text import print_program
from arrowsmith.registry import Registry

_MARK = re.compile(r"^-- (.+?) --\s*$", re.MULTILINE)

#: sections that are claims, in the order of the stages
CLAIMS = ("layout", "schema", "program", "framer", "rows.json", "error")


@dataclass(frozen=True, slots=True)
class Case:
    """One file: its prose and its sections, by name, in order."""

    path: Path
    prose: str
    sections: Mapping[str, str]

    @property
    def claims(self) -> tuple[str, ...]:
        """The sections that assert something."""
        return tuple(name for name in CLAIMS if name in self.sections)

    @property
    def dictionaries(self) -> dict[str, str]:
        """Dictionary files by name."""
        return {name: text for name, text in self.sections.items() if name.startswith("dictionary.")}

    @property
    def options(self) -> dict[str, str]:
        """The options, as texts."""
        lines = self.sections.get("options", "").splitlines()
        return dict(line.split("=", 1) for line in lines if "=" in line)

    @property
    def data(self) -> bytes:
        """The data."""
        text = re.sub(r"(?m)#.*$", "", self.sections.get("data.hex", ""))
        return bytes.fromhex(text)

    def rewritten(self, name: str, text: str) -> str:
        """The whole file with section *name* as *text*."""
        sections = {**self.sections, name: text}
        return self.prose + "".join(f"-- {key} --\n{value}" for key, value in sections.items())


def read_case(path: Path) -> Case:
    """The case in the file *path*."""
    text = path.read_text(encoding="utf-8")
    marks = list(_MARK.finditer(text))
    prose = text[: marks[0].start()] if marks else text
    sections = {}
    for mark, behind in zip(marks, [*marks[1:], None], strict=True):
        sections[mark[1]] = text[mark.end() + 1 : behind.start() if behind else len(text)]
    return Case(path, prose, sections)


def actual(case: Case, claim: str, emitter: str, registry: Registry) -> str:
    """What the stage that *claim* speaks of makes of the case's inputs.  *emitter* matters to rows and errors alone."""
    arguments = _arguments(case, registry)
    try:
        compiled = arrowsmith.compile(**arguments)
        made = _MAKERS[claim](case, compiled, arguments, emitter)
    except arrowsmith.ArrowsmithError as error:
        made = str(error)
    return made if made.endswith("\n") or not made else made + "\n"


def _arguments(case: Case, registry: Registry) -> dict[str, Any]:
    options = case.options
    texts = [arrowsmith.text(text, name=name) for name, text in case.dictionaries.items()]
    arguments: dict[str, Any] = {"dictionary": texts, "registry": registry}
    for name in ("on_error", "format", "framer"):
        if name in options:
            arguments[name] = options.pop(name)
    if "columns" in options:
        arguments["columns"] = options.pop("columns").split(",")
    own = [name for name in options if name.startswith("framer.")]
    arguments["framer_options"] = {name.removeprefix("framer."): options.pop(name) for name in own}
    options.pop("max_errors", None)
    return arguments | {"options": options}


def _bound(case: Case) -> dict[str, str]:
    """What the case says of reading, and not of its dictionary."""
    return {name: value for name, value in case.options.items() if name == "max_errors"}


def _layout(case: Case, compiled: Any, arguments: dict[str, Any], emitter: str) -> str:
    return print_layout(compiled.layout)


def _schema(case: Case, compiled: Any, arguments: dict[str, Any], emitter: str) -> str:
    return "\n".join(f"{field.name}: {field.type}" for field in compiled.schema)


def _program(case: Case, compiled: Any, arguments: dict[str, Any], emitter: str) -> str:
    return "\n".join(print_program(program) for _, program in compiled.plan.tables)


def _framer(case: Case, compiled: Any, arguments: dict[str, Any], emitter: str) -> str:
    return print_program(compiled.plan.framer)


def _rows(case: Case, compiled: Any, arguments: dict[str, Any], emitter: str) -> str:
    table = arrowsmith.read(data=case.data, emitter=emitter, threads=1, **_bound(case), **arguments)
    return "".join(json.dumps(plain(row), ensure_ascii=False) + "\n" for row in table.to_pylist())


def _error(case: Case, compiled: Any, arguments: dict[str, Any], emitter: str) -> str:
    arrowsmith.read(data=case.data, emitter=emitter, threads=1, **_bound(case), **arguments)
    return "no error\n"


_MAKERS = {
    "layout": _layout,
    "schema": _schema,
    "program": _program,
    "framer": _framer,
    "rows.json": _rows,
    "error": _error,
}


def plain(value: Any) -> Any:
    """An Arrow value as JSON has it: decimals as texts, bytes in base64, instants in ISO 8601."""
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value.isoformat() if hasattr(value, "isoformat") else value
