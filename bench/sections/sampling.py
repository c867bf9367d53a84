"""Measures the cost of sampling relative to evaluation, with a large vocabulary."""

import statistics
import time

import tables
from library import Library
from models import SMOLLM2, tokens

SHAPE = SMOLLM2.changed("SmolLM2-135M-150000", vocab_size=150_000)
CHOICES = {
    "`--temp 0`": dict(temperature=0.0),
    "`--temp 0.8`": dict(temperature=0.8),
    "`--temp 0.8 --top-k 40`": dict(temperature=0.8, top_k=40),
    "`--temp 0.8 --top-p 0.95`": dict(temperature=0.8, top_p=0.95),
    "`--temp 0.8 --min-p 0.05`": dict(temperature=0.8, min_p=0.05),
    "`--temp 0.8 --repeat-penalty 1.1`": dict(temperature=0.8, repeat_penalty=1.1),
    "the defaults": dict(temperature=0.8, top_k=40, top_p=0.95, min_p=0.05),
}
TOKENS_PER_TURN = 8


def timed(function, *arguments):
    """Returns the result of `function` and the seconds that it took."""
    start = time.perf_counter()
    result = function(*arguments)
    return result, time.perf_counter() - start


def measure(bench):
    checkpoint = SHAPE.checkpoint(bench.compiler.path, bench.folder)
    path = bench.folder / "sampling.so"
    bench.compiler.execute(checkpoint, path, "--emit=shared", "--dtype=bf16")
    library = Library(path)
    samplers = {name: library.sampler(**options) for name, options in CHOICES.items()}
    library.evaluate(tokens(64, SHAPE.vocabulary))
    evaluations, choices = [], {name: [] for name in CHOICES}
    for _ in range(bench.turns * TOKENS_PER_TURN):
        evaluations.append(timed(library.evaluate, [0])[1])
        for name, sampler in samplers.items():
            token, seconds = timed(library.sample, sampler)
            library.accept(sampler, token)
            choices[name].append(seconds)
    evaluation = statistics.median(evaluations)
    tables.show(f"Sampling from {SHAPE.vocabulary:,} tokens, a model of {SMOLLM2.name}'s layers in "
                f"bf16 whose token takes {1e3 * evaluation:.1f} ms on 1 thread",
                ["flags", "ms", "% of the token"],
                [[name, 1e3 * statistics.median(times), 100 * statistics.median(times) / evaluation]
                 for name, times in choices.items()])
