#!/usr/bin/env python3
"""Writes tests/golden/operating_point.json: thresholds taken from scikit-learn's ROC curve, and what they give on
other rows by its confusion matrix. Needs numpy, scikit-learn.

    tools/golden_operating_point.py > tests/golden/operating_point.json
"""
import json

import numpy as np
import sklearn
from sklearn import metrics

from golden_metrics import SCALE, informative, softmax_1024


def chosen(positive, p, wish, wished):
    """As eval/operating_point.h says, or None."""
    false_share, true_share, thresholds = metrics.roc_curve(positive, p, drop_intermediate=False)
    negatives = (positive == 0).sum()  # 1 - false_share is not rounded like the share itself
    sensitivity, specificity = true_share, np.round((1 - false_share) * negatives) / negatives
    asked, other = (sensitivity, specificity) if wish == "sensitivity" else (specificity, sensitivity)
    reached = [i for i in range(1, len(thresholds)) if asked[i] >= wished]  # at 0 no row is positive
    return thresholds[max(reached, key=lambda i: (other[i], asked[i]))] if reached else None


def outcome(positive, p, threshold):
    tn, fp, fn, tp = metrics.confusion_matrix(positive, p >= threshold, labels=[0, 1]).ravel()
    called = (p >= threshold).astype(int)
    return {
        "counts": [int(tp), int(fp), int(tn), int(fn)],
        "sensitivity": metrics.recall_score(positive, called),
        "specificity": metrics.recall_score(positive, called, pos_label=0),
        "ppv": metrics.precision_score(positive, called) if called.any() else None,
        "npv": metrics.precision_score(positive, called, pos_label=0) if not called.all() else None,
    }


def case(rng, k, class_number, strength):
    label = [rng.integers(0, k, 100), rng.integers(0, k, 140)]
    parts = [softmax_1024(informative(rng, rows, k, strength)) for rows in label]
    positive = [(rows == class_number).astype(int) for rows in label]
    p = [rows[:, class_number] / SCALE for rows in parts]
    points = []
    for wish in ["sensitivity", "specificity"]:
        for wished in [0.5, 0.8, 0.9, 0.95, 1.0]:
            threshold = chosen(positive[0], p[0], wish, wished)
            point = {"wish": wish, "wished": wished, "threshold": threshold}
            if threshold is not None:
                point["validation"] = outcome(positive[0], p[0], threshold)
                point["test"] = outcome(positive[1], p[1], threshold)
            points.append(point)
    return {
        "class": class_number,
        "label": [rows.tolist() for rows in label],
        "probability_1024ths": [rows.tolist() for rows in parts],
        "points": points,
    }


def main():
    rng = np.random.default_rng(20243)
    cases = [case(rng, 2, 1, 1.5), case(rng, 2, 0, 0.3), case(rng, 4, 2, 1.0), case(rng, 3, 0, -1.0)]
    out = ",\n".join(json.dumps(c) for c in cases)
    print('{"scikit_learn": "%s", "cases": [\n%s\n]}' % (sklearn.__version__, out))


if __name__ == "__main__":
    main()
