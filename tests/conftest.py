"""Hypothesis profiles: `quick` by default, `fuzz` (``HYPOTHESIS_PROFILE=fuzz``) for hours; emitters that an environment has not; and
machine code that is verified wherever a test loads it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib.util import find_spec

import pytest
import verified
from hypothesis import HealthCheck, settings

# No deadline: the machine that runs this has other things to do, and a slow example is no wrong one.
# `quick` draws the same examples every time: who changes a line sees what that line did.  `fuzz` looks for what nobody has seen.
settings.register_profile(
    "quick", max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("fuzz", settings.get_profile("quick"), max_examples=20_000, derandomize=False)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))

pytest_plugins = ["arrowsmith.testing.plugin"]

#: what `tox -e vm` and `tox -e minimal` take away
MACHINE_CODE = find_spec("iced_x86") is not None and find_spec("arrowsmith_x86_64") is not None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test with the parameter ``emitter`` runs for the emitters that are installed."""
    for item in items:
        given = getattr(item, "callspec", None)
        if given is not None and given.params.get("emitter") == "x86-64" and not MACHINE_CODE:
            item.add_marker(pytest.mark.skip(reason="this environment has no emitter x86-64"))


if MACHINE_CODE:
    verified.install()


@pytest.fixture(autouse=True)
def _machine_code_is_verified() -> Iterator[None]:
    """No test passes that loaded machine code with a fault, even if something on the way took what was raised for a status."""
    verified.FAULTS.clear()
    yield
    assert not verified.FAULTS, verified.FAULTS[0]
