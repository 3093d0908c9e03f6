"""A refused call and what a host shows give the likely rule, and never more than was seen."""

from __future__ import annotations

import dataclasses
import errno as E
import os
import signal
import sys
from pathlib import Path

import pytest

from arrowsmith_memory import rules
from arrowsmith_memory.calls import Refused
from arrowsmith_memory.case import Case, case_of
from arrowsmith_memory.evidence import Evidence, place_of, read
from arrowsmith_memory.rules import Explanation, explain

RX, RWX = (
    "page, 4096, PROT_READ|PROT_EXEC",
    "NULL, 4096, PROT_READ|PROT_WRITE|PROT_EXEC, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0",
)
MAP_RX = "NULL, 4096, PROT_READ|PROT_EXEC, MAP_PRIVATE, 3, 0"

NOT_FOUND = "no errno (cannot open shared object file: No such file or directory)"
NOTHING = Evidence(kernel="6.12")
SELINUX = Evidence(enforcing=True, context="system_u:system_r:httpd_t:s0")
FILTER = Evidence(seccomp=2, filters=1)


def case(
    call: str, arguments: str, errno: int | None, evidence: Evidence, place: str = "anonymous", said: str = ""
) -> Case:
    return Case(call=call, arguments=arguments, errno=errno, evidence=evidence, place=place, said=said)


