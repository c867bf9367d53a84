"""Describes the machine and measures its limits."""

import json
import os
import pathlib
import re
import subprocess

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parent


class Limits:
    """Runs limits.cpp; measure() is called once per turn."""

    def __init__(self, clangxx, folder):
        self.program = folder / "limits"
        subprocess.run([clangxx, "-std=c++20", "-O2", "-pthread", "-I", ROOT, HERE / "limits.cpp",
                        ROOT / "compiler/Limits.cpp", "-o", self.program], check=True)

    def measure(self):
        """Returns rates by name, each for 1 and 2 threads; None if the CPU lacks it."""
        return json.loads(subprocess.check_output([self.program]))

    def faulting_read(self, path):
        """Returns the seconds to map a file and read each cache line, in a new process."""
        return float(subprocess.check_output([self.program, "faulting-read", path]))


def peak(limits, dtype, threads=1):
    """Returns FLOPs per second: for bf16 of vdpbf16ps if the CPU has it, else of FMA."""
    rates = dtype == "bf16" and limits["bf16"] or limits["fma"]
    return rates[threads - 1] * 1e9


def read_rate(limits, threads=1):
    """Returns bytes per second."""
    return limits["read"][threads - 1] * 1e9


def cpu_flags():
    cpu = pathlib.Path("/proc/cpuinfo").read_text()
    return set(re.search(r"flags\s*: (.*)", cpu)[1].split())


def has(flag):
    return flag in cpu_flags()


def describe():
    """Returns one line: the CPU, which relevant instructions it has, and the memory."""
    name = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())[1]
    flags = cpu_flags()
    wanted = ["avx2", "fma", "avx512f", "avx512_vnni", "avx_vnni", "avx512_bf16", "amx_bf16"]
    memory = int(re.search(r"MemTotal:\s*(\d+)", pathlib.Path("/proc/meminfo").read_text())[1])
    cache = pathlib.Path("/sys/devices/system/cpu/cpu0/cache/index3/size")
    cache = cache.read_text().strip() if cache.exists() else "no known size"
    return (f"{name}, {os.cpu_count()} CPUs, L3 of {cache}, {memory / 2**20:.0f} GiB, "
            f"Linux {os.uname().release.split('-')[0]}; "
            f"has {' '.join(w for w in wanted if w in flags)}; "
            f"lacks {' '.join(w for w in wanted if w not in flags)}")
