#!/usr/bin/env python3
"""A trained image encoder for checks by hand: a small ViT that knows the handwritten digits 0, 1 and
2 (vit_mnist_3class of github.com/researchase/vit-mnist-explorations, MIT) as a Hugging Face folder,
and pictures to try it on.

Needs safetensors, numpy, Pillow, scikit-learn, torch and transformers.

    convert_vit_mnist.py vit_mnist_3class.safetensors OUT_DIR

writes
    model/           ViTForImageClassification: names begin with "vit.", no pooler; gray pictures
                     become three equal channels, each with a third of the patch weights
    head.npy         [3, 65]: the classifier's weights and, last, its bias
    head.json        the same with the classes' names
    pictures/*.png   the digits 0, 1 and 2 of scikit-learn's load_digits, 28 x 28 gray, drawn as
                     MNIST's are: the ink 20 pixels long, its centre of mass in the middle
    labels.csv       image,label
    image_cls.npy    what transformers makes of the pictures: the class token after the last norm
and prints how many of the pictures transformers' model knows.
"""
import json
import pathlib
import sys

import numpy as np
from PIL import Image
from safetensors.numpy import load_file, save_file

CLASSES = [0, 1, 2]
SIDE, PATCH, HIDDEN, LAYERS, HEADS, MLP = 28, 7, 64, 4, 4, 128
INK = 20  # pixels
MEAN, DEVIATION = 0.1307, 0.3081


def layer_names(i):
    """The checkpoint's names and ViT's; its qkv is one matrix without a bias."""
    old, new = f"transformer.layers.{i}", f"vit.encoder.layer.{i}"
    pairs = {
        f"{old}.0.norm": f"{new}.layernorm_before",
        f"{old}.0.fn.to_out.0": f"{new}.attention.output.dense",
        f"{old}.1.norm": f"{new}.layernorm_after",
        f"{old}.1.fn.net.0": f"{new}.intermediate.dense",
        f"{old}.1.fn.net.3": f"{new}.output.dense",
    }
    return {f"{a}.{part}": f"{b}.{part}" for a, b in pairs.items() for part in ("weight", "bias")}


def converted(tensors):
    names = {
        "cls_token": "vit.embeddings.cls_token",
        "pos_embedding": "vit.embeddings.position_embeddings",
        "to_patch_embedding.1.bias": "vit.embeddings.patch_embeddings.projection.bias",
        "mlp_head.0.weight": "vit.layernorm.weight",
        "mlp_head.0.bias": "vit.layernorm.bias",
        "mlp_head.1.weight": "classifier.weight",
        "mlp_head.1.bias": "classifier.bias",
    }
    for i in range(LAYERS):
        names |= layer_names(i)
    result = {new: tensors.pop(old) for old, new in names.items()}
    patch = tensors.pop("to_patch_embedding.1.weight").reshape(HIDDEN, 1, PATCH, PATCH)
    result["vit.embeddings.patch_embeddings.projection.weight"] = np.repeat(patch / 3, 3, axis=1)
    for i in range(LAYERS):
        parts = np.split(tensors.pop(f"transformer.layers.{i}.0.fn.to_qkv.weight"), 3)
        for part, weight in zip(("query", "key", "value"), parts):
            result[f"vit.encoder.layer.{i}.attention.attention.{part}.weight"] = weight
    if tensors:
        raise SystemExit(f"tensors that no place is known for: {', '.join(tensors)}")
    return {name: np.ascontiguousarray(tensor) for name, tensor in result.items()}


def config():
    return {
        "architectures": ["ViTForImageClassification"],
        "model_type": "vit",
        "attention_probs_dropout_prob": 0.0,
        "hidden_act": "relu",
        "hidden_dropout_prob": 0.0,
        "hidden_size": HIDDEN,
        "id2label": {str(i): str(c) for i, c in enumerate(CLASSES)},
        "image_size": SIDE,
        "initializer_range": 0.02,
        "intermediate_size": MLP,
        "label2id": {str(c): i for i, c in enumerate(CLASSES)},
        "layer_norm_eps": 1e-5,
        "num_attention_heads": HEADS,
        "num_channels": 3,
        "num_hidden_layers": LAYERS,
        "patch_size": PATCH,
        "qkv_bias": False,
        "torch_dtype": "float32",
    }


