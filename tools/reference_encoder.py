#!/usr/bin/env python3
"""What Hugging Face transformers says about an encoder's folder: the golden numbers of puente's
encoders.

Needs torch (1.13 was used), transformers (4.40), numpy, Pillow, and sentencepiece for SigLIP.

    reference_encoder.py MODEL_DIR OUT_DIR

reads the folder as transformers does, chosen by config.json's model_type (clip, siglip, dinov2,
dinov2_with_registers, vit, bert, llama), draws a few pictures into OUT_DIR and writes there, float32,
computed in float64,
    image.npy         CLIP, SigLIP: embeddings of unit length
    image_cls.npy     ViT, DINOv2: the class token after the last norm
    image_mean.npy    the mean of the patch tokens after it, without class token and registers
    image_pooler.npy  ViT's pooler, where the checkpoint has one
    text.npy          CLIP, SigLIP: embeddings of unit length
    text_cls.npy      BERT: the first token
    text_mean.npy     the mean of all tokens, [CLS] and [SEP] too
    text_pooler.npy   BERT's pooler
    text_last.npy     LLaMA: the last token, after the last norm; text_mean.npy as BERT's
    image_states.npy, text_states_cls.npy and so on (tests/golden has some of them)
                      the same position, or mean, of what enters the first layer and of what leaves
                      each, before any norm that follows: [layers + 1, inputs, hidden size]
    reference.json    file names, texts, token ids, the weights' SHA-256, versions
    tensors.json      name and shape of every tensor that transformers' model of the config has

The committed ones come from (with --bias-noise 0.1 all of them)
    puente_make_encoder M --name clip-tiny --seed 7                 -> tests/golden/clip_tiny
    puente_make_encoder M --name clip-tiny-gelu --seed 8            -> tests/golden/clip_tiny_gelu
    puente_make_encoder M --name dinov2-tiny --seed 9               -> tests/golden/dinov2_tiny
    puente_make_encoder M --name dinov2-tiny-registers --seed 10    -> tests/golden/dinov2_tiny_registers
    puente_make_encoder M --name dinov2-tiny-swiglu --seed 11       -> tests/golden/dinov2_tiny_swiglu
    puente_make_encoder M --name vit-tiny --seed 12                 -> tests/golden/vit_tiny
    puente_make_encoder M --name bert-tiny --seed 13                -> tests/golden/bert_tiny
    puente_make_encoder M --name siglip-tiny --seed 14 \
        --vocabulary tests/golden/siglip_tokens/spiece.model       -> tests/golden/siglip_tiny
    puente_make_encoder M --name llama-tiny --seed 15 \
        --vocabulary tests/golden/llama_tokens/tokenizer.model      -> tests/golden/llama_tiny
(CLIP's vectors with fewer texts and computed in float32).
"""
import hashlib
import json
import pathlib
import sys

import numpy as np
import PIL
import tokenizers
import torch
import transformers
from PIL import Image
from transformers import AutoImageProcessor, AutoTokenizer
from transformers.models.dinov2.modeling_dinov2 import Dinov2Embeddings

TEXTS = [
    "",
    "a",
    "Age: 45. Sex: female. Site: back.",
    "Age: unknown. Sex: male. Site: lower extremity.",
    "Édema  macular,\tno diabetes; 血管 normal!",
    "before <|endoftext|> after",
    " leading and trailing blanks ",
    "no",
    "The patient's left eye: IOP 21 mmHg, C/D 0.6 (borderline); not treated.",
    "ARTERIOLOSCLEROSIS pneumonoultramicroscopicsilicovolcanoconiosis",
    "x" * 120,
    "¿Señal? — naïve façade, ½ ﬁne №5 \u200b\x07 café cafe\u0301",
    "[CLS] marked [SEP] text [MASK] </s> <unk>",
]
SIZES = [(32, 32), (57, 40), (33, 91), (120, 80)]  # width, height


