#!/usr/bin/env python3
"""Writes tests/golden/paired_seeds.json: made-up resamples of two ways of training with several seeds,
and the test of src/eval/paired_seeds.h as numpy and scipy work it out. Needs numpy, scipy.

    tools/golden_paired_seeds.py > tests/golden/paired_seeds.json
"""
import json

import numpy as np
from scipy import stats


def case(rng, name, groups, seeds, resamples, of_seed, of_both, undefined=0):
    """Of each side the mean's value as it is and in the resamples, and each seed's as it is."""
    sides = []
    drawn = rng.normal(size=(resamples + 1, 1)) * 0.01
    drawn[0] = 0
    for level in (0.70, 0.72):
        seed = np.concatenate([[0], rng.normal(size=seeds) * of_seed])
        both = rng.normal(size=(resamples + 1, 1 + seeds)) * of_both
        sides.append(np.round(level + drawn + seed + both, 6))
    a, b = sides
    for row in rng.permutation(resamples)[:undefined]:
        a[1 + row] = np.nan
    d = b - a
    value, resampled = d[0], d[1:, 0][~np.isnan(d[1:, 0])]
    widen = groups / (groups - 1)
    v_groups = np.var(resampled, ddof=1) * widen
    v_seeds = np.var(value[1:], ddof=1) / seeds
    v = v_groups + v_seeds
    freedom = v**2 / (v_groups**2 / (groups - 1) + v_seeds**2 / (seeds - 1))
    error = np.sqrt(v)
    low, high = stats.t.interval(0.95, freedom, loc=value[0], scale=error)
    listed = lambda m: {"mean": [None if np.isnan(x) else x for x in m[:, 0]], "seeds": m[0, 1:].tolist()}
    return {
        "name": name, "groups": groups, "seeds": seeds, "a": listed(a), "b": listed(b),
        "difference": value[0], "groups_error": np.sqrt(v_groups), "seeds_error": np.sqrt(v_seeds),
        "standard_error": error, "freedom": freedom, "low": low, "high": high,
        "p": 2 * stats.t.sf(abs(value[0]) / error, freedom),
        "smallest": (stats.t.ppf(0.975, freedom) + stats.t.ppf(0.8, freedom)) * error,
    }


def main():
    rng = np.random.default_rng(1946)
    cases = [case(rng, "the seeds matter", 60, 5, 80, 0.02, 0.004),
             case(rng, "the seeds differ no more than rows make them", 30, 4, 60, 0.001, 0.02),
             case(rng, "some resamples are undefined", 200, 3, 100, 0.005, 0.005, undefined=4)]
    print(json.dumps({"cases": cases}).replace('{"name"', '\n{"name"'))


if __name__ == "__main__":
    main()
