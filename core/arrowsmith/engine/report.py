"""What a run did, as one frozen value that prints as JSON.

Invariant: bytes read = decoded + framing + ignored + filtered + refused; `Tally.report` asserts it for a complete run.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any

from arrowsmith.errors import InternalError, code

LOST_BYTES = code("I0005", "the bytes that were read are not those that were accounted for")

#: version of the JSON form
VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldCount:
    """How often one field held bytes that its type refuses.  ``reason``: ``invalid``, or ``view does not fit`` for a view of
    overlaid bytes that is not the record's own (no error)."""

    path: str
    reason: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FileReport:
    """One input: its name, the bytes read from it (after decompression), its records."""

    name: str
    bytes: int
    records: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Of the last scan.  ``complete``: its last batch was handed over.

    Bytes: ``decoded`` in records that became rows, ``framing`` in headers and delimiters, ``filtered`` in records left out by a
    condition, ``refused`` in records that the error policy dropped, ``ignored`` the rest.  ``nulled``: records kept although a field that
    others depend on was refused.  ``seconds`` by stage.
    """

    complete: bool = False
    rows: int = 0
    records: int = 0
    bytes_read: int = 0
    decoded: int = 0
    framing: int = 0
    filtered: int = 0
    refused: int = 0
    ignored: int = 0
    skipped: int = 0
    nulled: int = 0
    fields: tuple[FieldCount, ...] = ()
    files: tuple[FileReport, ...] = ()
    emitter: str = ""
    allocator: str = ""
    fallback: str = ""
    seconds: tuple[tuple[str, float], ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()

    @property
    def invalid(self) -> int:
        """Fields that were nulled because their bytes are invalid."""
        return sum(f.count for f in self.fields if f.reason == "invalid")

    @property
    def flawless(self) -> bool:
        """Whether nothing was nulled, skipped or ignored: what ``--strict`` demands."""
        return not (self.invalid or self.skipped or self.nulled or self.ignored)

    def json(self) -> dict[str, Any]:
        """This report as values that JSON has."""
        out = asdict(self) | {"version": VERSION, "invalid": self.invalid, "seconds": dict(self.seconds)}
        return out


@dataclass(slots=True)
class Tally:
    """The counts of a run under way."""

    rows: int = 0
    records: int = 0
    bytes_read: int = 0
    decoded: int = 0
    framing: int = 0
    filtered: int = 0
    refused: int = 0
    ignored: int = 0
    skipped: int = 0
    nulled: int = 0
    fields: Counter[tuple[str, str]] = field(default_factory=Counter)
    files: list[FileReport] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)

    def add(self, other: Tally) -> None:
        """Count what *other* counted."""
        for name in (
            "rows",
            "records",
            "bytes_read",
            "decoded",
            "framing",
            "filtered",
            "refused",
            "ignored",
            "skipped",
            "nulled",
        ):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.fields.update(other.fields)
        self.files += other.files
        for stage, spent in other.seconds.items():
            self.spend(stage, spent)

    def spend(self, stage: str, seconds: float) -> None:
        """Count *seconds* for *stage*."""
        self.seconds[stage] = self.seconds.get(stage, 0.0) + seconds

    def report(self, *, complete: bool, **known: Any) -> Report:
        """The Report of what was counted so far.  Raises `InternalError` where a complete run's bytes do not add up."""
        accounted = self.decoded + self.framing + self.filtered + self.refused + self.ignored
        if complete and accounted != self.bytes_read:
            raise InternalError(
                f"bytes read ({self.bytes_read:,}) are not what was accounted for ({accounted:,}): {self!r}",
                code=LOST_BYTES,
            )
        fields = tuple(
            FieldCount(path=path, reason=reason, count=count) for (path, reason), count in sorted(self.fields.items())
        )
        return Report(
            complete=complete,
            rows=self.rows,
            records=self.records,
            bytes_read=self.bytes_read,
            decoded=self.decoded,
            framing=self.framing,
            filtered=self.filtered,
            refused=self.refused,
            ignored=self.ignored,
            skipped=self.skipped,
            nulled=self.nulled,
            fields=fields,
            files=tuple(self.files),
            seconds=tuple(sorted(self.seconds.items())),
            **known,
        )
