#!/usr/bin/env python3
"""Writes tests/golden/llama3_tokens/: a small tokenizer of LLaMA-3's kind (byte-level BPE behind LLaMA-3's own
pattern, words that are tokens taken whole, special tokens after them) and the ids that Hugging Face's library
gives to a few hundred texts. Needs tokenizers (0.19).

    golden_llama3_tokens.py
    golden_llama3_tokens.py --fuzz 100000 FILE.json     also so many random texts and their ids

tokenizer.json: a model folder's.
cases.json: {"version": ..., "cases": [{"text": ..., "ids": [...]}, ...], "truncated": [{"text": ...,
"max": 8, "side": "left", "ids": [...]}, ...]}; ids with the start token, special tokens in a text taken as
text. FILE.json has the cases alone.
"""
import argparse
import itertools
import json
import pathlib
import random

import tokenizers
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, processors, trainers

import golden_tokens

GOLDEN = golden_tokens.GOLDEN.parent / "llama3_tokens"
PATTERN = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
           r"|\s*[\r\n]+|\s+(?!\S)|\s+")
TOKENS = 700
START, END = "<|begin_of_text|>", "<|end_of_text|>"
# Tokens that no merges lead to: only a word that is one of them as a whole is taken for it.
WHOLE = [" xyzzy", "xyzzy", "123", "\u76ae\u819a", "\n\n", " ?!", "'ll"]


def make():
    tokenizer = Tokenizer(models.BPE(ignore_merges=True))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(PATTERN), behavior="isolated", invert=False),
        pre_tokenizers.ByteLevel(add_prefix_space=False, trim_offsets=True, use_regex=False)])
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(golden_tokens.corpus(), trainers.BpeTrainer(
        vocab_size=TOKENS, show_progress=False, initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet())))
    symbols = golden_tokens.byte_symbols()
    made = json.loads(tokenizer.to_str())
    for word in WHOLE:
        token = "".join(symbols[b] for b in word.encode())
        made["model"]["vocab"].setdefault(token, len(made["model"]["vocab"]))
    tokenizer = Tokenizer.from_str(json.dumps(made))
    tokenizer.add_special_tokens([START, END, "<|eot_id|>"])
    tokenizer.add_tokens([AddedToken("<img>", normalized=False), "years old"])
    tokenizer.post_processor = processors.Sequence([
        processors.ByteLevel(trim_offsets=True),
        processors.TemplateProcessing(single=f"{START} $A", pair=f"{START} $A {START}:1 $B:1",
                                      special_tokens=[(START, tokenizer.token_to_id(START))])])
    tokenizer.encode_special_tokens = True
    return tokenizer


def texts():
    more = [
        START, END, f"a{END}b", f"{START} a", "<|eot_id|>", "<|eot_id", "<img>", "a<img>b", "<img><img>",
        "<im g>", "80 years old", "years oldest", "xyzzy", " xyzzy", "xyzzyx", "a xyzzy", "123", "1234",
        "12", "1 23 456 7890 12345", "\u0661\u0662\u0663\u0664", "\u00bd\u00b2\u2167x", "IT'S", "it'S",
        "it'\u017f", "we'LL", "we'lL", "'Re'Ve'm'D", "'llama", "''ll", " 'll", "\n'd", "x'y", "o'clock",
        "\u2019s", "'", " '", " ' s", "a  b", "a   b", " a", "  a", "   a", "a ", "a  ", "\n", "\n\n",
        "\r\n", " \n", "\n ", "a\n\nb", "a \n b", "a \n\n  b", "  \n  \n  ", "\t\n\tx", "x\u2028y",
        "x\u2028\n y", "\u3000\u3000x", "a\u00a0b", "\u00a0\u00a0b", "\x0b\x0cx", "!\n\nx", " ?!\r\n\r\n",
        "?! ?!", " ?!x", "...\n...", "a,b", "a, b", "(a)", "\"a\"", "\t\ta", "a\tb", "\u0301a",
        "e\u0301\u0301e", "\u200da", "\U0001f642a", " \U0001f642",
        "\U0001f468\u200d\U0001f469\u200d\U0001f467 ok", "\u76ae\u819a", "\u76ae\u819a\u75c5",
        "les\u00f5es de pele n\u00e3o-melanoc\u00edticas, 3 cm; s\u00e3o 12,5 mm",
        "A\u00c7\u00c3O do cora\u00e7\u00e3o",
    ]
    return list(dict.fromkeys(golden_tokens.texts() + more))


