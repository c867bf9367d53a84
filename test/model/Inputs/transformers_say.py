"""transformers_say.py GPTC MODEL PROGRAM EXPECTED.json TEXT: compares with transformers.

Checks for each case the ids of its prompt and the greedy tokens; for the text,
whose line ends Python has normalized, the first ids and their mean loss in windows
within 0.1 %; and the largest logits after a prompt within 1e-4 of the largest.
"""

import json
import re
import struct
import sys

import program

gptc, model, executable, path, text = sys.argv[1:]
with open(path) as file:
    expected = json.load(file)


def check(what, found, wanted):
    if found != wanted:
        sys.exit(f"{what}: found {found}, expected {wanted}")


def tokenize(text):
    with open("text", "w", newline="") as file:
        file.write(text)
    return [int(id) for id in program.run([gptc, model, "--tokenize", "text"]).split(b",")]


for case in expected["cases"]:
    check("ids", tokenize(case["prompt"]), case["tokens"])
    check(case["prompt"], program.greedy([executable], case["tokens"], len(case["greedy"])), case["greedy"])

with open(text) as file:
    ids = tokenize(file.read())
wikitext = expected["wikitext"]
count, window = wikitext["count"], wikitext["window"]
check("ids of the text", ids[:count], wikitext["tokens"])
line = program.run([executable], "--perplexity", "text", "-c", str(window),
                   "--perplexity-windows", str(count // window)).decode()
tokens, loss = re.match(r"tokens (\d+) loss ([\d.]+)", line).groups()
check("tokens", int(tokens), wikitext["positions"])
print("loss", loss, "of", wikitext["mean_nll"])
if abs(float(loss) / wikitext["mean_nll"] - 1) > 1e-3:
    sys.exit("the loss differs by more than 0.1 %")

last = expected["last_logits"]
npy = program.logits([executable], last["tokens"], "last.npy")
vocabulary = int(re.search(rb"'shape': \(\d+, (\d+)\)", npy)[1])
row = struct.unpack(f"<{vocabulary}f", npy[-4 * vocabulary:])
for id, logit in last["top"]:
    if abs(row[id] - logit) > 1e-4 * last["top"][0][1]:
        sys.exit(f"logit of {id}: found {row[id]}, expected {logit}")
