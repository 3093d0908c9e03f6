"""Candidates are tried, the best of them with their variants, and ranked."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from arrowsmith import pipeline
from arrowsmith.detect.quality import GOOD, Quality, quality
from arrowsmith.detect.sampling import NO_SAMPLE, sample
from arrowsmith.diagnostics import Source
from arrowsmith.errors import ArrowsmithWarning, DataError, DictionaryError, OptionError
from arrowsmith.interfaces import Candidate, Detects, GivenOptions, Sample, parse_options
from arrowsmith.layout.measure import measure
from arrowsmith.registry import Registry, load
from arrowsmith.sources import sources

Said = tuple[tuple[str, str], ...]

#: candidates whose variants are tried, and how far behind the best they may be
TRIED: Final = 5
NEAR: Final = 0.12
#: what a reading has to be better by to be taken instead of a simpler one
BETTER: Final = 0.004
#: the same where there is no dictionary, which makes values less sure
ROUGHLY: Final = 0.05
#: what a first or last record that is none costs
EDGE: Final = 0.05
#: headers that follow each other by no accident
ENOUGH: Final = 8
#: bytes of a slice that are read
SLICE: Final = 64 << 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One way to read the file.  ``score``: plausibility, 0 to 1; ``options``: what to pass; ``records``: those that were read;
    ``evidence`` in words."""

    claim: str
    evidence: str
    options: Said
    score: float
    records: int

    def json(self) -> dict[str, Any]:
        """This finding as values that JSON has."""
        return {
            "claim": self.claim,
            "score": round(self.score, 3),
            "records": self.records,
            "evidence": self.evidence,
            "options": dict(self.options),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Detection:
    """What a file could be, the best finding first.  ``verdict``: ``fits``; ``perhaps``: something may fit, and should be looked at;
    ``nothing`` does.  ``hint`` says what may be the reason."""

    name: str
    format: str
    verdict: Literal["fits", "perhaps", "nothing"]
    findings: tuple[Finding, ...]
    hint: str = ""

    def json(self) -> dict[str, Any]:
        """This detection as values that JSON has."""
        found = [finding.json() for finding in self.findings]
        return {"file": self.name, "format": self.format, "verdict": self.verdict, "findings": found, "hint": self.hint}


def detect(
    dictionary: Any,
    data: Any,
    *,
    format: str | None = None,
    options: GivenOptions | None = None,
    emitter: str = "auto",
    registry: Registry | None = None,
) -> Detection:
    """What *data*, one file, could be.  *dictionary* as `arrowsmith.open` takes it, or None: then only framing and code page are looked at.

    *options* are known already.  Raises `DictionaryError` for the dictionary, `OptionError` for what was asked.
    """
    registry = registry or load()
    (source, *others) = sources(data)
    if others:
        raise OptionError(
            "one file at a time can be looked at", code=NO_SAMPLE, help="name one; others of its kind are alike"
        )
    texts = pipeline.texts_of(dictionary) if dictionary is not None else ()
    chosen = _format(registry, format, texts)
    part = sample(source)
    given = dict(options.items() if isinstance(options, Mapping) else options or ())
    parsed = parse_options(chosen.options, given, owner=f"format {chosen.name}")
    trials = Trials(registry, chosen.name, texts, given, emitter)
    tried = [
        trial
        for candidate in (chosen.candidates(texts, parsed, part, pipeline.include) if part.size else ())
        for trial in trials.families(candidate)
    ]
    refined = _refined(trials, tried)
    # of readings that differ in what they leave out at the file's ends, the best
    shown = {(trial.candidate.trial, trial.variant[:1]): trial for trial in reversed(refined) if trial.score > 0.2}
    findings = tuple(trial.finding() for trial in refined if trial in shown.values())
    verdict = _verdict(refined)
    hint = ""
    if verdict != "fits" and texts and part.size:
        hint = _stripped(trials, chosen, texts, parsed, part)
    return Detection(name=source.name, format=chosen.name, verdict=verdict, findings=findings[:8], hint=hint)


def _format(registry: Registry, name: str | None, texts: Sequence[Source]) -> Any:
    if name or texts:
        chosen: Any = registry.format(name) if name else registry.format_of(texts[0])
        if not isinstance(chosen, Detects):
            raise OptionError(f"the format {chosen.name} cannot say what could fit", code=NO_SAMPLE)
        return chosen
    found = next((one for one in registry.formats if isinstance(one, Detects)), None)
    if found is None:
        raise OptionError("no format here can say what a file could be", code=NO_SAMPLE)
    return found


# --- trying ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A candidate with ``variant``, as it was read."""

    candidate: Candidate
    variant: Said
    quality: Quality
    records: int
    refused: int
    score: float

    @property
    def order(self) -> tuple[float, int, int]:
        """Of readings that are about as good, that by more marks where there is no dictionary, else the simpler one."""
        alone = bool(self.candidate.sources)
        step = ROUGHLY if alone else BETTER
        return -round(self.score / step) * step, -self.candidate.marks if alone else 0, self.candidate.rank

    def finding(self) -> Finding:
        evidence = [self.candidate.evidence] if self.candidate.evidence else []
        if self.quality.decimals is not None:
            evidence.append(f"{self.quality.decimals:.1%} of the decimals are valid")
        if self.quality.texts is not None:
            evidence.append(f"texts look {self.quality.texts:.0%} like texts")
        return Finding(
            claim=self.candidate.claim,
            evidence="; ".join(evidence),
            options=(*self.candidate.options, *self.variant),
            score=self.score,
            records=self.records,
        )


class Trials:
    """Reads candidates by the kernels that any data are read by."""

    def __init__(
        self, registry: Registry, format: str, texts: Sequence[Source], given: Mapping[str, Any], emitter: str
    ) -> None:
        self.registry, self.format, self.texts, self.given, self.emitter = registry, format, texts, given, emitter

    def families(self, candidate: Candidate) -> Iterator[Trial]:
        """*candidate* with each of its first group of variants."""
        for variant in candidate.variants[0] if candidate.variants else ((),):
            trial = self.trial(candidate, variant)
            if trial is not None:
                yield trial

    def trial(self, candidate: Candidate, variant: Said) -> Trial | None:
        """*candidate* read with *variant*; None where records cannot be told apart so, or the options are none."""
        known = {**self.given, **dict(candidate.trial), **dict(variant)}
        worths: list[tuple[Quality, int]] = []
        refused, covered = 0, 0.0
        sources = list(candidate.sources or self.texts)
        edge = 1.0
        try:
            for part in candidate.slices:
                made, rows, bad, share = self._read(sources, part, known)
                if rows:
                    worths.append((made, rows))
                    refused += bad
                    covered += share * rows
            for part in candidate.edges:
                edge -= EDGE * (1 - self._read(sources, part, known)[0].share)
        except (DataError, OptionError, DictionaryError):
            return None
        rows = sum(n for _, n in worths)
        if not rows:
            return None
        mixed = Quality(
            share=sum(q.share * n for q, n in worths) / rows,
            decimals=_weighted([(q.decimals, n) for q, n in worths]),
            texts=_weighted([(q.texts, n) for q, n in worths]),
        )
        return Trial(
            candidate=candidate,
            variant=variant,
            quality=mixed,
            records=rows,
            refused=refused,
            score=_score(candidate, edge * mixed.share * covered / rows),
        )

    def _read(self, texts: list[Source], part: bytes, known: Mapping[str, Any]) -> tuple[Quality, int, int, float]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ArrowsmithWarning)
            with pipeline.open(
                texts,
                part,
                format=self.format,
                options=known,
                on_error="null",
                threads=1,
                emitter=self.emitter,
                limit=2_000,
                registry=self.registry,
            ) as reader:
                table = reader.to_table()
                report = reader.report
        record = reader.compiled.layout.tables[0].record
        refused = {f.path: f.count for f in report.fields}
        most = measure(record).most
        share = 1.0 if most is None or not report.decoded else min(1.0, most * report.records / report.decoded)
        return quality(record, table, refused), table.num_rows, sum(refused.values()), share


