"""The bytecode machine: the contract of emitters for each gear by itself, and what each gear runs."""

from __future__ import annotations

from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arrowsmith import registry as registries
from arrowsmith.charsets import known
from arrowsmith.host import Host
from arrowsmith.interfaces import Emitter
from arrowsmith.program import ops as o
from arrowsmith.program.builder import Builder
from arrowsmith.program.kernel import Target
from arrowsmith.program.ops import OPS, Block
from arrowsmith.program.program import Program
from arrowsmith.program.verify import verify
from arrowsmith.testing import EmitterSuite
from arrowsmith.testing.corpus import Sample, corpus
from arrowsmith.testing.harness import Oracle, compare, decode, new_input
from arrowsmith.testing.runs import Ways, agree, repeated
from arrowsmith.testing.strategies_data import Given, inputs_for
from arrowsmith.testing.strategies_programs import programs
from arrowsmith_vm.emitter import VirtualMachine
from arrowsmith_vm.lockstep.printer import PRINTS as LOCKSTEP
from arrowsmith_vm.printed import Printed
from arrowsmith_vm.scalar.printer import PRINTS as SCALAR


class TestScalarGear(EmitterSuite):
    """Every record by itself."""

    refused = frozenset()

    @pytest.fixture
    def emitter(self) -> Emitter:
        return VirtualMachine("scalar")


class TestLockstepGear(EmitterSuite):
    """Every Program that has a lockstep form in it, be it for one record."""

    refused = frozenset()

    @pytest.fixture
    def emitter(self) -> Emitter:
        return VirtualMachine("lockstep")


def load(program: Program, gear: str = "auto"):
    emitter = VirtualMachine(gear)  # type: ignore[arg-type]  # one of the literals
    return emitter.load(emitter.emit(program, Target()))


# --- the emitter ---------------------------------------------------------------------------------------------------------


def test_it_is_offered_and_refuses_nothing():
    """The registry finds it under its name, below machine code; it runs every Program on every host and asks for no memory."""
    vm = registries.load().emitter("vm")

    assert 0 < vm.rank < 100
    assert not vm.needs_memory
    assert all(vm.refuses(sample.program, Host.current()) is None for sample in corpus())


def test_the_scalar_gear_has_every_op():
    """Adding an op makes this fail until the machine has it."""
    assert set(SCALAR) == set(OPS.values())


#: ops that look at what the record has put so far, or whose elements depend on the ones before; or that stand in framers only
ALONE = {o.Fetch, o.Loop, o.Frame}


def test_the_lockstep_gear_has_every_other_op():
    """What it has no form for is a list that is known."""
    assert set(OPS.values()) - set(LOCKSTEP) == ALONE


#: what else a Program may hold that only the scalar gear has: how the reason begins
REASONS = (
    "float of i128",
    "a repeat without a list, or whose elements have no common size",
    "a repeat whose elements depend on the ones before",
    "a register that holds text here and bytes there",
    "text.let",
    "else of",
)


@pytest.mark.parametrize("sample", [s for s in corpus() if s.program.kind != "framer"], ids=str)
def test_a_program_without_a_lockstep_form_has_a_reason(sample: Sample):
    """Either there is a lockstep form, or an op has none, or the reason is one of those that are known."""
    why = Printed.of(sample.program, "auto").why
    lacking = tuple(op.name for op in o.walk(sample.program.body) if type(op) in ALONE)

    assert not why or why.startswith((*REASONS, *lacking))


