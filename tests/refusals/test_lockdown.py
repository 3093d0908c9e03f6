"""A process that gave up executable memory cannot have it back, and runs the code that it has.

In children: it cannot be undone.  ``no-mdwe``, ``no-mseal`` and ``no-lockdown`` make an older kernel by seccomp.
"""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from arrowsmith.host import Host

from .test_refusals import ALL, report

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="the means are Linux's"),
    pytest.mark.skipif(Host.current().machine != "x86-64", reason="the code and the filters are for x86-64"),
]

RUNS = dict.fromkeys(ALL, 42)


def locked(policy: str) -> Any:
    answer = report(policy, "lockdown")
    assert answer["answers"] == RUNS
    return answer


def test_mdwe() -> None:
    """PR_SET_MDWE: no page gains execution, in any thread; sealed code cannot be changed or replaced."""
    report("mdwe", "survival")  # skips where the kernel has none
    answer = locked("none")

    assert answer["sentences"][0].startswith("PR_SET_MDWE is on")
    refused = {name: answer["tries"][name] for name in ("gain", "gain in another thread", "both")}
    assert refused == dict.fromkeys(refused, "EACCES")
    assert answer["again"] == answer["sentences"]


def test_seccomp_fallback() -> None:
    """A kernel without PR_SET_MDWE: a filter refuses the same, also in threads that were there before it."""
    answer = locked("no-mdwe")

    assert answer["sentences"][0].startswith("a seccomp filter is on")
    refused = {name: answer["tries"][name] for name in ("gain", "gain in another thread", "both")}
    assert refused == dict.fromkeys(refused, "EPERM")


def test_mseal() -> None:
    """Mappings of ours that are sealed are fixed for good; what was released before is not counted."""
    answer = locked("none")
    if "mseal is not to be had" in answer["sentences"][2]:
        pytest.skip(answer["sentences"][2])

    assert answer["sentences"][2] == "6 mappings of code sealed with mseal, until the process ends"
    assert (answer["tries"]["change"], answer["tries"]["replace"]) == ("EPERM", "EPERM")


def test_without_mseal() -> None:
    """An older kernel: that is said, and the rest holds."""
    answer = locked("no-mseal")

    assert answer["sentences"][2] == "mseal is not to be had here (ENOSYS): mappings of code can be unmapped"
    assert answer["tries"]["both"] in ("EACCES", "EPERM")


def test_no_way() -> None:
    """Neither way open: an error, not a promise."""
    answer = locked("no-lockdown")

    assert "seccomp(" in answer["sentences"][0]
    assert "failed with EINVAL" in answer["sentences"][0]
    assert answer["tries"]["gain"] == "ok"


CONVERT = """
import ctypes, mmap, sys, warnings
import arrowsmith
book = arrowsmith.text("       01  R.\\n           05  A PIC X(3).\\n", name="r.cpy")
rows = []
with arrowsmith.open(book, [b"\\xc1\\xc2\\xc3", b"\\xc4\\xc5\\xc6"], lockdown=True, emitter=sys.argv[1]) as reader:
    for batch in reader:
        rows += batch.to_pylist()
assert rows == [{"A": "ABC"}, {"A": "DEF"}], rows
try:
    mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
except PermissionError:
    print("refused")
else:
    print("allowed")
"""


@pytest.mark.parametrize("emitter", ["x86-64", "vm"])
def test_a_conversion_under_lockdown_ends_what_may_be_executable(emitter: str) -> None:
    """A conversion with lockdown decodes as ever; afterwards this process gets no executable memory any more."""
    if emitter == "x86-64":
        pytest.importorskip("iced_x86")
    done = subprocess.run([sys.executable, "-c", CONVERT, emitter], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "refused"


BEFORE = """
import io, mmap, sys
import arrowsmith

class Tries(io.BytesIO):
    # what this process may do at the moment that data are asked for
    seen = []

    def _try(self):
        try:
            mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
        except PermissionError:
            self.seen.append("refused")
        else:
            self.seen.append("allowed")

    def read(self, *size):
        self._try()
        return super().read(*size)

    def readinto(self, room):
        self._try()
        return super().readinto(room)

book = arrowsmith.text("       01  R.\\n           05  A PIC X(3).\\n", name="r.cpy")
data = Tries(bytes.fromhex("c1c2c3") * 5)
with arrowsmith.open(book, data, lockdown=True, emitter=sys.argv[1]) as reader:
    assert sum(batch.num_rows for batch in reader) == 5
    print(reader.report.emitter)
print(*dict.fromkeys(Tries.seen))
"""


@pytest.mark.parametrize("emitter", ["x86-64", "vm"])
def test_it_is_given_up_before_the_first_byte_of_data(emitter: str) -> None:
    """A file that tries whenever it is read is refused each time, the first too, and machine code still decodes."""
    if emitter == "x86-64":
        pytest.importorskip("iced_x86")
    done = subprocess.run([sys.executable, "-c", BEFORE, emitter], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [emitter, "refused"]


HEADERS = """
import struct, sys
import arrowsmith
from arrowsmith.engine.loads import Loads

described = arrowsmith.text('''
meta: {id: t}
seq:
  - {id: magic, type: u2be}
  - {id: rows, type: row, repeat: eos}
types:
  row:
    meta:
      endian: {switch-on: _root.magic, cases: {0x4949: le, _: be}}
    seq:
      - {id: number, type: u4}
''', name="t.ksy")
left = []
specialised = Loads.of

def noted(self, head):
    ready = specialised(self, head)
    left.append(ready.plan.specialise)
    return ready

Loads.of = noted
files = [b"II" + struct.pack("<2I", 1, 2), b"MM" + struct.pack(">2I", 3, 4), b"II" + struct.pack("<I", 5)]
options = {"rows": "rows"}
with arrowsmith.open(described, files, format="kaitai", options=options, lockdown=True, emitter=sys.argv[1]) as reader:
    print(*[row["number"] for batch in reader for row in batch.to_pylist()], reader.report.emitter)
print(left)
"""


@pytest.mark.parametrize("emitter", ["x86-64", "vm"])
def test_headers_are_specialised_by_under_lockdown(emitter: str) -> None:
    """What headers may say is loaded before the lock, as far as the Programs name it; another header is read by what asks for it."""
    if emitter == "x86-64":
        pytest.importorskip("iced_x86")
    done = subprocess.run([sys.executable, "-c", HEADERS, emitter], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [f"1 2 3 4 5 {emitter}", "[(), ('magic',), ()]"]
