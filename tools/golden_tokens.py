#!/usr/bin/env python3
"""Writes tests/golden/clip_tokens/: a small CLIP tokenizer in each form that such files come in, and
the ids that Hugging Face gives to a few hundred texts. Needs transformers (4.40) and tokenizers.

    golden_tokens.py                          the small tokenizer, whose merges it learns itself
    golden_tokens.py --openai FILE.txt.gz     also real.json: the same texts by OpenAI's merges

cases.json and real.json: {"version": ..., "cases": [{"text": ..., "ids": [...]}, ...], "truncated":
[{"text": ..., "max": 8, "side": "left", "ids": [...]}, ...]}; ids with start and end token.
"""
import argparse
import collections
import gzip
import itertools
import json
import pathlib
import random
import tempfile

import transformers
from transformers import CLIPTokenizerFast

GOLDEN = pathlib.Path(__file__).resolve().parent.parent / "tests" / "golden" / "clip_tokens"
MERGES = 500

AGES = ["5", "40", "55", "80"]
SITES = ["back", "lower extremity", "trunk", "upper extremity", "abdomen", "face", "scalp", "hand"]
FINDINGS = [
    "The optic disc is normal.", "There is a haemorrhage in the macula.", "Drusen are present.",
    "Diabetic retinopathy, moderate.", "The patient's left eye shows a nevus.",
    "Bilateral opacities on the chest X-ray.", "No pleural effusion; the heart isn't enlarged.",
    "They've seen a lesion that itches and bleeds.", "Fitzpatrick skin type three.",
]


def corpus():
    for age, site, sex, how in itertools.product(AGES, SITES, ["male", "female", "unknown"],
                                                 ["histopathology", "follow up", "consensus"]):
        yield f"Diagnosed by {how}. Age: {age} years. Sex: {sex}. Site: {site}."
    for finding in FINDINGS:
        yield from [finding] * 20


def byte_symbols():
    """GPT-2's and CLIP's way to write a byte as a printable character, in vocabulary order."""
    own = [b for b in range(256) if 0x21 <= b <= 0x7E or 0xA1 <= b <= 0xAC or b >= 0xAE]
    others = [b for b in range(256) if b not in own]
    symbols = {b: chr(b) for b in own}
    symbols.update({b: chr(256 + i) for i, b in enumerate(others)})
    return symbols


def learn_merges():
    """Byte-pair encoding (Sennrich et al. 2016) of the corpus above."""
    symbols = byte_symbols()
    words = collections.Counter()
    for text in corpus():
        for word in "".join(c if c.isalpha() else f" {c} " for c in text.lower()).split():
            parts = [symbols[b] for b in word.encode()]
            parts[-1] += "</w>"
            words[tuple(parts)] += 1
    merges = []
    while len(merges) < MERGES:
        pairs = collections.Counter()
        for word, count in words.items():
            for pair in zip(word, word[1:]):
                pairs[pair] += count
        if not pairs:
            break
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        merges.append(best)
        merged = collections.Counter()
        for word, count in words.items():
            out = []
            i = 0
            while i < len(word):
                if word[i:i + 2] == best:
                    out.append(word[i] + word[i + 1])
                    i += 2
                else:
                    out.append(word[i])
                    i += 1
            merged[tuple(out)] += count
        words = merged
    return merges


def vocabulary(merges):
    symbols = list(byte_symbols().values())
    tokens = symbols + [s + "</w>" for s in symbols] + [a + b for a, b in merges]
    return {token: i for i, token in enumerate(tokens + ["<|startoftext|>", "<|endoftext|>"])}


def write_folder(folder, merges):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vocab.json").write_text(
        json.dumps(vocabulary(merges), ensure_ascii=False, separators=(",", ":")) + "\n")
    (folder / "merges.txt").write_text(
        "#version: 0.2\n" + "".join(f"{a} {b}\n" for a, b in merges))
    return CLIPTokenizerFast.from_pretrained(str(folder))


