#!/usr/bin/env python3
"""Writes tests/golden/audit.json: the audit's figures by numpy, scipy and scikit-learn.

    tools/golden_audit.py HAM10000/metadata.csv > tests/golden/audit.json

- lookup: leave-one-group-out accuracy of a field as a lookup table, plain loops over numpy arrays
- binomial: scipy.stats.binom.sf
- cramer: scipy.stats.contingency.association(method="cramer")
- ham10000_prompt_lookup: accuracy of HAM10000's prompts as a lookup table, by numpy
"""
import csv
import json
import sys

import numpy as np
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


def five_groups():
    """As many groups as folds: where a value is new, the answer is the other groups' commonest class."""
    case = lookup_case(150, 12, 5, 3)
    value, label, group = (np.array(case[k]) for k in ("value", "label", "group"))
    right = 0
    for i in range(len(label)):
        others = label[(value == value[i]) & (group != group[i])]
        right += commonest(others if len(others) else label[group != group[i]], 3) == label[i]
    return case | {"folds": right / len(label)}


def contingency(value, label, values, classes):
    table = np.zeros((values, classes), int)
    np.add.at(table, (value, label), 1)
    return table[table.sum(1) > 0][:, table.sum(0) > 0]


def prompt_lookup(path, splits=20):
    """Five folds over lesions, by lot: what the other folds' commonest class of a prompt is worth."""
    rows = list(csv.DictReader(open(path)))
    label = np.unique([r["dx"] for r in rows], return_inverse=True)[1]
    lesion = np.unique([r["lesion_id"] for r in rows], return_inverse=True)[1]
    prompt = np.unique(["|".join(r[k] for k in ("dx_type", "age", "sex", "localization")) for r in rows],
                       return_inverse=True)[1]
    figures = []
    for seed in range(splits):
        fold = np.random.default_rng(seed).permutation(np.arange(lesion.max() + 1) % 5)[lesion]
        right = 0
        for k in range(5):
            table = np.zeros((prompt.max() + 1, label.max() + 1), int)
            np.add.at(table, (prompt[fold != k], label[fold != k]), 1)
            answer = np.where(table.sum(1) > 0, table.argmax(1), table.sum(0).argmax())
            right += (answer[prompt[fold == k]] == label[fold == k]).sum()
        figures.append(right / len(label))
    return {"mean": float(np.mean(figures)), "sd": float(np.std(figures))}


def main():
    cases = [lookup_case(60, 4, 20, 3), lookup_case(200, 12, 50, 5), lookup_case(40, 30, 40, 2),
             lookup_case(50, 3, 2, 3)]
    tails = [[s, n, p, float(binom.sf(s - 1, n, p))] for n in (5, 40, 900) for p in (0.05, 0.5, 0.97)
             for s in sorted({0, 1, n // 2, n - 1, n})]
    print(json.dumps({"lookup": cases, "binomial": tails, "five_groups": five_groups(),
                      "ham10000_prompt_lookup": prompt_lookup(sys.argv[1])}))


if __name__ == "__main__":
    main()
