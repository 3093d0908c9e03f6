"""Real refusals, in children that cannot undo them: the row of the truth table holds for every allocator, the doctor
names the rule, and nothing crashes.

The table is docs/allocators.md's.  A cell is "ok", or the call, how it failed, and the cause that the doctor gives.
"""

from __future__ import annotations

import functools
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from arrowsmith.host import Host

UNDER = Path(__file__).with_name("under.py")

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="the policies are Linux's"),
    pytest.mark.skipif(Host.current().machine != "x86-64", reason="the code and the filters are for x86-64"),
]

#: how memory is obtained → the allocators that do it so
ANONYMOUS = ("mmap", "dev-zero", "posix-memalign", "aligned-alloc", "malloc-large")
MEMFD = ("memfd-exec", "memfd-dual")
FILES = ("file-exec", "dlopen")
ALL = (*ANONYMOUS, *MEMFD, *FILES, "rwx")

Cell = tuple[str, str, str]


def row(*parts: tuple[Sequence[str], Cell]) -> dict[str, Cell]:
    """The cells of the allocators named; "ok" for the others."""
    cells: dict[str, Cell] = dict.fromkeys(ALL, ("", "ok", ""))
    for names, cell in parts:
        cells.update(dict.fromkeys(names, cell))
    return cells


NO_OBJECT = ("dlopen", "no errno (failed to map segment from shared object)", "seccomp")

TABLE: dict[str, dict[str, Cell]] = {
    "none": row(),
    "mdwe": row((ANONYMOUS, ("mprotect", "EACCES", "mdwe")), (("rwx",), ("mmap", "EACCES", "mdwe"))),
    "mprotect-exec": row((ANONYMOUS, ("mprotect", "EPERM", "seccomp"))),
    "mprotect-exec-eacces": row((ANONYMOUS, ("mprotect", "EACCES", "seccomp"))),
    "mprotect-exec-enosys": row((ANONYMOUS, ("mprotect", "ENOSYS", "seccomp"))),
    "mprotect-exec-enomem": row((ANONYMOUS, ("mprotect", "ENOMEM", "seccomp"))),
    "mprotect-exec-einval": row((ANONYMOUS, ("mprotect", "EINVAL", "seccomp"))),
    "mprotect-exec-untraced": row((ANONYMOUS, ("mprotect", "ENOSYS", "seccomp"))),
    "mprotect-exec-pretended": row((ANONYMOUS, ("call", "SIGSEGV", "seccomp"))),
    "mmap-exec": row(((*MEMFD, "file-exec", "rwx"), ("mmap", "EPERM", "seccomp")), (("dlopen",), NO_OBJECT)),
    "memfd-create": row((MEMFD, ("memfd_create", "EPERM", "seccomp"))),
    "memfd-create-enosys": row((MEMFD, ("memfd_create", "ENOSYS", "seccomp"))),
    "systemd": row((ANONYMOUS, ("mprotect", "EPERM", "seccomp")), (("rwx",), ("mmap", "EPERM", "seccomp"))),
    "killing": row((ANONYMOUS, ("mprotect", "SIGSYS", "seccomp")), (("rwx",), ("mmap", "SIGSYS", "seccomp"))),
    "killing-mprotect": row((ANONYMOUS, ("mprotect", "SIGSYS", "seccomp"))),
    "trapping-mprotect": row((ANONYMOUS, ("mprotect", "SIGSYS", "seccomp"))),
    "killing-all": row(
        (ANONYMOUS, ("mprotect", "SIGSYS", "seccomp")),
        (MEMFD, ("memfd_create", "SIGSYS", "seccomp")),
        (("file-exec", "rwx"), ("mmap", "SIGSYS", "seccomp")),
        (("dlopen",), ("dlopen", "SIGSYS", "seccomp")),
    ),
    "everything": row(
        (ANONYMOUS, ("mprotect", "EPERM", "seccomp")),
        (MEMFD, ("memfd_create", "EPERM", "seccomp")),
        (("file-exec", "rwx"), ("mmap", "EPERM", "seccomp")),
        (("dlopen",), NO_OBJECT),
    ),
    "no-execve": row((ANONYMOUS, ("mprotect", "EPERM", "seccomp"))),
}

