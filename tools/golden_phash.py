#!/usr/bin/env python3
"""Writes tests/golden/phash.json: the perceptual hashes that ImageHash 4.3 gives the golden pictures' pixels.
Needs ImageHash, Pillow 9.4, numpy.

    tools/golden_phash.py > tests/golden/phash.json
"""
import json
import sys
from pathlib import Path

import imagehash
import numpy as np
import PIL
from PIL import Image

IMAGES = Path(__file__).resolve().parent.parent / "tests/golden/images"


def hashes(image):
    return [str(imagehash.phash(image)), str(imagehash.phash(image, 24))]


def golden():
    """By name, of the pictures with more than a few different pixels: plain ones hash rounding errors."""
    result = {}
    for line in (IMAGES / "files.txt").read_text().splitlines():
        name, width, height = line.split()[:3]
        pixels = np.frombuffer((IMAGES / (name + ".rgb")).read_bytes(), np.uint8)
        pixels = pixels.reshape(int(height), int(width), 3)
        if len(np.unique(pixels)) > 16:
            result[name] = hashes(Image.fromarray(pixels))
    return result


def main():
    json.dump({"ImageHash": imagehash.__version__, "Pillow": PIL.__version__, "pictures": golden()}, sys.stdout)


if __name__ == "__main__":
    main()
