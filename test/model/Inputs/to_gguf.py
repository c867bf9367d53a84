"""to_gguf.py MODEL OUT.gguf [--type REGEX=TYPE]... [--values REGEX=TYPE]... [--shards N]

Writes MODEL, a Hugging Face folder with F32 weights, as llama.cpp's
convert_hf_to_gguf.py does, and its logits.json beside OUT. Tensors whose name
matches a REGEX are stored as TYPE, F16 or Q8_0, or, with --values, as the F32
values that TYPE would represent. With --shards N, OUT is split into N files.
"""

import argparse
import array
import json
import math
import os
import re
import shutil
import struct

# general.architecture of each model_type.
ARCHITECTURES = {"mistral": "llama", "gpt_neox": "gptneox"}

# The first match counts; * is the layer.
NAMES = [
    (r"wte|embed_tokens|embed_in", "token_embd"),
    (r"wpe", "position_embd"),
    (r"ln_f|final_layer_norm|model\.norm", "output_norm"),
    (r"lm_head|embed_out", "output"),
    (r"ln_1|input_layernorm", "blk.*.attn_norm"),
    (r"c_attn|query_key_value|qkv_proj", "blk.*.attn_qkv"),
    (r"q_proj", "blk.*.attn_q"),
    (r"k_proj", "blk.*.attn_k"),
    (r"v_proj", "blk.*.attn_v"),
    (r"q_norm", "blk.*.attn_q_norm"),
    (r"k_norm", "blk.*.attn_k_norm"),
    (r"attn\.c_proj|attention\.dense|o_proj", "blk.*.attn_output"),
    (r"ln_2|pre_feedforward_layernorm", "blk.*.ffn_norm"),
    (r"post_feedforward_layernorm", "blk.*.post_ffw_norm"),
    # Before the MLP, unless norms come after attention and MLP.
    (r"post_attention_layernorm", "blk.*.{post_attention}"),
    (r"gate_up_proj|up_proj|c_fc|h_to_4h", "blk.*.ffn_up"),
    (r"gate_proj", "blk.*.ffn_gate"),
    (r"down_proj|mlp\.c_proj|4h_to_h", "blk.*.ffn_down"),
]


# Tensors


class Tensor:
    """Rows of numbers; a vector has rows of one number."""

    def __init__(self, shape, values):
        self.shape = shape
        width = math.prod(shape[1:])
        self.rows = [values[i * width:(i + 1) * width] for i in range(shape[0])]

    def transpose(self):
        self.rows = [array.array("f", row) for row in zip(*self.rows)]
        self.shape = self.shape[::-1]

    def take(self, order):
        self.rows = [self.rows[i] for i in order]

    def values(self):
        return array.array("f", [value for row in self.rows for value in row])


def read_safetensors(path):
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        data = file.read()
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        assert entry["dtype"] == "F32", name
        begin, end = entry["data_offsets"]
        yield name, Tensor(entry["shape"], array.array("f", data[begin:end]))


def rename(name, family):
    after = family in ("gemma2", "olmo2")
    base, suffix = name.rsplit(".", 1)
    new = next(new for pattern, new in NAMES if re.search(pattern, base))
    new = new.format(post_attention="post_attention_norm" if after else "ffn_norm")
    layer = re.search(r"\.(\d+)\.", name)
    return new.replace("*", layer[1] if layer else "*") + "." + suffix


