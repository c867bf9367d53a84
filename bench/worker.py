"""A process that holds a model and evaluates it on request."""

import pathlib
import subprocess
import sys

WORKERS = pathlib.Path(__file__).parent / "workers"


class Worker:
    """A process with `command`, which runs a script of workers/; `options` are Popen's."""

    def __init__(self, command, **options):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True, **options)
        if not self.process.stdout.readline():
            self.close()
            raise RuntimeError(f"{command[1].name} ended")

    def run(self, prompt, generate):
        """Returns prompt seconds, generation seconds, and the maximum of resident bytes."""
        print(prompt, generate, file=self.process.stdin, flush=True)
        prefill, decode, peak = map(float, self.process.stdout.readline().split())
        return prefill, decode, peak

    def rate(self, test):
        """Returns tokens per second; test: ("pp", prompt) or ("tg", generated)."""
        kind, count = test
        prompt, generate = (count, 0) if kind == "pp" else (1, count)
        prefill, decode, _ = self.run(prompt, generate)
        return count / (prefill if kind == "pp" else decode)

    def close(self):
        self.process.stdin.close()
        self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def library_worker(path, threads=1, positions=0):
    """Starts a worker of a model compiled with `--emit=shared`; positions: context or 0."""
    return Worker([sys.executable, WORKERS / "run_gptc.py", path, str(threads), str(positions)])
