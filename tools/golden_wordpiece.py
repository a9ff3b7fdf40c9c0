#!/usr/bin/env python3
"""Writes tests/golden/bert_tokens/: a small BERT vocabulary as people have it, in several forms, and the
ids that Hugging Face's BertTokenizerFast gives to a few hundred texts. Needs transformers (4.40) and
tokenizers.

uncased/, cased/, accents/, tokenizer_json/ are model folders; uncased.json ... are their cases:
{"version": ..., "cases": [{"text": ..., "ids": [...]}, ...], "truncated": [{"text": ..., "max": 8,
"side": "left", "ids": [...]}, ...]}; ids with [CLS] and [SEP].
"""
import json
import string

from transformers import BertTokenizerFast

import golden_tokens

GOLDEN = golden_tokens.GOLDEN.parent / "bert_tokens"
PIECES = 700
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
# Words that the corpus does not have, and characters that normalisation turns on.
MORE = ["\u76ae", "\u819a", "##\u819a", "\u1112", "##\u1161", "##\u11ab", "\u00e9", "##\u00e9", "\u00df",
        "##\u00df", "\u03c3", "##\u03c3", "\u03c2", "\u0301", "##\u0301", "\U0001f600", "\u3002", "\u00bd",
        "melanoma", "##oma", "##itis", "Xray", "##ray"]


def learn_pieces():
    """Pieces by frequency: the characters of ASCII, then the corpus's words and their commonest
    beginnings and endings. Both cases of letters, so that one vocabulary serves all folders."""
    counts = {}
    for text in golden_tokens.corpus():
        for form in (text, text.lower()):
            for word in "".join(c if c.isalnum() else f" {c} " for c in form).split():
                for end in range(1, len(word) + 1):
                    counts[word[:end]] = counts.get(word[:end], 0) + end
                for begin in range(1, len(word)):
                    piece = "##" + word[begin:]
                    counts[piece] = counts.get(piece, 0) + len(word) - begin
    alphanumeric = string.ascii_letters + string.digits
    single = sorted(set(alphanumeric + string.punctuation) | {"##" + c for c in alphanumeric})
    common = sorted(counts, key=lambda piece: (-counts[piece], piece))
    return list(dict.fromkeys(SPECIAL + single + MORE + common))[:PIECES]


def texts():
    more = [
        "[MASK]", "a [MASK] b", "[mask]", "[CLS] x [SEP] y [PAD]", "[UNK]", "[[MASK]]", "[MASK][MASK]",
        "x[SEP]y", "[ MASK ]", "[MAS K]", "[MASK", "\u00e9[SEP]\u0301", "[\u0301MASK]",
        "a" * 100, "a" * 101, "\u76ae" * 101, "b\u0301" * 60, "melanoma melanoma\u0301 MELANOMA",
        "dermatitis-x", "\u3002\u3002", "$+<=>^`|~", "\u00a7\u00b6\u00bf\u00bb\u2010\u2014\u201c\u201d\u2026",
        "\u166d \U000111c9 \u2e43 \u1734 \u1885 \ua9bd", "\U0002b820\U0002b920\uf900\u3400\u4dc0", "a\u0300\u1df6\u0301",
        "\ud55c\uad6d", "\ufb01 \u0132 \u2126", "word\u00adbreak", "tab\x0bvertical\x0cfeed\x85next", "\u0390\u03b0\u1fe5",
    ]
    return list(dict.fromkeys(golden_tokens.texts() + more))


def write_folder(name, pieces, config):
    folder = GOLDEN / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vocab.txt").write_text("".join(f"{piece}\n" for piece in pieces), encoding="utf-8")
    if config:
        (folder / "tokenizer_config.json").write_text(json.dumps(config) + "\n")
    return BertTokenizerFast.from_pretrained(str(folder))


def main():
    pieces = learn_pieces()
    folders = {
        "uncased": {},
        "cased": {"do_lower_case": False},
        "accents": {"do_lower_case": True, "strip_accents": False, "tokenize_chinese_chars": False},
    }
    for name, config in folders.items():
        tokenizer = write_folder(name, pieces, config)
        golden_tokens.golden(tokenizer, GOLDEN / f"{name}.json", texts())
    # The cases of this one are those of cased/: tokenizer_config.json comes before what it says.
    alone = GOLDEN / "tokenizer_json"
    alone.mkdir(exist_ok=True)
    raw = json.loads(write_folder("uncased", pieces, {}).backend_tokenizer.to_str())
    (alone / "tokenizer.json").write_text(
        json.dumps(raw, ensure_ascii=False, separators=(",", ":")) + "\n")
    (alone / "tokenizer_config.json").write_text(json.dumps(folders["cased"]) + "\n")
    tokenizer = BertTokenizerFast.from_pretrained(str(alone))
    cased = BertTokenizerFast.from_pretrained(str(GOLDEN / "cased"))
    assert tokenizer(texts()).input_ids == cased(texts()).input_ids


if __name__ == "__main__":
    main()