@pytest.mark.parametrize(
    ("refusal", "cause", "rule"),
    [
        # PR_SET_MDWE: mprotect that gains, mapping that is both; not a mapping executable from the start
        (case("mprotect", RX, E.EACCES, Evidence(mdwe=True)), "mdwe", "PR_SET_MDWE"),
        (case("mmap", RWX, E.EACCES, Evidence(mdwe=True)), "mdwe", "PR_SET_MDWE"),
        (case("mmap", MAP_RX, E.EACCES, Evidence(mdwe=True), "memfd"), "", ""),
        (case("mprotect", RX, E.EACCES, Evidence(mdwe=False)), "", ""),
        # a filter may answer with any errno: a page that is there wants no memory to become executable
        (case("mprotect", RX, E.ENOMEM, FILTER), "seccomp", "a seccomp filter that refuses mprotect with PROT_EXEC"),
        (case("mprotect", RX, E.ENOMEM, NOTHING), "memory", "a lack of memory"),
        (case("ftruncate", "fd, 4096", E.EFBIG, NOTHING, "memfd"), "file-size", "RLIMIT_FSIZE"),
        # SELinux: which permission is asked depends on what the memory is
        (case("mprotect", RX, E.EACCES, SELINUX), "selinux-execmem", "execmem not allowed to the domain httpd_t"),
        (case("mmap", RWX, E.EACCES, SELINUX), "selinux-execmem", "SELinux: execmem"),
        (case("mprotect", RX, E.EACCES, SELINUX, "[heap]"), "selinux-execheap", "execheap (or execmem"),
        (case("mprotect", RX, E.EACCES, SELINUX, "[stack]"), "selinux-execstack", "execstack"),
        (case("mprotect", RX, E.EACCES, SELINUX, "/dev/zero"), "selinux-execmod", "execmod (or execute) of /dev/zero"),
        (
            case("mmap", MAP_RX, E.EACCES, SELINUX, "memfd"),
            "selinux-execute",
            "execute (or map) of a memfd of this domain",
        ),
        (case("mmap", MAP_RX, E.EACCES, SELINUX, "/tmp"), "selinux-execute", "a file that this domain makes in /tmp"),
        (
            case("dlopen", "file, RTLD_NOW", None, SELINUX, "/tmp"),
            "selinux-execute",
            "a file that this domain makes in /tmp",
        ),
        (case("memfd_create", "", E.EACCES, SELINUX, ""), "selinux", "what memfd_create needs"),
        (case("mprotect", RX, E.EPERM, SELINUX), "", ""),
        (case("mprotect", RX, E.EACCES, Evidence(context="a:b:c_t:s0", enforcing=False)), "", ""),
        (
            case("mprotect", RX, E.EACCES, Evidence(context="a:b:c_t:s0")),
            "selinux-execmem",
            "the domain c_t (if it is enforcing, which cannot be read here)",
        ),
        # seccomp: any errno but those of exhaustion, and only where a filter is on
        (case("mprotect", RX, E.EPERM, FILTER), "seccomp", "refuses mprotect with PROT_EXEC"),
        (case("mprotect", RX, E.ENOSYS, FILTER), "seccomp", "refuses mprotect with PROT_EXEC"),
        (case("mmap", RWX, E.EPERM, FILTER), "seccomp", "refuses mmap with PROT_WRITE and PROT_EXEC"),
        (case("memfd_create", "", E.ENOSYS, FILTER, ""), "seccomp", "refuses memfd_create"),
        (case("dlopen", "file, RTLD_NOW", None, FILTER, "/nowhere"), "seccomp", "refuses mmap with PROT_EXEC"),
        (case("munmap", "page, 4096", E.EPERM, FILTER), "seccomp", "a seccomp filter that refuses munmap"),
        (case("munmap", "page, 4096", E.EPERM, Evidence(seccomp=0)), "", ""),
        (case("mprotect", RX, E.EPERM, Evidence(seccomp=0)), "", ""),
        (case("open", "O_TMPFILE", E.EPERM, FILTER, "/tmp"), "seccomp", "refuses open"),
        # exhaustion is no refusal of execution, whatever else is on
        (
            case("mmap", "NULL, 4096, PROT_READ", E.ENOMEM, Evidence(limit=1 << 20, used=1 << 20, seccomp=2)),
            "rlimit-as",
            "RLIMIT_AS (1,048,576 bytes of address space, 1,048,576 in use)",
        ),
        (case("mmap", "NULL, 4096", E.ENOMEM, Evidence(limit=1 << 40, used=1 << 20)), "memory", "a lack of memory"),
        (case("bytearray", "9", None, NOTHING, "", "MemoryError"), "memory", "a lack of memory"),
        (
            case("mprotect", RX, E.ENOMEM, Evidence(maps=65530, most_maps=65530)),
            "max-map-count",
            "vm.max_map_count (65,530 mappings, 65,530 in use)",
        ),
        # the others
        (case("memfd_create", "", E.EACCES, Evidence(memfd_noexec=2), ""), "memfd-noexec", "vm.memfd_noexec=2"),
        (case("memfd_create", "", E.ENOSYS, NOTHING, ""), "kernel", "a kernel (6.12) without memfd_create"),
        (case("mprotect", RX, E.EACCES, Evidence(pax=True)), "pax", "PaX MPROTECT"),
        (
            case("mmap", MAP_RX, E.EACCES, Evidence(apparmor="web (enforce)"), "/srv"),
            "apparmor",
            "profile web (enforce)",
        ),
        (case("mprotect", RX, E.EACCES, Evidence(apparmor="web (enforce)")), "", ""),
        (case("VirtualProtect", "page", 1655, NOTHING, ""), "windows-acg", "arbitrary-code guard"),
        (case("VirtualProtect", "page", 5, NOTHING, ""), "windows-acg", "arbitrary-code guard"),
        (case("VirtualAlloc", "NULL", 1455, NOTHING, ""), "windows-memory", "commit limit"),
        (case("open", "O_TMPFILE", E.EACCES, FILTER, "/tmp"), "directory", "takes no nameless file (/tmp)"),
        (case("open", "O_TMPFILE", None, NOTHING, ""), "directory", "takes no nameless file (there is none)"),
        (case("open", "", E.ENOENT, NOTHING, "/dev/zero"), "device", "a missing or closed /dev/zero"),
        (case("pwrite64", "3, 6, 0", E.ENOSPC, FILTER, "/tmp"), "space", "no space left for a file (/tmp)"),
        (case("memfd_create", "", E.EMFILE, FILTER, ""), "open-files", "the limit of open files"),
        # no child to try it in
        (case("fork", "", E.EAGAIN, NOTHING, ""), "processes", "a limit of processes"),
        (case("fork", "", E.EPERM, FILTER, ""), "seccomp", "a seccomp filter that refuses fork"),
        (case("pipe", "", E.EPERM, FILTER, ""), "seccomp", "a seccomp filter that refuses pipe"),
        (case("fork", "", E.EPERM, NOTHING, ""), "", ""),
        # the loader opens our file by its path in /proc
        (case("dlopen", "file, RTLD_NOW", None, Evidence(proc=False), "/tmp", NOT_FOUND), "proc", "/proc"),
        (case("dlopen", "file, RTLD_NOW", None, NOTHING, "/tmp", NOT_FOUND), "", ""),
        # nothing seen, nothing said
        (case("mprotect", RX, E.EACCES, NOTHING), "", ""),
        (case("mprotect", RX, E.EINVAL, NOTHING), "", ""),
    ],
)
def test_rule(refusal: Case, cause: str, rule: str) -> None:
    """The table's first row that fits is the likely rule."""
    explanation = explain(refusal)

    assert explanation.cause == cause
    assert rule in explanation.rule
    assert bool(explanation.ask) == bool(cause)


