"""Writes ``double_byte.xz``: the characters of EBCDIC pages with two bytes a character, from the system's iconv (glibc has them all).

For development only: ``python -m arrowsmith_copybook.generate_double_byte``.  The file in the repository is its output.
"""

from __future__ import annotations

import json
import lzma
import subprocess
from pathlib import Path

from arrowsmith_copybook.double_byte import MIXED


def characters(page: str, data: list[bytes]) -> str:
    """What each of *data* is in the mixed *page*: one character, or U+FFFD."""
    lines = b"\x25".join(data) + b"\x25"
    done = subprocess.run(
        ["iconv", "-c", "-f", f"IBM{page}", "-t", "UTF-8"], input=lines, capture_output=True, check=False
    )
    found = done.stdout.decode().split("\n")[: len(data)]
    return "".join(c if len(c) == 1 and c >= " " and not "\ue000" <= c <= "\uf8ff" else "\ufffd" for c in found)


def main() -> None:
    """Write the file beside this one."""
    pairs = [bytes([0x0E, a, b, 0x0F]) for a in range(0x40, 0xFF) for b in range(0x40, 0xFF)]
    single = {page: characters(page, [bytes([byte]) for byte in range(0x40, 0xFF)]) for page in MIXED}
    double = {name: characters(page, pairs) for page, name in MIXED.items()}
    text = json.dumps({"single": single, "double": double}, ensure_ascii=False)
    Path(__file__).with_name("double_byte.xz").write_bytes(lzma.compress(text.encode(), preset=9))


if __name__ == "__main__":
    main()
