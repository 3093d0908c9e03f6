"""Rows for the eye and for other programs: a table as wide as the terminal, or JSON lines.

JSON: decimals, and integers beyond 2^53, as strings; bytes base64; NaN and infinities as strings; dates and times ISO 8601.
Invariant: JSON is the same wherever it goes; a table shows nothing that a terminal would obey.
"""

from __future__ import annotations

import base64
import datetime
import decimal
import json
import math
import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from rich.cells import cell_len

from arrowsmith.cli.messages import printable, put

if TYPE_CHECKING:
    import pyarrow as pa

#: the integers that every reader of JSON keeps exactly (RFC 8259, section 6)
EXACT: Final = 1 << 53

_NUMBERS: Final = ("int", "uint", "float", "halffloat", "double", "decimal")


def json_value(value: Any) -> Any:
    """*value*, as pyarrow gives it to Python, as JSON has it."""
    match value:
        case None | bool() | str():
            return value
        case int():
            return value if -EXACT <= value <= EXACT else str(value)
        case float():
            return value if math.isfinite(value) else {math.inf: "Infinity", -math.inf: "-Infinity"}.get(value, "NaN")
        case decimal.Decimal():
            return format(value, "f")
        case bytes():
            return base64.b64encode(value).decode("ascii")
        case dict():
            return {name: json_value(inner) for name, inner in value.items()}
        case list() | tuple():
            return [json_value(inner) for inner in value]
        case datetime.date() | datetime.time():
            return value.isoformat()
        case datetime.timedelta():
            return str(value)
    if hasattr(value, "item"):  # numpy's half-precision floats
        return json_value(value.item())
    raise TypeError(f"no JSON for {type(value).__name__}")


def json_line(row: dict[str, Any]) -> str:
    """*row* as one line of JSON; text stays as it is but for what a terminal would obey."""
    text = json.dumps(json_value(row), ensure_ascii=False, separators=(", ", ": "))
    return text if text.isascii() and text.isprintable() else "".join(map(_escaped, text))


def _escaped(character: str) -> str:
    """*character* of a JSON text as it may be printed: outside strings such texts are ASCII, so an escape is always right."""
    if character.isprintable():
        return character
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))


def cell(value: Any) -> str:
    """*value* as a table shows it: bytes in hexadecimal, lists and what is in them as JSON, null as nothing."""
    match value:
        case None:
            return ""
        case str():
            return printable(value).replace("\n", "\\n").replace("\t", "\\t")
        case bytes():
            return value.hex(" ")
        case dict() | list():
            return printable(json.dumps(json_value(value), ensure_ascii=False))
    shown = json_value(value)
    return shown if isinstance(shown, str) else json.dumps(shown)


def print_table(table: pa.Table) -> None:
    """Print *table*: structs as columns with dotted names; a block a row where the columns are too many for the terminal."""
    while any(str(field.type).startswith("struct<") for field in table.schema):
        table = table.flatten()
    names = [printable(name) for name in table.column_names]
    numeric = [str(field.type).startswith(_NUMBERS) for field in table.schema]
    columns = [[cell(value) for value in column.to_pylist()] for column in table.columns]
    print_cells(names, numeric, columns)


def print_cells(
    names: Sequence[str], numeric: Sequence[bool], columns: Sequence[Sequence[str]], *, whole: bool = False
) -> None:
    """Print *columns* of texts: beside each other where they fit, where nobody sees a terminal, or must be *whole*; else a
    block a row."""
    terminal = sys.stdout.isatty()
    widths = [max(map(cell_len, (name, *values))) for name, values in zip(names, columns, strict=True)]
    fits = sum(widths) + 2 * len(widths) <= shutil.get_terminal_size().columns
    lines = _beside(names, numeric, columns, widths) if whole or fits or not terminal else _below(names, columns)
    bold = terminal and "NO_COLOR" not in os.environ
    put("".join(f"\x1b[1m{line}\x1b[0m\n" if head and bold else f"{line}\n" for head, line in lines))


def _beside(
    names: Sequence[str], numeric: Sequence[bool], columns: Sequence[Sequence[str]], widths: Sequence[int]
) -> Iterator[tuple[bool, str]]:
    """A line a row, each with whether it is the headline."""
    lines = [names, ["─" * width for width in widths], *zip(*columns, strict=True)]
    for number, line in enumerate(lines):
        parts = [_padded(text, w, n) for text, w, n in zip(line, widths, numeric, strict=True)]
        yield number == 0, "  ".join(parts).rstrip()


def _below(names: Sequence[str], columns: Sequence[Sequence[str]]) -> Iterator[tuple[bool, str]]:
    """A line a value under a headline for each row."""
    gutter = max(map(cell_len, names))
    for number, values in enumerate(zip(*columns, strict=True), 1):
        yield True, f"── row {number:,} ──"
        for name, text in zip(names, values, strict=True):
            yield False, f"{_padded(name, gutter, False)}  {text}".rstrip()


def _padded(text: str, width: int, right: bool) -> str:
    space = " " * (width - cell_len(text))
    return space + text if right else text + space
