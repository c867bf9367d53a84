#!/usr/bin/env python3
"""Creates test/tokenizer/Inputs: small tokenizers and their ids.

  make.py OUT [--random N] [--seed S]

OUT/NAME/tokenizer.json is a tokenizer of a few hundred tokens for each kind
that gptc reads, trained on the default model's tale and the lines below;
OUT/NAME/ids.json holds its ids of OUT/texts.json, whose last N texts are random
Unicode. OUT/sentencepiece/tokenizer.model is a SentencePiece model.

Needs tokenizers (0.23) and sentencepiece (0.2); the ids are theirs.
"""

import argparse
import io
import json
import pathlib
import random

import sentencepiece
from tokenizers import Regex, Tokenizer, decoders, models, normalizers
from tokenizers import pre_tokenizers, processors, trainers
from tokenizers import AddedToken

TALE = pathlib.Path(__file__).parents[2] / "models/fairy/tale.txt"
LINES = [
    "Der König führte 1234 Schafe über 56 Brücken, déjà vu, naïve Œuvre.",
    "Ο βασιλιάς είχε 3 κόρες. Жил-был царь, и было у него 3 сына.",
    "从前有一个国王,他有三个女儿。 昔々、ある所に王様がいました。 옛날에 왕이 살았습니다.",
    "एक राजा था। كان يا ما كان ملك. מלך אחד היה שם. กาลครั้งหนึ่ง",
    "for (int i = 0; i < 10; ++i) {\n\t\tprintf(\"%d\\n\", i);\n}\n\n\n    return x1y22z333;",
    "I'll you've they're it's I'm he'd don't I'LL YOU'VE THEY'RE IT'S DON'T",
]
LLAMA3 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|"
    r" ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
QWEN2 = LLAMA3.replace(r"\p{N}{1,3}", r"\p{N}")

TEXTS = [
    "", "a", " ", "  ", "\n", "Once upon a time there was a king.",
    " the king", "  the  king   and \n\n the\r\n\r\nqueen \n \n", "\t\tx\t y",
    "I'll we've they're it's I'm he'd don't I'LL WE'VE THEY'RE IT'S 'ſ 'S'T",
    "1 12 123 1234 12345 x1y22z333 ٣٤٥٦ Ⅷ½ १२३४", "3.14, -7; (8)!?...\n\n\r\nx",
    "été e\u0301te\u0301 \u212b \ufb01 \u0344 a\u0323\u0307 a\u0307\u0323 \u1100\u1161\u11a8 \uac00\u11a8",
    "日本語 と 中文。한국어 ไทย हिन्दी مرحبا שלום", "🦊👍🏽 👩‍👩‍👧 🇫🇷!", "x\u0000y\u0001z",
    "\u00a0the\u3000king\u2028and\u2029\u0085x\u200b", "▁ ▁▁the▁king ▁", "<0x0A> <0x41>\n",
    "<s>the king</s>", "a<s>b</s>c", "<s> <s>  </s> x </s>\n y", " <s>", "<s><s>",
    "the<left> <left>x \n<left>", "a <right> \n\t b<right>c<right>", "<right>  <left>",
    "x<norm>y <norm> \u00e9<norm>", "e\u0301x \u00e9x <e\u0301> <\u00e9>", "--- ---- -- -", "<s", "s>",
    "the" * 40 + " " * 40 + "a" * 40, "=" * 50, "\n" * 20 + "x" + " \n" * 8,
]
ALPHABETS = [
    "abcdefghijklmnopqrstuvwxyz", "ABCDEFSTVLMDR", "     \n\r\t", "0123456789",
    "''sStTdDmM", ".,;:!?-=()<>", "éèüößñçŒſ", "αβγδжцыш", "王三女儿国語",
    "\u0301\u0323\u0307\u0308\u0345\u0344\u093c\u3099", "\u1100\u1161\u11a8\uac00\uac01",
    "\u00a0\u3000\u2028\u0085\u200b\u1680", "٣४½Ⅷ²", "▁▁ ", "🦊👍🏽\u200d",
]
PIECES = ["<s>", "</s>", "<left>", "<right>", "<norm>", "<é>", "--", "the ", "'ll", "'Re"]


def random_text(rng):
    parts = []
    for _ in range(rng.randrange(1, 14)):
        kind = rng.random()
        if kind < 0.15:
            parts.append(rng.choice(PIECES))
        elif kind < 0.85:
            alphabet = rng.choice(ALPHABETS)
            parts.append("".join(rng.choices(alphabet, k=rng.randrange(1, 5))))
        else:
            code = rng.choice([0x100, 0x800, 0x3000, 0x10000, 0x20000, 0x110000])
            code = rng.randrange(1, code)
            if not 0xD800 <= code < 0xE000:
                parts.append(chr(code))
    return "".join(parts)


def added(content, special=False, **flags):
    flags = {"normalized": not special, **flags}
    return AddedToken(content, special=special, **flags)


ADDED = [
    added("<s>", special=True), added("</s>", special=True),
    added("<left>", special=True, lstrip=True), added("<right>", rstrip=True, normalized=False),
    added("<norm>", special=True, normalized=True), added("<é>"), added("--", normalized=False),
    added("----", normalized=False),
]
TEMPLATE = ("<s> $A", "<s> $A <s> $B")


