"""Allocators are tried in child processes, each with the smallest possible program; what became of each is a `Finding`.

A launcher, a fresh interpreter, forks once for each allocator, so a filter that kills or a fault ends that child alone.
Where no interpreter can be started (an embedding program, execve refused) this process forks for itself.
Invariant: trying changes nothing here, and takes at most `PATIENCE` seconds.
"""

from __future__ import annotations

import contextlib
import ctypes
import faulthandler
import functools
import json
import os
import pickle
import re
import select
import signal
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Final

from arrowsmith.errors import ExecutableMemoryError
from arrowsmith.host import Host
from arrowsmith.memory import Allocator, Finding, signal_name
from arrowsmith_memory import calls, evidence, rules
from arrowsmith_memory.case import Case

try:
    import resource
except ImportError:  # Windows; and a filter against executable mappings stops every extension module not yet loaded
    resource = None  # type: ignore[assignment]  # a module or None

#: seconds that one attempt may take, and the launcher's start: an emulated machine needs some
PATIENCE: Final = 30.0
#: the signal that ended a child of which this process is not told how it ended; a child that ends by itself says so
UNKNOWN: Final = 0
#: mov eax, 42; ret
CODE: Final = bytes.fromhex("b82a000000c3")

_LAUNCH: Final = """\
import pickle, sys
order = sys.stdin.buffer
sys.path[:] = pickle.load(order)
from arrowsmith_memory.probe import serve
serve(order, sys.stdout.buffer)
"""

#: a message from a child: one of begin (call, arguments), end (call, arguments, result), outcome (fields of a Finding)
Message = dict[str, Any]
Tell = Callable[[Message], None]


def attempts(allocators: Sequence[Allocator], *, ask_policy: bool = False) -> tuple[Finding, ...]:
    """What became of trying each of *allocators*, in their order; those that refuse this host are not tried.

    *ask_policy* as in `evidence.read`.
    """
    host = Host.current()
    reasons = {allocator.name: allocator.refuses(host) for allocator in allocators}
    findings = _launched([allocator for allocator in allocators if reasons[allocator.name] is None], ask_policy)
    for name, reason in reasons.items():
        if reason is not None:
            findings[name] = Finding(allocator=name, outcome="untried", said=reason)
    return tuple(
        findings.get(allocator.name) or forked(functools.partial(attempt, allocator), allocator.name)
        for allocator in allocators
    )


def survival(allocator: Allocator) -> Finding:
    """`attempts` of one, remembered where no second try can end otherwise: a seccomp filter, once on, is never lifted."""
    seen = evidence.read()
    key = (os.getpid(), seen.seccomp, seen.filters, allocator.name)
    if key not in _survivals:
        (finding,) = attempts([allocator])
        if finding.outcome not in ("ok", "killed"):
            return finding
        _survivals[key] = finding
    return _survivals[key]


_survivals: dict[tuple[object, ...], Finding] = {}


# --- in the process that asks ----------------------------------------------


def interpreter() -> str:
    """The program to start as a launcher; "" where this process is not a Python interpreter's own."""
    program = sys.executable or ""
    named = Path(program).name.lower().startswith(("python", "pypy"))
    return program if named and not getattr(sys, "frozen", False) else ""


