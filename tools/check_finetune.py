#!/usr/bin/env python3
"""Holds puente's training step to Hugging Face transformers: loss, and the gradient of every tensor.

Needs torch (1.13 was used), transformers (4.40), safetensors, numpy.

    check_finetune.py STEP_PROGRAM IMAGE_MODEL TEXT_MODEL [--rows 4] [--golden OUT.json] [STEP OPTIONS]

runs STEP_PROGRAM (puente_finetune_step) with --gradient, gives the same rows to transformers' ViTModel and
BertModel under the same head, both without dropout (the folders' configs must say 0, as dropout draws other
numbers), and prints ||g - g'|| / ||g'|| for the worst tensors. (A key's bias moves all scores of a
query alike, so its gradient is 0 but for rounding; it is held against the length of the query's.) PyTorch computes in float64, or in float32 with
--float32 for models too large for that.

--golden writes the loss, of each tensor's gradient its length and its product with cos(0), cos(1), ..., and the
losses of ten steps: AdamW with rates 1e-3, clipped at 0.5, rates rising over three steps and falling to 0.
The committed ones come from puente_make_encoder VIT --name vit-tiny --seed 12 --bias-noise 0.1, BERT --name bert-tiny
--seed 13 --bias-noise 0.1, dropout set to 0 in both config.json, and
    check_finetune.py STEP VIT BERT --rows 6 --shortest 3 --longest 9 --fusion early --golden finetune_early.json
and the same for late.
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


def ten_losses(model, own, mask, labels, kind):
    model.branches.load_state_dict(Model(model.image, model.text, own).branches.state_dict())
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-3)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda t: (t + 1) / 3 if t < 3 else (10 - t) / 8)
    losses = []
    for _ in range(10):
        optimiser.zero_grad()
        loss = nn.functional.cross_entropy(model(own["pixels"].to(kind), own["ids"].long(), mask), labels)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 0.5)
        optimiser.step()
        schedule.step()
        losses.append(float(f"{float(loss):.9g}"))
    return losses


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
    for name in sorted(k.removeprefix("gradient.") for k in own if k.startswith("gradient.")):
        expected = gradients[name].reshape(-1).double()
        length = float(gradients[name.replace("key.bias", "query.bias")].double().norm())
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
        losses = ten_losses(model, own, mask, labels, kind)
        with open(arguments.golden, "w") as file:
            json.dump({"loss": float(f"{float(loss):.12g}"), "losses": losses, "gradient": golden}, file,
                      indent=0)
            file.write("\n")


if __name__ == "__main__":
    sys.exit(main())
