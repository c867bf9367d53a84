"""run_torch.py FOLDER DTYPE THREADS: runs PyTorch through transformers, with SDPA."""

import json
import pathlib
import sys

import torch
import transformers
from safetensors.torch import load_file
from serve import serve, stepwise


def load(folder, dtype):
    config = json.loads((folder / "config.json").read_text())
    config = transformers.AutoConfig.for_model(config.pop("model_type"), **config)
    config._attn_implementation = "sdpa"
    model = transformers.AutoModelForCausalLM.from_config(config)
    model.load_state_dict(load_file(folder / "model.safetensors"), strict=False)
    model.tie_weights()
    return model.to(dtype).eval()


class Model:
    def __init__(self, folder, dtype):
        self.model = load(folder, dtype)
        self.cache = None

    def evaluate(self, tokens):
        with torch.inference_mode():
            out = self.model(torch.tensor([tokens]), past_key_values=self.cache, use_cache=True,
                             logits_to_keep=1)
        self.cache = out.past_key_values
        return int(out.logits[0, -1].argmax())

    def prefill(self, tokens):
        self.cache = None
        return self.evaluate(tokens)

    def decode(self, token):
        return self.evaluate([token])


def main():
    torch.set_num_threads(int(sys.argv[3]))
    dtype = {"f32": torch.float32, "bf16": torch.bfloat16}[sys.argv[2]]
    model = Model(pathlib.Path(sys.argv[1]), dtype)
    serve(torch.__version__, model.model.config.vocab_size,
          stepwise(model.prefill, model.decode))


if __name__ == "__main__":
    main()
