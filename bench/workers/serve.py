"""What every worker does: it loads a model once, says so, and runs what stdin asks for.

A line `PROMPT GENERATE` evaluates so many tokens from an empty cache and then that many
more, one by one. The answer is `PREFILL DECODE PEAK`: seconds, seconds, and the bytes
that were resident at most. The first token comes with the prompt.
"""

import pathlib
import re
import sys
import time


def stepwise(prefill, decode):
    """run(tokens, generate) of two functions, each of which gives the likeliest next token."""

    def run(tokens, generate):
        start = time.perf_counter()
        token = prefill(tokens)
        middle = time.perf_counter()
        for _ in range(generate):
            token = decode(token)
        return middle - start, time.perf_counter() - middle

    return run


def peak():
    status = pathlib.Path("/proc/self/status").read_text()
    return int(re.search(r"VmHWM:\s*(\d+) kB", status)[1]) * 1024


def serve(version, vocabulary, run):
    run([0, 1], 1)  # the first run asks for memory and chooses kernels
    print(version, flush=True)
    for line in sys.stdin:
        prompt, generate = map(int, line.split())
        prefill, decode = run([i * 7919 % vocabulary for i in range(prompt)], generate)
        print(prefill, decode, peak(), flush=True)
