"""Compiling models with gptc and running the programs."""

import dataclasses
import os
import pathlib
import re
import subprocess
import tempfile
import threading
import time

from models import tokens


@dataclasses.dataclass
class Execution:
    seconds: float
    first: float  # seconds to the first byte on stdout
    peak: int     # bytes resident at most, mapped files included
    anonymous: int  # bytes resident at most without mapped files, if they were watched
    text: str     # stderr


class AnonymousWatch(threading.Thread):
    """Looks at the anonymous memory of a process until it has ended."""

    def __init__(self, process):
        super().__init__(daemon=True)
        self.path = f"/proc/{process}/status"
        self.peak = 0

    def run(self):
        while True:
            try:
                status = pathlib.Path(self.path).read_text()
            except OSError:
                return
            found = re.search(r"RssAnon:\s*(\d+) kB", status)
            if not found:  # a zombie has no memory
                return
            self.peak = max(self.peak, int(found[1]) * 1024)
            time.sleep(0.003)


def execute(command, watch=False):
    """Runs `command`, and fails if it does."""
    with tempfile.TemporaryFile("w+") as errors:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors)
        watcher = AnonymousWatch(process.pid)
        if watch:
            watcher.start()
        with process.stdout as output:
            os.read(output.fileno(), 1)
            first = time.perf_counter() - start
            output.read()
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        errors.seek(0)
        text = errors.read()
    if process.returncode != 0:
        raise subprocess.CalledProcessError(process.returncode, command, stderr=text)
    return Execution(seconds, first, usage.ru_maxrss * 1024, watcher.peak, text)


class Program:
    """A compiled model. Every run is a process of its own, which begins with no page mapped."""

    def __init__(self, path, vocabulary):
        self.path = path
        self.vocabulary = vocabulary

    def execute(self, prompt, generate, threads, *flags):
        ids = ",".join(map(str, tokens(prompt, self.vocabulary)))
        return execute([self.path, "--tokens", ids, "-n", str(generate), "-t", str(threads),
                        "--temp", "0", "--ignore-eos", "--print-ids", "--no-display-prompt",
                        *flags])

    def rates(self, prompt, generate, threads, *flags):
        """Tokens per second of the prompt and of what follows, as the footer says.

        The first token comes with the prompt.
        """
        text = self.execute(prompt, generate + 1, threads, *flags).text
        return [float(re.search(rf"{name}: .*?([\d.]+) tokens/s", text)[1])
                for name in ("prompt", "generated")]

    def prefill(self, prompt, threads=1, *flags):
        return self.rates(prompt, 0, threads, *flags)[0]

    def decode(self, generate, threads=1, *flags):
        return self.rates(1, generate, threads, *flags)[1]

    def rate(self, test, threads=1):
        """Tokens per second; test: ("pp", prompt) or ("tg", generated)."""
        kind, count = test
        return (self.prefill if kind == "pp" else self.decode)(count, threads)

    def promised_memory(self, threads):
        """Bytes that the program says it takes, for its default context."""
        text = subprocess.check_output([self.path, "--about", "-t", str(threads)], text=True)
        return int(re.search(r"^memory for .*?^  total +(\d+)", text, re.M | re.S)[1])


class Compiler:
    def __init__(self, path, folder):
        self.path = path
        self.folder = folder
        self.programs = {}

    def execute(self, model, output, *flags, watch=False):
        return execute([self.path, model, "-o", self.folder / output, *flags], watch)

    def program(self, shape, dtype):
        """Compiled once in a run."""
        name = f"{shape.name}.{dtype}"
        if name not in self.programs:
            self.execute(shape.checkpoint(self.path, self.folder), name, f"--dtype={dtype}")
            self.programs[name] = Program(self.folder / name, shape.vocabulary)
        return self.programs[name]
