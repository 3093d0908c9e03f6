"""Rules of expressions, D0150 to D0160: names mean something that is read before, values are of the kinds that are taken."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from arrowsmith.layout.rules.rule import Found, Rule, Survey, rule
from arrowsmith.layout.scope import Use, Wrong, article

#: What `arrowsmith.layout.scope.infer` finds, and the rule that it breaks.
_CODES: tuple[tuple[Wrong, str, str], ...] = (
    ("unknown", "D0150", "an expression names a field that does not exist"),
    ("early", "D0151", "an expression names a field that is not read before it"),
    ("ambiguous", "D0152", "an expression names several fields at once"),
    ("through", "D0153", "an expression names a field inside an array that has no current element"),
    ("up", "D0154", "an expression looks more groups up than there are"),
    ("parameter", "D0155", "an expression uses a parameter that does not exist or is not known yet"),
    ("operands", "D0156", "an operator gets operands of kinds that it does not take"),
    ("operator", "D0157", "an expression uses an operator that does not exist"),
    ("constant", "D0158", "a constant has no value that expressions can have"),
    ("index", "D0159", "an expression asks for the index of an array that is not around it"),
)


def _finder(wrong: Wrong) -> Callable[[Survey], Iterable[Found]]:
    def find(survey: Survey) -> Iterator[Found]:
        for use, _, faults in survey.inferred:
            for fault in faults:
                if fault.wrong == wrong:
                    yield Found(f"{_of(use)}: {fault.message}", use.place, fault.help)

    return find


@rule("D0160", "an expression has a value of another kind than its place takes")
def kinds(survey: Survey) -> Iterator[Found]:
    for use, kind, _ in survey.inferred:
        if kind is not None and kind not in use.wants:
            wanted = " or ".join(map(article, use.wants))
            yield Found(f"{_of(use)} is {article(kind)}, and must be {wanted}", use.place)


def _of(use: Use) -> str:
    name = str(use.place)
    return f"{use.attribute} of {name}" if name and use.place.parent is not None else use.attribute


EXPRESSIONS: tuple[Rule[Survey], ...] = (*(rule(number, doc)(_finder(wrong)) for wrong, number, doc in _CODES), kinds)
