#!/usr/bin/env python3
"""Writes tests/golden/heads.json: heads for small data as scikit-learn fits them. Needs numpy, scikit-learn.

Features are whole numbers of 256ths, so that float32 holds them exactly.

    tools/golden_heads.py > tests/golden/heads.json
"""
import json

import numpy as np
import sklearn
from sklearn.preprocessing import OneHotEncoder, StandardScaler


def features_of(rng, label, dim, strength):
    """Class centres plus correlated noise: [N, dim] whole numbers (of 256ths)."""
    centres = rng.normal(size=(label.max() + 1, dim)) * strength
    mix = rng.normal(size=(dim, dim)) / np.sqrt(dim) + np.eye(dim)
    x = centres[label] + rng.normal(size=(len(label), dim)) @ mix + 0.5
    return np.round(x * 256).astype(int)


def standardised(rng):
    x = features_of(rng, rng.integers(0, 3, 12), 4, 1.0)
    x[:, 2] = 77
    fit = [0, 2, 3, 5, 6, 7, 10]
    scaler = StandardScaler().fit(x[fit] / 256)
    return {"features_256ths": x.tolist(), "fit": fit, "mean": scaler.mean_.tolist(),
            "sd": np.sqrt(scaler.var_).tolist(), "scaled": scaler.transform(x / 256).tolist()}


def tabular():
    age = ["50", "", "61.5", "48", " ", "70", "33", "12"]
    size = ["1", "2", "3", "4", "5", "6", "", "8"]
    sex = ["male", "female", "", "male", "unknown", "female", "", "other"]
    fit = [0, 1, 2, 3, 4, 5]
    number = lambda values: np.array([[float(v) if v.strip() else np.nan] for v in values])
    parts, names = [], []
    for name, values in [("age", age), ("size", size)]:
        x = number(values)
        parts.append(np.nan_to_num(StandardScaler().fit(x[fit]).transform(x)))
        names.append(name)
        if np.isnan(x[fit]).any():
            parts.append(np.isnan(x).astype(float))
            names.append(name + " is missing")
    values = [[v if v else "~"] for v in sex]  # sorts last
    encoder = OneHotEncoder(handle_unknown="ignore").fit([values[i] for i in fit])
    parts.append(encoder.transform(values).toarray())
    names += ["sex=" + (v if v != "~" else "(missing)") for v in encoder.categories_[0]]
    return {"columns": {"age": age, "size": size, "sex": sex}, "fit": fit, "names": names,
            "features": np.hstack(parts).tolist()}


def main():
    result = {"scikit_learn": sklearn.__version__}
    result["standardised"] = standardised(np.random.default_rng(1))
    result["tabular"] = tabular()
    lines = ",\n".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in result.items())
    print("{" + lines + "}")


if __name__ == "__main__":
    main()
