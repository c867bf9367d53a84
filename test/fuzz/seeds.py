#!/usr/bin/env python3
"""Creates the corpora that the fuzzers start from: seeds.py GPTC

GPTC compiles the tokenizer's section, so run it again after a change of
runtime/text/TokenizerFormat.h or runtime/engine/ContainerFormat.h. Inputs that
fuzzing has found are in the same folders with names that begin with `found-`,
and this script keeps them.
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
    """Returns the tokenizer section of a program that GPTC compiles."""
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


def sentencepiece_names():
    """Yields pieces with text, score and type: 1 normal, 2 unknown, 3 control,
    6 byte."""
    yield from (("<unk>", 0.0, 2), ("<s>", 0.0, 3), ("</s>", 0.0, 3))
    yield from ((f"<0x{byte:02X}>", 0.0, 6) for byte in range(256))
    pieces = ["\u2581a", "ab", "\u2581ab", "\u2581", "a", "b", "o", "\u00e9"]
    yield from ((piece, float(-i), 1) for i, piece in enumerate(pieces))


def varint(number):
    content = b""
    while number > 0x7F:
        content += bytes([number & 0x7F | 0x80])
        number >>= 7
    return content + bytes([number])


def field(number, content):
    """Encodes a field of a protocol buffer: a number, a float or bytes."""
    if isinstance(content, int):
        return varint(number << 3) + varint(content)
    if isinstance(content, float):
        return varint(number << 3 | 5) + struct.pack("<f", content)
    return varint(number << 3 | 2) + varint(len(content)) + content


def sentencepiece(model_type=2):
    content = b""
    for name, score, kind in sentencepiece_names():
        piece = field(1, name.encode()) + field(2, score)
        content += field(1, piece + field(3, kind))
    trainer = field(3, model_type) + field(35, 1) + field(40, 0)
    normalizer = field(1, b"identity") + field(3, 1) + field(4, 0) + field(5, 1)
    return content + field(2, trainer) + field(3, normalizer)


# --- GGUF --------------------------------------------------------------------

GGUF_TYPES = {"u8": 0, "u32": 4, "i32": 5, "f32": 6, "bool": 7, "u64": 10}
GGUF_FORMATS = {"u8": "B", "u32": "I", "i32": "i", "f32": "f", "bool": "?", "u64": "Q"}


def gguf_string(text):
    content = text.encode()
    return struct.pack("<Q", len(content)) + content


def gguf_value(value):
    """Encodes a string, (type, number), a list of strings or (type, list)."""
    if isinstance(value, str):
        return struct.pack("<I", 8) + gguf_string(value)
    if isinstance(value, list):
        return struct.pack("<IIQ", 9, 8, len(value)) + b"".join(
            map(gguf_string, value)
        )
    kind, content = value
    if isinstance(content, list):
        head = struct.pack("<IIQ", 9, GGUF_TYPES[kind], len(content))
        form = f"<{len(content)}{GGUF_FORMATS[kind]}"
        return head + struct.pack(form, *content)
    return struct.pack(f"<I{GGUF_FORMATS[kind]}", GGUF_TYPES[kind], content)


def gguf(metadata, tensors=(), alignment=32, version=3):
    """Encodes a file; tensors: (name, sizes in the file's order, type number, bytes)."""
    content = struct.pack("<4sIQQ", b"GGUF", version, len(tensors), len(metadata))
    for key, value in metadata.items():
        content += gguf_string(key) + gguf_value(value)
    data = b""
    for name, sizes, kind, values in tensors:
        data += bytes(-len(data) % alignment)
        content += gguf_string(name) + struct.pack("<I", len(sizes))
        content += struct.pack(f"<{len(sizes)}Q", *sizes)
        content += struct.pack("<IQ", kind, len(data))
        data += values
    return content + bytes(-len(content) % alignment) + data if data else content


F32, F16, Q4_0, Q8_0, Q4_K, Q6_K = 0, 1, 2, 8, 12, 14
SMALL = {
    "general.architecture": "llama", "general.alignment": ("u32", 32),
    "llama.context_length": ("u32", 128), "llama.rope.freq_base": ("f32", 1e4),
    "llama.big": ("u64", 1 << 40), "llama.flag": ("bool", True),
    "llama.list": ("i32", [1, -2, 3]), "llama.bytes": ("u8", [1, 2]),
}  # fmt: skip
TENSORS = [
    ("token_embd.weight", [32, 3], F32, bytes(384)),
    ("blk.0.attn_q.weight", [64], F16, bytes(128)),
    ("blk.0.ffn_up.weight", [32, 2], Q4_0, bytes(36)),
    ("blk.0.ffn_down.weight", [32], Q8_0, bytes(34)),
    ("blk.1.ffn_up.weight", [256], Q4_K, bytes(144)),
    ("blk.1.ffn_down.weight", [256], Q6_K, bytes(210)),
]
GGUFS = {
    "none": gguf({}),
    "metadata": gguf(SMALL),
    "tensors": gguf(SMALL, TENSORS),
    "version-2": gguf(SMALL, TENSORS[:2], version=2),
    "aligned-64": gguf(
        SMALL | {"general.alignment": ("u32", 64)}, TENSORS[:3], alignment=64
    ),
    "cut": gguf(SMALL, TENSORS)[:-1],
    "shard": gguf(
        {"split.no": ("u32", 0), "split.count": ("u32", 2)}, TENSORS[:1]
    ),
}


def gguf_tokenizers():
    pieces = list(sentencepiece_names())
    names = [name for name, _, _ in pieces]
    yield "llama", gguf(
        {
            "tokenizer.ggml.model": "llama",
            "tokenizer.ggml.tokens": names,
            "tokenizer.ggml.scores": ("f32", [score for _, score, _ in pieces]),
            "tokenizer.ggml.token_type": ("i32", [kind for _, _, kind in pieces]),
            "tokenizer.ggml.bos_token_id": ("u32", 1),
            "tokenizer.ggml.eos_token_id": ("u32", 2),
            "tokenizer.ggml.unknown_token_id": ("u32", 0),
            "tokenizer.ggml.add_bos_token": ("bool", True),
            "tokenizer.ggml.add_space_prefix": ("bool", True),
        }
    )
    names = [*byte_names(), "ab", "abc", "\u0120a", "<s>"]
    for pre in "gpt-2", "llama-bpe", "qwen2":
        yield pre, gguf(
            {
                "tokenizer.ggml.model": "gpt2",
                "tokenizer.ggml.pre": pre,
                "tokenizer.ggml.tokens": names,
                "tokenizer.ggml.token_type": ("i32", [1] * 259 + [3]),
                "tokenizer.ggml.merges": ["a b", "ab c", "\u0120 a"],
                "tokenizer.ggml.bos_token_id": ("u32", 259),
            }
        )


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
        "<8sIIQQ", b"gptc\r\n\x1a\0", 2, len(sections), PAGE + len(content),
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


ALL = [(1, b"model: small\n"), (2, bytes(24)), (3, b"chatml\n1"), (4, WEIGHTS)]
CONTAINERS = {
    "all": padded(elf()) + container(ALL),
    "no-tokenizer": padded(elf()) + container([ALL[0], ALL[3]]),
    "weights-alone": padded(elf()) + container([ALL[3]]),
    "twice": padded(elf()) + container([ALL[3], ALL[3]]),
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
    for name, content in GGUFS.items():
        write("gguf", name, content)
    for name, content in gguf_tokenizers():
        write("tokenizer-gguf", name, content)
    write("tokenizer-json", "byte-level", tokenizer())
    write("tokenizer-model", "pieces", sentencepiece())
    write("tokenizer-model", "unigram", sentencepiece(model_type=1))
    write("tokenizer-section", "byte-level", tokenizer_section(sys.argv[1]))
    for name, content in CONTAINERS.items():
        write("container", name, content)


if __name__ == "__main__":
    main()
