#!/usr/bin/env python3
"""Writes tests/golden/intervals.json: distributions, intervals, DeLong's test and Holm's p-values as
scipy and plain numpy compute them. Needs numpy, scipy, scikit-learn.

DeLong's test is worked out here from the matrix of all pairs and, for groups, with one loop for
each sum of Obuchowski 1997, unlike the ranks that the C++ uses.

    tools/golden_intervals.py > tests/golden/intervals.json
"""
import json

import numpy as np
import scipy
from scipy import stats
from sklearn import metrics

SCALE = 1024


def distributions():
    z = [-37.0, -8.5, -3.0, -1.96, -0.5, 0.0, 0.25, 1.0, 2.5, 6.0]
    share = [1e-12, 1e-5, 0.02, 0.025, 0.4, 0.5, 0.8, 0.975, 0.999]
    freedom = [1.0, 2.0, 3.5, 19.0, 59.0, 400.0, 13011.0]
    t = [-30.0, -3.0, -1.0, -0.01, 0.0, 0.7, 2.0, 5.0]
    return {
        "z": z, "normal_cdf": stats.norm.cdf(z).tolist(),
        "share": share, "normal_quantile": stats.norm.ppf(share).tolist(),
        "freedom": freedom, "t": t,
        "t_cdf": [stats.t.cdf(t, f).tolist() for f in freedom],
        "t_quantile": [stats.t.ppf(share, f).tolist() for f in freedom],
    }


def interval(rng, groups, resamples, undefined):
    """Hesterberg's expanded percentile interval of made-up resamples."""
    values = np.round(rng.gamma(3.0, size=resamples), 6)
    values[rng.permutation(resamples)[:undefined]] = np.nan
    tail = stats.norm.cdf(np.sqrt(groups / (groups - 1)) * stats.t.ppf(0.025, groups - 1))
    low, high = np.nanquantile(values, [tail, 1 - tail])
    return {
        "groups": groups,
        "resampled": [None if np.isnan(v) else v for v in values],
        "low": low, "high": high,
        "standard_error": np.nanstd(values, ddof=1) * np.sqrt(groups / (groups - 1)),
    }


def pairs_won(score, positive):
    """psi [M, N]: 1 where a positive row scores above a negative one, 1/2 where they tie."""
    x, y = score[positive][:, None], score[~positive][None, :]
    return (x > y) + 0.5 * (x == y)


def delong_1988(scores, positive):
    """Areas and their covariance, rows independent."""
    psi = [pairs_won(s, positive) for s in scores]
    area = np.array([p.mean() for p in psi])
    by_positive = np.cov([p.mean(axis=1) for p in psi])
    by_negative = np.cov([p.mean(axis=0) for p in psi])
    return area, by_positive / positive.sum() + by_negative / (~positive).sum()


def obuchowski_1997(scores, positive, group):
    psi = [pairs_won(s, positive) for s in scores]
    area = np.array([p.mean() for p in psi])
    m, n = positive.sum(), (~positive).sum()
    group_of_positive, group_of_negative = group[positive], group[~positive]
    clusters = np.unique(group)
    i10, i01, i = len(set(group_of_positive)), len(set(group_of_negative)), len(clusters)
    s10, s01, s11 = np.zeros((2, 2)), np.zeros((2, 2)), np.zeros((2, 2))
    for r in range(2):
        for s in range(2):
            for c in clusters:
                own_x, own_y = group_of_positive == c, group_of_negative == c
                x = [p.mean(axis=1)[own_x].sum() - own_x.sum() * a for p, a in zip(psi, area)]
                y = [p.mean(axis=0)[own_y].sum() - own_y.sum() * a for p, a in zip(psi, area)]
                s10[r, s] += i10 / ((i10 - 1) * m) * x[r] * x[s]
                s01[r, s] += i01 / ((i01 - 1) * n) * y[r] * y[s]
                s11[r, s] += i / (i - 1) * x[r] * y[s]
    return area, s10 / m + s01 / n + (s11 + s11.T) / (m * n)


def delong(rng, name, label, group, levels, k, classes):
    """Scores are whole numbers of 1024ths with `levels` different ones."""
    positive = label == k
    group_effect = rng.normal(size=group.max() + 1)[group]
    parts = []
    for strength in (0.6, 1.1):
        latent = strength * positive + 0.7 * group_effect + rng.normal(size=len(label))
        parts.append(np.round(stats.norm.cdf(latent / 2) * levels).astype(int) * (SCALE // levels))
    area, covariance = obuchowski_1997(parts, positive, group)
    if len(set(group)) == len(group):
        area_1988, covariance_1988 = delong_1988(parts, positive)
        assert np.allclose(area, area_1988, atol=1e-14) and np.allclose(covariance, covariance_1988, atol=1e-14)
    for a, s in zip(area, parts):
        u = stats.mannwhitneyu(s[positive], s[~positive]).statistic
        assert abs(a - u / (positive.sum() * (~positive).sum())) < 1e-12
        assert abs(a - metrics.roc_auc_score(positive, s)) < 1e-12
    standard_error = np.sqrt(covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1])
    z = (area[1] - area[0]) / standard_error
    return {
        "name": name, "classes": classes, "positive": k, "label": label.tolist(), "group": group.tolist(),
        "score_1024ths": [p.tolist() for p in parts],
        "auc": area.tolist(), "variance": np.diag(covariance).tolist(),
        "standard_error": standard_error, "z": z, "p": 2 * stats.norm.sf(abs(z)),
        "positive_groups": len(set(group[positive])), "negative_groups": len(set(group[~positive])),
    }


def holm(p):
    """By the definition, test by test: the largest of the earlier (m - j + 1) p_(j)."""
    ordered = sorted(p)
    m = len(p)
    return {"p": p, "adjusted": [max(min(1.0, (m - j) * ordered[j]) for j in range(ordered.index(one) + 1))
                                 for one in p]}


def main():
    rng = np.random.default_rng(19970)
    alone = rng.permutation(70)
    uneven = np.repeat(np.arange(24), rng.geometric(0.3, 24))
    out = {
        "scipy": scipy.__version__,
        "distributions": distributions(),
        "intervals": [interval(rng, 20, 300, 0), interval(rng, 57, 301, 15), interval(rng, 2000, 250, 1)],
        "delong": [
            delong(rng, "every row alone", rng.integers(0, 2, 70), alone, 512, 1, 2),
            delong(rng, "every row alone, many ties", rng.integers(0, 2, 70), alone, 4, 1, 2),
            delong(rng, "uneven groups", rng.integers(0, 2, len(uneven)), uneven, 256, 1, 2),
            delong(rng, "label by group, ties", rng.integers(0, 2, 24)[uneven], uneven, 16, 1, 2),
            delong(rng, "one of four classes", rng.integers(0, 4, len(uneven)), uneven, 64, 2, 4),
            delong(rng, "rare", (np.arange(len(uneven)) % 17 == 3).astype(int), uneven, 128, 1, 2),
        ],
        "holm": [holm([0.01, 0.04, 0.03, 0.005]), holm([0.3]), holm([0.5, 0.5, 0.9, 0.02, 0.02]),
                 holm(rng.random(12).round(6).tolist()), holm((rng.random(9) / 20).round(6).tolist())],
    }
    print(json.dumps(out).replace('"intervals": ', '\n"intervals": ').replace('{"groups"', '\n{"groups"')
          .replace('{"name"', '\n{"name"').replace('"holm"', '\n"holm"'))


if __name__ == "__main__":
    main()
