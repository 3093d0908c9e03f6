"""Writes what the pages repeat from the code: the tables of errors and options, the hooks, the protocols, the clauses, the public API.

    python docs/generate.py            or      pytest --bless tests/test_docs.py

A part between ``<!-- made: KIND ARGUMENT -->`` and ``<!-- end -->`` is made by the function of that kind in `PARTS`; options.md is
made whole, and in errors.md what to do about each code is written by hand, and kept.
Invariant: `pages` depends on the code alone, so a page that differs from it is wrong.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
import textwrap
import tomllib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from arrowsmith import errors
from arrowsmith.interfaces import Format, Framer, Option, Sink
from arrowsmith.registry import load

DOCS = Path(__file__).parent
ROOT = DOCS.parent

_PART = re.compile(r"(<!-- made: ([^\n]*) -->\n).*?(<!-- end -->)", re.DOTALL)


def pages() -> dict[Path, str]:
    """Every page as it should be, by its path."""
    found = {}
    for path in (*sorted(ROOT.glob("*.md")), *sorted(DOCS.rglob("*.md"))):
        text = path.read_text(encoding="utf-8")
        if path.name == "errors.md":
            text = errors_page(text)
        found[path] = _PART.sub(lambda part: f"{part[1]}\n{_made(part[2])}\n\n{part[3]}", text)
    found[DOCS / "options.md"] = options_page()
    return found


def _made(what: str) -> str:
    kind, _, argument = what.partition(" ")
    return PARTS[kind](argument).strip()


# --- parts -------------------------------------------------------------------------------------------------------------


def hooks(_: str) -> str:
    """Every hook: its exact signature, and its docstring."""
    from arrowsmith import hookspecs

    made = []
    for name, function in vars(hookspecs).items():
        if name.startswith("arrowsmith_"):
            doc, _, example = (inspect.getdoc(function) or "").partition("Example::")
            promises = re.sub(r"^(Called|Results|Raising): +", r"- *\1:* ", doc.strip(), flags=re.MULTILINE)
            made.append(
                f"### `{name}`\n\n{fenced(name + signature(function))}\n\n{promises}\n\n{fenced(textwrap.dedent(example).strip())}"
            )
    return "\n\n".join(made)


def protocol(name: str) -> str:
    """A protocol or a value as it stands in its module."""
    return fenced(inspect.getsource(_named(name)).rstrip())


def clauses(name: str) -> str:
    """The clauses of a suite: the docstrings of its tests."""
    return "\n".join(f"- **{number}.** {text}" for number, text in clauses_of(_named(f"arrowsmith.testing.{name}")))


def clauses_of(suite: type) -> list[tuple[str, str]]:
    """Number and text of each clause of *suite*, in order."""
    found = []
    for name, test in vars(suite).items():
        if name.startswith("test_"):
            number, _, text = " ".join((inspect.getdoc(test) or "").split()).partition(". ")
            found.append((number, text))
    return found


def section(argument: str) -> str:
    """A section of a `.case` file, its longest lines cut."""
    file, name = argument.split()
    parts = re.split(r"^-- (.+?) --\n", (ROOT / file).read_text(encoding="utf-8"), flags=re.MULTILINE)
    text = dict(zip(parts[1::2], parts[2::2], strict=True))[name]
    lines = (line if len(line) <= 130 else f"{line[:120]} …" for line in text.rstrip().splitlines())
    return fenced("\n".join(lines), "text")


def api(name: str) -> str:
    """A public function or class: its signature, its docstring, and a class's own methods and values."""
    thing = _named(f"arrowsmith.{name}")
    if not inspect.isclass(thing):
        call = fenced(f"arrowsmith.{name}{signature(thing)}")
        return f"### `arrowsmith.{name}`\n\n{call}\n\n{inspect.getdoc(thing)}"
    made = [f"### `arrowsmith.{name}`\n\n{inspect.getdoc(thing)}\n"]
    for member, value in vars(thing).items():
        if member.startswith("_") and member not in ("__iter__", "__arrow_c_stream__"):
            continue
        doc = " ".join((inspect.getdoc(value) or "").split())
        if isinstance(value, property):
            made.append(f"- `{member}`: {doc}")
        elif callable(value):
            made.append(f"- `{member}{signature(value)}`: {doc}")
    return "\n".join(made)


