#!/usr/bin/env python3
"""Writes tests/golden/npy/: small arrays as NumPy itself stores them. Needs numpy.

Usage: tools/golden_npy.py [FOLDER]
"""
import pathlib
import sys

import numpy as np

here = pathlib.Path(__file__).resolve().parent
out = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else here.parent / "tests/golden/npy"
out.mkdir(parents=True, exist_ok=True)

values = np.arange(6, dtype="<f4").reshape(2, 3) / 2
np.save(out / "float32_2x3.npy", values)
with open(out / "float64_2x1x3_v2.npy", "wb") as file:
    np.lib.format.write_array(file, values.astype("<f8").reshape(2, 1, 3), version=(2, 0))
np.save(out / "fortran_2x3.npy", np.asfortranarray(values))
np.save(out / "big_endian.npy", values.astype(">f4"))
np.save(out / "structured.npy", np.zeros(2, dtype=[("a", "<f4"), ("b", "<i4")]))
