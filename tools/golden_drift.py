#!/usr/bin/env python3
"""Writes tests/golden/drift.json: drift of vectors as scikit-learn's StandardScaler and matrix algebra give it.
Needs numpy, scikit-learn.

    tools/golden_drift.py > tests/golden/drift.json
"""
import json
import sys

import numpy as np
import sklearn
from sklearn.preprocessing import StandardScaler


def error(standardised, group):
    """Root mean square, over the columns, of the cluster-robust standard error of the column's mean."""
    member = (np.unique(group)[:, None] == group[None, :]).astype(float)  # [G, N]
    sums = member @ (standardised - standardised.mean(axis=0))
    g = len(member)
    return float(np.sqrt(g / (g - 1) * (sums**2).sum(axis=0).mean()) / len(group))


def main():
    rng = np.random.default_rng(7)
    width = 6

    def rows(n, groups, moved):
        group = rng.integers(groups, size=n)
        effect = rng.normal(size=(groups, width))
        x = np.arange(width) + moved + effect[group] + rng.normal(size=(n, width)) * (1 + np.arange(width) / 3)
        return x.astype(np.float32), group

    before, before_group = rows(40, 12, 0)
    now, now_group = rows(25, 9, 0.8)
    scaler = StandardScaler().fit(before.astype(float))
    scaled = scaler.transform(now.astype(float))
    old_error = error(scaler.transform(before.astype(float)), before_group)
    json.dump({
        "scikit-learn": sklearn.__version__,
        "before": before.astype(float).tolist(), "before_group": before_group.tolist(),
        "now": now.astype(float).tolist(), "now_group": now_group.tolist(),
        "mean": scaler.mean_.tolist(), "sd": scaler.scale_.tolist(), "error": old_error,
        "shift": float(np.sqrt((scaled.mean(axis=0)**2).mean())),
        "sampling": float(np.sqrt(old_error**2 + error(scaled, now_group)**2)),
        "variance_ratio": float(now.astype(float).var(axis=0).mean() / scaler.var_.mean()),
    }, fp=sys.stdout)
    print()


if __name__ == "__main__":
    main()