def texts():
    fixed = [
        "", " ", "\t\n\r\n", "a", "A", "a photo of a cat", "Age: 80. Sex: male. Site: back.",
        "  leading and trailing  ", "tabs\tand\nnew\r\nlines\x0b\x0c", "no\u00a0break\u2003em\u3000wide",
        "\u0085next\u2028line\u2029end", "zero\u200bwidth\ufeffmark", "soft\u00adhyphen",
        "don't can't they've we're I'm he'll she'd it's", "DON'T CAN'T THEY'VE IT'S", "'s", "''s",
        "!'s", "'sun", "'tis 'twas 'll", "rock'n'roll", "o\u2019clock it\u2019s", "'", "''", "'''",
        "12345", "3.14159", "1,000,000", "45,5", "5O", "\u0661\u0662\u0663", "\u00bd \u00b2 \u2167",
        "x2y3z", "no.7", "100%", "$5.00", "a-b_c/d\\e", "<>{}[]()", "...", "?!?!", "# * + ~ ` ^",
        "\u00e9t\u00e9", "e\u0301te\u0301", "\u00c9T\u00c9", "na\u00efve caf\u00e9", "\u00c5ngstr\u00f6m",
        "\u212bngstrom", "Stra\u00dfe", "STRA\u1e9eE", "\u0130stanbul", "\u0131s\u0131", "I\u0307",
        "\u03a3\u03b1\u03c2 \u03a3\u0391\u03a3", "\u039f\u0394\u039f\u03a3", "\u0421\u0435\u0440\u0434\u0446\u0435",
        "\u017f long s '\u017f", "\ufb01ne \ufb02ow", "\u01c4 \u01c5 \u01c6", "\uff21\uff22\uff23 \uff11",
        "\u76ae\u819a\u75c5\u53d8", "\u76ae\u819a lesion", "\u3072\u3089\u304c\u306a", "\ud55c\uad6d\uc5b4",
        "\u1112\u1161\u11ab", "\u0639\u0631\u0628\u064a", "\u05e2\u05d1\u05e8\u05d9\u05ea",
        "\u0928\u092e\u0938\u094d\u0924\u0947", "\u0e44\u0e17\u0e22", "\U0001f600", "ok \U0001f600\U0001f44d\U0001f3fd!",
        "\U0001f468\u200d\u2695\ufe0f", "\U0001f1e7\U0001f1f7", "\U0001d400\U0001d7d8", "\u2764\ufe0f",
        "a\u0300\u0301\u0302\u0303", "\u0301alone", "q\u0323\u0307 q\u0307\u0323", "\u0344 \u0958 \u2126 \u2000x",
        "\u1e9b\u0323", "\uf900\ufa0e", "\x00", "a\x00b", "\x01\x02\x1f\x7f\x80\x9f", "bell\x07 esc\x1b[0m",
        "\ufffd", "\ufffe\uffff", "\U0010ffff", "\ue000", "\u0378", "\U00011f02", "e\u1df6\u0301",
        "<|endoftext|>", "<|startoftext|>", "a <|endoftext|> b", "<|ENDOFTEXT|>", "x<|StartOfText|>y",
        "<|endoftext|", "<|endoftext|><|endoftext|>", "<|endof text|>", "</w>", "a</w> b</w>",
        "&amp; &lt;b&gt; &#39;", "http://example.org/a?b=c&d=1", "mail@example.org", "C\u2082H\u2085OH",
        "37.5\u00b0C \u00b1 0.2 \u00b5m", "\u2265 50 mg/dl", "H&E 40\u00d7", "T1/T2-FLAIR", "p<0.05",
        "supercalifragilisticexpialidocious", "a" * 300, "ab" * 150, "." * 200, "\u76ae" * 120,
        "1" * 100, "the " * 120, "mixed CASE MiXeD cAsE", "ALL CAPS HEADLINE", "\u00df\u1e9e\u00df",
    ]
    rng = random.Random(20)
    for age in ["80.0", "", "45"]:
        for site in rng.sample(SITES, 4):
            fixed.append(f"Age: {age or 'unknown'}. Sex: female. Site: {site}.")
    fixed += FINDINGS
    pool = list("aeiouthsrnd") * 4 + list("AEZ'.,-:;()0123 9\t\n") * 2 + [
        chr(c) for c in [*range(0xC0, 0x180, 5), *range(0x300, 0x315), *range(0x391, 0x3AA, 3),
                         *range(0x410, 0x450, 9), *range(0x4E00, 0x4E08), *range(0x1F600, 0x1F606),
                         0x130, 0x200B, 0x2019, 0x3000, 0xFF11, 0xAC00, 0x1100, 0x1161]]
    for _ in range(120):
        fixed.append("".join(rng.choice(pool) for _ in range(rng.randint(1, 30))))
    return list(dict.fromkeys(fixed))


def golden(tokenizer, path, cases):
    lines = [json.dumps({"text": text, "ids": tokenizer(text).input_ids}, separators=(",", ":"))
             for text in cases]
    cuts = []
    for text in ["the " * 120, "Age: 80. Sex: male. Site: back. Diagnosed by consensus.", "a", ""]:
        for length, side in itertools.product([2, 3, 8, 77], ["left", "right"]):
            tokenizer.truncation_side = side
            ids = tokenizer(text, truncation=True, max_length=length).input_ids
            cuts.append(json.dumps({"text": text, "max": length, "side": side, "ids": ids},
                                   separators=(",", ":")))
    path.write_text(f'{{"version":"transformers {transformers.__version__}",\n"cases":[\n' +
                    ",\n".join(lines) + '\n],\n"truncated":[\n' + ",\n".join(cuts) + "\n]}\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--openai", metavar="FILE", help="bpe_simple_vocab_16e6.txt.gz")
    options = parser.parse_args()
    merges = learn_merges()
    small = GOLDEN / "vocab_and_merges"
    tokenizer = write_folder(small, merges)
    golden(tokenizer, GOLDEN / "cases.json", texts())
    alone = GOLDEN / "tokenizer_json"
    alone.mkdir(exist_ok=True)
    raw = json.loads(tokenizer.backend_tokenizer.to_str())
    raw["truncation"] = None
    (alone / "tokenizer.json").write_text(
        json.dumps(raw, ensure_ascii=False, separators=(",", ":")) + "\n")
    if options.openai:
        with gzip.open(options.openai, "rt", encoding="utf-8") as file:
            lines = file.read().split("\n")[1:49152 - 256 - 2 + 1]
        with tempfile.TemporaryDirectory() as folder:
            real = write_folder(pathlib.Path(folder), [tuple(line.split()) for line in lines])
            golden(real, GOLDEN / "real.json", texts())


if __name__ == "__main__":
    main()