def values(name: str) -> str:
    """A dataclass: its docstring, and its fields."""
    thing = _named(name)
    listed = ", ".join(f"`{field}`" for field in thing.__dataclass_fields__ if not field.startswith("_"))
    return f"{inspect.getdoc(thing)}\n\n{listed}"


def decisions(_: str) -> str:
    """The pages of docs/decisions, by number."""
    made = []
    for path in sorted((DOCS / "decisions").glob("[0-9]*.md")):
        title = path.read_text(encoding="utf-8").splitlines()[0].removeprefix("# ")
        made.append(f"- [{title}](docs/decisions/{path.name})")
    return "\n".join(made)


def cobrix(_: str) -> str:
    """Every option of Cobrix: the same here, accepted without effect, or replaced."""
    rows = ["| option | here | |", "|---|---|---|"]
    for option in _named("arrowsmith_copybook.options.COBRIX"):
        if option.replaced_by:
            here, what = "replaced by", option.replaced_by
        elif option.no_effect:
            here, what = "accepted, no effect here", option.no_effect
        else:
            here, what = "same", option.doc
        name = option.name + (":n" if option.many else "…" if option.prefix else "")
        rows.append(f"| `{name}` | {here} | {what} |")
    return "\n".join(rows)


PARTS: dict[str, Callable[[str], str]] = {
    "api": api,
    "clauses": clauses,
    "cobrix": cobrix,
    "decisions": decisions,
    "hooks": hooks,
    "protocol": protocol,
    "section": section,
    "values": values,
}


def _named(name: str) -> Any:
    module, _, attribute = name.rpartition(".")
    return getattr(importlib.import_module(module), attribute)


def signature(function: Callable[..., Any]) -> str:
    """The signature as it is written: annotations as texts, defaults as values."""
    found = inspect.signature(function)
    parts: list[str] = []
    named = False
    for parameter in found.parameters.values():
        if parameter.name == "self":
            continue
        if parameter.kind is parameter.KEYWORD_ONLY and not named:
            parts.append("*")
        named = named or parameter.kind in (parameter.KEYWORD_ONLY, parameter.VAR_POSITIONAL)
        stars = {parameter.VAR_POSITIONAL: "*", parameter.VAR_KEYWORD: "**"}.get(parameter.kind, "")
        annotation = "" if parameter.annotation is parameter.empty else f": {parameter.annotation}"
        default = "" if parameter.default is parameter.empty else f" = {parameter.default!r}".replace("'", '"')
        parts.append(f"{stars}{parameter.name}{annotation}{default}")
    result = "" if found.return_annotation in (found.empty, "None") else f" -> {found.return_annotation}"
    whole = f"({', '.join(parts)}){result}"
    return whole if len(whole) <= 100 else "(\n" + "".join(f"    {part},\n" for part in parts) + f"){result}"


def fenced(text: str, language: str = "python") -> str:
    """*text* as a block of code."""
    return f"```{language}\n{text}\n```"


# --- errors ------------------------------------------------------------------------------------------------------------

#: letter → the section's title, and a sentence under it
SECTIONS = {
    "R": ("R: the data", "For the owner of the data. Each message names the file, the record, the byte, the field and the bytes."),
    "O": ("O: what was asked", "For whoever typed the command or wrote the call."),
    "W": ("W: warnings", "An `ArrowsmithWarning`: something was done otherwise than asked, and the result is still right."),
    "M": ("M: executable memory", "The system refused a page; see [doctor.md](doctor.md) and [allocators.md](allocators.md)."),
    "D": ("D: the Layout", "For the author of a format, or of a Layout as text ([layout.md](layout.md)); most a format finds first."),
    "C": ("C: copybooks", "For the author of a copybook."),
    "H": ("H: C declarations", "For the author of a header."),
    "K": ("K: Kaitai Struct", "For the author of a `.ksy`."),
    "Q": ("Q: the sink `parquet`", "[parquet.md](parquet.md) has its options."),
    "A": ("A: the sinks `arrow` and `arrows`", "[options.md](options.md#arrow) has their options."),
    "P": ("P: plugins", "For the author of a plugin; the message names it with its distribution and version."),
    "I": ("I: internal", "Ours. Nothing that a dictionary or data hold may lead to one of these: please send us the message, whole."),
}  # fmt: skip

