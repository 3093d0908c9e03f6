"""What every allocator of executable memory promises (docs/write-an-allocator.md)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from arrowsmith.errors import ExecutableMemoryError
from arrowsmith.host import Host
from arrowsmith.memory import Allocator, Region

MAPS = Path("/proc/self/maps")


def mappings(address: int) -> list[str]:
    """The protections of all mappings of the file, if there is one, that the page at *address* is mapped from."""
    found = [line.split() for line in MAPS.read_text().splitlines()]
    for span, _, _, device, inode, *_ in found:
        low, high = (int(part, 16) for part in span.split("-"))
        if low <= address < high and inode != "0":
            return [parts[1] for parts in found if parts[3:5] == [device, inode]]
    return []


def protections(address: int) -> str:
    """The protections of the mapping that holds *address*, as /proc/self/maps has them ("r-xp"); "" where nothing is mapped."""
    for line in MAPS.read_text().splitlines():
        span, kind = line.split()[:2]
        low, high = (int(part, 16) for part in span.split("-"))
        if low <= address < high:
            return kind
    return ""


class AllocatorSuite:
    """Subclass it as ``TestMine`` and give the fixture ``allocator``.  ``wx``: the one that says in its name that it breaks A2."""

    wx = False

    @pytest.fixture
    def allocator(self) -> Allocator:
        """The allocator under test."""
        pytest.fail("give a fixture called allocator")

    @pytest.fixture(autouse=True)
    def _allowed(self, allocator: Allocator) -> None:
        reason = allocator.refuses(Host.current())
        if reason is not None:
            pytest.skip(f"{allocator.name} is not for this host: {reason}")
        try:
            region = allocator.allocate(1)
            region.write(0, b"\xc3")
            region.seal()
            region.release()
        except ExecutableMemoryError as refusal:
            pytest.skip(f"this host refuses {allocator.name}: {refusal.message}")

    def test_a1_a_sealed_region_begins_at_a_multiple_of_64(self, allocator: Allocator) -> None:
        """A1. Code begins at an address that is a multiple of 64 bytes."""
        region = allocator.allocate(100)
        region.write(0, b"\xc3" * 100)
        region.seal()

        assert region.address % 64 == 0
        region.release()

    def test_a2_no_page_is_writable_and_executable(self, allocator: Allocator) -> None:
        """A2. No page is writable and executable at once, before or after sealing, unless the name says so."""
        if not MAPS.exists():
            pytest.skip("this system shows no memory map")
        before = MAPS.read_text()
        region = allocator.allocate(4096)
        region.write(0, b"\xc3")
        during = MAPS.read_text()
        region.seal()
        sealed = protections(region.address)

        if not self.wx:
            assert not [line for line in during.splitlines() if line not in before and "wx" in line.split()[1]]
            assert "x" in sealed
            assert "w" not in sealed
        region.release()

    def test_a3_a_sealed_region_has_no_writable_view(self, allocator: Allocator) -> None:
        """A3. Writing after sealing is refused, and no second mapping of the same pages is writable."""
        region = allocator.allocate(16)
        region.write(0, b"\xc3")
        region.seal()
        if MAPS.exists() and not self.wx:
            assert not [kind for kind in mappings(region.address) if "w" in kind and "s" in kind]

        with pytest.raises(RuntimeError):
            region.write(0, b"\x90")
        region.release()

    def test_a4_release_twice_is_fine(self, allocator: Allocator) -> None:
        """A4. Releasing again does nothing; the address cannot be had any more."""
        region = allocator.allocate(16)
        region.write(0, b"\xc3")
        region.seal()
        region.release()
        region.release()

        with pytest.raises(RuntimeError):
            region.address  # noqa: B018  # reading it is the test

    @pytest.mark.parametrize("extra", [-1, 0, 1])
    def test_a5_sizes_around_a_page(self, allocator: Allocator, extra: int) -> None:
        """A5. Sizes 0, 1 and around a page give whole pages that hold what was written."""
        page = Host.current().page_size
        for size in (0, 1, page + extra):
            region = allocator.allocate(size)
            assert region.size >= max(size, 1)
            assert region.size % page == 0
            region.release()

    def test_a6_exhaustion_is_an_error(self, allocator: Allocator) -> None:
        """A6. More memory than there is is an ExecutableMemoryError, at the latest when sealing."""
        with pytest.raises(ExecutableMemoryError):
            allocator.allocate(1 << 62).seal()

    def test_a7_what_was_written_is_there(self, allocator: Allocator) -> None:
        """A7. A region written in pieces runs as it was written: here, code that returns."""
        ctypes: Any = pytest.importorskip("ctypes")
        if Host.current().machine != "x86-64":
            pytest.skip("the code of this clause is for x86-64")
        region = allocator.allocate(8)
        region.write(0, b"\xb8\x2a\x00\x00\x00")  # mov eax, 42
        region.write(5, b"\xc3")  # ret
        region.seal()

        assert ctypes.CFUNCTYPE(ctypes.c_int)(region.address)() == 42
        region.release()

    def test_a8_regions_live_in_any_thread(self, allocator: Allocator) -> None:
        """A8. Regions are made and released in any thread, many at once, and do not overlap."""

        def made(number: int) -> Region:
            region = allocator.allocate(64)
            region.write(0, bytes([number]) * 64)
            region.seal()
            return region

        with ThreadPoolExecutor(4) as pool:
            regions = list(pool.map(made, range(16)))
            spans = sorted((region.address, region.address + region.size) for region in regions)
            list(pool.map(lambda region: region.release(), regions))

        assert all(end <= start for (_, end), (start, _) in pairwise(spans))
