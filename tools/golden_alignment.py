#!/usr/bin/env python3
"""Writes tests/golden/alignment.json: alignments and gap measures. Needs numpy, scipy, scikit-learn.

The inputs are whole numbers of 256ths, so that float32 holds them exactly. The outputs are
float64 of the formulas as the paper's authors apply them: normalise the rows, stretch the smaller
modality, g = mean(image) - mean(text) over the fitting rows, shift, normalise. The other steps are
scipy's and scikit-learn's where they have them; their axes are turned as puente turns them: the largest
coordinate of each is positive.

    tools/golden_alignment.py > tests/golden/alignment.json
"""
import json

import numpy as np
from scipy.linalg import orthogonal_procrustes, sqrtm
from sklearn.cross_decomposition import CCA
from sklearn.decomposition import PCA
from sklearn.linear_model import RidgeCV
from sklearn.preprocessing import StandardScaler

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


def shift_printed(image, text, fit, lam):
    image, text = normalise(image), normalise(text)
    gap = np.linalg.norm(text[fit] - image[fit], axis=1).mean()
    return normalise(image - lam / 2 * gap), normalise(text - lam / 2 * gap)


def whiten(x, fit):
    """The inverse root of a full-rank covariance; of one that is not, its pseudo-inverse's."""
    centred = x[fit] - x[fit].mean(axis=0)
    c = centred.T @ centred / (len(fit) - 1)
    if np.linalg.matrix_rank(c) == len(c):
        return (x - x[fit].mean(axis=0)) @ np.real(np.linalg.inv(sqrtm(c)))
    values, axes = np.linalg.eigh(c)
    keep = values > 1e-10 * values[-1]
    return (x - x[fit].mean(axis=0)) @ (axes[:, keep] / np.sqrt(values[keep])) @ axes[:, keep].T


def pca(x, fit, k):
    fitted = PCA(k, svd_solver="full").fit(x[fit])
    sign = np.sign([axis[np.argmax(np.abs(axis))] for axis in fitted.components_])
    return fitted.transform(x) * sign


def cca(image, text, fit, k):
    """Directions by scikit-learn, scaled to variance 1; largest coordinate of the images' positive."""
    fitted = CCA(k, scale=False, max_iter=100000, tol=1e-14).fit(image[fit], text[fit])
    a, b = fitted.transform(image, text)
    sd_a, sd_b = a[fit].std(axis=0, ddof=1), b[fit].std(axis=0, ddof=1)
    axes = fitted.x_rotations_ / sd_a
    sign = np.sign([axes[np.argmax(np.abs(axes[:, i])), i] for i in range(k)])
    return a / sd_a * sign, b / sd_b * sign


def ridge(image, text, fit):
    variance = text[fit].var(axis=0, ddof=1).mean() * (len(fit) - 1)
    grid = [variance * 10.0**p for p in range(-3, 4)]
    return RidgeCV(alphas=grid).fit(text[fit], image[fit]).predict(text)


def steps(image, text, fit):
    """By their puente names: both modalities' rows."""
    def scaled(x):
        return StandardScaler().fit(x[fit]).transform(x)

    made = {
        "centre": (image - image[fit].mean(axis=0), text - text[fit].mean(axis=0)),
        "standardise": (scaled(image), scaled(text)),
        "whiten": (whiten(image, fit), whiten(text, fit)),
        "pca:3": (pca(image, fit, 3), pca(text, fit, 3)),
        "cca:2": cca(image, text, fit, 2),
        "ridge": (image, ridge(image, text, fit)),
    }
    if image.shape[1] == text.shape[1]:
        made["shift-printed:0.6"] = shift_printed(image, text, fit, 0.6)
        made["procrustes"] = (image, text @ orthogonal_procrustes(text[fit], image[fit])[0])
        centred, printed = made["centre"]
        made["centre+shift:0.5"] = shift(centred, printed, fit, 0.5)[:2]
        small = made["pca:3"]
        made["pca:3+shift:1"] = shift(*small, fit, 1.0)[:2]
    return made


def method_case(rng, n, image_dim, text_dim):
    # Something in common, so that what relates the two has a clear best.
    common = rng.normal(0, 1, (n, 3)) * [3, 2, 1]
    def half(d, offset):
        return np.round((common @ rng.normal(0, 0.5, (3, d)) + rng.normal(offset, 0.4, (n, d))) * 256)
    image, text = half(image_dim, 0.3), half(text_dim, -0.2)
    fit = [i for i in range(n) if i % 4 != 3]
    made = steps(image / 256, text / 256, fit)
    return {"image_256ths": image.astype(int).tolist(), "text_256ths": text.astype(int).tolist(),
            "fit": fit, "features": {name: np.round(np.concatenate(halves, axis=1), 7).tolist()
                                     for name, halves in made.items()}}


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
    methods = [method_case(rng, 40, 6, 6), method_case(rng, 40, 5, 8), method_case(rng, 12, 14, 14)]
    # More directions than rows: every correlation is 1, and what no row has may turn anywhere.
    for name in ("cca:2", "procrustes"):
        methods[2]["features"].pop(name)
    lines = [",\n".join(json.dumps(c) for c in part) for part in (cases, methods)]
    print('{"fit": %s, "cases": [\n%s\n], "methods": [\n%s\n]}' % (FIT, *lines))


if __name__ == "__main__":
    main()
