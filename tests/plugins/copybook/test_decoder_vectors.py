"""Cobrix's vectors of its decoders, through the public face: what is lenient there is lenient here, and each difference has its reason.

The vectors stand beside the project, in the peers' data; without them there is nothing to do.
"""

from __future__ import annotations

import json
import math
import re
import warnings
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import arrowsmith

FILE = Path(__file__).parents[4] / "shared" / "data" / "copybook" / "decoder_vectors.json"
VECTORS = json.loads(FILE.read_text()) if FILE.exists() else []
pytestmark = pytest.mark.skipif(not VECTORS, reason="the peers' data are not here")

#: no picture asks the decoder for that
NO_PICTURE = "no picture"
#: (decoder, bytes, its numbers and what is true) → why it is otherwise here, and what is read
OTHERWISE: dict[tuple[str, str, str], tuple[str, object]] = {
    ("decodeAsciiNumber", "7b", "isUnsigned allowSignOverpunch"): (
        "a sign in a number without one is refused while signs are strict", None),
    ("decodeAsciiInt", "2b31303030303030303030303030", "isUnsigned allowSignOverpunch"): (
        "fourteen digits have a column of 64 bits", 10**12),
    ("decodeAsciiBigNumber", "2b31303030", "allowSignOverpunch 5 0"): ("blanks and signs may stand where digits do", "0.01"),
    ("decodeAsciiBigNumber", "2b31303030", "allowSignOverpunch 0 -1"): ("P scales what the picture has, not what is there", "0.001"),
    ("decodeAsciiBigDecimal", (b"12345678901234567890123456." + b"12345678901234567890123456").hex(), "isUnsigned allowSignOverpunch"): (
        "Arrow's decimals have 38 digits at most", NO_PICTURE),
    ("decodeBinaryNumber", "fffffffe", "bigEndian 6"): ("ten digits are more than a decimal of the picture's nine holds", None),
    ("decodeBinaryNumber", "fffffffe", "bigEndian 12"): ("a picture of twelve digits has eight bytes", NO_PICTURE),
    ("decodeBinaryNumber", "042080", "signed 1"): ("seven digits are more than a decimal of the picture's six holds", None),
    ("decodeBinaryNumber", "042080", "1"): ("seven digits are more than a decimal of the picture's six holds", None),
    ("decodeIbmSingleBigEndian", "43142efc", ""): ("Cobrix has the exponent wrong up to 2.10: it is a power of 16", 322.9365234375),
    ("decodeIbmSingleLittleEndian", "fc2e1443", ""): ("the same", 322.9365234375),
} | {
    ("decodeAsciiBigNumber", "2b31303030", f"allowSignOverpunch {scale} {factor}"): (
        "V and P at the right end exclude each other", NO_PICTURE)
    for scale, factor in ((1, 1), (3, 2), (4, 3), (5, 4))
}  # fmt: skip


def said(vector: dict[str, Any], name: str) -> bool:
    """Whether the call that *vector* has had the argument *name* as true."""
    return any(re.fullmatch(rf"{name} = true", argument) for argument in vector["args"])


def numbers(vector: dict[str, Any]) -> list[int]:
    return [int(argument) for argument in vector["args"] if re.fullmatch(r"-?\d+", argument)]


def display(vector: dict[str, Any]) -> tuple[str, dict[str, str]]:
    """Clauses and options of a number of usage DISPLAY as the call of *vector* has it."""
    data, name = bytes.fromhex(vector["hex"]), vector["fn"]
    sign = "" if said(vector, "isUnsigned") else "S"
    options = {
        "encoding": "ascii" if "Ascii" in name else "ebcdic",
        "improved_null_detection": str(said(vector, "improvedNullDetection")).lower(),
        "strict_sign_overpunching": str(not said(vector, "relaxedOverpunch")).lower(),
    }
    size = len(data)
    scale, factor = (*numbers(vector), 0, 0)[:2]
    point = re.search(rb"[.,](\d*)", data)
    if point and name.endswith(("BigDecimal", "Number")):  # the picture has it, too
        return f"PIC {sign}9({size - 1 - len(point[1])}).{'9' * len(point[1])}", options
    if factor < 0:
        return f"PIC {sign}{'P' * -factor}9({size})", options
    whole = f"9({size - scale})" if size > scale else ""
    return f"PIC {sign}{whole}{f'V9({scale})' if scale else ''}{'P' * factor}", options


def binary(vector: dict[str, Any]) -> tuple[str, dict[str, str]]:
    size, scale = len(vector["hex"]) // 2, (*numbers(vector), 0)[0]
    digits = {1: 2, 2: 4, 3: 6, 4: 9}[size]
    sign = "S" if said(vector, "signed") else ""
    point = f"V9({scale})" if scale else ""
    order = "big" if said(vector, "bigEndian") else "little"
    return f"PIC {sign}9({max(digits - scale, 1)}){point} COMP-5", {"binary_size": "1--8", "comp5_order": order}


def floating(vector: dict[str, Any]) -> tuple[str, dict[str, str]]:
    name = vector["fn"]
    form = ("IBM" if "Ibm" in name else "IEEE754") + ("_little_endian" if "Little" in name else "")
    return "COMP-1" if "Single" in name else "COMP-2", {"floating_point_format": form}


def text(vector: dict[str, Any]) -> tuple[str, dict[str, str]]:
    return f"PIC X({vector['args'][1]})", {"encoding": vector["args"][0].lower()}


def read(vector: dict[str, Any]) -> Any:
    """What is read of the bytes of *vector*, as a field of what its decoder is for."""
    data, name = bytes.fromhex(vector["hex"]), vector["fn"]
    way = {"decodeString": text, "decodeBinaryNumber": binary}.get(
        name, display if "cii" in name or "Ebcdic" in name else floating
    )
    clauses, options = way(vector)
    size = int(vector["args"][1]) if way is text else len(data)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that the only record has no valid field
        table = arrowsmith.read(
            arrowsmith.text(f"       01 R.\n         05 A {clauses}.\n", name="r.cpy"),
            data[:size],
            options=options,
            on_error="null",
        )
    return table["A"][0].as_py()


def place(vector: dict[str, Any]) -> tuple[str, str, str]:
    true = [argument.partition(" ")[0] for argument in vector["args"] if argument.endswith("= true")]
    return (
        vector["fn"],
        vector["hex"],
        " ".join([*true, *map(str, numbers(vector) if vector["fn"] != "decodeString" else [])]),
    )


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: " ".join(place(vector)))
def test_a_vector_is_read_as_cobrix_reads_it(vector: dict[str, Any]) -> None:
    ((how, wanted),) = vector["expected"].items()
    expected: Any = None if wanted == "null" else re.sub(r'BigDecimal|[()"Lf]', "", wanted)
    reason, other = OTHERWISE.get(place(vector), ("", expected))
    if other is NO_PICTURE:
        pytest.skip(reason)
    found = read(vector)
    if vector["fn"] == "decodeString":
        assert found == other
    elif how == "approx":
        assert math.isclose(found, float(other), rel_tol=1e-6)
    else:
        assert (None if found is None else Decimal(found)) == (None if other is None else Decimal(other)), reason
