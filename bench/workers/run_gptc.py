"""run_gptc.py LIBRARY THREADS POSITIONS: runs a model compiled with --emit=shared."""

import pathlib
import sys

from serve import serve, stepwise

sys.path.append(str(pathlib.Path(__file__).parent.parent))
from library import Library


class Model:
    def __init__(self, path, threads, positions):
        self.library = Library(path, threads, positions)
        self.sampler = self.library.sampler(temperature=0.0)

    def evaluate(self, tokens):
        self.library.evaluate(tokens)
        return self.library.sample(self.sampler)

    def prefill(self, tokens):
        self.library.release()
        return self.evaluate(tokens)

    def decode(self, token):
        return self.evaluate([token])


def main():
    model = Model(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
    serve("gptc", model.library.vocabulary, stepwise(model.prefill, model.decode))


main()
