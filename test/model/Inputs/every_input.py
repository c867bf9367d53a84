"""every_input.py sort|add STEP COMMAND...: checks a trained model on every STEP-th input."""

import itertools
import os
import sys
from concurrent.futures import ThreadPoolExecutor

import program


def sort():
    """Yields six digits of 0, 1 and 2, and the same ones sorted."""
    for digits in itertools.product(range(3), repeat=6):
        yield list(digits), sorted(digits)


def add():
    """Yields two numbers of two digits, and the three digits of their sum, reversed."""
    for a, b in itertools.product(range(100), repeat=2):
        yield [a // 10, a % 10, b // 10, b % 10], [int(d) for d in reversed(f"{a + b:03}")]


task, step, *command = sys.argv[1:]


def check(pair):
    tokens, expected = pair
    found = program.greedy(command, tokens, len(expected))
    if found != expected:
        print(f"{tokens}: found {found}, expected {expected}")
    return found == expected


inputs = list({"sort": sort, "add": add}[task]())[:: int(step)]
with ThreadPoolExecutor(os.cpu_count()) as pool:
    right = sum(pool.map(check, inputs))
print(right, "of", len(inputs), "are right")
sys.exit(right != len(inputs))
