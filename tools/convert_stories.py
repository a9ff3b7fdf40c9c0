#!/usr/bin/env python3
"""A trained LLaMA for checks by hand: stories260K of github.com/karpathy/llama2.c (MIT), which tells
stories of small children, in the forms that puente reads.

Needs gguf, numpy, protobuf, safetensors, sentencepiece, torch and transformers (4.40).

    convert_stories.py DIR OUT_DIR

reads DIR/stories260K.bin, DIR/tok512.bin and, if it is there, DIR/greedy_t0_expected.txt, what run.c
tells at temperature 0, and writes
    stories-f32.gguf    all weights F32
    stories-q8_0.gguf   Q8_0 where rows are a multiple of 32; ffn_down's 172 stay F32
    folder/             LlamaForCausalLM: config.json, model.safetensors, tokenizer.model
    texts.txt           a few texts, one a line
    text_last.npy, text_mean.npy
                        what transformers makes of them: the last token's vector after the last norm,
                        and the mean of all, <s> included
and prints whether transformers tells the expected story.

stories260K.bin, little-endian: seven i32 (width, MLP, layers, heads, key/value heads, vocabulary,
context), then f32, each matrix [out, in] for all layers at once: embedding, attention norms, query,
key, value, output, MLP norms, gate, down, up, last norm, and cosines and sines that nobody needs.
The embedding is the output's matrix too. Rows of queries and keys that turn together are neighbours,
as in a GGUF.

tok512.bin: i32 longest token; then per token f32 score, i32 length, its bytes with " " for the
sentence piece's blank.
"""
import json
import pathlib
import struct
import sys

import gguf
import numpy as np
from safetensors.numpy import save_file
from transformers.convert_slow_tokenizer import import_protobuf

BLANK = "\u2581"
BEGIN, END, UNKNOWN = 1, 2, 0
EPSILON, ROPE_BASE = 1e-5, 10000.0
TEXTS = [
    "Once upon a time, there was a little girl named Lily.",
    "Once upon a time, there was a little boy named Tim.",
    "She saw a big, red ball.",
    "One day, the dog was sad and didn't know what to do!",
    "a",
]


class Stories:
    def __init__(self, path):
        data = path.read_bytes()
        (self.dim, self.mlp, self.layers, self.heads, self.kv_heads, self.vocabulary,
         self.context) = struct.unpack_from("<7i", data)
        self.head_size = self.dim // self.heads
        self.rest = np.frombuffer(data, "<f4", offset=28)
        d, m, n = self.dim, self.mlp, self.layers
        kv = self.kv_heads * self.head_size
        self.embedding = self.take(self.vocabulary, d)
        self.attn_norm = self.take(n, d)
        self.q, self.k, self.v = self.take(n, d, d), self.take(n, kv, d), self.take(n, kv, d)
        self.o = self.take(n, d, d)
        self.ffn_norm = self.take(n, d)
        self.gate, self.down, self.up = self.take(n, m, d), self.take(n, d, m), self.take(n, m, d)
        self.last_norm = self.take(d)
        if len(self.rest) != self.context * self.head_size:
            raise SystemExit(f"{path}: is not the legacy form with a shared embedding")

    def take(self, *shape):
        size = int(np.prod(shape))
        part, self.rest = self.rest[:size], self.rest[size:]
        return part.reshape(shape)


def read_tokens(path):
    """(text, score, kind) of each; kinds as sentencepiece and GGUF number them."""
    data, at, tokens = path.read_bytes(), 4, []
    while at < len(data):
        score, size = struct.unpack_from("<fi", data, at)
        text = data[at + 8 : at + 8 + size].decode()
        at += 8 + size
        kind = {UNKNOWN: 2, BEGIN: 3, END: 3}.get(len(tokens), 6 if text.startswith("<0x") else 1)
        tokens.append((text.strip("\n") if kind == 3 else text.replace(" ", BLANK), score, kind))
    return tokens


def write_gguf(path, model, tokens, kind):
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name("stories260K")
    writer.add_file_type(gguf.LlamaFileType.ALL_F32 if kind == gguf.GGMLQuantizationType.F32
                         else gguf.LlamaFileType.MOSTLY_Q8_0)
    writer.add_vocab_size(model.vocabulary)
    writer.add_context_length(model.context)
    writer.add_embedding_length(model.dim)
    writer.add_block_count(model.layers)
    writer.add_feed_forward_length(model.mlp)
    writer.add_head_count(model.heads)
    writer.add_head_count_kv(model.kv_heads)
    writer.add_rope_dimension_count(model.head_size)
    writer.add_rope_freq_base(ROPE_BASE)
    writer.add_layer_norm_rms_eps(EPSILON)
    writer.add_tokenizer_model("llama")
    writer.add_tokenizer_pre("default")
    texts, scores, kinds = zip(*tokens)
    writer.add_token_list(list(texts))
    writer.add_token_scores(list(scores))
    writer.add_token_types(list(kinds))
    writer.add_bos_token_id(BEGIN)
    writer.add_eos_token_id(END)
    writer.add_unk_token_id(UNKNOWN)
    writer.add_add_bos_token(True)
    writer.add_add_eos_token(False)

    def add(name, tensor):
        quantised = kind if tensor.ndim == 2 and tensor.shape[1] % 32 == 0 else gguf.GGMLQuantizationType.F32
        writer.add_tensor(f"{name}.weight", gguf.quants.quantize(tensor, quantised), raw_dtype=quantised)

    add("token_embd", model.embedding)
    for i in range(model.layers):
        for name in ("attn_norm", "ffn_norm"):
            add(f"blk.{i}.{name}", getattr(model, name)[i])
        for name, part in {"attn_q": "q", "attn_k": "k", "attn_v": "v", "attn_output": "o",
                           "ffn_gate": "gate", "ffn_down": "down", "ffn_up": "up"}.items():
            add(f"blk.{i}.{name}", getattr(model, part)[i])
    add("output_norm", model.last_norm)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def in_halves(rows, heads):
    """Rows that turn together, neighbours in each head, to the two halves of the head."""
    return rows.reshape(heads, -1, 2, rows.shape[1]).swapaxes(1, 2).reshape(rows.shape)


