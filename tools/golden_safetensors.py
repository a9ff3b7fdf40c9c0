#!/usr/bin/env python3
"""Writes tests/golden/safetensors/small.safetensors with the reference implementation.

Needs torch and safetensors. Usage: tools/golden_safetensors.py [FOLDER]
"""
import pathlib
import sys

import torch
from safetensors.torch import save_file

here = pathlib.Path(__file__).resolve().parent
out = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else here.parent / "tests/golden/safetensors"
out.mkdir(parents=True, exist_ok=True)

# The last two: the largest half and the smallest subnormal one.
values = torch.tensor([[0, 1, -2.5], [0.1, 65504, 2.0**-24]]).to(torch.float16)
save_file(
    {
        "f32": values.float(),
        "f16": values,
        "bf16": values.to(torch.bfloat16),
        "f64": values.double(),
        "i64": torch.arange(3),
        "scalar": torch.tensor(1.5),
        "empty": torch.zeros(0, 4),
    },
    str(out / "small.safetensors"),
    metadata={"made by": "the reference"},
)
