"""Invoices of several items each, and the files of the benchmark of `arrowsmith detect`, for what is to be found in them."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))
try:
    import detect_files as files
    import detect_records
finally:
    sys.path.pop(0)

__all__ = ["COPYBOOK", "RECORDS", "detect_records", "files", "record"]

COPYBOOK = """\
       01  REC.
           05  ID     PIC 9(6).
           05  NAME   PIC X(12).
           05  PAID   PIC S9(7)V99 COMP-3.
           05  N      PIC 9(2) COMP.
           05  ITEMS OCCURS 0 TO 9 DEPENDING ON N.
               10  ITEM  PIC X(4).
"""


def record(number: int) -> bytes:
    n = number % 7
    name = f"{['MEIER', 'Jones', 'O-BRIEN'][number % 3]:12}".encode("cp037")
    return (
        f"{number:06}".encode("cp037")
        + name
        + detect_records.packed(number * 1_001, 9)
        + bytes([0, n])
        + "A042".encode("cp037") * n
    )


RECORDS = [record(number) for number in range(60)]
