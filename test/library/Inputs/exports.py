"""Prints the functions that gptc.h declares, one per line, sorted."""

import re
import sys

header = open(sys.argv[1]).read()
declarations = re.findall(r"^GPTC_API [^;]*?(gptc_\w+)\(", header, re.MULTILINE)
print("\n".join(sorted(declarations)))
