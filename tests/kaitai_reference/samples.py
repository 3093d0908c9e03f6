"""Files of each format, made by what Python has, or found on the machine: the same every time where they are made."""

from __future__ import annotations

import io
import random
import sqlite3
import struct
import sys
import tempfile
import wave
import zipfile
import zlib
from importlib import resources
from pathlib import Path


def png() -> bytes:
    """A picture of two colours, with text, time, density."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    chunks = [
        (b"IHDR", struct.pack(">IIBBBBB", 8, 2, 1, 3, 0, 0, 0)),
        (b"gAMA", struct.pack(">I", 45455)),
        (b"pHYs", struct.pack(">IIB", 2835, 2835, 1)),
        (b"PLTE", b"\0\0\0\xff\x80\x40"),
        (b"tEXt", b"Title\0caf\xe9"),
        (b"tIME", struct.pack(">HBBBBB", 2024, 2, 29, 23, 59, 58)),
        (b"IDAT", zlib.compress(b"\0\xaa\0\x55")),
        (b"IEND", b""),
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*one) for one in chunks)


def gif() -> bytes:
    """A picture of four colours, with a comment."""
    colors = bytes(range(12))
    picture = struct.pack("<BHHHHBB", 0x2C, 0, 0, 3, 2, 0, 2) + b"\x03\x84\x51\x05\0"
    return b"GIF89a" + struct.pack("<HHBBB", 3, 2, 0x81, 0, 0) + colors + b"\x21\xfe\x05hello\0" + picture + b"\x3b"


def zipped() -> bytes:
    """An archive of three files, one of them stored."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number, name in enumerate(("a.txt", "föö/b.txt", "c.bin")):
            entry = zipfile.ZipInfo(name, (2020 + number, 1, 2, 3, 4, 6))
            entry.compress_type = zipfile.ZIP_STORED if number == 1 else zipfile.ZIP_DEFLATED
            entry.comment = b"c" * number
            archive.writestr(entry, b"text " * 20 * number)
        archive.comment = b"the end"
    return out.getvalue()


def elf() -> bytes:
    """This very interpreter, or another program of the machine."""
    for name in ("/bin/ls", sys.executable):
        path = Path(name)
        if path.exists() and (data := path.read_bytes())[:4] == b"\x7fELF":
            return data
    raise FileNotFoundError("no ELF file: neither /bin/ls nor the interpreter is one")


def wav() -> bytes:
    """Two channels of noise."""
    out = io.BytesIO()
    with wave.open(out, "wb") as sound:
        sound.setnchannels(2)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(random.Random(1).randbytes(400))
    return out.getvalue()


def dbf() -> bytes:
    """A table of three columns and five records."""
    columns = [(b"NAME", b"C", 10, 0), (b"BORN", b"D", 8, 0), (b"WEIGHT", b"N", 7, 2)]
    width = 1 + sum(size for _, _, size, _ in columns)
    head = struct.pack("<BBBBIHH20x", 3, 124, 2, 29, 5, 33 + 32 * len(columns), width)
    head += b"".join(struct.pack("<11scIBB14x", name, kind, 0, size, places) for name, kind, size, places in columns)
    rows = [b" " + f"row {n}".ljust(10).encode() + b"20240229" + f"{n * 1.5:7.2f}".encode() for n in range(5)]
    return head + b"\r" + b"".join(rows)


def sqlite() -> bytes:
    """A database of a table and an index, on several pages."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "made.db"
        database = sqlite3.connect(path)
        database.execute("pragma page_size = 1024")
        database.execute("create table t (a integer primary key, b text)")
        database.executemany("insert into t values (?, ?)", [(n, f"text {n}" * 3) for n in range(200)])
        database.execute("create index i on t (b)")
        database.commit()
        database.close()
        return path.read_bytes()


def tzif() -> bytes:
    """The zone of Berlin, of the package tzdata or the machine's."""
    found = Path("/usr/share/zoneinfo/Europe/Berlin")
    if found.exists():
        return found.read_bytes()
    return resources.files("tzdata").joinpath("zoneinfo/Europe/Berlin").read_bytes()


def utmp() -> bytes:
    """Who was there."""
    kinds = (2, 6, 7, 7, 8, 99)
    return b"".join(
        struct.pack(
            "<ii32s4s32s256sIiii16s20x",
            kind,
            100 + n,
            b"pts/%d" % n,
            b"ts%d" % n,
            "jürgen".encode(),
            b"host",
            0,
            n,
            1700000000 + n,
            n,
            bytes(16),
        )
        for n, kind in enumerate(kinds)
    )


def bmp() -> bytes:
    """A picture of 5 × 3."""
    rows = b"".join(bytes(range(n, n + 15)) + b"\0" for n in range(3))
    return b"BM" + struct.pack("<III", 54 + len(rows), 0, 54) + struct.pack("<IiiHHI24x", 40, 5, 3, 1, 24, 0) + rows


def pcap(size: int = 20_000, bodies: tuple[int, ...] = (0, 10, 40, 100, 500, 1400)) -> bytes:
    """A capture of at least *size* bytes: TCP and UDP over IPv4 over Ethernet, with *bodies* of so many bytes."""
    chance = random.Random(1)
    parts = [struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)]
    made, number = 24, 0
    while made < size:
        data = (chance.randbytes(64) * 22)[: chance.choice(bodies)]
        port, tcp = chance.randrange(1 << 16), chance.random() < 0.7
        if tcp:
            part = struct.pack(">HHIIHHHH", port, 443, number, number * 7 % (1 << 32), 0x5018, 512, 0, 0) + data
        else:
            part = struct.pack(">HHHH", port, 53, 8 + len(data), 0) + data
        ends = b"\n\0\0\1", b"\n\0\0\2"
        head = struct.pack(
            ">BBHHHBBH4s4s", 0x45, 0, 20 + len(part), number % (1 << 16), 0x4000, 64, 6 if tcp else 17, 0, *ends
        )
        frame = b"\1\2\3\4\5\6\6\5\4\3\2\1\x08\0" + head + part
        parts.append(
            struct.pack("<IIII", 1700000000 + number // 1000, number % 1000000, len(frame), len(frame)) + frame
        )
        made, number = made + 16 + len(frame), number + 1
    return b"".join(parts)
