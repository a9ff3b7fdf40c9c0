#!/usr/bin/env python3
"""Writes tests/golden/multi_label.json: metrics of several yes/no labels as scikit-learn computes them.
Needs numpy, scikit-learn.

Probabilities of yes are whole numbers of 1024ths, so that float32 holds them exactly and ties are
frequent; -1 stands for an answer that is not known.

    tools/golden_multi_label.py > tests/golden/multi_label.json
"""
import json

import numpy as np
import sklearn
from sklearn import metrics

SCALE = 1024


def of_label(label, p):
    known = label >= 0
    y, p = label[known], p[known]
    predicted = p > 0.5
    both = 0 < y.sum() < len(y)
    return {
        "rows": int(known.sum()),
        "accuracy": metrics.accuracy_score(y, predicted),
        "balanced_accuracy": metrics.balanced_accuracy_score(y, predicted),
        "f1": metrics.f1_score(y, predicted, zero_division=0),
        "sensitivity": metrics.recall_score(y, predicted, zero_division=0),
        "specificity": metrics.recall_score(y, predicted, pos_label=0, zero_division=0),
        "auc": metrics.roc_auc_score(y, p) if both else None,
        "average_precision": metrics.average_precision_score(y, p) if y.any() else None,
    }


def macro(labels, p):
    """scikit-learn's own averages; the labels are all known, and have both answers."""
    predicted = p > 0.5
    return {
        "accuracy": 1 - metrics.hamming_loss(labels, predicted),
        "macro_f1": metrics.f1_score(labels, predicted, average="macro", zero_division=0),
        "auc": metrics.roc_auc_score(labels, p, average="macro"),
        "average_precision": metrics.average_precision_score(labels, p, average="macro"),
    }


def case(name, labels, parts):
    p = parts / SCALE
    each = [of_label(labels[:, i], p[:, i]) for i in range(labels.shape[1])]
    result = {"name": name, "label": labels.tolist(), "yes_1024ths": parts.tolist(), "labels": each}
    if (labels >= 0).all() and all(one["auc"] is not None for one in each):
        result["macro"] = macro(labels, p)
    return result


def made(rng, rows, shares):
    labels = (rng.random((rows, len(shares))) < shares).astype(int)
    p = 1 / (1 + np.exp(-(rng.normal(size=labels.shape) + 1.5 * labels - 0.75)))
    return labels, np.round(p * 64).astype(int) * (SCALE // 64)


def main():
    rng = np.random.default_rng(20241)
    labels, parts = made(rng, 80, [0.5, 0.2, 0.7, 0.1])
    cases = [case("all known", labels, parts)]
    labels, parts = made(rng, 60, [0.5, 0.3, 0.6])
    labels[rng.random(labels.shape) < 0.3] = -1
    cases.append(case("some not known", labels, parts))
    labels, parts = made(rng, 30, [0.5, 0.4])
    labels[:, 1] = 0
    cases.append(case("a label without yes", labels, parts))
    print('{"scikit_learn": "%s", "cases": [\n%s\n]}'
          % (sklearn.__version__, ",\n".join(json.dumps(c) for c in cases)))


if __name__ == "__main__":
    main()