def test_printing_imports_no_numpy():
    """`describe --code` on a host without numpy prints both gears: the listing is text that text made."""
    import subprocess
    import sys

    code = (
        "import sys; from arrowsmith_vm.emitter import VirtualMachine; from arrowsmith.testing.corpus import corpus;"
        "[VirtualMachine().emit(s.program, None) for s in corpus()]; sys.exit(bool({'numpy', 'pyarrow'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# --- what is printed -----------------------------------------------------------------------------------------------------


def rdw() -> Program:
    """Records behind a length of two bytes that counts itself and the two behind it."""
    b = Builder("RDW", "framer")
    b.emit(o.Need(n=4))
    size = b.register()
    b.emit(o.LoadInt(out=size, at=0, size=2, encoding="unsigned"))
    rest, start = b.register(), b.register()
    b.emit(o.Let(out=rest, how="sub", a=size, b=4))
    b.emit(o.Skip(n=4))
    b.emit(o.Tell(out=start))
    b.emit(o.Need(n=rest))
    b.emit(o.Skip(n=rest))
    b.emit(o.Frame(start=start, length=rest))
    program = b.program()
    verify(program)
    return program


def test_the_loop_of_a_framer_holds_nothing_needless():
    """Bounds are tested once, nothing wraps around that cannot, a place is no sum where it is known."""
    listing = VirtualMachine().emit(rdw(), Target()).listing
    loop = listing.split("  for m in range(spare + 1):\n")[1].split(" except Trap")[0]

    assert loop == (
        "   b = q\n"
        "   if b >= e:\n"
        "    stop = 'end'\n"
        "    break\n"
        "   if b + 4 > e: raise More\n"
        "   r0 = load0(s, b)[0]\n"
        "   r1 = r0 - 4\n"
        "   r2 = 4\n"
        "   if r1 < 0: raise Trap\n"
        "   p0 = b + 4 + r1\n"
        "   if p0 > e: raise More\n"
        "   starts(b + 4)\n"
        "   lengths(r1)\n"
        "   q = p0\n"
    )


def test_the_lockstep_form_reads_as_the_program_does():
    """A line an op; fields that stand as numpy has them are taken from one array of records."""
    b = Builder("T")
    b.emit(o.Need(n=10))
    cs = b.charset(known("cp037"))
    number, name, total = b.register(), b.register("text"), b.register()
    b.emit(o.LoadInt(out=number, at=0, size=2, encoding="unsigned"))
    b.emit(o.Put(column=b.column(0, "u16", ("n",)), a=number))
    b.emit(o.LoadText(out=name, at=2, size=5, charset=cs, trim="right", pad=b"\x40"))
    b.emit(o.RoomData(column=b.column(0, "utf8", ("t",)), n=10))
    b.emit(o.Put(column=1, a=name))
    b.emit(o.Unpack(out=total, at=7, size=3, digits=5, fail="null", site=b.site("TOTAL")))
    b.emit(o.Put(column=b.column(0, "i32", ("total",)), a=total))
    program = b.program()
    verify(program)

    assert Printed.of(program, "auto").lockstep.splitlines() == [
        "text0 = text(charset('cp037'), 'right', b'@', 'error', b'')",
        "bcd0 = packed(3, 5, 'trailing', False, b'')",
        "record0 = np.dtype({'names': ['>u2@0'], 'formats': ['>u2'], 'offsets': [0]})",
        "",
        "def tile(x):",
        " s = x.scope",
        " a = x.places",
        " e = x.left",
        " x.need(s, e, 10)",
        " b0 = a.block(0, 10)",
        " b0f = b0.fields(0, record0)",
        " v0 = b0f['>u2@0']",
        " x.put(s, 0, v0, None)",
        " v1, g0, t0 = text0(b0, 2, 5)",
        " x.fail_if(s, t0, g0)",
        " x.put_text(s, 1, v1, None)",
        " v2, g1, t1 = bcd0(b0, 7)",
        " g1 = x.refused(s, t1, g1, 0)",
        " x.put(s, 2, v2, g1)",
    ]


# --- the gears -----------------------------------------------------------------------------------------------------------


@given(st.data())
def test_both_gears_decode_many_records_as_the_oracle_does(data: st.DataObject):
    """Tiles of many records, with damaged ones among them, in outputs that are large and small."""
    program = data.draw(programs(without=frozenset(ALONE), pieces=6))
    records = repeated(data.draw(inputs_for(program, most=30)), 130)
    ways = data.draw(st.sampled_from([Ways(), Ways(capacity=40, data=300, log=20), Ways(batch=45)]))
    for gear in ("scalar", "lockstep", "auto"):
        with closing(load(program, gear)) as kernel:
            agree(kernel, program, records, ways)


def invoices() -> Program:
    """A number, packed lines that are counted, a text; lines are logged where they are invalid, a bad count fails the record."""
    b = Builder("INVOICE")
    count, number, amount, name = b.register(), b.register(), b.register(), b.register("text")
    level = b.level(0, ("lines",))
    b.emit(o.Need(n=5))
    b.emit(o.Unpack(out=number, at=0, size=4, digits=7))
    b.emit(o.Put(column=b.column(0, "i32", ("number",)), a=number))
    b.emit(o.LoadInt(out=count, at=4, size=1, encoding="unsigned"))
    b.emit(o.Skip(n=5))
    b.emit(o.Room(level=level, n=count))
    total = b.register()
    b.emit(o.Let(out=total, how="mul", a=count, b=3))
    b.emit(o.Need(n=total))
    body = [
        o.Unpack(out=amount, at=0, size=3, digits=5, fail="null", site=b.site("AMOUNT")),
        o.Put(column=b.column(level, "i32", ("lines", "amount")), a=amount),
        o.Skip(n=3),
    ]
    b.emit(o.Repeat(count=count, level=level, body=Block(body)))
    b.emit(o.Need(n=6))
    cs = b.charset(known("cp037"))
    b.emit(o.LoadText(out=name, at=0, size=6, charset=cs, trim="right", pad=b"\x40", undecodable="replace"))
    c = b.column(0, "utf8", ("name",))
    b.emit(o.RoomData(column=c, n=12))
    b.emit(o.Put(column=c, a=name))
    program = b.program()
    verify(program)
    return program


def records(damage: dict[int, str], count: int = 3000) -> Given:
    data, frames = b"", []
    for i in range(count):
        lines = i % 4
        record = bytearray(bytes.fromhex(f"{i:07}C") + bytes([lines]) + bytes.fromhex("12345D") * lines)
        record += ("\u00fc" * (i % 3) + "AB").ljust(6).encode("cp037")
        match damage.get(i):
            case "digit":
                record[0] = 0xFA
            case "line" if lines:
                record[5] = 0xAA
            case "short":
                del record[-2:]
            case "count":
                record[4] = 200
        frames.append((len(data), len(record)))
        data += bytes(record)
    return Given(data=data, frames=tuple(frames))


DAMAGES = {
    "none": {},
    "one of each": {700: "digit", 1501: "line", 2002: "short", 2003: "count"},
    "the last": {2999: "digit"},
    "the first and neighbours": {0: "digit", 1: "short", 2: "digit", 3: "digit", 40: "count", 41: "line"},
    "every hundredth": {i: ("digit", "short", "count", "line")[i // 100 % 4] for i in range(17, 3000, 100)},
    "every tenth": {i: ("digit", "short", "count", "line")[i // 10 % 4] for i in range(1, 3000, 10)},
    "many lines": dict.fromkeys(range(0, 3000, 3), "line"),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
@pytest.mark.parametrize("gear", ["auto", "lockstep"])
def test_damaged_records_come_out_one_by_one(gear: str, damage: dict[int, str]):
    """However tiles are cut by damaged records, the rest is decoded, and the log holds each event once."""
    program, given = invoices(), records(damage)
    source, count = given.input(), len(given.frames)
    expected = decode(Oracle(program), program, source, count, skip=True, capacity=8192, data=1 << 16, log=4096)
    for capacity, size, log in ((8192, 1 << 16, 4096), (700, 3000, 64)):
        with closing(load(program, gear)) as kernel:
            found = decode(kernel, program, source, count, skip=True, capacity=capacity, data=size, log=log)

        assert not compare(expected, found)
    assert expected.failed == sorted(i for i, what in damage.items() if what != "line")


def test_most_records_of_damaged_data_still_run_in_lockstep(monkeypatch: pytest.MonkeyPatch):
    """One record in a hundred does not send the others to the scalar gear."""
    program, given = invoices(), records(DAMAGES["every hundredth"])
    kernel = load(program)
    gear = kernel.function.__self__
    alone = 0

    def scalar(*arguments, run=gear.scalar):
        nonlocal alone
        status = run(*arguments)
        alone += status.frames
        return status

    gear.scalar = scalar
    with closing(kernel):
        found = decode(
            kernel, program, given.input(), len(given.frames), skip=True, capacity=8192, data=1 << 16, log=4096
        )

    assert found.rows[0] == 3000 - 23
    assert alone < 600


# --- depth ---------------------------------------------------------------------------------------------------------------


def nested_conditions(depth: int) -> Program:
    b = Builder("DEEP")
    b.emit(o.Need(n=1))
    tag = b.register()
    b.emit(o.LoadInt(out=tag, at=0, size=1, encoding="unsigned"))
    c = b.column(0, "u8", ("deepest",))
    body = Block([o.Put(column=c, a=tag)])
    for level in range(depth):
        test = b.register()
        body = Block([o.Let(out=test, how="ge", a=tag, b=level), o.If(test=test, then=body)])
    for op in body:
        b.emit(op)
    return b.program()


def nested_lists(depth: int) -> Program:
    b = Builder("DEEP")
    parent, path = 0, ()
    levels = []
    for level in range(depth):
        path = (*path, f"l{level}")
        parent = b.level(parent, path)
        levels.append(parent)
    number = b.register()
    c = b.column(parent, "u8", (*path, "n"))
    body = Block(
        [
            o.Need(n=1),
            o.LoadInt(out=number, at=0, size=1, encoding="unsigned"),
            o.Put(column=c, a=number),
            o.Skip(n=1),
        ]
    )
    for level in reversed(levels):
        body = Block(
            [
                o.Room(level=level, n=2 if level < 4 else 1),
                o.Repeat(count=2 if level < 4 else 1, level=level, body=body),
            ]
        )
    for op in body:
        b.emit(op)
    return b.program()


@pytest.mark.parametrize("program", [nested_conditions(130), nested_lists(30)], ids=["conditions", "lists"])
@pytest.mark.parametrize("gear", ["scalar", "auto"])
def test_programs_may_nest_deeper_than_python_does(program: Program, gear: str):
    """CPython takes 20 loops in one another and 100 indents; a Program may hold more."""
    verify(program)
    source = new_input(bytes(range(200)) * 2, 8)
    expected = decode(Oracle(program), program, source, 50, capacity=500)
    with closing(load(program, gear)) as kernel:
        assert not compare(expected, decode(kernel, program, source, 50, capacity=500))


def test_a_split_function_may_run_in_several_threads():
    """The parts of a function share variables; each call has its own."""
    from concurrent.futures import ThreadPoolExecutor

    program = nested_lists(30)
    source = new_input(bytes(range(200)) * 2, 8)
    expected = decode(Oracle(program), program, source, 50, capacity=500)
    with closing(load(program, "scalar")) as kernel, ThreadPoolExecutor(4) as pool:
        runs = [pool.submit(decode, kernel, program, source, 50, capacity=500) for _ in range(12)]
        assert all(not compare(expected, run.result()) for run in runs)
