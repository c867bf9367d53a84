"""expected.py COMPARE PROGRAM EXPECTED.json LIMIT [LOSSES]: compares with transformers.

Runs PROGRAM on every sequence, case and tale of the file. COMPARE, which is
gptc-compare, checks the logits within LIMIT * max |logit| and the losses within
LOSSES; greedy tokens must be equal.
"""

import json
import subprocess
import sys

import program

compare, executable, path, limit, *losses = sys.argv[1:]
command = [executable]
with open(path) as file:
    expected = json.load(file)


def check_logits(tokens, limit, *select):
    program.logits(command, tokens, "found.npy")
    check = [compare, "found.npy", "--expected", path, "--limit", limit, *select]
    subprocess.run(check, check=True)


def check_greedy(tokens, greedy):
    found = program.greedy(command, tokens, len(greedy))
    if found != greedy:
        sys.exit(f"after {tokens}: found {found}, expected {greedy}")


for index, tokens in enumerate(expected.get("sequences", [])):
    check_logits(tokens, limit, "--sequence", str(index))
if "greedy" in expected:
    check_greedy(expected["prompt"], expected["greedy"])
for index, case in enumerate(expected.get("cases", [])):
    check_logits(case["tokens"], limit, "--case", str(index))
    check_greedy(case["tokens"], case["greedy"])
if losses:
    check_logits(expected["tale"]["tokens"], losses[0], "--losses")