#: policy → a phrase of the verdict, and the allocator that it says would work meanwhile
VERDICTS = {
    "none": ("Machine code runs here: `auto` takes mmap.", ""),
    "mdwe": ("The likely rule is PR_SET_MDWE", "memfd-exec"),
    "mprotect-exec": ("a seccomp filter that refuses mprotect with PROT_EXEC", "memfd-exec"),
    "mprotect-exec-eacces": ("a seccomp filter that refuses mprotect with PROT_EXEC", "memfd-exec"),
    "mprotect-exec-enosys": ("a seccomp filter that refuses mprotect with PROT_EXEC", "memfd-exec"),
    "mprotect-exec-enomem": ("a seccomp filter that refuses mprotect with PROT_EXEC", "memfd-exec"),
    "mprotect-exec-einval": ("a seccomp filter that refuses mprotect with PROT_EXEC", "memfd-exec"),
    "mprotect-exec-untraced": ("a seccomp filter that refuses mprotect with PROT_EXEC", "memfd-exec"),
    "mprotect-exec-pretended": ("answers a call with success and leaves it undone", "memfd-exec"),
    "mmap-exec": ("Machine code runs here: `auto` takes mmap.", ""),
    "memfd-create": ("a seccomp filter that refuses memfd_create", ""),
    "memfd-create-enosys": ("a seccomp filter that refuses memfd_create", ""),
    "systemd": ("The filter refuses what systemd's MemoryDenyWriteExecute=yes refuses", "memfd-exec"),
    "killing": ("ended the child process that tried it with SIGSYS", "memfd-exec"),
    "killing-mprotect": ("ended the child process that tried it with SIGSYS", "memfd-exec"),
    "trapping-mprotect": ("ended the child process that tried it with SIGSYS", "memfd-exec"),
    "killing-all": ("No allocator works here.", ""),
    "everything": ("No allocator works here.", ""),
    "no-execve": ("a seccomp filter that refuses mprotect with PROT_EXEC", "memfd-exec"),
}


def environment() -> dict[str, str]:
    """This one, with this process's import path and without directories of its own for temporary files."""
    kept = {name: value for name, value in os.environ.items() if name not in ("TMPDIR", "XDG_RUNTIME_DIR")}
    return kept | {"PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry)}


def report(policy: str, task: str, *before: str) -> Any:
    """What `under.py` reports; *before* are the words of a program that runs it."""
    command = [*before, sys.executable, "-W", "error", str(UNDER), policy, task]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=120, check=False)
    if done.returncode == 77:
        pytest.skip(done.stderr.strip())
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[0])  # where munmap is refused, OpenBLAS says so there when it ends


def cells(diagnosis: Any) -> dict[str, Cell]:
    found = [finding for finding in diagnosis["findings"] if finding["allocator"] in ALL]
    return {f["allocator"]: (f["call"], f["said"] or f["outcome"], f["cause"]) for f in found}


@pytest.mark.parametrize("policy", TABLE)
def test_row(policy: str) -> None:
    """Every allocator does under a policy what the truth table says, and the verdict names the rule."""
    diagnosis = report(policy, "diagnosis")

    assert cells(diagnosis) == TABLE[policy]
    phrase, instead = VERDICTS[policy]
    verdict = "\n".join(diagnosis["verdict"])
    assert phrase in verdict
    assert diagnosis["available"] == (TABLE[policy]["mmap"][1] == "ok")
    assert (f"`--allocator {instead}` would work" in verdict) == bool(instead)


