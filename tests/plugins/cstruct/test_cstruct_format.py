"""The format: what it recognizes, what it needs, and that its codes and its page are complete."""

from __future__ import annotations

import importlib
import sys

import pytest

import arrowsmith
from arrowsmith.diagnostics import Source
from arrowsmith.errors import PluginError
from arrowsmith_cstruct import CODES
from arrowsmith_cstruct.format import CStructs


@pytest.mark.parametrize(
    "text",
    [
        "struct a { int x; };",
        "// c\ntypedef struct\n{\n int x; } a;",
        "union u\n{",
        "typedef unsigned int u32;",
        "  struct __attribute__((packed)) x {",
    ],
)
def test_detect_knows_declarations(text: str) -> None:
    assert CStructs().detect(Source("x", text))


@pytest.mark.parametrize(
    "text",
    ["       01  A PIC X.", "meta:\n  id: struct\n", "<?xml version='1.0'?><struct/>", "int main(void) { }", "struct"],
)
def test_detect_knows_what_is_none(text: str) -> None:
    assert not CStructs().detect(Source("x", text))


def test_without_pycparser_the_format_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pycparser.c_parser", None)
    monkeypatch.setitem(sys.modules, "pycparser", None)
    importlib.import_module("arrowsmith_cstruct.parsing")
    with pytest.raises(PluginError, match="needs the package pycparser") as raised:
        arrowsmith.compile(arrowsmith.text("struct a { int x; };", name="a.h"))
    assert "arrowsmith[c]" in raised.value.help


def test_codes_are_those_that_are_raised() -> None:
    """Every code of the table is used in the plugin, and no other."""
    import re
    from pathlib import Path

    import arrowsmith_cstruct

    folder = Path(arrowsmith_cstruct.__file__).parent
    used = {
        code
        for path in folder.glob("*.py")
        if path.name != "codes.py"
        for code in re.findall(r'"(H\d{4})"', path.read_text(encoding="utf-8"))
    }
    assert used == set(CODES)


def test_the_page_of_the_format_has_every_option_and_code() -> None:
    """docs/c.md repeats the tables of the code, word for word."""
    from pathlib import Path

    page = Path(__file__).parents[3] / "docs" / "c.md"
    if not page.exists():
        pytest.skip("the documentation is not here")
    text = page.read_text(encoding="utf-8")
    for option in CStructs().options:
        default = f"`{option.default}`" if option.default is not None else ""
        assert f"| `{option.name}` | {default + ' ' if default else ''}| {option.doc} |" in text
    for code, rule in CODES.items():
        assert f"| {code} | {rule} |" in text
