"""Adds up the results of several lit runs: `N passed, N failed, N skipped`.

Exits with 1 if a test failed or a run has no results.
"""

import json
import sys
from collections import Counter

PASSED = {"PASS", "XFAIL", "FLAKYPASS"}
SKIPPED = {"UNSUPPORTED", "SKIPPED", "EXCLUDED"}


def outcome(test):
    code = test["code"]
    return "passed" if code in PASSED else "skipped" if code in SKIPPED else "failed"


def main(files):
    total = Counter()
    incomplete = False
    for file in files:
        try:
            with open(file) as results:
                counts = Counter(map(outcome, json.load(results)["tests"]))
        except (OSError, ValueError) as error:
            print(f"{file}: no test results: {error}")
            counts = Counter()
        if not counts["passed"] + counts["failed"]:
            print(f"{file}: no test ran")
            incomplete = True
        total += counts
    print(f"{total['passed']} passed, {total['failed']} failed, {total['skipped']} skipped")
    return 1 if total["failed"] or incomplete else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
