"""make_gguf.py FOLDER DTYPE OUT.gguf: converts a random checkpoint without a tokenizer."""

import json
import pathlib
import sys

import gguf
import numpy

NAMES = {
    "wte": "token_embd", "wpe": "position_embd", "ln_f": "output_norm",
    "ln_1": "attn_norm", "attn.c_attn": "attn_qkv", "attn.c_proj": "attn_output",
    "ln_2": "ffn_norm", "mlp.c_fc": "ffn_up", "mlp.c_proj": "ffn_down",
    "embed_tokens": "token_embd", "norm": "output_norm",
    "input_layernorm": "attn_norm", "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v", "self_attn.o_proj": "attn_output",
    "post_attention_layernorm": "ffn_norm", "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down"}


def read_safetensors(path):
    """Yields the name and the f32 array of each tensor."""
    data = numpy.memmap(path, numpy.uint8, "r")
    size = int(data[:8].view(numpy.uint64)[0])
    for name, entry in json.loads(bytes(data[8:8 + size])).items():
        begin, end = entry["data_offsets"]
        values = data[8 + size:][begin:end].view(numpy.float32)
        yield name, values.reshape(entry["shape"])


def rename(name):
    """Maps transformer.h.3.ln_1.weight to blk.3.attn_norm.weight."""
    parts = name.split(".")[1:]
    if parts[0] in ("h", "layers"):
        return f"blk.{parts[1]}.{NAMES['.'.join(parts[2:-1])]}.{parts[-1]}"
    return f"{NAMES['.'.join(parts[:-1])]}.{parts[-1]}"


def arrange(name, tensor, config):
    """Puts outputs first and the two rows of each rotary pair side by side."""
    if ".c_" in name and name.endswith("weight"):
        return numpy.ascontiguousarray(tensor.T)
    for projection, key in (("q_proj", "num_attention_heads"), ("k_proj", "num_key_value_heads")):
        if projection in name:
            rows, columns = tensor.shape
            halves = tensor.reshape(config[key], 2, rows // config[key] // 2, columns)
            return halves.swapaxes(1, 2).reshape(rows, columns)
    return tensor


def write_keys(writer, config):
    writer.add_tokenizer_model("none")
    writer.add_vocab_size(config["vocab_size"])
    get = lambda llama, gpt2: config[llama if config["model_type"] == "llama" else gpt2]
    writer.add_context_length(get("max_position_embeddings", "n_positions"))
    writer.add_embedding_length(get("hidden_size", "n_embd"))
    writer.add_block_count(get("num_hidden_layers", "n_layer"))
    writer.add_head_count(get("num_attention_heads", "n_head"))
    if config["model_type"] == "gpt2":
        writer.add_feed_forward_length(4 * config["n_embd"])
        writer.add_layer_norm_eps(1e-5)
        return
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count_kv(config["num_key_value_heads"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_rope_freq_base(config["rope_theta"])
    writer.add_rope_dimension_count(config["hidden_size"] // config["num_attention_heads"])


def main():
    folder, dtype, out = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    config = json.loads((folder / "config.json").read_text())
    writer = gguf.GGUFWriter(out, config["model_type"])
    write_keys(writer, config)
    for name, tensor in read_safetensors(folder / "model.safetensors"):
        tensor = arrange(name, tensor, config)
        if dtype == "bf16" and tensor.ndim == 2 and "wpe" not in name:
            kind = gguf.GGMLQuantizationType.BF16
            writer.add_tensor(rename(name), gguf.quantize(tensor, kind), raw_dtype=kind)
        else:
            writer.add_tensor(rename(name), numpy.ascontiguousarray(tensor))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


main()
