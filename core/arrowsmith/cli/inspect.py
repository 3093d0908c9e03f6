"""``arrowsmith inspect``: one record as annotated hexadecimal, field by field; for the eye, as JSON, or as a page of HTML."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any, Final

import click

from arrowsmith.cli.messages import printable, put, say
from arrowsmith.cli.outcome import run
from arrowsmith.cli.request import PATH, opens_data, request

#: bytes on a line, and of one field at most
WIDE: Final = 16
MOST_BYTES: Final = 64
#: fields at most, where a person reads them
MOST_ITEMS: Final = 2000
#: state of a field → its style on a terminal
STYLES: Final = {
    "valid": "",
    "absent": "dim",
    "unread": "dim",
    "no view": "yellow",
    "invalid": "bold red",
    "failed": "bold red",
}

#: texts of a line and their styles
Line = list[tuple[str, str]]


@click.command("inspect", short_help="One record, byte by byte.")
@opens_data
@click.option(
    "--record", type=click.IntRange(min=1), metavar="N", help="The record of that number, from 1, as errors have it."
)
@click.option(
    "--offset", "byte", type=click.IntRange(min=0), metavar="B", help="The record with byte B of the file in it."
)
@click.option(
    "--error", type=click.IntRange(min=1), metavar="K", help="The record with the K-th field that is refused, from 1."
)
@click.option(
    "--html",
    type=PATH,
    metavar="FILE",
    help="Write a page of its own instead, with groups to fold.",
)
@click.option("--json", "as_json", is_flag=True, help="JSON instead of a table.")
def command(
    record: int | None, byte: int | None, error: int | None, html: str | None, as_json: bool, **given: Any
) -> int:
    """Print one record of DATA: place, bytes, name, type and value of each field, or why it is refused."""
    if [record, byte, error].count(None) != 2:
        raise click.UsageError("one of --record N, --offset B and --error K says which record is meant")
    if html is not None and as_json:
        raise click.UsageError("--html and --json are two forms of one answer")
    asked = request(given, data=True, on_error="null")
    from arrowsmith.sources import sources

    found = sources(asked.data)
    import arrowsmith

    keywords = {**asked.keywords, "threads": 1}
    if given["quarantine"] is not None or given["split"] is not None:
        raise click.UsageError("--quarantine and --split are for commands that read all records")
    with run(asked):
        with arrowsmith.open(asked.dictionary, found, **keywords) as reader:
            reader.resume = asked.keywords["on_error"] != "raise"
            seen = reader.inspect(record=record or 0, byte=-1 if byte is None else byte, error=error or 0)
        if html is not None:
            from arrowsmith.cli.inspect_page import page
            from arrowsmith.committed import CommittedFile

            with CommittedFile(html, if_exists="replace") as file:
                file.write(page(seen).encode())
            if not asked.quiet:
                say(f"{html}: {headline(seen)}")
        elif as_json:
            put(json.dumps(as_object(seen), ensure_ascii=False, indent=1).encode() + b"\n")
        else:
            _print(lines(seen))
    return 0


# --- words -----------------------------------------------------------------------


def headline(seen: Any) -> str:
    """Which record it is, on one line."""
    size = len(seen.data)
    last = f"–{seen.offset + size - 1:,}" if size > 1 and not seen.moved else ""
    parts = ", in segments" if seen.moved else ""
    return f"{seen.file}: record {seen.number:,} of {seen.table}, byte{'s' * bool(last)} {seen.offset:,}{last} ({size:,} bytes{parts})"


def words(item: Any) -> str:
    """The value of *item*, or why it has none."""
    from arrowsmith.cli.rows import cell

    match item.state:
        case "absent":
            return "absent"
        case "unread":
            return "no field reads this"
        case "no view":
            return f"does not fit: {item.reason}"
        case "invalid" | "failed":
            return f"refused: {item.reason}" + ("; the record ends here" if item.state == "failed" else "")
    return json.dumps(item.value, ensure_ascii=False) if isinstance(item.value, str) else cell(item.value)


def step_text(path: tuple[str | int, ...]) -> str:
    """A path as ``A.B[2].C``."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def branches(items: Any) -> Iterator[tuple[int, str, tuple[str | int, ...], Any]]:
    """*items* as a tree: depth, name, path, and the field (None for a group or element), each before what is in it."""
    open_: tuple[str | int, ...] = ()
    for item in items:
        path = item.path
        parents = _parents(path)
        known = set(_parents(open_))
        for depth, parent in enumerate(parents):
            if parent not in known:
                yield depth, _name(parent), parent, None
        yield len(parents), _name(path), path, item
        open_ = path