@pytest.mark.parametrize("policy", ["none", "mdwe", "systemd", "killing", "killing-all", "no-execve"])
def test_survival(policy: str) -> None:
    """What the pipeline asks before its first load is answered in a child: no filter kills the process that asks."""
    call, said, cause = TABLE[policy]["mmap"]

    answer = report(policy, "survival")

    assert (answer["call"], answer["said"] or answer["outcome"], answer["cause"]) == (call, said, cause)
    assert answer["loaded"] == ("ok" if said == "ok" else "not tried")
    assert answer["instead"] == ("" if policy == "killing-all" else "memfd-exec")


@pytest.mark.parametrize("policy", ["none", "killing", "killing-all"])
def test_threads(policy: str) -> None:
    """A process with other threads can ask too, although Python warns of its fork."""
    assert report(policy, "threads")["outcome"] == ("ok" if policy == "none" else "killed")


def test_address_space_is_used_up() -> None:
    """RLIMIT_AS: every allocator says ENOMEM (or, of Python's own memory, MemoryError), and names the limit."""
    answers = report("address-space", "here")

    assert set(answers) == set(ALL)
    for name, (call, number, cause) in answers.items():
        assert cause == "rlimit-as", (name, call)
        assert number in (12, None), (name, call)


@functools.cache
def plain() -> Any:
    """The conversion where nothing is refused; skips where no machine code is made at all."""
    answer = report("none", "conversion")
    if answer["emitter"] != "x86-64":
        pytest.skip(f"no machine code here: conversions run on {answer['emitter']}")
    return answer


@pytest.mark.parametrize("policy", TABLE)
def test_conversion(policy: str) -> None:
    """A conversion ends with the same bytes whatever is refused: on the VM, after one warning that names the rule; and
    where the allocator is named, in an error that says the same."""
    expected = plain()["digest"]
    call, said, _ = TABLE[policy]["mmap"]
    answer = report(policy, "conversion")

    assert answer["digest"] == expected
    if said == "ok":
        assert (answer["emitter"], answer["said"], answer["named"]) == ("x86-64", [], answer["digest"])
        return
    assert answer["emitter"] == "vm"
    assert len(answer["said"]) == 1
    for text in (answer["said"][0], answer["named"]):
        assert call in text
        assert said in text
        assert "PR_SET_MDWE" in text or "a seccomp filter" in text
    instead = VERDICTS[policy][1]
    assert (f"--allocator {instead}" in answer["said"][0]) == bool(instead)


#: filters of other calls → who runs the conversion, and the call that is said to be the reason
OTHERS = {
    "no-pkey-mprotect": ("x86-64", ""),
    "no-mremap": ("x86-64", ""),
    "no-munmap": ("vm", "munmap"),
    "no-prctl": ("x86-64", ""),
    "no-seals": ("x86-64", ""),
    "no-ftruncate": ("x86-64", ""),
    "no-unnamed-files": ("x86-64", ""),
    "no-shmat": ("x86-64", ""),
    "no-madvise": ("x86-64", ""),
    "no-affinity": ("x86-64", ""),
    "no-mprotect": ("vm", "mprotect"),
    "no-poll": ("vm", "poll"),
    "mmap-both": ("x86-64", ""),
    "mprotect-both": ("x86-64", ""),
    "mprotect-exec-and-memfd-create": ("vm", "mprotect"),
}


@pytest.mark.parametrize("policy", OTHERS)
def test_other_filters(policy: str) -> None:
    """Filters of calls that memory is got by, or given back, or that are made beside it: the same bytes, and the doctor agrees with what
    the conversion found."""
    emitter, call = OTHERS[policy]
    answer, diagnosis = report(policy, "conversion"), report(policy, "diagnosis")

    assert (answer["digest"], answer["emitter"], len(answer["said"])) == (plain()["digest"], emitter, int(bool(call)))
    assert diagnosis["available"] == (emitter == "x86-64")
    if call:
        assert f"{call}(" in answer["said"][0]
        assert f"a seccomp filter that refuses {call}" in answer["named"]
        assert any(f"a seccomp filter that refuses {call}" in sentence for sentence in diagnosis["verdict"])
    else:
        assert answer["named"] == answer["digest"]


