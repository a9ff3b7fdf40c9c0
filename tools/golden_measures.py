#!/usr/bin/env python3
"""Writes tests/golden/measures.json: what `puente inspect` measures, in numpy and scipy.

Inputs are whole numbers of 64ths, so that float32 holds them exactly; some rows repeat and some
cosines are equal. With FILE (clip_modality_gap/features_clip.npy, images then texts) also the
numbers of those 500 pairs. Everything goes the plain way: all rows by all rows, full decompositions.

    tools/golden_measures.py FILE > tests/golden/measures.json
"""
import json
import sys

import numpy as np
from scipy.special import logsumexp
from scipy.stats import hypergeom

DEPTHS = [1, 5, 10]


def units(x):
    length = np.linalg.norm(x, axis=1, keepdims=True)
    return np.divide(x, length, out=np.zeros_like(x), where=length > 0)


def angle(x):
    u = units(x)
    u = u[np.linalg.norm(x, axis=1) > 0]
    mean = u.mean(axis=0)
    return np.degrees(np.arccos(np.clip(u @ mean / np.linalg.norm(mean), -1, 1))).mean()


def effective_rank(x):
    p = np.linalg.eigvalsh(np.cov(units(x).T, bias=True))
    p = p[p > 1e-14 * p.max()] / p.sum()
    return float(np.exp(-(p * np.log(p)).sum()))


def joint(image, text):
    both = np.concatenate([units(image), units(text)])
    centred = both - both.mean(axis=0)
    _, s, vt = np.linalg.svd(centred, full_matrices=False)
    scores = centred @ vt[:2].T
    return {"share": (s**2 / (s**2).sum())[:2].tolist(),
            "image_variance": scores[:len(image)].var(axis=0).tolist(),
            "text_variance": scores[len(image):].var(axis=0).tolist()}


def hit(right, wrong, places):
    """At least one right one among the first places of right + wrong in random order."""
    places = max(0, min(places, right + wrong))
    return float(1 - hypergeom.pmf(0, right + wrong, right, places))


def one_way(queries, others):
    candidates = np.unique(others, axis=0)
    cosines = units(queries) @ units(candidates).T
    recall, chance = np.zeros(3), np.zeros(3)
    for i in range(len(queries)):
        rows = np.all(queries == queries[i], axis=1)
        right = np.array([np.any(np.all(others[rows] == c, axis=1)) for c in candidates])
        best = cosines[i][right].max()
        equal = np.isclose(cosines[i], best, rtol=0, atol=1e-12)
        larger = int((cosines[i] > best + 1e-12).sum())
        for k, depth in enumerate(DEPTHS):
            recall[k] += hit(int((equal & right).sum()), int((equal & ~right).sum()), depth - larger)
            chance[k] += hit(int(right.sum()), int((~right).sum()), depth)
    return {"candidates": len(candidates), "recall": (recall / len(queries)).tolist(),
            "chance": (chance / len(queries)).tolist()}


def loss(cosines, temperature):
    s = cosines / temperature
    return float((logsumexp(s, axis=1) - np.diag(s)).mean())


def measures(image, text, temperature):
    ui, ut = units(image), units(text)
    distances = np.linalg.norm(ui - ut, axis=1)
    cosines = ui @ ut.T
    to_text, to_image = one_way(image, text), one_way(text, image)
    to_text["loss"] = loss(cosines, temperature)
    to_image["loss"] = loss(cosines.T, temperature)
    around = (ui - ui.mean(axis=0)) - (ut - ut.mean(axis=0))
    return {"image_angle": angle(image), "text_angle": angle(text),
            "paired_distance": distances.mean(), "paired_squares": (distances**2).mean(),
            "centroid_part": ((ui.mean(axis=0) - ut.mean(axis=0))**2).sum(),
            "distribution_part": (around**2).sum(axis=1).mean(),
            "image_rank": effective_rank(image), "text_rank": effective_rank(text),
            "joint": joint(image, text), "temperature": temperature,
            "image_to_text": to_text, "text_to_image": to_image}


def variance_parts(vectors):
    """Equations 10 to 13: vectors [encoders, inputs, C]."""
    h = vectors / np.linalg.norm(vectors, axis=2, keepdims=True)
    means = h.mean(axis=1)
    return {"total": h.var(axis=(0, 1)).sum(), "from_weights": means.var(axis=0).sum(),
            "from_data": h.var(axis=1).sum(axis=1).mean()}


def case(rng, n, d, different, temperature):
    """`different` texts among n rows; the last image is that of row 0 again, row 1 has none."""
    image = np.round(rng.normal(0.4, 1, (n, d)) * 64)
    text = np.round(rng.normal(-0.2, 1, (different, d)) * 64)[rng.integers(0, different, n)]
    text += np.round(0.3 * image[rng.permutation(n)] * (different == n))
    image[-1], image[1] = image[0], 0
    return {"image_64ths": image.astype(int).tolist(), "text_64ths": text.astype(int).tolist(),
            "measures": measures(image / 64, text / 64, temperature)}


def main():
    rng = np.random.default_rng(5)
    cases = [case(rng, 40, 4, 9, 0.07), case(rng, 14, 17, 14, 0.01), case(rng, 25, 16, 25, 0.5)]
    out = ",\n".join(json.dumps(c) for c in cases)
    vectors = np.round(rng.normal(0, 1, (3, 1, 5)) * 100 + rng.normal(0, 1, (3, 6, 5)) * 64)
    by_encoder = json.dumps({"vectors": vectors.astype(int).tolist(),
                             "parts": variance_parts(vectors)})
    shared = "null"
    if len(sys.argv) > 1:
        image, text = np.load(sys.argv[1]).astype(float)
        shared = json.dumps(measures(image, text, 0.07))
    print('{"cases": [\n%s\n],\n"by_encoder": %s,\n"clip_modality_gap": %s}'
          % (out, by_encoder, shared))


if __name__ == "__main__":
    main()
