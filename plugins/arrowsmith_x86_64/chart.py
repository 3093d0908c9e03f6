"""Code becomes the `CodeMap` that a verifier reads it by: where its instructions and constants are, which places hold addresses.

Invariant: derived from what was emitted; only `arrowsmith.testing` asks for it.
"""

from __future__ import annotations

from arrowsmith.program import ops as o
from arrowsmith.program.kernel import Code, CodeMap, Target
from arrowsmith_x86_64.context import Context

#: bytes before and behind a window that may be read, and behind an output's room that may be written
SLACK = 64
#: places that hold addresses in the window
INPUT = ("window", "window_end", "position", "start", "root_start", "root_end")
#: of what is said of frames: a table's code reads it, a framer's writes it
TABLES = ("starts", "lengths", *(f"carried{n}" for n in range(8)))


def chart(code: Code) -> CodeMap:
    """How the image of *code* is laid out."""
    from arrowsmith_x86_64.emit import selected

    made = selected(code.program, code.target or Target())
    return CodeMap(
        machine="x86-64",
        start=5 + int.from_bytes(code.data[1:5], "little"),
        constants=made.a.constants(),
        context=made.context.size,
        addresses=_addresses(
            made.context, len(code.program.levels), len(code.program.columns), framer=code.program.kind == "framer"
        ),
        fresh=made.context.registers,
        scratch=made.context.areas,
        reach={"input": _reach(code), "output": SLACK},
    )


def _addresses(context: Context, levels: int, columns: int, *, framer: bool) -> dict[int, str]:
    ways = {"input": (*INPUT, *(() if framer else TABLES)), "output": ("log", "kinds", *(TABLES if framer else ()))}
    found = {context.header[n]: region for region, names in ways.items() for n in names if n in context.header}
    found |= {context.level(n, "offsets"): "output" for n in range(levels)}
    found |= {context.column(n, name): "output" for n in range(columns) for name in ("values", "validity", "data")}
    return found


def _reach(code: Code) -> int:
    """How far from an address a Program's ops may load, or look whether there is something: what they ask for, behind all that they skip or
    stand behind of, for what has a known size moves no address but is added to the displacements behind it."""
    found = list(o.walk(code.program.body))
    asked = (op.n for op in found if isinstance(op, (o.Need, o.Reach)) and isinstance(op.n, int))
    skipped = sum(op.n for op in found if isinstance(op, (o.Skip, o.Within)) and isinstance(op.n, int))
    return SLACK + max(code.program.size or 0, *asked, 0) + skipped
