"""run_ctranslate2.py FOLDER DTYPE THREADS: runs CTranslate2 on make_ctranslate2.py's output."""

import json
import pathlib
import sys
import time

import ctranslate2
from serve import serve

TYPES = {"f32": "float32", "bf16": "bfloat16"}


def main():
    folder, dtype, threads = sys.argv[1], sys.argv[2], int(sys.argv[3])
    words = json.loads((pathlib.Path(folder) / "vocabulary.json").read_text())
    model = ctranslate2.Generator(folder, compute_type=TYPES[dtype], intra_threads=threads)

    def generate(prompt, count):
        """Returns the seconds of `count` tokens after the prompt, which has one row of logits."""
        start = time.perf_counter()
        model.generate_batch([prompt], max_length=count, min_length=count, beam_size=1,
                             include_prompt_in_result=False)
        return time.perf_counter() - start

    def run(tokens, count):
        prompt = [words[token] for token in tokens]
        prefill = generate(prompt, 1)
        return prefill, generate(prompt, count + 1) - prefill if count else 0

    serve(ctranslate2.__version__, len(words), run)


main()
