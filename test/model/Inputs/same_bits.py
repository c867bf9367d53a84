"""same_bits.py PROGRAM... --vocabulary V --prompts N,N...: checks that logits have the same bits.

The first program's logits of a prompt as one chunk on one thread must have the
same bits as those of every program (`PROGRAM FLAG...` in quotes), with each of
--chunks and --threads. With --generate N, the logits at N generated tokens must
have the bits of a run on the whole text.
"""

import argparse
import itertools
import sys

import program


def numbers(text):
    return [int(number) for number in text.split(",")]


parser = argparse.ArgumentParser()
parser.add_argument("programs", nargs="+", type=str.split)
parser.add_argument("--vocabulary", type=int, required=True)
parser.add_argument("--prompts", type=numbers, required=True)
parser.add_argument("--chunks", type=numbers, default=[])
parser.add_argument("--threads", type=numbers, default=[1])
parser.add_argument("--generate", type=int)
arguments = parser.parse_args()
first = arguments.programs[0]
chunks = [[], *(["--chunk", str(chunk)] for chunk in arguments.chunks)]
threads = [["-t", str(count)] for count in arguments.threads]


def check(found, expected, *what):
    if found != expected:
        sys.exit(f"{what}: the logits have other bits")


def check_prompt(tokens):
    expected = program.logits(first, tokens, "expected.npy")
    for command, chunk, count in itertools.product(arguments.programs, chunks, threads):
        found = program.logits(command, tokens, "found.npy", *chunk, *count)
        check(found, expected, command, len(tokens), chunk, count)


def check_generated(tokens):
    made = program.greedy(first, tokens, arguments.generate, "--logits", "made.npy")
    with open("made.npy", "rb") as file:
        found = file.read()
    # The last token is never evaluated.
    check(found, program.logits(first, (tokens + made)[:-1], "expected.npy"), first, len(tokens))


for length in arguments.prompts:
    tokens = program.prompt(length, arguments.vocabulary)
    if arguments.generate:
        check_generated(tokens)
    else:
        check_prompt(tokens)
