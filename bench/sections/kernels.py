"""Measures prefill and decode of both shapes against the machine's limits and the peers."""

import plot
import tables
from machine import peak, read_rate
from models import GPT2, SMOLLM2

CELLS = [(shape, dtype) for shape in (GPT2, SMOLLM2) for dtype in ("f32", "bf16")]
PROMPTS = (128, 512)
GENERATED = 64
TESTS = [("pp", prompt) for prompt in PROMPTS] + [("tg", GENERATED)]


def limit(shape, dtype, test, limits):
    """Returns the tokens per second that the machine allows on 1 thread."""
    kind, count = test
    if kind == "tg":
        return read_rate(limits) / shape.weight_bytes(dtype)
    return peak(limits, dtype) * count / shape.prefill_flops(count)


def rotated(workers, turn):
    """Rotates the order per turn, since the first worker follows loops on all CPUs."""
    names = list(workers)
    begin = turn % len(names)
    return {name: workers[name] for name in names[begin:] + names[:begin]}


def measure_turn(bench, samples, shape, dtype, workers):
    limits = bench.limits.measure()
    for name, rates in limits.items():
        for threads, rate in enumerate(rates or [], 1):
            samples.add((name, threads), rate)
    for test in TESTS:
        samples.add((shape.name, dtype, test, "limit"), limit(shape, dtype, test, limits))
        for name, worker in workers.items():
            samples.add((shape.name, dtype, test, name), worker.rate(test))


def measure(bench):
    samples = tables.Samples()
    for shape, dtype in CELLS:
        checkpoint = shape.checkpoint(bench.compiler.path, bench.folder)
        with (bench.compiler.worker(shape, dtype) as gptc,
              bench.peers.workers(checkpoint, dtype) as peers):
            for turn in range(bench.turns):
                workers = rotated({"gptc": gptc, **peers}, turn)
                measure_turn(bench, samples, shape, dtype, workers)
    show_limits(samples)
    show_cells(bench, samples)
    show_peers(bench, samples)


def show_limits(samples):
    units = {"fma": "f32 FMA, GFLOP/s", "bf16": "`vdpbf16ps`, GFLOP/s",
             "int8": "`vpdpbusd`, GOP/s", "read": "memory read, GB/s"}
    tables.show("Limits", ["limit", "1 thread", "2 threads", "ratio"],
                [[unit, samples.median((name, 1)), samples.median((name, 2)),
                  samples.ratio((name, 2), (name, 1))] for name, unit in units.items()])


def best_peer(bench, samples, cell):
    """Returns the name of the fastest peer, or None if there is none."""
    names = [name for name in bench.peers.ready if (*cell, name) in samples]
    return max(names, key=lambda name: samples.median((*cell, name)), default=None)


def show_cells(bench, samples):
    rows, bars = [], []
    for shape, dtype in CELLS:
        for kind, count in TESTS:
            cell = (shape.name, dtype, (kind, count))
            gptc, at_most = (*cell, "gptc"), (*cell, "limit")
            share = 100 * samples.ratio(gptc, at_most)
            row = [f"{shape.name} {dtype} {kind}{count}", samples.median(gptc),
                   samples.median(at_most), share]
            group = [("gptc", share)]
            best = best_peer(bench, samples, cell)
            if best:
                share = 100 * samples.ratio((*cell, best), at_most)
                row += [best, share, samples.ratio(gptc, (*cell, best))]
                group.append((best, share))
            else:
                row += ["–", "–", "–"]
            rows.append(row)
            bars.append((row[0], group))
    tables.show("Prefill and decode, 1 thread",
                ["model, type, test", "tokens/s", "limit", "% of limit", "best peer",
                 "its % of limit", "times the peer"], rows)
    path = bench.folder / "limits.svg"
    plot.bars(path, "Prefill (pp) and decode (tg), % of the machine's limit", bars)
    tables.note(f"Plot: `{path.name}`")


def show_peers(bench, samples):
    names = list(bench.peers.ready)
    if not names:
        return
    rows = []
    for shape, dtype in CELLS:
        for kind, count in TESTS:
            cell = (shape.name, dtype, (kind, count))
            rates = [samples.median((*cell, name)) for name in names]
            rows.append([f"{shape.name} {dtype} {kind}{count}", samples.median((*cell, "gptc"))]
                        + ["–" if rate is None else rate for rate in rates])
    tables.show("Tokens per second of all, 1 thread", ["model, type, test", "gptc", *names], rows)
