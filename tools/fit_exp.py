#!/usr/bin/env python3
"""Prints the coefficients of src/tensor/exp-inl.h: of the polynomial that comes closest to exp(r)
for |r| <= ln 2 / 2 in relative error (Remez' exchange algorithm). Needs numpy.

Usage: tools/fit_exp.py [DEGREE]
"""
import sys

import numpy as np

degree = int(sys.argv[1]) if len(sys.argv) > 1 else 6
most = np.log(2) / 2 * 1.0001  # x / ln 2 is rounded before r is known
grid = np.linspace(-most, most, 200_001)


def value(coefficients, r):
    return np.polynomial.polynomial.polyval(r, coefficients)


# Chebyshev's nodes, then wherever the error is largest between two changes of its sign.
places = most * np.cos(np.pi * (np.arange(degree + 2)[::-1] + 0.5) / (degree + 2))
for _ in range(20):
    powers = [places**k for k in range(degree + 1)]
    alternating = (-1.0) ** np.arange(degree + 2) * np.exp(places)
    coefficients = np.linalg.solve(np.stack([*powers, alternating], 1), np.exp(places))[:-1]
    error = value(coefficients, grid) / np.exp(grid) - 1
    changes = np.flatnonzero(np.sign(error[1:]) != np.sign(error[:-1])) + 1
    runs = np.split(np.arange(len(grid)), changes)
    places = np.array([grid[run[np.argmax(abs(error[run]))]] for run in runs])

floats = coefficients.astype(np.float32)
rounded = value(floats.astype(np.float64), grid) / np.exp(grid) - 1
for k in reversed(range(degree + 1)):
    print(f"r^{k}: {floats[k]:.9g}")
print(f"largest relative error: {abs(error).max():.2g}; of the rounded numbers {abs(rounded).max():.2g}")
