"""`committed`: a dataset of several files appears whole or not at all, and what is no part of it is never deleted."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import pytest
from drafts import names, write_and

from arrowsmith.committed import MANIFEST, CommittedFolder
from arrowsmith.errors import OptionError


def write_set(folder: Path, *contents: bytes, if_exists: str = "fail") -> None:
    with CommittedFolder(folder, suffix=".bin", if_exists=if_exists) as parts:
        for content in contents:
            part = parts.part()
            part.write(content)
            part.note["rows"] = len(content)
            part.close()
            assert not [n for n in names(folder) if n.startswith("part-") and part.name == n]


def contents(folder: Path) -> list[bytes]:
    return [(folder / name).read_bytes() for name in names(folder) if name.endswith(".bin")]


def test_a_dataset(tmp_path: Path) -> None:
    """Parts are numbered and have a name of their own; the manifest lists them and comes with them."""
    write_set(tmp_path / "set", b"one", b"three")

    assert contents(tmp_path / "set") == [b"one", b"three"]
    manifest = json.loads((tmp_path / "set" / MANIFEST).read_text())
    parts = [name for name in names(tmp_path / "set") if name != MANIFEST]
    assert manifest == {
        "version": 1,
        "parts": [{"name": parts[0], "bytes": 3, "rows": 3}, {"name": parts[1], "bytes": 5, "rows": 5}],
    }
    assert [name.rpartition("-")[0] for name in parts] == ["part-00000", "part-00001"]


def test_a_dataset_of_no_parts(tmp_path: Path) -> None:
    write_set(tmp_path / "set")

    assert names(tmp_path / "set") == [MANIFEST]


def test_a_part_that_was_not_closed_is_closed_by_the_commit(tmp_path: Path) -> None:
    with CommittedFolder(tmp_path / "set", suffix=".bin") as parts:
        parts.part().write(b"abc")

    assert contents(tmp_path / "set") == [b"abc"]


def test_an_exception_removes_the_parts_and_the_folder(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), CommittedFolder(tmp_path / "set", suffix=".bin") as parts:
        write_and(parts.part(), lambda: write_and(parts.part(), KeyboardInterrupt()))

    assert names(tmp_path) == []


def test_an_exception_leaves_a_folder_that_was_there(tmp_path: Path) -> None:
    (tmp_path / "set").mkdir()

    with pytest.raises(RuntimeError), CommittedFolder(tmp_path / "set", suffix=".bin") as parts:
        write_and(parts.part(), RuntimeError())

    assert names(tmp_path / "set") == []


def test_an_existing_dataset_is_an_error(tmp_path: Path) -> None:
    write_set(tmp_path / "set", b"old")

    with pytest.raises(OptionError, match="exists already"):
        write_set(tmp_path / "set", b"new")

    assert contents(tmp_path / "set") == [b"old"]


def test_replacing_a_dataset(tmp_path: Path) -> None:
    write_set(tmp_path / "set", b"old", b"older")
    (tmp_path / "set" / ".hidden").touch()

    with CommittedFolder(tmp_path / "set", suffix=".bin", if_exists="replace") as parts:
        parts.part().write(b"new")
        assert contents(tmp_path / "set") == [b"old", b"older"]

    assert contents(tmp_path / "set") == [b"new"]
    assert len(json.loads((tmp_path / "set" / MANIFEST).read_text())["parts"]) == 1
    assert ".hidden" in names(tmp_path / "set")


def test_an_exception_leaves_an_existing_dataset_untouched(tmp_path: Path) -> None:
    write_set(tmp_path / "set", b"old")
    before = names(tmp_path / "set")
    manifest = (tmp_path / "set" / MANIFEST).read_bytes()

    with (
        pytest.raises(RuntimeError),
        CommittedFolder(tmp_path / "set", suffix=".bin", if_exists="replace") as parts,
    ):
        write_and(parts.part(), RuntimeError())

    assert names(tmp_path / "set") == before
    assert (tmp_path / "set" / MANIFEST).read_bytes() == manifest


@pytest.mark.parametrize("folder", [False, True])
def test_what_is_no_part_is_never_deleted(tmp_path: Path, folder: bool) -> None:
    """Replacing a folder that holds something else than parts is refused before anything is written."""
    write_set(tmp_path / "set", b"old")
    foreign = tmp_path / "set" / ("thesis.bin" if folder else "thesis.txt")
    foreign.mkdir() if folder else foreign.touch()
    before = names(tmp_path / "set")

    with pytest.raises(OptionError, match="thesis"):
        write_set(tmp_path / "set", b"new", if_exists="replace")

    assert names(tmp_path / "set") == before


@pytest.mark.parametrize("call", ["link", "replace"])
def test_a_fault_at_the_commit_of_a_dataset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    """Whether the second part cannot be named or the manifest not written: none of ours remains."""
    real = getattr(os, call)
    calls = []

    def fails(*args: str) -> None:
        calls.append(args)
        if len(calls) == (2 if call == "link" else 1):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(*args)

    monkeypatch.setattr(os, call, fails)
    with pytest.raises(OptionError, match="is full"):
        write_set(tmp_path / "set", b"one", b"two")
    monkeypatch.undo()

    assert calls
    assert names(tmp_path) == []


def test_ctrl_c_after_the_manifest_keeps_the_dataset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once the manifest is there the dataset is complete: parts that it lists are not removed any more."""
    write_set(tmp_path / "set", b"old")
    unlink = os.unlink

    def interrupted(path: str) -> None:
        if path.endswith(".bin"):
            raise KeyboardInterrupt
        unlink(path)

    with pytest.raises(KeyboardInterrupt), CommittedFolder(tmp_path / "set", suffix=".bin", if_exists="replace") as out:
        write_and(out.part(), lambda: monkeypatch.setattr(os, "unlink", interrupted))
    monkeypatch.undo()

    [part] = json.loads((tmp_path / "set" / MANIFEST).read_text())["parts"]
    assert (tmp_path / "set" / part["name"]).read_bytes() == b"new"


def test_a_dataset_where_a_file_is(tmp_path: Path) -> None:
    (tmp_path / "set").touch()

    with pytest.raises(OptionError, match="is a file"):
        write_set(tmp_path / "set", b"new", if_exists="replace")


def test_a_dataset_in_a_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="gone does not exist"):
        write_set(tmp_path / "gone" / "set", b"new")
