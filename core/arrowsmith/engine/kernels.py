"""Programs become kernels: an emitter and an allocator are chosen, and what the system refuses becomes the next best, said once.

Invariant: ``auto`` never ends a run because executable memory was refused; what was named is taken exactly, or is an error.
"""

from __future__ import annotations

import threading
import time
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from arrowsmith import collector
from arrowsmith.errors import ArrowsmithWarning, ExecutableMemoryError, OptionError, code
from arrowsmith.forks import in_children
from arrowsmith.host import Host
from arrowsmith.interfaces import CompileReport, Emitter
from arrowsmith.memory import Diagnoses, Restricts
from arrowsmith.program.kernel import Code, Target
from arrowsmith.program.program import Program
from arrowsmith.registry import Registry

FALLBACK = code("W0001", "executable memory was refused, so the programs run on the next emitter")
NO_LOCK = code("O0011", "executable memory cannot be given up here")
REFUSES = code("O0010", "the emitter that was named cannot run this")


#: how many codes a process keeps, and how many bytes of them
KEPT, KEPT_BYTES = 32, 16 << 20


@dataclass(slots=True)
class Kernels:
    """Loads the kernels of one conversion.  ``emitter`` and ``allocator``: names, ``auto``, or (allocators) an ordered list
    separated by commas."""

    registry: Registry
    emitter: str = "auto"
    allocator: str = "auto"
    host: Host = field(default_factory=Host.current)
    seconds: dict[str, float] = field(default_factory=lambda: {"emit": 0.0, "load": 0.0})
    used_emitter: str = ""
    used_allocator: str = ""
    fallback: str = ""
    _without: set[str] = field(default_factory=set)
    codes: list[Code] = field(default_factory=list)  # of each kernel that was loaded, for who wants to see it
    _loaded: dict[int, tuple[Program, Any]] = field(
        default_factory=dict
    )  # the Program is kept, so its id stays its own

    def load(self, program: Program) -> Any:
        """The kernel of *program* (a `Kernel`, or a `FramerKernel` where it is a framer); the same one for the same Program."""
        if id(program) not in self._loaded:
            with collector.held():
                self._loaded[id(program)] = (program, self._made(program))
        return self._loaded[id(program)][1]

    def _made(self, program: Program) -> Any:
        while True:
            emitter = self._emitter(program)
            try:
                kernel = self._load(emitter, program)
            except ExecutableMemoryError as refusal:
                if self.emitter != "auto" or self.allocator != "auto":
                    raise
                self._without.add(emitter.name)
                self._say(refusal)
                continue
            if program.kind == "table":
                self.used_emitter = emitter.name
            return kernel

    def lock(self) -> tuple[str, ...]:
        """Fix what is loaded and give up making memory executable, for the rest of the process; what holds now, in sentences.

        Raises `OptionError` where no allocator knows a way, `ExecutableMemoryError` where the system does not.
        """
        used = [a for a in self.registry.allocators if a.name == self.used_allocator]
        usual = [a for a in self.registry.allocators if a.rank >= 0 and a.refuses(self.host) is None]
        for allocator in (*used, *usual):
            if isinstance(allocator, Restricts):
                return allocator.restrict()
        raise OptionError("no allocator that is installed can give up executable memory", code=NO_LOCK)

    def close(self) -> None:
        """Release every kernel."""
        for _, kernel in self._loaded.values():
            kernel.close()
        self._loaded.clear()

    def passed_over(self, program: Program, used: str) -> tuple[tuple[str, str], ...]:
        """The emitters that come before the one called *used*, each with why it does not make the kernel of *program*: the op or
        the host that it refuses, or the executable memory that the system does."""
        candidates = sorted((e for e in self.registry.emitters if e.rank >= 0), key=lambda e: -e.rank)
        found: list[tuple[str, str]] = []
        for emitter in candidates:
            if emitter.name == used:
                return tuple(found)
            reason = emitter.refuses(program, self.host)
            if reason is None and emitter.name in self._without:
                reason = self.fallback
            if reason is not None:
                found.append((emitter.name, reason))
        return ()  # one that only a person names, or a plugin chose

    def _emitter(self, program: Program) -> Emitter:
        if self.emitter == "auto":
            return self.registry.choose_emitter(program, self.host, without=self._without)
        emitter = self.registry.emitter(self.emitter)
        reason = emitter.refuses(program, self.host)
        if reason is None:
            return emitter
        if program.kind == "framer":  # what was named decodes; records may be found by whoever can
            return self.registry.choose_emitter(program, self.host, without={emitter.name})
        raise OptionError(
            f"the emitter {emitter.name} cannot run this: {reason}",
            code=REFUSES,
            help="without a named emitter, arrowsmith takes one that can",
        )

    def _load(self, emitter: Emitter, program: Program) -> Any:
        refusal: ExecutableMemoryError | None = None
        for allocator in self._allocators(emitter):
            try:
                return self._load_with(emitter, allocator, program)
            except ExecutableMemoryError as error:
                refusal = refusal or error
        assert refusal is not None
        raise refusal

    def _allocators(self, emitter: Emitter) -> Sequence[Any]:
        """The allocators to try, in order.  Where a filter may kill, each is tried in a child first."""
        if not getattr(emitter, "needs_memory", True):
            return (None,)
        if self.allocator == "auto":
            chain = [self.registry.choose_allocator(1, self.host)]
        else:
            chain = [self.registry.allocator(name.strip()) for name in self.allocator.split(",")]
        if not self.host.filtered:
            return chain
        refusals = {allocator.name: tried(allocator) for allocator in chain if isinstance(allocator, Diagnoses)}
        allowed = [allocator for allocator in chain if refusals.get(allocator.name) is None]
        if not allowed:
            raise next(refusal for refusal in refusals.values() if refusal is not None)
        return allowed

    def _load_with(self, emitter: Emitter, allocator: Any, program: Program) -> Any:
        begin = time.perf_counter()
        target = emitter.target(allocator) if hasattr(emitter, "target") else Target()
        made = emitted(emitter, program, target)
        middle = time.perf_counter()
        kernel = emitter.load(made, allocator)
        self.codes.append(made)
        end = time.perf_counter()
        self.seconds["emit"] += middle - begin
        self.seconds["load"] += end - middle
        name = "" if allocator is None else allocator.name
        self.used_allocator = name or self.used_allocator
        self.registry.kernel_loaded(
            CompileReport(
                program=program.name,
                emitter=emitter.name,
                allocator=name,
                code_bytes=len(made.data),
                emit_seconds=middle - begin,
                load_seconds=end - middle,
            )
        )
        return kernel

    def _say(self, refusal: ExecutableMemoryError) -> None:
        """One warning a process for one reason: which call, errno, rule, and which named allocator would work."""
        with _said_lock:
            first = refusal.message not in _said
            _said.add(refusal.message)
        self.fallback = refusal.message
        if not first:
            return
        message = f"{refusal.message}; the VM runs instead, slower and with the same result{self._instead(refusal)}"
        warnings.warn(ArrowsmithWarning(message, code=FALLBACK), stacklevel=2)

    def _instead(self, refusal: ExecutableMemoryError) -> str:
        """Which named allocator would work here, in words; "" where none would."""
        by_name = {allocator.name: allocator for allocator in self.registry.allocators}
        allocator = by_name.get(refusal.strategy)
        name = allocator.instead(self.registry.allocators) if isinstance(allocator, Diagnoses) else ""
        return f"; --allocator {name} would work here, if your administrator agrees" if name else ""


