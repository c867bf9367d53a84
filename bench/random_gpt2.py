#!/usr/bin/env python3
"""Writes a checkpoint of GPT-2's shape (124 million parameters) with random float32 weights.

    random_gpt2.py FOLDER

Speed does not depend on what the weights are. One block of normal numbers, of a size that
divides no row, is repeated through the file. Needs the standard library only.
"""

import array
import json
import pathlib
import random
import struct
import sys

LAYERS, CHANNELS, VOCABULARY, CONTEXT = 12, 768, 50257, 1024
BLOCK = 262139


def shapes():
    yield "wte.weight", (VOCABULARY, CHANNELS)
    yield "wpe.weight", (CONTEXT, CHANNELS)
    for layer in range(LAYERS):
        for name, shape in (
            ("ln_1", (CHANNELS,)),
            ("attn.c_attn", (CHANNELS, 3 * CHANNELS)),
            ("attn.c_proj", (CHANNELS, CHANNELS)),
            ("ln_2", (CHANNELS,)),
            ("mlp.c_fc", (CHANNELS, 4 * CHANNELS)),
            ("mlp.c_proj", (4 * CHANNELS, CHANNELS)),
        ):
            yield f"h.{layer}.{name}.weight", shape
            yield f"h.{layer}.{name}.bias", shape[-1:]
    yield "ln_f.weight", (CHANNELS,)
    yield "ln_f.bias", (CHANNELS,)


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    header, end = {}, 0
    for name, shape in shapes():
        size = 4
        for extent in shape:
            size *= extent
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [end, end + size]}
        end += size
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    random.seed(1)
    block = array.array("f", (random.gauss(0, 0.02) for _ in range(BLOCK))).tobytes()
    with open(folder / "model.safetensors", "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for start in range(0, end, len(block)):
            file.write(block[: end - start])
    (folder / "config.json").write_text(json.dumps({
        "model_type": "gpt2", "n_layer": LAYERS, "n_head": 12, "n_embd": CHANNELS,
        "vocab_size": VOCABULARY, "n_positions": CONTEXT, "activation_function": "gelu_new",
        "layer_norm_epsilon": 1e-5, "bos_token_id": 50256, "eos_token_id": 50256,
        "tie_word_embeddings": True, "dtype": "float32"}))


if __name__ == "__main__":
    main()
