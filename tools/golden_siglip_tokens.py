#!/usr/bin/env python3
"""Writes tests/golden/siglip_tokens/: a small SentencePiece model with the layout of SigLIP's (a unigram
model; <pad> 0, </s> 1, <unk> 2), and the ids that Hugging Face's SiglipTokenizer gives to a few
hundred texts. Needs transformers (4.40), sentencepiece and protobuf.

spiece.model, tokenizer_config.json: a model folder's.
cases.json: {"version": ..., "cases": [{"text": ..., "ids": [...]}, ...], "padded": [{"text": ...,
"max": 8, "side": "left", "ids": [...]}, ...]}; ids of "cases" with the end token and without padding,
those of "padded" truncated or padded to "max".
"""
import io
import itertools
import json
import random
import tempfile

import sentencepiece
import transformers
from transformers import SiglipTokenizer

import golden_tokens

GOLDEN = golden_tokens.GOLDEN.parent / "siglip_tokens"
PIECES = 400

# tokenizer_config.json as SigLIP's checkpoints have it.
SPECIAL = {"lstrip": True, "normalized": False, "rstrip": True, "single_word": False, "special": True}
CONFIG = {
    "added_tokens_decoder": {"1": {"content": "</s>", **SPECIAL}, "2": {"content": "<unk>", **SPECIAL}},
    "additional_special_tokens": [], "clean_up_tokenization_spaces": True, "do_lower_case": True,
    "eos_token": "</s>", "model_input_names": ["input_ids"], "model_max_length": 64,
    "pad_token": "</s>", "sp_model_kwargs": {}, "tokenizer_class": "SiglipTokenizer",
    "unk_token": "<unk>",
}
# A few of NFKC's rules instead of all, which would be most of the file: full width letters, a
# ligature, one half, an accent that composes, a character that goes away, another blank.
RULES = {"\uff41": "a", "\uff42": "b", "\ufb01": "fi", "\u00bd": "1\u20442", "e\u0301": "\u00e9", "\u200b": "",
         "\u00ad": "", "\u3000": " "}


STEMS = ["derm", "card", "neur", "hepat", "nephr", "gastr", "oste", "arthr", "retin", "bronch", "melan",
         "path", "cyt", "hem", "lip", "fibr", "aden", "angi", "carcin", "chondr"]
ENDINGS = ["itis", "oma", "ology", "ectomy", "osis", "algia", "opathy", "al", "ic", "ogram", "oscopy",
           "oid", "omas", "ogenic"]


def sentences():
    for text in golden_tokens.corpus():
        yield text.lower()
    rng = random.Random(21)
    for stem, ending in itertools.product(STEMS, ENDINGS):
        for _ in range(3):
            yield f"{rng.choice(STEMS)}o{stem}{ending} {stem}{ending} of the {rng.choice(golden_tokens.SITES)}"
    for _ in range(20):
        yield "caf\u00e9 au lait \u76ae\u819a na\u00efve"


def train():
    with tempfile.NamedTemporaryFile("w", suffix=".tsv", encoding="utf-8") as rules:
        for source, target in RULES.items():
            rules.write(" ".join(f"{ord(c):X}" for c in source) + "\t" +
                        " ".join(f"{ord(c):X}" for c in target) + "\n")
        rules.flush()
        model = io.BytesIO()
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=sentences(), model_writer=model, model_type="unigram",
            vocab_size=PIECES, hard_vocab_limit=False, character_coverage=1.0, num_threads=1,
            pad_id=0, eos_id=1, unk_id=2, bos_id=-1, normalization_rule_tsv=rules.name,
            required_chars="abcdefghijklmnopqrstuvwxyz0123456789<>", minloglevel=2)
    # The trainer notes its own input and output paths; they are nobody's business.
    proto = transformers.convert_slow_tokenizer.import_protobuf().ModelProto.FromString(
        model.getvalue())
    for name in ("input", "model_prefix", "input_format"):
        proto.trainer_spec.ClearField(name)
    proto.normalizer_spec.ClearField("normalization_rule_tsv")
    return proto.SerializeToString(deterministic=True)


def texts():
    more = [
        "</s>", "</S>", "<unk>", "<UNK> x", "a</s>", "a </s> b", "</s> a", "</s></s>", "<unk></s>", "x<unk>y",
        "< /s>", "</s", "<pad>", "a<pad>b", "\u2581", "\u2581a\u2581\u2581b", "a \u2581", "\u2581</s>", " </s> ", "...",
        ". </s> .", "it's", "x-ray", "a.b,c", "e\u0301", "\uff41\uff42\uff43", "\ufb01ne", "\u00bd", "zero\u200bwidth",
        "\x1c\x1d\x1e\x1f", "a\x1cb", "\u03a3\u03a3", "\u0130", "<\u76ae", "\u76ae\u8180\u76ae", "</s>\u8180", "<unk>\u8180\u8180", "\u8180</s>\u8180",
    ]
    return list(dict.fromkeys(golden_tokens.texts() + more))


def line(**members):
    return json.dumps(members, separators=(",", ":"))


def main():
    GOLDEN.mkdir(parents=True, exist_ok=True)
    (GOLDEN / "spiece.model").write_bytes(train())
    (GOLDEN / "tokenizer_config.json").write_text(json.dumps(CONFIG, indent=1) + "\n")
    tokenizer = SiglipTokenizer.from_pretrained(str(GOLDEN))
    cases = [line(text=text, ids=tokenizer(text).input_ids) for text in texts()]
    padded = []
    for text in ["the " * 120, "Age: 80. Sex: male. Site: back. Diagnosed by consensus.", "a", "",
                 "a </s> b </s> c </s>", "the back is a hand</s>"]:
        for length, side in itertools.product([2, 3, 4, 8, 64], ["left", "right"]):
            tokenizer.truncation_side = side
            ids = tokenizer(text, truncation=True, padding="max_length", max_length=length).input_ids
            padded.append(line(text=text, max=length, side=side, ids=ids))
    (GOLDEN / "cases.json").write_text(
        f'{{"version":"transformers {transformers.__version__}",\n"cases":[\n' + ",\n".join(cases) +
        '\n],\n"padded":[\n' + ",\n".join(padded) + "\n]}\n")


if __name__ == "__main__":
    main()
