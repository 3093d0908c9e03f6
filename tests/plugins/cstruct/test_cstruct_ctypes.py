"""Values are those that ctypes reads from the same bytes, in both byte orders."""

from __future__ import annotations

import ctypes
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import arrowsmith

#: ctypes' type, and the word of C; the sizes that data models disagree on are those of the host, so they are not here.
SCALARS: dict[str, Any] = {
    "signed char": ctypes.c_byte,
    "unsigned char": ctypes.c_ubyte,
    "int16_t": ctypes.c_int16,
    "uint16_t": ctypes.c_uint16,
    "int": ctypes.c_int32,
    "uint32_t": ctypes.c_uint32,
    "long long": ctypes.c_int64,
    "uint64_t": ctypes.c_uint64,
    "float": ctypes.c_float,
    "double": ctypes.c_double,
    "_Bool": ctypes.c_bool,
}
ORDERS = {"little": ctypes.LittleEndianStructure, "big": ctypes.BigEndianStructure}


@st.composite
def structs(draw: Any, order: str, depth: int = 2) -> tuple[str, Any]:
    """Members as C writes them, and ctypes' struct of them."""
    text: list[str] = []
    fields: list[tuple[str, Any]] = []
    for number in range(draw(st.integers(1, 6))):
        name = f"m{number}"
        if depth and draw(st.integers(0, 3)) == 0:
            inner, made = draw(structs(order, depth - 1))
            word = f"struct {{ {inner} }}"
        else:
            word = draw(
                st.sampled_from(sorted(SCALARS.keys() - ({"_Bool"} if order == "big" else set())))
            )  # ctypes has none
            made = SCALARS[word]
        sizes = draw(st.lists(st.integers(1, 3), max_size=2))
        for size in reversed(sizes):
            made = made * size
        text.append(f"{word} {name}{''.join(f'[{size}]' for size in sizes)};")
        fields.append((name, made))
    return " ".join(text), type("Struct", (ORDERS[order],), {"_fields_": fields})


def plain(value: Any) -> Any:
    """A value of ctypes as a row has it."""
    if isinstance(value, ctypes.Array):
        return [plain(item) for item in value]
    if isinstance(value, ctypes.Structure):
        return {name: plain(getattr(value, name)) for name, _ in value._fields_}
    return value


def same(one: Any, other: Any) -> bool:
    """Equality in which every not-a-number is one."""
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    return one == other or (isinstance(one, float) and math.isnan(one) and math.isnan(other))


@pytest.mark.parametrize("order", ORDERS)
@given(data=st.data())
def test_values_are_those_of_ctypes(order: str, data: st.DataObject) -> None:
    text, made = data.draw(structs(order))
    size = ctypes.sizeof(made)
    records = data.draw(st.lists(st.binary(min_size=size, max_size=size), min_size=1, max_size=3))
    table = arrowsmith.read(
        arrowsmith.text(f"#include <stdint.h>\nstruct record {{ {text} }};", name="r.h"),
        b"".join(records),
        options={"byte_order": order, "byte_arrays": "integers"},
        emitter="vm",
        threads=1,
    )
    for row, record in zip(table.to_pylist(), records, strict=True):
        expected = plain(made.from_buffer_copy(record))
        assert same(row, expected), (text, row, expected)
