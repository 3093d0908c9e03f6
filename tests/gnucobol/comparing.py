"""What a program of GnuCOBOL wrote and printed, against what arrowsmith reads: `differences`."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from programs import Printed, System, Written, ebcdic, number

import arrowsmith

#: Relative error of a float that was printed.
CLOSE = {"COMP-1": 1e-6, "FLOAT-SHORT": 1e-6, "FLOAT": 1e-6}


def differences(
    written: Written,
    system: System,
    *,
    in_ebcdic: bool,
    slide: bool,
    framed: bool,
    emitter: str,
    edited: str,
    signs: str,
) -> Iterator[str]:
    """A line for each item that arrowsmith reads otherwise than it was printed.  *framed*: the file has its record headers."""
    options = {
        **dict(system.options),
        "source_format": "free",
        "string_trimming_policy": "none",
        "edited_pictures": edited,
        "encoding": "ebcdic" if in_ebcdic else "ascii",
        "binary_truncate": "full",  # programs store what fits the bytes
    }
    if not in_ebcdic:
        options["sign_table"] = "mf" if signs == "ASCII" else "translated"
    else:
        options["ebcdic_code_page"] = "cp037"
    if slide:
        options["variable_size_occurs"] = "true"
    if framed:
        options |= {"record_format": "V", "is_rdw_big_endian": "true"}
    else:
        options["record_format"] = "F"
    rows = ebcdic(written) if in_ebcdic else written.rows
    data = b"".join((len(row).to_bytes(2, "big") + bytes(2) if framed else b"") + row for row in rows)
    dictionary = arrowsmith.text(written.copybook, name="record.cpy")
    table = arrowsmith.read(dictionary, data, options=options, emitter=emitter)
    found = table.to_pylist()
    if len(found) != len(rows):
        yield f"{len(found)} records instead of {len(rows)}"
    for printed in written.printed:
        value = _at(found[printed.row], printed.path)
        wrong = _compare(printed, value)
        if wrong:
            place = f"row {printed.row} {'/'.join(map(str, printed.path))} ({printed.node.clauses}) at {printed.offset}"
            part = rows[printed.row][printed.offset : printed.offset + printed.length]
            yield f"{place}: {part.hex()} is {value!r}: {wrong}"


def _at(row: Mapping[str, Any], path: tuple[str | int, ...]) -> Any:
    value: Any = row
    for part in path:
        if value is None:
            return None
        if isinstance(part, int) and part >= len(value):
            return f"only {len(value)} elements"
        value = value[part.replace("-", "_") if isinstance(part, str) else part]
    return value


def _compare(printed: Printed, value: Any) -> str:
    """What is wrong with *value*, or ""."""
    kind = printed.node.kind
    if kind == "edited" and isinstance(value, str):
        shown = printed.value[1 + sum(printed.node.places) :]
        return "" if value == shown else f"printed {shown!r}"
    if kind == "edited" and value is None and not printed.value[1 + sum(printed.node.places) :].strip():
        return ""  # blanks in a number are null, as Cobrix has it (docs/copybook.md); to COBOL they are zero
    if kind in ("number", "edited"):
        wanted = number(printed)
        return (
            "" if value is not None and not isinstance(value, str) and Decimal(value) == wanted else f"printed {wanted}"
        )
    if kind == "index":
        return "" if value == int(printed.value) else f"printed {printed.value}"
    if kind == "float":
        close = CLOSE.get(printed.node.clauses.split()[0], 1e-14)
        same = isinstance(value, float) and math.isclose(value, float(printed.value), rel_tol=close)
        return "" if same else f"printed {printed.value}"
    return "" if value == printed.value else f"printed {printed.value!r}"
