"""``arrowsmith schema``: what has to do with the columns that a dictionary means."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final

import click

from arrowsmith.cli.messages import put, put_line
from arrowsmith.cli.request import offered, pairs

#: who reads by the old schema may fail
BREAKING: Final = 1


@click.group("schema", no_args_is_help=False, short_help="Compare the columns of two dictionaries or files.")
def command() -> None:
    """What has to do with the columns that a dictionary means."""


@command.command("diff", short_help="What is different, and whether it breaks readers.")
@click.argument("old", type=click.Path(exists=True, readable=False))
@click.argument("new", type=click.Path(exists=True, readable=False))
@click.option(
    "-f",
    "--format",
    metavar="FORMAT",
    shell_complete=offered("formats"),
    help="Language of the dictionaries; by default from their suffix.",
)
@click.option(
    "-O",
    "--option",
    "options",
    multiple=True,
    metavar="KEY=VALUE",
    callback=pairs,
    help="Option of the format, for both; may be repeated.",
)
@click.option(
    "--old-option",
    "old_options",
    multiple=True,
    metavar="KEY=VALUE",
    callback=pairs,
    help="Option for OLD alone; may be repeated.",
)
@click.option(
    "--new-option",
    "new_options",
    multiple=True,
    metavar="KEY=VALUE",
    callback=pairs,
    help="Option for NEW alone; may be repeated.",
)
@click.option("--table", metavar="NAME", help="The columns of this table, where a dictionary has several.")
@click.option("--json", "as_json", is_flag=True, help="JSON instead of a table.")
def diff(
    old: str, new: str, format: str | None, options: Sequence[tuple[str, str]], old_options: Sequence[tuple[str, str]],
    new_options: Sequence[tuple[str, str]], table: str | None, as_json: bool,
) -> int:  # fmt: skip
    """Compare the columns of OLD and NEW: dictionaries, or files that were written (Parquet, Arrow IPC).

    Exit status 1 where a reader of OLD's columns may fail with NEW's.
    """
    from arrowsmith.layout.evolution import changes

    schemas = [_schema(path, format, [*options, *own], table) for path, own in ((old, old_options), (new, new_options))]
    found = changes(*schemas)
    breaking = any(change.breaking for change in found)
    if as_json:
        made = {"old": old, "new": new, "compatible": not breaking, "changes": [asdict(change) for change in found]}
        put(json.dumps(made, ensure_ascii=False, indent=1).encode() + b"\n")
    else:
        _print(old, new, found)
    return BREAKING if breaking else 0


def _schema(path: str, format: str | None, options: Sequence[tuple[str, str]], table: str | None) -> Any:
    """The schema of the file *path*, or of the rows that it describes."""
    from arrowsmith.batch import file_schema

    try:
        written = file_schema(path)
    except IsADirectoryError:
        raise click.UsageError(f"{path} is a folder; name one file of it") from None
    if written is not None:
        return written
    import arrowsmith

    return arrowsmith.compile(path, format=format, options=options, table=table).schema


def _print(old: str, new: str, found: Sequence[Any]) -> None:
    counts = {
        kind: sum(change.kind == kind for change in found) for kind in dict.fromkeys(change.kind for change in found)
    }
    said = ", ".join(f"{count:,} {kind}" for kind, count in counts.items()) or "no column is different"
    breaking = any(change.breaking for change in found)
    put_line(f"{old} → {new}: {said}; {'not compatible' if breaking else 'compatible'}")
    if not found:
        return
    from arrowsmith.cli.rows import print_cells

    put_line("")
    names = ("change", "column", "old", "new", "")
    rows = [(c.kind, c.path, c.old, c.new, "breaks readers" if c.breaking else "") for c in found]
    print_cells(names, (False,) * len(names), [list(column) for column in zip(*rows, strict=True)], whole=True)
