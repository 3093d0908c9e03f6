"""What a run did, as one frozen value that prints as JSON; `docs/report.schema.json` is its form.

Invariant: bytes read = decoded + framing + filtered + ignored, each but the first by reasons; `Tally.report` asserts it of every run
that ended.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from arrowsmith.errors import InternalError, code

LOST_BYTES = code("I0005", "the bytes that were read are not those that were accounted for")

#: version of the JSON form
VERSION = 2

#: what becomes of bytes that are in no row, and why
HEADERS: Final = ("framing", "headers and delimiters of records")
ENDS: Final = ("framing", "bytes at the file's ends")
LEFT_OUT: Final = ("filtered", "records left out by a condition, by their length, or as another table's")
OTHER_SPLIT: Final = ("filtered", "of another split")
BEHIND: Final = ("filtered", "behind the limit")
BEYOND: Final = ("filtered", "behind the last record")
REFUSED_RECORDS: Final = ("ignored", "refused records")
#: reasons of a field's count
INVALID: Final = "invalid"
NO_VIEW: Final = "view does not fit"
SKIPPED: Final = "record skipped"
REPLACED: Final = "character replaced"
DROPPED: Final = "control character dropped"
#: what a batch counts of its texts → the reason
MENDED: Final = {"replaced": REPLACED, "dropped": DROPPED}


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldCount:
    """How often one field held bytes that its type refuses.  ``reason``: ``invalid``; ``record skipped``, where its record was left out;
    or ``view does not fit`` for a view of overlaid bytes that is not the record's own (no error).  Of texts that were mended, how many
    characters: ``character replaced``, ``control character dropped``."""

    path: str
    reason: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ByteCount:
    """Bytes that are in no row.  ``kind``: ``framing``, ``filtered`` or ``ignored``; ``reason`` in words."""

    kind: str
    reason: str
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FileReport:
    """One input: its name, the bytes read from it (after decompression), its records, and the counts of a `Report` for it alone."""

    name: str
    bytes: int
    records: int
    rows: int = 0
    decoded: int = 0
    framing: int = 0
    filtered: int = 0
    ignored: int = 0
    skipped: int = 0
    nulled: int = 0
    gaps: int = 0
    faulty: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Of the last scan.  ``complete``: its last batch was handed over, and no limit cut it.

    Bytes: ``decoded`` in records that became rows, ``framing`` in headers and delimiters, ``filtered`` in records left out by a
    condition, ``ignored`` in records and gaps that the error policy left out; ``reasons`` has them by kind and reason.  ``skipped``:
    records left out because they were refused; ``nulled``: records kept although a field that others depend on was refused; ``gaps``:
    stretches in which no record boundary was found; ``faulty``: records in which anything was refused, and gaps; ``checked``: records that
    a second executor decoded as well.  ``replaced``: characters that stand in texts for bytes that have none; ``dropped``: control
    characters left out of texts.  ``hints``: options that would make better values of the first records, in sentences.  ``seconds`` by
    stage, added up over threads.  ``current``: nothing was read, because the output was of these inputs already.
    """

    complete: bool = False
    rows: int = 0
    records: int = 0
    bytes_read: int = 0
    decoded: int = 0
    framing: int = 0
    filtered: int = 0
    ignored: int = 0
    skipped: int = 0
    nulled: int = 0
    gaps: int = 0
    faulty: int = 0
    checked: int = 0
    replaced: int = 0
    dropped: int = 0
    reasons: tuple[ByteCount, ...] = ()
    fields: tuple[FieldCount, ...] = ()
    files: tuple[FileReport, ...] = ()
    emitter: str = ""
    allocator: str = ""
    fallback: str = ""
    seconds: tuple[tuple[str, float], ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()
    hints: tuple[str, ...] = ()
    current: bool = False

    @property
    def invalid(self) -> int:
        """Fields that were nulled because their bytes are invalid."""
        return sum(f.count for f in self.fields if f.reason == INVALID)

    @property
    def flawless(self) -> bool:
        """Whether nothing was nulled, skipped or ignored, and no character of a text replaced or dropped: what ``--strict`` demands."""
        return not (self.invalid or self.skipped or self.nulled or self.ignored or self.replaced or self.dropped)

    def json(self) -> dict[str, Any]:
        """This report as values that JSON has."""
        out = asdict(self) | {"version": VERSION, "invalid": self.invalid, "seconds": dict(self.seconds)}
        return out | {"flawless": self.flawless}


#: counts that a report and each of its files have
_COUNTS = ("rows", "records", "decoded", "skipped", "nulled", "gaps", "faulty", "checked")
_KINDS = ("framing", "filtered", "ignored")


@dataclass(slots=True)
class Tally:
    """The counts of a run under way.  ``apart``: bytes in no row, by kind and reason.  ``held``: what a quarantine takes, in order.
    ``mended``: characters of texts, by field and reason."""

    rows: int = 0
    records: int = 0
    bytes_read: int = 0
    decoded: int = 0
    skipped: int = 0
    nulled: int = 0
    gaps: int = 0
    faulty: int = 0
    checked: int = 0
    apart: Counter[tuple[str, str]] = field(default_factory=Counter)
    fields: Counter[tuple[str, str]] = field(default_factory=Counter)
    mended: Counter[tuple[str, str]] = field(default_factory=Counter)
    files: list[FileReport] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    held: list[Any] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """Count what *other* counted."""
        for name in ("bytes_read", *_COUNTS):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.apart.update(other.apart)
        self.fields.update(other.fields)
        self.mended.update(other.mended)
        self.files += other.files
        self.held += other.held
        for stage, spent in other.seconds.items():
            self.spend(stage, spent)

    def spend(self, stage: str, seconds: float) -> None:
        """Count *seconds* for *stage*."""
        self.seconds[stage] = self.seconds.get(stage, 0.0) + seconds

    def counts(self) -> dict[str, int]:
        """What is counted for each file too."""
        found = {name: getattr(self, name) for name in _COUNTS}
        for kind in _KINDS:
            found[kind] = sum(n for (of, _), n in self.apart.items() if of == kind)
        return found

    @property
    def refusals(self) -> bool:
        """Whether bytes of a field were refused, or had no character."""
        counted = (*self.fields.items(), *self.mended.items())
        return any(count for (_, why), count in counted if why in (INVALID, SKIPPED, REPLACED))

    @property
    def accounted(self) -> int:
        """Bytes of which it is known what became of them."""
        return self.decoded + sum(self.apart.values())

    def file(self, name: str, bytes: int, before: dict[str, int]) -> None:
        """The file *name*, of which *bytes* were read, has ended; *before*: `counts` when it began."""
        own = {key: n - before[key] for key, n in self.counts().items() if key != "checked"}
        self.files.append(FileReport(name=name, bytes=bytes, **own))

    def _mended(self, reason: str) -> int:
        return sum(count for (_, why), count in self.mended.items() if why == reason)

    def report(self, *, complete: bool, ended: bool = True, **known: Any) -> Report:
        """The Report of what was counted so far.  Raises `InternalError` where a run has *ended* and its bytes do not add up."""
        if ended and self.accounted != self.bytes_read:
            raise InternalError(
                f"bytes read ({self.bytes_read:,}) are not what was accounted for ({self.accounted:,}): {self!r}",
                code=LOST_BYTES,
            )
        counts: dict[str, Any] = self.counts()
        return Report(
            complete=complete,
            bytes_read=self.bytes_read,
            **counts,
            reasons=tuple(
                ByteCount(kind=kind, reason=reason, bytes=count)
                for (kind, reason), count in sorted(self.apart.items())
                if count
            ),
            fields=tuple(
                FieldCount(path=path, reason=reason, count=count)
                for (path, reason), count in sorted((self.fields + self.mended).items())
            ),
            replaced=self._mended(REPLACED),
            dropped=self._mended(DROPPED),
            files=tuple(self.files),
            seconds=tuple(sorted(self.seconds.items())),
            **known,
        )
