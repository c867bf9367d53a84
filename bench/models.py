"""The measured shapes and their costs."""

import dataclasses
import json
import pathlib
import subprocess
import sys

RANDOM_CHECKPOINT = pathlib.Path(__file__).parent.parent / "test/model/Inputs/random_checkpoint.py"
BYTES = {"f32": 4, "bf16": 2}


@dataclasses.dataclass
class Shape:
    """A model of the GPT-2 or Llama family with a tied head, given by its config.json."""

    name: str
    config: dict

    def get(self, llama, gpt2):
        return self.config[llama if self.config["model_type"] == "llama" else gpt2]

    @property
    def vocabulary(self):
        return self.config["vocab_size"]

    @property
    def channels(self):
        return self.get("hidden_size", "n_embd")

    @property
    def layers(self):
        return self.get("num_hidden_layers", "n_layer")

    @property
    def context(self):
        return self.get("max_position_embeddings", "n_positions")

    @property
    def query_channels(self):
        """Returns the query channels of all heads."""
        heads = self.get("num_attention_heads", "n_head")
        return heads * self.config.get("head_dim", self.channels // heads)

    @property
    def layer_parameters(self):
        """Returns the parameters of a layer: query, key, value, output and the MLP's."""
        square = self.channels * self.query_channels
        if self.config["model_type"] == "gpt2":
            return (4 + 2 * 4) * square
        shared = self.config["num_key_value_heads"] / self.config["num_attention_heads"]
        mlp = 3 * self.channels * self.config["intermediate_size"]
        return round((2 + 2 * shared) * square) + mlp

    @property
    def head_parameters(self):
        return self.vocabulary * self.channels

    def attention_flops(self, tokens):
        """Returns the FLOPs of causal scores and of values in a layer."""
        return 2 * 2 * self.query_channels * tokens * (tokens + 1) / 2

    def prefill_flops(self, tokens):
        """Returns the FLOPs of the matrices, of attention and of one row of logits."""
        layer = 2 * self.layer_parameters * tokens + self.attention_flops(tokens)
        return self.layers * layer + 2 * self.head_parameters

    def weight_bytes(self, dtype):
        """Returns the bytes of matrices that a token reads, with the head once."""
        return BYTES[dtype] * (self.layers * self.layer_parameters + self.head_parameters)

    def changed(self, name, **config):
        return Shape(name, {**self.config, **config})

    def checkpoint(self, gptc, folder):
        """Returns a Hugging Face folder with random f32 weights; creates it if needed."""
        path = folder / f"{self.name}.checkpoint"
        if not (path / "model.safetensors").exists():
            settings = [f"{key}={json.dumps(value)}" for key, value in self.config.items()]
            subprocess.run([sys.executable, RANDOM_CHECKPOINT, "--deviation", "0.02", gptc, path,
                            *settings], check=True)
        return path

    def configuration(self, folder):
        """Creates a folder with only config.json."""
        path = folder / f"{self.name}.config"
        path.mkdir(exist_ok=True)
        (path / "config.json").write_text(json.dumps(self.config))
        return path / "config.json"


GPT2 = Shape("GPT-2-124M", {
    "model_type": "gpt2", "n_layer": 12, "n_head": 12, "n_embd": 768, "n_positions": 1024,
    "vocab_size": 50257, "bos_token_id": 50256, "eos_token_id": 50256})

SMOLLM2 = Shape("SmolLM2-135M", {
    "model_type": "llama", "num_hidden_layers": 30, "num_attention_heads": 9,
    "num_key_value_heads": 3, "hidden_size": 576, "intermediate_size": 1536,
    "max_position_embeddings": 8192, "vocab_size": 49152, "rms_norm_eps": 1e-5,
    "rope_theta": 100000.0, "hidden_act": "silu", "tie_word_embeddings": True,
    "bos_token_id": 0, "eos_token_id": 0})


def tokens(count, vocabulary):
    """Returns a prompt whose tokens repeat as late as possible."""
    return [i * 7919 % vocabulary for i in range(count)]
