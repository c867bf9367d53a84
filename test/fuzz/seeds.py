#!/usr/bin/env python3
"""Makes the corpora that the fuzzers start from: seeds.py GPTC

GPTC compiles the tokenizer's section, so run it again after a change of
runtime/TokenizerFormat.h or runtime/ContainerFormat.h. Inputs that fuzzing has
found lie in the same folders under names that begin with `found-`; they stay.
"""

import json
import shutil
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
CORPUS = HERE / "corpus"
GPT2 = HERE.parent / "model" / "gpt2"
PAGE = 4096


def write(reader, name, content):
    folder = CORPUS / reader
    folder.mkdir(parents=True, exist_ok=True)
    if not isinstance(content, bytes):
        content = json.dumps(content, ensure_ascii=False).encode()
    (folder / name).write_bytes(content)


# --- config.json -------------------------------------------------------------

LLAMA = {
    "model_type": "llama", "hidden_size": 64, "num_hidden_layers": 2,
    "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 16,
    "intermediate_size": 96, "max_position_embeddings": 128, "vocab_size": 99,
    "rms_norm_eps": 1e-5, "rope_theta": 10000.0, "hidden_act": "silu",
    "bos_token_id": 1, "eos_token_id": [2, 3], "tie_word_embeddings": False,
    "dtype": "bfloat16",
}  # fmt: skip
CONFIGS = {
    "gpt2": {
        "model_type": "gpt2", "n_embd": 40, "n_layer": 2, "n_head": 5,
        "n_ctx": 96, "n_positions": 96, "vocab_size": 211, "n_inner": None,
        "activation_function": "gelu_new", "layer_norm_epsilon": 1e-5,
        "scale_attn_weights": True, "bos_token_id": 0, "eos_token_id": 0,
    },
    "gpt_neox": {
        "model_type": "gpt_neox", "hidden_size": 64, "num_hidden_layers": 2,
        "num_attention_heads": 4, "intermediate_size": 96, "vocab_size": 99,
        "max_position_embeddings": 128, "rotary_pct": 0.25,
        "rotary_emb_base": 10000, "hidden_act": "gelu",
        "layer_norm_eps": 1e-5, "use_parallel_residual": True,
    },
    "llama": LLAMA,
    "llama3-rope": LLAMA | {"rope_scaling": {
        "rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0,
        "high_freq_factor": 4.0, "original_max_position_embeddings": 64}},
    "linear-rope": LLAMA | {"rope_scaling": {"type": "linear", "factor": 2.0}},
    "rope-parameters": LLAMA | {"rope_parameters": {
        "rope_type": "default", "rope_theta": 500000.0}},
    "mistral": LLAMA | {"model_type": "mistral", "sliding_window": 32},
    "qwen2": LLAMA | {
        "model_type": "qwen2", "use_sliding_window": False,
        "sliding_window": 32, "max_window_layers": 2},
    "qwen3": LLAMA | {"model_type": "qwen3", "attention_bias": False},
    "phi3": LLAMA | {"model_type": "phi3", "partial_rotary_factor": 0.5,
                     "sliding_window": None},
    "gemma": LLAMA | {"model_type": "gemma",
                      "hidden_activation": "gelu_pytorch_tanh"},
    "gemma2": LLAMA | {
        "model_type": "gemma2", "hidden_activation": "gelu_pytorch_tanh",
        "query_pre_attn_scalar": 16, "attn_logit_softcapping": 50.0,
        "final_logit_softcapping": 30.0, "sliding_window": 32},
    "starcoder2": LLAMA | {"model_type": "starcoder2", "norm_epsilon": 1e-5,
                           "use_bias": True, "sliding_window": 32},
    "olmo2": LLAMA | {"model_type": "olmo2"},
    "no-family": {"model_type": "none", "deep": [[[[{"a": [1e999, -0.0]}]]]]},
}  # fmt: skip


# --- safetensors -------------------------------------------------------------


def safetensors(tensors, **metadata):
    header, data = {}, b""
    if metadata:
        header["__metadata__"] = metadata
    for name, (dtype, shape, content) in tensors.items():
        offsets = [len(data), len(data) + len(content)]
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": offsets}
        data += content
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


