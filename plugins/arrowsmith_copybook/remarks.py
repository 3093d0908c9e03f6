"""What is odd about records that can be read: signed numbers of usage DISPLAY of which no one has a sign, records that are all longer or
shorter than the copybook has them.

Enterprise COBOL for z/OS Language Reference, "USAGE DISPLAY": a sign makes the zone of its digit C or D; F is that of a number without one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from arrowsmith.layout import types as ty
from arrowsmith.layout.framing import Blocked, Fixed
from arrowsmith.layout.measure import measure
from arrowsmith.layout.nodes import Field, Layout
from arrowsmith_copybook.shapes import Shape

#: records that have to be without a sign, or of such a length
MANY = 20
#: the zone of digits without a sign in EBCDIC and in ASCII
_ZONES = {"ebcdic": 0xF, "ebcdic-hardware": 0xF, "ascii": 0x3}


def remarks(layout: Layout, records: Sequence[bytes]) -> Iterator[str]:
    """What is odd about *records* of *layout*, in sentences."""
    yield from _signs(layout, records)
    yield from _lengths(layout, records)


def _lengths(layout: Layout, records: Sequence[bytes]) -> Iterator[str]:
    """That all *records* end behind the last item of *layout*, or, where bytes at their end are said to be no item's, before it."""
    if len(records) < MANY or isinstance(layout.framing, Fixed | Blocked):  # their length is said
        return
    record = layout.tables[0].record
    extent, end = measure(record), record.tail
    lengths = [len(one) - end for one in records]
    if extent.most is not None and min(lengths) > extent.most:
        yield (
            f"each of the first {len(records):,} records has {min(lengths) - extent.most:,} bytes or more behind the copybook's last item: "
            "is it the copybook of this file, with the right sizes of binary items (binary_size), or do records end with something else "
            "(record_end_offset)?"
        )
    if end and max(lengths) < extent.least:
        yield (
            f"each of the first {len(records):,} records ends before the copybook's last item does: are the last {end:,} bytes of each no "
            f"item's (record_end_offset={end})?"
        )


def _signs(layout: Layout, records: Sequence[bytes]) -> Iterator[str]:
    """A sentence on the signed items of *layout* that have no sign in any of *records*; none where some have one."""
    signs: list[int] = []
    names: list[str] = []
    for place in Shape((), layout).single:
        kind = place.node.type if isinstance(place.node, Field) else None
        if not isinstance(kind, ty.Zoned) or kind.sign not in ("leading", "trailing") or kind.table not in _ZONES:
            continue
        at = int(place.offset or 0) + (kind.size - 1 if kind.sign == "trailing" else 0)
        digits = [record[at] for record in records if at < len(record) and record[at] & 15 < 10]
        digits = [byte for byte in digits if byte not in (0x00, 0x20, 0x40)]
        if len(digits) >= MANY:
            signs.append(sum(byte >> 4 != _ZONES[kind.table] for byte in digits))
            names.append(place.name)
    if names and not any(signs):
        shown = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
        one = len(names) == 1
        yield (
            f"{shown} {'is' if one else 'are'} signed, and of the first {len(records):,} records none has a sign in the zone of a digit: "
            f"were signs lost in a conversion of code pages, or {'is it' if one else 'are they'} without one (PIC 9)?"
        )
