#!/usr/bin/env python3
"""Writes tests/golden/metrics.json: metrics as scikit-learn computes them. Needs numpy, scikit-learn.

Probabilities are whole numbers of 1024ths, so that float32 holds them exactly, each row sums to
exactly one, and ties are frequent.

    tools/golden_metrics.py > tests/golden/metrics.json
"""
import json
import math

import numpy as np
import sklearn
from sklearn import metrics

SCALE = 1024


def softmax_1024(logits):
    """[N, K] whole numbers, each row summing to SCALE."""
    p = np.exp(logits - logits.max(axis=1, keepdims=True))
    p = np.floor(p / p.sum(axis=1, keepdims=True) * SCALE).astype(int)
    p[np.arange(len(p)), logits.argmax(axis=1)] += SCALE - p.sum(axis=1)
    return p


def case(name, label, parts):
    k = parts.shape[1]
    place = np.random.default_rng(len(label)).permutation(k)  # of each class in an order of its own
    p = parts / SCALE
    predicted = p.argmax(axis=1)
    precision, recall, f1, support = metrics.precision_recall_fscore_support(
        label, predicted, labels=range(k), zero_division=0)
    if len(set(label)) < k:
        auc = math.nan  # scikit-learn refuses
    elif k == 2:
        auc = metrics.roc_auc_score(label, p[:, 1])
    else:
        auc = metrics.roc_auc_score(label, p, multi_class="ovr", average="macro")
    of_class = np.eye(k, dtype=int)[label]  # [N, K]
    occurs = [0 < of_class[:, i].sum() < len(label) for i in range(k)]
    class_auc = [metrics.roc_auc_score(of_class[:, i], p[:, i]) if occurs[i] else None for i in range(k)]
    class_ap = [metrics.average_precision_score(of_class[:, i], p[:, i]) if occurs[i] else None
                for i in range(k)]  # scikit-learn gives 0 and a warning where there are no rows
    if not all(occurs):
        average_precision = None
    elif k == 2:
        average_precision = metrics.average_precision_score(label, p[:, 1])
    else:
        average_precision = metrics.average_precision_score(of_class, p, average="macro")
    return {
        "name": name,
        "label": label.tolist(),
        "probability_1024ths": parts.tolist(),
        "accuracy": metrics.accuracy_score(label, predicted),
        "macro_f1": metrics.f1_score(label, predicted, average="macro", zero_division=0),
        "balanced_accuracy": metrics.balanced_accuracy_score(label, predicted),
        "weighted_f1": metrics.f1_score(label, predicted, average="weighted", zero_division=0),
        "quadratic_kappa": metrics.cohen_kappa_score(label, predicted, labels=range(k), weights="quadratic"),
        "place": place.tolist(),
        "quadratic_kappa_of_places": metrics.cohen_kappa_score(
            label, predicted, labels=np.argsort(place), weights="quadratic"),
        "average_precision": average_precision,
        "class_auc": class_auc,
        "class_average_precision": class_ap,
        "auc": None if math.isnan(auc) else auc,
        "precision": precision.tolist(),
        "recall": recall.tolist(),
        "f1": f1.tolist(),
        "support": support.tolist(),
        "confusion": metrics.confusion_matrix(label, predicted, labels=range(k)).tolist(),
    }


def informative(rng, label, k, strength):
    logits = rng.normal(size=(len(label), k))
    logits[np.arange(len(label)), label] += strength
    return logits


def main():
    rng = np.random.default_rng(20240)
    cases = []

    label = rng.integers(0, 2, 61)
    cases.append(case("binary", label, softmax_1024(informative(rng, label, 2, 1.0))))

    label = (rng.random(90) < 0.1).astype(int)
    cases.append(case("binary, imbalanced", label, softmax_1024(informative(rng, label, 2, 0.5))))

    label = rng.integers(0, 2, 40)
    ones = rng.integers(0, 5, 40) * 256
    cases.append(case("binary, five scores only", label, np.stack([SCALE - ones, ones], axis=1)))

    label = rng.integers(0, 3, 50)
    cases.append(case("three classes", label, softmax_1024(informative(rng, label, 3, 1.0))))

    label = np.concatenate([np.full(n, i) for i, n in enumerate([4, 9, 16, 2, 15, 80, 3])])
    rng.shuffle(label)
    cases.append(case("seven classes, imbalanced", label,
                      softmax_1024(informative(rng, label, 7, 1.5))))

    label = rng.integers(0, 3, 40)
    logits = informative(rng, label, 3, 1.0)
    logits[:, 1] = -20
    cases.append(case("a class that is never predicted", label, softmax_1024(logits)))

    label = rng.integers(0, 2, 30) * 2
    cases.append(case("a class without rows, but predicted", label,
                      softmax_1024(informative(rng, label, 3, 0.5))))
    logits[:30, 1] = -20
    cases.append(case("a class that occurs nowhere", label, softmax_1024(logits[:30])))

    out = ",\n".join(json.dumps(c) for c in cases)
    print('{"scikit_learn": "%s", "cases": [\n%s\n]}' % (sklearn.__version__, out))


if __name__ == "__main__":
    main()
