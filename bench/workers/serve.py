"""The loop of every worker: it loads a model once, reports that, and serves requests on stdin.

A line `PROMPT GENERATE` evaluates PROMPT tokens from an empty cache and then GENERATE
more, one by one. The answer is `PREFILL DECODE PEAK`: seconds, seconds, and the maximum
of resident bytes. The first token counts to the prompt.
"""

import pathlib
import re
import sys
import time


def stepwise(prefill, decode):
    """Returns run(tokens, generate), given two functions that return the most likely token."""

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
    run([0, 1], 1)  # the first run allocates memory and chooses kernels
    print(version, flush=True)
    for line in sys.stdin:
        prompt, generate = map(int, line.split())
        prefill, decode = run([i * 7919 % vocabulary for i in range(prompt)], generate)
        print(prefill, decode, peak(), flush=True)
