"""Addresses are followed through x86-64 code: what each register and place may hold in front of each instruction, until nothing changes.

Every operand in memory is then judged where its instruction is reached.  A routine is followed for each way it is entered, and must
return with the stack as it was; the kernel must return with the caller's registers as they were.
Sources: System V AMD64 ABI, figure 3.4; "x64 calling convention", Microsoft Learn; for what instructions read and write, iced-x86.
"""

from __future__ import annotations

from typing import Any, Final

from arrowsmith.program.kernel import CodeMap
from arrowsmith.testing.machine_memory import RSP, Memory, address, register_value, signed
from arrowsmith.testing.machine_steps import GENERAL, PLACE, R, Step, full, ice
from arrowsmith.testing.machine_values import (
    NULL,
    NUMBER,
    ZERO,
    Value,
    add,
    constant,
    detail,
    join,
    numbers,
    only,
    subtract,
    value,
)

_ARGUMENT: Final = {"sysv": 7, "win64": 1}
_KEPT: Final = {"sysv": (3, 5, 12, 13, 14, 15), "win64": (3, 5, 6, 7, 12, 13, 14, 15, *range(22, 32))}
_MOVES: Final = frozenset(getattr(ice.Mnemonic, n) for n in ("MOVUPS", "MOVDQU", "MOVDQA", "VMOVUPS", "VMOVDQU"))
_PLAIN: Final = frozenset({ice.Mnemonic.MOV, *_MOVES})
_CMOV: Final = frozenset(n for name, n in vars(ice.Mnemonic).items() if name.startswith("CMOV"))
_MOVED: Final = frozenset({ice.Mnemonic.MOV, ice.Mnemonic.MOVZX})
#: the most bytes below the return address
STACK: Final = 4096

#: registers, places of the block by displacement, places of the stack by offset from the return address
State = tuple[tuple[Value, ...], dict[int, Value], dict[int, Value]]


