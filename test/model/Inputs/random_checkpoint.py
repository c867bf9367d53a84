"""random_checkpoint.py GPTC FOLDER [--deviation D] KEY=VALUE...: creates random weights.

KEY=VALUE are entries of config.json; a VALUE is JSON or a plain word. GPTC tells
which tensors the configuration requires. The weights are normally distributed
with deviation D (0.3) and repeat a block whose size divides no row.
"""

import argparse
import array
import json
import math
import os
import random
import re
import struct
import subprocess

BLOCK = 262139
BYTES = {"f32": 4, "f16": 2, "bf16": 2}
TYPES = {"f32": "F32", "f16": "F16", "bf16": "BF16"}


def parse(value):
    try:
        return json.loads(value)
    except ValueError:
        return value


def tensors(gptc, config):
    """Returns name, shape and type of each tensor of the model."""
    graph = subprocess.run([gptc, config, "--emit=graph"], check=True, capture_output=True, text=True).stdout
    layers = int(re.search(r"\blayers = (\d+)", graph)[1])
    loads = re.findall(r'#gpt\.load<"([^"]*)" : tensor<([\dx]+)x(\w+)>>', graph)
    for name, sizes, element in dict.fromkeys(loads):
        shape = [int(size) for size in sizes.split("x")]
        for layer in range(layers if "*" in name else 1):
            yield name.replace("*", str(layer)), shape, element


def block(element, deviation):
    source = random.Random(1)
    floats = array.array("f", (source.gauss(0, deviation) for _ in range(BLOCK)))
    if element == "f32":
        return floats.tobytes()
    if element == "f16":
        return struct.pack(f"<{BLOCK}e", *floats)
    return b"".join(struct.pack("<f", value)[2:] for value in floats)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("gptc")
    parser.add_argument("folder")
    parser.add_argument("--deviation", type=float, default=0.3)
    parser.add_argument("settings", nargs="*")
    arguments = parser.parse_args()
    os.makedirs(arguments.folder)
    config = os.path.join(arguments.folder, "config.json")
    settings = (text.split("=", 1) for text in arguments.settings)
    with open(config, "w") as file:
        json.dump({key: parse(value) for key, value in settings}, file)

    header, end = {}, 0
    for name, shape, element in tensors(arguments.gptc, config):
        size = BYTES[element] * math.prod(shape)
        header[name] = dict(dtype=TYPES[element], shape=shape, data_offsets=[end, end + size])
        end += size
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    values = block(element, arguments.deviation)
    with open(os.path.join(arguments.folder, "model.safetensors"), "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for start in range(0, end, len(values)):
            file.write(values[: end - start])


main()
