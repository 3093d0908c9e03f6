"""Our emitters fulfil the public contract of emitters."""

from __future__ import annotations

import pytest

from arrowsmith import registry as registries
from arrowsmith.interfaces import Emitter
from arrowsmith.program import ops
from arrowsmith.testing import EmitterSuite

REGISTRY = registries.load()


class TestVm(EmitterSuite):
    """The bytecode machine, which runs everything everywhere."""

    refused = frozenset()

    @pytest.fixture
    def emitter(self) -> Emitter:
        return REGISTRY.emitter("vm")


#: each level holds the ones before it: SSE2 alone; a swapping load and vectors of 16 bytes; of 32; all that the emitter makes use of
SSE4 = frozenset({"ssse3", "sse4_1", "sse4_2", "popcnt", "movbe"})
AVX2 = SSE4 | {"avx", "avx2", "bmi1", "bmi2", "abm"}
AVX512 = AVX2 | {"avx512f", "avx512bw", "avx512vl", "avx512vbmi"}
VBMI2 = AVX512 | {"avx512_vbmi2"}


#: samples that machine code leaves to the bytecode machine; what is no longer so is to be taken out here
REFUSED = {
    "let_mod_of_floats",
    "text_let_byte",
    "text_let_compares_own_utf_16_be",
    "text_let_compares_utf_8_utf_8",
    "text_let_decodes_latin_1",
    "text_let_decodes_own",
    "text_let_decodes_utf_16_be",
    "text_let_decodes_utf_8",
    "text_let_int_by_a_base_of_the_data",
    "text_let_slice_as_bytes",
    "text_let_makes_binary",
    "text_let_makes_latin_1",
    "text_let_makes_own",
    "text_let_makes_utf_8",
    "text_let_takes_apart_own",
    "text_let_takes_apart_utf_8",
    "text_shift_jis",
    "text_utf_32_be",
    "transform_by_arguments",
    "transform_in_transform",
    "transform_makes_more",
    "transform_rol",
    "transform_ror",
    "transform_that_fails",
    "transform_xor_a_byte",
    "transform_xor_a_key",
    "transform_xor_a_long_key",
    "transform_xor_an_empty_key",
    "transform_zlib",
    "transform_in_a_list",
}


class TestX86_64(EmitterSuite):
    """Machine code, at every level of features that this processor has."""

    features = {"baseline": frozenset(), "sse4": SSE4, "avx2": AVX2, "avx512": AVX512, "vbmi2": VBMI2}
    without = frozenset({ops.Transform})
    refused = REFUSED

    @pytest.fixture
    def emitter(self) -> Emitter:
        pytest.importorskip("iced_x86")
        return REGISTRY.emitter("x86-64")
