#!/usr/bin/env python3
"""Holds puente's training step to Hugging Face transformers: loss, and the gradient of every tensor.

Needs torch (1.13 was used), transformers (4.40), safetensors, numpy.

    check_finetune.py STEP_PROGRAM IMAGE_MODEL TEXT_MODEL [--rows 4] [--golden OUT.json] [STEP OPTIONS]

runs STEP_PROGRAM (puente_finetune_step) with --gradient, gives the same rows to transformers' ViTModel and
BertModel under the same head, both without dropout (the folders' configs must say 0, as dropout draws other
numbers), and prints ||g - g'|| / ||g'|| for the worst tensors. (Of a gradient that is 0 but for rounding, as keys' biases have, the
length counts as a millionth of that of all.) PyTorch computes in float64, or in float32 with
--float32 for models too large for that.

--golden writes the loss, and of each tensor's gradient its length and its product with cos(0), cos(1), ...
"""
import argparse
import json
import subprocess
import sys
import tempfile

import numpy as np
import torch
from safetensors.torch import load_file
from torch import nn
from transformers import BertModel, ViTModel


def branch(own, name):
    weight = own[f"weights.{name}.0.weight"]
    layers = nn.Sequential(nn.Linear(weight.shape[1], weight.shape[0]), nn.ReLU(), nn.Dropout(0),
                           nn.BatchNorm1d(weight.shape[0]))
    state = {k.removeprefix(f"weights.{name}."): v for k, v in own.items() if k.startswith(f"weights.{name}.")}
    layers.load_state_dict(state, strict=False)
    return layers


class Model(nn.Module):
    def __init__(self, image, text, own):
        super().__init__()
        self.image, self.text = image, text
        self.early = "weights.hidden.0.weight" in own
        names = ["hidden"] if self.early else ["image", "text"]
        self.branches = nn.ModuleDict({name: branch(own, name) for name in names})
        weight = own["weights.output.weight"]
        self.output = nn.Linear(weight.shape[1], weight.shape[0])
        self.output.load_state_dict({"weight": weight, "bias": own["weights.output.bias"]})

    def forward(self, pixels, ids, mask):
        image = self.image(pixels).last_hidden_state[:, 0]
        text = self.text(input_ids=ids, attention_mask=mask).last_hidden_state[:, 0]
        if self.early:
            hidden = self.branches["hidden"](torch.cat([image, text], 1))
        else:
            hidden = torch.cat([self.branches["image"](image), self.branches["text"](text)], 1)
        return self.output(hidden)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("image_model")
    parser.add_argument("text_model")
    parser.add_argument("--golden")
    parser.add_argument("--float32", action="store_true")
    parser.add_argument("--at-most", type=float, help="fail where a tensor's error is more")
    arguments, options = parser.parse_known_args()
    with tempfile.NamedTemporaryFile(suffix=".safetensors") as file:
        out = subprocess.run([arguments.program, arguments.image_model, arguments.text_model,
                              "--gradient", file.name, *options], check=True, capture_output=True, text=True).stdout
        own = load_file(file.name)
    own_loss = json.loads(out)["loss"]
    kind = torch.float32 if arguments.float32 else torch.float64
    image = ViTModel.from_pretrained(arguments.image_model, add_pooling_layer=False)
    text = BertModel.from_pretrained(arguments.text_model, add_pooling_layer=False)
    model = Model(image, text, own).to(kind).train()
    lengths = own["lengths"].long()
    mask = (torch.arange(own["ids"].shape[1])[None] < lengths[:, None]).long()
    logits = model(own["pixels"].to(kind), own["ids"].long(), mask)
    labels = own["labels"].long()
    if logits.shape[1] == 1:
        loss = nn.functional.binary_cross_entropy_with_logits(logits[:, 0], labels.to(kind))
    else:
        loss = nn.functional.cross_entropy(logits, labels)
    loss.backward()
    gradients = {f"image.{k}": v.grad for k, v in model.image.named_parameters()}
    gradients |= {f"text.{k}": v.grad for k, v in model.text.named_parameters()}
    for name, layers in model.branches.items():
        gradients |= {f"head.{name}.{k}": v.grad for k, v in layers.named_parameters()}
    gradients |= {f"head.output.{k}": v.grad for k, v in model.output.named_parameters()}
    errors, golden = [], {}
    whole = float(sum(g.double().norm()**2 for g in gradients.values() if g is not None))**0.5
    for name in sorted(k.removeprefix("gradient.") for k in own if k.startswith("gradient.")):
        expected = gradients[name].reshape(-1).double()
        length = max(float(expected.norm()), 1e-6 * whole)
        errors.append((float((own[f"gradient.{name}"].double() - expected).norm()) / length, name, length))
        wave = torch.cos(torch.arange(len(expected), dtype=torch.float64))
        golden[name] = [float(f"{expected.norm():.9g}"), float(f"{expected @ wave:.9g}")]
    missing = [k for k, v in gradients.items() if v is not None and f"gradient.{k}" not in own]
    print(f"loss {own_loss:.9g}, transformers {float(loss):.9g}; {len(errors)} tensors, not compared: {missing or 'none'}")
    total = np.sqrt(sum((e * n)**2 for e, _, n in errors)) / np.sqrt(sum(n**2 for _, _, n in errors))
    print(f"all tensors together {total:.3g}")
    for error, name, norm in sorted(errors, reverse=True)[:8]:
        print(f"{error:.3g}  {name}  (length {norm:.3g})")
    if arguments.at_most and not max(errors)[0] <= arguments.at_most:
        raise SystemExit(f"{max(errors)[1]} is off by more than {arguments.at_most}")
    if arguments.golden:
        with open(arguments.golden, "w") as file:
            json.dump({"loss": float(f"{float(loss):.12g}"), "gradient": golden}, file, indent=0)
            file.write("\n")


if __name__ == "__main__":
    sys.exit(main())