def test_a_filter_that_kills_where_no_child_can_be_started() -> None:
    """It cannot be tried whether the allocator kills: then it is not used, one warning says so, no thread is started either, and the
    conversion ends with the same bytes."""
    answer = report("no-clone", "conversion")

    assert (answer["digest"], answer["emitter"], len(answer["said"])) == (plain()["digest"], "vm", 1)
    assert "EPERM" in answer["said"][0]
    verdict = report("no-clone", "diagnosis")["verdict"]
    assert any(sentence.startswith("No allocator could be tried") for sentence in verdict)
    assert verdict[-1].startswith("Ask for a seccomp rule that allows fork")


@pytest.mark.parametrize(
    ("policy", "call", "said"),
    [("no-sigchld", "mprotect", "SIGSYS"), ("no-wait", "mprotect", "EPERM"), ("no-pipe", "pipe", "EPERM")],
)
def test_children_whose_end_is_not_to_be_had(policy: str, call: str, said: str) -> None:
    """SIGCHLD ignored, waiting refused, no pipe to hear them by: the conversion ends with the same bytes, after one warning that names
    what failed."""
    answer = report(policy, "conversion")
    ours = [
        text for text in answer["said"] if "executable memory" in text
    ]  # Python itself warns of a child not waited for

    assert (answer["digest"], answer["emitter"], len(ours)) == (plain()["digest"], "vm", 1)
    assert call in ours[0]
    assert said in ours[0]
    assert report(policy, "diagnosis")["available"] is False


def test_mdwe_that_children_do_not_inherit() -> None:
    """PR_MDWE_NO_INHERIT: a child shows nothing of it, the load in this process does, and what it says is taken."""
    answer = report("mdwe-not-inherited", "conversion")

    assert (answer["digest"], answer["emitter"], len(answer["said"])) == (plain()["digest"], "vm", 1)
    assert "PR_SET_MDWE" in answer["said"][0]


def test_limits_that_may_be_neither_read_nor_set() -> None:
    """A filter that refuses getrlimit and setrlimit stops neither a conversion nor a try in a child."""
    answer = report("no-limits", "conversion")

    assert (answer["digest"], answer["emitter"], answer["said"]) == (plain()["digest"], "x86-64", [])
    assert report("no-limits", "diagnosis")["available"]


def test_every_page_is_executable() -> None:
    """The personality READ_IMPLIES_EXEC refuses nothing: the same bytes, by machine code."""
    answer = report("read-implies-exec", "conversion")

    assert (answer["digest"], answer["emitter"], answer["said"]) == (plain()["digest"], "x86-64", [])
    assert report("read-implies-exec", "diagnosis")["available"]


DOCS = Path(__file__).parents[2] / "docs"


def documented() -> dict[str, dict[str, str]]:
    """The first table of docs/allocators.md: policy → allocator → cell."""
    text = (DOCS / "allocators.md").read_text(encoding="utf-8")
    lines = [line for line in text.split("## The table of truth")[1].split("\n\n")[2].splitlines() if line[0] == "|"]
    head, _, *rows = ([cell.strip() for cell in line.strip("|").split("|")] for line in lines)
    return {
        policy: {name: cell for names, cell in zip(head[1:], found, strict=True) for name in names.split(", ")}
        for policy, *found in rows
    }


def shown(cell: Cell) -> str:
    call, said, _ = cell
    return f"{call} {said.split(' (')[0]}".strip()


def test_the_table_is_documented() -> None:
    """docs/allocators.md says what is measured here, policy by policy."""
    mounted = {
        "noexec: /tmp": MOUNTS["tmp"][1],
        "noexec: every temporary directory": MOUNTS["all"][1],
        "noexec: /dev": MOUNTS["dev"][1],
    }
    measured = {
        policy: {name: shown(cell) for name, cell in cells.items()} for policy, cells in (TABLE | mounted).items()
    }

    assert documented() == measured


# --- mounts ------------------------------------------------------------------

