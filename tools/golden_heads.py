#!/usr/bin/env python3
"""Writes tests/golden/heads.json: heads for small data as scikit-learn fits them. Needs numpy, scikit-learn.

Features are whole numbers of 256ths, so that float32 holds them exactly.

    tools/golden_heads.py > tests/golden/heads.json
"""
import json
import warnings

import numpy as np
import sklearn
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.metrics.pairwise import cosine_similarity
from sklearn.neighbors import KNeighborsClassifier, NearestCentroid
from sklearn.preprocessing import OneHotEncoder, StandardScaler, normalize


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


def logistic(x, y, xt, c):
    solver = "newton-cholesky" if max(y) == 1 else "newton-cg"
    model = LogisticRegression(C=c, class_weight="balanced", solver=solver, tol=1e-9, max_iter=100000)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its line search gives up at rounding; hence the check
        model.fit(x, y)
    p = model.predict_proba(x) - np.eye(len(model.classes_))[y]
    p *= c * (len(y) / (len(model.classes_) * np.bincount(y)))[y][:, None]
    p = p[:, 1:] if len(model.classes_) == 2 else p
    gradient = np.hstack([p.T @ x + model.coef_, p.sum(axis=0)[:, None]])
    assert np.linalg.norm(gradient) < 1e-6, np.linalg.norm(gradient)
    return {"c": c, "weight": model.coef_.tolist(), "intercept": model.intercept_.tolist(),
            "probability": model.predict_proba(xt).tolist()}


def ridge(x, y, xt, alpha):
    model = RidgeClassifier(alpha=alpha, class_weight="balanced").fit(x, y)
    return {"alpha": alpha, "weight": model.coef_.tolist(), "intercept": model.intercept_.tolist(),
            "scores": model.decision_function(xt).reshape(len(xt), -1).tolist()}


def lda(x, y, xt, shrinkage):
    """Covariance pooled by the classes' frequencies; then scores as of equally frequent classes."""
    model = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=shrinkage).fit(x, y)
    log_prior = np.log(model.priors_)
    if len(log_prior) == 2:
        log_prior = log_prior[1:] - log_prior[:1]
    intercept = model.intercept_ - log_prior
    return {"shrinkage": None if shrinkage == "auto" else shrinkage, "weight": model.coef_.tolist(),
            "intercept": intercept.tolist(), "scores": (xt @ model.coef_.T + intercept).tolist()}


def neighbours(x, y, xt, k):
    model = KNeighborsClassifier(n_neighbors=k, metric="cosine", algorithm="brute").fit(x, y)
    return {"k": k, "probability": model.predict_proba(xt).tolist()}


def prototypes(x, y, xt, yt):
    cosine = cosine_similarity(xt, NearestCentroid().fit(normalize(x), y).centroids_)

    def loss(log_scale):
        return -log_softmax(np.exp(log_scale) * cosine, axis=1)[np.arange(len(yt)), yt].mean()

    found = minimize_scalar(loss, bounds=(-7, 9), method="bounded", options={"xatol": 1e-10})
    return {"cosine": cosine.tolist(), "scale": np.exp(found.x)}


def case(rng, name, sizes, dim, strength):
    y = np.repeat(np.arange(len(sizes)), sizes)
    rng.shuffle(y)
    features = features_of(rng, y, dim, strength)
    validation = list(range(2, len(y), 3))
    train = [i for i in range(len(y)) if i % 3 != 2]
    x, xt = features[train] / 256, features[validation] / 256
    y_train, y_validation = y[train], y[validation]
    assert set(y_train) == set(range(len(sizes)))
    return {
        "name": name, "classes": len(sizes), "label": y.tolist(), "train": train, "validation": validation,
        "features_256ths": features.tolist(),
        "logistic": [logistic(x, y_train, xt, c) for c in (0.003, 0.5, 10.0)],
        "ridge": [ridge(x, y_train, xt, alpha) for alpha in (0.1, 30.0)],
        "lda": [lda(x, y_train, xt, shrinkage) for shrinkage in ("auto", 0.3)],
        "neighbours": [neighbours(x, y_train, xt, k) for k in (1, 3, 8)],
        "prototypes": prototypes(x, y_train, xt, y_validation),
    }


def rounded(value):
    if isinstance(value, float):
        return float(f"{value:.12g}")
    if isinstance(value, list):
        return [rounded(v) for v in value]
    return {k: rounded(v) for k, v in value.items()} if isinstance(value, dict) else value


def main():
    result = {"scikit_learn": sklearn.__version__}
    result["standardised"] = standardised(np.random.default_rng(1))
    result["tabular"] = tabular()
    rng = np.random.default_rng(2)
    result["cases"] = [case(rng, "two classes", [40, 14], 5, 0.5),
                       case(rng, "four classes", [30, 21, 8, 13], 6, 0.8),
                       case(rng, "more features than rows", [9, 5, 7], 19, 0.6)]
    lines = ",\n".join(f"{json.dumps(key)}: {json.dumps(rounded(value))}" for key, value in result.items())
    print("{" + lines + "}")


if __name__ == "__main__":
    main()
