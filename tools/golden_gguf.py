#!/usr/bin/env python3
"""Writes tests/golden/gguf/ with the reference implementation (gguf-py of llama.cpp).

Needs gguf, numpy and safetensors. Usage: tools/golden_gguf.py [FOLDER]

    types.gguf             one tensor of each type that puente reads, its bits random, its scales also
                           the extreme ones; metadata of every type
    types.safetensors      the same tensors as the reference dequantises them
    quantised.safetensors  "values": rows of floats; "q8_0", "q4_0": their blocks
    parts-0000N-of-00003.gguf  five tensors in three files, numbered: tensor tN is N, N + 1, ... of shape
                           [2, N + 1], in F32
    late-0000N-of-00003.gguf   the same, with none in the first file
"""
import pathlib
import sys

import gguf
import numpy as np
from gguf import GGMLQuantizationType as Type
from safetensors.numpy import save_file

ROWS = 3
BLOCKS = 4  # in a row
# Of the f16 scales in a block: where each stands, in halves; None: there is none.
SCALES = {Type.Q8_0: [0], Type.Q4_0: [0], Type.Q4_K: [0, 1], Type.Q5_K: [0, 1], Type.Q6_K: [104]}
# 0 and -0, the smallest and the largest subnormal half, one, the largest half, infinity, NaN.
EXTREME = [0x0000, 0x8000, 0x0001, 0x83FF, 0x3C00, 0x7BFF, 0xFBFF, 0x7C00, 0x7E00]

rng = np.random.default_rng(12)


def random_blocks(kind):
    """uint8 [ROWS, bytes of a row]."""
    _, size = gguf.GGML_QUANT_SIZES[kind]
    blocks = rng.integers(0, 256, (ROWS * BLOCKS, size), dtype=np.uint8)
    halves = blocks.view(np.uint16)
    for place, shift in zip(SCALES[kind], (0, 5)):
        halves[:, place] = rng.normal(0, 0.1, len(blocks)).astype(np.float16).view(np.uint16)
        halves[: len(EXTREME), place] = np.roll(EXTREME, shift)
    return blocks.reshape(ROWS, -1)


def write_types(path):
    writer = gguf.GGUFWriter(path, "test", use_temp_file=False)
    writer.add_custom_alignment(64)
    for bits in (8, 16, 32, 64):
        getattr(writer, f"add_uint{bits}")(f"a.u{bits}", 2**bits - 1)
        getattr(writer, f"add_int{bits}")(f"a.i{bits}", -(2 ** (bits - 1)))
    writer.add_float32("a.f32", -0.1)
    writer.add_float64("a.f64", 1e300)
    writer.add_bool("a.bool", True)
    writer.add_string("a.text", "ein Weg ▁ über\nden Fluss")
    writer.add_array("a.texts", ["<unk>", "", "▁a"])
    writer.add_array("a.integers", [3, -1, 2**31 - 1])
    writer.add_array("a.numbers", [0.5, -1000.0])
    writer.add_array("a.flags", [True, False])
    expected = {}
    plain = rng.normal(0, 1, (ROWS, 5)).astype(np.float32)
    tensors = {
        Type.F32: plain,
        Type.F16: plain.astype(np.float16),
        Type.BF16: gguf.quants.quantize(plain, Type.BF16),
        **{kind: random_blocks(kind) for kind in SCALES},
    }
    for kind, data in tensors.items():
        writer.add_tensor(kind.name, data, raw_dtype=kind)
        with np.errstate(invalid="ignore"):
            expected[kind.name] = gguf.quants.dequantize(data, kind).astype(np.float32)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return expected


def write_parts(out):
    for name, empty_first in (("parts", False), ("late", True)):
        writer = gguf.GGUFWriter(out / f"{name}.gguf", "test", use_temp_file=False,
                                 split_max_tensors=3 if empty_first else 2, small_first_shard=empty_first)
        writer.add_string("a.text", "only the first has it")
        for i in range(5):
            writer.add_tensor(f"t{i}", np.arange(i, i + 2 * (i + 1), dtype=np.float32).reshape(2, i + 1))
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()


def rows_to_quantise():
    rows = rng.normal(0, 0.02, (8, 64)).astype(np.float32)
    rows[1] *= 1e-4  # subnormal scales
    rows[2] *= 1e8  # scales beyond the largest half
    rows[3, :32] = 0
    rows[4, 5] = 10
    rows[5] = np.round(rows[5] * 100) / 100  # ties in size
    rows[6] = np.linspace(-127, 127, 64)
    rows[7] = np.tile([0.5, -1.5, 2.5, 127.0], 16)  # ties in rounding: d is 1
    return rows


here = pathlib.Path(__file__).resolve().parent
out = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else here.parent / "tests/golden/gguf"
out.mkdir(parents=True, exist_ok=True)
save_file(write_types(out / "types.gguf"), out / "types.safetensors")
values = rows_to_quantise()
with np.errstate(over="ignore"):
    blocks = {kind.name.lower(): gguf.quants.quantize(values, kind)
              for kind in (Type.Q8_0, Type.Q4_0)}
save_file({"values": values, **blocks}, out / "quantised.safetensors")
write_parts(out)
