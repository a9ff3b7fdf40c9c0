#!/usr/bin/env python3
"""Writes tests/golden/tiff_bands/: small TIFFs of many bands, as GDAL (rasterio) and tifffile write
them, and what numpy's percentiles make of some of their bands. Needs rasterio, tifffile, imagecodecs
and numpy.

  cases.json  each case: file, bands, percentiles, the limits of each band, width, height; NAME.rgb are
              its rows of RGB bytes. Then the limits over a set of files.
"""
import json
import sys
import warnings
from pathlib import Path

import numpy
import rasterio
import tifffile

OUT = Path(__file__).resolve().parent.parent / "tests/golden/tiff_bands"
WIDTH, HEIGHT = 21, 19
cases = []


def bands(count, seed, low, high, dtype):
    """[count, HEIGHT, WIDTH]: slopes and noise, each band with a range of its own."""
    rng = numpy.random.RandomState(seed)
    y, x = numpy.mgrid[0:HEIGHT, 0:WIDTH].astype(float)
    planes = []
    for _ in range(count):
        a, b = rng.uniform(-1, 1, 2)
        plane = a * x + b * y + rng.normal(0, 3, (HEIGHT, WIDTH))
        plane = (plane - plane.min()) / (plane.max() - plane.min())
        start, end = numpy.sort(rng.uniform(low, high, 2))
        planes.append(start + plane * (end - start))
    planes = numpy.stack(planes)
    return planes.astype(dtype) if numpy.dtype(dtype).kind == "f" else numpy.round(planes).astype(dtype)


def gdal(name, data, **options):
    """As GDAL writes it: chunky unless interleave='band'."""
    with rasterio.open(OUT / name, "w", driver="GTiff", width=WIDTH, height=HEIGHT,
                       count=data.shape[0], dtype=data.dtype, **options) as file:
        file.write(data)


def valid(band, nodata):
    values = band.astype(numpy.float64)
    keep = numpy.isfinite(values)
    if nodata is not None:
        keep &= band != band.dtype.type(nodata)
    return values[keep], keep


def limits_of(values, low, high):
    return [float(v) for v in numpy.percentile(values, [low, high])]


def shown(band, nodata, limits):
    values, keep = valid(band, nodata)
    low, high = limits
    result = numpy.zeros(band.shape, numpy.uint8)
    if high > low:
        fraction = numpy.clip((values - low) / (high - low), 0, 1)
    else:
        fraction = (values > low).astype(float)
    result[keep] = numpy.floor(fraction * 255 + 0.5).astype(numpy.uint8)
    return result


def case(name, wanted, low=2, high=98, limits=None):
    """What is expected of the file as rasterio reads it."""
    with rasterio.open(OUT / name) as file:
        data = [file.read(band) for band in wanted]
        nodata = file.nodata
    if limits is None:
        limits = [limits_of(valid(band, nodata)[0], low, high) for band in data]
    planes = [shown(band, nodata, pair) for band, pair in zip(data, limits)]
    rgb = numpy.stack(planes * (3 // len(planes)), -1)
    pixels = f"{Path(name).stem}_{'_'.join(map(str, wanted))}_{low}_{high}.rgb"
    (OUT / pixels).write_bytes(rgb.tobytes())
    cases.append({"file": name, "bands": wanted, "percentiles": [low, high], "limits": limits,
                  "width": WIDTH, "height": HEIGHT, "rgb": pixels})


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    for old in OUT.iterdir():
        old.unlink()
    warnings.filterwarnings("ignore", category=rasterio.errors.NotGeoreferencedWarning)

    gdal("sentinel.tif", bands(12, 1, 0, 12000, "uint16"), compress="lzw", predictor=2,
         interleave="pixel")
    case("sentinel.tif", [4, 3, 2])
    case("sentinel.tif", [12], 0, 100)
    case("sentinel.tif", [8, 4, 3], 0.5, 99.75)
    gdal("planes.tif", bands(12, 2, 0, 9000, "uint16"), compress="deflate", interleave="band",
         tiled=True, blockxsize=16, blockysize=16)
    case("planes.tif", [4, 3, 2])
    case("planes.tif", [11, 1, 11])
    gdal("tiles.tif", bands(5, 3, 0, 255, "uint8"), interleave="pixel", tiled=True, blockxsize=16,
         blockysize=16)
    case("tiles.tif", [5, 1, 3])
    floats = bands(4, 4, -0.2, 0.9, "float32")
    floats[:, :5, :7] = -9999
    floats[1, 9, 3:8] = numpy.nan
    floats[2, 10, 3:8] = numpy.inf
    gdal("float_nodata.tif", floats, compress="deflate", predictor=3, nodata=-9999, interleave="pixel")
    case("float_nodata.tif", [4, 3, 2])
    case("float_nodata.tif", [2])
    # A number that decimals do not hold.
    tenth = bands(1, 5, 0, 1, "float32")
    tenth[0, 3:9] = numpy.float32(0.1)
    gdal("tenth.tif", tenth, nodata=0.1)
    case("tenth.tif", [1])
    gdal("signed.tif", numpy.where(bands(3, 6, 0, 1, "float32") > 0.5, -32768,
                                   bands(3, 7, -500, 3000, "int16")).astype("int16"),
         nodata=-32768, compress="lzw", interleave="band")
    case("signed.tif", [3, 2, 1])
    gdal("double.tif", bands(1, 8, -1e-3, 1e-3, "float64"))
    case("double.tif", [1], 5, 95)
    gdal("whole32.tif", bands(2, 9, 0, 3e9, "uint32"))
    case("whole32.tif", [2])
    gdal("flat.tif", numpy.full((1, HEIGHT, WIDTH), 7, "uint8"))
    case("flat.tif", [1])
    mostly = numpy.full((1, HEIGHT, WIDTH), 7, "uint8")
    mostly[0, 0, :3] = 200
    gdal("mostly_flat.tif", mostly)
    case("mostly_flat.tif", [1])
    # Another writer, another byte order, offsets of 64 bits.
    tifffile.imwrite(OUT / "big_endian.tif", bands(6, 10, 0, 60000, "uint16").transpose(1, 2, 0),
                     byteorder=">", bigtiff=True, rowsperstrip=4, photometric="minisblack",
                     planarconfig="contig", compression="zlib", predictor=True)
    case("big_endian.tif", [6, 5, 4])

    # Nothing valid in one band of three.
    empty = bands(3, 11, 0, 100, "int16")
    empty[1] = -1
    gdal("empty_band.tif", empty, nodata=-1)

    files = ["sentinel.tif", "planes.tif", "float_nodata.tif", "signed.tif"]
    sets = []
    for wanted, low, high in (([3, 2, 1], 2, 98), ([1], 0, 100), ([3], 33.3, 90)):
        limits = []
        for band in wanted:
            values = []
            for name in files:
                with rasterio.open(OUT / name) as file:
                    values.append(valid(file.read(band), file.nodata)[0])
            limits.append(limits_of(numpy.concatenate(values), low, high))
        sets.append({"files": files, "bands": wanted, "percentiles": [low, high], "limits": limits})
    (OUT / "cases.json").write_text(json.dumps({"cases": cases, "sets": sets}, indent=1) + "\n")
    total = sum(path.stat().st_size for path in OUT.iterdir())
    print(f"{len(cases)} cases, {total} bytes in {OUT}; GDAL {rasterio.__gdal_version__}, "
          f"numpy {numpy.__version__}", file=sys.stderr)


if __name__ == "__main__":
    main()
