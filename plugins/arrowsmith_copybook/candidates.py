"""Which options could fit a file: the framings that its bytes allow (`framing_candidates`), and what is worth trying in each of them.

Nothing is decoded here.  See `arrowsmith.interfaces.Detects`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from arrowsmith.diagnostics import Source
from arrowsmith.interfaces import Candidate, Include, Kind, Options, Sample
from arrowsmith.layout.types import Float, Integer, Text
from arrowsmith_copybook.chains import ENOUGH
from arrowsmith_copybook.choices import is_ascii
from arrowsmith_copybook.fixed_candidates import of_one_length
from arrowsmith_copybook.framing_candidates import (
    EBCDIC,
    STRICT,
    in_blocks,
    in_lines,
    in_segments,
    self_delimiting,
    with_a_period,
    with_headers,
)
from arrowsmith_copybook.length_candidates import with_length_field, with_length_map
from arrowsmith_copybook.shapes import Parse, Said, Shape, shapes

STRIPPED: Final = (
    "the file begins with a record of the copybook, and nothing says where the next one begins: if records differ in length, their headers "
    "(RDWs) were stripped in transfer; transfer the file anew with them (FTP: SITE RDW, binary), or say which field gives the length "
    "(record_length_field)"
)
_PAGES = (
    "cp037",
    "cp273",
    "cp500",
    "cp1047",
    "cp1140",
    "cp1141",
    "cp297",
    "cp285",
    "cp284",
    "cp280",
    "cp278",
    "cp277",
    "cp1148",
    "cp871",
    "cp875",
    "cp1025",
    "cp870",
)
_LINES: Final = ("record_format", "D")
_SIZES: Final = "binary_size"
#: overpunched signs, and those beside the usual in either family
_SIGNS: Final = "sign_table"
_OTHER_SIGNS: Final = {"ebcdic": "hardware", "ascii": "mf"}
#: what says that a file has something before or behind its records
_ENDS: Final = frozenset(("file_start_offset", "file_end_offset"))
#: characters that stand at the same bytes in all pages that are tried
_INVARIANT: Final = frozenset(" +<=>%&*\"'(),_-./:;?0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
#: what makes a byte without a character show, where there is no copybook that could be wrong about it
_SHOWN: Final[Said] = (("undecodable", "replace"), ("ebcdic_code_page", "cp500"))
_FLOATS: Final = ("IBM", "IEEE754", "IEEE754_little_endian", "IBM_little_endian")
#: bytes of text in either family of code pages
_ASCII_TEXT = frozenset(b"\t\r\n") | frozenset(range(0x20, 0x7F))
_EBCDIC_TEXT = frozenset((0x0D, 0x15, 0x25, 0x40, 0x4B, 0x60, 0x61, 0x6B)) | {
    *range(0x81, 0x8A), *range(0x91, 0x9A), *range(0xA2, 0xAA), *range(0xC1, 0xCA), *range(0xD1, 0xDA), *range(0xE2, 0xEA),
    *range(0xF0, 0xFA),
}  # fmt: skip


def candidates(
    parse: Parse, sources: Sequence[Source], options: Options, sample: Sample, include: Include
) -> list[Candidate]:
    """Every framing that the bytes of *sample* allow."""
    given = dict(options)
    sample = _between(sample, given["file_start_offset"], given["file_end_offset"])
    if not sample.size:
        return []
    found = _with_copybook(parse, sources, given, sample, include) if sources else _alone(sample)
    if given["file_start_offset"] or given["file_end_offset"]:  # what is known to be there, is all
        found = [c for c in found if not _ENDS & dict(c.options).keys()]
        found = [replace(c, trial=(*c.trial, *((name, "0") for name in sorted(_ENDS)))) for c in found]
    return found


def _between(sample: Sample, start: int, end: int) -> Sample:
    """*sample* without what the options say is before and behind the records."""
    if not start and not end:
        return sample
    stop = max(sample.size - end, 0)
    parts = [(max(at - start, 0), part[max(start - at, 0) : max(stop - at, 0)]) for at, part in sample.parts]
    return Sample(size=max(stop - start, 0), parts=tuple(part for part in parts if part[1]) or ((0, b""),))


def _with_copybook(
    parse: Parse, sources: Sequence[Source], given: Mapping[str, Any], sample: Sample, include: Include
) -> list[Candidate]:
    laid_out = shapes(parse, sources, given, include)
    size = laid_out[0].size
    found = [*in_lines(sample, size), *with_headers(sample), *in_blocks(sample, size), *in_segments(sample)]
    if given["variable_size_occurs"] == "false":
        found += of_one_length(sample, laid_out)
    found += with_length_field(sample, laid_out)
    # where headers or a field lead to the end, values have no say
    if not any(c.lands and c.marks >= ENOUGH and c.options[0] != _LINES for c in found):
        found += with_length_map(sample, laid_out)
    tables = _tables(sources)
    found += self_delimiting(sample) if tables else []
    return [replace(c, **_variants(c, sources, laid_out)) for c in found]


def _variants(candidate: Candidate, sources: Sequence[Source], laid_out: Sequence[Shape]) -> dict[str, Any]:
    """What is worth trying with *candidate*: of what the copybook has fields for."""
    families, *groups = candidate.variants
    if laid_out[0].overpunched:  # with signs that are wrong, records that begin elsewhere may look better
        families = (
            *families,
            *(
                (*said, (_SIGNS, _OTHER_SIGNS[dict((*candidate.options, *said)).get("encoding", "ascii")]))
                for said in families
            ),
        )
    groups = [families, *groups]
    if _SIZES not in dict(candidate.options):
        groups.append(tuple(shape.said for shape in laid_out))
    groups += [*_tables(sources), _pages()]
    alike = ((len(groups) - 1, _INVARIANT),)
    kinds = laid_out[0].kinds
    groups += [_floats()] if Float in kinds else []
    groups += [_orders()] if Integer in kinds else []
    return {"variants": tuple(groups), "alike": alike}


def _alone(sample: Sample) -> list[Candidate]:
    found = [*in_lines(sample, 0), *with_headers(sample), *in_blocks(sample, 0), *in_segments(sample)]
    found = [replace(c, marks=0 if c.options[0] == _LINES and not _is_text(c) else c.marks) for c in found]
    if not any(c.marks >= (1 if c.options[0] == _LINES else 3 * ENOUGH) and c.lands for c in found):
        found += with_a_period(sample)
    # what is no text is no fault of the framing, and has to show
    return [replace(c, sources=(_plain(c),), trial=(*(p for p in c.trial if p not in STRICT), *_SHOWN)) for c in found]


def _is_text(candidate: Candidate) -> bool:
    """Whether nearly all bytes are letters, digits and line ends of the candidate's family."""
    data = b"".join(candidate.slices)[: 1 << 16]
    family = _EBCDIC_TEXT if EBCDIC[0] in candidate.options else _ASCII_TEXT
    return sum(byte in family for byte in data) >= 0.95 * len(data)


