"""The C format fulfils the public contract of formats."""

from __future__ import annotations

import pytest

from arrowsmith.interfaces import Format
from arrowsmith.testing import FormatSuite
from arrowsmith_cstruct.format import CStructs


class TestCStructs(FormatSuite):
    """Declarations of C."""

    good = "samples/good/*.h"
    bad = "samples/bad/*.h"

    @pytest.fixture
    def format(self) -> Format:
        return CStructs()