BLOCKS = [(0x20, 0x7E)] * 6 + [(0x61, 0x7A)] * 4 + [(0x30, 0x39)] * 2 + [
    (0, 0x20), (0x7F, 0xFF), (0x100, 0x24F), (0x300, 0x36F), (0x370, 0x52F), (0x590, 0x6FF), (0x900, 0x97F),
    (0xE00, 0xE7F), (0x10A0, 0x11FF), (0x1E00, 0x20CF), (0x2100, 0x24FF), (0x2500, 0x27BF), (0x3000, 0x30FF),
    (0x4E00, 0x4FFF), (0xA000, 0xABFF), (0xAC00, 0xACFF), (0xE000, 0xE010), (0xF900, 0xFFFF),
    (0x10000, 0x1FFFF), (0x1F300, 0x1F9FF), (0x20000, 0x2A700)]
SPELLED = [
    "'s", "'S", "'\u017f", "'t", "'re", "'VE", "'m", "'ll", "'lL", "'d", " ", "  ", "    ", "\n", "\n\n",
    "\r\n", " \n", "\t", "\u00a0", "\u3000", "\u2028", "\u0085", "123", "1,000", "0.5", "12", "e\u0301",
    "\u200d", "\ufeff", "<img>", "years old", START, "the", " the", "xyzzy", "N\u00e3o", " le\u00e7\u00e3o",
    "\U0001f468\u200d\u2695\ufe0f", "\u76ae\u819a", "---", "?!", "."]


def random_text(rng):
    parts = []
    for _ in range(rng.randint(0, 12)):
        if rng.random() < 0.5:
            parts.append(rng.choice(SPELLED))
        else:
            first, last = rng.choice(BLOCKS)
            parts.append("".join(chr(rng.randint(first, last)) for _ in range(rng.randint(1, 6))))
    return "".join(c for c in "".join(parts) if not 0xD800 <= ord(c) < 0xE000)


def line(**members):
    return json.dumps(members, separators=(",", ":"))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--fuzz", nargs=2, metavar=("COUNT", "FILE.json"))
    args = parser.parse_args()
    GOLDEN.mkdir(parents=True, exist_ok=True)
    tokenizer = make()
    (GOLDEN / "tokenizer.json").write_text(tokenizer.to_str() + "\n")
    cases = [line(text=text, ids=tokenizer.encode(text).ids) for text in texts()]
    start = tokenizer.token_to_id(START)
    truncated = []
    for text in ["the " * 120, "Age: 80. Sex: male. Site: back. Diagnosed by consensus.", "a", ""]:
        for length, side in itertools.product([1, 2, 3, 8, 64], ["left", "right"]):
            inner = tokenizer.encode(text, add_special_tokens=False).ids
            kept = inner[max(0, len(inner) - length + 1):] if side == "left" else inner[:length - 1]
            if length > 1:
                tokenizer.enable_truncation(length, direction=side)
                assert tokenizer.encode(text).ids == [start] + kept
                tokenizer.no_truncation()
            truncated.append(line(text=text, max=length, side=side, ids=[start] + kept))
    (GOLDEN / "cases.json").write_text(
        f'{{"version":"tokenizers {tokenizers.__version__}",\n"cases":[\n' + ",\n".join(cases) +
        '\n],\n"truncated":[\n' + ",\n".join(truncated) + "\n]}\n")
    if args.fuzz:
        rng = random.Random(3)
        made = (random_text(rng) for _ in range(int(args.fuzz[0])))
        fuzz = [line(text=text, ids=tokenizer.encode(text).ids) for text in made]
        pathlib.Path(args.fuzz[1]).write_text('{"cases":[\n' + ",\n".join(fuzz) + "\n]}\n")


if __name__ == "__main__":
    main()