SAFETENSORS = {
    "none": safetensors({}),
    "three": safetensors(
        {
            "a": ("F32", [2, 3], bytes(range(24))),
            "b.weight": ("BF16", [4], bytes(range(8))),
            "c": ("F16", [1, 1, 2], b"\0\x3c\0\xbc"),
        },
        format="pt",
    ),
    "empty-and-scalar": safetensors(
        {"none": ("F32", [0, 7], b""), "one": ("I64", [], bytes(8))}
    ),
    "cut": safetensors({"a": ("F32", [2, 3], bytes(24))})[:-1],
    "long-header": struct.pack("<Q", 1 << 63) + b"{}",
}


# --- tokenizers --------------------------------------------------------------


def byte_names():
    visible = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = iter(range(0x100, 0x200))
    return [chr(b if b in visible else next(others)) for b in range(256)]


def byte_level(add_prefix_space=False):
    return {
        "type": "ByteLevel", "add_prefix_space": add_prefix_space,
        "trim_offsets": True, "use_regex": True,
    }  # fmt: skip


def added_token(number, content, special):
    return {
        "id": number, "content": content, "single_word": False,
        "lstrip": False, "rstrip": False, "normalized": False,
        "special": special,
    }  # fmt: skip


def tokenizer():
    vocabulary = {name: number for number, name in enumerate(byte_names())}
    vocabulary |= {"ab": 256, "abc": 257, "\u0120a": 258}
    return {
        "version": "1.0", "truncation": None, "padding": None,
        "added_tokens": [added_token(259, "<s>", True),
                         added_token(260, "  ", False)],
        "normalizer": None, "pre_tokenizer": byte_level(),
        "post_processor": byte_level(), "decoder": byte_level(),
        "model": {
            "type": "BPE", "dropout": None, "unk_token": None,
            "continuing_subword_prefix": "", "end_of_word_suffix": "",
            "fuse_unk": False, "byte_fallback": False, "ignore_merges": False,
            "vocab": vocabulary, "merges": ["a b", "ab c", "\u0120 a"],
        },
    }  # fmt: skip


def tokenizer_section(gptc):
    """The section that GPTC makes of the tokenizer, out of a program's."""
    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder) / "model"
        shutil.copytree(GPT2, model)
        (model / "tokenizer.json").write_text(json.dumps(tokenizer()))
        program = Path(folder) / "program"
        subprocess.run(
            [gptc, model, "-o", program, "--weights=external"], check=True
        )
        container = Path(f"{program}.weights").read_bytes()
    for at in range(32, PAGE, 24):
        kind, _, offset, size = struct.unpack_from("<IIQQ", container, at)
        if kind == 2:
            return container[offset : offset + size]
    sys.exit("seeds.py: the container has no tokenizer")


# --- containers --------------------------------------------------------------

FINGERPRINT = 0x0123456789ABCDEF
WEIGHTS = bytes(range(64))


def padded(content):
    return content + bytes(-len(content) % PAGE)


def container(sections):
    index, content = b"", b""
    for kind, section in sections:
        content = padded(content)
        index += struct.pack("<IIQQ", kind, 0, PAGE + len(content), len(section))
        content += section
    header = struct.pack(
        "<8sIIQQ", b"gptc\r\n\x1a\0", 1, len(sections), PAGE + len(content),
        FINGERPRINT,
    )  # fmt: skip
    return padded(header + index) + content


def elf(size=1000):
    table = 64  # a section header
    header = struct.pack(
        "<4s12sHHIQQQIHHHHHH", b"\x7fELF", b"\2\1\1" + bytes(9), 3, 62, 1, 0, 0,
        size - table, 0, 64, 0, 0, table, 1, 0,
    )  # fmt: skip
    return header + bytes(size - len(header))


ALL = [(1, b"model: small\n"), (2, bytes(24)), (3, WEIGHTS)]
CONTAINERS = {
    "all": padded(elf()) + container(ALL),
    "no-tokenizer": padded(elf()) + container([ALL[0], ALL[2]]),
    "weights-alone": padded(elf()) + container([ALL[2]]),
    "twice": padded(elf()) + container([ALL[2], ALL[2]]),
    "cut": (padded(elf()) + container(ALL))[:-1],
    "program-alone": elf(),
    "program-cut": elf()[:-1],
}


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    for name, config in CONFIGS.items():
        write("config", name, config)
    for name, content in SAFETENSORS.items():
        write("safetensors", name, content)
    write("tokenizer", "byte-level", tokenizer())
    write("tokenizer-section", "byte-level", tokenizer_section(sys.argv[1]))
    for name, content in CONTAINERS.items():
        write("container", name, content)


if __name__ == "__main__":
    main()
