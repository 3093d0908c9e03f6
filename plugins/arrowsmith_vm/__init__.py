"""The bytecode machine: runs every Program on every host, as Python, in two gears.

Invariant: importing this package loads nothing but arrowsmith; numpy and pyarrow are imported when a kernel is loaded.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from arrowsmith.hookspecs import hookimpl

if TYPE_CHECKING:
    from arrowsmith.interfaces import Emitter

ARROWSMITH_API = (0, 1)


@hookimpl
def arrowsmith_emitters() -> Iterable[Emitter]:
    """The machine that refuses nothing: what runs where machine code may not."""
    from arrowsmith_vm.emitter import VirtualMachine

    return [VirtualMachine()]
