"""What is offered and by whom; of two with one name, the error; and the transforms by their names, core's own among them.

Invariant: what core has itself is offered under the same rule as what plugins have: one name, one offer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from arrowsmith.errors import PluginError, code
from arrowsmith.interfaces import plain
from arrowsmith.once import once
from arrowsmith.registry.discovery import ALLOW_VARIABLE, Record
from arrowsmith.registry.kinds import TRANSFORM, Kind
from arrowsmith.transforms import STOCK, Transformer, named

P_DUPLICATE = code("P0001", "two plugins offer things of one kind under one name")

#: who offers what core has itself
CORE: Final = Record("core", "arrowsmith", "itself")


@dataclass(frozen=True, slots=True)
class Offer:
    """An object of one kind, and who offers it."""

    object: Any
    record: Record


#: kind → what core has of it itself
OWN: Final[Mapping[str, tuple[Offer, ...]]] = {
    TRANSFORM.name: tuple(Offer(transformer, CORE) for transformer in STOCK.values())
}


def duplicate(kind: Kind, offers: Sequence[Offer]) -> tuple[tuple[Record, Record], PluginError] | None:
    """The first two of *offers* that have one name: who offers them, and the error that says so."""
    first: dict[str, Offer] = {}
    for offer in offers:
        earlier = first.setdefault(plain(offer.object.name), offer)
        if earlier is not offer:
            pair = (earlier.record, offer.record)
            message = f"two plugins offer the {kind.name} {offer.object.name}: {pair[0]} and {pair[1]}"
            return pair, PluginError(message, code=P_DUPLICATE, help=f"remove one, or leave it out of {ALLOW_VARIABLE}")
    return None


def distinct(kind: Kind, offers: Sequence[Offer]) -> Sequence[Offer]:
    """*offers* of *kind*.  Raises `PluginError` where two have one name."""
    fault = duplicate(kind, offers)
    if fault is not None:
        raise fault[1]
    return offers


class Transformers(Mapping[str, Transformer]):
    """Name → transform; *offers* are asked for when the first is looked up, since few dictionaries name one."""

    def __init__(self, offers: Callable[[], Sequence[Offer]]) -> None:
        self._offers = offers

    @once
    def _by_name(self) -> Mapping[str, Transformer]:
        return named(_transformer(offer) for offer in distinct(TRANSFORM, self._offers()))

    def __getitem__(self, name: str) -> Transformer:
        return self._by_name[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_name)

    def __len__(self) -> int:
        return len(self._by_name)


def _transformer(offer: Offer) -> Transformer:
    if isinstance(offer.object, Transformer):
        return offer.object
    return Transformer(offer.object.name, offer.object.takes, offer.object, str(offer.record))