def emitted(emitter: Emitter, program: Program, target: Target) -> Code:
    """The code of *program*, which is kept: emitting is pure, so the same emitter, Program and target give the same code again.

    At most `KEPT` codes and `KEPT_BYTES` of them are kept, those that were asked for last; an emitter that cannot be hashed keeps none.
    """
    try:
        key = _Key(emitter, program, target)
    except TypeError:
        return emitter.emit(program, target)
    with _codes_lock:
        found = _codes.pop(key, None)
    made = found or emitter.emit(program, target)
    with _codes_lock:
        _codes[key] = made
        while len(_codes) > KEPT or (len(_codes) > 1 and sum(len(code.data) for code in _codes.values()) > KEPT_BYTES):
            del _codes[next(iter(_codes))]
    return made


class _Key:
    """What a code is kept by, hashed once: a Program of ten thousand fields takes its time.  Raises TypeError for what has no hash."""

    __slots__ = ("_hash", "parts")

    def __init__(self, *parts: object) -> None:
        self.parts = parts
        self._hash = hash(parts)

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and self._hash == other._hash and self.parts == other.parts


_codes: dict[_Key, Code] = {}
_codes_lock = threading.Lock()
_said: set[str] = set()
_said_lock = threading.Lock()
_tried: dict[str, ExecutableMemoryError | None] = {}


@in_children
def _forked() -> None:
    global _codes_lock, _said_lock
    _codes_lock, _said_lock = threading.Lock(), threading.Lock()


def tried(allocator: Any) -> ExecutableMemoryError | None:
    """What a child process found out about *allocator*, once a process; None where it works.

    A seccomp filter may kill instead of refusing, and only a child survives finding that out.
    """
    if allocator.name not in _tried:
        finding = allocator.probe()
        _tried[allocator.name] = None if finding.outcome == "ok" else finding.error()
    return _tried[allocator.name]