def test_every_rule_is_reachable() -> None:
    """Every row of the table is the answer to some refusal of this file or of tests/refusals."""
    elsewhere = {"noexec"}  # asks the file system itself: tests/refusals mounts it so
    mark = next(m for m in test_rule.pytestmark if m.name == "parametrize")  # type: ignore[attr-defined]  # pytest's own

    assert {cause for _, cause, _ in mark.args[1]} | elsewhere == {row.cause for row in rules.RULES} | {""}


def test_every_rule_is_documented() -> None:
    """docs/doctor.md has a row for each cause, in which it is explained."""
    text = (Path(__file__).parents[2] / "docs" / "doctor.md").read_text(encoding="utf-8")
    table = text.split("## The rules it knows")[1].split("\n## ")[0]
    rows = [line.split("|")[1].strip() for line in table.splitlines() if line.startswith("| ")]

    assert sorted(rows[1:]) == sorted({row.cause for row in rules.RULES})


def test_killed() -> None:
    """SIGSYS is a filter's; another signal is nobody's that is known."""
    sys_call = Case(call="mprotect", arguments=RX, errno=None, signal=signal.SIGSYS, evidence=NOTHING)
    fault = Case(call="call", arguments="page", errno=None, signal=signal.SIGSEGV, evidence=FILTER)

    assert explain(sys_call).rule == "a seccomp filter that kills on mprotect with PROT_EXEC"
    assert explain(fault).rule == "a seccomp filter that answers a call with success and leaves it undone"
    assert explain(dataclasses.replace(fault, evidence=NOTHING)) == Explanation()


def test_others_are_named() -> None:
    """What else is on and may refuse the same is said, so that lifting one rule is no disappointment."""
    both = Evidence(mdwe=True, enforcing=True, context="u:r:app_t:s0", seccomp=2, unit="app.service")
    explanation = explain(case("mprotect", RX, E.EACCES, both))

    assert explanation.cause == "mdwe"
    assert "`MemoryDenyWriteExecute=no` in the unit app.service" in explanation.ask
    assert "It may also be SELinux: execmem not allowed to the domain app_t, or a seccomp filter" in explanation.ask


@pytest.mark.parametrize(
    ("booleans", "domain", "place", "asked"),
    [
        ({}, "app_t", "anonymous", "`allow app_t self:process execmem;`"),
        (
            {"allow_execmem": False, "httpd_execmem": False},
            "httpd_t",
            "anonymous",
            "httpd_execmem (`setsebool -P httpd_execmem on`) or allow_execmem",
        ),
        (
            {"allow_execmem": True, "mozilla_execmem": False},
            "app_t",
            "anonymous",
            "Ask for the policy rule `allow app_t",
        ),
        ({"deny_execmem": True}, "app_t", "anonymous", "deny_execmem (`setsebool -P deny_execmem off`)"),
        ({"selinuxuser_execheap": False}, "user_t", "[heap]", "setsebool -P selinuxuser_execheap on"),
        ({}, "app_t", "[heap]", "`allow app_t self:process { execheap execmem };`"),
        (
            {},
            "app_t",
            "/dev/zero",
            "`allow app_t FILE:chr_file { map execute execmod };`, FILE being the type of /dev/zero",
        ),
        ({}, "app_t", "/dev/zero", "`semodule -DB` makes it appear"),
    ],
)
def test_what_to_ask_of_selinux(booleans: dict[str, bool], domain: str, place: str, asked: str) -> None:
    """The booleans that govern the permission here are asked for by name, else the rule is written out."""
    evidence = Evidence(enforcing=True, context=f"u:r:{domain}:s0", booleans=booleans)

    assert asked in explain(case("mprotect", RX, E.EACCES, evidence, place)).ask


