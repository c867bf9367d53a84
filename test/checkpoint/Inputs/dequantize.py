#!/usr/bin/env python3
"""Prints the table of DequantizeTest.cpp: hashes of the values that the gguf
package (0.19.0) computes for 64 pseudorandom blocks of each type."""

import gguf
import numpy as np

# The offsets of the f16 scales in a block of each type.
SCALES = {
    "Q4_0": [0], "Q4_1": [0, 2], "Q5_0": [0], "Q5_1": [0, 2], "Q8_0": [0],
    "Q2_K": [80, 82], "Q3_K": [108], "Q4_K": [0, 2], "Q5_K": [0, 2],
    "Q6_K": [208],
}
BLOCKS = 64


def pseudorandom(count):
    """Returns the high byte of each state of Knuth's linear congruential generator."""
    state, result = 0, np.empty(count, np.uint8)
    for i in range(count):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        result[i] = state >> 56
    return result


def fnv1a(data):
    value = 0xCBF29CE484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 % 2**64
    return value


for name, places in SCALES.items():
    kind = gguf.GGMLQuantizationType[name]
    size = gguf.GGML_QUANT_SIZES[kind][1]
    blocks = pseudorandom(BLOCKS * size).reshape(BLOCKS, size)
    for place in places:
        blocks[:, place + 1] &= 0xBF  # below 2: not infinite and not NaN
    values = gguf.quants.dequantize(blocks, kind).astype("<f4")
    exponents = blocks[:, [place + 1 for place in places]] & 0x7C
    assert (exponents == 0).any()  # some scales are subnormal
    print(f'    {{BlockKind::{name.lower()}, {{{", ".join(map(str, places))}}}, '
          f"0x{fnv1a(values.tobytes()):016X}}},")
