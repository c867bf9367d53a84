"""family.py GPTC COMPARE MODEL [FLAG...]: compares a model of a family with transformers.

MODEL is a folder with logits.json or a file beside one. Checks the interpreter's and the
program's logits of every sequence within 1e-4 * max |logit|, the greedy tokens if there are
any, and that the logits have the same bits for any chunking, any number of threads and
token by token. GPTC gets the flags.
"""

import json
import os
import subprocess
import sys

import program

gptc, compare, model, *flags = sys.argv[1:]
folder = model if os.path.isdir(model) else os.path.dirname(model)
path = os.path.join(folder, "logits.json")
executable = os.path.abspath(os.path.basename(model.rstrip("/")))
program.run([gptc, model, "-o", executable, *flags])
with open(path) as file:
    expected = json.load(file)


def check(sequence):
    subprocess.run([compare, "found.npy", "--expected", path, "--limit", "1e-4",
                    "--sequence", str(sequence)], check=True)


def same(flags, tokens, bits):
    if program.logits([executable], tokens, "found.npy", *flags) != bits:
        sys.exit(f"{model}: {flags}: the logits have other bits")


for index, tokens in enumerate(expected["sequences"]):
    program.run([gptc, model, "--interpret", "--tokens", program.join(tokens)], "--logits", "found.npy")
    check(index)
    bits = program.logits([executable], tokens, "found.npy")
    check(index)
    for chunk in [], ["--chunk", "1"], ["--chunk", "3"], ["--chunk", "16"]:
        for threads in "1", "2":
            same([*chunk, "-t", threads], tokens, bits)

if "greedy" in expected:
    prompt, greedy = expected["prompt"], expected["greedy"]
    found = program.greedy([executable], prompt, len(greedy), "--logits", "made.npy")
    if found != greedy:
        sys.exit(f"{model}: after {prompt}: found {found}, expected {greedy}")
    with open("made.npy", "rb") as file:
        made = file.read()
    # The last token is never evaluated.
    same([], (prompt + greedy)[:-1], made)
