"""The public kit collects this package's `.case` files, too."""

from __future__ import annotations

pytest_plugins = ["arrowsmith.testing.plugin"]
