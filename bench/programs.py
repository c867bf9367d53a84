"""Compiles models with gptc and runs the programs."""

import dataclasses
import os
import pathlib
import re
import subprocess
import tempfile
import threading
import time

from models import tokens
from worker import library_worker


@dataclasses.dataclass
class Execution:
    seconds: float
    first: float  # seconds to the first byte on stdout
    peak: int     # maximum of resident bytes, with mapped files
    anonymous: int  # maximum without mapped files, if it was watched


class AnonymousWatch(threading.Thread):
    """Polls the anonymous memory of a process until it ends."""

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
    """Runs `command` and raises an error if it fails."""
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
        if process.returncode != 0:
            raise subprocess.CalledProcessError(process.returncode, command, stderr=errors.read())
    return Execution(seconds, first, usage.ru_maxrss * 1024, watcher.peak)


class Program:
    """A compiled model. Every run is a new process, which starts with no page mapped."""

    def __init__(self, path, vocabulary):
        self.path = path
        self.vocabulary = vocabulary

    def execute(self, prompt, generate, threads):
        ids = ",".join(map(str, tokens(prompt, self.vocabulary)))
        return execute([self.path, "--tokens", ids, "-n", str(generate), "-t", str(threads),
                        "--temp", "0", "--ignore-eos", "--print-ids", "--no-display-prompt"])

    def promised_memory(self, threads):
        """Returns the memory in bytes that --about states for the default context."""
        text = subprocess.check_output([self.path, "--about", "-t", str(threads)], text=True)
        return int(re.search(r"^memory for .*?^  total +(\d+)", text, re.M | re.S)[1])


class Compiler:
    def __init__(self, path, folder):
        self.path = path
        self.folder = folder
        self.outputs = set()

    def execute(self, model, output, *flags, watch=False):
        return execute([self.path, model, "-o", self.folder / output, *flags], watch)

    def compiled(self, shape, dtype, name, *flags):
        """Compiles the model once per run of the benchmark and returns the path."""
        if name not in self.outputs:
            self.execute(shape.checkpoint(self.path, self.folder), name, f"--dtype={dtype}",
                         *flags)
            self.outputs.add(name)
        return self.folder / name

    def program(self, shape, dtype):
        path = self.compiled(shape, dtype, f"{shape.name}.{dtype}")
        return Program(path, shape.vocabulary)

    def worker(self, shape, dtype, threads=1, positions=0):
        """Starts a process that holds the model as a library; positions: its context."""
        path = self.compiled(shape, dtype, f"{shape.name}.{dtype}.so", "--emit=shared")
        return library_worker(path, threads, positions)
