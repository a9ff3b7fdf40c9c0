#!/usr/bin/env python3
"""How often the test of src/eval/paired_seeds.h finds a difference between two ways of training that
are alike, beside tests that are simpler: with the groups alone, and without taking away what groups
and seeds have in common. And how often each finds one that is there. Needs numpy, scipy; 5 minutes.

A row's logit is its label and its own hardness (the same for all), a shift that a seed has for all
rows, and what a seed does to this row; the mean probability of the seeds is scored by macro F1.

    tools/simulate_seeds.py [STUDIES]
"""
import sys

import numpy as np
from scipy import stats

RESAMPLES = 120


def macro_f1(truth, predicted, times):
    """times [resamples, rows] -> [resamples]"""
    parts = []
    for k in (0, 1):
        hit = times @ ((truth == k) & (predicted == k)).astype(float)
        all_k = times @ ((truth == k).astype(float) + (predicted == k))
        parts.append(2 * hit / all_k)
    return (parts[0] + parts[1]) / 2


def study(rng, rows, seeds, seed_shift, seed_row, gain):
    truth = (rng.random(rows) < 0.4).astype(int)
    side = 2 * truth - 1
    row = 0.8 * side + rng.normal(size=rows)
    times = np.vstack([np.ones(rows), rng.multinomial(rows, np.full(rows, 1 / rows), size=RESAMPLES)])
    values = []
    for better in (0, gain):
        logit = row + better * side + seed_shift * rng.normal(size=(seeds, 1))
        p = 1 / (1 + np.exp(-2 * (logit + seed_row * rng.normal(size=(seeds, rows)))))
        values.append([macro_f1(truth, one > 0.5, times) for one in (p.mean(axis=0), *p)])
    d = np.array(values[1]) - np.array(values[0])  # [1 + seeds, 1 + resamples]
    of_mean, of_seeds = d[0], d[1:]
    widen = rows / (rows - 1)
    v_groups = of_mean[1:].var(ddof=1) * widen
    v_seeds = of_seeds[:, 0].var(ddof=1) / seeds
    less_mean = of_seeds[:, 1:] - of_seeds[:, 1:].mean(axis=0)
    v_both = less_mean.var(axis=1, ddof=1).sum() / (seeds * (seeds - 1)) * widen
    freedom = lambda v: v**2 / (v_groups**2 / (rows - 1) + v_seeds**2 / (seeds - 1))
    v = v_groups + max(0, v_seeds - v_both)
    p = lambda v, f: 2 * stats.t.sf(abs(of_mean[0]) / np.sqrt(v), f)
    return p(v_groups, rows - 1), p(v_groups + v_seeds, freedom(v_groups + v_seeds)), p(v, freedom(v))


def main():
    studies = int(sys.argv[1]) if len(sys.argv) > 1 else 400
    rng = np.random.default_rng(20)
    print("rows seeds seed's-shift seed-x-row gain: p < 0.05 with groups alone, as puente does, less what is in both")
    for design in [(200, 5, 0, 0.5, 0), (1700, 5, 0.1, 0.3, 0), (1700, 3, 0.1, 0.3, 0), (1700, 5, 0.2, 0.1, 0),
                   (10000, 5, 0.1, 0.3, 0), (10000, 3, 0.1, 0.3, 0), (1700, 5, 0.1, 0.3, 0.06), (1700, 3, 0.1, 0.3, 0.06)]:
        found = np.array([study(rng, *design) for _ in range(studies)]) < 0.05
        print(*design, ":", *(f"{share:.3f}" for share in found.mean(axis=0)), flush=True)


if __name__ == "__main__":
    main()
