"""Candidates are tried, the best of them with their variants, and ranked."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Literal

from arrowsmith import compiled as dictionaries
from arrowsmith import pipeline
from arrowsmith.detect.foreign import foreign, separated
from arrowsmith.detect.sampling import NO_SAMPLE, sample
from arrowsmith.detect.segments import segments
from arrowsmith.diagnostics import Source
from arrowsmith.doubts.quality import GOOD, Quality, quality, refused
from arrowsmith.errors import ArrowsmithWarning, DataError, DictionaryError, OptionError
from arrowsmith.interfaces import Candidate, Detects, GivenOptions, Sample, parse_options
from arrowsmith.layout.measure import measure
from arrowsmith.layout.nodes import Layout
from arrowsmith.options import plain
from arrowsmith.registry import Registry, load
from arrowsmith.sources import sources

if TYPE_CHECKING:
    import pyarrow as pa

    from arrowsmith.engine.report import Report

Said = tuple[tuple[str, str], ...]

#: candidates whose variants are tried, and how far behind the best they may be
TRIED: Final = 5
NEAR: Final = 0.12
#: what a reading has to be better by to be taken instead of a simpler one
BETTER: Final = 0.004
#: the same where there is no dictionary, which makes values less sure
ROUGHLY: Final = 0.05
#: the share of decimals that are valid in a file that is read as it was written
MOST_DECIMALS: Final = 0.9
#: what has to be reached where no decimals say it, for any bytes are some text
TEXTS_GOOD: Final = 0.88
#: what headers that lead to the file's end are worth beside records of one length, and how many they have to be
PROOF: Final = 0.08
PROVEN: Final = 3
#: what a reading has to be better by that moves fields to other places
MOVED_BETTER: Final = 0.02
#: by how much values of one kind have to be better for a variant that hardly changes the whole
KIND_BETTER: Final = 0.05
#: the share of bytes that have to be values, and not absent, for a file to say what it is
LEAST_THERE: Final = 0.2
#: what a first or last record that is none costs
EDGE: Final = 0.05
#: headers that follow each other by no accident
ENOUGH: Final = 8
#: records of a candidate whose values are looked at, from all parts alike
MOST_RECORDS: Final = 3_000


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
    texts = dictionaries.texts_of(dictionary) if dictionary is not None else ()
    chosen = _format(registry, format, texts)
    part = sample(source)
    given = dict(options.items() if isinstance(options, Mapping) else options or ())
    parsed = parse_options(chosen.options, given, owner=f"format {chosen.name}")
    trials = Trials(registry, chosen, texts, given, emitter)
    tried = [
        trial
        for candidate in (chosen.candidates(texts, parsed, part, dictionaries.include) if part.size else ())
        for trial in trials.families(candidate)
    ]
    refined = _refined(trials, tried, chosen if texts else None)
    # of readings that differ in what they leave out at the file's ends, the best
    shown = {(trial.candidate.trial, trial.variant[:1]): trial for trial in reversed(refined) if trial.score > 0.2}
    findings = tuple(trial.finding(trials.known) for trial in refined if trial in shown.values())
    verdict = _verdict(refined)
    if verdict == "fits" and separated(part):
        verdict = "perhaps"
    hint = foreign(part) if verdict != "fits" else ""
    if verdict == "nothing" and texts and not hint:
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
    layout: Layout
    quality: Quality
    records: int
    score: float
    cost: float = 0.0
    told: str = ""

    @property
    def order(self) -> tuple[float, int, int]:
        """Of readings that are about as good, that by more marks where there is no dictionary, else the simpler one."""
        alone = bool(self.candidate.sources)
        step = ROUGHLY if alone else BETTER
        score = self.score + (PROOF if self.proven and not alone else 0.0)
        return -round(score / step) * step, -self.candidate.marks if alone else 0, self.candidate.rank

    @property
    def proven(self) -> bool:
        """Whether headers lead to the file's end, and the records that they delimit are no nonsense."""
        return self.candidate.marks >= PROVEN and self.candidate.lands and self.score >= GOOD - 0.15

    def better(self, other: Trial) -> bool:
        """Whether this variant of *other* is to be taken: the whole is better, clearly where it moves fields to other places, or values of
        one kind clearly and the whole no worse."""
        if _longest(self.layout) != _longest(other.layout):
            return self.score > other.score + MOVED_BETTER
        if self.score > other.score + BETTER / 4:
            return True
        return self.score >= other.score and self.quality.gain(other.quality) > KIND_BETTER

    def finding(self, given: Mapping[str, str]) -> Finding:
        evidence = [self.candidate.evidence] if self.candidate.evidence else []
        if self.quality.decimals is not None:
            evidence.append(f"{self.quality.decimals:.1%} of the decimals are valid")
        if self.quality.texts is not None:
            evidence.append(f"texts look {self.quality.texts:.0%} like texts")
        if self.told:
            evidence.append(self.told)
        return Finding(
            claim=self.candidate.claim,
            evidence="; ".join(evidence),
            options=tuple(
                pair for pair in (*self.candidate.options, *self.variant) if given.get(pair[0]) != plain(pair[1])
            ),
            score=self.score,
            records=self.records,
        )


