"""Measures prefill of a model that mostly computes attention against the machine's limit."""

import tables
from machine import peak
from models import SMOLLM2

SHAPE = SMOLLM2.changed("attention", num_hidden_layers=8, hidden_size=64, head_dim=64,
                        intermediate_size=64, vocab_size=256)
PROMPTS = (512, 1024, 2048, 4096)


def measure(bench):
    rows = [["attention, % of the operations"]
            + [100 * SHAPE.layers * SHAPE.attention_flops(prompt) / SHAPE.prefill_flops(prompt)
               for prompt in PROMPTS]]
    for dtype in ("f32", "bf16"):
        samples = tables.Samples()
        with bench.compiler.worker(SHAPE, dtype, positions=PROMPTS[-1]) as worker:
            for _ in range(bench.turns):
                limit = peak(bench.limits.measure(), dtype)
                for prompt in PROMPTS:
                    seconds, _, _ = worker.run(prompt, 0)
                    rate = SHAPE.prefill_flops(prompt) / seconds
                    samples.add((dtype, prompt), 100 * rate / limit)
        rows.append([f"{dtype}, % of limit"]
                    + [samples.median((dtype, prompt)) for prompt in PROMPTS])
    tables.show(f"Attention: prefill with {SHAPE.config['num_attention_heads']} heads of "
                f"{SHAPE.config['head_dim']} that share "
                f"{SHAPE.config['num_key_value_heads']} of keys and values, 1 thread",
                ["tokens", *map(str, PROMPTS)], rows)
