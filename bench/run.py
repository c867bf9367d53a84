#!/usr/bin/env python3
"""Measures prefill and decode of GPT-2's shape beside the machine's limits.

    run.py GPTC CLANGXX FOLDER [--turns N]

Prefill of 512 tokens is set against the rate of fused multiply-adds, decode of 64 tokens
against the rate of reading memory, all with one thread and measured in turn in the same run;
the table holds medians. FOLDER keeps the checkpoint and the program.
"""

import argparse
import pathlib
import re
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).parent
CHANNELS, LAYERS, HEADS, VOCABULARY = 768, 12, 12, 50257
PROMPT, GENERATED = 512, 64
CONFIGURATION = ["model_type=gpt2", f"n_layer={LAYERS}", f"n_head={HEADS}", f"n_embd={CHANNELS}",
                 f"vocab_size={VOCABULARY}", "n_positions=1024", "eos_token_id=50256"]
# What the matrices of a layer hold: query, key, value, output, up and down.
LAYER_PARAMETERS = 12 * CHANNELS * CHANNELS
WEIGHT_BYTES = 4 * (LAYERS * LAYER_PARAMETERS + VOCABULARY * CHANNELS)


def prefill_flops():
    scores_and_values = 2 * 2 * CHANNELS * PROMPT * (PROMPT + 1) / 2
    layers = LAYERS * (2 * LAYER_PARAMETERS * PROMPT + scores_and_values)
    return layers + 2 * VOCABULARY * CHANNELS


def rates(program):
    """Prompt and generated tokens per second, as the program's footer says."""
    tokens = ",".join(str(i * 7919 % VOCABULARY) for i in range(PROMPT))
    text = subprocess.run(
        [program, "--tokens", tokens, "-n", str(GENERATED), "-t", "1", "--temp", "0",
         "--ignore-eos", "--print-ids"], capture_output=True, text=True, check=True).stderr
    return [float(re.search(rf"{name}: .*?([\d.]+) tokens/s", text).group(1))
            for name in ("prompt", "generated")]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("gptc")
    parser.add_argument("clangxx")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--turns", type=int, default=5)
    options = parser.parse_args()

    options.folder.mkdir(parents=True, exist_ok=True)
    checkpoint, program = options.folder / "gpt2", options.folder / "gpt2.program"
    limits = options.folder / "limits"
    if not (checkpoint / "config.json").exists():
        subprocess.run([sys.executable, HERE.parent / "test/model/Inputs/random_checkpoint.py",
                        options.gptc, checkpoint, "--deviation", "0.02", *CONFIGURATION], check=True)
    subprocess.run([options.gptc, checkpoint, "-o", program], check=True)
    subprocess.run([options.clangxx, "-O2", "-march=native", HERE / "limits.cpp", "-o", limits],
                   check=True)

    measured = []
    for _ in range(options.turns):
        fma, read = map(float, subprocess.check_output([limits], text=True).split())
        prompt, generated = rates(program)
        measured.append((fma, read, prompt, generated,
                         100 * prefill_flops() / (PROMPT / prompt) / (fma * 1e9),
                         100 * WEIGHT_BYTES * generated / (read * 1e9)))
    fma, read, prompt, generated, prefill, decode = map(statistics.median, zip(*measured))
    print(f"| GPT-2 124M, f32, 1 thread | tokens/s | limit | % of limit |\n"
          f"|---|---|---|---|\n"
          f"| prefill of {PROMPT} | {prompt:.1f} | {fma:.1f} GFLOP/s | {prefill:.0f} |\n"
          f"| decode of {GENERATED} | {generated:.1f} | {read:.1f} GB/s | {decode:.0f} |")


if __name__ == "__main__":
    main()
