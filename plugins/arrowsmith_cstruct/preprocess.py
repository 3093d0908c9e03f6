"""The preprocessor's part: comments and directives become blanks, and what they say becomes comments, macros, alignments.

Accepted are #include (passed over), #define, #pragma pack and once, include guards, #ifdef __cplusplus; the rest is refused.
Invariant: the text that remains is as long as the sheet's and has its lines; of directives and comments only blanks remain.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from arrowsmith_cstruct.comments import Comment, comment
from arrowsmith_cstruct.packing import Packing
from arrowsmith_cstruct.sheet import Sheet

#: Comments, and what may hold their signs without being one.
_COMMENTS = re.compile(
    r"(?P<block>/\*.*?\*/)|(?P<open>/\*)|(?P<line>//(?:\\\r?\n|[^\n])*)"
    r"|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'",
    re.DOTALL,
)
_DIRECTIVE = re.compile(r"^[^\S\n]*#[^\S\n]*(?P<rest>(?:\\\r?\n|[^\n])*)", re.MULTILINE)
_WORD = re.compile(r"(?P<word>\w*)\s*(?P<rest>.*)", re.DOTALL)
_DEFINE = re.compile(r"(?P<name>[A-Za-z_$][\w$]*)(?P<function>\()?(?P<body>.*)", re.DOTALL)
_NAME = re.compile(r"[A-Za-z_$][\w$]*\Z")
_NOT_DEFINED = re.compile(r"!\s*defined\s*(?:\(\s*([A-Za-z_$][\w$]*)\s*\)|([A-Za-z_$][\w$]*))\Z")
_SPLICE = re.compile(r"(?<![\w$])\\(\r?\n)|\\(\r?\n)(?![\w$])")

#: Pragmas that do not change how data lie.
_HARMLESS = (
    "once",
    "warning",
    "region",
    "endregion",
    "message",
    "mark",
    "GCC diagnostic",
    "clang diagnostic",
    "GCC poison",
)

#: The name that only C++ compilers define.
_CPLUSPLUS = "__cplusplus"

_EXPAND = "let a compiler's preprocessor do it: `cc -E -P record.h -o plain.h`"


@dataclass(frozen=True, slots=True)
class Macro:
    """``#define name body`` at ``start`` to ``end``.  ``function``: it takes arguments."""

    name: str
    body: str
    function: bool
    start: int
    end: int


@dataclass(slots=True)
class Prepared:
    """What remains of the sheet: ``text`` and, in order, what was taken out."""

    text: str
    comments: list[Comment]
    macros: list[Macro]
    packing: Packing


@dataclass(slots=True)
class _Condition:
    """An open #if: ``guard`` of the whole source, or a test of __cplusplus; ``active``: what stands here counts."""

    start: int
    end: int
    guard: bool
    active: bool
    since: int


@dataclass(slots=True)
class _State:
    sheet: Sheet
    packing: Packing
    comments: list[Comment] = field(default_factory=list)
    macros: list[Macro] = field(default_factory=list)
    conditions: list[_Condition] = field(default_factory=list)
    skipped: list[tuple[int, int]] = field(default_factory=list)
    first: bool = True


def prepare(sheet: Sheet, natural: int) -> Prepared:
    """The *sheet* after preprocessing; *natural* is the alignment that the option ``packing`` gives (0: none)."""
    state = _State(sheet, Packing(sheet, natural))
    texts = [_source(state, source.text, base) for source, base in zip(sheet.sources, sheet.starts, strict=True)]
    return Prepared("\n".join(texts), state.comments, state.macros, state.packing)


def _source(state: _State, text: str, base: int) -> str:
    """One source that begins at *base*, blanked."""
    pieces = []
    at = 0
    for found in _COMMENTS.finditer(text):
        if found["open"] is not None:
            raise state.sheet.refusal(
                "H0101",
                "this comment is not closed",
                base + found.start(),
                base + found.end(),
                help="write */ where it ends",
            )
        if found["block"] is not None or found["line"] is not None:
            state.comments.append(comment(found.group(), base + found.start()))
            pieces += [text[at : found.start()], _blank(found.group())]
            at = found.end()
    text = "".join([*pieces, text[at:]])
    state.first = True
    text = _DIRECTIVE.sub(lambda found: _directive(state, found, base), text)
    if state.conditions:
        left = state.conditions[-1]
        raise state.sheet.refusal("H0103", "this condition has no #endif", left.start, left.end)
    for start, end in state.skipped:
        text = text[: start - base] + _blank(text[start - base : end - base]) + text[end - base :]
    state.skipped.clear()
    text = re.sub(r"[\r\f\v]", " ", _SPLICE.sub(lambda found: " " + found.group()[1:], text))
    return text


