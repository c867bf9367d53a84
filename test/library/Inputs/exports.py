"""Prints the functions that gptc.h declares, a line each, in order."""

import re
import sys

header = open(sys.argv[1]).read()
declarations = re.findall(r"^GPTC_API [^;]*?(gptc_\w+)\(", header, re.MULTILINE)
print("\n".join(sorted(declarations)))
