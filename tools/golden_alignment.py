#!/usr/bin/env python3
"""Writes tests/golden/alignment.json: the shift and the gap measures in numpy. Needs numpy.

The inputs are whole numbers of 256ths, so that float32 holds them exactly. The outputs are
float64 of the formulas as the paper's authors apply them: normalise the rows, stretch the smaller
modality, g = mean(image) - mean(text) over the fitting rows, shift, normalise.

    tools/golden_alignment.py > tests/golden/alignment.json
"""
import json

import numpy as np

FIT = [0, 1, 2, 4, 5, 7, 8]


def normalise(x):
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def stretch(x, size):
    d = x.shape[1]
    return np.stack([np.interp(np.linspace(0, d - 1, size), np.arange(d), v) for v in x])


def shift(image, text, fit, lam):
    image, text = normalise(image), normalise(text)
    size = max(image.shape[1], text.shape[1])
    if image.shape[1] < size:
        image = stretch(image, size)
    if text.shape[1] < size:
        text = stretch(text, size)
    g = image[fit].mean(axis=0) - text[fit].mean(axis=0)
    return normalise(image - lam / 2 * g), normalise(text + lam / 2 * g), g


def pairwise_cosine(x):
    c = normalise(x) @ normalise(x).T
    n = len(c)
    return (c.sum() - np.trace(c)) / (n * (n - 1))


def measures(image, text):
    ui, ut = normalise(image), normalise(text)
    return {
        "image_norm": np.linalg.norm(image, axis=1).mean(),
        "text_norm": np.linalg.norm(text, axis=1).mean(),
        "image_cosine": pairwise_cosine(image),
        "text_cosine": pairwise_cosine(text),
        "image_variance": ui.var(axis=0).sum(),
        "text_variance": ut.var(axis=0).sum(),
        "gap_norm": np.linalg.norm(ui.mean(axis=0) - ut.mean(axis=0)),
        "paired_cosine": (ui * ut).sum(axis=1).mean(),
        "cross_cosine": (ui @ ut.T).mean(),
    }


def case(rng, n, image_dim, text_dim, lambdas):
    image = np.round(rng.normal(0.3, 1, (n, image_dim)) * 256)
    text = np.round(rng.normal(-0.2, 2, (n, text_dim)) * 256)
    result = {"image_256ths": image.astype(int).tolist(), "text_256ths": text.astype(int).tolist(),
              "shifts": []}
    image, text = image / 256, text / 256
    for lam in lambdas:
        i, t, g = shift(image, text, FIT, lam)
        result["shifts"].append({"lambda": lam, "gap": g.tolist(),
                                 "features": np.concatenate([i, t], axis=1).tolist()})
    if image_dim == text_dim:
        result["measures"] = measures(image, text)
    return result


def main():
    rng = np.random.default_rng(11)
    cases = [case(rng, 9, 6, 6, [0.4, -1.0, 1.0]), case(rng, 9, 3, 8, [0.4]),
             case(rng, 9, 7, 1, [-0.3])]
    out = ",\n".join(json.dumps(c) for c in cases)
    print('{"fit": %s, "cases": [\n%s\n]}' % (FIT, out))


if __name__ == "__main__":
    main()
