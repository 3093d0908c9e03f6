"""The allocators that this host has, and regions of theirs with code that returns a number."""

from __future__ import annotations

import ctypes
import sys
from typing import Any

import pytest

from arrowsmith.host import Host
from arrowsmith.memory import Allocator
from arrowsmith_memory import arrowsmith_allocators

HOST = Host.current()
OFFERED: list[Allocator] = list(arrowsmith_allocators())
HERE = [allocator for allocator in OFFERED if allocator.refuses(HOST) is None]
PAGE = HOST.page_size
each = pytest.mark.parametrize("allocator", HERE, ids=lambda allocator: allocator.name)
linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


def returning(number: int) -> bytes:
    """mov eax, number; ret"""
    return b"\xb8" + number.to_bytes(4, "little") + b"\xc3"


def call(address: int) -> int:
    answer: int = ctypes.CFUNCTYPE(ctypes.c_int)(address)()
    return answer


def loaded(allocator: Allocator, number: int) -> Any:
    region = allocator.allocate(6)
    region.write(0, returning(number))
    region.seal()
    return region
