"""Our allocators fulfil the public contract of allocators."""

from __future__ import annotations

import pytest

from arrowsmith import registry as registries
from arrowsmith.memory import Allocator
from arrowsmith.testing import AllocatorSuite

NAMES = [allocator.name for allocator in registries.load().allocators if allocator.name != "rwx"]


class TestAllocators(AllocatorSuite):
    """Every allocator of ours but the one that says in its name what it does."""

    @pytest.fixture(params=NAMES)
    def allocator(self, request: pytest.FixtureRequest) -> Allocator:
        return registries.load().allocator(request.param)


class TestRwx(AllocatorSuite):
    """One mapping writable and executable at once: taken only when it is named."""

    wx = True

    @pytest.fixture
    def allocator(self) -> Allocator:
        return registries.load().allocator("rwx")
