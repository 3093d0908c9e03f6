"""Code meets the host: its target must not ask for more than is here."""

from __future__ import annotations

from arrowsmith.errors import InternalError, code
from arrowsmith.host import Host
from arrowsmith.memory import Allocator
from arrowsmith.program.kernel import Code, Target
from arrowsmith_x86_64.features import host_features, whole
from arrowsmith_x86_64.kernel import FramerKernel, TableKernel
from arrowsmith_x86_64.kernel import load as sealed

FOREIGN = code("I0004", "code was made for another target than this host")


def host_target(allocator: Allocator) -> Target:
    """This host's convention and features."""
    convention = Host.current().convention
    return Target(convention=convention, features=host_features(allocator, convention))


def load(made: Code, allocator: Allocator) -> TableKernel | FramerKernel:
    """The kernel of *made* in memory of *allocator*."""
    here = host_target(allocator)
    target = made.target or Target()
    if target.convention != here.convention:
        raise InternalError(f"code for {target.convention} on a host of {here.convention}", code=FOREIGN)
    if beyond := whole(target.features) - here.features:
        raise InternalError(f"code that needs {', '.join(sorted(beyond))}, which this host lacks", code=FOREIGN)
    return sealed(made, allocator)
