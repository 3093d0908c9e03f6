"""Data read as the rows of a node that a description repeats."""

from __future__ import annotations

from typing import Any

import arrowsmith


def rows(text: str, data: bytes, path: str, **given: Any) -> list[dict[str, Any]]:
    options = {"rows": path, **given.pop("options", {})}
    found: list[dict[str, Any]] = arrowsmith.read(
        arrowsmith.text(text, name="a.ksy"), data, format="kaitai", options=options, **given
    ).to_pylist()
    return found
