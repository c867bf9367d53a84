"""against_interpreter.py GPTC COMPARE MODEL PROGRAM: compares logits with the interpreter's.

The prompt fills the context of MODEL, which is a folder, or a module whose context
and vocabulary are given. --limit is relative to the largest logit, --chunk is the
program's.
"""

import argparse
import json
import os
import subprocess

import program

parser = argparse.ArgumentParser()
for name in "gptc", "compare", "model", "program":
    parser.add_argument(name)
parser.add_argument("--sizes", type=int, nargs=2, metavar=("CONTEXT", "VOCABULARY"))
parser.add_argument("--limit", default="1e-5")
parser.add_argument("--chunk", default="512")
arguments = parser.parse_args()

if arguments.sizes:
    context, vocabulary = arguments.sizes
else:
    with open(os.path.join(arguments.model, "config.json")) as file:
        config = json.load(file)
    context = config.get("n_positions") or config["max_position_embeddings"]
    vocabulary = config["vocab_size"]
tokens = program.prompt(context, vocabulary)
program.logits([arguments.program], tokens, "found.npy", "--chunk", str(min(int(arguments.chunk), context)))
program.run([arguments.gptc, arguments.model, "--interpret"],
            "--tokens", program.join(tokens), "--logits", "expected.npy")
subprocess.run([arguments.compare, "found.npy", "--expected", "expected.npy", "--limit", arguments.limit],
               check=True)
