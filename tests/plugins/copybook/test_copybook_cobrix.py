"""Every option of Cobrix stands in docs/cobrix.md with what becomes of it here."""

from __future__ import annotations

from pathlib import Path

from arrowsmith_copybook.options import COBRIX

PAGE = Path(__file__).parents[3] / "docs" / "cobrix.md"


def test_every_option_is_in_the_table() -> None:
    """*same*, *accepted, no effect here* or *replaced by*, as the code has it."""
    text = PAGE.read_text(encoding="utf-8")
    missing = []
    for option in COBRIX:
        kind = "replaced by" if option.replaced_by else "accepted, no effect here" if option.no_effect else "same"
        if f"| `{option.name}` | {kind} |" not in text:
            missing.append(option.name)

    assert not missing
