#!/usr/bin/env python3
"""Writes tests/golden/layers.json: what PyTorch's autograd makes of the layers that transformers are
trained with, in float64. Needs torch and numpy.

Each case: inputs, parameters, the gradient dy of the outputs, the outputs, and the gradients by inputs and
parameters. Inputs are whole 64ths, so that the file is small and exact.

    tools/golden_layers.py > tests/golden/layers.json
"""
import json

import numpy as np
import torch
from torch import nn

torch.set_default_dtype(torch.float64)
RNG = np.random.default_rng(3)


def numbers(*shape, scale=64):
    return torch.tensor(np.round(RNG.normal(0, scale, shape)) / 64)


def flat(tensor):
    return [round(v, 13) for v in tensor.detach().reshape(-1).tolist()]


def differentiate(y, dy, **leaves):
    y.backward(dy)
    case = {"dy": flat(dy), "y": flat(y)}
    for name, leaf in leaves.items():
        case[name] = flat(leaf)
        case["d" + name] = flat(leaf.grad)
    return case


def leaf(tensor):
    return tensor.clone().requires_grad_(True)


def layer_norm():
    x, weight, bias = leaf(numbers(4, 6)), leaf(numbers(6)), leaf(numbers(6))
    y = nn.functional.layer_norm(x, (6,), weight, bias, 1e-6)
    return differentiate(y, numbers(4, 6), x=x, weight=weight, bias=bias)


def gelu(approximate):
    x = leaf(numbers(5, 7, scale=150))
    return differentiate(nn.functional.gelu(x, approximate=approximate), numbers(5, 7), x=x)


def embedding():
    ids = [3, 0, 3, 5, 1]
    table = leaf(numbers(6, 4))
    case = differentiate(nn.functional.embedding(torch.tensor(ids), table), numbers(5, 4), table=table)
    return {"ids": ids, **case}


def attention():
    sequences, tokens, width, heads = 3, 5, 8, 2
    length = [5, 2, 4]
    layer = nn.MultiheadAttention(width, heads, batch_first=True)
    layer.in_proj_weight.data = numbers(3 * width, width, scale=30)
    layer.in_proj_bias.data = numbers(3 * width, scale=20)
    layer.out_proj.weight.data = numbers(width, width, scale=30)
    layer.out_proj.bias.data = numbers(width, scale=20)
    x = leaf(numbers(sequences, tokens, width))
    padding = torch.tensor([[t >= own for t in range(tokens)] for own in length])
    y, _ = layer(x, x, x, key_padding_mask=padding)
    return {"tokens": tokens, "heads": heads, "length": length,
            **differentiate(y, numbers(sequences, tokens, width), x=x, in_weight=layer.in_proj_weight,
                            in_bias=layer.in_proj_bias, out_weight=layer.out_proj.weight,
                            out_bias=layer.out_proj.bias)}


def patches():
    side, patch, width = 6, 2, 4
    pixels, weight, bias = numbers(1, 3, side, side), leaf(numbers(width, 3, patch, patch)), leaf(numbers(width))
    y = nn.functional.conv2d(pixels, weight, bias, stride=patch).flatten(2).transpose(1, 2)
    return {"side": side, "patch": patch, "pixels": flat(pixels),
            **differentiate(y, numbers(*y.shape), weight=weight, bias=bias)}


def main():
    cases = {"layer_norm": layer_norm(), "gelu": gelu("none"), "gelu_tanh": gelu("tanh"),
             "embedding": embedding(), "attention": attention(), "patches": patches()}
    print("{" + ",\n".join(f"{json.dumps(k)}: {json.dumps(v)}" for k, v in cases.items()) + "}")


if __name__ == "__main__":
    main()
