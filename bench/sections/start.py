"""Measures the time from exec to the first token, and memory."""

import tables
from machine import read_rate
from models import GPT2, SMOLLM2


def measure(bench):
    starts, memories = [], []
    for shape in (GPT2, SMOLLM2):
        for dtype in ("f32", "bf16"):
            program = bench.compiler.program(shape, dtype)
            samples = tables.Samples()
            program.execute(1, 1, 1)  # loads the file into the page cache
            for _ in range(bench.turns):
                rate = read_rate(bench.limits.measure())
                samples.add("read", 1e3 * shape.weight_bytes(dtype) / rate)
                samples.add("faulting", 1e3 * bench.limits.faulting_read(program.path))
                samples.add("first", 1e3 * program.execute(1, 1, 1).first)
                samples.add("peak", program.execute(512, 65, 1).peak / 1e6)
            name = f"{shape.name} {dtype}"
            starts.append([name, samples.median("first"), samples.median("faulting"),
                           samples.ratio("first", "faulting"), samples.median("read")])
            promised = program.promised_memory(threads=1) / 1e6
            memories.append([name, samples.median("peak"), promised,
                             samples.median("peak") / promised])
    tables.show("Start, 1 thread, a prompt of 1 token, files in memory",
                ["model, type", "exec to first token, ms", "faulting read, ms", "ratio",
                 "weights at the memory's rate, ms"], starts)
    tables.show("Memory, 1 thread, 512 tokens and 64 more",
                ["model, type", "peak, MB", "`--about` says, MB", "ratio"], memories)
