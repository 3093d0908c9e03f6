"""The options of the C format.  The documentation's table is made from this."""

from __future__ import annotations

from arrowsmith.interfaces import Option

OPTIONS: tuple[Option, ...] = (
    Option("root", str, None, "The struct, union or typedef that is a record; by default the last one defined."),
    Option(
        "abi",
        str,
        "lp64",
        "Sizes and alignments: lp64 (Linux, macOS), llp64 (64-bit Windows), ilp32 (32-bit, 8-byte types aligned to 8), "
        "i386 (32-bit x86 of System V: aligned to 4).",
        choices=("lp64", "llp64", "ilp32", "i386"),
    ),
    Option("byte_order", str, "little", "The byte order of numbers, and of bit fields.", choices=("little", "big")),
    Option(
        "packing",
        str,
        "natural",
        "The largest alignment of members, in bytes, where no #pragma pack says another.",
        choices=("natural", "1", "2", "4", "8"),
    ),
    Option(
        "bit_fields",
        str,
        None,
        "How bit fields share storage: sysv (System V, gcc, clang) or ms (Microsoft); by default ms with abi=llp64.",
        choices=("sysv", "ms"),
    ),
    Option(
        "chars",
        str,
        "text",
        "What plain char is, alone and in arrays: text up to the first NUL, padded (text without the NULs at its end), "
        "bytes, or signed or unsigned integers.",
        choices=("text", "padded", "bytes", "signed", "unsigned"),
    ),
    Option("charset", str, "utf-8", "The charset of plain char."),
    Option(
        "undecodable",
        str,
        "error",
        "What becomes of bytes that the charset has no character for.",
        choices=("error", "replace", "space"),
    ),
    Option(
        "byte_arrays",
        str,
        "bytes",
        "What arrays of unsigned char and uint8_t are.",
        choices=("bytes", "integers"),
    ),
    Option(
        "enums",
        str,
        "dictionary",
        "What an enumeration becomes: a dictionary column of its labels, their text (label), or the number.",
        choices=("dictionary", "label", "number"),
    ),
    Option(
        "record_format",
        str,
        "fixed",
        "How records are told apart: all of one size (fixed), behind a length (prefixed), or by a member that holds the "
        "length (member).",
        choices=("fixed", "prefixed", "member"),
    ),
    Option("record_length", int, None, "fixed: bytes of each record, where that is not the size of the struct."),
    Option("length_width", int, None, "prefixed: bytes of the length, 1 to 8 (4)."),
    Option(
        "length_order",
        str,
        None,
        "prefixed: the byte order of the length, by default as byte_order.",
        choices=("little", "big"),
    ),
    Option("length_offset", int, None, "prefixed: bytes of the header before the length (0)."),
    Option("length_header", int, None, "prefixed: bytes of the whole header, by default up to the end of the length."),
    Option("length_counts_header", bool, None, "prefixed: whether the length counts the header (false)."),
    Option("length_member", str, None, "member: the member that holds the record's length, as head.size."),
    Option("length_adjustment", int, None, "prefixed, member: bytes to add to the length (0)."),
    Option(
        "short_records",
        str,
        "error",
        "What a record that ends before its last member means: an error, or absent members.",
        choices=("error", "absent"),
    ),
)
