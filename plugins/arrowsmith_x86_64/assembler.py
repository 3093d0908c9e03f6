"""Mnemonics and operands become iced-x86 instructions; labels, cold code and constants become one position-independent image.

`Assembler.mov(RAX, q(RBP, 8))` finds the one encoding that iced-x86 names for these operands; a trailing `_` avoids Python's words.
An image is: a jump to the code, the constants (aligned), the code; its first byte is its entry.
Invariant: one pass of `BlockEncoder`; the same calls give the same bytes.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from arrowsmith.errors import InternalError
from arrowsmith_x86_64.operands import RIP, Mem, Reg, ice, narrow

Instruction: Any = ice.Instruction

#: labels are numbers that no place in an image can have
_LABELS: Final = 1 << 32


# --- which encoding ----------------------------------------------------------------------------------------------------

#: parts of the name of an encoding → the kinds of operands that it takes
_TAKES: Final[dict[str, frozenset[object]]] = {
    **{f"R{n}": frozenset({f"R{n}"}) for n in (8, 16, 32, 64)},
    **{f"RM{n}": frozenset({f"R{n}", n}) for n in (8, 16, 32, 64)},
    **{f"M{n}": frozenset({n}) for n in (8, 16, 32, 64, 128, 256, 512)},
    **{v: frozenset({v}) for v in ("XMM", "YMM", "ZMM", "KR")},
    **{f"XMMM{n}": frozenset({"XMM", n}) for n in (16, 32, 64, 128)},
    **{f"YMMM{n}": frozenset({"YMM", n}) for n in (256,)},
    **{f"ZMMM{n}": frozenset({"ZMM", n}) for n in (512,)},
    "XMMM128B32": frozenset({"XMM", 128}), "YMMM256B32": frozenset({"YMM", 256}), "ZMMM512B32": frozenset({"ZMM", 512}),
    "XMMM128B64": frozenset({"XMM", 128}), "YMMM256B64": frozenset({"YMM", 256}), "ZMMM512B64": frozenset({"ZMM", 512}),
    "M": frozenset({8, 16, 32, 64, 128, 256, 512}),
    "R32M16": frozenset({"R32", 16}), "R32M8": frozenset({"R32", 8}),
    "CL": frozenset({"R8"}),  # no other byte register can be encoded there
    "IMM8": frozenset({"IMM8"}), "IMM16": frozenset({"IMM8", "IMM32"}), "IMM32": frozenset({"IMM8", "IMM32"}),
    "IMM64": frozenset({"IMM64"}),
}  # fmt: skip


@functools.cache
def _index() -> dict[str, list[tuple[str, tuple[frozenset[object], ...]]]]:
    """mnemonic → encodings, plain before VEX before EVEX, shortest immediate first."""
    found: dict[str, list[tuple[str, tuple[frozenset[object], ...]]]] = {}
    order = {"": 0, "VEX": 1, "EVEX": 2}
    names = []
    for name in dir(ice.Code):
        parts = name.split("_")
        space = parts.pop(0) if parts[0] in ("VEX", "EVEX", "XOP", "MVEX", "D3NOW") else ""
        if space in order and not name.startswith("__") and "KNC" not in parts:
            names.append(
                (
                    order[space],
                    # SSE2 has an encoding of its own for registers, which this one of SSE4.1 has too
                    name.startswith("PEXTRW_R32M16"),
                    name.endswith(("IMM16", "IMM32")),
                    name,
                    [p for p in parts if p not in ("K1Z", "K1", "SAE", "ER")],
                )
            )
    for _, _, _, name, (mnemonic, *parts) in sorted(names):
        if all(p in _TAKES for p in parts):
            found.setdefault(mnemonic, []).append((name, tuple(_TAKES[p] for p in parts)))
    return found


#: how iced makes an instruction, and its encoding
Form = tuple[Callable[..., Any], int]
#: mnemonic → kinds of the operands → form; a pure function's tables
_FORMS: Final[dict[str, dict[tuple[object, ...], Form]]] = {}
_FORMS_OF_TWO: Final[dict[str, dict[tuple[object, ...], Form]]] = {}


def _known(forms: dict[tuple[object, ...], Form], mnemonic: str, kinds: tuple[object, ...]) -> Form:
    forms[kinds] = _form(mnemonic, kinds)
    return forms[kinds]


def _immediate(value: int) -> str:
    return "IMM8" if -128 <= value < 128 else "IMM32" if -(1 << 31) <= value < 1 << 31 else "IMM64"


def _form(mnemonic: str, kinds: Sequence[object]) -> Form:
    wanted = mnemonic.rstrip("_").upper()
    for name, takes in _index().get(wanted, []):
        if len(takes) != len(kinds) or not all(k in t for k, t in zip(kinds, takes, strict=True)):
            continue
        if ice.OpCodeInfo(getattr(ice.Code, name)).mode64:
            words = [
                "mem" if isinstance(k, int) else "u64" if k == "IMM64" else "i32" if str(k).startswith("IMM") else "reg"
                for k in kinds
            ]
            create = getattr(Instruction, "_".join(["create", *words]))
            return create, getattr(ice.Code, name)
    raise InternalError(f"iced-x86 has no encoding {wanted.lower()} of {', '.join(map(str, kinds)) or 'nothing'}")


#: an instruction, the number of a label, or a note for the listing
Item = Any


class Assembler:
    """Collects one image: hot code in order, cold code behind it, constants before it."""

    def __init__(self, features: frozenset[str] = frozenset()) -> None:
        self.features = features
        self._hot: list[Item] = []
        self._cold: list[Item] = []
        self._apart: list[Item] = []
        self._out = self._hot
        #: numbers of the pieces of code that are open, one inside the other, none of them used twice
        self._nested = [0]
        self._pieces = 0
        self._labels = _LABELS
        self._branches: list[Any] = []
        self._data = bytearray(64)
        self._places: dict[tuple[bytes, int], int] = {}

    def __getattr__(self, mnemonic: str) -> Callable[..., None]:
        """The method that emits *mnemonic*."""
        forms = _FORMS.setdefault(mnemonic, {})
        forms_of_two = _FORMS_OF_TWO.setdefault(mnemonic, {})

        def emit(*operands: Any) -> None:
            if len(operands) == 2:  # most are; and a tuple of two is the cheapest key
                a, b = operands
                kinds = (
                    _immediate(a) if a.__class__ is int else a.kind,
                    _immediate(b) if b.__class__ is int else b.kind,
                )
                create, code = forms_of_two.get(kinds) or _known(forms_of_two, mnemonic, kinds)
                made = create(code, a.place if a.__class__ is Mem else a, b.place if b.__class__ is Mem else b)
            else:
                every = tuple([_immediate(o) if o.__class__ is int else o.kind for o in operands])
                create, code = forms.get(every) or _known(forms, mnemonic, every)
                made = create(code, *[o.place if o.__class__ is Mem else o for o in operands])
            self._out.append(made)

        setattr(self, mnemonic, emit)
        return emit

    # --- what the plain names do not say ---------------------------------------------------------------------------------

    def constant(self, register: Reg, value: int) -> None:
        """*register* (64 bits) = *value*, modulo 2⁶⁴, by the shortest instruction.  Changes the flags."""
        value &= (1 << 64) - 1
        if value == 0:
            self.xor(narrow(register, 32), narrow(register, 32))
        elif value < 1 << 32:
            self._out.append(Instruction.create_reg_u32(ice.Code.MOV_R32_IMM32, narrow(register, 32), value))
        elif value >= (1 << 64) - (1 << 31):
            self._out.append(Instruction.create_reg_i32(ice.Code.MOV_RM64_IMM32, register, value - (1 << 64)))
        else:
            self._out.append(Instruction.create_reg_u64(ice.Code.MOV_R64_IMM64, register, value))

    def keep_flags(self, register: Reg, value: int) -> None:
        """`constant` that leaves the flags alone."""
        self._out.append(Instruction.create_reg_u32(ice.Code.MOV_R32_IMM32, narrow(register, 32), value))

    def unsigned32(self, mnemonic: str, operand: Reg | Mem, value: int) -> None:
        """A 32-bit operation with an immediate that is given unsigned."""
        getattr(self, mnemonic)(operand, value - (1 << 32) if value >= 1 << 31 else value)

    def shift(self, mnemonic: str, register: Reg, count: int) -> None:
        """shl, shr, sar, rol or ror by a constant; nothing where it is 0."""
        if count:
            code = getattr(ice.Code, f"{mnemonic.upper()}_RM{register.kind[1:]}_IMM8")
            self._out.append(Instruction.create_reg_i32(code, register, count))

    def masked(self, mask: Reg, *, zero: bool = False) -> None:
        """The last instruction writes only the lanes that *mask* chooses; *zero*: and zero to the others."""
        last = self._out[-1]
        last.op_mask = mask
        last.zeroing_masking = zero

    def ret(self) -> None:
        """Return."""
        self._out.append(Instruction.create(ice.Code.RETNQ))

    # --- labels and branches ----------------------------------------------------------------------------------------------

    def label(self) -> int:
        """A new label, to be placed once."""
        self._labels += 1
        return self._labels

    def place(self, label: int) -> None:
        """*label* is here."""
        self._out.append(label)

    @property
    def here(self) -> tuple[int, int]:
        """Where code is emitted now: it changes with every instruction, label and note, and in cold and captured code."""
        return self._nested[-1], len(self._out)

    @property
    def last(self) -> Item:
        """What was emitted last."""
        return self._out[-1]

    def note(self, text: str) -> None:
        """What follows is for *text*: a line of the listing."""
        self._out.append(text)

    def jump(self, label: int, condition: str = "mp") -> None:
        """Jump to *label*, where *condition* ("e", "ae", …) holds."""
        made = Instruction.create_branch(_jumps()[condition], label)
        self._branches.append(made)
        self._out.append(made)

    def call(self, label: int) -> None:
        """Call the routine at *label*."""
        made = Instruction.create_branch(ice.Code.CALL_REL32_64, label)
        self._branches.append(made)
        self._out.append(made)

    @contextmanager
    def cold(self) -> Iterator[None]:
        """What is emitted inside goes behind the hot code; it must end in a jump."""
        with self.captured() as items:
            yield
        self._cold += items

    @contextmanager
    def apart(self) -> Iterator[None]:
        """What is emitted inside, a routine, goes behind the cold code."""
        with self.captured() as items:
            yield
        self._apart += items

    @contextmanager
    def recorded(self) -> Iterator[tuple[list[Item], list[Item]]]:
        """What is emitted inside, hot and cold, goes to the lists, and into place as well."""
        held, self._cold = self._cold, []
        try:
            with self.captured() as items:
                yield items, self._cold
        finally:
            cold, self._cold = self._cold, held
            self._cold += cold
        self._out += items

    @contextmanager
    def captured(self) -> Iterator[list[Item]]:
        """What is emitted inside goes to the list instead; `splice` puts it in place."""
        held, self._out = self._out, []
        self._pieces += 1
        self._nested.append(self._pieces)
        try:
            yield self._out
        finally:
            self._out = held
            self._nested.pop()

    def splice(self, items: list[Item]) -> None:
        """Put captured code here."""
        self._out += items

    def splice_cold(self, items: list[Item]) -> None:
        """Put captured code behind the hot code."""
        self._cold += items

    def branches(self, made: Any) -> None:
        """*made* is a branch to a label, put into place by `splice`."""
        self._branches.append(made)

    # --- constants -----------------------------------------------------------------------------------------------------------

    def data(self, content: bytes, align: int = 16) -> int:
        """Where the image holds *content*, once however often it is asked for."""
        place = self._places.get((content, align))
        if place is None:
            self._data += bytes(-len(self._data) % align)
            place = self._places[content, align] = len(self._data)
            self._data += content
        return place

    def constants(self) -> tuple[tuple[int, int], ...]:
        """(place, size) of all that `data` was given."""
        return tuple((place, len(content)) for (content, _), place in self._places.items())

    def const(self, content: bytes) -> Mem:
        """A memory operand that is *content* (1, 2, 4, 8, 16, 32 or 64 bytes)."""
        return Mem(8 * len(content), RIP, self.data(content, len(content)))

    def image(self) -> tuple[bytes, list[Any], dict[int, list[str]]]:
        """The finished bytes; the instructions, whose `ip` is the label in front of them or 0; notes, by the number of the instruction
        behind them."""
        alias: dict[int, int] = {}
        code: list[Any] = []
        waiting: list[int] = []
        notes: dict[int, list[str]] = {}
        for item in [*self._hot, *self._cold, *self._apart]:
            if item.__class__ is int:
                waiting.append(item)
                continue
            if item.__class__ is str:
                notes.setdefault(len(code), []).append(item)
                continue
            if waiting:
                item.ip = waiting[0]
                for label in waiting:
                    alias[label] = waiting[0]
                waiting = []
            code.append(item)
        if waiting:
            raise InternalError("a label is placed behind the last instruction")
        for branch in self._branches:
            branch.near_branch64 = alias[branch.near_branch64]
        data = bytes(self._data) + bytes(-len(self._data) % 64)
        encoder = ice.BlockEncoder(64)
        encoder.add_many(code)
        text = encoder.encode(len(data))
        return b"\xe9" + (len(data) - 5).to_bytes(4, "little") + b"\xcc" * 59 + data[64:] + text, code, notes


@functools.cache
def _jumps() -> dict[str, int]:
    names = ("mp", "a", "ae", "b", "be", "e", "ne", "g", "ge", "l", "le", "o", "no", "s", "ns", "p", "np")
    return {name: getattr(ice.Code, f"J{name.upper()}_REL32_64") for name in names}
