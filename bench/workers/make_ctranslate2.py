"""make_ctranslate2.py FOLDER DTYPE OUT: converts a random checkpoint for CTranslate2.

Its converter requires a tokenizer, so this creates one whose tokens are named by their ids.
"""

import json
import pathlib
import shutil
import sys
import tempfile

import ctranslate2
import torch
from run_torch import load
from tokenizers import Tokenizer, models
from transformers import PreTrainedTokenizerFast

TYPES = {"f32": "float32", "bf16": "bfloat16"}


def main():
    folder, dtype, out = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    vocabulary = json.loads((folder / "config.json").read_text())["vocab_size"]
    words = models.WordLevel({str(i): i for i in range(vocabulary)}, unk_token="0")
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=Tokenizer(words), unk_token="0",
                                        bos_token="0", eos_token="0")
    with tempfile.TemporaryDirectory(dir=folder.parent) as complete:
        load(folder, torch.float32).save_pretrained(complete)
        tokenizer.save_pretrained(complete)
        converter = ctranslate2.converters.TransformersConverter(complete)
        shutil.rmtree(out, ignore_errors=True)
        converter.convert(out, quantization=TYPES[dtype])


main()