@pytest.mark.parametrize(
    ("denied", "place", "cause", "rule"),
    [
        ({"execheap"}, "[heap]", "selinux-execheap", "SELinux: execheap not allowed"),
        ({"execmem"}, "[heap]", "selinux-execmem", "SELinux: execmem not allowed"),
        ({"execheap", "execmem"}, "[heap]", "selinux-execheap", "SELinux: execheap and execmem not allowed"),
        ({"execheap"}, "anonymous", "", ""),
        (set(), "[heap]", "", ""),
    ],
)
def test_the_policy_was_asked(denied: set[str], place: str, cause: str, rule: str) -> None:
    """Where SELinux itself said what it denies, nothing else of it is blamed."""
    evidence = Evidence(enforcing=True, context="u:r:app_t:s0", denied=frozenset(denied))
    explanation = explain(case("mprotect", RX, E.EACCES, evidence, place))

    assert explanation.cause == cause
    assert rule in explanation.rule


@pytest.mark.parametrize(
    ("refused", "place"),
    [
        (Refused("mmap", RWX, E.EACCES), "anonymous"),
        (Refused("mmap", MAP_RX, E.EPERM, path="memfd"), "memfd"),
        (Refused("mmap", MAP_RX, E.EPERM, path="/tmp"), "/tmp"),
        (Refused("mprotect", RX, E.EACCES, address=1), "anonymous"),
        (Refused("memfd_create", "", E.EPERM), ""),
    ],
)
def test_place(refused: Refused, place: str) -> None:
    """What was to become executable is told from the call, or from the maps where it has an address."""
    assert case_of(refused, NOTHING).place == place


# --- evidence ---------------------------------------------------------------------


def tree(root: Path, **files: str) -> Path:
    """A file for each of *files*; ``__`` in a name is a slash."""
    for name, text in files.items():
        path = root / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


def test_reads_selinux(tmp_path: Path) -> None:
    """Mode, context and booleans; the NUL that ends a context is no part of it."""
    root = tree(
        tmp_path,
        proc__self__attr__current="system_u:system_r:httpd_t:s0\0",
        sys__fs__selinux__enforce="1",
        sys__fs__selinux__booleans__httpd_execmem="0 0",
        sys__fs__selinux__booleans__allow_execmem="1 1",
    )
    seen = read(root, mdwe=lambda: None)

    assert (seen.enforcing, seen.context, seen.domain) == (True, "system_u:system_r:httpd_t:s0", "httpd_t")
    assert seen.booleans == {"allow_execmem": True, "httpd_execmem": False}
    assert ("SELinux", "enforcing, this process is system_u:system_r:httpd_t:s0") in seen.facts()
    assert ("SELinux booleans", "allow_execmem=on, httpd_execmem=off") in seen.facts()


