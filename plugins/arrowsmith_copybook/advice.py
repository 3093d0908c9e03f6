"""The first bytes of a file that does not fit its options → the options that would fit better, in words.

Evidence is asked for: record headers that follow each other, lines of text, bytes that are letters of the other family of code pages.
Invariant: what the options already say is not advised, and where nothing fits there is no advice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from arrowsmith.interfaces import Options
from arrowsmith.layout.measure import measure
from arrowsmith.layout.nodes import Layout
from arrowsmith_copybook.choices import is_ascii
from arrowsmith_copybook.framing import WORD

#: headers that have to follow each other, where the file does not end with the last of them
ENOUGH = 3
#: records behind which a refused field no longer speaks against the records' length
FEW = 2
#: bytes of the beginning of a file in which headers are looked for
FARTHEST = 1024
#: the longest record that has a header of two bytes of length
LONGEST = 32_760

_TEXT = frozenset(b"\t\r\n") | frozenset(range(0x20, 0x7F))
#: letters, digits and blanks, which no two families of code pages have in common
_LETTERS = frozenset(b" 0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
_EBCDIC_LETTERS = frozenset(bytes(_LETTERS).decode().encode("cp037"))
#: the share of a file's bytes that has to be text of one family for it to be taken as such
MOSTLY = 0.9
#: the share of letters of one family, how many of them there have to be to one of the other, and how many at all, for bytes to be of that
#: family: half of the bytes of packed numbers look like letters
SOME, TIMES, LEAST = 0.3, 4, 16

Said = dict[str, str]


@dataclass(frozen=True, slots=True)
class Words:
    """How descriptor words are read: ``big``, and whether the length counts the word itself (``whole``)."""

    big: bool
    whole: bool

    def length(self, head: bytes, at: int) -> int:
        """The bytes that follow the word at *at*, −1 where there is none."""
        word = head[at : at + WORD]
        value, rest = (word[:2], word[2:]) if self.big else (word[2:], word[:2])
        length = int.from_bytes(value, "big" if self.big else "little") - WORD * self.whole
        return length if len(word) == WORD and not any(rest) and 0 < length <= LONGEST else -1


_ZOS = Words(big=True, whole=True)
WORDS = tuple(Words(big, whole) for big, whole in product((True, False), (True, False)))


def advise(options: Options, head: bytes, *, framing: bool, found: int, layout: Layout | None = None) -> str:
    """What other options fit a file that begins with *head*; "" where none do.  See `arrowsmith.interfaces.Advises`."""
    size = measure(layout.tables[0].record).static or 0 if layout is not None else 0
    if framing and options["record_format"] in ("VB", "V") and _spanned(head, blocked=options["record_format"] == "VB"):
        return f"the first records are in segments: record_format={options['record_format']}S"
    headers = [] if options["record_length_field"] or options["is_text"] else list(_headers(head, size))
    others = [(count, said) for count, said in headers if _differs(said, options)]
    if len(others) < len(headers) and options["record_format"] not in (
        "VB",
        "VBS",
    ):  # blocks, too, look like records with headers
        others = [(count, said) for count, said in others if said["record_format"] == "VB"]
    elif len(others) < len(headers):
        others = []
    if others:
        count, said = max(others, key=lambda pair: pair[0])
        first = f"the first {count:,} headers of the file fit" if count > 1 else "the file's header fits"
        return f"{first} {_words(said)}"
    if options["record_format"] == "VS" and _segments_in_blocks(head):
        return "the first blocks are filled by segments: record_format=VBS"
    headed = framing and (
        options["record_format"] in ("V", "VB", "VS", "VBS")
        or bool(options["is_xcom"] or options["is_record_sequence"])
    )
    if headed and not found and not headers and not _looks_like_text(head):
        if begin := _later(head):
            return (
                f"headers follow each other from byte {begin[0]} on: file_start_offset={begin[0]}, {_words(begin[1])}"
            )
        return (
            "no reading of record headers fits the beginning of the file: it may have another offset (file_start_offset), or none at all "
            "(record_format=F), or the headers were stripped in transfer, and then nothing but a length in the records can tell them "
            "apart (record_length_field)"
        )
    other = _other_text(options, head)
    if other or not framing:
        return other or (_odd_lengths(options) if found <= FEW else "")
    if options["record_length_map"]:
        known = ", ".join(sorted(options["record_length_map"]))
        return f"record_length_map has lengths for {known}; _ stands for any other value, and this record has one that it does not know"
    if options["record_length_field"]:
        return (
            f"record_length_field={options['record_length_field']} gives this record no possible length, with what is added to it "
            "(rdw_adjustment); record_length_map gives lengths for texts in it"
        )
    if options["record_length"] is not None:
        return f"without record_length={options['record_length']}, records are as long as the copybook says"
    if options["record_format"] == "FB" and options["block_length"] is None and options["records_per_block"] is None:
        return "the file does not begin with a block header: record_format=F reads fixed-length records without them"
    if headed:
        return (
            f"{found:,} record{'s were' if found != 1 else ' was'} found before it: do the lengths in headers count what the options "
            "say (rdw_adjustment, is_rdw_part_of_record_length), or does the file end with something that is no record (file_end_offset)?"
        )
    if options["record_format"] in (None, "F", "FB") and not (options["is_xcom"] or options["is_record_sequence"]):
        before = (
            f"{found:,} whole record{'s come' if found != 1 else ' comes'} before it"
            if found
            else "the file holds not one whole record"
        )
        return (
            f"{before}: is the copybook's length that of the file's records (record_length), or does the "
            "file begin or end with something else (file_start_offset, file_end_offset)? on_error=skip leaves the rest out"
        )
    return ""


def _odd_lengths(options: Options) -> str:
    """What the options say of lengths that the copybook does not, which may be why a field of the first records is refused."""
    given = [name for name in ("record_start_offset", "record_end_offset") if options[name]]
    given += ["record_length"] if options["record_length"] is not None else []
    if given:
        said = ", ".join(f"{name}={options[name]}" for name in given)
        return f"are records as long as {said} says? without it they are as the copybook has them"
    start = options["file_start_offset"]
    return (
        f"does the first record begin {start:,} bytes behind the file's beginning (file_start_offset={start})?"
        if start
        else ""
    )


def _spanned(head: bytes, *, blocked: bool) -> bool:
    """Whether the file begins with segments of records that go on."""
    at = WORD * blocked
    codes: list[int] = []
    while at + WORD <= len(head) and len(codes) < ENOUGH and head[at + 2] < 4 and not head[at + 3]:
        length = int.from_bytes(head[at : at + 2], "big")
        codes.append(head[at + 2])
        at += max(length, WORD)
    return len(codes) > 0 and codes[0] in (0, 1) and any(codes)


def _segments_in_blocks(head: bytes) -> bool:
    """Whether blocks follow each other from the beginning that segments of records fill."""
    at = count = 0
    while (size := _ZOS.length(head, at) + WORD) > WORD and at + size <= len(head):
        inside, end = at + WORD, at + size
        while inside + WORD <= end and head[inside + 2] < 4 and not head[inside + 3]:
            inside += max(int.from_bytes(head[inside : inside + 2], "big"), WORD)
        if inside != end:
            return False
        at, count = end, count + 1
    return count >= ENOUGH or (count > 0 and at == len(head))


def _headers(head: bytes, size: int) -> Iterator[tuple[int, Said]]:
    """Options under which headers follow each other from the beginning, with how many do; *size*: bytes of the copybook's record, where
    these are always the same."""
    for words in WORDS:
        count = _chain(head, words)
        if count > 1 and size and _several(head, words, size):
            yield count, {"record_format": "FB", **_bdw(words)}
        elif count:
            yield count, {"record_format": "V", **_rdw(words)}
    for block, words in product(WORDS, WORDS):
        count = _blocks(head, block, words)
        if count:
            yield count, {"record_format": "VB", **_rdw(words), **_bdw(block)}


def _later(head: bytes) -> tuple[int, Said] | None:
    """Where, behind the file's beginning, record headers begin that follow each other, and their options."""
    for at in range(1, min(len(head), FARTHEST)):
        for words in WORDS:
            if _chain(head, words, at) >= ENOUGH:
                return at, {"record_format": "V", **_rdw(words)}
    return None


