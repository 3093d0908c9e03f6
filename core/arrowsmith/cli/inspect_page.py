"""One record as a page of HTML that needs nothing else: groups fold, fields and their bytes have colours by what became of them.

Invariant: what comes from data or a dictionary is escaped; the page has no script, and asks for no other resource.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Any, Final

from arrowsmith.cli.inspect import branches, headline, words
from arrowsmith.cli.messages import printable

#: bytes of one field at most
MOST_BYTES: Final = 4096

_STYLE: Final = """
:root { color-scheme: light dark; }
body { font: 14px/1.5 system-ui, sans-serif; margin: 2em; }
h1 { font-size: 1.1em; }
.head, .field { display: grid; grid-template-columns: 6em 5em minmax(12em, 2fr) minmax(10em, 1fr) 12em minmax(10em, 2fr); gap: 1em; }
.head { font-weight: 600; border-bottom: 1px solid; }
.field { border-bottom: 1px dotted #8888; }
.field code { overflow-wrap: anywhere; }
.number { text-align: right; font-variant-numeric: tabular-nums; }
.absent, .unread, .type { opacity: .6; }
.no-view { color: #b07800; }
.invalid, .failed { color: #d02020; font-weight: 600; }
.wanted { outline: 2px solid #d02020; }
details { margin-left: 1em; border-left: 1px solid #8888; padding-left: .5em; }
summary { cursor: pointer; font-weight: 600; }
.dump { white-space: pre; font-family: ui-monospace, monospace; overflow-x: auto; }
""".strip()


def page(seen: Any) -> str:
    """The page of *seen*, whole."""
    title = _text(headline(seen))
    body = "\n".join(_fields(seen))
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{title}</title>\n<style>\n{_STYLE}\n</style>\n'
        f"</head>\n<body>\n<h1>{title}</h1>\n"
        '<div class="head"><span class="number">offset</span><span class="number">length</span><span>bytes</span>'
        "<span>field</span><span>type</span><span>value</span></div>\n"
        f"{body}\n<details>\n<summary>all bytes of the record</summary>\n"
        f'<div class="dump">{_dump(seen.data)}</div>\n</details>\n</body>\n</html>\n'
    )


def _fields(seen: Any) -> Iterator[str]:
    opened = 0
    wanted = seen.items[seen.wanted] if seen.wanted >= 0 else None
    for depth, name, _, item in branches(seen.items):
        while opened > depth:
            opened -= 1
            yield "</details>"
        if item is None:
            opened += 1
            yield f"<details open>\n<summary>{_text(name)}</summary>"
        else:
            yield _field(name, item, item is wanted)
    yield from ["</details>"] * opened


def _field(name: str, item: Any, wanted: bool) -> str:
    kind = item.state.replace(" ", "-") + (" wanted" if wanted else "")
    place = "–" if item.offset is None else f"{item.offset:,}"
    more = len(item.data) - MOST_BYTES
    digits = item.data[:MOST_BYTES].hex(" ") + (f" … {more:,} more bytes" if more > 0 else "")
    return (
        f'<div class="field {kind}"><span class="number">{place}</span><span class="number">{len(item.data):,}</span>'
        f'<code>{digits}</code><span>{_text(name)}</span><span class="type">{_text(item.type)}</span>'
        f"<span>{_text(words(item))}</span></div>"
    )


def _dump(data: bytes) -> str:
    """*data* in lines of sixteen bytes, with their places."""
    shown = data[: 16 * MOST_BYTES]
    lines = [f"{n:08x}  {shown[n : n + 16].hex(' '):47}" for n in range(0, len(shown), 16)]
    return "\n".join([*lines, f"… {len(data) - len(shown):,} more bytes"] if len(data) > len(shown) else lines)


def _text(text: str) -> str:
    return escape(printable(text))