def test_reads_the_rest(tmp_path: Path) -> None:
    """AppArmor, seccomp, limits, the unit: each from its file."""
    root = tree(
        tmp_path,
        proc__self__attr__current="docker-default (enforce)\n",
        proc__self__status="Name:\tx\nNoNewPrivs:\t1\nSeccomp:\t2\nSeccomp_filters:\t3\nPaX:\tPeMRs\n",
        proc__self__limits="Limit  Soft Hard Units\nMax address space         1048576    unlimited    bytes\n",
        proc__self__statm="100 1 1 1 0 1 0\n",
        proc__self__maps="1000-2000 rw-p 00000000 00:00 0 \n2000-3000 rw-p 00000000 00:00 0    [heap]\n",
        proc__self__cgroup="0::/system.slice/etl.service/worker\n",
        proc__sys__vm__memfd_noexec="2\n",
        proc__sys__vm__max_map_count="65530\n",
        proc__sys__kernel__osrelease="6.1\n",
    )
    seen = read(root, mdwe=lambda: True)

    assert not seen.selinux
    assert (seen.apparmor, seen.seccomp, seen.filters, seen.no_new_privileges) == (
        "docker-default (enforce)",
        2,
        3,
        True,
    )
    assert (seen.limit, seen.used, seen.maps, seen.most_maps) == (1048576, 409600, 2, 65530)
    assert (seen.unit, seen.memfd_noexec, seen.pax, seen.mdwe, seen.kernel) == ("etl.service", 2, True, True, "6.1")
    assert not seen.implied
    assert ("RLIMIT_AS", "1,048,576 bytes, 409,600 in use") in seen.facts()
    assert place_of(0x2800, root) == "[heap]"
    assert place_of(0x1800, root) == ""
    assert place_of(0x9000, root) == ""


def test_reads_what_else_makes_pages_executable(tmp_path: Path) -> None:
    """The personality READ_IMPLIES_EXEC of personality(2), which the mappings of a program then have."""
    root = tree(tmp_path, proc__self__personality="00400000\n")

    assert "READ_IMPLIES_EXEC" in dict(read(root, mdwe=lambda: None).facts())["personality"]


def test_a_mount_that_cannot_be_asked_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    """statvfs(2) refused, as by a filter, is not a mount without noexec."""

    def refuse(path: str) -> None:
        raise PermissionError(1, "no")

    monkeypatch.setattr(os, "statvfs", refuse, raising=False)
    seen = read(mdwe=lambda: None)

    assert all(f"{path} (unknown)" in dict(seen.facts())["temporary directories"] for path in seen.directories)


def test_what_cannot_be_read_is_unknown(tmp_path: Path) -> None:
    """A host that shows nothing leaves every fact unknown, and says so."""
    seen = read(tmp_path, mdwe=lambda: None)

    assert (seen.enforcing, seen.context, seen.mdwe, seen.seccomp, seen.limit) == (None, "", None, None, None)
    facts = dict(seen.facts())
    assert facts["seccomp"] == "unknown"
    assert facts["PR_SET_MDWE"] == "unknown: the kernel does not say"
    if sys.platform == "linux":
        assert facts["SELinux"] == "unknown: /proc is not to be read"
        assert facts["RLIMIT_AS"] == "unknown"
    assert facts["kernel"] == "unknown"


@pytest.mark.parametrize(
    ("device", "cause", "rule", "asked"),
    [
        (None, "selinux-execmod", "execmod (or execute) of /dev/zero", "FILE:chr_file { map execute execmod }"),
        (
            {"execmod", "execute"},
            "selinux-execmod",
            "SELinux: execmod of /dev/zero",
            "FILE:chr_file { map execute execmod }",
        ),
        ({"execute"}, "selinux-execute", "SELinux: execute of /dev/zero", "FILE:chr_file { map execute }"),
        (set(), "", "", ""),
    ],
)
def test_the_policy_was_asked_of_the_device(device: set[str] | None, cause: str, rule: str, asked: str) -> None:
    """execmod is asked before execute; which of them is denied, the policy itself says where it may be asked."""
    evidence = Evidence(
        enforcing=True, context="u:r:app_t:s0", denied=frozenset(), device=None if device is None else frozenset(device)
    )
    explanation = explain(case("mprotect", RX, E.EACCES, evidence, "/dev/zero"))

    assert explanation.cause == cause
    assert rule in explanation.rule
    assert asked in explanation.ask


def test_what_the_policy_denies_of_the_device_is_a_fact() -> None:
    """It stands beside what is denied to the process."""
    seen = Evidence(
        enforcing=True, context="u:r:app_t:s0", denied=frozenset({"execmem"}), device=frozenset({"execute"})
    )

    assert ("SELinux denies this process", "execmem, execute of /dev/zero") in seen.facts()