def _blank(text: str) -> str:
    """Blanks in the place of *text*; its line ends stay."""
    return re.sub(r"[^\n]", " ", text)


def _directive(state: _State, found: re.Match[str], base: int) -> str:
    start = base + found.start() + len(found.group()) - len(found.group().lstrip())
    end = base + found.start() + len(found.group().rstrip())
    rest = re.sub(r"\\\r?\n", " ", found["rest"]).strip()
    match = _WORD.match(rest)
    assert match is not None
    word, operand = match["word"], match["rest"].strip()
    first = state.first
    state.first = first and rest.split() == ["pragma", "once"]
    if word in ("if", "ifdef", "ifndef", "else", "elif", "endif", "elifdef", "elifndef"):
        _condition(state, word, operand, start, end, first)
    elif all(condition.active for condition in state.conditions):
        _plain(state, word, operand, start, end)
    return _blank(found.group())


def _plain(state: _State, word: str, operand: str, start: int, end: int) -> None:
    """A directive that is no condition."""
    if word in ("include", "") or word.isdecimal():  # a line mark of a compiler's own preprocessor: # 1 "record.h"
        return
    if word == "define":
        _define(state, operand, start, end)
    elif word == "pragma" and re.match(r"pack\b", operand):
        state.packing.pragma(operand, start, end)
    elif word == "pragma" and any(re.match(rf"{harmless}\b", " ".join(operand.split())) for harmless in _HARMLESS):
        return
    elif word == "pragma":
        raise state.sheet.refusal("H0103", f"#pragma {operand} is not one that is known here", start, end)
    else:
        raise state.sheet.refusal("H0103", f"#{word} is not carried out here", start, end, help=_EXPAND)


def _define(state: _State, operand: str, start: int, end: int) -> None:
    found = _DEFINE.match(operand)
    if found is None:
        raise state.sheet.refusal("H0103", "this #define has no name", start, end)
    macro = Macro(found["name"], " ".join(found["body"].split()), found["function"] is not None, start, end)
    earlier = next((m for m in state.macros if m.name == macro.name), None)
    if earlier is not None and (earlier.body, earlier.function) != (macro.body, macro.function):
        raise state.sheet.refusal(
            "H0103",
            f"the macro {macro.name} is defined again, as something else",
            start,
            end,
            notes=[f"it is first defined at {state.sheet.span(earlier.start)}"],
        )
    state.macros.append(macro)


def _condition(state: _State, word: str, operand: str, start: int, end: int, first: bool) -> None:
    """A directive of conditional text: those of include guards and of __cplusplus can be decided here."""
    refusal = state.sheet.refusal(
        "H0103", f"#{word} {operand}".rstrip() + " cannot be decided here", start, end, help=_EXPAND
    )
    if word in ("ifdef", "ifndef", "if"):
        negative = _NOT_DEFINED.match(operand) if word == "if" else None
        name = (negative[1] or negative[2]) if negative else operand
        defined = word == "ifdef"
        if not _NAME.match(name) or (word == "if" and negative is None):
            raise refusal
        if name == _CPLUSPLUS:
            state.conditions.append(_Condition(start, end, False, not defined, end))
        elif first and not defined:  # an include guard: the name is not defined yet
            state.conditions.append(_Condition(start, end, True, True, end))
        else:
            raise refusal
        return
    if not state.conditions:
        raise state.sheet.refusal("H0103", f"this #{word} belongs to no condition", start, end)
    top = state.conditions[-1]
    if word == "endif":
        state.conditions.pop()
    elif word == "else" and not top.guard:
        pass
    else:
        raise refusal
    if not top.active:
        state.skipped.append((top.since, start))
    top.active, top.since = not top.active, end
