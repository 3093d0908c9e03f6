"""Records → a COBOL program that fills them, prints every item and writes a file of each; the program, run → `Written`.

A printed line is ``record row path|offset|length|value``; a number's value is what MOVE makes of it in an item of usage DISPLAY
with a sign of its own, so that it does not depend on how a usage is displayed.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from pathlib import Path
from textwrap import wrap

from records import ROWS, Node

COBC = shutil.which("cobc")
#: Room of each file's records.
ROOM = 8000
#: What stands before each record of GnuCOBOL's sequential files of variable length: two bytes of length, two of zeros.
HEADER = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """A compiler that cobc plays, how its programs are compiled, and the options that read its files."""

    std: str
    options: tuple[tuple[str, str], ...]
    flags: tuple[str, ...] = ()
    wide: bool = False


#: ``-std`` → the compiler.  What differs from the dialect of its name is said by an option, with its reason.
SYSTEMS = {
    system.std: system
    for system in (
        System(std="default", options=(("dialect", "gnucobol"),)),
        System(
            std="ibm",
            # cobc has x86's order and floats whatever it plays
            options=(
                ("dialect", "ibm"),
                ("comp5_order", "little"),
                ("floating_point_format", "IEEE754_little_endian"),
                ("synchronized", "natural"),
            ),
            wide=True,
        ),
        # cobc aligns SYNCHRONIZED items although its mf.conf says that it ignores the clause
        System(std="mf", options=(("dialect", "mf"), ("synchronized", "natural")), wide=True),
        # cobc's acu.conf says of its binary sizes: not verified yet; ACUCOBOL-GT's manual has 2-4-8.  COMP-1 is a float here.
        System(std="acu", options=(("dialect", "acu"), ("binary_size", "1-2-4-8")), flags=("-fno-binary-comp-1",)),
    )
}


@dataclass(frozen=True, slots=True)
class Printed:
    """One item of one row: ``path`` has names and, of tables, numbers from 0."""

    node: Node
    row: int
    path: tuple[str | int, ...]
    offset: int
    length: int
    value: str
    conditions: str


@dataclass(frozen=True, slots=True)
class Written:
    """What the program wrote of one record, as ``rows`` without their headers, and what it printed of it."""

    record: Node
    copybook: str
    rows: tuple[bytes, ...]
    printed: tuple[Printed, ...]


def copybook(record: Node) -> str:
    """The entries of *record*, in free form."""
    return "\n".join(_entries(record, 1, ""))


def _entries(node: Node, level: int, over: str) -> Iterator[str]:
    words = [f"{level:02}", node.name]
    if over:
        words.append(f"REDEFINES {over}")
    if node.clauses:
        words.append(node.clauses)
    if node.counter is not None:
        words.append(f"OCCURS {node.least} TO {node.most} TIMES DEPENDING ON {node.counter.name}")
    elif node.most:
        words.append(f"OCCURS {node.most} TIMES")
    yield from wrap("  " * (level // 5) + " ".join(words) + ".", 70, subsequent_indent=" " * 8, break_on_hyphens=False)
    for name, values in node.conditions:
        yield f"  88 {name} {values}."
    for member in node.members:
        yield from _entries(member, level + 4 if level == 1 else level + 5, "")
    for view in node.views:
        yield from _entries(view, level, node.name)


def _places(
    node: Node, row: int, path: tuple[str | int, ...], turn: int, record: Node
) -> Iterator[tuple[Node, tuple[str | int, ...], int]]:
    """The elementary items of *node* that *row* fills, with their paths and a number that differs between occurrences."""
    views = (node, *node.views)
    chosen = views[row % len(views)]
    times: Sequence[int | None] = [None]
    if chosen.counter is not None:
        times = range(int(chosen.counter.values[row % len(chosen.counter.values)]))
    elif chosen.most:
        times = range(chosen.most)
    for n in times:
        at = (*path, chosen.name) if n is None else (*path, chosen.name, n)
        if chosen.kind == "group":
            for member in chosen.members:
                yield from _places(member, row, at, turn + (n or 0), record)
        elif chosen.kind != "filler":
            yield chosen, at, turn + (n or 0)


def _reference(path: tuple[str | int, ...]) -> str:
    name = next(part for part in reversed(path) if isinstance(part, str))
    numbers = [str(part + 1) for part in path if isinstance(part, int)]
    return f"{name}({', '.join(numbers)})" if numbers else name


def _counters(record: Node) -> Iterator[Node]:
    for member in record.members:
        if member.counter is not None:
            yield member.counter


def source(records: Sequence[Node], slide: bool) -> str:
    """The program."""
    canons: set[tuple[int, int]] = set()
    work: list[str] = []
    for n, record in enumerate(records):
        for row in range(ROWS):
            work += _row(n, record, row, canons, slide)
    selects = [f'SELECT FILE-{n} ASSIGN TO "{n}.dat" ORGANIZATION SEQUENTIAL.' for n in range(len(records))]
    files = [
        line
        for n in range(len(records))
        for line in (
            f"FD FILE-{n} RECORD VARYING FROM 1 TO {ROOM} DEPENDING ON LEN.",
            f"01 AREA-{n} PIC X({ROOM}).",
        )
    ]
    numbers = [
        line
        for whole, behind in sorted(canons)
        for line in (
            f"01 N-{whole}-{behind} PIC S{_digits(whole, behind)} SIGN LEADING SEPARATE.",
            f"01 X-{whole}-{behind} REDEFINES N-{whole}-{behind} PIC X({whole + behind + 1}).",
        )
    ]
    return "\n".join(
        [
            "IDENTIFICATION DIVISION.",
            "PROGRAM-ID. WRITER.",
            "ENVIRONMENT DIVISION.",
            "INPUT-OUTPUT SECTION.",
            "FILE-CONTROL.",
            *selects,
            "DATA DIVISION.",
            "FILE SECTION.",
            *files,
            "WORKING-STORAGE SECTION.",
            "01 LEN PIC 9(5) COMP-5.",
            "01 ONE-POINTER USAGE POINTER.",
            "01 PLACE-A REDEFINES ONE-POINTER BINARY-DOUBLE UNSIGNED.",
            "01 OTHER-POINTER USAGE POINTER.",
            "01 PLACE-B REDEFINES OTHER-POINTER BINARY-DOUBLE UNSIGNED.",
            "01 OFFSET PIC 9(5).",
            "01 SIZE-OF PIC 9(5).",
            "01 IS-IN PIC X.",
            "01 IS-ONE PIC X.",
            *numbers,
            *(copybook(record) for record in records),
            "LINKAGE SECTION.",
            f"01 STORAGE-VIEW PIC X({ROOM}).",
            "PROCEDURE DIVISION.",
            *(f"OPEN OUTPUT FILE-{n}." for n in range(len(records))),
            *work,
            *(f"CLOSE FILE-{n}." for n in range(len(records))),
            "STOP RUN.",
            "",
        ]
    )


def _digits(whole: int, behind: int) -> str:
    return (f"9({whole})" if whole else "") + (f"V9({behind})" if behind else "")


def _row(n: int, record: Node, row: int, canons: set[tuple[int, int]], slide: bool) -> Iterator[str]:
    """Statements that fill, print and write one row: all storage is LOW-VALUES, then the counts, then the rest."""
    for member in record.members:
        if member.counter is not None:
            yield f"MOVE {member.most} TO {member.counter.name}"
    yield f"MOVE LENGTH OF {record.name} TO LEN"
    yield f"SET ADDRESS OF STORAGE-VIEW TO ADDRESS OF {record.name}"
    yield "MOVE LOW-VALUES TO STORAGE-VIEW(1:LEN)"
    for counter in _counters(record):
        yield f"MOVE {counter.values[row]} TO {counter.name}"
    for member in record.members:
        for node, path, turn in _places(member, row, (), 0, record):
            if node not in _counters(record):
                verb = "SET {1} TO {0}" if node.kind == "index" else "MOVE {0} TO {1}"
                yield verb.format(node.values[(row + turn) % len(node.values)], _reference(path))
    yield f"SET ONE-POINTER TO ADDRESS OF {record.name}"
    for member in record.members:
        for node, path, _ in _places(member, row, (), 0, record):
            yield from _print(n, row, node, path, canons)
    if slide:
        yield f"MOVE LENGTH OF {record.name} TO LEN"
    yield f"MOVE STORAGE-VIEW(1:LEN) TO AREA-{n}"
    yield f"WRITE AREA-{n}."


def _print(n: int, row: int, node: Node, path: tuple[str | int, ...], canons: set[tuple[int, int]]) -> Iterator[str]:
    name = _reference(path)
    yield f"SET OTHER-POINTER TO ADDRESS OF {name}"
    yield "COMPUTE OFFSET = PLACE-B - PLACE-A"
    yield f"MOVE LENGTH OF {name} TO SIZE-OF"
    subscripts = name.partition("(")[1] + name.partition("(")[2]
    for condition, flag in zip(node.conditions, ("IS-ONE", "IS-IN"), strict=False):
        yield f"IF {condition[0]}{' ' * bool(subscripts)}{subscripts} MOVE 'T' TO {flag} ELSE MOVE 'F' TO {flag} END-IF"
    shown = name
    more = ""
    if node.kind in ("number", "edited"):
        canons.add(node.places)
        places = f"{node.places[0]}-{node.places[1]}"
        yield f"MOVE {name} TO N-{places}"
        shown = f"X-{places}"
        if node.kind == "edited":
            more = f" {name}"
    elif node.conditions:
        more = ""
    flags = " IS-ONE IS-IN" if node.conditions else " '--'"
    where = "/".join(map(str, path))
    yield f"DISPLAY '{n} {row} {where}|' OFFSET '|' SIZE-OF '|'{flags}"
    yield f"   '|' {shown}{more} UPON SYSOUT"


def run(records: Sequence[Node], system: System, folder: Path, *, slide: bool, signs: str) -> list[Written]:
    """Compile and run the program of *records* in *folder*."""
    assert COBC is not None
    text = source(records, slide)
    (folder / "writer.cob").write_text(text)
    flags = [
        f"-std={system.std}",
        f"-fsign={signs}",
        *system.flags,
        "-fcomplex-odo",
        "-flarger-redefines-ok",
        "-findirect-redefines",
        *(["-fodoslide"] if slide else []),
    ]
    command = [COBC, "-x", "-free", "-w", "-O0", *flags, "-o", "writer", "writer.cob"]
    made = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300)
    assert made.returncode == 0, made.stderr
    ran = subprocess.run(["./writer"], cwd=folder, capture_output=True, timeout=20)
    assert ran.returncode == 0, ran.stderr
    printed: dict[int, list[Printed]] = {n: [] for n in range(len(records))}
    nodes = {node.name: node for record in records for node in _all(record)}
    for line in ran.stdout.decode("latin-1").splitlines():
        head, offset, length, conditions, value = line.split("|", 4)
        n, row, where = head.split(" ")
        path = tuple(int(part) if part.isdigit() else part for part in where.split("/"))
        node = nodes[next(part for part in reversed(path) if isinstance(part, str))]
        printed[int(n)].append(Printed(node, int(row), path, int(offset), int(length), value, conditions))
    return [
        Written(record, copybook(record), tuple(_rows((folder / f"{n}.dat").read_bytes())), tuple(printed[n]))
        for n, record in enumerate(records)
    ]


def _all(node: Node) -> Iterator[Node]:
    yield node
    for member in (*node.members, *node.views):
        yield from _all(member)


def _rows(data: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(data):
        length = int.from_bytes(data[at : at + 2], "big")
        yield data[at + HEADER : at + HEADER + length]
        at += HEADER + length


def number(printed: Printed) -> Decimal:
    """The value of a number that was printed."""
    whole, behind = printed.node.places
    with localcontext(prec=60):
        return Decimal(printed.value[: 1 + whole + behind]).scaleb(-behind)


def ebcdic(written: Written) -> tuple[bytes, ...]:
    """The rows with the characters of items of usage DISPLAY in code page 037, and all else as it is."""
    rows = [bytearray(row) for row in written.rows]
    for printed in written.printed:
        if printed.node.display:
            row = rows[printed.row]
            part = slice(printed.offset, printed.offset + printed.length)
            row[part] = row[part].decode("ascii").encode("cp037")
    return tuple(bytes(row) for row in rows)
