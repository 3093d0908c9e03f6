"""Hypothesis profiles: `quick` by default, `fuzz` (``HYPOTHESIS_PROFILE=fuzz``) for hours."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

# No deadline: the machine that runs this has other things to do, and a slow example is no wrong one.
settings.register_profile("quick", max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("fuzz", settings.get_profile("quick"), max_examples=20_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))

pytest_plugins = ["arrowsmith.testing.plugin"]