_ROW = re.compile(r"^\| ([A-Z]\d{4}) \| (.*?) \| (.*?) ?\|$", re.MULTILINE)
_CODE = re.compile(r"[A-Z]\d{4}")


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
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value)
                | ast.AnnAssign(target=ast.Name(id=name), value=value)
            ):
                match value:
                    case ast.Constant(value=str(text)):
                        names[name] = text
                    case ast.Dict(keys=keys, values=rules) if name == "CODES":
                        for key, rule in zip(keys, rules, strict=True):
                            number = names.get(key.id, "") if isinstance(key, ast.Name) else getattr(key, "value", "")
                            if _CODE.fullmatch(str(number)) and isinstance(rule, ast.Constant):
                                found[str(number)] = str(rule.value)
            case ast.Call(
                func=ast.Name(id="code"), args=[ast.Constant(value=str(number)), ast.Constant(value=str(rule))]
            ):
                found[number] = rule
    return found


def advice(page: str) -> dict[str, str]:
    """Code → what to do, as errors.md says it."""
    return {number: text for number, _, text in _ROW.findall(page)}


def errors_page(page: str) -> str:
    """errors.md as it should be: *page* with its tables made anew, and its advice kept."""
    known, rules = advice(page), codes()
    parts = [page.partition("\n## R")[0].rstrip() + "\n"]
    for letter, (title, line) in SECTIONS.items():
        mine = sorted(number for number in rules if number[0] == letter)
        if mine:
            parts.append(f"\n## {title}\n\n{line}\n\n| code | rule | what to do |\n|---|---|---|\n")
            parts += [f"| {number} | {cell(rules[number])} | {known.get(number, '')} |\n" for number in mine]
    return "".join(parts)


# --- options -----------------------------------------------------------------------------------------------------------


def options_page() -> str:
    """options.md: a table for every format, framer and sink of ours."""
    own, registry = set(plugins()), load()
    parts = [
        "# Options\n\n"
        "Of formats (`-O name=value`, or `options={…}` in Python), of framers (`--framer-option name=value`, `framer_options={…}`) and of\n"
        "sinks (`-S name=value`, `sink_options={…}`). Made by `docs/generate.py` from the tables in the code.\n\n"
        "Names ignore case, and `-` equals `_`. A name with `:n` (`name:0`, `name:1`, …) is one of an ordered list; a name that ends in\n"
        "`…` is the beginning of one, and the rest says what it is for. An unknown name is an error that names the nearest.\n"
    ]
    for kind, offers in (("Format", registry.formats), ("Framer", registry.framers), ("Sink", registry.sinks)):
        for offer in offers:
            if type(offer).__module__.partition(".")[0] in own:
                parts.append(_section(kind, offer))
    return "".join(parts)


def _section(kind: str, offer: Format | Framer | Sink) -> str:
    suffixes = ", ".join(f"`{suffix}`" for suffix in getattr(offer, "suffixes", ()))
    head = f"\n## {offer.name}\n\n{kind}{f' of {suffixes}' if suffixes else ''}.\n\n"
    if not offer.options:
        return head + "It has no options.\n"
    return head + "| option | value | default | what it does |\n|---|---|---|---|\n" + "".join(_rows(offer.options))


def _rows(options: Iterable[Option]) -> Iterator[str]:
    kinds = {bool: "true or false", int: "a number", dict: "JSON"}
    for option in options:
        names = [
            f"`{name}{'…' if option.prefix else ':n' if option.many else ''}`"
            for name in (option.name, *option.aliases)
        ]
        value = ", ".join(f"`{choice}`" for choice in option.choices) or kinds.get(option.type, "text")
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
    """Write every page, and say which codes lack their advice."""
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
    lacking = [number for number, text in advice((DOCS / "errors.md").read_text(encoding="utf-8")).items() if not text]
    if lacking:
        print(f"docs/errors.md does not say what to do about {', '.join(lacking)}")


if __name__ == "__main__":
    main()
