"""``arrowsmith convert``: data to a file, a dataset, or standard output."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from os.path import realpath
from typing import TYPE_CHECKING, Any, Final

import click

from arrowsmith.cli.outcome import run
from arrowsmith.cli.request import PATH, Request, added, offered, opens_data, pairs, request
from arrowsmith.errors import OptionError, code

if TYPE_CHECKING:
    from arrowsmith.sources import Source

O_STEMS = code("O0302", "two inputs would be written to one output")

#: what stands for an input's name in OUTPUT
STEM: Final = "{stem}"


@click.command("convert", short_help="Data to Parquet or Arrow.")
@opens_data
@click.option(
    "-o",
    "--output",
    type=PATH,
    metavar="OUTPUT",
    help="Where to: .parquet, .arrow, .arrows, a trailing / for a dataset, - for an Arrow stream on standard output; "
    "{stem} for one output an input. A job may say it.",
)
@click.option("--to", metavar="SINK", shell_complete=offered("sinks"), help="Sink; by default from OUTPUT's suffix.")
@click.option(
    "-S", "--sink-option", "sink_options", multiple=True, metavar="KEY=VALUE", callback=pairs,
    help="Option of the sink; may be repeated.",
)  # fmt: skip
@click.option(
    "--if-exists",
    type=click.Choice(("fail", "replace")),
    help="Where OUTPUT exists: fail (default), or replace it.",
)
@click.option(
    "--split-tables",
    is_flag=True,
    help="OUTPUT is a folder with a dataset (with --to: a file) for each table that others hold, or each kind of record, with keys.",
)
@click.option(
    "--skip-existing",
    is_flag=True,
    help="Leave out outputs that were made of the same inputs, dictionary and options; replace others.",
)
@click.option(
    "--from-quarantine",
    is_flag=True,
    help="DATA are what --quarantine has written: convert the records in it, the cause being mended.",
)
@click.option("--limit", type=click.IntRange(min=0), metavar="N", help="Rows at most.")
def command(
    output: str | None,
    to: str | None,
    sink_options: Any,
    if_exists: str | None,
    split_tables: bool,
    skip_existing: bool,
    from_quarantine: bool,
    limit: int | None,
    **given: Any,
) -> int:
    """Convert DATA, as DICTIONARY describes them, to OUTPUT.

    OUTPUT appears whole or not at all.  DATA: files, directories, 'patterns', URLs, or - for standard input.
    """
    asked = request(given, data=True)
    said: Mapping[str, Any] = asked.job.writing if asked.job is not None else {}
    output = output or (asked.job.output if asked.job is not None else None)
    if output is None:
        raise click.UsageError("no output is given: -o OUTPUT")
    to = to or said.get("sink")
    if output == "-" and asked.report == "-":
        raise click.UsageError("--report - and -o - both mean standard output")
    from arrowsmith.sources import sources

    sink = {
        "sink": "arrows" if output == "-" and to is None else to,
        "sink_options": added(said.get("sink_options", {}), sink_options),
        "if_exists": if_exists or said.get("if_exists", "fail"),
        "split_tables": split_tables or said.get("split_tables", False),
        "skip_existing": skip_existing or said.get("skip_existing", False),
        "limit": said.get("limit") if limit is None else limit,
    }
    found = _held(asked.data) if from_quarantine else sources(asked.data)
    if STEM not in output:
        return _convert(asked, found, output, sink)
    targets = _targets(found, output)
    aside = asked.keywords.get("quarantine")
    for name, path in (("report", asked.report), ("quarantine", aside)):
        if path is not None and path != "-" and STEM not in path and len(found) > 1:
            raise click.UsageError(
                f"with {STEM} in OUTPUT every input has a {name} of its own: put {STEM} into --{name} too"
            )
    statuses = []
    for source, target in zip(found, targets, strict=True):
        report = asked.report and asked.report.replace(STEM, stem(source.name))
        keywords = dict(asked.keywords)
        if aside is not None:
            keywords["quarantine"] = aside.replace(STEM, stem(source.name))
        statuses.append(_convert(replace(asked, report=report, keywords=keywords), (source,), target, sink))
    return max(statuses)


def _held(paths: Sequence[Any]) -> tuple[Source, ...]:
    """The sources whose records the quarantines *paths* hold."""
    from arrowsmith.engine.quarantine import quarantined

    if not all(isinstance(path, str) for path in paths):
        raise click.UsageError("--from-quarantine takes files, and not standard input")
    return tuple(source for path in paths for source in quarantined(path))


def _convert(asked: Request, found: Sequence[Source], target: str, sink: dict[str, Any]) -> int:
    import arrowsmith

    for what, path in (("output", target), ("quarantine", asked.keywords.get("quarantine"))):
        if asked.report and path and "-" not in (path, asked.report) and realpath(path) == realpath(asked.report):
            raise click.UsageError(f"{what} and report are both {path}")
    with run(asked) as running:
        with running.watched(found) as tell:
            report = arrowsmith.convert(asked.dictionary, found, target, **sink, **asked.keywords, progress=tell)
        return running.end(report, "standard output" if target == "-" else target)


def stem(name: str) -> str:
    """What ``{stem}`` stands for: the last part of an input's name without suffix, and without a compression's before that."""
    from arrowsmith.sources.packed import codec_of

    last = os.path.basename(name.rstrip("/")) or name
    if codec_of(last) is not None:
        last = os.path.splitext(last)[0]
    return os.path.splitext(last)[0]


def _targets(found: Sequence[Source], output: str) -> list[str]:
    """An output for each source.  Raises `OptionError` where two are the same."""
    owner: dict[str, str] = {}
    for source in found:
        target = output.replace(STEM, stem(source.name))
        other = owner.setdefault(target, source.name)
        if other is not source.name:
            raise OptionError(
                f"{other} and {source.name} would both be written to {target}",
                code=O_STEMS,
                help="convert them apart, or into one output",
            )
    return list(owner)
