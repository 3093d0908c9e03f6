"""Which texts' statistics are worth their cost: those that tell row groups apart.

Finding the smallest and largest text takes up to a fifth of a column's encoding, and a reader skips a row group only where its range
leaves the value out that is sought.  Where values lie in no order every row group has nearly the range of all, and none is skipped; so
the parts of the first row group are compared with each other, in place of whole row groups.
Invariant: the same rows give the same choice.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

#: parts of the first row group that are compared, and the rows at the beginning of each that are looked at: where their ranges overlap,
#: so do those of the whole parts
_PARTS: Final = 4
_SAMPLE: Final = 1 << 12
#: Types that are looked at.
TEXTS: Final = (pa.types.is_string, pa.types.is_binary, pa.types.is_large_string, pa.types.is_large_binary)
#: A row group of fewer rows costs too little to be looked at.
_LEAST: Final = 1 << 15


def telling(chunks: Sequence[Any]) -> bool:
    """Whether statistics of *chunks*, a column of the first row group, tell parts of the file apart: two of its parts have ranges that
    share no more than one value.  So have texts in the order of the file, those that stand together, and one that is the same
    throughout.  What is no plain text is not looked at."""
    column = pa.chunked_array(chunks)
    if len(column) < _LEAST or not any(is_text(column.type) for is_text in TEXTS):
        return True
    step = -(-len(column) // _PARTS)
    found: list[Any] = [pc.min_max(column.slice(at, _SAMPLE)) for at in range(0, len(column), step)]
    ranges = [(low, high) for low, high in (one.values() for one in found) if low.is_valid]
    if len(ranges) < _PARTS:
        return True
    return any(_apart(first, second) or _apart(second, first) for first, second in combinations(ranges, 2))


def _apart(lower: tuple[Any, Any], upper: tuple[Any, Any]) -> bool:
    """Whether the range *lower* ends where *upper* begins, or before."""
    return bool(pc.less_equal(lower[1], upper[0]).as_py())