def _score(candidate: Candidate, share: float) -> float:
    """How well *candidate* fits, whose values are plausible by *share*.  Without a dictionary the marks themselves say the half of it."""
    if candidate.sources and candidate.marks >= ENOUGH and candidate.lands:
        share = (1 + share) / 2
    return share if candidate.lands else 0.97 * share


def _weighted(pairs: Sequence[tuple[float | None, int]]) -> float | None:
    kept = [(value, n) for value, n in pairs if value is not None]
    return sum(value * n for value, n in kept) / sum(n for _, n in kept) if kept else None


def _refined(trials: Trials, tried: Sequence[Trial]) -> list[Trial]:
    """*tried*, the best of them with the best of each further group of their variants; in order."""
    ordered = sorted(tried, key=lambda trial: trial.order)
    out = []
    for number, trial in enumerate(ordered):
        if number < TRIED and trial.score >= ordered[0].score - NEAR:
            for group in trial.candidate.variants[1:]:
                best = trial
                for variant in group[1:]:
                    found = trials.trial(trial.candidate, (*trial.variant, *variant))
                    if found is not None and found.score > best.score + BETTER / 4:
                        best = found
                trial = best
        out.append(trial)
    return sorted(out, key=lambda trial: trial.order)


# --- judging -----------------------------------------------------------------------------------------------------------


def _verdict(ranked: Sequence[Trial]) -> Literal["fits", "perhaps", "nothing"]:
    if not ranked:
        return "nothing"
    best = ranked[0]
    if best.quality.decimals is not None and best.quality.decimals < 0.5:
        return "nothing"
    marked = best.candidate.marks >= ENOUGH
    if best.score >= GOOD and (best.quality.decimals is None or best.quality.decimals >= 0.9):
        if best.records >= 4 or marked:
            return "fits"
        return "perhaps"
    if best.score >= GOOD - 0.15 or (marked and best.candidate.lands and best.score >= 0.4):
        return "perhaps"
    return "nothing"


def _stripped(trials: Trials, chosen: Any, texts: Sequence[Source], parsed: Any, part: Sample) -> str:
    """The hint where the first record alone is one."""
    layout = chosen.parse(texts, parsed, pipeline.include)
    size = getattr(layout.framing, "size", 0)
    first = Candidate(
        claim="", evidence="", options=(), trial=(), slices=(part.head[: size or len(part.head)],), variants=()
    )
    for candidate in chosen.candidates(
        texts, parsed, replace(part, size=max(size, 1), parts=((0, part.head[:size]),)), pipeline.include
    ):
        for trial in trials.families(replace(candidate, slices=first.slices)):
            if trial.score >= GOOD and trial.records == 1:
                hint: str = chosen.stripped(texts, parsed, pipeline.include)
                return hint
    return ""