def folder_tensors(model):
    tensors = {"model.embed_tokens.weight": model.embedding, "model.norm.weight": model.last_norm}
    for i in range(model.layers):
        layer = {
            "input_layernorm": model.attn_norm[i],
            "self_attn.q_proj": in_halves(model.q[i], model.heads),
            "self_attn.k_proj": in_halves(model.k[i], model.kv_heads),
            "self_attn.v_proj": model.v[i],
            "self_attn.o_proj": model.o[i],
            "post_attention_layernorm": model.ffn_norm[i],
            "mlp.gate_proj": model.gate[i],
            "mlp.down_proj": model.down[i],
            "mlp.up_proj": model.up[i],
        }
        tensors |= {f"model.layers.{i}.{name}.weight": t for name, t in layer.items()}
    return {name: np.ascontiguousarray(tensor) for name, tensor in tensors.items()}


def config(model):
    return {
        "architectures": ["LlamaForCausalLM"],
        "bos_token_id": BEGIN,
        "eos_token_id": END,
        "hidden_act": "silu",
        "hidden_size": model.dim,
        "intermediate_size": model.mlp,
        "max_position_embeddings": model.context,
        "model_type": "llama",
        "num_attention_heads": model.heads,
        "num_hidden_layers": model.layers,
        "num_key_value_heads": model.kv_heads,
        "rms_norm_eps": EPSILON,
        "rope_theta": ROPE_BASE,
        "tie_word_embeddings": True,
        "torch_dtype": "float32",
        "vocab_size": model.vocabulary,
    }


def sentencepiece_model(tokens):
    """With the settings of LLaMA's own."""
    proto = import_protobuf().ModelProto()
    for text, score, kind in tokens:
        proto.pieces.add(piece=text, score=score, type=kind)
    trainer, normaliser = proto.trainer_spec, proto.normalizer_spec
    trainer.model_type = trainer.BPE
    trainer.vocab_size = len(tokens)
    trainer.byte_fallback = True
    trainer.unk_id, trainer.bos_id, trainer.eos_id, trainer.pad_id = UNKNOWN, BEGIN, END, -1
    normaliser.name = "identity"
    normaliser.add_dummy_prefix = True
    normaliser.remove_extra_whitespaces = False
    return proto.SerializeToString(deterministic=True)


def write_folder(folder, model, tokens):
    folder.mkdir(parents=True, exist_ok=True)
    save_file(folder_tensors(model), folder / "model.safetensors", {"format": "pt"})
    (folder / "config.json").write_text(json.dumps(config(model), indent=2) + "\n")
    (folder / "tokenizer.model").write_bytes(sentencepiece_model(tokens))
    settings = {"add_bos_token": True, "add_eos_token": False, "bos_token": "<s>", "eos_token": "</s>",
                "legacy": False, "model_max_length": model.context, "tokenizer_class": "LlamaTokenizer",
                "unk_token": "<unk>"}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings, indent=2) + "\n")


def load(folder):
    from transformers import LlamaForCausalLM, LlamaTokenizer

    model, info = LlamaForCausalLM.from_pretrained(folder, output_loading_info=True)
    if info["missing_keys"] or info["unexpected_keys"]:
        raise SystemExit(f"{folder}: transformers does not know its weights: {info}")
    return model.eval(), LlamaTokenizer.from_pretrained(folder)


def embed(model, tokenizer):
    import torch

    with torch.no_grad():
        rows = [model.model(torch.tensor([tokenizer(text).input_ids])).last_hidden_state[0]
                for text in TEXTS]
    return [np.stack([f(row).numpy() for row in rows])
            for f in (lambda row: row[-1], lambda row: row.mean(dim=0))]


def story(model, tokenizer, steps=256):
    """The likeliest next token, again and again, to the first <s>."""
    import torch

    ids = [BEGIN]
    with torch.no_grad():
        while len(ids) <= steps:
            following = int(model(torch.tensor([ids])).logits[0, -1].argmax())
            if following == BEGIN:
                break
            ids.append(following)
    return tokenizer.decode(ids[1:])


def main():
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    source, out = map(pathlib.Path, sys.argv[1:3])
    model, tokens = Stories(source / "stories260K.bin"), read_tokens(source / "tok512.bin")
    if len(tokens) != model.vocabulary:
        raise SystemExit(f"{source}: {len(tokens)} tokens for {model.vocabulary} rows")
    write_folder(out / "folder", model, tokens)
    for name in ("F32", "Q8_0"):
        write_gguf(out / f"stories-{name.lower()}.gguf", model, tokens,
                   gguf.GGMLQuantizationType[name])

    network, tokenizer = load(out / "folder")
    (out / "texts.txt").write_text("\n".join(TEXTS) + "\n")
    last, mean = embed(network, tokenizer)
    np.save(out / "text_last.npy", last)
    np.save(out / "text_mean.npy", mean)
    expected = source / "greedy_t0_expected.txt"
    if expected.exists():
        told = story(network, tokenizer).strip()
        same = told == expected.read_text().strip()
        print(f"{out}: transformers tells {'the expected' if same else 'ANOTHER'} story")
        if not same:
            raise SystemExit(told)


main()
