"""The stock answers to the questions that hooks may decide: which emitter, which allocator.

Each is an ordinary hook implementation that is asked last, so a plugin replaces it by answering.
Invariant: the answer is one of the candidates, or None where all of them refuse or wait to be named.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from arrowsmith.hookspecs import hookimpl

if TYPE_CHECKING:
    from arrowsmith.host import Host
    from arrowsmith.interfaces import Emitter
    from arrowsmith.memory import Allocator
    from arrowsmith.program.program import Program


@hookimpl(trylast=True)
def arrowsmith_select_emitter(program: Program, host: Host, candidates: Sequence[Emitter]) -> Emitter | None:
    """The highest rank, not negative, that does not refuse *program* on *host*; of equal ranks the first."""
    for emitter in sorted(candidates, key=lambda e: -e.rank):
        if emitter.rank >= 0 and emitter.refuses(program, host) is None:
            return emitter
    return None


@hookimpl(trylast=True)
def arrowsmith_select_allocator(host: Host, candidates: Sequence[Allocator]) -> Allocator | None:
    """The highest rank, not negative, that does not refuse *host*; of equal ranks the first.

    An allocator of negative rank goes round an administrator's rule, so it is taken only when a person names it.
    """
    for allocator in sorted(candidates, key=lambda a: -a.rank):
        if allocator.rank >= 0 and allocator.refuses(host) is None:
            return allocator
    return None
