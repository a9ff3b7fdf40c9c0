#!/usr/bin/env python3
"""Writes tests/golden/geometry.json: joint principal components and shifted rows. Needs numpy, scikit-learn.

The inputs are whole numbers of 256ths, so that float32 holds them exactly. Rows are normalised, the
narrower modality is stretched, both are stacked and given to scikit-learn's PCA; the axes are turned so
that the largest coordinate of each is positive. Shifted rows are moved as vectors and then projected.

    tools/golden_geometry.py > tests/golden/geometry.json
"""
import json

import numpy as np
from sklearn.decomposition import PCA

FIT = [0, 1, 2, 4, 5, 7, 8, 10, 11]
LAMBDAS = [-1, -0.4, 0, 0.3, 1]


def normalise(x):
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def stretch(x, size):
    d = x.shape[1]
    return np.stack([np.interp(np.linspace(0, d - 1, size), np.arange(d), v) for v in x])


def case(name, rng, image_dim, text_dim):
    image = rng.integers(-128, 128, (12, image_dim)) + 150
    text = rng.integers(-128, 128, (12, text_dim)) - 90
    size = max(image_dim, text_dim)
    u = [normalise(x / 256) for x in (image, text)]
    u = [stretch(x, size) if x.shape[1] < size else x for x in u]
    g = u[0][FIT].mean(axis=0) - u[1][FIT].mean(axis=0)
    pca = PCA(n_components=3, svd_solver="full").fit(np.vstack([normalise(x)[FIT] for x in u]))
    axes = pca.components_
    axes *= np.sign(axes[np.arange(3), np.abs(axes).argmax(axis=1)])[:, None]
    moved, gaps = {}, {}
    for lam in LAMBDAS:
        half = [normalise(u[0] - lam / 2 * g), normalise(u[1] + lam / 2 * g)]
        moved[str(lam)] = [(x @ axes.T).tolist() for x in half]
        gaps[str(lam)] = [np.linalg.norm(half[0][FIT].mean(axis=0) - half[1][FIT].mean(axis=0)),
                          (half[0][FIT] * half[1][FIT]).sum(axis=1).mean()]
    return {
        "name": name, "image_256ths": image.tolist(), "text_256ths": text.tolist(),
        "variance_share": pca.explained_variance_ratio_.tolist(),
        "center": (axes @ pca.mean_).tolist(), "gap": (axes @ g).tolist(), "gap_squared": g @ g,
        "components": [(x @ axes.T).tolist() for x in u], "along_gap": [(x @ g).tolist() for x in u],
        "squared_length": [(x * x).sum(axis=1).tolist() for x in u],
        "moved": moved, "gap_after": gaps,
    }


def main():
    rng = np.random.default_rng(4)
    cases = [case("equal widths", rng, 6, 6), case("narrow images", rng, 5, 9), case("narrow texts", rng, 8, 3)]
    print(json.dumps({"fit": FIT, "cases": cases}, separators=(",", ":")))


if __name__ == "__main__":
    main()
