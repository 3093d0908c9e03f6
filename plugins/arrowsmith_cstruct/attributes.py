"""Extensions of compilers: ``__attribute__((packed))`` and the like become values, and are taken out of the text.

gcc's ``packed`` and ``aligned(n)`` change how data lie, and so does ``_Alignas(n)``; some others change nothing; the rest is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from arrowsmith.diagnostics import nearest
from arrowsmith_cstruct.sheet import Sheet
from arrowsmith_cstruct.tokens import Token

_INTRODUCING = ("__attribute__", "__attribute")
_ALIGNAS = ("_Alignas", "alignas")

#: Attributes without a meaning for data.
_HARMLESS = (
    "unused",
    "used",
    "deprecated",
    "may_alias",
    "designated_init",
    "visibility",
    "warn_if_not_aligned",
    "gcc_struct",
)

_KNOWN = ("packed", "aligned")

#: What to do about extensions that change how data lie.
_INSTEAD = {
    "scalar_storage_order": "give the option byte_order",
    "ms_struct": "give the option bit_fields=ms",
    "__declspec": "give the option packing, or use #pragma pack",
    "__packed": "write __attribute__((packed)), use #pragma pack, or give the option packing",
}

#: Other spellings of words of C, and words without a meaning for data.
_SPELLINGS = {
    "__extension__": "", "__restrict": "", "__restrict__": "", "__inline": "inline", "__inline__": "inline",
    "__const": "const", "__const__": "const", "__volatile": "volatile", "__volatile__": "volatile",
    "__signed": "signed", "__signed__": "signed", "_Noreturn": "", "static_assert": "_Static_assert",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Attribute:
    """``packed``, or ``aligned`` to ``operand`` bytes, at ``start`` to ``end``.  ``index``: how many tokens remain before it."""

    name: str
    operand: tuple[Token, ...]
    start: int
    end: int
    index: int


def take_attributes(sheet: Sheet, tokens: Sequence[Token]) -> tuple[list[Token], list[Attribute]]:
    """*tokens* without extensions, and the attributes that were among them."""
    kept: list[Token] = []
    found: list[Attribute] = []
    at = 0
    while at < len(tokens):
        token = tokens[at]
        if token.text in _INTRODUCING:
            end = _closing(sheet, tokens, at + 1)
            inside = tokens[at + 2 : end]
            if not inside or inside[0].text != "(" or _closing(sheet, tokens, at + 2) != end - 1:
                raise sheet.refusal("H0108", "an attribute is written ((name))", token.start, tokens[end].end)
            for part in _parts(inside[1:-1]):
                attribute = _attribute(sheet, part, len(kept))
                found += [attribute] if attribute else []
            at = end + 1
        elif token.text in _ALIGNAS:
            end = _closing(sheet, tokens, at + 1)
            found.append(Attribute("aligned", tuple(tokens[at + 2 : end]), token.start, tokens[end].end, len(kept)))
            at = end + 1
        elif token.text in _INSTEAD:
            help = _INSTEAD[token.text]
            raise sheet.refusal("H0108", f"{token.text} is not carried out here", token.start, token.end, help=help)
        else:
            spelled = _SPELLINGS.get(token.text, token.text) if token.kind == "name" else token.text
            kept += [Token(token.kind, spelled, token.start, token.end)] if spelled else []
            at += 1
    return kept, found


def _closing(sheet: Sheet, tokens: Sequence[Token], at: int) -> int:
    """The index of the parenthesis that closes the one at index *at*."""
    depth = 0
    for index in range(at, len(tokens)):
        depth += {"(": 1, ")": -1}.get(tokens[index].text, 0)
        if depth == 0 and tokens[index].text == ")":
            return index
        if depth == 0:
            break
    token = tokens[at - 1]
    raise sheet.refusal("H0108", f"{token.text} needs something in parentheses behind it", token.start, token.end)


def _parts(tokens: Sequence[Token]) -> list[list[Token]]:
    """*tokens* between commas; without those that are empty."""
    parts: list[list[Token]] = [[]]
    depth = 0
    for token in tokens:
        depth += {"(": 1, ")": -1}.get(token.text, 0)
        if token.text == "," and depth == 0:
            parts.append([])
        else:
            parts[-1].append(token)
    return [part for part in parts if part]


def _attribute(sheet: Sheet, part: Sequence[Token], index: int) -> Attribute | None:
    """One attribute; None for one without a meaning for data."""
    name = part[0].text.strip("_") or part[0].text
    start, end = part[0].start, part[-1].end
    if name in _HARMLESS:
        return None
    if name not in _KNOWN or (name == "packed" and len(part) > 1):
        close = nearest(name, _KNOWN)
        raise sheet.refusal(
            "H0108",
            f"the attribute {name} is not known here",
            start,
            end,
            help=_INSTEAD.get(name, f"did you mean {close}?" if close else ""),
        )
    return Attribute(name, tuple(part[2:-1]), start, end, index)
