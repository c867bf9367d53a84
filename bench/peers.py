"""Runs other runtimes on the same weights, in a virtual environment.

Each is a process that loads a model once and then runs on request, so that its runs
alternate with those of gptc's programs. The processes run the scripts in workers/.
"""

import contextlib
import dataclasses
import os
import pathlib
import shutil
import subprocess
import sys

import machine
import tables
from worker import WORKERS, Worker

TORCH = ["torch==2.13.0", "transformers==5.24.0"]


@dataclasses.dataclass
class Environment:
    """A virtual environment in the measurements' folder."""

    folder: pathlib.Path
    clangxx: str

    @property
    def path(self):
        return self.folder / "peers"

    def install(self, packages, flags):
        """Installs packages. Returns False on failure; pip's output is in peers.log."""
        if not (self.path / "bin/pip").exists():
            subprocess.run([sys.executable, "-m", "venv", self.path], check=True)
        variables = {"CMAKE_ARGS": "-DGGML_NATIVE=ON", **os.environ}
        if not shutil.which("c++"):
            variables.update(CXX=self.clangxx, CC=self.clangxx.replace("++", ""))
        with open(self.folder / "peers.log", "a") as log:
            command = [self.path / "bin/pip", "install", "--retries", "1", *flags, *packages]
            return subprocess.run(command, stdout=log, stderr=log, env=variables).returncode == 0

    def command(self, script, *arguments):
        return [self.path / "bin/python", WORKERS / script, *map(str, arguments)]

    def variables(self, threads):
        return {**os.environ, "OMP_NUM_THREADS": str(threads), "HF_HUB_OFFLINE": "1"}

    def make(self, script, source, *arguments, output):
        """Runs a script that writes `output`, unless that exists."""
        if not output.exists():
            part = output.with_suffix(".part" + output.suffix)
            with open(self.folder / "peers.log", "a") as log:
                subprocess.run(self.command(script, source, *arguments, part), check=True,
                               stdout=log, stderr=log, env=self.variables(2))
            os.replace(part, output)
        return output


class Peer:
    """A runtime; subclasses define its packages and the files that it reads."""

    flags = ()
    types = ("f32", "bf16")

    def __init__(self, environment):
        self.environment = environment

    def install(self):
        return self.environment.install(self.packages, self.flags)

    def start(self, model, dtype, threads):
        with open(self.environment.folder / "peers.log", "a") as log:
            return Worker(self.environment.command(self.worker, model, dtype, threads),
                          stderr=log, env=self.environment.variables(threads))


class LlamaCpp(Peer):
    """llama.cpp, built from source for this machine."""

    name, worker = "llama.cpp", "run_llama.py"
    packages = ["llama-cpp-python==0.3.36", "gguf==0.19.0"]
    flags = ("--no-binary", "llama-cpp-python")

    def prepare(self, checkpoint, dtype):
        return self.environment.make("make_gguf.py", checkpoint, dtype,
                                     output=checkpoint.with_suffix(f".{dtype}.gguf"))

    def first_token(self, model, threads):
        """Returns the seconds from loading to the first token, without Python's start."""
        return float(subprocess.check_output(
            self.environment.command(self.worker, model, "first", threads),
            env=self.environment.variables(threads)))


class Torch(Peer):
    name, worker, packages = "torch", "run_torch.py", TORCH

    def prepare(self, checkpoint, dtype):
        return checkpoint


class OnnxPeer(Peer):
    def prepare(self, checkpoint, dtype):
        return self.environment.make("make_onnx.py", checkpoint,
                                     output=checkpoint.with_suffix(".onnx"))


class OnnxRuntime(OnnxPeer):
    name, worker = "onnxruntime", "run_onnxruntime.py"
    packages = [*TORCH, "onnx==1.23.2", "onnxruntime==1.32.0"]
    types = ("f32",)


class OpenVino(OnnxPeer):
    name, worker = "OpenVINO", "run_openvino.py"
    packages = [*TORCH, "onnx==1.23.2", "openvino==2026.4.1"]
    # Without avx512_bf16 it uses reference code, which is a hundred times slower.
    types = ("f32", "bf16") if machine.has("avx512_bf16") else ("f32",)


class CTranslate2(Peer):
    name, worker = "CTranslate2", "run_ctranslate2.py"
    packages = [*TORCH, "ctranslate2==4.8.5"]
    # It refuses bf16 without avx512_bf16.
    types = ("f32", "bf16") if machine.has("avx512_bf16") else ("f32",)

    def prepare(self, checkpoint, dtype):
        return self.environment.make("make_ctranslate2.py", checkpoint, dtype,
                                     output=checkpoint.with_suffix(f".{dtype}.ctranslate2"))


CLASSES = {peer.name: peer for peer in (LlamaCpp, Torch, OnnxRuntime, OpenVino, CTranslate2)}


class Peers:
    """The peers among `names` that could be installed."""

    def __init__(self, names, environment):
        self.ready = {}
        for name in names:
            peer = CLASSES[name](environment)
            if peer.install():
                self.ready[name] = peer
            else:
                tables.note(f"{name} does not install here, so it is left out.")

    @contextlib.contextmanager
    def workers(self, checkpoint, dtype):
        """Yields by name a worker of each peer that supports the model; closes them at the end."""
        with contextlib.ExitStack() as stack:
            running = {}
            for name, peer in self.ready.items():
                if dtype not in peer.types:
                    continue
                try:
                    worker = peer.start(peer.prepare(checkpoint, dtype), dtype, 1)
                except (RuntimeError, subprocess.CalledProcessError):
                    tables.note(f"{name} does not take {checkpoint.stem} in {dtype}: peers.log.")
                    continue
                running[name] = stack.enter_context(worker)
            yield running
