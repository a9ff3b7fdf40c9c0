#!/usr/bin/env python3
"""Writes tests/golden/calibration.json: calibration as scikit-learn and scipy compute it. Needs numpy, scipy,
scikit-learn.

    tools/golden_calibration.py > tests/golden/calibration.json
"""
import json

import numpy as np
import scipy
import sklearn
from scipy import optimize, special
from sklearn import metrics
from sklearn.calibration import calibration_curve
from sklearn.linear_model import LogisticRegression

from golden_metrics import SCALE, informative, softmax_1024

BINS = 10


def positive_1024(logits):
    """As softmax_1024, but with no probability of 0, whose logarithm would be a matter of taste."""
    parts = np.maximum(softmax_1024(logits), 1)
    parts[np.arange(len(parts)), parts.argmax(axis=1)] += SCALE - parts.sum(axis=1)
    return parts


def recalibration(positive, p):
    log_odds = np.log(p) - np.log(1 - p)
    fit = LogisticRegression(penalty=None, solver="newton-cholesky", tol=1e-13, max_iter=1000)
    fit.fit(log_odds[:, None], positive)
    in_the_large = optimize.brentq(lambda a: special.expit(a + log_odds).sum() - positive.sum(), -30, 30,
                                   xtol=1e-14)
    return {"slope": fit.coef_[0, 0], "intercept": fit.intercept_[0], "in_the_large": in_the_large}


def reliability(correct, confidence):
    share, mean = calibration_curve(correct, confidence, n_bins=BINS)
    number = np.searchsorted(np.linspace(0, 1, BINS + 1)[1:-1], confidence)
    rows = np.bincount(number, minlength=BINS)
    filled = rows > 0
    bins = {"rows": rows.tolist(), "share_correct": [None] * BINS, "mean_confidence": [None] * BINS}
    for b, s, m in zip(np.flatnonzero(filled), share, mean):
        bins["share_correct"][b] = s
        bins["mean_confidence"][b] = m
    error = (rows[filled] * np.abs(share - mean)).sum() / len(correct)
    return bins, error


def case(name, label, parts):
    k = parts.shape[1]
    p = parts / SCALE
    of_class = np.eye(k, dtype=int)[label]
    if k == 2:
        bins, error = reliability(label, p[:, 1])
    else:
        bins, error = reliability((p.argmax(axis=1) == label).astype(int), p.max(axis=1))

    def loss_at(log_temperature):
        scaled = special.softmax(np.log(p) / np.exp(log_temperature), axis=1)
        return metrics.log_loss(label, scaled, labels=range(k))

    best = optimize.minimize_scalar(loss_at, bounds=(-4, 4), method="bounded", options={"xatol": 1e-10})
    temperature = float(np.exp(best.x))
    return {
        "name": name,
        "label": label.tolist(),
        "probability_1024ths": parts.tolist(),
        "brier": sum(metrics.brier_score_loss(of_class[:, i], p[:, i]) for i in range(k)),
        "log_loss": metrics.log_loss(label, p, labels=range(k)),
        "expected_error": error,
        "bins": bins,
        "classes": [recalibration(of_class[:, i], p[:, i]) for i in range(k)],
        "temperature": temperature,
        "log_loss_scaled": best.fun,
        "scaled_first_row": special.softmax(np.log(p[0]) / temperature).tolist(),
    }


def main():
    rng = np.random.default_rng(20242)
    cases = []
    label = rng.integers(0, 2, 150)
    logits = informative(rng, label, 2, 0.8)
    cases.append(case("binary, too sure", label, positive_1024(3 * logits)))
    label = (rng.random(120) < 0.2).astype(int)
    cases.append(case("binary, not sure enough", label, positive_1024(0.3 * informative(rng, label, 2, 2.0))))
    label = rng.integers(0, 2, 80)
    ones = np.where(rng.random(80) < 0.7, label, 1 - label) * 512 + 256
    cases.append(case("binary, two scores only", label, np.stack([SCALE - ones, ones], axis=1)))
    label = rng.choice(5, 200, p=[0.4, 0.3, 0.15, 0.1, 0.05])
    cases.append(case("five classes", label, positive_1024(1.5 * informative(rng, label, 5, 1.5))))
    out = ",\n".join(json.dumps(c) for c in cases)
    print('{"scipy": "%s", "scikit_learn": "%s", "cases": [\n%s\n]}' % (
        scipy.__version__, sklearn.__version__, out))


if __name__ == "__main__":
    main()
