"""Our emitters fulfil the public contract of emitters."""

from __future__ import annotations

import pytest

from arrowsmith import registry as registries
from arrowsmith.interfaces import Emitter
from arrowsmith.testing import EmitterSuite

REGISTRY = registries.load()


class TestVm(EmitterSuite):
    """The bytecode machine, which runs everything everywhere."""

    refused = frozenset()

    @pytest.fixture
    def emitter(self) -> Emitter:
        return REGISTRY.emitter("vm")
