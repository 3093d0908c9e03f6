"""The words of data descriptions: which begin a clause, which name a usage, which stand for values, which head sections."""

from __future__ import annotations

#: spelling → the usage's one name.  COMPUTATIONAL and COMP are the same word.
USAGES: dict[str, str] = {
    "DISPLAY": "DISPLAY",
    "DISPLAY-1": "DBCS",
    "NATIONAL": "NATIONAL",
    "UTF-8": "UTF-8",
    "COMP": "COMP",
    "COMP-0": "COMP-0",
    "COMP-1": "COMP-1",
    "COMP-2": "COMP-2",
    "COMP-3": "COMP-3",
    "COMP-3U": "COMP-6",
    "COMP-4": "COMP-4",
    "COMP-5": "COMP-5",
    "COMP-6": "COMP-6",
    "COMP-9": "COMP-9",
    "COMP-X": "COMP-X",
    "COMP-N": "COMP-N",
    "BINARY": "COMP-4",
    "PACKED-DECIMAL": "COMP-3",
    "INDEX": "INDEX",
    "POINTER": "POINTER",
    "POINTER-32": "POINTER-32",
    "PROCEDURE-POINTER": "PROCEDURE-POINTER",
    "FUNCTION-POINTER": "FUNCTION-POINTER",
    "PROGRAM-POINTER": "PROCEDURE-POINTER",
    "OBJECT": "OBJECT",
    "BINARY-CHAR": "BINARY-CHAR",
    "BINARY-SHORT": "BINARY-SHORT",
    "BINARY-INT": "BINARY-LONG",
    "BINARY-LONG": "BINARY-LONG",
    "BINARY-LONG-LONG": "BINARY-DOUBLE",
    "BINARY-DOUBLE": "BINARY-DOUBLE",
    "SIGNED-SHORT": "BINARY-SHORT",
    "SIGNED-INT": "BINARY-LONG",
    "SIGNED-LONG": "BINARY-DOUBLE",
    "UNSIGNED-SHORT": "BINARY-SHORT",
    "UNSIGNED-INT": "BINARY-LONG",
    "UNSIGNED-LONG": "BINARY-DOUBLE",
    "FLOAT": "COMP-1",
    "FLOAT-SHORT": "COMP-1",
    "DOUBLE": "COMP-2",
    "FLOAT-LONG": "COMP-2",
    "FLOAT-BINARY-32": "FLOAT-BINARY-32",
    "FLOAT-BINARY-64": "FLOAT-BINARY-64",
}


def usage_of(word: str) -> str:
    """The usage that *word* (in capitals) names, or ""."""
    return USAGES.get(word.replace("COMPUTATIONAL", "COMP", 1), "")


def key(name: str) -> str:
    """An item's name as names are compared, in options too: capitals, ``_`` as ``-``."""
    return name.strip().upper().replace("_", "-")


#: Words that begin a clause, besides those that name a usage.
CLAUSES = (
    "PIC", "PICTURE", "USAGE", "SIGN", "LEADING", "TRAILING", "OCCURS", "REDEFINES", "RENAMES", "VALUE", "VALUES",
    "JUST", "JUSTIFIED", "SYNC", "SYNCHRONIZED", "SYNCHRONISED", "BLANK", "EXTERNAL", "GLOBAL", "IS", "TYPEDEF", "TYPE",
    "GROUP-USAGE", "BYTE-LENGTH", "SAME", "UNBOUNDED", "DYNAMIC", "VOLATILE", "ALIGNED", "CONSTANT", "INDEXED",
    "ASCENDING", "DESCENDING", "DEPENDING",
)  # fmt: skip

#: Words that cannot be names: an entry that has one of them behind its level number has no name.
NAMELESS = ("PIC", "PICTURE", "REDEFINES", "OCCURS", "USAGE", "VALUE", "VALUES", "RENAMES", "JUSTIFIED", "SYNCHRONIZED")

#: Clause words that some dialects leave free to be names: they are the name where another clause follows at once.
PERHAPS_NAMES = ("SIGN", "JUST", "SYNC", "BLANK", "EXTERNAL", "GLOBAL", "IS", "TYPE", "SAME", "DYNAMIC", "VOLATILE",
                 "ALIGNED", "LEADING", "TRAILING", "UNBOUNDED", "CONSTANT", "TYPEDEF", "INDEXED", "INDEX", "OBJECT",
                 "POINTER", "NATIONAL", "FLOAT", "DOUBLE")  # fmt: skip

#: word → the figurative constant's one name
FIGURATIVES: dict[str, str] = {
    "ZERO": "ZERO", "ZEROS": "ZERO", "ZEROES": "ZERO", "SPACE": "SPACE", "SPACES": "SPACE",
    "HIGH-VALUE": "HIGH-VALUE", "HIGH-VALUES": "HIGH-VALUE", "LOW-VALUE": "LOW-VALUE", "LOW-VALUES": "LOW-VALUE",
    "QUOTE": "QUOTE", "QUOTES": "QUOTE", "NULL": "NULL", "NULLS": "NULL", "TRUE": "TRUE", "FALSE": "FALSE",
}  # fmt: skip

#: Headers with a period between them and what they say.
NAMED_HEADERS = ("PROGRAM-ID", "AUTHOR", "INSTALLATION", "DATE-WRITTEN", "DATE-COMPILED", "SECURITY")

#: Words that begin a statement of a program around data descriptions; the statement is skipped.
HEADERS = (
    "IDENTIFICATION", "ID", *NAMED_HEADERS,
    "ENVIRONMENT", "CONFIGURATION", "INPUT-OUTPUT", "SOURCE-COMPUTER", "OBJECT-COMPUTER", "SPECIAL-NAMES",
    "FILE-CONTROL", "SELECT", "I-O-CONTROL", "DATA", "FILE", "FD", "SD", "WORKING-STORAGE", "LOCAL-STORAGE", "LINKAGE",
    "CBL", "PROCESS", "REPORT", "SCREEN", "COMMUNICATION",
)  # fmt: skip
