"""Measures time and memory of compiling."""

import tables
from models import GPT2, SMOLLM2

DEPTHS = (12, 96)


def measure(bench):
    show_models(bench)
    show_depths(bench)


def show_models(bench):
    rows = []
    for shape in (GPT2, SMOLLM2):
        checkpoint = shape.checkpoint(bench.compiler.path, bench.folder)
        for dtype in ("f32", "bf16"):
            samples = tables.Samples()
            name = f"{shape.name}.{dtype}"
            for _ in range(bench.turns):
                code = bench.compiler.execute(checkpoint, name + ".o", "-c", f"--dtype={dtype}")
                whole = bench.compiler.execute(checkpoint, name, f"--dtype={dtype}", watch=True)
                size = (bench.folder / name).stat().st_size
                samples.add("code", code.seconds)
                samples.add("whole", whole.seconds)
                samples.add("packing", size / 1e6 / (whole.seconds - code.seconds))
                samples.add("own", whole.anonymous / 1e6)
                samples.add("mapped", (whole.peak - whole.anonymous) / 1e6)
            rows.append([f"{shape.name} {dtype}"] + [samples.median(key) for key in (
                "code", "whole", "packing", "own", "mapped")])
    tables.show("Compiling", ["model, type", "code alone, s", "program, s",
                              "linking and packing, MB/s", "own memory, MB", "mapped files, MB"],
                rows)


def show_depths(bench):
    samples = tables.Samples()
    for _ in range(bench.turns):
        for layers in DEPTHS:
            shape = GPT2.changed(f"GPT-2-{layers}-layers", n_layer=layers)
            ran = bench.compiler.execute(shape.configuration(bench.folder), f"{shape.name}.o",
                                         "-c", watch=True)
            samples.add(("seconds", layers), ran.seconds)
            samples.add(("memory", layers), ran.anonymous / 1e6)
    few, many = DEPTHS
    tables.show("Compiling more layers, code alone",
                ["GPT-2's shape", f"{few} layers", f"{many} layers", "ratio"],
                [[title] + [samples.median((key, layers)) for layers in DEPTHS]
                 + [samples.ratio((key, many), (key, few))]
                 for title, key in (("seconds", "seconds"), ("own memory, MB", "memory"))])