def _tables(sources: Sequence[Source]) -> tuple[tuple[Said, ...], ...]:
    """Whether tables take only the room of their occurrences, where there are such."""
    depend = any("DEPENDING" in source.text.upper() for source in sources)
    return (((), (("variable_size_occurs", "true"),)),) if depend else ()


def _plain(candidate: Candidate) -> Source:
    """A copybook that says nothing but a text."""
    length = dict(candidate.options).get("record_length")
    longest = length or max((len(part) for part in candidate.slices), default=1)
    return Source(
        "records.cpy", f"       01  RECORD.\n           05  DATA  PIC X({max(1, min(int(longest), 32_000))}).\n"
    )


def segmented(field: str, views: Sequence[tuple[str, str]]) -> Said:
    """A segment field and the views of its values."""
    names = list(dict.fromkeys(view for _, view in views))
    maps = [
        (
            f"redefine_segment_id_map:{n}",
            f"{name} => {','.join(sorted(value for value, view in views if view == name))}",
        )
        for n, name in enumerate(names)
    ]
    return (("segment_field", field), *maps)


# --- what is tried within each -----------------------------------------------------------------------------------------


def _pages() -> tuple[Said, ...]:
    """Code pages; those of the other family change nothing."""
    pages = tuple((("ebcdic_code_page", page),) for page in _PAGES)
    return (
        (),
        *pages,
        (("ascii_charset", "iso-8859-1"),),
        (("ascii_charset", "utf-8"),),
        (("ascii_charset", "cp437"),),
    )


def _orders() -> tuple[Said, ...]:
    """The byte order of COMP-5."""
    return ((), (("comp5_order", "little"),), (("comp5_order", "big"),))


def others(
    parse: Parse, sources: Sequence[Source], options: Options, include: Include
) -> list[tuple[Kind, tuple[Said, ...]]]:
    """What the bytes of signs, floats, COMP-5 and texts may mean, where there are such."""
    shape = Shape((), parse(sources, options, include))
    found: list[tuple[Kind, tuple[Said, ...]]] = []
    if shape.overpunched:
        found.append(("decimals", tuple(((_SIGNS, name),) for name in ("translated", "mf", "hardware"))))
    if Float in shape.kinds:
        found.append(("floats", _floats()[1:]))
    if Integer in shape.kinds:
        found.append(("integers", _orders()[1:]))
    if Text in shape.kinds:
        name = "ascii_charset" if is_ascii(options) else "ebcdic_code_page"
        found.append(("texts", tuple(said for said in _pages() if said and said[0][0] == name)))
    return found


def _floats() -> tuple[Said, ...]:
    return ((), *((("floating_point_format", kind),) for kind in _FLOATS))