def interleave(heads, size):
    """Returns the row order with the two rows of each rotary pair side by side."""
    return [head * size + pair + half * size // 2
            for head in range(heads) for pair in range(size // 2) for half in (0, 1)]


def convert(name, tensor, family, config):
    heads = config["num_attention_heads"] if "num_attention_heads" in config else 0
    if family == "gpt2" and re.search(r"(c_attn|c_proj|c_fc)\.weight", name):
        tensor.transpose()
    if family == "gpt_neox" and "query_key_value" in name:
        size = tensor.shape[0] // heads // 3
        tensor.take([(head * 3 + part) * size + i
                     for part in range(3) for head in range(heads) for i in range(size)])
    if family in ("llama", "mistral") and re.search(r"[qk]_proj", name):
        count = heads if "q_proj" in name else config["num_key_value_heads"]
        tensor.take(interleave(count, tensor.shape[0] // count))
    if family.startswith("gemma") and "norm" in name:
        tensor.rows = [array.array("f", [value + 1 for value in row]) for row in tensor.rows]


# Types


def store(values, kind, as_values):
    """Returns the number of the type and the bytes."""
    if kind == "F16":
        data = struct.pack(f"<{len(values)}e", *values)
        return (0, array.array("f", struct.unpack(f"<{len(values)}e", data)).tobytes()) if as_values else (1, data)
    if kind == "Q8_0":
        blocks, numbers = b"", array.array("f")
        for begin in range(0, len(values), 32):
            block = values[begin:begin + 32]
            scale = struct.pack("<e", max(map(abs, block)) / 127)
            size = struct.unpack("<e", scale)[0]
            q = [round(value / size) if size else 0 for value in block]
            q = [min(max(i, -127), 127) for i in q]
            blocks += scale + struct.pack("<32b", *q)
            numbers.extend([size * i for i in q])
        return (0, numbers.tobytes()) if as_values else (8, blocks)
    return 0, values.tobytes()


# Metadata


def text(value):
    return struct.pack("<Q", len(value)) + value.encode()


def key(name, value):
    if isinstance(value, bool):
        return text(name) + struct.pack("<I?", 7, value)
    if isinstance(value, int):
        return text(name) + struct.pack("<II", 4, value)
    if isinstance(value, float):
        return text(name) + struct.pack("<If", 6, value)
    return text(name) + struct.pack("<I", 8) + text(value)


def metadata(config, family):
    get = lambda *names, default=None: next((config[name] for name in names if config.get(name) is not None), default)
    rope = config.get("rope_parameters") or config
    channels, heads = get("hidden_size", "n_embd"), get("num_attention_heads", "n_head")
    size = get("head_dim", default=channels // heads)
    epsilon = get("rms_norm_eps", "layer_norm_eps", "norm_epsilon", "layer_norm_epsilon")
    yield "context_length", get("max_position_embeddings", "n_positions")
    yield "embedding_length", channels
    yield "block_count", get("num_hidden_layers", "n_layer")
    yield "feed_forward_length", get("intermediate_size", "n_inner", default=4 * channels)
    yield "attention.head_count", heads
    yield ("attention.layer_norm_rms_epsilon" if "rms_norm_eps" in config else "attention.layer_norm_epsilon"), epsilon
    if family == "gpt2":
        return
    yield "attention.head_count_kv", get("num_key_value_heads", default=heads)
    yield "attention.key_length", size
    yield "attention.value_length", size
    yield "vocab_size", config["vocab_size"]
    yield "rope.freq_base", float(rope.get("rope_theta", 10000))
    yield "rope.dimension_count", int(size * rope.get("partial_rotary_factor", 1))
    if rope.get("rope_type") == "linear":
        yield "rope.scaling.type", "linear"
        yield "rope.scaling.factor", float(rope["factor"])
    if get("sliding_window"):
        yield "attention.sliding_window", config["sliding_window"]
    if family == "gpt_neox":
        yield "use_parallel_residual", config["use_parallel_residual"]
    if family == "gemma2":
        yield "attention.scale", config["query_pre_attn_scalar"] ** -0.5
        yield "attn_logit_softcapping", config["attn_logit_softcapping"]
        yield "final_logit_softcapping", config["final_logit_softcapping"]


def frequency_factors(config):
    """Returns Llama 3's divisors of the frequencies."""
    rope = config["rope_parameters"]
    size = config["head_dim"]
    low, high = rope["low_freq_factor"], rope["high_freq_factor"]
    for pair in range(size // 2):
        frequency = rope["rope_theta"] ** (-2 * pair / size)
        turns = rope["original_max_position_embeddings"] * frequency / (2 * math.pi)
        part = min(max((turns - low) / (high - low), 0), 1)
        yield 1 / ((1 - part) / rope["factor"] + part)


def write(path, keys, tensors):
    """Writes a file; tensors: name, shape, type number and bytes of each."""
    table = data = b""
    for name, shape, number, values in tensors:
        table += text(name) + struct.pack("<I", len(shape))
        table += struct.pack(f"<{len(shape)}Q", *reversed(shape))
        table += struct.pack("<IQ", number, len(data))
        data += values + bytes(-len(values) % 32)
    header = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(keys)) + b"".join(keys) + table
    with open(path, "wb") as file:
        file.write(header + bytes(-len(header) % 32) + data)


def choose(name, rules):
    return next((rule.split("=")[1] for rule in rules if re.search(rule.split("=")[0], name)), None)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    parser.add_argument("out")
    parser.add_argument("--type", action="append", default=[])
    parser.add_argument("--values", action="append", default=[])
    parser.add_argument("--shards", type=int, default=1)
    options = parser.parse_args()
    with open(os.path.join(options.model, "config.json")) as file:
        config = json.load(file)
    family = config["model_type"]
    architecture = ARCHITECTURES.get(family, family)
    keys = [key("general.architecture", architecture)]
    keys += [key(f"{architecture}.{name}", value) for name, value in metadata(config, family)]

    tensors = []
    if config.get("rope_parameters", {}).get("rope_type") == "llama3":
        factors = array.array("f", frequency_factors(config))
        tensors.append(("rope_freqs.weight", [len(factors)], 0, factors.tobytes()))
    for name, tensor in read_safetensors(os.path.join(options.model, "model.safetensors")):
        convert(name, tensor, family, config)
        name = rename(name, family)
        kind, as_values = choose(name, options.type), choose(name, options.values)
        tensors.append((name, tensor.shape, *store(tensor.values(), kind or as_values, not kind)))

    os.makedirs(os.path.dirname(os.path.abspath(options.out)), exist_ok=True)
    shutil.copy(os.path.join(options.model, "logits.json"), os.path.dirname(os.path.abspath(options.out)))
    if options.shards == 1:
        return write(options.out, keys, tensors)
    for number in range(options.shards):
        split = [text("split.no") + struct.pack("<IH", 2, number),
                 text("split.count") + struct.pack("<IH", 2, options.shards),
                 text("split.tensors.count") + struct.pack("<Ii", 5, len(tensors))]
        name = f"-{number + 1:05}-of-{options.shards:05}.gguf"
        write(options.out.removesuffix(".gguf") + name, (keys if number == 0 else []) + split,
              tensors[number::options.shards])


main()