def _rdw(words: Words) -> Said:
    return {
        "is_rdw_big_endian": str(words.big).lower(),
        "is_rdw_part_of_record_length": str(words.whole).lower(),
        "rdw_adjustment": "0",
    }


def _bdw(words: Words) -> Said:
    return {"is_bdw_big_endian": str(words.big).lower(), "bdw_adjustment": str(-WORD) if words.whole else "0"}


def _several(head: bytes, words: Words, size: int) -> bool:
    """Whether what follows headers is whole records of *size* bytes, several of them behind some."""
    at, lengths = 0, []
    while at < len(head) and (length := words.length(head, at)) > 0:
        lengths.append(length)
        at += WORD + length
    return all(length % size == 0 for length in lengths) and max(lengths) > size


def _chain(head: bytes, words: Words, at: int = 0, end: int | None = None) -> int:
    """How many records with headers follow each other from *at* to *end* (None: as far as the head goes); 0 where that breaks off."""
    count, stop = 0, len(head) if end is None else end
    while at < stop:
        length = words.length(head, at)
        if length < 0:
            cut = end is None and at + WORD > stop and count >= ENOUGH
            return count if cut else 0
        at, count = at + WORD + length, count + 1
    return count if at == stop or (end is None and count >= ENOUGH) else 0