def byte_level(pre_tokenizer, normalizer=None, template=False, **model):
    tokenizer = Tokenizer(models.BPE(**model))
    tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre_tokenizer
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    return train(tokenizer, alphabet, 420, processors.ByteLevel(trim_offsets=False), template)


def sentence_piece(normalizer=None, pre_tokenizer=None, decoder=(), alphabet=(), template=True, **model):
    tokenizer = Tokenizer(models.BPE(**{"fuse_unk": True, "byte_fallback": True, "unk_token": "<unk>", **model}))
    # Train on words, as SentencePiece does; encode the text as a whole afterwards.
    tokenizer.normalizer = normalizers.Replace(" ", "▁")
    tokenizer.pre_tokenizer = pre_tokenizers.Split("▁", "merged_with_next")
    byte_tokens = [f"<0x{byte:02X}>" for byte in range(256)] if model.get("byte_fallback", True) else []
    train(tokenizer, list(alphabet), 700 if byte_tokens else 400, None, template, ["<unk>", *byte_tokens])
    state = json.loads(tokenizer.to_str())
    state["added_tokens"] = [t for t in state["added_tokens"] if t["content"] not in byte_tokens]
    tokenizer = Tokenizer.from_str(json.dumps(state))
    tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre_tokenizer
    tokenizer.decoder = decoders.Sequence(list(decoder))
    # Reloading makes added tokens match by the new normalizer.
    return Tokenizer.from_str(tokenizer.to_str())


def train(tokenizer, alphabet, size, processor, template, special=()):
    trainer = trainers.BpeTrainer(
        vocab_size=size, initial_alphabet=alphabet, limit_alphabet=1000,
        special_tokens=[*special, *ADDED[:2]], show_progress=False,
    )
    text = TALE.read_text() + "\n" + "\n".join(LINES)
    tokenizer.train_from_iterator(text.splitlines(keepends=True), trainer)
    for token in ADDED:
        tokenizer.add_tokens([token])
    if template:
        ids = [("<s>", tokenizer.token_to_id("<s>"))]
        template = processors.TemplateProcessing(*TEMPLATE, special_tokens=ids)
        processor = processors.Sequence([processor, template]) if processor else template
    if processor:
        tokenizer.post_processor = processor
    return tokenizer


def tokenizer_json():
    level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    plain = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    split = lambda regex: pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(regex), "isolated"), plain])
    digits = pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), level])
    prepend, replace = normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")
    spaces = [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()]
    strip = decoders.Strip(" ", 1, 0)
    metaspace = lambda scheme, split: (
        pre_tokenizers.Metaspace("▁", scheme, split), [decoders.ByteFallback(), decoders.Metaspace("▁", scheme, split)])
    first, first_decoder = metaspace("first", False)
    always, always_decoder = metaspace("always", True)
    yield "gpt2", byte_level(level)
    yield "gpt-neox", byte_level(level, normalizers.NFC())
    yield "smollm", byte_level(digits)
    yield "llama3", byte_level(split(LLAMA3), template=True, ignore_merges=True)
    yield "qwen2", byte_level(split(QWEN2), normalizers.NFC())
    yield "llama2", sentence_piece(normalizers.Sequence([prepend, replace]), None, [*spaces, strip])
    yield "gemma", sentence_piece(replace, pre_tokenizers.Split(" ", "merged_with_previous"), spaces)
    yield "mistral", sentence_piece(None, first, first_decoder)
    yield "metaspace", sentence_piece(None, always, always_decoder, template=False)
    yield "unknown", sentence_piece(normalizers.Sequence([prepend, replace]), None, [*spaces, strip], byte_fallback=False)
    yield "unfused", sentence_piece(replace, None, spaces, byte_fallback=False, fuse_unk=False)


def sentencepiece_model():
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(TALE.read_text().splitlines() + LINES), model_writer=model,
        model_type="bpe", vocab_size=700, byte_fallback=True, character_coverage=0.999,
        normalization_rule_name="identity", remove_extra_whitespaces=False, add_dummy_prefix=True,
        split_digits=True, allow_whitespace_only_pieces=True, minloglevel=2,
    )
    return model.getvalue()


def write(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--random", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    rng = random.Random(arguments.seed)
    texts = TEXTS + [random_text(rng) for _ in range(arguments.random)]
    write(arguments.out / "texts.json", texts)
    for name, tokenizer in tokenizer_json():
        folder = arguments.out / name
        write(folder / "tokenizer.json", json.loads(tokenizer.to_str()))
        ids = [tokenizer.encode(text, add_special_tokens=False).ids for text in texts]
        write(folder / "ids.json", ids)
    model = sentencepiece_model()
    folder = arguments.out / "sentencepiece"
    folder.mkdir(exist_ok=True)
    (folder / "tokenizer.model").write_bytes(model)
    processor = sentencepiece.SentencePieceProcessor(model_proto=model)
    # It recognizes no special tokens in a text.
    write(folder / "ids.json", [processor.encode(text) for text in texts])


if __name__ == "__main__":
    main()
