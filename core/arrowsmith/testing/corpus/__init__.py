"""The corpus: small hand-written Programs, one an op and a quirk, each with records that show it.

`corpus` is what `EmitterSuite` holds emitters against; the oracle says what is right.  A quirk that was once got wrong becomes a
sample here.
Invariant: every op, every word that an attribute may be, and every name in the tables of `let`, `text.let`, `transform`, floats and
digits is in some sample (a test counts).
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from arrowsmith.program.certainty import certain_columns
from arrowsmith.program.verify import verify
from arrowsmith.testing.corpus import (
    computed,
    computed_texts,
    decimals,
    framers,
    lists,
    numbers,
    streams,
    texts,
    transforms,
)
from arrowsmith.testing.corpus.sample import Sample

__all__ = ["Sample", "corpus"]

#: samples that are there a second time, with the columns that cannot be null marked `certain`: nobody asks for their validity
CERTAIN = (
    "load_int_little_twos",
    "put_scales_a_decimal",
    "load_float_ibm32",
    "strips_are_read_in_any_order_and_fail_in_theirs",
    "unpack_into_narrow_columns",
    "unpack_trailing_trap",
    "unzone_refuses_the_record",
    "text_refuses_the_record",
    "text_sizes_cp037",
    "text_sized_by_the_data",
    "bytes_as_they_are",
    "label_of_an_unsigned",
    "switch_chooses_by_value",
    "within_is_a_stream_of_its_own",
    "many_columns_of_one_record",
    "repeat_in_repeat",
)


@lru_cache(maxsize=1)
def corpus() -> tuple[Sample, ...]:
    """All samples, in the order of the op table's sections; their names are unique."""
    modules = (numbers, decimals, texts, computed, computed_texts, streams, transforms, lists, framers)
    found = [sample for module in modules for sample in module.samples.made()]
    return (*found, *(_certain(sample) for sample in found if sample.name in CERTAIN))


def _certain(sample: Sample) -> Sample:
    sure = certain_columns(sample.program)
    columns = tuple(replace(column, certain=n in sure) for n, column in enumerate(sample.program.columns))
    program = replace(sample.program, name=f"{sample.name}_certain", columns=columns)
    verify(program)
    claim = f"{sample.claim.rstrip('.')}; and columns that cannot be null, without their validity."
    return replace(sample, name=program.name, claim=claim, program=program)
