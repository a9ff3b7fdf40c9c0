#!/usr/bin/env python3
"""Writes tests/golden/curves.json: ROC and precision-recall curves as scikit-learn computes them, of the
rows and probabilities of tests/golden/metrics.json. Needs numpy, scikit-learn.

    tools/golden_curves.py > tests/golden/curves.json
"""
import json
import pathlib

import numpy as np
import sklearn
from sklearn import metrics

GOLDEN = pathlib.Path(__file__).parent.parent / "tests/golden/metrics.json"


def points(x, y, thresholds):
    """The threshold of the end at which nothing is said to be of the class is no number: null."""
    return [[float(a), float(b), None if t is None else float(t)] for a, b, t in zip(x, y, thresholds)]


def curves(label, score):
    found = {}
    for name, drop in (("roc", False), ("roc_without_intermediate", True)):
        fpr, tpr, thresholds = metrics.roc_curve(label, score, drop_intermediate=drop)
        found[name] = points(fpr, tpr, [None] + thresholds[1:].tolist())
    precision, recall, thresholds = metrics.precision_recall_curve(label, score)
    found["precision_recall"] = points(recall[::-1], precision[::-1], [None] + thresholds[::-1].tolist())
    return found


def main():
    cases = []
    for case in json.loads(GOLDEN.read_text())["cases"]:
        label, p = np.array(case["label"]), np.array(case["probability_1024ths"]) / 1024
        for k in range(p.shape[1]):
            of_class = (label == k).astype(int)
            if 0 < of_class.sum() < len(label):
                cases.append({"case": case["name"], "class": k, **curves(of_class, p[:, k])})
    out = ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases)
    print('{"scikit_learn": "%s", "cases": [\n%s\n]}' % (sklearn.__version__, out))


if __name__ == "__main__":
    main()
