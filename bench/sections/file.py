"""Measures a published GGUF file against llama.cpp on the same file, 1 thread."""

import contextlib
import pathlib
import subprocess

import tables
from models import SMOLLM2
from programs import Program
from worker import library_worker

ROOT = pathlib.Path(__file__).parent.parent.parent
RATES = {"prefill of 512, tokens/s": (("pp", 512), "10 times"),
         "decode of 64, tokens/s": (("tg", 64), "1.1 times")}
FIRST, MEMORY = "first token, s", "resident, MB"


def fetch():
    """Returns SmolLM2-135M-Instruct, Q4_1 with a head in Q8_0; None if it is unavailable."""
    script = ROOT / "cmake/smollm2.sh"
    folder = ROOT / "build/smollm2"
    if subprocess.run([script, folder]).returncode != 0:
        return None
    return folder / "smollm2.gguf"


def measure_gptc(samples, program, worker):
    for name, (test, _) in RATES.items():
        samples.add((name, "gptc"), worker.rate(test))
    samples.add((FIRST, "gptc"), program.execute(1, 1, 1).first)
    samples.add((MEMORY, "gptc"), program.execute(512, 65, 1).peak / 1e6)


def measure_llama(samples, peer, worker, model):
    for name, (test, _) in RATES.items():
        samples.add((name, "llama.cpp"), worker.rate(test))
    samples.add((FIRST, "llama.cpp"), peer.first_token(model, 1))
    samples.add((MEMORY, "llama.cpp"), worker.run(512, 64)[2] / 1e6)


def measure(bench):
    model = fetch()
    if not model:
        return tables.note("SmolLM2-135M-Instruct cannot be fetched here.")
    program = Program(bench.folder / "smollm2", SMOLLM2.vocabulary)
    library = bench.folder / "smollm2.so"
    bench.compiler.execute(model, program.path, "--dtype=bf16")
    bench.compiler.execute(model, library, "--dtype=bf16", "--emit=shared")
    peer = bench.peers.ready.get("llama.cpp")
    samples = tables.Samples()
    with (library_worker(library) as worker,
          (peer.start(model, "file", 1) if peer else contextlib.nullcontext()) as llama):
        for _ in range(bench.turns):
            measure_gptc(samples, program, worker)
            if llama:
                measure_llama(samples, peer, llama, model)
    show(samples)


def show(samples):
    aims = {**{name: aim for name, (_, aim) in RATES.items()},
            FIRST: "a tenth", MEMORY: "at most 490 MB"}
    tables.show("SmolLM2-135M-Instruct Q4_1, gptc with `--dtype=bf16`, 1 thread",
                ["", "gptc", "llama.cpp", "ratio", "target"],
                [[name, samples.median((name, "gptc")), samples.median((name, "llama.cpp")),
                  samples.ratio((name, "gptc"), (name, "llama.cpp")), aim]
                 for name, aim in aims.items()])