class Flow:
    """Follows *instructions*, by place, of the image *data*, which *chart* describes."""

    def __init__(self, data: bytes, chart: CodeMap, instructions: dict[int, Any], convention: str) -> None:
        self._data, self._chart = data, chart
        factory = ice.InstructionInfoFactory()
        self._steps = {place: Step(i, factory) for place, i in instructions.items()}
        self._joins = {chart.start} | {
            i.near_branch_target for i in instructions.values() if i.flow_control in (1, 3, 5)
        }
        self._routines: dict[Any, State | None] = {}
        self._touched: dict[int, frozenset[int]] = {}
        self._faults: dict[tuple[int, str], None] = {}
        self._reached: set[int] = set()
        self._convention = convention
        self._memory = Memory(data, chart, self._say)

    def faults(self) -> list[tuple[int, str]]:
        """(place, what is wrong there), in order."""
        registers = [value("kept", n) for n in range(32)]
        registers[_ARGUMENT[self._convention]] = value("context", 0)
        registers[RSP] = value("stack", 0)
        end = self._follow(self._chart.start, (tuple(registers), {}, {}), main=True)
        if end is None:
            self._faults[self._chart.start, "never returns"] = None
        return sorted(self._faults)

    def _say(self, step: Step, what: str) -> None:
        self._faults[step.i.ip, what] = None

    # --- from block to block ---------------------------------------------------------------------------------------------

    def _follow(self, start: int, state: State, *, main: bool = False) -> State | None:
        """The state where what begins at *start* returns; None where it never does."""
        entry: dict[int, State] = {start: state}
        waiting, end = [start], None
        while waiting:
            place = waiting.pop()
            registers, slots, stack = entry[place]
            now: tuple[list[Value], dict[int, Value], dict[int, Value]] = (list(registers), dict(slots), dict(stack))
            going = True
            while going:
                step = self._steps[place]
                flow = step.i.flow_control
                self._reached.add(place)
                targets: list[int] = []
                if flow == 0:
                    self._step(step, now)
                elif flow == 4:
                    self._returns(step, now, main=main)
                    after = (tuple(now[0]), now[1], now[2])
                    end = after if end is None else _join_states(end, after, self._chart.fresh)
                    break
                elif flow == 5:
                    if not self._call(step, now):
                        break
                else:
                    targets.append(self._decided(step.i.near_branch_target, now))
                going = flow != 1
                place = step.i.next_ip
                if going and (place in self._joins or self._decides(place, now) is not None):
                    targets.append(self._decided(place, now))
                    going = False
                for target in targets:
                    frozen = (tuple(now[0]), dict(now[1]), dict(now[2]))
                    known = entry.get(target)
                    merged = frozen if known is None else _join_states(known, frozen, self._chart.fresh)
                    if merged != known:
                        entry[target] = merged
                        waiting.append(target)
        return end

    def _decided(self, place: int, now: Any) -> int:
        """Where *place* leads for sure, past comparisons of what is known: so that where a flag says that a text is absent, nothing that
        was in a register instead of it is taken for the text."""
        seen: set[int] = set()
        while place not in seen and (following := self._decides(place, now)) is not None:
            seen.add(place)
            place = following
        return place

    def _decides(self, place: int, now: Any) -> int | None:
        """Where a place of the block that holds one known number is compared with a number, and a jump on their being equal follows: where
        that goes; None where it is anything else."""
        step, after = self._steps[place], self._steps.get(self._steps[place].i.next_ip)
        i = step.i
        compares = i.mnemonic == ice.Mnemonic.CMP and i.op0_kind == ice.OpKind.MEMORY and i.memory_base == R.RBP
        if not compares or i.memory_index != R.NONE or i.op_kind(1) in (ice.OpKind.REGISTER, ice.OpKind.MEMORY):
            return None
        if after is None or after.i.mnemonic not in (ice.Mnemonic.JE, ice.Mnemonic.JNE):
            return None
        if ice.MemorySizeExt.size(i.memory_size) != 8 or now[0][PLACE[R.RBP]] != value("context", 0):
            return None
        few = numbers(now[1].get(i.memory_displacement, NUMBER))
        if few is None or len(few) != 1:
            return None
        self._step(step, now)
        self._reached |= {place, after.i.ip}
        equal = next(iter(few)) == signed(i.immediate(1))
        taken = equal == (after.i.mnemonic == ice.Mnemonic.JE)
        return int(after.i.near_branch_target if taken else after.i.next_ip)

    def _returns(self, step: Step, now: Any, *, main: bool) -> None:
        if now[0][RSP] != value("stack", 0):
            self._say(step, "returns with another stack than it was entered with")
        if main:
            for n in _KEPT[self._convention]:
                if now[0][n] != value("kept", n):
                    name = GENERAL[n].lower() if n < 16 else f"xmm{n - 16}"
                    self._say(step, f"returns with another {name} than the caller's")

    def _call(self, step: Step, now: Any) -> bool:
        """Follow the routine; whether it returns."""
        self._stack_place(step, add(now[0][RSP], constant(-8)), 8)
        target = step.i.near_branch_target
        registers = list(now[0])
        registers[RSP] = value("stack", 0)
        places = self._places(target)
        slots = {k: v for k, v in now[1].items() if k in places}
        key = (target, tuple(registers), tuple(sorted(slots.items(), key=lambda s: s[0])))
        if key not in self._routines:
            self._routines[key] = None  # a routine that calls itself would end here
            self._routines[key] = self._follow(target, (tuple(registers), slots, {}))
        after = self._routines[key]
        if after is None:
            self._say(step, "calls what does not return")
            return False
        rsp = now[0][RSP]
        now[0][:] = after[0]
        now[0][RSP] = rsp
        now[1].update(after[1])
        return True

    def _places(self, target: int) -> frozenset[int]:
        """The places of the block that the routine at *target*, and what it calls, names."""
        if target not in self._touched:
            self._touched[target] = frozenset()
            found: set[int] = set()
            seen, waiting = set(), [target]
            while waiting:
                place = waiting.pop()
                while place not in seen:
                    seen.add(place)
                    step = self._steps[place]
                    found |= {m[3] for m in step.memory if m[0] == R.RBP}
                    flow = step.i.flow_control
                    if flow == 5:
                        found |= self._places(step.i.near_branch_target)
                    elif flow in (1, 3):
                        waiting.append(step.i.near_branch_target)
                    if flow in (1, 4):
                        break
                    place = step.i.next_ip
            self._touched[target] = frozenset(found)
        return self._touched[target]

    # --- one instruction --------------------------------------------------------------------------------------------------

    def _step(self, step: Step, now: Any) -> None:
        i, registers = step.i, now[0]
        mnemonic = i.mnemonic
        if mnemonic == ice.Mnemonic.PUSH or mnemonic == ice.Mnemonic.POP:
            self._push_or_pop(step, now)
            return
        read: Value | None = None
        for base, index, scale, displacement, size, reads, writes in step.memory:
            where = self._memory.where(step, registers, base, index, scale, displacement)
            if where is None:
                continue
            if reads:
                read = self._memory.load(step, where, size, now)
            if writes:
                plain = mnemonic in _PLAIN and size in (8, 16)
                self._memory.store(step, where, size, self._operand(i, registers, None) if plain else NUMBER, now)
        made = self._made(step, registers, read)
        for n in step.written:
            registers[n] = made if n == PLACE.get(full(i.op0_register)) and made is not None else NUMBER

    def _push_or_pop(self, step: Step, now: Any) -> None:
        i, registers, stack = step.i, now[0], now[2]
        if i.op0_kind != ice.OpKind.REGISTER or PLACE.get(i.op0_register, RSP) == RSP:
            self._say(step, "pushes or pops something other than a register")
            return
        n = PLACE[i.op0_register]
        if i.mnemonic == ice.Mnemonic.PUSH:
            registers[RSP] = add(registers[RSP], constant(-8))
            where = self._stack_place(step, registers[RSP], 8)
            if where is not None:
                stack[where] = registers[n]
            return
        where = self._stack_place(step, registers[RSP], 8)
        registers[n] = stack.get(where, NUMBER) if where is not None else NUMBER
        registers[RSP] = add(registers[RSP], constant(8))

    def _stack_place(self, step: Step, at: Value, size: int) -> int | None:
        if not only(at, "stack") or detail(at) is None or not -STACK <= detail(at) <= -size:
            self._say(step, "uses the stack outside what it has pushed")
            return None
        return int(detail(at))

    def _made(self, step: Step, registers: list[Value], read: Value | None) -> Value | None:
        """What the first operand holds afterwards, where it is a register and more than a number is known of it."""
        i = step.i
        mnemonic, M = i.mnemonic, ice.Mnemonic
        if i.op_count == 0 or i.op0_kind != ice.OpKind.REGISTER:
            return None
        target = i.op0_register
        whole = target in PLACE
        if mnemonic in (M.XOR, M.SUB) and i.op1_kind == ice.OpKind.REGISTER and i.op1_register == target:
            return ZERO if ice.RegisterExt.size(target) >= 4 else None
        if i.op_count < 2:
            one = {M.INC: 1, M.DEC: -1}.get(mnemonic)
            return add(registers[PLACE[target]], constant(one)) if whole and one else None
        if mnemonic in _MOVED and i.op1_kind not in (ice.OpKind.REGISTER, ice.OpKind.MEMORY):
            return constant(i.immediate(1)) if ice.RegisterExt.size(target) >= 4 else None
        if not whole:
            return (
                read
                if mnemonic in _MOVED and ice.RegisterExt.size(target) == 4 and read is not None and numbers(read)
                else None
            )
        self._moves_near(step, registers)
        if mnemonic == M.LEA:
            base = (
                constant(i.memory_displacement)
                if i.memory_base == R.NONE
                else address(registers, i.memory_base, i.memory_displacement)
            )
            if i.memory_index != R.NONE:
                base = add(base, register_value(i.memory_index, registers), i.memory_index_scale)
            return base
        other = self._operand(i, registers, read)
        if mnemonic == M.MOV or mnemonic in _MOVES:
            return other
        if mnemonic in _CMOV:
            return join(registers[PLACE[target]], other)
        if mnemonic == M.ADD:
            return add(registers[PLACE[target]], other)
        if mnemonic == M.SUB:
            return subtract(registers[PLACE[target]], other)
        return None

    def _moves_near(self, step: Step, registers: list[Value]) -> None:
        """An address that a number in the code is added to stays within what a displacement may reach: what is based on it later would
        be further away than any operand may say."""
        i, M = step.i, ice.Mnemonic
        if i.mnemonic == M.LEA and i.memory_base in PLACE:
            found, by = registers[PLACE[i.memory_base]], signed(i.memory_displacement)
        elif i.mnemonic in (M.ADD, M.SUB) and i.op1_kind not in (ice.OpKind.REGISTER, ice.OpKind.MEMORY):
            found, by = registers[PLACE[i.op0_register]], signed(i.immediate(1))
        else:
            return
        for region, _ in found:
            if abs(by) > self._chart.reach.get(region, abs(by)):
                self._say(step, f"moves an address of {region} by {by} bytes")

    def _operand(self, i: Any, registers: list[Value], read: Value | None) -> Value:
        """The second operand."""
        kind = i.op_kind(1)
        if kind == ice.OpKind.REGISTER:
            return register_value(i.op1_register, registers)
        if kind == ice.OpKind.MEMORY:
            return read if read is not None else NUMBER
        return constant(signed(i.immediate(1)))


def _join_states(a: State, b: State, fresh: int) -> State:
    registers = tuple(x if x is y else join(x, y) for x, y in zip(a[0], b[0], strict=True))
    return registers, _join_places(a[1], b[1], fresh), _join_places(a[2], b[2])


def _join_places(a: dict[int, Value], b: dict[int, Value], fresh: int = 1 << 62) -> dict[int, Value]:
    if a == b:
        return a
    joined = {}
    for place in a.keys() | b.keys():
        other = NULL if place >= fresh else NUMBER
        joined[place] = join(a.get(place, other), b.get(place, other))
    return joined
