"""``arrowsmith plugins``: who is installed, what each offers, and what is wrong with those that are not used."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from arrowsmith.cli.messages import put_line


@click.command("plugins", short_help="Installed plugins, their offers and errors.")
@click.option("--json", "as_json", is_flag=True, help="JSON instead of a text.")
def command(as_json: bool) -> None:
    """List the installed plugins: name, version, what each offers, and why it, or a part of it, is not used."""
    from arrowsmith import registry

    plugins = registry.load().plugins
    if as_json:
        put_line(json.dumps([asdict(plugin) for plugin in plugins], indent=1))
        return
    if not plugins:
        put_line("no plugins are installed")
    for plugin in plugins:
        put_line(str(plugin))
        for offer in plugin.offers:
            put_line(f"  {offer}")
        if plugin.error:
            put_line(f"  not used: {plugin.error}")
