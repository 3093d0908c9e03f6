"""Writes ``code_page_tables.py``: the characters of EBCDIC code pages, from Python's codecs and the PyPI package ebcdic.

For development only: ``pip install ebcdic`` and ``python -m arrowsmith_copybook.generate_code_pages``.  A page that neither has is
read from the system's iconv.  The tables in the repository are its output, and a test compares them with Python's codecs.
"""

from __future__ import annotations

import importlib
import subprocess
from pathlib import Path

#: Pages that Python, ebcdic or iconv have, by CCSID.
PAGES = (
    "037", "273", "274", "275", "277", "278", "280", "284", "285", "290", "297", "424", "500", "833", "838", "870",
    "871", "875", "880", "905", "1025", "1026", "1047", "1097", "1112", "1122", "1123", "1140", "1141", "1142", "1143",
    "1144", "1145", "1146", "1147", "1148", "1149", "1160",
)  # fmt: skip

HEADER = '''"""EBCDIC code pages: name → the characters of bytes 0x40 to 0xFE, U+FFFD where a byte has none.

Made by ``generate_code_pages``; not edited by hand.  Bytes below 0x40 and 0xFF are control characters, the same in all pages.
"""

from __future__ import annotations

# fmt: off

#: name → 191 characters, of bytes 0x40 to 0xFE
TABLES: dict[str, str] = {
'''


def characters(page: str) -> str:
    """The 191 characters of *page*; raises LookupError where nothing here knows it."""
    importlib.import_module("ebcdic")  # registers its codecs; it is on the developer's machine only
    out = []
    for byte in range(0x40, 0xFF):
        try:
            out.append(bytes([byte]).decode(f"cp{page}"))
        except UnicodeDecodeError:
            out.append("\ufffd")
        except LookupError:
            out.append(_iconv(page, byte))
    # the overline of a page whose other characters are Latin-1's is Latin-1's macron (IBM's character SM150000 is both)
    if "\xb4" in out:
        out = ["\xaf" if c == "\u203e" else c for c in out]
    # a page's place for a private-use or control character is no character for a reader of text
    return "".join("\ufffd" if c < " " or "\x7f" <= c < "\xa0" or "\ue000" <= c <= "\uf8ff" else c for c in out)


def _iconv(page: str, byte: int) -> str:
    done = subprocess.run(
        ["iconv", "-f", f"IBM{page}", "-t", "UTF-8"], input=bytes([byte]), capture_output=True, check=False
    )
    if b"not supported" in done.stderr:
        raise LookupError(page)
    return done.stdout.decode() if done.returncode == 0 else "\ufffd"


def main() -> None:
    """Write the module beside this one."""
    lines = [HEADER]
    for page in PAGES:
        table = characters(page)
        lines.append(f'    "cp{page}": (\n')
        while table:
            size = next(n for n in range(len(table), 0, -1) if len(ascii(table[:n])) <= 100)
            lines.append(f"        {table[:size]!a}\n")
            table = table[size:]
        lines.append("    ),\n")
    lines.append("}\n")
    Path(__file__).with_name("code_page_tables.py").write_text("".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
