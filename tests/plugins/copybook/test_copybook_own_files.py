"""Files that options name: code pages of the user's own, and folders where COPY looks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import arrowsmith
from arrowsmith.diagnostics import Source
from arrowsmith.errors import DictionaryError, OptionError
from arrowsmith_copybook.charsets import read_page

BOOK = "       01 R.\n          05 F PIC X(4).\n          05 G PIC X(4).\n"
PAGE = "# a page of our own\n0xC1\t0x0041\t# A\n0xc2 U+00E4\n<U20AC> \\xC3 |0\n0x40 0x0020\n"


def read(folder: Path, data: bytes, options: dict[str, str]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = arrowsmith.read(folder / "r.cpy", data, format="copybook", options=options).to_pylist()
    return rows


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "r.cpy").write_text(BOOK, encoding="utf-8")
    (tmp_path / "mine.txt").write_text(PAGE, encoding="utf-8")
    return tmp_path


def test_a_page_of_ones_own(folder: Path) -> None:
    """For all texts, or for those of some fields; what it has no character for is a blank."""
    data = bytes.fromhex("C1C2C3D1 C1C24040")

    everywhere = read(folder, data, {"code_page:Mine": "mine.txt", "ebcdic_code_page": "MINE"})
    one = read(folder, data, {"code_page:mine": "mine.txt", "field_code_page:mine": "G"})

    assert everywhere == [{"F": "A\u00e4\u20ac", "G": "A\u00e4"}]
    assert one == [{"F": "ABCJ", "G": "A\u00e4"}]


@pytest.mark.parametrize(
    ("text", "words"), [("", "no line with a byte"), ("0xC1 A", "line 1"), ("0xC1 0x0041\n0xC2 x", "line 2")]
)
def test_a_file_that_is_no_page(text: str, words: str) -> None:
    """Says the file, the line, and how a line has to be."""
    with pytest.raises(OptionError, match=words):
        read_page("mine", Source("mine.txt", text))


def test_a_page_that_is_not_there(folder: Path) -> None:
    """Its file cannot be read: the option is named."""
    with pytest.raises(OptionError, match="code page mine cannot be read"):
        read(folder, b"", {"code_page:mine": "other.txt", "ebcdic_code_page": "mine"})


def test_copybooks_in_other_folders(folder: Path) -> None:
    """Beside the one that asks, then in the folders of copy_path, with the usual endings, in either case."""
    (folder / "lib").mkdir()
    (folder / "lib" / "inner.cpy").write_text("          05 F PIC X(4).\n", encoding="utf-8")
    (folder / "r.cpy").write_text("       01 R.\n       COPY INNER.\n", encoding="utf-8")

    assert read(folder, b"\xc1" * 4, {"copy_path": "none, lib"}) == [{"F": "AAAA"}]
    with pytest.raises(DictionaryError, match="INNER cannot be read"):
        read(folder, b"", {})


def test_a_folder_seen_from_the_working_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of copy_path may be named as the user sees it from where they are, not from the copybook."""
    (folder / "deep").mkdir()
    (folder / "lib").mkdir()
    (folder / "lib" / "inner.cpy").write_text("          05 F PIC X(4).\n", encoding="utf-8")
    (folder / "deep" / "r.cpy").write_text("       01 R.\n       COPY INNER.\n", encoding="utf-8")
    (folder / "data").write_bytes(b"\xc1" * 4)
    monkeypatch.chdir(folder)

    found = arrowsmith.read("deep/r.cpy", "data", options={"copy_path": "lib"})
    assert found.to_pylist() == [{"F": "AAAA"}]


def test_the_nearest_copybook_counts(folder: Path) -> None:
    """One beside the copybook that asks is taken before one of a folder of copy_path."""
    (folder / "lib").mkdir()
    (folder / "lib" / "INNER").write_text("          05 FAR PIC X(4).\n", encoding="utf-8")
    (folder / "inner.cbl").write_text("          05 NEAR PIC X(4).\n", encoding="utf-8")
    (folder / "r.cpy").write_text("       01 R.\n       COPY INNER.\n", encoding="utf-8")

    assert read(folder, b"\xc1" * 4, {"copy_path": "lib"}) == [{"NEAR": "AAAA"}]