def _blocks(head: bytes, block: Words, words: Words) -> int:
    """How many records there are in blocks that follow each other from the beginning."""
    at, count = 0, 0
    while at < len(head):
        length = block.length(head, at)
        inside = at + WORD
        if length < 0 or (inside + length > len(head) and not count):
            return 0
        if inside + length > len(head):
            break
        found = _chain(head, words, inside, inside + length)
        if not found:
            return 0
        at, count = inside + length, count + found
    return count


def _differs(said: Said, options: Options) -> bool:
    """Whether *said* reads headers otherwise than *options*: as spanned records the same, and what counts its header may be adjusted."""
    given = {name: _given(options, name) for name in said}
    if given["record_format"] == said["record_format"] + "S":  # with the headers of z/OS, whatever else is said
        given |= {
            "record_format": said["record_format"],
            **_rdw(_ZOS),
            **(_bdw(_ZOS) if "bdw_adjustment" in said else {}),
        }
    return _plain(given) != _plain(said)


def _plain(said: Said) -> Said:
    """*said* with the length of the header in the adjustment."""
    if "rdw_adjustment" not in said:
        return said
    adjustment = int(said["rdw_adjustment"]) - WORD * (said["is_rdw_part_of_record_length"] == "true")
    return {**said, "rdw_adjustment": str(adjustment), "is_rdw_part_of_record_length": "false"}


def _given(options: Options, name: str) -> str:
    value = options[name]
    if name == "record_format":
        return value or ("V" if options["is_xcom"] or options["is_record_sequence"] else "F")
    return str(value).lower() if isinstance(value, bool) else str(value)


_DEFAULTS = {
    "is_rdw_big_endian": "false",
    "is_bdw_big_endian": "false",
    "is_rdw_part_of_record_length": "false",
    "rdw_adjustment": "0",
    "bdw_adjustment": "0",
}


def _words(said: Said) -> str:
    return ", ".join(f"{name}={value}" for name, value in said.items() if _DEFAULTS.get(name) != value)


def _looks_like_text(head: bytes) -> bool:
    lines = head.count(b"\n")
    return lines > 0 and sum(byte in _TEXT for byte in head) >= MOSTLY * len(head)


def _other_text(options: Options, head: bytes) -> str:
    """That the file is text of lines, or of the other family of code pages."""
    if _looks_like_text(head) and options["record_format"] not in ("D", "D2", "T") and not options["is_text"]:
        return f"the file looks like lines of ASCII text ({head.count(10):,} of them at its beginning): record_format=D"
    lines = options["record_format"] in ("D", "D2", "T") or options["is_text"]
    ascii_data = is_ascii(options)
    ebcdic, plain = (sum(byte in letters for byte in head) for letters in (_EBCDIC_LETTERS, _LETTERS))
    if ascii_data and ebcdic >= max(SOME * len(head), TIMES * plain, LEAST):
        return "the file looks like EBCDIC: encoding=ebcdic" + (", and a record_format of its own" if lines else "")
    if not ascii_data and plain >= max(SOME * len(head), TIMES * ebcdic, LEAST):
        return "the file looks like ASCII: encoding=ascii"
    return ""
