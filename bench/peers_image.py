#!/usr/bin/env python3
"""Pictures from files to pixels: puente against Pillow and numpy, step by step, one core each.

Needs Pillow and numpy, and a folder of pictures (tools/make_jpeg_sizes.py makes JPEGs of given sizes):

    bench/peers_image.py --puente build/release/bench/bench_image_pipeline FOLDER

First all pixels are compared, bit by bit; only then is anything timed. Rounds are interleaved, so that
whatever else the machine does meets both alike. "scaled" is --jpeg scaled against Pillow's draft().
"""
import argparse
import io
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np
from PIL import Image, ImageOps

MEAN = np.array([0.48145466, 0.4578275, 0.40821073], np.float32)
STD = np.array([0.26862954, 0.26130258, 0.27577711], np.float32)
EDGE = 224


def decode(data):
    image = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
    return image.convert("RGB")


def resize(image):
    """Only what the crop needs is kept; Pillow computes the whole, as transformers lets it."""
    width, height = image.size
    short, long = min(image.size), max(image.size)
    other = int(EDGE * long / short)
    size = (EDGE, other) if width <= height else (other, EDGE)
    left, top = (size[0] - EDGE) // 2, (size[1] - EDGE) // 2
    resized = image.resize(size, Image.BICUBIC)
    return resized.crop((left, top, left + EDGE, top + EDGE))


def normalise(image):
    values = (np.asarray(image) * (1 / 255)).astype(np.float32)
    return np.ascontiguousarray(((values - MEAN) / STD).transpose(2, 0, 1))


def scaled(data):
    image = Image.open(io.BytesIO(data))
    short, long = min(image.size), max(image.size)
    image.draft("RGB", (2 * EDGE * image.width // short, 2 * EDGE * image.height // short))
    return normalise(resize(image.convert("RGB")))


class Pillow:
    def __init__(self, paths):
        self.data = [path.read_bytes() for path in paths]
        self.images = [decode(data) for data in self.data]
        self.cropped = [resize(image) for image in self.images]
        self.pixels = np.stack([normalise(image) for image in self.cropped])
        self.stages = {
            "decode": (decode, self.data),
            "resize": (resize, self.images),
            "normalise": (normalise, self.cropped),
            "all": (lambda data: normalise(resize(decode(data))), self.data),
            "scaled": (scaled, self.data),
        }

    def seconds(self, stage):
        function, inputs = self.stages[stage]
        start = time.perf_counter()
        for item in inputs:
            function(item)
        return time.perf_counter() - start


class Puente:
    def __init__(self, program, folder, limit, pixels):
        command = [program, folder, "--limit", limit, "--serve", pixels]
        self.process = subprocess.Popen(
            [str(c) for c in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        if not self.process.stdout.readline().startswith("ready"):
            sys.exit("bench_image_pipeline did not start")
        self.pixels = np.fromfile(pixels, np.float32).reshape(-1, 3, EDGE, EDGE)

    def seconds(self, stage):
        self.process.stdin.write(stage + "\n")
        self.process.stdin.flush()
        return float(self.process.stdout.readline())


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--puente", type=pathlib.Path, required=True, help="bench_image_pipeline")
    parser.add_argument("--limit", type=int, default=64, help="pictures at the most")
    parser.add_argument("--rounds", type=int, default=7)
    args = parser.parse_args()
    paths = sorted(path for path in args.folder.iterdir() if path.is_file())[: args.limit]
    pillow = Pillow(paths)
    with tempfile.TemporaryDirectory() as folder:
        puente = Puente(args.puente, args.folder, args.limit, pathlib.Path(folder) / "pixels")
        if not np.array_equal(puente.pixels, pillow.pixels):
            different = int((puente.pixels != pillow.pixels).sum())
            sys.exit(f"{different} pixels differ from Pillow's; nothing was timed")
        print(f"{len(paths)} pictures, bit-equal; median of {args.rounds} interleaved rounds")
        print(f"{'':10} {'puente ms':>10} {'Pillow ms':>10}  {'puente is faster by':>20}")
        for stage in pillow.stages:
            pairs = [(puente.seconds(stage), pillow.seconds(stage)) for _ in range(args.rounds)]
            ours, theirs = (statistics.median(side) * 1e3 / len(paths) for side in zip(*pairs))
            ratio = statistics.median(b / a for a, b in pairs)
            print(f"{stage:10} {ours:10.3f} {theirs:10.3f}  {ratio:20.2f}")


main()