def _parents(path: tuple[str | int, ...]) -> list[tuple[str | int, ...]]:
    """The groups around the field at *path*; an element is one step with the name of its list."""
    return [path[:n] for n in range(1, len(path)) if not isinstance(path[n], int)]


def _name(path: tuple[str | int, ...]) -> str:
    first = len(path)
    while first and isinstance(path[first - 1], int):
        first -= 1
    return step_text((*path[first - 1 : first], *path[first:])) if path else ""


# --- text ------------------------------------------------------------------------


def lines(seen: Any) -> Iterator[Line]:
    """*seen* as lines of a table."""
    yield [(headline(seen), "bold")]
    yield []
    shown = seen.items[:MOST_ITEMS]
    rows = list(branches(shown))
    width = max([5, *(2 * depth + len(printable(name)) for depth, name, _, _ in rows)])
    kinds = max([4, *(len(item.type) for item in shown)])
    hexes = 3 * min(WIDE, max([5, *(len(item.data) for item in shown)])) - 1
    yield [(f"{'offset':>8} {'length':>7}  {'bytes':{hexes}}  {'field':{width}}  {'type':{kinds}}  value", "bold")]
    wanted = seen.items[seen.wanted] if seen.wanted >= 0 else None
    for depth, name, _, item in rows:
        label = f"{'  ' * depth}{printable(name)}"
        if item is None:
            yield [(f"{'':8} {'':7}  {'':{hexes}}  ", ""), (label, "bold")]
            continue
        style = STYLES[item.state]
        place = "–" if item.offset is None else f"{item.offset:,}"
        mark = ">" if item is wanted else " "
        first, *rest = _hex_lines(item.data)
        yield [
            (f"{mark}{place:>7} {len(item.data):>7,}  ", style or "dim"),
            (f"{first:{hexes}}  ", style or "cyan"),
            (f"{label:{width}}  ", ""),
            (f"{item.type:{kinds}}  ", "dim"),
            (printable(words(item)).replace("\n", "\\n"), style or "green"),
        ]
        for more in rest:
            yield [(f"{'':8} {'':7}  ", ""), (more, style or "cyan")]
    if len(seen.items) > MOST_ITEMS:
        yield [
            (
                f"… and {len(seen.items) - MOST_ITEMS:,} more fields (--columns names those to be shown, --json has all)",
                "dim",
            )
        ]


def _hex_lines(data: bytes) -> list[str]:
    cut = [data[n : min(n + WIDE, MOST_BYTES)].hex(" ") for n in range(0, min(len(data), MOST_BYTES), WIDE)] or [""]
    return [*cut, f"… {len(data) - MOST_BYTES:,} more bytes"] if len(data) > MOST_BYTES else cut


def _print(made: Iterator[Line]) -> None:
    """*made*, in colours where a person sees them."""
    if not sys.stdout.isatty():
        put("".join("".join(text for text, _ in line).rstrip() + "\n" for line in made))
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False, soft_wrap=True)
    for line in made:
        console.print(Text.assemble(*line))


# --- JSON ------------------------------------------------------------------------


def as_object(seen: Any) -> dict[str, Any]:
    """*seen* as JSON has it; bytes as hexadecimal digits, values as ``head --json``."""
    from arrowsmith.cli.rows import json_value

    return {
        "file": seen.file,
        "record": seen.number,
        "offset": seen.offset,
        "length": len(seen.data),
        "table": seen.table,
        "bytes": seen.data.hex(),
        "wanted": None if seen.wanted < 0 else seen.wanted,
        "fields": [
            {
                "path": list(item.path),
                "type": item.type,
                "offset": item.offset,
                "length": len(item.data),
                "bytes": item.data.hex(),
                "state": item.state,
                "value": json_value(item.value),
                "reason": item.reason,
            }
            for item in seen.items
        ],
    }
