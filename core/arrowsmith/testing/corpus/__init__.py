"""The corpus: small hand-written Programs, one an op and a quirk, each with records that show it.

`corpus` is what `EmitterSuite` holds emitters against; the oracle says what is right.  A quirk that was once got wrong becomes a
sample here.
Invariant: every op, every word that an attribute may be, and every name in the tables of `let`, `text.let`, `transform`, floats and
digits is in some sample (a test counts).
"""

from __future__ import annotations

from functools import lru_cache

from arrowsmith.testing.corpus import computed, decimals, framers, lists, numbers, streams, texts
from arrowsmith.testing.corpus.sample import Sample

__all__ = ["Sample", "corpus"]


@lru_cache(maxsize=1)
def corpus() -> tuple[Sample, ...]:
    """All samples, in the order of the op table's sections; their names are unique."""
    modules = (numbers, decimals, texts, computed, streams, lists, framers)
    return tuple(sample for module in modules for sample in module.samples.made())