class RegisterEmbeddings(Dinov2Embeddings):
    """Of DINOv2 with registers, which transformers has from 4.48 on: the registers stand between
    class token and patches and have no positions, and positions of another size are resampled with
    antialiasing and to the exact size, where plain DINOv2 has neither."""

    def __init__(self, config):
        super().__init__(config)
        self.register_tokens = torch.nn.Parameter(
            torch.zeros(1, config.num_register_tokens, config.hidden_size)
        )

    def interpolate_pos_encoding(self, embeddings, height, width):
        positions = self.position_embeddings
        patches = positions.shape[1] - 1
        if embeddings.shape[1] - 1 == patches and height == width:
            return positions
        side, patch = round(patches**0.5), self.config.patch_size
        square = positions[:, 1:].reshape(1, side, side, -1).permute(0, 3, 1, 2)
        resampled = torch.nn.functional.interpolate(
            square.float(),
            size=(height // patch, width // patch),
            mode="bicubic",
            align_corners=False,
            antialias=True,
        )
        resampled = resampled.to(positions.dtype).flatten(2).transpose(1, 2)
        return torch.cat([positions[:, :1], resampled], dim=1)

    def forward(self, pixel_values, bool_masked_pos=None):
        tokens = super().forward(pixel_values, bool_masked_pos)
        registers = self.register_tokens.expand(tokens.shape[0], -1, -1)
        return torch.cat([tokens[:, :1], registers, tokens[:, 1:]], dim=1)


class Dinov2WithRegisters(transformers.Dinov2Model):
    def __init__(self, config):
        super().__init__(config)
        self.embeddings = RegisterEmbeddings(config)


MODELS = {
    "clip": transformers.CLIPModel,
    "siglip": transformers.SiglipModel,
    "dinov2": transformers.Dinov2Model,
    "dinov2_with_registers": Dinov2WithRegisters,
    "vit": transformers.ViTModel,
    "bert": transformers.BertModel,
    "llama": transformers.LlamaModel,
}


def load(model_dir):
    """The model and whether its pooler is the checkpoint's."""
    kind = json.loads((model_dir / "config.json").read_text())["model_type"]
    if kind not in MODELS:
        raise SystemExit(f"{model_dir}: model_type {kind} is not one of {', '.join(MODELS)}")
    model, info = MODELS[kind].from_pretrained(model_dir, output_loading_info=True)
    missing = [name for name in info["missing_keys"] if "pooler." not in name]
    if missing:
        raise SystemExit(f"{model_dir}: its weights lack {', '.join(missing)}")
    return kind, model.double().eval(), not info["missing_keys"]


def draw(index, width, height):
    """Smooth colours and a hard edge; the same on every machine, whole numbers only."""
    y, x = np.mgrid[0:height, 0:width]
    planes = [
        (x * (3 + index) + y * 2) % 256,
        (y * (5 + index) + x) % 256,
        np.where((x // 7 + y // 5) % 2 == 0, 40 + 50 * index, 210),
    ]
    return Image.fromarray(np.stack(planes, axis=2).astype(np.uint8), "RGB")


def draw_pictures(out):
    names = []
    for index, (width, height) in enumerate(SIZES):
        names.append(f"picture_{index}.png")
        draw(index, width, height).save(out / names[-1], optimize=True)
    return names


def normalised(vectors):
    return vectors / vectors.norm(dim=-1, keepdim=True)


def image_vectors(kind, model, has_pooler, pixels):
    if kind in ("clip", "siglip"):
        return {"image": normalised(model.get_image_features(pixel_values=pixels))}
    output = model(pixel_values=pixels)
    tokens = output.last_hidden_state
    first_patch = 1 + getattr(model.config, "num_register_tokens", 0)
    vectors = {"image_cls": tokens[:, 0], "image_mean": tokens[:, first_patch:].mean(dim=1)}
    if kind == "vit" and has_pooler:
        vectors["image_pooler"] = output.pooler_output
    return vectors


def text_vectors(kind, model, ids):
    """One text at a time: no padding but SigLIP's, which it was trained with."""
    rows = [torch.tensor([i]) for i in ids]
    if kind in ("clip", "siglip"):
        texts = torch.cat([model.get_text_features(input_ids=row) for row in rows])
        return {"text": normalised(texts)}
    outputs = [model(input_ids=row) for row in rows]
    if kind == "llama":
        return {
            "text_last": torch.cat([o.last_hidden_state[:, -1] for o in outputs]),
            "text_mean": torch.cat([o.last_hidden_state.mean(dim=1) for o in outputs]),
        }
    return {
        "text_cls": torch.cat([o.last_hidden_state[:, 0] for o in outputs]),
        "text_mean": torch.cat([o.last_hidden_state.mean(dim=1) for o in outputs]),
        "text_pooler": torch.cat([o.pooler_output for o in outputs]),
    }


def image_states(kind, model, pixels):
    tower = model.vision_model if kind in ("clip", "siglip") else model
    states = torch.stack(tower(pixel_values=pixels, output_hidden_states=True).hidden_states)
    if kind == "clip":
        return {"image_states": states[:, :, 0]}
    if kind == "siglip":
        return {"image_states": states.mean(dim=2)}
    first_patch = 1 + getattr(model.config, "num_register_tokens", 0)
    return {"image_states_cls": states[:, :, 0],
            "image_states_mean": states[:, :, first_patch:].mean(dim=2)}


def text_states(kind, model, ids):
    tower = model.text_model if kind in ("clip", "siglip") else model
    last_layer = []
    if kind == "llama":  # whose last hidden state has passed the final norm
        model.layers[-1].register_forward_hook(lambda _, args, out: last_layer.append(out[0]))
    states = []  # of each text, [layers + 1, tokens, C]
    for row in ids:
        hidden = list(tower(torch.tensor([row]), output_hidden_states=True).hidden_states)
        if kind == "llama":
            hidden[-1] = last_layer.pop()
        if kind == "clip":
            end = row.index(model.config.text_config.eos_token_id)
            hidden = [h[:, : end + 1] for h in hidden]
        states.append(torch.cat(hidden))
    first = torch.stack([s[:, 0] for s in states], dim=1)
    last = torch.stack([s[:, -1] for s in states], dim=1)
    mean = torch.stack([s.mean(dim=1) for s in states], dim=1)
    if kind in ("clip", "siglip"):
        return {"text_states": last}
    if kind == "llama":
        return {"text_states_last": last, "text_states_mean": mean}
    return {"text_states_cls": first, "text_states_mean": mean}


def longest_text(model_dir, model):
    """In tokens: what the positions allow, or less where sentence-transformers says so."""
    config = getattr(model.config, "text_config", model.config)
    sentences = model_dir / "sentence_bert_config.json"
    if sentences.exists():
        return json.loads(sentences.read_text())["max_seq_length"]
    return config.max_position_embeddings


def tokenize(kind, model_dir, texts, length):
    if kind == "llama":
        # A text that spells a control token is a text.
        tokenizer = transformers.LlamaTokenizer.from_pretrained(
            model_dir, legacy=True, split_special_tokens=True
        )
    else:
        tokenizer = AutoTokenizer.from_pretrained(model_dir)
    padding = "max_length" if kind == "siglip" else False
    ids = [tokenizer(t, truncation=True, max_length=length, padding=padding) for t in texts]
    ids = [i["input_ids"] for i in ids]
    if kind == "bert":  # tokenizer.json and vocab.txt must say the same
        slow = transformers.BertTokenizer.from_pretrained(model_dir)
        for text, expected in zip(texts, ids):
            got = slow(text, truncation=True, max_length=length)["input_ids"]
            if got != expected:
                print(f"{model_dir}: vocab.txt cuts {text!r} as {got}, tokenizer.json as {expected}")
    return ids


def main():
    model_dir, out = map(pathlib.Path, sys.argv[1:3])
    out.mkdir(parents=True, exist_ok=True)
    transformers.logging.set_verbosity_error()
    kind, model, has_pooler = load(model_dir)
    torch.set_default_dtype(torch.float64)  # CLIP makes its mask in this one
    vectors = {}
    reference = {"model_type": kind}
    with torch.no_grad():
        if kind not in ("bert", "llama"):
            names = draw_pictures(out)
            processor = AutoImageProcessor.from_pretrained(model_dir)
            pictures = [Image.open(out / name).convert("RGB") for name in names]
            pixels = processor(pictures, return_tensors="pt")["pixel_values"].double()
            vectors |= image_vectors(kind, model, has_pooler, pixels)
            vectors |= image_states(kind, model, pixels)
            reference["pictures"] = names
        if kind in ("clip", "siglip", "bert", "llama"):
            length = longest_text(model_dir, model)
            texts = TEXTS + ["a very long report " * (length // 4 + 1)]
            ids = tokenize(kind, model_dir, texts, length)
            vectors |= text_vectors(kind, model, ids)
            vectors |= text_states(kind, model, ids)
            reference |= {"texts": texts, "ids": ids, "max_length": length}
    for name, rows in vectors.items():
        np.save(out / f"{name}.npy", rows.float().numpy())
    weights = (model_dir / "model.safetensors").read_bytes()
    reference |= {
        "vectors": list(vectors),
        "weights_sha256": hashlib.sha256(weights).hexdigest(),
        "torch": torch.__version__,
        "transformers": transformers.__version__,
        "tokenizers": tokenizers.__version__,
        "numpy": np.__version__,
        "pillow": PIL.__version__,
    }
    (out / "reference.json").write_text(json.dumps(reference, ensure_ascii=False) + "\n")
    lines = [
        f"{json.dumps(name)}: {list(tensor.shape)}" for name, tensor in model.state_dict().items()
    ]
    (out / "tensors.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
