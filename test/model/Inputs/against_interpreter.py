"""against_interpreter.py GPTC COMPARE MODEL PROGRAM [FLAG...]: the same logits, within 1e-5 of the largest.

On a prompt that fills the context of MODEL, a folder; FLAG... are the program's.
"""

import json
import os
import subprocess
import sys

import program

gptc, compare, model, executable, *flags = sys.argv[1:]
with open(os.path.join(model, "config.json")) as file:
    config = json.load(file)
context = config.get("n_positions") or config["max_position_embeddings"]
tokens = program.prompt(context, config["vocab_size"])
program.logits([executable], tokens, "found.npy", *flags)
program.run([gptc, model, "--interpret"],
            "--tokens", program.join(tokens), "--logits", "expected.npy")
subprocess.run([compare, "found.npy", "--expected", "expected.npy", "--limit", "1e-5"], check=True)
