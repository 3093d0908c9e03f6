"""A Program becomes the text of one C function: the loop over records, and a line or a block for each op.

Registers, cursors and columns are local variables, so that gcc sees what depends on what; a trap is a jump behind the loop, where
what the record had begun is taken back by reading the offsets that were committed before it.
Invariant: every op that `refusals` lets through has its function in `PRINTS`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from arrowsmith.program import ops as o
from arrowsmith.program.ops import Block, Op, R
from arrowsmith.program.program import Program
from arrowsmith_c import context
from arrowsmith_c.runtime import RUNTIME

#: kind of register → its C type
TYPES = {"i64": "i64", "u64": "u64", "i128": "i128", "f64": "double", "text": "const u8 *"}
#: storage → C type
STORED = {
    "bool": "u8", "i8": "int8_t", "u8": "u8", "i16": "int16_t", "u16": "uint16_t", "i32": "int32_t", "u32": "uint32_t",
    "i64": "i64", "u64": "u64", "f32": "float", "f64": "double", "dec128": "i128",
}  # fmt: skip

#: op → the method of `Printer`, filled by `prints` here and in the modules that print ops
PRINTS: dict[type[Op], Callable[[Printer, Any], None]] = {}


def prints(cls: type[Op]) -> Callable[[Callable[[Printer, Any], None]], Callable[[Printer, Any], None]]:
    """Enter the decorated function as what prints *cls*."""

    def enter(function: Callable[[Printer, Any], None]) -> Callable[[Printer, Any], None]:
        PRINTS[cls] = function
        return function

    return enter


def literal(n: int) -> str:
    """An integer as C has it, of any size below 128 bits."""
    if -(1 << 63) < n < 1 << 63:
        return f"{n}LL"
    if n < 0:
        return f"(-(i128){literal(-n)})"
    return f"((i128)((u128){n >> 64}ULL << 64 | {n & (1 << 64) - 1}ULL))"


class Printer:
    """``source()`` is the whole text.  Streams are numbered by nesting: ``s0``, ``e0``, ``p0`` are the record's start, end, cursor."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.framer = program.kind == "framer"
        self.lines: list[str] = []
        self.constants: dict[str, str] = {}
        self.stream = 0
        self.windows = [self.framer]  # of each stream: whether it is the framer's own
        self.made = 0
        self.elements: list[str] = [] if self.framer else ["0"]
        self.column_level = [c.level for c in program.columns]

    # --- what the functions of ops use ---

    def line(self, text: str) -> None:
        self.lines.append(text)

    @contextmanager
    def block(self, head: str = "") -> Iterator[None]:
        self.line(f"{head} {{")
        yield
        self.line("}")

    def new(self) -> int:
        """A number that no other variable has."""
        self.made += 1
        return self.made

    def value(self, x: R | int) -> str:
        return f"r{x.n}" if isinstance(x, R) else literal(x)

    def null(self, x: R | int) -> str:
        return f"n{x.n}" if isinstance(x, R) else "0"

    @property
    def left(self) -> str:
        return f"(e{self.stream} - p{self.stream})"

    @property
    def short(self) -> str:
        """What happens where bytes are wanted behind the stream's end."""
        return "goto more;" if self.windows[self.stream] else "goto failed;"

    def ends(self) -> None:
        """The stream's end is asked for."""
        if self.windows[self.stream]:
            self.line("if (!final) goto more;")

    def count(self, x: R | int) -> str:
        """An operand that says how many bytes, or where: traps where it is null or negative."""
        if isinstance(x, int):
            if x < 0:
                self.line("goto failed;")
            return literal(x)
        self.line(f"if (n{x.n} | (r{x.n} < 0)) goto failed;")
        return f"r{x.n}"

    def times(self, x: R | int) -> str:
        """An operand that says how often: null and negative are 0, too many trap."""
        if isinstance(x, int):
            if x > o.MOST:
                self.line("goto failed;")
            return literal(max(x, 0))
        n = self.new()
        self.line(f"const i64 t{n} = n{x.n} || r{x.n} < 0 ? 0 : r{x.n}; if (t{n} > MOST) goto failed;")
        return f"t{n}"

    def move(self, n: str) -> None:
        p, e = f"p{self.stream}", f"e{self.stream}"
        self.line(f"{p} = {n} > {e} - {p} ? {e} + 1 : {p} + {n};")

    @contextmanager
    def inside(self, start: str, end: str, cursor: str, *, window: bool) -> Iterator[None]:
        """Lines in another stream."""
        outer = self.stream
        self.stream = len(self.windows)
        self.windows.append(window)
        k = self.stream
        with self.block():
            self.line(f"const u8 *const s{k} = {start}, *const e{k} = {end}; const u8 *p{k} = {cursor};")
            yield
        self.stream = outer

    def table(self, data: bytes, type_: str = "u8", items: list[int] | None = None) -> str:
        """The name of a constant array."""
        body = ",".join(map(str, items if items is not None else data))
        key = f"{type_}:{body}"
        if key not in self.constants:
            self.constants[key] = f"k{len(self.constants)}"
        return self.constants[key]

    def refuse(self, op: Any) -> None:
        """By the op's disposition."""
        if op.fail == "trap":
            self.line("goto failed;")
            return
        self.line(
            f"if (logged >= log_room) {{ k[11] = -1000; k[12] = logged + 1; goto full; }} log[logged++] = f << 32 | {op.site};"
        )

    def run(self, block: Block) -> None:
        for op in block:
            PRINTS[type(op)](self, op)

    def element(self, level: int, number: str, body: Block) -> None:
        self.elements.append(number)
        self.run(body)
        self.elements.pop()
        if level >= 0:
            self.close_slot(level)

    def close_slot(self, level: int) -> None:
        """The offsets behind the slot, and the next slot."""
        for n, column in enumerate(self.program.columns):
            if column.level == level and column.varying:
                self.line(f"values{n}[l{level} + 1] = used{n};")
        for n, child in enumerate(self.program.levels):
            if n and child.parent == level:
                self.line(f"lists{n}[l{level} + 1] = l{n};")
        self.line(f"l{level}++;")

    # --- the whole ---

    def source(self) -> str:
        """The C of the Program."""
        # the modules that print ops enter themselves
        from arrowsmith_c import loads, registers, structure  # noqa: F401  # imported for that alone

        with self.block("int run(i64 *restrict k)"):
            (self._framer if self.framer else self._table)()
        constants = [
            f"static const {key.split(':')[0]} {name}[] = {{{key.split(':', 1)[1] or '0'}}};"
            for key, name in self.constants.items()
        ]
        return "\n".join([RUNTIME, *constants, *self.lines, ""])

    def _registers(self) -> None:
        for n, kind in enumerate(self.program.registers):
            self.line(f"{TYPES[kind]} r{n} = 0; int n{n} = 1;" + (f" i64 z{n} = 0;" if kind == "text" else ""))

    def _parameters(self) -> None:
        self.line(f"const i64 *const parameters = k + {context.PARAMETERS};")

    def _table(self) -> None:
        program = self.program
        self._parameters()
        self.line("const u8 *const window = (const u8 *)k[0]; const i64 first = k[1], stride = k[2], length = k[3];")
        self.line(
            "const u64 *const starts = (const u64 *)k[4]; const uint32_t *const lengths = (const uint32_t *)k[5];"
        )
        self.line(
            "u64 f = k[6]; const u64 end = k[7]; u64 *const log = (u64 *)k[8]; i64 logged = k[9]; const i64 log_room = k[10];"
        )
        at = context.levels(program)
        for n in range(len(program.levels)):
            here = at + len(context.LEVEL) * n
            self.line(f"i64 l{n} = k[{here}]; const i64 room{n} = k[{here + 1}];")
            self.line(f"int32_t *restrict const lists{n} = (int32_t *)k[{here + 2}];")
        at = context.columns(program)
        for n, column in enumerate(program.columns):
            here = at + len(context.COLUMN) * n
            kind = "int32_t" if column.varying else STORED.get(column.storage, "u8")
            self.line(
                f"{kind} *restrict const values{n} = ({kind} *)k[{here}]; u8 *restrict const valid{n} = (u8 *)k[{here + 1}];"
            )
            if column.varying:
                self.line(f"u8 *restrict const data{n} = (u8 *)k[{here + 2}]; const i64 bytes{n} = k[{here + 3}];")
                self.line(f"i64 used{n} = k[{here + 4}];")
        self.line("int stop = 0; i64 row = l0, logged0 = logged;")
        with self.block("for (; f < end; f++)"):
            self.line("row = l0; logged0 = logged;")
            self.line("if (l0 >= room0) { k[11] = -1; k[12] = l0 + 1; goto full; }")
            self.line("const u8 *const s0 = window + (stride ? first + (i64)f * stride : (i64)starts[f]);")
            self.line(
                f"const u8 *const e0 = s0 + {program.size or '(stride ? length : (i64)lengths[f])'}; const u8 *p0 = s0;"
            )
            self._registers()
            self.run(program.body)
            self.close_slot(0)
        self.line("goto done;")
        self.line("full: stop = 1; goto back;")
        self.line("failed: stop = 2;")
        self.line("back: logged = logged0;")
        for n in range(len(program.levels)):
            self.line(f"k[{context.levels(program) + len(context.LEVEL) * n + 3}] = l{n} + 1;")
        self.line("l0 = row;")
        for n in self._outer_first():
            if n:
                self.line(f"l{n} = lists{n}[l{program.levels[n].parent}];")
        for n, column in enumerate(program.columns):
            if column.varying:
                self.line(f"used{n} = values{n}[l{column.level}];")
        self.line("done:")
        self.line("k[6] = f; k[9] = logged;")
        for n in range(len(program.levels)):
            self.line(f"k[{context.levels(program) + len(context.LEVEL) * n}] = l{n};")
        for n, column in enumerate(program.columns):
            if column.varying:
                self.line(f"k[{context.columns(program) + len(context.COLUMN) * n + 4}] = used{n};")
        self.line("return stop;")

    def _outer_first(self) -> list[int]:
        order = [0]
        for level in order:
            order += [n for n, child in enumerate(self.program.levels) if n and child.parent == level]
        return order

    def _framer(self) -> None:
        self._parameters()
        self.line(
            "const u8 *const window = (const u8 *)k[0]; const i64 size = k[1]; i64 position = k[2]; const int final = k[3];"
        )
        self.line("i64 count = k[4]; const i64 capacity = k[5]; u64 *restrict const starts = (u64 *)k[6];")
        self.line("uint32_t *restrict const lengths = (uint32_t *)k[7]; u8 *restrict const kinds = (u8 *)k[8];")
        for n in range(8):
            self.line(f"i64 *restrict const carried{n} = (i64 *)k[{context.CARRIED + n}];")
        self.line("const u64 f = 0; u64 *const log = 0; i64 logged = 0; const i64 log_room = 0; int stop = 0;")
        with self.block("while (position < size)"):
            self.line(
                "const u8 *const s0 = window + position, *const e0 = window + size; const u8 *p0 = s0; i64 next = count;"
            )
            self._registers()
            self.run(self.program.body)
            self.line("if (p0 > e0) goto more; if (p0 == s0) goto failed; if (next > capacity) goto full;")
            self.line("count = next; position += p0 - s0;")
        self.line("goto done;")
        self.line("full: stop = 1; goto done; failed: stop = 2; goto done; more: stop = 3; done:")
        self.line("k[2] = position; k[4] = count; return stop;")
