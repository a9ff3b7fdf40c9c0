#!/usr/bin/env python3
"""Writes tests/golden/audit.json: the audit's figures by numpy, scipy and scikit-learn.

    tools/golden_audit.py > tests/golden/audit.json

- lookup: leave-one-group-out accuracy of a field as a lookup table, plain loops over numpy arrays
- binomial: scipy.stats.binom.sf
- cramer: scipy.stats.contingency.association(method="cramer")
- hash: perceptual hashes of 32 x 32 gray pictures, with scipy.fft.dctn (type II, not normalised), the
  8 x 8 lowest frequencies against their median, row by row, the first bit the highest
"""
import json

import numpy as np
from scipy.fft import dctn
from scipy.stats import binom
from scipy.stats.contingency import association

rng = np.random.default_rng(20)


def commonest(labels, classes):
    return int(np.argmax(np.bincount(labels, minlength=classes)))


def lookup_accuracy(value, label, group, classes):
    right = 0
    for i in range(len(label)):
        others = label[(value == value[i]) & (group != group[i])]
        answer = commonest(others if len(others) else label, classes)
        right += answer == label[i]
    return right / len(label)


def lookup_case(rows, values, groups, classes):
    group = rng.integers(0, groups, rows)
    label = rng.integers(0, classes, groups)[group]
    label = np.where(rng.random(rows) < 0.2, rng.integers(0, classes, rows), label)
    value = np.where(rng.random(rows) < 0.5, label % values, rng.integers(0, values, rows))
    return {"value": value.tolist(), "label": label.tolist(), "group": group.tolist(), "values": values,
            "groups": groups, "classes": classes,
            "accuracy": lookup_accuracy(value, label, group, classes),
            "cramer": association(contingency(value, label, values, classes), method="cramer")}


def contingency(value, label, values, classes):
    table = np.zeros((values, classes), int)
    np.add.at(table, (value, label), 1)
    return table[table.sum(1) > 0][:, table.sum(0) > 0]


def hash_of(pixels):
    low = dctn(pixels.astype(float), type=2)[:8, :8]
    bits = (low > np.median(low)).ravel()
    return f"{int(''.join('1' if b else '0' for b in bits), 2):016x}"


def pictures():
    y, x = np.mgrid[0:32, 0:32]
    yield np.clip(8 * x, 0, 255)
    yield (128 + 100 * np.sin(x / 3.0) * np.cos(y / 5.0)).astype(int)
    yield np.where((x - 12) ** 2 + (y - 20) ** 2 < 60, 40, 210)
    for _ in range(5):
        yield rng.integers(0, 256, (32, 32))


def main():
    cases = [lookup_case(60, 4, 20, 3), lookup_case(200, 12, 50, 5), lookup_case(40, 30, 40, 2),
             lookup_case(50, 3, 2, 3)]
    tails = [[s, n, p, float(binom.sf(s - 1, n, p))] for n in (5, 40, 900) for p in (0.05, 0.5, 0.97)
             for s in sorted({0, 1, n // 2, n - 1, n})]
    hashes = [{"pixels": p.ravel().tolist(), "hash": hash_of(p)} for p in pictures()]
    print(json.dumps({"lookup": cases, "binomial": tails, "hash": hashes}))


if __name__ == "__main__":
    main()
