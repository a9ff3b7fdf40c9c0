#!/usr/bin/env python3
"""tests/golden/published.json: what Hugging Face transformers says where its own tests publish
numbers of trained checkpoints, here of the tiny random encoders, so that puente's comparison with
published numbers can be tested without weights.

Needs torch (1.13 was used) and transformers (4.40).

    golden_published.py MAKE_ENCODER PICTURE OUT.json

MAKE_ENCODER is the program puente_make_encoder; the committed file's PICTURE is
tests/golden/vit_tiny/picture_1.png. Computed in float64.
"""
import hashlib
import json
import pathlib
import subprocess
import sys
import tempfile

import torch
import transformers
from PIL import Image
from transformers import AutoImageProcessor, AutoTokenizer

TEXTS = ["a photo of a cat", "no diabetes"]
IDS = [0, 9, 31, 17, 44, 25, 12, 2]  # the first is masked


def make(program, folder, name, seed, *options):
    command = [program, folder, "--name", name, "--seed", str(seed), "--bias-noise", "0.1", *options]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def pixels(folder, picture):
    return AutoImageProcessor.from_pretrained(folder)(picture, return_tensors="pt")["pixel_values"].double()


def clip(folder, picture):
    model = transformers.CLIPModel.from_pretrained(folder).double().eval()
    ids = AutoTokenizer.from_pretrained(folder)(TEXTS, padding=True, return_tensors="pt")
    logits = model(pixel_values=pixels(folder, picture), **ids).logits_per_image
    return {"kind": "clip_logits", "texts": TEXTS, "numbers": logits.tolist()}


def dinov2(folder, picture):
    model = transformers.Dinov2Model.from_pretrained(folder).double().eval()
    states = model(pixel_values=pixels(folder, picture)).last_hidden_state[0, :3, :3]
    return {"kind": "image_states", "numbers": states.tolist()}


def vit(folder, picture):
    model = transformers.ViTForImageClassification.from_pretrained(folder).double().eval()
    logits = model(pixel_values=pixels(folder, picture)).logits[:1, :3]
    return {"kind": "image_logits", "numbers": logits.tolist()}


def bert(folder, _):
    model = transformers.BertModel.from_pretrained(folder).double().eval()
    mask = [0] + [1] * (len(IDS) - 1)
    states = model(torch.tensor([IDS]), attention_mask=torch.tensor([mask])).last_hidden_state
    return {
        "kind": "text_states",
        "ids": IDS[1:],
        "first_position": 1,
        "first_column": 1,
        "numbers": states[0, 1:4, 1:4].tolist(),
    }


def main():
    program, picture, out = sys.argv[1:4]
    picture = Image.open(picture).convert("RGB")
    transformers.logging.set_verbosity_error()
    torch.set_default_dtype(torch.float64)  # CLIP makes its mask in this one
    made = []
    for name, seed, quirks, compute in [
        ("clip-tiny", 7, False, clip),
        ("dinov2-tiny", 9, False, dinov2),
        ("vit-tiny", 12, True, vit),  # with quirks it has a classifier
        ("bert-tiny", 13, False, bert),
    ]:
        with tempfile.TemporaryDirectory() as folder, torch.no_grad():
            make(program, folder, name, seed, *(["--quirks"] if quirks else []))
            weights = (pathlib.Path(folder) / "model.safetensors").read_bytes()
            made.append(
                {"name": name, "seed": seed, "quirks": quirks}
                | compute(folder, picture)
                | {"weights_sha256": hashlib.sha256(weights).hexdigest()}
            )
    pathlib.Path(out).write_text(json.dumps({"encoders": made}, indent=1) + "\n")


main()
