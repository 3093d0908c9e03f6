"""Our formats fulfil the public contract of formats."""

from __future__ import annotations

import pytest

from arrowsmith import registry as registries
from arrowsmith.interfaces import Format
from arrowsmith.testing import FormatSuite


class TestCopybook(FormatSuite):
    """COBOL copybooks."""

    good = "samples/good/*.cpy"
    bad = "samples/bad/*.cpy"

    @pytest.fixture
    def format(self) -> Format:
        return registries.load().format("copybook")
