"""A guest that enforces SELinux: a Debian kernel in QEMU, everything in its initial memory, a policy of our own.

`run` boots it, runs one command in each of some domains, and gives what each printed and which denials the kernel logged.
What does not change between runs (kernel, system, policy) is kept in a folder below the user's cache.
Needs Debian's packages: see docs/selinux.md.
"""

from __future__ import annotations

import compileall
import os
import py_compile
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
TOOLS = ("qemu-system-x86_64", "secilc", "mmdebstrap", "cpio", "apt-get", "dpkg-deb")
KERNEL = "linux-image-cloud-amd64"
PACKAGES = "python3,python3-minimal,libpython3.11-stdlib,busybox-static,libc-bin,libstdc++6,libgcc-s1"
UNUSED = (
    "dev/*",
    "usr/share/doc",
    "usr/share/locale",
    "usr/share/man",
    "var/cache",
    "var/lib/dpkg",
    "usr/share/zoneinfo",
)


@dataclass(frozen=True, slots=True)
class Result:
    """What a command did in one domain."""

    domain: str
    status: int
    out: str
    err: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a whole run did: a `Result` by domain, and the denials: (domain, permission) in the order of the log."""

    results: dict[str, Result]
    denials: tuple[tuple[str, str], ...]


def missing() -> list[str]:
    """Which tools this machine lacks."""
    return [tool for tool in TOOLS if shutil.which(tool) is None]


def cache() -> Path:
    """Where kernel, system and policy are kept."""
    root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "arrowsmith-selinux"
    root.mkdir(parents=True, exist_ok=True)
    return root


def _sh(*command: str | Path, cwd: Path | None = None, stdin: str | None = None) -> str:
    done = subprocess.run([str(c) for c in command], cwd=cwd, input=stdin, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed with {done.returncode}: {done.stderr[-2000:]}")
    return done.stdout


def _kernel(kept: Path) -> Path:
    target = kept / "vmlinuz"
    if not target.exists():
        with tempfile.TemporaryDirectory() as work:
            depends = _sh("apt-cache", "depends", KERNEL)
            found = re.search(r"Depends: (linux-image-\S+)", depends)
            package = found[1] if found else KERNEL
            _sh("apt-get", "download", package, cwd=Path(work))
            _sh("dpkg-deb", "-x", next(Path(work).glob("*.deb")), work)
            shutil.copy(next(Path(work).glob("boot/vmlinuz-*")), target)
    return target


def _system(kept: Path) -> Path:
    """The guest's system as a cpio archive."""
    target, init = kept / "system.cpio", HERE / "init.sh"
    if target.exists() and target.stat().st_mtime > max(p.stat().st_mtime for p in (init, Path(__file__))):
        return target
    packed = kept / "system.tar"
    if not packed.exists():
        mirror = _sh("apt-get", "indextargets", "--format", "$(SITE)").splitlines()[0]
        _sh("mmdebstrap", "--quiet", "--variant=extract", f"--include={PACKAGES}", "bookworm", packed, mirror)
    with tempfile.TemporaryDirectory() as work:
        root = Path(work)
        _sh("tar", "xf", packed, "-C", root, *(f"--exclude=./{pattern}" for pattern in UNUSED))
        shutil.copy(init, root / "init")
        (root / "init").chmod(0o755)
        compiled(root / "usr/lib/python3.11")
        for folder in ("proc", "sys", "dev", "tmp", "run", "out", "job", "root"):
            (root / folder).mkdir(exist_ok=True)
        _archive(root, target)
    return target


def compiled(folder: Path) -> None:
    """Compile the modules below *folder* beforehand: in the guest that takes fifteen times as long, in each domain anew.

    Does nothing where this interpreter is not the guest's 3.11.
    """
    if sys.version_info[:2] == (3, 11):
        compileall.compile_dir(
            folder, quiet=2, workers=0, invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH
        )


def _archive(folder: Path, target: Path) -> None:
    names = _sh("find", ".", cwd=folder)
    with target.open("wb") as file:
        subprocess.run(
            ["cpio", "-o", "-H", "newc", "--quiet", "-R", "0:0"],
            cwd=folder,
            input=names.encode(),
            stdout=file,
            check=True,
        )


def _policy(kept: Path, text: str) -> Path:
    source, target = kept / "policy.cil", kept / "policy"
    if not target.exists() or source.read_text() != text:
        source.write_text(text)
        _sh("secilc", "-c", "33", "-o", target, "-f", os.devnull, source)
    return target


def run(
    policy: str, domains: Sequence[str], command: str, folder: Path, *, memory: int = 1024, seconds: int = 300
) -> Outcome:
    """Run the shell text *command* in a copy of *folder*, once in each of *domains*, two at a time: those that take longest come first.

    Raises RuntimeError where the guest did not boot, did not enforce, or did not end within *seconds*.
    """
    kept = cache()
    with tempfile.TemporaryDirectory() as work_name:
        work = Path(work_name)
        job = work / "tree" / "job"
        shutil.copytree(folder, job / "folder", symlinks=True)
        shutil.copy(_policy(kept, policy), job / "policy")
        (job / "domains").write_text("\n".join(domains) + "\n")
        (job / "command").write_text(command + "\n")
        _archive(work / "tree", work / "job.cpio")
        initial = work / "initial"
        with initial.open("wb") as file:
            for part in (_system(kept), work / "job.cpio"):
                with part.open("rb") as source:
                    shutil.copyfileobj(source, file)
        arguments = [
            "qemu-system-x86_64", "-accel", "tcg,thread=multi", "-cpu", "max", "-machine", "q35", "-smp", "2", "-m", str(memory),
            "-nodefaults", "-no-reboot", "-display", "none", "-kernel", str(_kernel(kept)), "-initrd", str(initial),
            "-append", "console=ttyS0 security=selinux audit=1 audit_backlog_limit=8192 log_buf_len=16M loglevel=4 mitigations=off "
            "random.trust_cpu=on panic=-1",
            "-serial", f"file:{work / 'console'}", "-serial", f"file:{work / 'out.tar'}",
        ]  # fmt: skip
        subprocess.run(arguments, timeout=seconds, check=True, capture_output=True)
        out = work / "out"
        try:
            with tarfile.open(work / "out.tar") as packed:
                packed.extractall(out, filter="data")
        except tarfile.TarError as error:
            console = (work / "console").read_text(errors="replace")[-2000:]
            raise RuntimeError(
                f"the guest sent nothing that can be read ({error}); its console ends:\n{console}"
            ) from None
        if (out / "enforce").read_text().strip() != "1":
            raise RuntimeError("the guest did not enforce its policy")
        results = {
            d: Result(
                d,
                int((out / f"{d}.status").read_text()),
                (out / f"{d}.out").read_text(),
                (out / f"{d}.err").read_text(),
            )
            for d in domains
        }
        return Outcome(results, _denials((out / "dmesg").read_text(errors="replace")))


def _denials(log: str) -> tuple[tuple[str, str], ...]:
    found = re.finditer(r"avc:  denied  \{ ([^}]+) \}.*?scontext=u:r:(\w+)", log)
    return tuple((match[2], permission) for match in found for permission in match[1].split())
