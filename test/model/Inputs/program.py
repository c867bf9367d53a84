"""Runs compiled programs, on one thread unless told otherwise.

Tests run beside one another, where threads wait long for each other.
"""

import random
import subprocess


def run(command, *flags):
    """What the program writes to stdout; its stderr ends the test if it fails."""
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
    """The ids that greedy decoding adds to `tokens`."""
    line = evaluate(command, tokens, count, "--temp", "0", "--ignore-eos", "--print-ids",
                    "--no-display-prompt", *flags)
    return [int(token) for token in line.split(b",")]


def logits(command, tokens, file, *flags):
    """The bytes of the .npy file: a row for each of `tokens`."""
    evaluate(command, tokens, 0, "--logits", file, *flags)
    with open(file, "rb") as npy:
        return npy.read()


def prompt(length, vocabulary):
    """`length` ids, always the same ones."""
    return random.Random(length).choices(range(vocabulary), k=length)
