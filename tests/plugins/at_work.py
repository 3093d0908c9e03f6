"""Run as a program: whole conversions whose code lies in one allocator's memory, then as JSON on standard output what they left.

    at_work.py ALLOCATOR

Each part could end this process by a signal, which is why it has one of its own.
"""

from __future__ import annotations

import functools
import gc
import json
import os
import signal
import struct
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa

import arrowsmith
from arrowsmith.engine import units

#: so that there is work for all threads, and some is left when a reader is closed
units.UNIT = 1 << 19
ALLOCATOR = sys.argv[1]
#: one record: a number, a text, a packed decimal
RECORDS = b"".join(struct.pack(">I", n) + f"{n:06}".encode("cp037") + bytes.fromhex(f"{n:07}C") for n in range(1000))
MANY = RECORDS * 1000


def book(n: int) -> arrowsmith.Text:
    """One of seven copybooks, whose Programs differ."""
    digits, decimals = 5 - n % 7 % 3, 2 + n % 7 % 3
    fields = ("N  PIC 9(9) COMP.", "T  PIC X(6).", f"A  PIC S9({digits})V9({decimals}) COMP-3.")
    lines = [f"       01  R{n % 7}.", *(f"         05  {line}" for line in fields)]
    return arrowsmith.text("\n".join(lines) + "\n", name=f"r{n}.cpy")


def opened(n: int, data: bytes = RECORDS) -> arrowsmith.Reader:
    return arrowsmith.open(book(n), data, format="copybook", emitter="x86-64", allocator=ALLOCATOR)


def table(n: int, data: bytes = RECORDS) -> pa.Table:
    with opened(n, data) as reader:
        return reader.to_table()


#: what each copybook gives, by the bytecode machine
EXPECTED = [arrowsmith.read(book(n), RECORDS, format="copybook", emitter="vm") for n in range(7)]


def maps() -> int:
    """Mappings that hold code of no file, or of one that is gone, and all that are writable and executable."""
    lines = [line.split(maxsplit=5) for line in Path("/proc/self/maps").read_text(encoding="ascii").splitlines()]
    return sum("x" in line[1] and (len(line) == 5 or "(deleted)" in line[5] or "w" in line[1]) for line in lines)


def resident() -> int:
    """Pages."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])


def cycles() -> object:
    """Conversions one after another: ended, given up halfway, dropped without a word."""
    wrong = 0

    def cycle(n: int) -> None:
        nonlocal wrong
        if n % 3 == 0:
            wrong += table(n) != EXPECTED[n % 7]
        elif n % 3 == 1:
            with opened(n) as reader:
                next(iter(reader))
        else:
            next(iter(opened(n)))

    for n in range(30):
        cycle(n)
    gc.collect()
    before, files, grown = maps(), len(os.listdir("/proc/self/fd")), []
    for _ in range(4):
        pages = resident()
        for n in range(25):
            cycle(n)
        gc.collect()
        grown.append(resident() - pages)
    return {
        "wrong": wrong,
        "maps": maps() - before,
        "files": len(os.listdir("/proc/self/fd")) - files,
        "grown": min(grown),
    }


def at_once() -> object:
    """Threads compile, run and close at once, while this one collects."""
    wrong: list[str] = []

    def work(start: int) -> None:
        for n in range(start, start + 12):
            if table(n) != EXPECTED[n % 7]:
                wrong.append(f"copybook {n}")

    with running(*(lambda start=start: work(start) for start in range(4))) as failed:
        pass
    return {"wrong": wrong + failed}


class running:
    """Threads that run *works* while the block does something else, then the collector; gives what they raised."""

    def __init__(self, *works: Callable[[], object]) -> None:
        self.failed: list[str] = []
        self.threads = [threading.Thread(target=self._run, args=(work,)) for work in works]

    def _run(self, work: Callable[[], object]) -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001  # a thread's failure is told to the test
            self.failed.append(repr(error))

    def __enter__(self) -> list[str]:
        for thread in self.threads:
            thread.start()
        return self.failed

    def __exit__(self, *given: object) -> None:
        while any(thread.is_alive() for thread in self.threads):
            gc.collect()
            self.threads[0].join(0.001)


def forks() -> object:
    """Children are forked while another thread's call runs; each converts and exits in the ordinary way."""
    statuses = []
    expected = len(MANY) // 14
    found: list[int] = []
    with running(lambda: found.append(table(1, MANY).num_rows)) as failed:
        for n in range(3):
            pid = os.fork()
            if pid == 0:
                signal.alarm(60)  # a lock that nobody gives back would be waited for without end
                os._exit(0 if table(n) == EXPECTED[n % 7] else 1)
            statuses.append(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
    return {"wrong": failed + [n for n in found if n != expected], "statuses": statuses}


def closed_meanwhile() -> object:
    """A reader is closed by one thread while another runs its code: what was made is whole, and what comes then is an end or an error."""
    ends: list[str] = []
    for n in range(2):
        reader, begun = opened(n, MANY), threading.Event()
        with running(functools.partial(to_the_end, reader, begun, ends)) as failed:
            begun.wait()
            reader.close()
        ends += failed
    return {"ends": ends, "maps": maps()}


def to_the_end(reader: arrowsmith.Reader, begun: threading.Event, ends: list[str]) -> None:
    """Read, and add to *ends* how it ended."""
    rows = 0
    try:
        for batch in reader:
            batch.validate(full=True)
            rows += batch.num_rows
            begun.set()
        ends.append("whole" if rows == len(MANY) // 14 else f"{rows} rows")
    except arrowsmith.OptionError as error:
        ends.append(error.message)
    finally:
        begun.set()


if __name__ == "__main__":
    print(json.dumps({part.__name__: part() for part in (cycles, at_once, forks, closed_meanwhile)}))
