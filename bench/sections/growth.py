"""Measures how the cost of a token grows with the context."""

import plot
import tables
from models import SMOLLM2

CONTEXTS = [128 << i for i in range(7)]  # 128 to 8192
GENERATED = 16


def measure(bench):
    series, rows = [], []
    for dtype in ("f32", "bf16"):
        samples = tables.Samples()
        with bench.compiler.worker(SMOLLM2, dtype, positions=CONTEXTS[-1]) as worker:
            for _ in range(min(bench.turns, 3)):
                for context in CONTEXTS:
                    prompt = context - GENERATED
                    prefill, decode, _ = worker.run(prompt, GENERATED)
                    samples.add(("prefill", context), 1e3 * prefill / prompt)
                    samples.add(("decode", context), 1e3 * decode / GENERATED)
        for name in ("prefill", "decode"):
            costs = [samples.median((name, context)) for context in CONTEXTS]
            rows.append([f"{name} {dtype}", *costs, costs[-1] / costs[0]])
            series.append((f"{name} {dtype}", costs))
    tables.show(f"{SMOLLM2.name}, ms per token up to and at the end of a context, 1 thread",
                ["context", *map(str, CONTEXTS), f"{CONTEXTS[-1]} over {CONTEXTS[0]}"], rows)
    path = bench.folder / "growth.svg"
    plot.lines(path, f"{SMOLLM2.name}, ms per token by context", CONTEXTS, series)
    tables.note(f"Plot: `{path.name}`")