REFUSED = ("mmap", "EPERM", "noexec")
NO_FILE = ("dlopen", "no errno (failed to map segment from shared object)", "noexec")

MOUNTS: dict[str, tuple[tuple[str, ...], dict[str, Cell]]] = {
    "tmp": (("/tmp",), row()),
    "all": (
        ("/tmp", "/var/tmp", "/dev/shm", f"/run/user/{os.getuid()}", "/run/user/0"),
        row((("file-exec",), REFUSED), (("dlopen",), NO_FILE)),
    ),
    "dev": (("/dev",), row((("dev-zero",), ("mprotect", "EACCES", "noexec")))),
}


def mounted(command: str) -> tuple[str, ...]:
    """The words of a program that runs another where *command* of the shell has mounted something; skips where none may."""
    unshare = shutil.which("unshare")
    tried = [unshare or "", "-Urm", "sh", "-c", command]
    if not unshare or subprocess.run(tried, capture_output=True, check=False).returncode != 0:
        pytest.skip("this machine lets no user namespace mount")
    return (unshare, "-Urm", "sh", "-c", f'{command} && exec "$@"', "sh")


def without_exec(name: str) -> tuple[str, ...]:
    """Those words, for the directories of `MOUNTS`."""
    there = [directory for directory in MOUNTS[name][0] if os.path.isdir(directory)]
    if any(Path(os.path.realpath(sys.executable)).is_relative_to(directory) for directory in there):
        pytest.skip("the interpreter itself lies in a directory that would be mounted noexec")
    return mounted(" && ".join(f"mount --rbind {d} {d} && mount -o remount,bind,noexec {d}" for d in there))


@pytest.mark.parametrize("name", MOUNTS)
def test_noexec(name: str) -> None:
    """Directories mounted noexec: files are made elsewhere, and where there is no elsewhere the mount option is named."""
    diagnosis = report("none", "diagnosis", *without_exec(name))

    assert cells(diagnosis) == MOUNTS[name][1]
    assert diagnosis["available"]


def test_noexec_and_no_memfd() -> None:
    """No directory may hold code, no memory file may be made, and nothing gains PROT_EXEC: of all allocators rwx is left."""
    before = without_exec("all")
    if any(Path(os.path.realpath(sys.prefix)).is_relative_to(directory) for directory in MOUNTS["all"][0]):
        pytest.skip("the environment's libraries lie in a directory that would be mounted noexec")

    diagnosis = report("mprotect-exec-and-memfd-create", "diagnosis", *before)

    assert {name for name, cell in cells(diagnosis).items() if cell[1] == "ok"} == {"rwx"}
    assert {cell[2] for name, cell in cells(diagnosis).items() if name in FILES} == {"noexec"}
    assert any("`--allocator rwx` would work" in sentence for sentence in diagnosis["verdict"])
    answer = report("mprotect-exec-and-memfd-create", "conversion", *before)
    assert (answer["digest"], answer["emitter"], len(answer["said"])) == (plain()["digest"], "vm", 1)


@pytest.mark.parametrize("policy", ["none", "mdwe", "systemd", "killing"])
@pytest.mark.parametrize("hidden", ["/proc", "/sys", "/proc /sys"])
def test_what_the_doctor_reads_is_hidden(hidden: str, policy: str) -> None:
    """Neither /proc nor /sys is there, as in some containers: the same bytes, and the doctor says of executable memory what was seen."""
    before = mounted(" && ".join(f"mount -t tmpfs none {d}" for d in hidden.split()))
    call, said, _ = TABLE[policy]["mmap"]

    answer, diagnosis = report(policy, "conversion", *before), report(policy, "diagnosis", *before)

    assert answer["digest"] == plain()["digest"]
    assert answer["emitter"] == ("x86-64" if said == "ok" else "vm")
    assert diagnosis["available"] == (said == "ok")
    assert cells(diagnosis)["mmap"][:2] == (call, said)
    assert len(answer["said"]) == int(said != "ok")
