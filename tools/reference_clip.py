#!/usr/bin/env python3
"""What Hugging Face transformers says about a CLIP folder: the golden numbers of puente's encoder.

Needs torch, transformers (4.40 was used), numpy and Pillow.

    reference_clip.py MODEL_DIR OUT_DIR

draws a few pictures into OUT_DIR and writes there
    image.npy, text.npy   L2-normalised embeddings, float32
    reference.json        file names, texts, token ids, the weights' SHA-256, versions

The committed ones come from
    puente_make_clip M --size tiny --seed 7 --bias-noise 0.1           -> tests/golden/clip_tiny
    puente_make_clip M --size tiny --seed 8 --bias-noise 0.1 --gelu    -> tests/golden/clip_tiny_gelu
"""
import hashlib
import json
import pathlib
import sys

import numpy as np
import torch
import transformers
from PIL import Image
from transformers import CLIPImageProcessor, CLIPModel, CLIPTokenizerFast

TEXTS = [
    "",
    "a",
    "Age: 45. Sex: female. Site: back.",
    "Age: unknown. Sex: male. Site: lower extremity.",
    "Édema  macular,\tno diabetes; 血管 normal!",
    "before <|endoftext|> after",
    "a very long report " * 20,
]
SIZES = [(32, 32), (57, 40), (33, 91), (120, 80)]  # width, height


def draw(index, width, height):
    """Smooth colours and a hard edge; the same on every machine, whole numbers only."""
    y, x = np.mgrid[0:height, 0:width]
    planes = [
        (x * (3 + index) + y * 2) % 256,
        (y * (5 + index) + x) % 256,
        np.where((x // 7 + y // 5) % 2 == 0, 40 + 50 * index, 210),
    ]
    return Image.fromarray(np.stack(planes, axis=2).astype(np.uint8), "RGB")


def normalised(vectors):
    vectors = vectors.double()
    return (vectors / vectors.norm(dim=-1, keepdim=True)).float().numpy()


def main():
    model_dir, out = map(pathlib.Path, sys.argv[1:3])
    out.mkdir(parents=True, exist_ok=True)
    transformers.logging.set_verbosity_error()
    model = CLIPModel.from_pretrained(model_dir).eval()
    processor = CLIPImageProcessor.from_pretrained(model_dir)
    tokenizer = CLIPTokenizerFast.from_pretrained(model_dir)

    names = []
    for index, (width, height) in enumerate(SIZES):
        names.append(f"picture_{index}.png")
        draw(index, width, height).save(out / names[-1], optimize=True)
    pictures = [Image.open(out / name).convert("RGB") for name in names]
    length = model.config.text_config.max_position_embeddings
    ids = [tokenizer(t, truncation=True, max_length=length)["input_ids"] for t in TEXTS]
    with torch.no_grad():
        pixels = processor(pictures, return_tensors="pt")["pixel_values"]
        image = normalised(model.get_image_features(pixel_values=pixels))
        # One at a time: no padding, whose id some configurations confuse with the end token.
        text = normalised(
            torch.cat([model.get_text_features(input_ids=torch.tensor([i])) for i in ids])
        )
    np.save(out / "image.npy", image)
    np.save(out / "text.npy", text)
    weights = (model_dir / "model.safetensors").read_bytes()
    reference = {
        "pictures": names,
        "texts": TEXTS,
        "ids": ids,
        "weights_sha256": hashlib.sha256(weights).hexdigest(),
        "torch": torch.__version__,
        "transformers": transformers.__version__,
    }
    (out / "reference.json").write_text(json.dumps(reference, ensure_ascii=False) + "\n")


main()
