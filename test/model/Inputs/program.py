"""Runs compiled programs, on one thread unless told otherwise.

Tests run in parallel, which makes several threads per test slow.
"""

import random
import subprocess


def run(command, *flags):
    """Returns the program's stdout; fails with its stderr if the program fails."""
    result = subprocess.run([*command, *flags], capture_output=True)
    if result.returncode:
        raise SystemExit(f"{command}: exit code {result.returncode}: {result.stderr.decode()}")
    return result.stdout


def evaluate(command, tokens, count, *flags):
    threads = [] if "-t" in flags else ["-t", "1"]
    return run(command, "--tokens", join(tokens), "-n", str(count), *threads, *flags)


def join(tokens):
    return ",".join(map(str, tokens))


def greedy(command, tokens, count, *flags):
    """Returns the ids that greedy decoding adds to `tokens`."""
    line = evaluate(command, tokens, count, "--temp", "0", "--ignore-eos", "--print-ids",
                    "--no-display-prompt", *flags)
    return [int(token) for token in line.split(b",")]


def logits(command, tokens, file, *flags):
    """Returns the bytes of the .npy file, which has a row for each of `tokens`."""
    evaluate(command, tokens, 0, "--logits", file, *flags)
    with open(file, "rb") as npy:
        return npy.read()


def prompt(length, vocabulary):
    """Returns `length` deterministic ids."""
    return random.Random(length).choices(range(vocabulary), k=length)