def preprocessor():
    return {
        "do_normalize": True,
        "do_rescale": True,
        "do_resize": True,
        "image_mean": [MEAN] * 3,
        "image_processor_type": "ViTImageProcessor",
        "image_std": [DEVIATION] * 3,
        "resample": 2,
        "rescale_factor": 1 / 255,
        "size": {"height": SIDE, "width": SIDE},
    }


def draw(digit):
    """digit [8, 8], 0 .. 16 -> 28 x 28 gray."""
    rows, columns = np.flatnonzero(digit.any(axis=1)), np.flatnonzero(digit.any(axis=0))
    ink = digit[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    height, width = (max(1, round(n * INK / max(ink.shape))) for n in ink.shape)
    small = Image.fromarray(np.round(ink * 255 / 16).astype(np.uint8), "L")
    large = np.asarray(small.resize((width, height), Image.Resampling.BICUBIC)).astype(float)
    y, x = (float((large.sum(axis=1 - a) * np.arange(n)).sum() / large.sum())
            for a, n in enumerate(large.shape))
    top = min(max(round((SIDE - 1) / 2 - y), 0), SIDE - height)
    left = min(max(round((SIDE - 1) / 2 - x), 0), SIDE - width)
    picture = np.zeros((SIDE, SIDE), np.uint8)
    picture[top : top + height, left : left + width] = large
    return Image.fromarray(picture, "L")


def draw_pictures(folder):
    from sklearn.datasets import load_digits

    digits = load_digits()
    folder.mkdir(parents=True, exist_ok=True)
    rows = []
    for index in np.flatnonzero(np.isin(digits.target, CLASSES)):
        name = f"{index:04}.png"
        draw(digits.images[index]).save(folder / name, optimize=True)
        rows.append((name, int(digits.target[index])))
    return rows


def embed(model_dir, paths):
    """The class tokens and the logits."""
    import torch
    from transformers import AutoImageProcessor, ViTForImageClassification

    model, info = ViTForImageClassification.from_pretrained(model_dir, output_loading_info=True)
    if info["missing_keys"] or info["unexpected_keys"]:
        raise SystemExit(f"{model_dir}: transformers does not know its weights: {info}")
    processor = AutoImageProcessor.from_pretrained(model_dir)
    pixels = processor([Image.open(p).convert("RGB") for p in paths], return_tensors="pt")
    with torch.no_grad():
        tokens = model.eval().vit(pixels["pixel_values"]).last_hidden_state[:, 0]
        return tokens.numpy(), model.classifier(tokens).numpy()


def main():
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    source, out = map(pathlib.Path, sys.argv[1:3])
    model = out / "model"
    model.mkdir(parents=True, exist_ok=True)
    tensors = converted(load_file(source))
    save_file(tensors, model / "model.safetensors", {"format": "pt"})
    (model / "config.json").write_text(json.dumps(config(), indent=2) + "\n")
    (model / "preprocessor_config.json").write_text(json.dumps(preprocessor(), indent=2) + "\n")

    weight, bias = tensors["classifier.weight"], tensors["classifier.bias"]
    np.save(out / "head.npy", np.column_stack([weight, bias]))
    head = {"classes": CLASSES, "weight": weight.tolist(), "bias": bias.tolist()}
    (out / "head.json").write_text(json.dumps(head) + "\n")

    rows = draw_pictures(out / "pictures")
    lines = ["image,label"] + [f"{name},{label}" for name, label in rows]
    (out / "labels.csv").write_text("\n".join(lines) + "\n")

    vectors, logits = embed(model, [out / "pictures" / name for name, _ in rows])
    np.save(out / "image_cls.npy", vectors)
    labels = np.array([label for _, label in rows])
    right = np.array(CLASSES)[logits.argmax(axis=1)] == labels
    print(f"{out}: {right.sum()} of {len(rows)} digits known ({right.mean():.2%})")
    for c in CLASSES:
        print(f"  {c}: {right[labels == c].sum()} of {(labels == c).sum()}")


main()
