"""Machine code that the suite loads is verified first, whoever asked for it: whole conversions too, and what single tests emit.

Instructions and branches are looked at, and addresses followed.  Distinct code is verified once a process.  Faults are raised where the
code is loaded, and kept in `FAULTS`, because who asked for a kernel may turn what is raised into an exit status.  Code that a test tampers
with, or makes for another host, does not get that far.
"""

from __future__ import annotations

import hashlib
from typing import Any, Final

from arrowsmith.program.kernel import Code
from arrowsmith.program.text import print_program

#: what was found since a test last looked
FAULTS: Final[list[str]] = []
#: digests of what has been verified, without fault
SEEN: Final[set[bytes]] = set()


def verify(emitter: Any, code: Code) -> None:
    """Raise AssertionError where the verifier finds something in *code*."""
    from arrowsmith.testing.machine_code import verify_code

    key = hashlib.sha256(repr(code.target and (code.target.convention, sorted(code.target.features))).encode())
    key.update(code.data)
    if key.digest() in SEEN:
        return
    if faults := verify_code(code, emitter.chart(code)):
        said = "\n".join(["machine code with faults was loaded", *map(str, faults[:20]), print_program(code.program)])
        FAULTS.append(said)
        raise AssertionError(said)
    SEEN.add(key.digest())


def install() -> None:
    """From now on the emitter of this process verifies what it loads."""
    from arrowsmith_x86_64 import X86_64

    load = X86_64.load

    def verified(self: Any, code: Code, allocator: Any) -> Any:
        if code.target is not None:  # what has none cannot be loaded, and says so
            verify(self, code)
        return load(self, code, allocator)

    X86_64.load = verified  # type: ignore[method-assign]  # that is what this is for
