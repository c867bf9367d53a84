"""interrupt.py FOLDER COMMAND...: sends SIGINT when a file appears in FOLDER.

Prints the exit code and the files in the folder afterwards.
"""

import os
import signal
import subprocess
import sys

folder, command = sys.argv[1], sys.argv[2:]
process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
while not os.listdir(folder) and process.poll() is None:
    pass
process.send_signal(signal.SIGINT)
print("exit code", process.wait(), "files", sorted(os.listdir(folder)))
