"""The transforms that a Program's ops name → the Program with them in it, where there are such and they take what they are given.

Invariant: behind this nobody looks a transform up by its name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from arrowsmith.diagnostics import Diagnostic
from arrowsmith.errors import DictionaryError, code
from arrowsmith.program import ops
from arrowsmith.program.ops import R
from arrowsmith.program.program import Program, Site
from arrowsmith.transforms import Transformer, listed

NO_TRANSFORM = code("D0305", "there is no transform of this name, or it takes other arguments")
HELP = "a plugin offers transforms by the hook arrowsmith_transforms; `arrowsmith plugins` lists what is offered"


def with_transforms(program: Program, transforms: Mapping[str, Transformer]) -> Program:
    """*program* with those of *transforms* that its ops name, and that it does not have yet.

    Raises `DictionaryError` where there are none such."""
    found = {one.name: one for one in program.transforms}
    for op in ops.walk(program.body):
        if isinstance(op, ops.Transform):
            transform = found.get(op.how) or transforms.get(op.how)
            if transform is None:
                raise _fault(program, op, f"there is no transform {op.how} (known: {listed(transforms)})", HELP)
            refusal = transform.refuses([isinstance(a, R) and program.registers[a.n] == "text" for a in op.arguments])
            if refusal is not None:
                raise _fault(program, op, refusal, "")
            found[op.how] = transform
    return replace(program, transforms=tuple(found.values())) if found else program


def _fault(program: Program, op: ops.Transform, claim: str, help: str) -> DictionaryError:
    site = program.sites[op.site] if op.site >= 0 else Site()
    message = f"{site.path}: {claim}" if site.path else claim
    return Diagnostic(code=NO_TRANSFORM, message=message, span=site.span, help=help).error()
