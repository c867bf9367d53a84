"""Measures the speedup of prefill by a second thread against that of a loop in registers."""

import tables
from models import GPT2, SMOLLM2

PROMPT = 512


def measure(bench):
    rows = []
    for shape in (GPT2, SMOLLM2):
        for dtype in ("f32", "bf16"):
            samples = tables.Samples()
            with (bench.compiler.worker(shape, dtype, threads=1) as one,
                  bench.compiler.worker(shape, dtype, threads=2) as two):
                for _ in range(bench.turns):
                    limits = bench.limits.measure()
                    for threads, worker in enumerate((one, two), 1):
                        samples.add(("fma", threads), limits["fma"][threads - 1])
                        samples.add(threads, worker.rate(("pp", PROMPT)))
            rows.append([f"{shape.name} {dtype}", samples.median(1), samples.median(2),
                         samples.ratio(2, 1), samples.ratio(("fma", 2), ("fma", 1))])
    tables.show(f"Threads: prefill of {PROMPT}, tokens/s",
                ["model, type", "1 thread", "2 threads", "ratio", "ratio of the FMA loop"], rows)
