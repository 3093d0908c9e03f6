"""The verifier: `faults` lists what is wrong with a Program, `verify` raises InternalError I0001 with the Program's text where anything is.

What a verified Program keeps, whatever the data are (the names in brackets are those of the tests and of `docs/program.md`):

Bounds
- [load] Every load lies under bytes that are proven behind the cursor of its stream: by `need` or `reach` before it on every path,
  by the size of the `within` around it, by `remain` or `scan`; `skip` of a literal uses proven bytes up, of a register all of
  them.  A size in a register is proven by the same value, at the cursor itself.
- [turns] In a repeat of a literal count whose body moves by a constant, what is proven before it is shared out; in one of a
  register's count, `need` of that count times the constant.  A loop's body proves its own.
- [slot] Every slot of a list's level lies under a `room`: of the repeat's own count before it, or of 1 in the body.  Level 0
  is the driver's.
- [data] Every put of a text lies under what earlier puts left of a `room.data` of its column: of its bytes × the charset's
  `expansion` (a literal, the size's register, that register times a literal by `let mul`, or the same of the `within` around
  the load), or of `text.let room` of it.

Registers
- [assigned] A register is written on every path before it is read; the `stop` of a loop, on every path of the body.
- [kind] Each is of the kind that the op takes or makes; counts, sizes and places are i64.
- [text] What is put into utf8 is not binary; `cat` takes two of one sort.

Structure
- [level] Levels nest as their parents do: a repeat or loop of level L stands where a slot of L's parent is the innermost open
  one.
- [put] A column is put where a slot of its level is the innermost open one, not in a loop without a list, and at most once on each
  path.
- [program] `frame` stands in framers only; columns, `carried`, strips and null dispositions never there; a header puts integers
  on level 0.
- [strip] A strip stands in no other op, is static, needs no register from outside and gives none.
- [cases] The cases of a switch are disjoint; `index` counts loops that are there.

Attributes
- [number] Registers, columns, levels, parameters and sites exist; a level's parent comes before it.
- [attribute] Sizes, digits, scales, literals and words are in range; charsets, digit tables and names are known.
- [disposition] An op that stores null has a site.
- [certain] A column that is marked so is put at the top of the Program, from a register that is never null.

Invariant: a fault is ours, never the user's; what a dictionary can say wrong is refused before a Program is made.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

from arrowsmith.columns import Column, Storage
from arrowsmith.errors import InternalError
from arrowsmith.program import attributes, kinds
from arrowsmith.program.certainty import certain_columns
from arrowsmith.program.flow import FLOW
from arrowsmith.program.kernel import UNCOUNTED
from arrowsmith.program.ops import Kind, Op, inputs, outputs, walk
from arrowsmith.program.program import Plan, Program
from arrowsmith.program.proof import Walk
from arrowsmith.program.text import print_op, print_program


def verify(program: Program) -> None:
    """Do nothing where *program* keeps its invariants; else raise InternalError I0001 with every fault and the Program's text."""
    found = faults(program)
    if found:
        listed = "\n".join(f"  {fault}" for fault in found)
        raise InternalError(
            f"a Program breaks its invariants:\n{listed}\n\n{print_program(program)}",
            code="I0001",
            help="please send us this text: it is a fault of arrowsmith, or of a plugin",
        )


def verify_plan(plan: Plan) -> None:
    """`verify` each Program of *plan*, and that they fit together."""
    programs = [plan.framer, *(program for _, program in plan.tables), *([plan.header] if plan.header else [])]
    programs += [plan.beside] if plan.beside else []
    for program in programs:
        verify(program)
    expected = [("framer", plan.framer), *(("table", program) for _, program in plan.tables)]
    expected += [("table", plan.beside)] if plan.beside else []
    wrong = [
        f"{program.name} is a {program.kind}, and stands as {kind}"
        for kind, program in expected
        if program.kind != kind
    ]
    if plan.header and plan.header.kind != "header":
        wrong.append(f"{plan.header.name} is a {plan.header.kind}, and stands as header")
    names = [name for name, _ in plan.parameters]
    wrong += [
        f"{program.name} has other parameters than the Plan"
        for program in programs
        if [*program.parameters] != names and program.parameters
    ]
    wrong += [f"there is no parameter {name} to specialise by" for name in plan.specialise if name not in names]
    if len(plan.tables) >= UNCOUNTED:
        wrong.append(f"{len(plan.tables)} tables are more than a frame's kind can say")
    if wrong:
        listed = "\n".join(f"  {fault}" for fault in wrong)
        raise InternalError(f"a Plan breaks its invariants:\n{listed}", code="I0001")


def faults(program: Program) -> tuple[str, ...]:
    """What is wrong with *program*, in order; empty where nothing is."""
    found = list(_header(program))
    numbered, registers = True, len(program.registers)
    for op in walk(program.body):
        missing = [r for r in (*inputs(op), *outputs(op)) if not 0 <= r.n < registers]
        if missing:
            found += [f"{_line(op)}: there is no register {r!r}" for r in missing]
            numbered = False
            continue
        for claim in (*attributes.wrong(op, program), *kinds.mistaken(op, program)):
            found.append(f"{_line(op)}: {claim}")
    if numbered and not found:  # the walk trusts attributes
        seen: dict[str, None] = {}
        Walk(program, lambda op, claim: seen.setdefault(f"{_line(op)}: {claim}"), FLOW).run()
        found += seen
        sure = frozenset() if found else certain_columns(program)
        found += [
            f"column {n} is certain, and may be null"
            for n, column in enumerate(program.columns)
            if column.certain and n not in sure
        ]
    return tuple(found)


def _line(op: Op) -> str:
    return print_op(op)[0].strip().removesuffix(" {")


def _header(program: Program) -> Iterator[str]:
    if program.size < 0:
        yield f"the size is {program.size}"
    for n, level in enumerate(program.levels):
        if not (level.parent == -1 if n == 0 else 0 <= level.parent < n):
            yield f"level {n} has parent {level.parent}"
    if not program.levels:
        yield "there is no level 0"
    for n, column in enumerate(program.columns):
        yield from (f"column {n} {claim}" for claim in _column(column, program))
    for n, kind in enumerate(program.registers):
        if kind not in get_args(Kind):
            yield f"r{n} is of kind {kind}, which does not exist"
    names = [charset.name for charset in program.charsets]
    if len(set(names)) != len(names):
        yield "two charsets have one name"
    yield from (f"charset {c.name} has {len(c.table)} characters" for c in program.charsets if len(c.table) != 256)
    if program.kind == "framer" and (program.columns or len(program.levels) > 1):
        yield "a framer has no columns and no lists"


def _column(column: Column, program: Program) -> Iterator[str]:
    if column.storage not in get_args(Storage):
        yield f"is of {column.storage}, which does not exist"
    if not 0 <= column.level < len(program.levels):
        yield f"is of level {column.level}, which does not exist"
    whole = (*INTEGERS, "bool")
    if program.kind == "header" and not column.scratch and (column.level or column.storage not in whole):
        yield "of a header is no integer of the row"


#: storages of what a parameter may be
INTEGERS = ("i8", "i16", "i32", "i64", "u8", "u16", "u32", "u64")
