#!/usr/bin/env python3
"""Writes tests/golden/by_group.json: predictions pooled per group by numpy, and metrics per
value and per band of a column as scikit-learn computes them on the rows of each. Needs numpy, scikit-learn.

    tools/golden_by_group.py > tests/golden/by_group.json
"""
import json

import numpy as np
import sklearn
from sklearn import metrics

from golden_metrics import SCALE, informative, softmax_1024


def pooled(rng, k):
    """Groups of one label each, whose rows lie apart; group 3 has no rows."""
    group = np.concatenate([np.repeat([0, 1, 2, 4], [1, 4, 7, 2]), rng.integers(5, 12, 25)])
    rng.shuffle(group)
    label_of_group = rng.integers(0, k, 12)
    label = label_of_group[group]
    parts = softmax_1024(informative(rng, label, k, 1.0))
    with_rows = np.unique(group)
    of_group = [parts[group == g] / SCALE for g in with_rows]
    highest = np.stack([p.max(axis=0) for p in of_group])
    return {
        "label": label.tolist(),
        "probability_1024ths": parts.tolist(),
        "group": group.tolist(),
        "pooled_group": with_rows.tolist(),
        "pooled_label": label_of_group[with_rows].tolist(),
        "mean": np.stack([p.mean(axis=0) for p in of_group]).tolist(),
        "max": (highest / highest.sum(axis=1, keepdims=True)).tolist(),
    }


def scores(label, p):
    """None for what the rows cannot tell."""
    if len(label) == 0:
        return None
    predicted = p.argmax(axis=1)
    both = len(set(label)) == 2
    return {
        "rows": len(label),
        "accuracy": metrics.accuracy_score(label, predicted),
        "balanced_accuracy": metrics.balanced_accuracy_score(label, predicted),
        "macro_f1": metrics.f1_score(label, predicted, average="macro", zero_division=0),
        "auc": metrics.roc_auc_score(label, p[:, 1]) if both else None,
        "average_precision": metrics.average_precision_score(label, p[:, 1]) if both else None,
    }


def subgroups(rng):
    """120 rows of two classes with a sex ('' is missing) and an age (NaN is missing)."""
    n = 120
    label = rng.integers(0, 2, n)
    parts = softmax_1024(informative(rng, label, 2, 1.0))
    p = parts / SCALE
    sex = rng.choice(["female", "male", ""], n, p=[0.5, 0.3, 0.2])
    age = rng.integers(18, 90, n).astype(float)
    age[rng.random(n) < 0.15] = np.nan
    quartiles = np.nanpercentile(age, [25, 50, 75])

    def banded(cuts):
        """[cuts + 1] bands, and the missing ones last."""
        bands = [np.digitize(age, cuts) == i for i in range(len(cuts) + 1)]
        return [rows & ~np.isnan(age) for rows in bands] + [np.isnan(age)]

    def scored(parts_of_rows):
        return [scores(label[rows], p[rows]) for rows in parts_of_rows]

    return {
        "label": label.tolist(),
        "probability_1024ths": parts.tolist(),
        "sex": sex.tolist(),
        "age": ["" if np.isnan(a) else "%d" % a for a in age],
        "by_sex": scored([sex == name for name in ["female", "male", ""]]),
        "quartiles": quartiles.tolist(),
        "by_age_40_65": scored(banded([40, 65])),
        "by_age_quartile": scored(banded(quartiles)),
    }


def main():
    rng = np.random.default_rng(20241)
    out = {
        "numpy": np.__version__,
        "scikit_learn": sklearn.__version__,
        "pooled": [pooled(rng, 2), pooled(rng, 5)],
        "subgroups": subgroups(rng),
    }
    print(json.dumps(out))


if __name__ == "__main__":
    main()
