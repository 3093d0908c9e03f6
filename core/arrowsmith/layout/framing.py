"""How records are delimited in a stream: values that lowering turns into a framer Program.

Sizes are bytes.  Bytes at a file's ends that belong to no record are the Layout's own (`arrowsmith.layout.nodes.Layout`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from arrowsmith.layout.expr import Expr


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixed:
    """Every record has ``size`` bytes (F, FB without block headers).  0: the record's own static size."""

    size: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Prefixed:
    """A length field of ``width`` bytes (1–8) in ``order`` stands ``offset`` bytes into a header of ``header`` bytes; the record is
    ``length + adjustment`` bytes behind the header.  An IBM RDW is header 4, width 2, offset 0, big, adjustment −4.

    ``second`` ≥ 0: where the field is 0, it is the one ``second`` bytes into the header that counts.  ``extended``: where its highest
    bit is set, the length is the other bits of the whole header, read as one number (an IBM BDW of large blocks).  ``zeros``: else
    the other bytes of the header are 0, or it is no header.
    """

    width: int
    order: Literal["big", "little"] = "big"
    offset: int = 0
    header: int = 0
    adjustment: int = 0
    least: int = 0
    most: int = 0
    second: int = -1
    extended: bool = False
    zeros: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocked:
    """Records stand in blocks, each behind a header as ``block`` says it, delimited in there as ``records`` says: they fill the block."""

    block: Prefixed
    records: Fixed | Prefixed


@dataclass(frozen=True, slots=True, kw_only=True)
class Spanned:
    """Records in segments with headers as z/OS writes them (VS; in blocks: VBS), put together before anything reads them.  The lengths
    in headers count the headers; ``adjustment`` and ``block_adjustment`` are added to them."""

    blocked: bool = True
    adjustment: int = 0
    block_adjustment: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Delimited:
    """Records end at any of ``delimiters`` (the longest that matches); the delimiter is no part of the record.  A last record
    without one counts.  ``most`` > 0: a record that is longer is a framing error, or (``longer``) ``split`` into records of ``most``
    bytes and what remains.  ``empty``: empty records are kept or ignored."""

    delimiters: tuple[bytes, ...]
    most: int = 0
    longer: Literal["error", "split"] = "error"
    empty: Literal["kept", "ignored"] = "ignored"


@dataclass(frozen=True, slots=True, kw_only=True)
class Computed:
    """The record is as long as ``length`` says: an expression over its own leading fields, which are read first."""

    length: Expr
    most: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Delimiting:
    """Records delimit themselves: the next begins where reading the last one ended.

    They go on to the stream's end; or there are as many as the parameter ``count`` says (a list's of a count below 0: none); or the one
    for which ``until`` holds, a condition over its own fields, is the last (``open``: or the one that the stream ends with).
    """

    most: int = 0
    count: str = ""
    until: Expr | None = None
    open: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """The whole stream is one record."""

    most: int = 1 << 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """Records are told apart as the framer called ``name``, which a plugin offers, does by ``options``: names, and values as texts."""

    name: str
    options: tuple[tuple[str, str], ...] = ()


Framing: TypeAlias = Fixed | Prefixed | Blocked | Spanned | Delimited | Computed | Delimiting | Whole | Offered
