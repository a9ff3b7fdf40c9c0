#!/usr/bin/env python3
"""Writes tests/golden/llama_tokens/: a small SentencePiece model with the layout of LLaMA-2's (BPE, bytes
for unknown characters, no normalisation; <unk> 0, <s> 1, </s> 2) and two user-defined pieces, and
the ids that Hugging Face's LlamaTokenizer gives to a few hundred texts. Needs transformers (4.40),
sentencepiece and protobuf.

tokenizer.model, tokenizer_config.json: a model folder's.
vocabulary.json: {"pieces": [...], "scores": [...], "types": [...]}, the same as a GGUF file has it.
no_bytes.model, no_bytes.json: a model that has no byte pieces and a few unused ones.
cases.json: {"version": ..., "cases": [{"text": ..., "ids": [...]}, ...], "truncated": [{"text": ...,
"max": 8, "side": "left", "ids": [...]}, ...]}; ids with <s>, control tokens in a text taken as text.
no_bytes_cases.json: {"cases": [...]} for that model.
"""
import io
import itertools
import json

import sentencepiece
import transformers
from transformers import LlamaTokenizer

import golden_siglip_tokens
import golden_tokens

GOLDEN = golden_tokens.GOLDEN.parent / "llama_tokens"
PIECES = 700
CONFIG = {
    "add_bos_token": True, "add_eos_token": False, "bos_token": "<s>", "clean_up_tokenization_spaces": False,
    "eos_token": "</s>", "legacy": True, "model_max_length": 4096, "sp_model_kwargs": {},
    "tokenizer_class": "LlamaTokenizer", "unk_token": "<unk>",
}
UNUSED = 5


def train(**options):
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=golden_siglip_tokens.sentences(), model_writer=model, model_type="bpe",
        hard_vocab_limit=False, character_coverage=1.0, num_threads=1, split_digits=True,
        normalization_rule_name="identity", remove_extra_whitespaces=False,
        allow_whitespace_only_pieces=True, pad_id=-1, minloglevel=2, **options)
    # The trainer notes its own input and output paths; they are nobody's business.
    proto = transformers.convert_slow_tokenizer.import_protobuf().ModelProto.FromString(
        model.getvalue())
    for name in ("input", "model_prefix", "input_format"):
        proto.trainer_spec.ClearField(name)
    return proto


def write_vocabulary(proto, name):
    columns = {"pieces": [p.piece for p in proto.pieces], "scores": [p.score for p in proto.pieces],
               "types": [p.type for p in proto.pieces]}
    (GOLDEN / name).write_text("{" + ",\n".join(
        f'"{key}":{json.dumps(values, separators=(",", ":"))}' for key, values in columns.items()) + "}\n")


def texts():
    more = [
        "</s>", "<s>", "<unk>", "a</s>b", "<s> a", "<0x0A>", "a<0x41>b", "<img>", "a<img>b", "<img><img>", "<im g>",
        "x<image>", "<img", "\u2581", "\u2581a\u2581\u2581b", " ", "  ", "   ", " a", "a ", "  a  b   c    ", "\n", "a\nb", "\t\tx",
        "\0", "a\0b", "\ufffd", "\ue000", "\U0001f642", "\U0001f468\u200d\U0001f469\u200d\U0001f467", "\u76ae\u819a\u76ae", "na\u00efve cafe\u0301", "\u0130stanbul",
        "80", "1234567890", "age 80 years", "ANC 1,500", "the the the", "theththe", "yyyyyyyyyy", "---", "=====",
    ]
    return list(dict.fromkeys(golden_tokens.texts() + more))


def line(**members):
    return json.dumps(members, separators=(",", ":"))


def main():
    GOLDEN.mkdir(parents=True, exist_ok=True)
    proto = train(vocab_size=PIECES, byte_fallback=True, user_defined_symbols=["<img>", "years"])
    (GOLDEN / "tokenizer.model").write_bytes(proto.SerializeToString(deterministic=True))
    write_vocabulary(proto, "vocabulary.json")
    (GOLDEN / "tokenizer_config.json").write_text(json.dumps(CONFIG, indent=1) + "\n")
    tokenizer = LlamaTokenizer.from_pretrained(str(GOLDEN), split_special_tokens=True)
    cases = [line(text=text, ids=tokenizer(text).input_ids) for text in texts()]
    truncated = []
    for text in ["the " * 120, "Age: 80. Sex: male. Site: back. Diagnosed by consensus.", "a", "", "\u76ae\u819a\u76ae"]:
        for length, side in itertools.product([1, 2, 3, 8, 64], ["left", "right"]):
            tokenizer.truncation_side = side
            # transformers counts <s> to what the left side may lose; here it is always kept.
            inner = tokenizer(text, add_special_tokens=False).input_ids
            kept = inner[max(0, len(inner) - length + 1):] if side == "left" else inner[:length - 1]
            expected = [tokenizer.bos_token_id] + kept
            if length > 1:
                assert tokenizer(text, truncation=True, max_length=length).input_ids == expected
            truncated.append(line(text=text, max=length, side=side, ids=expected))
    (GOLDEN / "cases.json").write_text(
        f'{{"version":"transformers {transformers.__version__}",\n"cases":[\n' + ",\n".join(cases) +
        '\n],\n"truncated":[\n' + ",\n".join(truncated) + "\n]}\n")

    # Pieces that fall apart again, and ones that are unknown: LLaMA has neither.
    proto = train(vocab_size=300)
    for piece in proto.pieces:
        if piece.piece in ("\u2581the", "ag", "is", "the", "\u2581Ag", "ma", "os", "ol", "olog"):
            piece.type = UNUSED
    (GOLDEN / "no_bytes.model").write_bytes(proto.SerializeToString(deterministic=True))
    write_vocabulary(proto, "no_bytes.json")
    model = sentencepiece.SentencePieceProcessor(model_proto=proto.SerializeToString())
    cases = [line(text=text, ids=model.piece_to_id(model.encode(text, out_type=str))) for text in texts()]
    (GOLDEN / "no_bytes_cases.json").write_text('{"cases":[\n' + ",\n".join(cases) + "\n]}\n")


if __name__ == "__main__":
    main()
