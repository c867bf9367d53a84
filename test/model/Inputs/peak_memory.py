"""peak_memory.py PROGRAM LOG FLAGS...: checks a program's memory against gptc -v.

LOG holds the output of gptc -v. The flags fill PROGRAM's whole context with one thread.
"""

import pathlib
import re
import resource
import subprocess
import sys

BESIDE = 40 << 20

program, log, *flags = sys.argv[1:]
line = re.search(r"running takes (\d+) bytes of weights, (\d+) of buffers, (\d+) for each thread "
                 r"and (\d+) of cache for every 32 positions", pathlib.Path(log).read_text())
weights, buffers, thread, block = map(int, line.groups())
subprocess.run([program, *flags, "-t", "1"], check=True, stdout=subprocess.DEVNULL)
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
about = subprocess.run([program, "--about", "-t", "1"], check=True, capture_output=True, text=True)
positions = int(re.search(r"memory for (\d+) positions", about.stdout)[1])
cache = positions // 32 * block
print(f"{peak} bytes at the peak, {weights + cache} of weights and cache, "
      f"{buffers + thread} stated beside")
if buffers + thread > BESIDE or peak > weights + cache + BESIDE:
    sys.exit(f"more than {BESIDE} bytes beside weights and cache")