class Trials:
    """Reads candidates by the kernels that any data are read by.  What is *given* stays: candidates and variants that say another thing
    are left out."""

    def __init__(
        self, registry: Registry, format: Any, texts: Sequence[Source], given: Mapping[str, Any], emitter: str
    ) -> None:
        self.registry, self.format, self.texts, self.given, self.emitter = registry, format, texts, given, emitter
        self.known = {plain(name): plain(str(value)) for name, value in given.items()}

    def _contradicts(self, said: Said) -> bool:
        return any(self.known.get(plain(name), plain(value)) != plain(value) for name, value in said)

    def families(self, candidate: Candidate) -> Iterator[Trial]:
        """*candidate* with each of its first group of variants."""
        for variant in candidate.variants[0] if candidate.variants else ((),):
            trial = self.trial(candidate, variant)
            if trial is not None:
                yield trial

    def trial(self, candidate: Candidate, variant: Said, base: Trial | None = None) -> Trial | None:
        """*candidate* read with *variant*; None where records cannot be told apart so, the options are none, or they change nothing of
        what *base* is."""
        if self._contradicts((*candidate.options, *variant)):
            return None
        given = {name: value for name, value in self.given.items() if plain(name) not in dict(candidate.trial)}
        known = {**given, **dict(candidate.trial), **dict(variant)}
        sources = list(candidate.sources or self.texts)
        try:
            parsed = parse_options(self.format.options, known, owner=f"format {self.format.name}")
            layout = _plain(self.registry.parse(self.format, sources, parsed, dictionaries.include))
            if base is not None and layout == base.layout:
                return None
            # whole records one after the other are a file of them
            worth, rows, covered = self._read(layout, b"".join(candidate.slices))
            if base is None:
                edges = [self._read(layout, part)[0] for part in candidate.edges]
                cost = EDGE * sum(max(0.0, GOOD - _standing(edge, worth)) for edge in edges)
            else:
                cost = base.cost
        except (DataError, OptionError, DictionaryError):
            return None
        if not rows:
            return None
        return Trial(
            candidate=candidate,
            variant=variant,
            layout=layout,
            quality=worth,
            records=rows,
            cost=cost,
            score=_score(candidate, (1 - cost) * covered * worth.share, worth),
            told=base.told if base is not None else "",
        )

    def segmented(self, chosen: Detects, best: Trial) -> Trial:
        """*best* with the options by which a field of it tells kinds of records apart, where one does."""
        data = b"".join(best.candidate.slices)
        if any(name.startswith(plain(one)) for name in self.known for one, _ in chosen.segmented("", ())):
            return best
        table = self._table(best.layout, data)[0]
        told = segments(best.layout.tables[0].record, table) if len(best.layout.tables) == 1 else None
        if told is None:
            return best
        variant = (*best.variant, *chosen.segmented(told.field, told.views))
        found = self.trial(best.candidate, variant, best)
        if found is None or found.score < best.score - BETTER:
            return best
        counted = ", ".join(f"{value}: {view}" for value, view in told.views)
        return replace(found, told=f"{told.field} tells records apart ({counted})")

    def _read(self, layout: Layout, part: bytes) -> tuple[Quality, int, float]:
        """How plausible the records in *part* are, how many there are, and the share of their bytes that the layout can hold."""
        table, report = self._table(layout, part)
        most = _longest(layout)
        covered = 1.0 if most is None or not report.decoded else min(1.0, most * report.records / report.decoded)
        rows, step = table.num_rows, table.num_rows // MOST_RECORDS + 1
        if step > 1:
            table = table.take(list(range(0, rows, step)))
        counts = {path: -(-count // step) for path, count in refused(report).items()}
        return quality(layout, table, counts), rows, covered

    def _table(self, layout: Layout, part: bytes) -> tuple[pa.Table, Report]:
        """The records in *part*, and the report of reading them."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ArrowsmithWarning)
            with pipeline.open(
                layout,
                part,
                on_error="null",
                threads=1,
                emitter=self.emitter,
                registry=self.registry,
            ) as reader:
                return reader.to_table(), reader.report


def _longest(layout: Layout) -> int | None:
    """Bytes that a record of *layout* has at most."""
    return measure(layout.tables[0].record).most


def _plain(layout: Layout) -> Layout:
    """*layout* with charsets in which bytes that are no blank do not look like one: controls, which some tables make blanks of."""
    found = []
    for charset in layout.charsets:
        blanks = (0x00, 0x20 if charset.ascii else 0x40)
        table = tuple("" if c == " " and byte not in blanks else c for byte, c in enumerate(charset.table))
        found.append(replace(charset, table=table))
    return replace(layout, charsets=tuple(found))


def _standing(edge: Quality, worth: Quality) -> float:
    """The plausibility of the first or last record, less where it has hardly any of the values that records have."""
    return min(edge.share, edge.there / worth.there) if worth.there else edge.share


def _score(candidate: Candidate, share: float, worth: Quality) -> float:
    """How well *candidate* fits, whose values are plausible by *share*.  Without a dictionary the marks themselves say the half of it."""
    if candidate.sources and candidate.marks >= ENOUGH and candidate.lands:
        share = (1 + share) / 2
    if worth.decimals is not None:  # whatever weight they have, where few of them are valid the records are not these
        share *= 0.5 + 0.5 * min(1.0, worth.decimals / MOST_DECIMALS)
    return share if candidate.lands else 0.97 * share


def _refined(trials: Trials, tried: Sequence[Trial], segmenting: Detects | None) -> list[Trial]:
    """*tried*, the best of them with the best of each further group of their variants, and with what tells kinds of records apart; in
    order.  *segmenting* has the options of that."""
    ordered = sorted(tried, key=lambda trial: trial.order)
    out, done = [], set[tuple[Said, Said]]()
    for trial in ordered:
        # what is left out at the file's ends is no reason to look for code pages anew
        told = (trial.candidate.trial, trial.variant)
        if len(done) < TRIED and told not in done and trial.score >= ordered[0].score - NEAR:
            done.add(told)
            # first, because a view of other records' bytes has no code page
            trial = trials.segmented(segmenting, trial) if segmenting is not None else trial
            alike = dict(trial.candidate.alike)
            for place, group in enumerate(trial.candidate.variants[1:], 1):
                if place in alike and trial.quality.characters <= alike[place]:
                    continue
                best = trial
                for variant in group[1:]:
                    found = trials.trial(trial.candidate, (*trial.variant, *variant), trial)
                    if found is not None and found.better(best):
                        best = found
                trial = best
        out.append(trial)
    return sorted(out, key=lambda trial: trial.order)


# --- judging -----------------------------------------------------------------------------------------------------------


def _verdict(ranked: Sequence[Trial]) -> Literal["fits", "perhaps", "nothing"]:
    if not ranked:
        return "nothing"
    best = ranked[0]
    decimals = best.quality.decimals
    if (decimals is not None and decimals < 0.5) or best.quality.there < LEAST_THERE:
        return "nothing"
    marked = best.candidate.marks >= ENOUGH
    enough = best.score >= TEXTS_GOOD if decimals is None else best.score >= GOOD and decimals >= MOST_DECIMALS
    if enough:
        return "fits" if best.records >= 4 or marked else "perhaps"
    if best.score >= GOOD - 0.1 or (marked and best.candidate.lands and best.score >= 0.4):
        return "perhaps"
    return "nothing"


def _stripped(trials: Trials, chosen: Any, texts: Sequence[Source], parsed: Any, part: Sample) -> str:
    """The hint where the first record alone is one, or the file is shorter than one."""
    layout = trials.registry.parse(chosen, texts, parsed, dictionaries.include)
    size = getattr(layout.framing, "size", 0)
    if part.size < size:
        return f"the file has {part.size:,} bytes, fewer than one record of {size:,}"
    first = Candidate(
        claim="", evidence="", options=(), trial=(), slices=(part.head[: size or len(part.head)],), variants=()
    )
    for candidate in chosen.candidates(
        texts, parsed, replace(part, size=max(size, 1), parts=((0, part.head[:size]),)), dictionaries.include
    ):
        for trial in trials.families(replace(candidate, slices=first.slices)):
            if trial.score >= GOOD and trial.records == 1:
                hint: str = chosen.stripped(texts, parsed, dictionaries.include)
                return hint
    return ""
