"""A file that people have, beside llama.cpp on the same file, 1 thread."""

import pathlib
import subprocess

import tables
from models import SMOLLM2
from programs import Program

ROOT = pathlib.Path(__file__).parent.parent.parent
RATES = {"prefill of 512, tokens/s": (("pp", 512), "10 times"),
         "decode of 64, tokens/s": (("tg", 64), "1.1 times")}
FIRST, MEMORY = "first token, s", "resident, MB"


def fetch():
    """SmolLM2-135M-Instruct, Q4_1 with a head in Q8_0; None where it is not to be had."""
    script = ROOT / "cmake/smollm2.sh"
    folder = ROOT / "build/smollm2"
    if subprocess.run([script, folder]).returncode != 0:
        return None
    return folder / "smollm2.gguf"


def measure_gptc(samples, program):
    for name, (test, _) in RATES.items():
        samples.add((name, "gptc"), program.rate(test))
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
    output = bench.folder / "smollm2"
    bench.compiler.execute(model, output, "--dtype=bf16")
    program = Program(output, SMOLLM2.vocabulary)
    peer = bench.peers.ready.get("llama.cpp")
    worker = peer and peer.start(model, "file", 1)
    samples = tables.Samples()
    for _ in range(bench.turns):
        measure_gptc(samples, program)
        if worker:
            measure_llama(samples, peer, worker, model)
    if worker:
        worker.close()
    show(samples)


def show(samples):
    aims = {**{name: aim for name, (_, aim) in RATES.items()},
            FIRST: "a tenth", MEMORY: "at most 490 MB"}
    tables.show("SmolLM2-135M-Instruct Q4_1, gptc with `--dtype=bf16`, 1 thread",
                ["", "gptc", "llama.cpp", "ratio", "target"],
                [[name, samples.median((name, "gptc")), samples.median((name, "llama.cpp")),
                  samples.ratio((name, "gptc"), (name, "llama.cpp")), aim]
                 for name, aim in aims.items()])
