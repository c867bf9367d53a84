"""exits.py CODE COMMAND...: fails unless COMMAND exits with CODE."""

import subprocess
import sys

expected, command = int(sys.argv[1]), sys.argv[2:]
found = subprocess.run(command).returncode
if found != expected:
    sys.exit(f"exits.py: found exit code {found}, expected {expected}")
