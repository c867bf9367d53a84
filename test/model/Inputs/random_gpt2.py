"""random_gpt2.py FOLDER KEY=VALUE...: a GPT-2 checkpoint of any shape, random float32."""

import array
import json
import math
import os
import random
import struct
import sys

folder, *settings = sys.argv[1:]
config = dict(model_type="gpt2", n_layer=1, n_head=1, n_embd=8, n_positions=8, vocab_size=9)
config.update((key, int(value)) for key, value in (text.split("=") for text in settings))
channels = config["n_embd"]
inner = config.get("n_inner", 4 * channels)

shapes = {"wte.weight": [config["vocab_size"], channels],
          "wpe.weight": [config["n_positions"], channels],
          "ln_f.weight": [channels], "ln_f.bias": [channels]}
for layer in range(config["n_layer"]):
    for name, shape in {"ln_1": [channels], "attn.c_attn": [channels, 3 * channels],
                        "attn.c_proj": [channels, channels], "ln_2": [channels],
                        "mlp.c_fc": [channels, inner], "mlp.c_proj": [inner, channels]}.items():
        shapes[f"h.{layer}.{name}.weight"] = shape
        shapes[f"h.{layer}.{name}.bias"] = shape[-1:]

header, end = {}, 0
for name, shape in shapes.items():
    header[name] = dict(dtype="F32", shape=shape, data_offsets=[end, end + 4 * math.prod(shape)])
    end += 4 * math.prod(shape)
text = json.dumps(header).encode()
source = random.Random(1)
values = array.array("f", (source.gauss(0, 0.3) for _ in range(end // 4)))
os.mkdir(folder)
with open(os.path.join(folder, "model.safetensors"), "wb") as file:
    file.write(struct.pack("<Q", len(text)) + text + values.tobytes())
with open(os.path.join(folder, "config.json"), "w") as file:
    json.dump(config, file)