def _launched(allocators: Sequence[Allocator], ask_policy: bool) -> dict[str, Finding]:
    """What a launcher reports, by the allocator's name; those that it said nothing of are absent."""
    program = interpreter()
    if not program or not allocators:
        return {}
    order = pickle.dumps([os.path.abspath(entry) for entry in sys.path if isinstance(entry, str)]) + pickle.dumps(
        ask_policy
    )
    for allocator in allocators:
        try:
            order += pickle.dumps(pickle.dumps(allocator))
        except (pickle.PicklingError, AttributeError, TypeError):
            order += pickle.dumps(b"")  # a plugin's own object that does not pickle: this process forks for it
    try:
        done = subprocess.run(
            [program, "-I", "-c", _LAUNCH],
            input=order,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=PATIENCE * (1 + len(allocators)),
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return {}  # it cannot be started here, or hangs: `forked` says what is to be said
    # other lines are not ours: what a site's start-up code prints comes first
    found = [_finding(json.loads(line)) for line in done.stdout.splitlines() if line.startswith(b'{"allocator"')]
    return {finding.allocator: finding for finding in found}


def forked(task: Callable[[Tell], None], name: str) -> Finding:
    """What became of *task* in a child made by fork(2); only where the system has it."""
    if not hasattr(os, "fork"):
        return Finding(allocator=name, outcome="untried", said="no child process could be started")
    with warnings.catch_warnings():
        # Python warns of threads, whose locks a child may find taken; the child only makes system calls and ends
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            reader, writer = os.pipe()
        except OSError as error:
            return _not_started(name, "pipe", error)
        try:
            pid = os.fork()
        except OSError as error:
            os.close(reader)
            os.close(writer)
            return _not_started(name, "fork", error)
    if pid == 0:
        _child(task, reader, writer)
    os.close(writer)
    return _watched(pid, reader, name)


def _not_started(name: str, call: str, error: OSError) -> Finding:
    """Nothing was tried, because *call* failed with *error*."""
    explanation = rules.explain(Case(call=call, arguments="", errno=error.errno, evidence=evidence.read()))
    return Finding(
        allocator=name,
        outcome="untried",
        call=call,
        errno=error.errno,
        said=calls.errno_name(error.errno),
        cause=explanation.cause,
        rule=explanation.rule,
        ask=explanation.ask,
    )


def _watched(pid: int, reader: int, name: str) -> Finding:
    """Read the child's messages to their end, or until patience ends, and bury it."""
    data = b""
    with open(reader, "rb", buffering=0) as stream:
        ready = select.poll()
        ready.register(stream, select.POLLIN | select.POLLHUP)
        try:
            while ready.poll(PATIENCE * 1000):
                part = stream.read(65536)
                if not part:
                    break
                data += part
            else:
                os.kill(pid, signal.SIGKILL)
        except OSError as error:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
            return _not_started(name, "poll", error)
    messages = [json.loads(line) for line in data.splitlines()]
    try:
        _, status = os.waitpid(pid, 0)
    except OSError:  # SIGCHLD is ignored, or somebody else waits for all children: how this one ended is lost
        return _concluded(messages, name, UNKNOWN)
    return _concluded(messages, name, os.WTERMSIG(status) if os.WIFSIGNALED(status) else None)


def _concluded(messages: Sequence[Message], name: str, died_of: int | None) -> Finding:
    """The finding that a child's *messages* and the signal that it *died_of* make; `UNKNOWN` if only its silence tells."""
    said = any("outcome" in message for message in messages)
    trace = tuple(_lines(messages, None if said and died_of == UNKNOWN else died_of))
    for message in messages:
        if "outcome" in message:
            return _finding({**message, "allocator": name, "trace": trace})
    begun = [message for message in messages if "begin" in message]
    call, shown = begun[-1]["begin"] if begun else ("", "")
    arguments = re.sub(r"^0x[0-9a-f]+", "page", shown)
    if died_of is None:
        return Finding(allocator=name, outcome="untried", said="the child process ended without a word", trace=trace)
    number = None if died_of == UNKNOWN else died_of
    case = Case(call=call, arguments=arguments, errno=None, signal=number, evidence=evidence.read())
    explanation = rules.explain(case)
    return Finding(
        allocator=name,
        outcome="killed",
        call=call,
        arguments=arguments,
        signal=number,
        said="an unknown signal" if number is None else signal_name(number),
        cause=explanation.cause,
        rule=explanation.rule,
        ask=explanation.ask,
        trace=trace,
    )


def _lines(messages: Sequence[Message], died_of: int | None) -> Iterator[str]:
    """The calls as strace prints them; one that did not return ends in a question mark."""
    open_call = ""
    for message in messages:
        if "begin" in message:
            open_call = "{}({}) = ?".format(*message["begin"])
        elif "end" in message:
            call, arguments, result = message["end"]
            yield f"{call}({arguments}) = {result}" if result else f"{call}({arguments})"
            open_call = ""
    if open_call:
        yield open_call
    if died_of is not None:
        yield f"+++ killed by {'an unknown signal' if died_of == UNKNOWN else signal_name(died_of)} +++"


def _finding(fields: dict[str, Any]) -> Finding:
    return Finding(**{**fields, "trace": tuple(fields.get("trace", ()))})


# --- in the launcher and its children ----------------------------------------


def serve(order: BinaryIO, answer: BinaryIO) -> None:
    """Try each allocator of *order* in a child of this process; write a line of JSON for each as soon as it is known."""
    if hasattr(signal, "SIGCHLD"):
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # ignored, it would be inherited, and children's ends be lost
    evidence.ASK_POLICY.set(pickle.load(order))
    while True:
        try:
            packed = pickle.load(order)
        except EOFError:
            return
        if not packed:
            continue
        allocator = pickle.loads(packed)
        task = functools.partial(attempt, allocator)
        finding = forked(task, allocator.name) if hasattr(os, "fork") else _in_process(task, allocator.name)
        answer.write(json.dumps(finding.json()).encode() + b"\n")
        answer.flush()


def _in_process(task: Callable[[Tell], None], name: str) -> Finding:
    """*task* in this launcher, on a system without fork: no filter kills there, and a fault leaves it unreported."""
    messages: list[Message] = []
    task(messages.append)
    return _concluded(messages, name, None)


def _child(task: Callable[[Tell], None], reader: int, writer: int) -> None:
    """Run *task* in a forked child and end it, whatever happens, without the parent's exit handlers."""

    def tell(message: Message) -> None:
        os.write(writer, json.dumps(message).encode() + b"\n")

    try:
        os.close(reader)
        _no_core_file()
        task(tell)
    except BaseException as error:  # noqa: BLE001  # nothing may leave the child but its messages: the caller is a copy
        tell({"outcome": "untried", "said": f"{type(error).__name__}: {error}"})
    finally:
        os._exit(0)


def _no_core_file() -> None:
    """A child that is killed on purpose leaves no traceback and no core file."""
    faulthandler.disable()
    if resource is not None:
        with contextlib.suppress(OSError, ValueError):  # a filter may refuse it; a core file is no reason not to try
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def attempt(allocator: Allocator, tell: Tell) -> None:
    """A page, a ``ret``, sealed and called: tell each call before and after it, and the outcome at the end."""

    def watch(call: str, arguments: str, result: str | None) -> None:
        tell({"begin": [call, arguments]} if result is None else {"end": [call, arguments, result]})

    calls.WATCH.set(watch)
    try:
        region = allocator.allocate(len(CODE))
        region.write(0, CODE)
        region.seal()
        address = region.address
        watch("call", hex(address), None)
        # a foreign function made of an address; not a callback, which would need executable memory of its own
        answer = ctypes.CFUNCTYPE(ctypes.c_int)(address)()
        watch("call", hex(address), str(answer))
        region.release()
    except ExecutableMemoryError as error:
        tell(
            {
                "outcome": "refused",
                "call": error.call,
                "arguments": error.arguments,
                "errno": error.errno,
                "said": error.said or calls.errno_name(error.errno),
                "cause": error.cause,
                "rule": error.rule,
                "ask": error.help,
            }
        )
    except (MemoryError, OSError) as error:
        number = error.errno if isinstance(error, OSError) else None
        tell({"outcome": "refused", "call": "allocate", "errno": number, "said": f"{type(error).__name__}: {error}"})
    else:
        wrong = "" if answer == 42 else f"the code returned {answer}, not 42"
        tell({"outcome": "refused", "call": "call", "said": wrong} if wrong else {"outcome": "ok"})
