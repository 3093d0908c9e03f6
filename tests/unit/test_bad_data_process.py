"""Bad data, and bad places for what is put aside, as a user meets them: the command as a process, its files, its exit status."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import commandline
import pyarrow as pa
import pytest
from pyarrow import parquet

pytestmark = [
    pytest.mark.skipif(find_spec("arrowsmith_copybook") is None, reason="no copybook format here"),
    pytest.mark.skipif(os.name == "nt", reason="devices, limits and modes as POSIX has them"),
]

COPYBOOK = """\
       01  R.
           05  ID     PIC 9(4) COMP.
           05  NAME   PIC X(6).
           05  PAID   PIC S9(5)V99 COMP-3.
"""
V = ("-O", "record_format=V", "-O", "is_rdw_big_endian=true")
SIZE = 12
ENDINGS = ("arrow", "arrows", "parquet")


def record(number: int, *, bad: bool = False) -> bytes:
    return number.to_bytes(2, "big") + b"\xc1" * 6 + bytes.fromhex("ff12345c" if bad else "0012345c")


def run(*args: str, **more: Any) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "arrowsmith", *args], capture_output=True, text=True, check=False, timeout=120, **more
    )
    assert "Traceback" not in done.stderr
    return done


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A current directory with r.cpy, fixed.dat (5,000 records, of which 250 are refused) and v.dat (as many, and damaged headers)."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "r.cpy").write_text(COPYBOOK)
    (tmp_path / "mended.cpy").write_text(COPYBOOK.replace("S9(5)V99 COMP-3", "X(4)"))
    records = [record(n, bad=n % 20 == 7) for n in range(1, 5001)]
    (tmp_path / "fixed.dat").write_bytes(b"".join(records))
    framed = [bytes([0, SIZE, 0, 0]) + one for one in records]
    framed[1000] = b"\xff\xff\0\0" + records[1000]
    framed[3000] = bytes(4) + records[3000]
    (tmp_path / "v.dat").write_bytes(b"".join(framed))
    (tmp_path / "out").mkdir()
    return tmp_path


def left() -> list[str]:
    """What is in out/, drafts included."""
    return sorted(os.listdir("out"))


def here(*args: str) -> subprocess.CompletedProcess[str]:
    """The command in this process: a fifth of the time, where nothing depends on the process."""
    done = commandline.run(*args)
    return subprocess.CompletedProcess(args, done.status, done.out, done.err)


def convert(aside: str, *more: str, source: str = "fixed.dat", **given: Any) -> subprocess.CompletedProcess[str]:
    return run("convert", "r.cpy", source, "-o", "out/o.parquet", "--quarantine", aside, *more, **given)


# --- places for what is put aside --------------------------------------------------------------------------------------


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full here")
@pytest.mark.parametrize("ending", ENDINGS)
def test_a_full_device_takes_neither_quarantine_nor_output(files: Path, ending: str) -> None:
    """The quarantine is committed before the output: where it cannot be written, there is none of either."""
    os.symlink("/dev/full", f"full.{ending}")
    done = convert(f"full.{ending}")

    assert (done.returncode, done.stdout, left()) == (2, "", [])
    assert done.stderr.splitlines() == [
        "error[O0104]: the disk that holds /dev is full",
        "   = help: free some space, or write to another disk",
    ]


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_quarantine_that_may_not_grow_leaves_nothing(files: Path, ending: str) -> None:
    """RLIMIT_FSIZE, which large bytes of refused records meet and the small output does not."""
    import resource

    wide = COPYBOOK.replace("X(6)", "X(3000)")
    Path("r.cpy").write_text(wide)
    noise = os.urandom(3000)
    Path("wide.dat").write_bytes(b"".join(b"\0\1" + noise + bytes.fromhex("ff12345c") for _ in range(400)))
    done = convert(
        f"out/q.{ending}", "--max-errors", "100%", "-O", "ebcdic_code_page=cp037", source="wide.dat",
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000)),
    )  # fmt: skip

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error[O0104]: ")
    assert left() == []


def test_a_small_disk_that_is_full_keeps_what_was_there(files: Path) -> None:
    """A tmpfs of 64 KiB in a mount namespace of its own; the old quarantine survives."""
    os.mkdir("small")
    inside = (
        "mount -t tmpfs -o size=64k none small && echo old > small/q.arrow; "
        '"$0" -m arrowsmith convert wide.cpy wide.dat -o out/o.parquet --quarantine small/q.arrow --if-exists replace --max-errors 100%; '
        'echo "status $?"; cat small/q.arrow; ls -A small'
    )
    Path("wide.cpy").write_text(COPYBOOK.replace("X(6)", "X(3000)"))
    Path("wide.dat").write_bytes(b"".join(b"\0\1" + os.urandom(3000) + bytes.fromhex("ff12345c") for _ in range(100)))
    probe = ["unshare", "-rm", "sh", "-c"]
    if (
        shutil.which("unshare") is None
        or subprocess.run([*probe, "mount -t tmpfs none small"], capture_output=True, check=False).returncode
    ):
        pytest.skip("no mount namespace for this user")
    done = subprocess.run([*probe, inside, sys.executable], capture_output=True, text=True, check=False, timeout=120)

    assert done.stdout.splitlines() == ["status 2", "old", "q.arrow"]
    assert done.stderr.startswith("error[O0104]: the disk that holds ")
    assert left() == []


@pytest.mark.parametrize(
    ("aside", "said"),
    [
        ("no/q.arrow", "error[O0101]: the folder no does not exist"),
        ("q.txt", "error[O0006]: the name q.txt does not tell which sink is meant"),
        ("out", "error[O0006]: the name out does not tell which sink is meant"),
        ("r.cpy/q.arrow", "error[O010"),
        ("out/o.parquet", "error[O0404]: output and quarantine are both out/o.parquet"),
        ("out/../out/o.parquet", "error[O0404]: output and quarantine are both out/o.parquet"),
    ],
)
def test_a_place_that_cannot_be_is_said_before_anything_is_written(files: Path, aside: str, said: str) -> None:
    done = here("convert", "r.cpy", "fixed.dat", "-o", "out/o.parquet", "--quarantine", aside)

    assert (done.returncode, done.stdout, left()) == (2, "", [])
    assert done.stderr.startswith(said)
    assert len(done.stderr.splitlines()) == 2


@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="nothing is forbidden to root")
def test_a_folder_that_may_not_be_written_is_said(files: Path) -> None:
    os.mkdir("shut", 0o555)
    done = convert("shut/q.arrow")

    assert (done.returncode, left()) == (2, [])
    assert done.stderr.startswith("error[O010")


def test_a_report_is_no_output_and_no_quarantine(files: Path) -> None:
    for what, aside in (("output", "out/q.arrow"), ("quarantine", "out/x.arrow")):
        done = convert(aside, "--report", "out/o.parquet" if what == "output" else "out/x.arrow")

        assert (done.returncode, left()) == (2, [])
        assert done.stderr.startswith(f"error: {what} and report are both out/")


# --- there and back ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", ENDINGS)
def test_from_a_damaged_file_through_the_quarantine_and_back(files: Path, ending: str) -> None:
    """Records of the good run and those converted again are all that the file has, each once; the second quarantine has the rest."""
    first = run(
        "convert", "r.cpy", "v.dat", "-o", "out/o.parquet", "--quarantine", f"out/q.{ending}", *V,
        "--provenance", "record", "--report", "out/r.json",
    )  # fmt: skip
    again = run(
        "convert", "mended.cpy", f"out/q.{ending}", "--from-quarantine", "-o", "out/again.parquet", *V,
        "--quarantine", "out/rest.arrow", "--provenance", "record,offset", "--max-errors", "100%",
    )  # fmt: skip
    report = json.loads(Path("out/r.json").read_text())

    assert (first.returncode, again.returncode) == (0, 0)
    assert (report["skipped"], report["gaps"], report["records"]) == (250, 2, 4998)
    assert report["bytes_read"] == sum(report[kind] for kind in ("decoded", "framing", "filtered", "ignored"))
    good, more = (parquet.read_table(f"out/{name}.parquet") for name in ("o", "again"))
    lost = {1001, 3001}
    assert sorted(good["ID"].to_pylist() + more["ID"].to_pylist()) == [n for n in range(1, 5001) if n not in lost]
    assert {n % 20 for n in more["ID"].to_pylist()} == {7}
    rest = pa.ipc.open_file("out/rest.arrow").read_all().to_pylist()
    data = Path("v.dat").read_bytes()
    assert [data[row["offset"] : row["offset"] + row["length"]] for row in rest] == [row["bytes"] for row in rest]
    assert sum(row["length"] for row in rest) == 2 * (SIZE + 4)


@pytest.mark.parametrize("threads", ["1", "2"])
def test_the_first_error_is_that_of_the_first_record(files: Path, threads: str) -> None:
    """A field that is refused before a boundary is lost, whoever reads ahead; and the boundary where no field is."""
    done = here("validate", "r.cpy", "v.dat", *V, "--on-error", "raise", "--threads", threads)
    assert done.stderr.startswith("error[R0201]: v.dat, record 7, byte ")

    done = here("convert", "r.cpy", "v.dat", *V, "--on-error", "null", "--threads", threads, "-o", "out/o.arrow")
    assert done.stderr.startswith("error[R0101]: v.dat, record 1,001, byte ")
    assert left() == []


@pytest.mark.parametrize("policy", ["raise", "null", "skip"])
def test_validate_of_damaged_files(files: Path, policy: str) -> None:
    """Status 1 whatever the policy; 3 where --strict is given, and the run went to its end."""
    for source, options in (("fixed.dat", ()), ("v.dat", V)):
        done = here("validate", "r.cpy", source, *options, "--on-error", policy)
        assert done.returncode == 1
        if policy == "raise":
            assert done.stderr.startswith(f"error[R0201]: {source}, record 7, byte ")
        else:
            assert "not valid: " in done.stdout
            assert "PAID  250 × " in done.stdout
    strict = here("validate", "r.cpy", "fixed.dat", "--on-error", policy, "--strict")
    assert strict.returncode == (1 if policy == "raise" else 3)


def test_validate_of_what_is_cut_off_or_empty(files: Path) -> None:
    Path("cut.dat").write_bytes(record(1) + record(2)[:5])
    Path("none.dat").write_bytes(b"")
    cut, none = here("validate", "r.cpy", "cut.dat"), here("validate", "r.cpy", "none.dat")

    assert (cut.returncode, none.returncode) == (1, 0)
    assert "5 bytes ignored: a record that the file's end, or a wrong length, cuts off" in cut.stdout
    assert "warning[W0002]: none.dat: no records" in none.stderr


@pytest.mark.parametrize("damage", ["cut", "noise", "other", "folder", "gone"])
def test_a_quarantine_that_is_none_any_more(files: Path, damage: str) -> None:
    assert convert("out/q.arrow").returncode == 0
    whole = Path("out/q.arrow").read_bytes()
    os.remove("out/o.parquet")
    match damage:
        case "cut":
            Path("out/q.arrow").write_bytes(whole[:1000])
        case "noise":
            Path("out/q.arrow").write_bytes(b"ARROW1\0\0" + os.urandom(2000))
        case "other":
            shutil.copy("fixed.dat", "out/q.arrow")
        case "folder":
            os.remove("out/q.arrow")
            os.mkdir("out/q.arrow")
        case _:
            os.remove("out/q.arrow")
    done = run("convert", "mended.cpy", "out/q.arrow", "--from-quarantine", "-o", "out/o.parquet")

    assert done.returncode in ((1,) if damage in ("cut", "noise") else (1, 2))
    assert done.stderr.startswith("error[")
    assert "out/o.parquet" not in left()


# --- how much a run bears ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bound", "status"),
    [
        ("0", 1), ("1", 1), ("249", 1), ("250", 0), ("251", 0), ("0%", 1), ("4.99%", 1), ("5%", 0), ("5.01%", 0), ("100%", 0),
        (" 250 ", 0), ("99999999999999999999", 0), ("", 2), ("%", 2), ("-1", 2), ("5.5", 2), ("100.01%", 2), ("1e3", 2), ("\u0663", 2),
        ("5 %", 0), ("nan", 2), ("inf", 2),
    ],
)  # fmt: skip
def test_the_bound_itself_is_borne(files: Path, bound: str, status: int) -> None:
    """250 of 5,000 records are faulty: 5 %."""
    done = here(
        "convert", "r.cpy", "fixed.dat", "-o", "out/o.parquet", "--quarantine", "out/q.arrow", f"--max-errors={bound}"
    )

    assert done.returncode == status
    assert left() == ([] if status else ["o.parquet", "q.arrow"])
    if status:
        assert done.stderr.startswith(
            "error[R0206]: 250 of 5,000 records are faulty (5 %)" if status == 1 else "error[O0406]: "
        )


def test_a_bound_under_raise_and_null(files: Path) -> None:
    """``raise`` stops at the first anyway; ``null`` bears any number unless told."""
    for policy, more, status in (
        ("raise", ("100%",), 1),
        ("null", (), 0),
        ("null", ("249",), 1),
        ("null", ("250",), 0),
    ):
        bounds = [word for bound in more for word in ("--max-errors", bound)]
        done = here(
            "convert",
            "r.cpy",
            "fixed.dat",
            "-o",
            "out/o.arrow",
            "--if-exists",
            "replace",
            "--on-error",
            policy,
            *bounds,
        )
        assert done.returncode == status


def test_a_gap_is_one_faulty_record(files: Path) -> None:
    """Two gaps and 250 refused records of 4,998 that were found."""
    for bound, status in (("251", 1), ("252", 0)):
        done = here("convert", "r.cpy", "v.dat", *V, "-o", "out/o.arrow", "--on-error", "skip", "--max-errors", bound)
        assert done.returncode == status
    assert left() == ["o.arrow"]
