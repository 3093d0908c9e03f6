"""SELinux for real: what the article's story was, what `doctor` says in each domain against what the kernel logged, and a conversion
where everything is forbidden.  Run by ``tox -e selinux``; the packages that it needs are listed in docs/selinux.md."""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


def _module(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"selinux_{name}", Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


guest, policy = _module("guest"), _module("policy")
pytestmark = pytest.mark.skipif(bool(guest.missing()), reason=f"this machine lacks {', '.join(guest.missing())}")

#: the domain that forbids everything
FORBIDDEN = "no_mhosfz_t"
#: what the domains lack: nothing, each permission alone, and combinations; the one that takes longest comes first
DOMAINS = [
    FORBIDDEN,
    "full_t",
    *(f"no_{letters}_t" for letters in ("m", "h", "o", "s", "f", "z", "mh", "hos", "mhos", "mhosf")),
]
#: where the article's story is told
TOLD = ("no_h_t", "no_o_t")

#: what nothing here loads: the guest unpacks and keeps in memory what it gets
UNUSED = (
    "**/tests",
    "pyarrow/include",
    "pyarrow/src",
    "pyarrow/**/*.py[xd]",
    "pyarrow/*.pxi",
    *(f"pyarrow/lib*{part}*" for part in ("flight", "s3")),
    *(f"pyarrow/_{part}*.so" for part in ("flight", "s3fs", "gcsfs", "azurefs", "pyarrow_cpp_tests")),
    "pygments/lexers/_*_builtins.py",
    "bin",
    "numpy/f2py",
    "numpy/**/*.pyi",
    "numpy/*/lib/*.a",
)

STORY = """
import json, sys
from arrowsmith import registry
from arrowsmith.errors import ExecutableMemoryError
found = {}
for name in ("mmap", "dev-zero", "posix-memalign", "malloc-large"):
    try:
        region = registry.load().allocator(name).allocate(4096)
        region.write(0, b"\\xc3")
        region.seal()
        region.release()
        found[name] = "ok"
    except ExecutableMemoryError as refusal:
        found[name] = refusal.cause or "refused"
print(json.dumps(found))
"""

CONVERT = """
import warnings
import arrowsmith, pyarrow.parquet as pq
with warnings.catch_warnings(record=True) as said:
    warnings.simplefilter("always")
    report = arrowsmith.convert("policies.cpy", "policies.dat", "/run/out.parquet", options={"ebcdic_code_page": "cp1140"})
ours = [w for w in said if issubclass(w.category, arrowsmith.ArrowsmithWarning)]
print(report.emitter, report.rows, pq.read_table("/run/out.parquet").num_rows, len(ours), str(ours[0].message) if ours else "")
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the guest gets: this project and what it needs, installed for the guest's Python 3.11, and the example."""
    made = tmp_path_factory.mktemp("guest")
    wheels = tmp_path_factory.mktemp("wheels")
    pip = [sys.executable, "-m", "pip", "-q", "--disable-pip-version-check"]
    subprocess.run([*pip, "wheel", "--no-deps", "-w", str(wheels), str(ROOT)], check=True)
    (wheel,) = wheels.glob("*.whl")
    target = [
        "--target",
        str(made / "site"),
        "--python-version",
        "3.11",
        "--implementation",
        "cp",
        "--only-binary=:all:",
    ]
    subprocess.run([*pip, "install", *target, str(wheel)], check=True)
    for pattern in UNUSED:
        for path in [*(made / "site").glob(pattern)]:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    guest.compiled(made / "site")
    shutil.copy(ROOT / "examples/policies.cpy", made)
    size = 194 * 500
    (made / "policies.dat").write_bytes((ROOT / "examples/policies.dat").read_bytes()[:size])
    (made / "story.py").write_text(STORY)
    (made / "convert.py").write_text(CONVERT)
    return made


@pytest.fixture(scope="module")
def outcome(folder: Path) -> Any:
    """One boot for all: the story, `doctor` and (where everything is forbidden) a conversion."""
    command = (
        "export PYTHONPATH=site ARROWSMITH_HOME=/run\n"
        "python3 -m arrowsmith doctor --json | tr -d '\\n'; echo\n"
        f'case "$(cat /proc/self/attr/current)" in\n'
        f"{'|'.join(f'*:{d}*' for d in TOLD)}) python3 story.py || exit 10;;\n"
        f"*:{FORBIDDEN}*) python3 convert.py || exit 11;;\n"
        "esac\n"
    )
    return guest.run(policy.policy(), DOMAINS, command, folder, memory=3072)


def lines(outcome: Any, domain: str) -> list[str]:
    result = outcome.results[domain]
    assert result.status == 0, result.err
    return [line for line in result.out.splitlines() if line.strip()]


def test_the_story(outcome: Any) -> None:
    """A page of the C heap is refused by execheap alone, a large block and anonymous memory are not; /dev/zero is refused by execmod."""
    heap = json.loads(lines(outcome, "no_h_t")[1])
    assert heap["posix-memalign"] != "ok"
    assert heap["mmap"] == heap["malloc-large"] == heap["dev-zero"] == "ok"
    assert ("no_h_t", "execheap") in outcome.denials

    modified = json.loads(lines(outcome, "no_o_t")[1])
    assert modified["dev-zero"] != "ok"
    assert modified["mmap"] == "ok"
    assert ("no_o_t", "execmod") in outcome.denials


@pytest.mark.parametrize("domain", DOMAINS)
def test_doctor_says_what_the_kernel_logged(outcome: Any, domain: str) -> None:
    """`doctor` says whether machine code runs, and where it does not, names the permission that the kernel's log names."""
    said = json.loads(lines(outcome, domain)[0])
    denied = {permission for d, permission in outcome.denials if d == domain}

    assert said["available"] is ("m" not in policy.domains()[domain])
    if not said["available"]:
        assert "execmem" in denied
        assert any("execmem" in sentence for sentence in said["verdict"])


@pytest.mark.parametrize("domain", DOMAINS)
def test_every_finding_is_a_denial_that_the_kernel_logged(outcome: Any, domain: str) -> None:
    """Each allocator that `doctor` calls refused is refused by a permission that the log names for the domain, and no permission of
    executable memory is in the log that no finding names."""
    findings = json.loads(lines(outcome, domain)[0])["findings"]
    named = {f["cause"].removeprefix("selinux-") for f in findings if f["outcome"] == "refused"}
    logged = {permission for d, permission in outcome.denials if d == domain and permission.startswith("exec")}

    assert named == logged
    assert {f["outcome"] for f in findings if f["allocator"] != "virtualalloc"} <= {"ok", "refused"}


def documented() -> dict[str, dict[str, str]]:
    """The second table of docs/allocators.md: domain → allocator → "ok", or the permission that is refused."""
    text = (ROOT / "docs/allocators.md").read_text(encoding="utf-8").split("And under SELinux")[1]
    table = [line for line in text.split("\n\n")[1].splitlines() if line[0] == "|"]
    head, _, *rows = ([cell.strip() for cell in line.strip("|").split("|")] for line in table)
    letters = {
        "execmem": "m",
        "execheap": "h",
        "execmod": "o",
        "execstack": "s",
        "execute": "f",
        "execute of /dev/zero": "z",
    }
    found = {}
    for lacking, *cells in rows:
        lacks = "" if lacking == "nothing" else "".join(letters[word] for word in lacking.split(", "))
        domain = f"no_{lacks}_t" if lacks else "full_t"
        found[domain] = {name: cell for names, cell in zip(head[1:], cells, strict=True) for name in names.split(", ")}
    return found


@pytest.mark.parametrize("domain", DOMAINS)
def test_the_table_is_documented(outcome: Any, domain: str) -> None:
    """docs/allocators.md says of each domain what is measured here."""
    findings = json.loads(lines(outcome, domain)[0])["findings"]
    measured = {
        f["allocator"]: f["cause"].removeprefix("selinux-") or f["outcome"]
        for f in findings
        if f["allocator"] != "virtualalloc"
    }

    assert measured == documented()[domain]


def test_a_conversion_where_everything_is_forbidden(outcome: Any) -> None:
    """It ends on the VM, with all rows, after one warning."""
    emitter, rows, written, warned, *message = lines(outcome, FORBIDDEN)[1].split(" ", 4)

    assert (emitter, rows, written, warned) == ("vm", "500", "500", "1")
    assert "execmem" in message[0]
