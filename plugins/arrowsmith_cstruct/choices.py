"""Options → `Choices`: what the user has asked for, weighed against each other, with the defaults that depend on other options."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from typing import Literal

from arrowsmith.diagnostics import nearest
from arrowsmith.errors import OptionError
from arrowsmith.interfaces import Options
from arrowsmith_cstruct.abi import ABIS, Abi

#: Options of one record format, and the formats that they have a meaning for.
_FRAMING = {
    "record_length": ("fixed",),
    "length_width": ("prefixed",),
    "length_order": ("prefixed",),
    "length_offset": ("prefixed",),
    "length_header": ("prefixed",),
    "length_counts_header": ("prefixed",),
    "length_member": ("member",),
    "length_adjustment": ("prefixed", "member"),
}

#: Numbers with the least that they can be.
_LEAST = {"record_length": 1, "length_width": 1, "length_offset": 0, "length_header": 1}

#: Charsets as the ends of their names show the byte order, by the bytes of a character's unit.
_UNICODE = {1: "utf-8", 2: "utf-16", 4: "utf-32"}

Order = Literal["little", "big"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """Everything that options decide.  ``packing``: the largest alignment, 0 for any.  ``charset``: Python's name of that of char."""

    abi: Abi
    order: Order
    packing: int
    bit_fields: Literal["sysv", "ms"]
    chars: Literal["text", "padded", "bytes", "signed", "unsigned"]
    charset: str
    undecodable: Literal["error", "replace", "space"]
    byte_arrays: bool
    enums: Literal["dictionary", "label", "number"]
    short: Literal["absent", "error"]
    given: Options

    def charset_of(self, unit: int) -> str:
        """The charset of characters whose units have so many bytes."""
        if unit == 1:
            return self.charset
        return f"{_UNICODE[unit]}-{'le' if self.order == 'little' else 'be'}"


def choose(options: Options) -> Choices:
    """What *options* (from `parse_options`) ask for.  Raises `OptionError`."""
    record_format = options["record_format"]
    for name, formats in _FRAMING.items():
        if options[name] is not None and record_format not in formats:
            raise _contradiction(f"the option {name} has no meaning with record_format={record_format}")
    for name, least in _LEAST.items():
        if options[name] is not None and options[name] < least:
            raise _contradiction(f"the option {name} is at least {least}, not {options[name]}")
    if record_format == "member" and options["length_member"] is None:
        raise _contradiction("record_format=member needs the option length_member")
    abi = ABIS[options["abi"]]
    packing = options["packing"]
    return Choices(
        abi=abi,
        order=options["byte_order"],
        packing=0 if packing == "natural" else int(packing),
        bit_fields=options["bit_fields"] or abi.bit_fields,
        chars=options["chars"],
        charset=_charset(options["charset"], options["byte_order"]),
        undecodable=options["undecodable"],
        byte_arrays=options["byte_arrays"] == "bytes",
        enums=options["enums"],
        short=options["short_records"],
        given=options,
    )


def _contradiction(message: str) -> OptionError:
    return OptionError(message, code="H0401")


def _charset(name: str, order: Order) -> str:
    """Python's name for a charset; UTF-16 and UTF-32 get the byte order of numbers where they do not say theirs."""
    try:
        found = codecs.lookup(name.strip())
    except (LookupError, ValueError):  # ValueError: a name with NUL in it
        found = None
    if found is None or not found._is_text_encoding:
        close = nearest(name, ("utf-8", "ascii", "iso8859-1", "iso8859-15", "cp1252", "cp437", "cp500", "utf-16"))
        raise OptionError(
            f"there is no charset {name}", code="H0403", help=f"did you mean {close}?" if close else ""
        ) from None
    if found.name in ("utf-16", "utf-32"):
        return f"{found.name}-{'le' if order == 'little' else 'be'}"
    return found.name
