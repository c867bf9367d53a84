"""make_onnx.py FOLDER OUT.onnx: exports a random checkpoint from transformers.

Inputs are the tokens (1, T) and each layer's cached keys and values (1, heads, S, size);
outputs are the logits of the last token (1, 1, vocabulary) and the keys and values that
the next call takes.
"""

import pathlib
import sys

import torch
from run_torch import load
from transformers import DynamicCache


class Step(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, tokens, *past):
        cache = DynamicCache(zip(past[::2], past[1::2]))
        out = self.model(tokens, past_key_values=cache, use_cache=True, logits_to_keep=1)
        present = [value for layer in out.past_key_values.layers
                   for value in (layer.keys, layer.values)]
        return (out.logits, *present)


def main():
    model = load(pathlib.Path(sys.argv[1]), torch.float32)
    config = model.config
    heads = getattr(config, "num_key_value_heads", None) or config.num_attention_heads
    size = config.hidden_size // config.num_attention_heads
    count = 2 * config.num_hidden_layers
    past = [torch.randn(1, heads, 5, size) for _ in range(count)]
    axes = {"tokens": {1: "T"}, **{f"past.{i}": {2: "S"} for i in range(count)},
            **{f"present.{i}": {2: "S+T"} for i in range(count)}}
    with torch.inference_mode():
        torch.onnx.export(Step(model), (torch.tensor([[1, 2, 3]]), *past), sys.argv[2],
                          input_names=["tokens", *(f"past.{i}" for i in range(count))],
                          output_names=["logits", *(f"present.{i}" for i in range(count))],
                          dynamic_axes=axes, opset_version=18, dynamo=False)


main()
