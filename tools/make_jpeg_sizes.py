#!/usr/bin/env python3
"""Makes JPEG files of given sizes out of a folder of real pictures, for bench/image_pipeline.cpp.

    make_jpeg_sizes.py PICTURES OUT [--size 600x450 --size 2400x2000] [--quality 90]

Every picture fills OUT/WIDTHxHEIGHT/NAME.jpg: scaled until it covers the size, cropped in the middle.
Enlarged pictures are smoother than a camera's, and would be decoded faster: noise of a camera's strength
is added. Needs Pillow and numpy.
"""
import argparse
import pathlib

import numpy
from PIL import Image, ImageOps


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("pictures", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--size", action="append", metavar="WIDTHxHEIGHT")
    parser.add_argument("--quality", type=int, default=90)
    parser.add_argument("--noise", type=float, default=2.0, help="standard deviation in levels of 255")
    parser.add_argument("--progressive", action="store_true")
    args = parser.parse_args()
    rng = numpy.random.default_rng(1)
    for size in args.size or ["600x450", "2400x2000"]:
        width, height = (int(edge) for edge in size.split("x"))
        folder = args.out / size
        folder.mkdir(parents=True, exist_ok=True)
        for path in sorted(args.pictures.iterdir()):
            image = Image.open(path).convert("RGB")
            image = ImageOps.fit(image, (width, height), Image.LANCZOS)
            noisy = numpy.asarray(image) + rng.normal(0, args.noise, (height, width, 3))
            image = Image.fromarray(numpy.clip(noisy, 0, 255).astype(numpy.uint8))
            target = folder / (path.stem + ".jpg")
            image.save(target, quality=args.quality, progressive=args.progressive)
        bytes_each = [path.stat().st_size for path in folder.iterdir()]
        print(f"{folder}: {len(bytes_each)} files, {sum(bytes_each) // len(bytes_each)} bytes each")


main()
