"""Writes the tables of docs/errors.md and docs/options.md from what the code declares.

    python docs/generate.py

Codes and their rules come from `arrowsmith.errors.code` and from every plugin's ``CODES``; what to do about each is written by hand in
errors.md, and kept.  `tests/test_docs.py` demands that both pages are as this makes them, and that no advice is missing.
"""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

from arrowsmith import errors
from arrowsmith.interfaces import Format, Option, Sink
from arrowsmith.registry import Registry, load

DOCS = Path(__file__).parent
ROOT = DOCS.parent

#: letter → the section's title, and a sentence under it
SECTIONS = {
    "R": ("R: the data", "For the owner of the data. Each message names the file, the record, the byte, the field and the bytes that were seen."),
    "O": ("O: what was asked", "For whoever typed the command or wrote the call."),
    "W": ("W: warnings", "An `ArrowsmithWarning`: something was done otherwise than asked, and the result is still right."),
    "M": ("M: executable memory", "The system refused a page. [doctor.md](doctor.md) and [allocators.md](allocators.md) have the whole story."),
    "D": ("D: the Layout", "For the author of a format, or of a Layout as text. A dictionary's own format finds most faults first, under its own letter. [layout.md](layout.md) explains the terms."),
    "C": ("C: copybooks", "For the author of a copybook."),
    "H": ("H: C declarations", "For the author of a header."),
    "K": ("K: Kaitai Struct", "For the author of a `.ksy`."),
    "Q": ("Q: the sink `parquet`", "[parquet.md](parquet.md) has its options."),
    "A": ("A: the sinks `arrow` and `arrows`", "[options.md](options.md#arrow) has their options."),
    "P": ("P: plugins", "For the author of a plugin; the message names it with its distribution and version."),
    "I": ("I: internal", "Ours. Nothing that a dictionary or data hold may lead to one of these: please send us the message, whole."),
}  # fmt: skip

_ROW = re.compile(r"^\| ([A-Z]\d{4}) \| (.*?) \| (.*) \|$", re.MULTILINE)
_CODE = re.compile(r"[A-Z]\d{4}")


# --- errors ------------------------------------------------------------------------------------------------------------


def plugins() -> tuple[str, ...]:
    """Our plugins' packages."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return tuple(project["entry-points"]["arrowsmith"].values())


def codes() -> dict[str, str]:
    """Code → rule: those registered in core, and those of every plugin of ours."""
    import arrowsmith

    for info in pkgutil.walk_packages(arrowsmith.__path__, "arrowsmith."):
        if ".testing" not in info.name and not info.name.endswith(".__main__"):
            importlib.import_module(info.name)
    found = dict(errors.CODES)
    for package in plugins():
        for file in sorted((ROOT / "plugins" / package).rglob("*.py")):
            found |= declared(file.read_text(encoding="utf-8"))
    return found


def declared(source: str) -> dict[str, str]:
    """The codes in a plugin's module, read and not run (a library that it needs may be missing): what it registers by ``code(…)``, and
    its mapping ``CODES``, whose keys are texts or names of texts."""
    found: dict[str, str] = {}
    names: dict[str, str] = {}
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) | ast.AnnAssign(target=ast.Name(id=name), value=value):
                match value:
                    case ast.Constant(value=str(text)):
                        names[name] = text
                    case ast.Dict(keys=keys, values=rules) if name == "CODES":
                        for key, rule in zip(keys, rules, strict=True):
                            number = names.get(key.id, "") if isinstance(key, ast.Name) else getattr(key, "value", "")
                            if _CODE.fullmatch(str(number)) and isinstance(rule, ast.Constant):
                                found[str(number)] = str(rule.value)
            case ast.Call(func=ast.Name(id="code"), args=[ast.Constant(value=str(number)), ast.Constant(value=str(rule))]):
                found[number] = rule
    return found


def advice(page: str) -> dict[str, str]:
    """Code → what to do, as errors.md says it."""
    return {number: text for number, _, text in _ROW.findall(page)}


def errors_page(page: str) -> str:
    """errors.md as it should be: *page* with its tables made anew, and its advice kept."""
    known, rules = advice(page), codes()
    head = page.partition("\n## R")[0].rstrip() + "\n"
    parts = [head]
    for letter, (title, line) in SECTIONS.items():
        mine = sorted(number for number in rules if number[0] == letter)
        if mine:
            parts.append(f"\n## {title}\n\n{line}\n\n| code | rule | what to do |\n|---|---|---|\n")
            parts += [f"| {number} | {cell(rules[number])} | {known.get(number, '')} |\n" for number in mine]
    return "".join(parts)


# --- options -----------------------------------------------------------------------------------------------------------


def options_page(registry: Registry) -> str:
    """options.md: a table for every format and sink of ours."""
    own = set(plugins())
    parts = [
        "# Options\n\n"
        "Of formats (`-O name=value`, or `options={…}` in Python) and of sinks (`-S name=value`, `sink_options={…}`). Made by\n"
        "`docs/generate.py` from the tables in the code.\n\n"
        "Names ignore case, and `-` equals `_`. A name with `:n` (`name:0`, `name:1`, …) is one of an ordered list; a name that ends in `…` is the\n"
        "beginning of one, and the rest says what it is for. An unknown name is an error that names the nearest.\n"
    ]
    for kind, offers in (("Format", registry.formats), ("Sink", registry.sinks)):
        for offer in offers:
            if type(offer).__module__.partition(".")[0] in own:
                parts.append(_section(kind, offer))
    return "".join(parts)


def _section(kind: str, offer: Format | Sink) -> str:
    suffixes = ", ".join(f"`{suffix}`" for suffix in offer.suffixes)
    head = f"\n## {offer.name}\n\n{kind} of {suffixes or 'no suffix'}.\n\n"
    if not offer.options:
        return head + "It has no options.\n"
    return head + "| option | value | default | what it does |\n|---|---|---|---|\n" + "".join(_rows(offer.options))


def _rows(options: Iterable[Option]) -> Iterator[str]:
    for option in options:
        names = [f"`{name}{'…' if option.prefix else ':n' if option.many else ''}`" for name in (option.name, *option.aliases)]
        value = ", ".join(f"`{choice}`" for choice in option.choices) or {bool: "true or false", int: "a number", dict: "JSON"}.get(option.type, "text")
        if option.replaced_by or option.no_effect:
            value = ""
        yield f"| {', '.join(names)} | {value} | {_default(option)} | {cell(option.doc)} |\n"


def _default(option: Option) -> str:
    if option.default in (None, "", (), {}) or option.replaced_by or option.no_effect:
        return ""
    if isinstance(option.default, bool):
        return "true" if option.default else "false"
    return f"`{option.default}`"


def cell(text: str) -> str:
    """*text* in a cell of a table."""
    return text.replace("|", "\\|").replace("\n", " ")


def main() -> None:
    errors_md, options_md = DOCS / "errors.md", DOCS / "options.md"
    errors_md.write_text(errors_page(errors_md.read_text(encoding="utf-8")), encoding="utf-8")
    options_md.write_text(options_page(load()), encoding="utf-8")
    lacking = [number for number, text in advice(errors_md.read_text(encoding="utf-8")).items() if not text]
    if lacking:
        print(f"docs/errors.md does not say what to do about {', '.join(lacking)}")


if __name__ == "__main__":
    main()
