"""docs/cli.md lists every command and every option, as they are spelled, and no other."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from arrowsmith.cli.app import COMMANDS, app

PAGE = Path(__file__).parents[2] / "docs" / "cli.md"
DICTIONARY = "Options of every command that opens a dictionary"
DATA = "Options of every command that opens data"
#: command → the shared sections that hold of it
SHARED = {
    "convert": (DICTIONARY, DATA),
    "head": (DICTIONARY, DATA),
    "inspect": (DICTIONARY, DATA),
    "validate": (DICTIONARY, DATA),
    "describe": (DICTIONARY,),
}


def sections() -> dict[str, str]:
    parts = re.split(r"^## (.*)$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {name.strip("`"): text for name, text in zip(parts[1::2], parts[2::2], strict=True)}


def listed(text: str) -> set[str]:
    """What the items of a section spell: ``-f, --format FORMAT``."""
    found = re.findall(r"^- (`-[^:]*`):", text, flags=re.MULTILINE)
    return {item.replace("`", "") for item in found}


def spelled(option: click.Option) -> str:
    """*option* as the page should have it."""
    names = ", ".join(sorted(option.opts, key=len))
    if option.is_flag or option.count or option.is_eager:
        return names
    value = "|".join(option.type.choices) if isinstance(option.type, click.Choice) else option.metavar
    return f"{names} {value}"


def options(command: click.Command) -> set[str]:
    return {spelled(p) for p in command.params if isinstance(p, click.Option)}


def commands() -> dict[str, click.Command]:
    """Every command, and those of groups behind their group's name."""
    found: dict[str, click.Command] = {}
    for name in COMMANDS:
        command = app.get_command(click.Context(app), name)
        assert command is not None
        found[name] = command
        if isinstance(command, click.Group):
            found |= {f"{name} {inner.name}": inner for inner in command.commands.values()}
    return found


@pytest.mark.parametrize("name", commands())
def test_every_option_of_a_command_is_documented(name: str) -> None:
    command, page = commands()[name], sections()

    documented = listed(page[f"arrowsmith {name}"])
    for shared in SHARED.get(name, ()):
        assert f"`{name}`" in page[shared].partition("\n- ")[0]
        documented |= listed(page[shared])

    assert documented == options(command)


def test_options_of_the_program_are_documented() -> None:
    assert listed(sections()["arrowsmith"]) == options(app) | {"-h, --help"}


def test_every_command_is_documented_and_has_a_line_of_help() -> None:
    page = sections()
    assert {name for name in page if name.startswith("arrowsmith ")} == {f"arrowsmith {name}" for name in commands()}
    for command in commands().values():
        assert command.short_help
        assert all(p.help for p in command.params if isinstance(p, click.Option))
