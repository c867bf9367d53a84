"""Checks that a search for a constraint's tag finds its text, check and test.

usage: constraints.py SOURCE, the folder of the project

The descriptions in dialect/*.td number their constraints, such as (linear_c2).
Each tag must occur in a verifier in dialect/ and in a negative test in
test/dialect/, and no other tags may occur there.
"""

import pathlib
import re
import sys

TAG = re.compile(r"\b[a-z]\w*_c\d+\b")


def read(folder, pattern):
    return "\n".join(file.read_text() for file in sorted(folder.glob(pattern)))


def comments(text):
    return "\n".join(re.findall(r"//(.*)", text))


source = pathlib.Path(sys.argv[1])
texts = re.findall(r"- \((\w+_c\d+)\)", read(source / "dialect", "*.td"))
places = {
    "check in dialect/*.cpp": comments(read(source / "dialect", "*.cpp")),
    "negative test in test/dialect": comments(read(source / "test/dialect", "*.mlir")),
}
errors = []
for place, text in places.items():
    found = set(TAG.findall(text))
    errors += [f"{tag}: found no {place}" for tag in texts if tag not in found]
    errors += [f"{tag}: found a {place}, expected its text in dialect/*.td"
               for tag in sorted(found - set(texts))]
errors += [f"{tag}: found its text twice" for tag in set(texts) if texts.count(tag) > 1]
if not texts:
    errors.append("found no constraint in dialect/*.td")
print("\n".join(errors) if errors else f"{len(texts)} constraints")
sys.exit(bool(errors))
