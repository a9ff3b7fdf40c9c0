#!/usr/bin/env python3
"""Writes tests/golden/images/: small picture files of every kind that src/image reads, and the RGB
pixels that Pillow makes of them. Needs Pillow 9.4 (with libtiff and webp) and numpy, and, for
transformers' processor, transformers 4.40 with torch.

  files.txt      one line per file: name, width, height, width and height once rotated by EXIF
  NAME.rgb       Pillow's convert("RGB"), rows of RGB bytes; not rotated by EXIF
  resized.txt    one line per case: filter, width, height; the source is resize.png
  FILTER_WxH.rgb Pillow's resize of it
  boxed.txt      the same of a box of it: filter, box's name and edges, width, height
  wide_KIND.jpg  noise, so wide that a crop needs only the middle
  large.jpg      slow waves, large enough to be decoded at a fraction of its size
  processed.txt  one line per case: preprocessor folder, picture; .f32 is transformers' output
  processors.json  the defaults of transformers' classes
"""
import io
import json
import struct
import sys
import zlib
from pathlib import Path

import numpy
import transformers
from PIL import Image, ImageOps

OUT = Path(__file__).resolve().parent.parent / "tests/golden/images"
files = []


def picture(width, height, seed, channels=3):
    """Smooth slopes with some edges, so that every filter and subsampling has something to do."""
    y, x = numpy.mgrid[0:height, 0:width].astype(float)
    rng = numpy.random.RandomState(seed)
    planes = []
    for _ in range(channels):
        a, b, c, d = rng.uniform(0.05, 0.6, 4)
        plane = 127 + 90 * numpy.sin(a * x + b * y) + 60 * numpy.sign(numpy.sin(c * x - d * y))
        planes.append(numpy.clip(plane, 0, 255))
    return numpy.stack(planes, -1).astype(numpy.uint8)


def add(name, data, expected=None):
    """Writes the file and what Pillow makes of it; `expected` where we differ on purpose."""
    (OUT / name).write_bytes(data)
    image = Image.open(io.BytesIO(data))
    turned = ImageOps.exif_transpose(image)
    image = Image.open(io.BytesIO(data))
    image.load()
    if image.format == "TIFF":
        turned = image  # already turned by load(); exif_transpose turns it once more
    rgb = numpy.asarray(image.convert("RGB")) if expected is None else expected
    (OUT / (name + ".rgb")).write_bytes(rgb.tobytes())
    files.append(f"{name} {image.width} {image.height} {turned.width} {turned.height}")


def saved(image, kind, **options):
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


# --- JPEG ---------------------------------------------------------------------------------------

def exif(orientation, order=">"):
    mark = b"MM\0*" if order == ">" else b"II*\0"
    return (b"Exif\0\0" + mark + struct.pack(order + "IH", 8, 2) +
            struct.pack(order + "HHII", 0x010F, 2, 2, 0) +
            struct.pack(order + "HHIHH", 0x0112, 3, 1, orientation, 0) + bytes(4))


def jpegs():
    rgb = Image.fromarray(picture(29, 19, 1))
    add("baseline.jpg", saved(rgb, "JPEG", quality=80))
    add("fine.jpg", saved(rgb, "JPEG", quality=90, subsampling=0))
    add("half.jpg", saved(rgb, "JPEG", quality=70, subsampling=1))
    add("progressive.jpg", saved(rgb, "JPEG", quality=80, progressive=True))
    add("restart.jpg", restart(saved(rgb, "JPEG", quality=80, subsampling=0, optimize=False)))
    add("gray.jpg", saved(Image.fromarray(picture(21, 17, 2)[..., 0]), "JPEG", quality=85))
    cmyk = Image.fromarray(picture(18, 15, 3, 4), "CMYK")
    plain = saved(cmyk, "JPEG", quality=85)
    add("cmyk.jpg", plain)
    # The same data said to be YCCK: Adobe's marker ends in the number of the transform.
    at = plain.index(b"Adobe") + 11
    add("ycck.jpg", plain[:at] + b"\2" + plain[at + 1:])
    add("one.jpg", saved(Image.new("RGB", (1, 1), (200, 30, 90)), "JPEG"))
    (OUT / "large.jpg").write_bytes(saved(waves(203, 117), "JPEG", quality=90))
    wide = Image.fromarray(numpy.random.RandomState(18).randint(0, 256, (21, 131, 3), numpy.uint8))
    for name, options in {"444": {"subsampling": 0}, "422": {"subsampling": 1}, "420": {},
                          "progressive": {"progressive": True}}.items():
        (OUT / f"wide_{name}.jpg").write_bytes(saved(wide, "JPEG", quality=50, **options))
    for mode in ("L", "CMYK"):
        (OUT / f"wide_{mode.lower()}.jpg").write_bytes(
            saved(wide.convert(mode), "JPEG", quality=50))
    small = Image.fromarray(picture(11, 7, 4))
    for orientation in range(1, 9):
        order = ">" if orientation % 2 else "<"
        add(f"exif{orientation}.jpg",
            saved(small, "JPEG", quality=75, exif=exif(orientation, order)))


def waves(width, height):
    """No edges, so that a picture made smaller in two ways is the same, unless it is displaced."""
    y, x = numpy.mgrid[0:height, 0:width].astype(float)
    planes = [127 + 60 * numpy.sin(x / 9 + phase) + 60 * numpy.cos(y / 8 - x / 30 + 2 * phase)
              for phase in range(3)]
    return Image.fromarray(numpy.stack(planes, -1).astype(numpy.uint8))


def restart(data):
    """Pillow cannot write restart markers; a restart interval larger than the picture is legal."""
    at = data.index(b"\xff\xda")
    return data[:at] + b"\xff\xdd" + struct.pack(">HH", 4, 1000) + data[at:]


# --- PNG ----------------------------------------------------------------------------------------

def png_chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width, height, bits, colour, rows, *, interlaced=False, before=()):
    """rows: a function from (x0, y0, step x, step y) to the packed rows of that pass."""
    passes = [(0, 0, 1, 1)]
    if interlaced:
        passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2),
                  (0, 1, 1, 2)]
    raw = b""
    for x0, y0, dx, dy in passes:
        if x0 < width and y0 < height:
            raw += b"".join(b"\0" + row for row in rows(x0, y0, dx, dy))
    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, interlaced)
    body = zlib.compress(raw, 9)
    return (b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + b"".join(before) +
            png_chunk(b"IDAT", body[:40]) + png_chunk(b"IDAT", body[40:]) + png_chunk(b"IEND", b""))


def samples(array, bits):
    """[height, width, channels] -> rows for png()."""
    def rows(x0, y0, dx, dy):
        part = array[y0::dy, x0::dx]
        if bits == 16:
            return [row.astype(">u2").tobytes() for row in part]
        if bits == 8:
            return [row.astype("u1").tobytes() for row in part]
        packed = []
        for row in part[..., 0]:
            digits = "".join(format(v, f"0{bits}b") for v in row)
            digits += "0" * (-len(digits) % 8)
            packed.append(int(digits, 2).to_bytes(len(digits) // 8, "big"))
        return packed
    return rows


def scaled(gray16):
    gray = ((gray16.astype(numpy.uint32) + 128) // 257).astype(numpy.uint8)
    return numpy.repeat(gray, 3, axis=-1)


def pngs():
    rng = numpy.random.RandomState(5)
    rgb = picture(13, 11, 6)
    add("rgb.png", saved(Image.fromarray(rgb), "PNG"))
    add("rgba.png", saved(Image.fromarray(picture(13, 11, 7, 4), "RGBA"), "PNG"))
    add("gray.png", saved(Image.fromarray(rgb[..., 0]), "PNG"))
    add("gray_alpha.png", saved(Image.fromarray(picture(13, 11, 8, 2), "LA"), "PNG"))
    add("interlaced.png", png(13, 11, 8, 2, samples(rgb, 8), interlaced=True))
    for bits in (1, 2, 4):
        levels = (picture(13, 11, 9) >> (8 - bits))[..., :1]
        add(f"gray{bits}.png", png(13, 11, bits, 0, samples(levels, bits)))
        palette = png_chunk(b"PLTE", rng.bytes(3 << bits))
        transparent = png_chunk(b"tRNS", rng.bytes(1 << bits))
        add(f"palette{bits}.png",
            png(13, 11, bits, 3, samples(levels, bits), before=[palette, transparent]))
    levels = picture(13, 11, 10)[..., :1]
    add("palette8.png", saved(Image.fromarray(rgb).quantize(40), "PNG"))
    # Indices beyond the palette.
    add("palette_short.png",
        png(13, 11, 8, 3, samples(levels, 8), before=[png_chunk(b"PLTE", rng.bytes(90))]))
    add("gray_transparent.png",
        png(13, 11, 8, 0, samples(levels, 8), before=[png_chunk(b"tRNS", b"\0\x20")]))
    add("gray_interlaced2.png", png(13, 11, 2, 0, samples(levels >> 6, 2), interlaced=True))
    wide = rng.randint(0, 65536, (9, 10, 4)).astype(numpy.uint16)
    wide[0, :6, 0] = [0, 128, 129, 257, 65406, 65535]
    add("gray16.png", png(10, 9, 16, 0, samples(wide[..., :1], 16)), scaled(wide[..., :1]))
    add("gray_alpha16.png", png(10, 9, 16, 4, samples(wide[..., :2], 16)))
    add("rgb16.png", png(10, 9, 16, 2, samples(wide[..., :3], 16)))
    add("rgba16.png", png(10, 9, 16, 6, samples(wide, 16), interlaced=True))
    add("one.png", saved(Image.new("RGB", (1, 1), (1, 2, 3)), "PNG"))
    add("exif6.png", saved(Image.fromarray(rgb), "PNG", exif=exif(6)))
    add("png_named.jpg", saved(Image.fromarray(rgb), "PNG"))


# --- WebP ---------------------------------------------------------------------------------------

def webps():
    rgb = Image.fromarray(picture(23, 14, 11))
    rgba = Image.fromarray(picture(23, 14, 12, 4), "RGBA")
    add("lossy.webp", saved(rgb, "WEBP", quality=70))
    add("lossless.webp", saved(rgb, "WEBP", lossless=True))
    add("lossy_alpha.webp", saved(rgba, "WEBP", quality=70))
    add("lossless_alpha.webp", saved(rgba, "WEBP", lossless=True, exact=True))
    add("exif8.webp", saved(rgb, "WEBP", quality=50, exif=exif(8)))
    add("animated.webp",
        saved(rgba, "WEBP", save_all=True, append_images=[rgb.convert("RGBA")], duration=100,
              lossless=True))
    add("one.webp", saved(Image.new("RGB", (1, 1), (9, 99, 199)), "WEBP", lossless=True))


# --- TIFF ---------------------------------------------------------------------------------------

def tiff(width, height, tags, blocks, order="<"):
    """One directory; `blocks` are the strips or tiles, in order."""
    tiled = 322 in tags
    offsets_tag, counts_tag = (324, 325) if tiled else (273, 279)
    data = (b"II*\0" if order == "<" else b"MM\0*") + bytes(4)
    offsets = []
    for block in blocks:
        offsets.append(len(data))
        data += block + bytes(len(block) % 2)
    tags = {256: (4, [width]), 257: (4, [height]), **tags,
            offsets_tag: (4, offsets), counts_tag: (4, [len(b) for b in blocks])}
    entries = b""
    extra_at = len(data) + 2 + 12 * len(tags) + 4
    extra = b""
    for tag, (kind, values) in sorted(tags.items()):
        payload = b"".join(struct.pack(order + {3: "H", 4: "I"}[kind], v) for v in values)
        if len(payload) > 4:
            field = struct.pack(order + "I", extra_at + len(extra))
            extra += payload + bytes(len(payload) % 2)
        else:
            field = payload.ljust(4, b"\0")
        entries += struct.pack(order + "HHI", tag, kind, len(values)) + field
    directory = struct.pack(order + "H", len(tags)) + entries + bytes(4)
    return data[:4] + struct.pack(order + "I", len(data)) + data[8:] + directory + extra


def plain_tags(bits, samples_per_pixel, photometric, **more):
    tags = {258: (3, [bits] * samples_per_pixel), 259: (3, [1]), 262: (3, [photometric]),
            277: (3, [samples_per_pixel]), 278: (4, [4096])}
    if "extra" in more:
        tags[338] = (3, [more["extra"]])
    if "orientation" in more:
        tags[274] = (3, [more["orientation"]])
    return tags


def tiffs():
    rgb = picture(17, 13, 13)
    image = Image.fromarray(rgb)
    gray = Image.fromarray(rgb[..., 1])
    for name, compression in [("plain", None), ("lzw", "tiff_lzw"), ("packbits", "packbits"),
                              ("deflate", "tiff_adobe_deflate"), ("jpeg", "jpeg")]:
        add(f"rgb_{name}.tif", saved(image, "TIFF", compression=compression))
    add("gray_lzw.tif", saved(gray, "TIFF", compression="tiff_lzw"))
    add("gray_jpeg.tif", saved(gray, "TIFF", compression="jpeg"))
    bilevel = Image.fromarray(rgb[..., 0]).point(lambda v: 255 * (v > 120), "1")
    add("bilevel.tif", saved(bilevel, "TIFF"))
    add("bilevel_g4.tif", saved(bilevel, "TIFF", compression="group4"))
    add("palette.tif", saved(image.quantize(50), "TIFF"))
    add("cmyk.tif", saved(Image.fromarray(picture(17, 13, 14, 4), "CMYK"), "TIFF"))
    rgba = picture(17, 13, 15, 4)
    add("rgba.tif", saved(Image.fromarray(rgba, "RGBA"), "TIFF", compression="tiff_lzw"))
    rgba[0, 0, 3] = 0
    rgba[0, 1, 3] = 255
    add("premultiplied.tif",
        tiff(17, 13, plain_tags(8, 4, 2, extra=1), [rgba.tobytes()]))
    add("pages.tif", saved(gray, "TIFF", save_all=True, append_images=[image]))

    wide = numpy.random.RandomState(16).randint(0, 65536, (13, 17, 3)).astype(numpy.uint16)
    for order, letter in (("<", "II"), (">", "MM")):
        stored = wide.astype(order + "u2")
        add(f"rgb16_{letter}.tif", tiff(17, 13, plain_tags(16, 3, 2), [stored.tobytes()], order))
        add(f"gray16_{letter}.tif",
            tiff(17, 13, plain_tags(16, 1, 1), [stored[..., 0].tobytes()], order),
            scaled(wide[..., :1]))
    add("white_is_zero.tif", tiff(17, 13, plain_tags(8, 1, 0), [rgb[..., 0].tobytes()]))
    add("white_is_zero16.tif", tiff(17, 13, plain_tags(16, 1, 0), [wide[..., 0].tobytes()]),
        255 - scaled(wide[..., :1]))
    nibbles = rgb[:, :16, 0] >> 4
    packed = (nibbles[:, 0::2] << 4 | nibbles[:, 1::2]).astype(numpy.uint8)
    add("gray4.tif", tiff(16, 13, plain_tags(4, 1, 1), [packed.tobytes()]))
    strips = plain_tags(8, 3, 2)
    strips[278] = (4, [5])
    add("strips.tif", tiff(17, 13, strips, [rgb[y:y + 5].tobytes() for y in (0, 5, 10)]))
    planes = plain_tags(8, 3, 2)
    planes[284] = (3, [2])
    add("planes.tif", tiff(17, 13, planes, [rgb[..., c].tobytes() for c in range(3)]))

    tiles = plain_tags(8, 3, 2)
    del tiles[278]
    tiles[322] = tiles[323] = (3, [16])
    padded = numpy.zeros((16, 32, 3), numpy.uint8)
    padded[:13, :17] = rgb
    add("tiles.tif", tiff(17, 13, tiles, [padded[:, x:x + 16].tobytes() for x in (0, 16)]))
    add("orientation6.tif",
        tiff(17, 13, plain_tags(8, 3, 2, orientation=6), [rgb.tobytes()]))


# --- resize and preprocessing -------------------------------------------------------------------

def resized():
    source = Image.fromarray(picture(37, 23, 17))
    (OUT / "resize.png").write_bytes(saved(source, "PNG"))
    cases = []
    filters = {"nearest": Image.NEAREST, "bilinear": Image.BILINEAR, "bicubic": Image.BICUBIC,
               "lanczos": Image.LANCZOS}
    for name, number in filters.items():
        for width, height in [(12, 9), (37, 9), (12, 23), (61, 40), (1, 1), (5, 50), (37, 23)]:
            pixels = numpy.asarray(source.resize((width, height), number))
            (OUT / f"{name}_{width}x{height}.rgb").write_bytes(pixels.tobytes())
            cases.append(f"{name} {width} {height}")
    (OUT / "resized.txt").write_text("\n".join(cases) + "\n")

    cases = []
    boxes = [(0, 0, 36.5, 22.875), (0.75, 0.25, 37, 23), (3.125, 2, 30.125, 21.5)]
    for name, number in filters.items():
        for i, box in enumerate(boxes if name != "nearest" else []):
            for width, height in [(12, 9), (37, 23), (50, 9)]:
                pixels = numpy.asarray(source.resize((width, height), number, box=box))
                (OUT / f"{name}_box{i}_{width}x{height}.rgb").write_bytes(pixels.tobytes())
                edges = " ".join(str(edge) for edge in box)
                cases.append(f"{name} box{i} {edges} {width} {height}")
    (OUT / "boxed.txt").write_text("\n".join(cases) + "\n")


def defaults():
    """What each class does where the file says nothing."""
    names = ("do_resize", "size", "resample", "do_center_crop", "crop_size", "do_rescale",
             "rescale_factor", "do_normalize", "image_mean", "image_std")
    classes = {}
    for name in ("CLIP", "Bit", "ViT", "DeiT", "Siglip"):
        processor = getattr(transformers, name + "ImageProcessor")()
        classes[name] = {key: getattr(processor, key) for key in names if hasattr(processor, key)}
        classes[name]["resample"] = int(processor.resample)
    (OUT / "processors.json").write_text(json.dumps(classes, indent=1) + "\n")


IMAGENET = {"image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225]}
CONFIGS = {
    "clip": {"crop_size": 12, "do_center_crop": True, "do_normalize": True, "do_resize": True,
             "feature_extractor_type": "CLIPFeatureExtractor", "resample": 3, "size": 12,
             "image_mean": [0.48145466, 0.4578275, 0.40821073],
             "image_std": [0.26862954, 0.26130258, 0.27577711]},
    "dinov2": {"crop_size": {"height": 11, "width": 10}, "do_center_crop": True,
               "do_convert_rgb": True, "do_normalize": True, "do_rescale": True,
               "do_resize": True, "image_mean": [0.485, 0.456, 0.406],
               "image_processor_type": "BitImageProcessor", "image_std": [0.229, 0.224, 0.225],
               "resample": 3, "rescale_factor": 0.00392156862745098,
               "size": {"shortest_edge": 14}},
    # No type: read as CLIP's.
    "squash": {"do_center_crop": False, "image_mean": [0.5, 0.5, 0.5],
               "image_std": [0.5, 0.5, 0.5], "resample": 2,
               "size": {"height": 13, "width": 9}},
    "bare": {"do_rescale": True, "do_normalize": False, "do_resize": False,
             "crop_size": {"height": 8, "width": 41}},
    "lanczos": {"do_rescale": False, "resample": 1, "size": {"shortest_edge": 9},
                "crop_size": 13},
    # Two edges beside a key without effect; null, which is false here.
    "clip_edges": {"image_processor_type": "CLIPImageProcessor", "crop_size": [9, 12],
                   "do_rescale": None, "size": {"shortest_edge": 12, "longest_edge": 13}},
    "clip_square": {"image_processor_type": "CLIPImageProcessor", "crop_size": 9, "size": 11,
                    "use_square_size": True},
    # As published with vit-base-patch16-224-in21k, but smaller: resample 2, mean and std 0.5.
    "vit": {"do_normalize": True, "do_resize": True, "image_mean": [0.5, 0.5, 0.5],
            "image_std": [0.5, 0.5, 0.5], "size": 12,
            "feature_extractor_type": "ViTFeatureExtractor"},
    # A crop means nothing to ViT. The Fast classes write null for what they leave alone.
    "vit_crop": {"image_processor_type": "ViTImageProcessor", "resample": 3,
                 "do_center_crop": True, "crop_size": 5, "size": {"height": 9, "width": 14}},
    "vit_fast": {"image_processor_type": "ViTImageProcessorFast", "crop_size": None,
                 "data_format": "channels_first", "do_center_crop": None, "do_convert_rgb": None,
                 "do_normalize": True, "do_rescale": True, "do_resize": True,
                 "size": {"height": 12, "width": 12}, **IMAGENET},
    # A number squashes, although a crop follows.
    "deit": {"crop_size": 10, "do_center_crop": True, "do_normalize": True, "do_resize": True,
             "feature_extractor_type": "DeiTFeatureExtractor", "resample": 3, "size": 12,
             **IMAGENET},
    "siglip": {"do_normalize": True, "do_rescale": True, "do_resize": True,
               "image_mean": [0.5, 0.5, 0.5], "image_processor_type": "SiglipImageProcessor",
               "image_std": [0.5, 0.5, 0.5], "processor_class": "SiglipProcessor", "resample": 3,
               "rescale_factor": 0.00392156862745098, "size": {"height": 13, "width": 13}},
}


def processor_of(config):
    """transformers' object as its AutoImageProcessor would make it; a Fast class, which 4.40 lacks,
    is the one that it replaces, given what it sets."""
    name = config.get("image_processor_type", config.get("feature_extractor_type", "CLIP"))
    stem = name.replace("FeatureExtractor", "").replace("ImageProcessor", "").replace("Fast", "")
    if name.endswith("Fast"):
        config = {key: value for key, value in config.items() if value is not None}
    return getattr(transformers, stem + "ImageProcessor")(**config)


def processed():
    cases = []
    for name, config in CONFIGS.items():
        folder = OUT / name
        folder.mkdir(exist_ok=True)
        (folder / "preprocessor_config.json").write_text(json.dumps(config, indent=2) + "\n")
        processor = processor_of(config)
        for picture_name in ("resize.png", "gray.jpg", "exif6.png"):
            image = Image.open(OUT / picture_name).convert("RGB")  # ViT's takes no gray
            values = processor(image, return_tensors="np")["pixel_values"][0]
            values = values.astype(numpy.float32)
            stem = Path(picture_name).stem
            if values.shape[1:] != expected_shape(processor):
                print(f"left out: {name} of {picture_name}: transformers gives {values.shape}")
                continue
            (OUT / f"{name}_{stem}.f32").write_bytes(values.tobytes())
            cases.append(f"{name} {picture_name} {values.shape[1]} {values.shape[2]}")
    (OUT / "processed.txt").write_text("\n".join(cases) + "\n")


def expected_shape(processor):
    # An attribute that only the file gave is not one that the class uses.
    crops = hasattr(type(processor)(), "do_center_crop") and processor.do_center_crop
    size = processor.crop_size if crops else processor.size
    return size["height"], size["width"]


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    jpegs()
    pngs()
    webps()
    tiffs()
    (OUT / "files.txt").write_text("\n".join(files) + "\n")
    resized()
    defaults()
    processed()
    total = sum(path.stat().st_size for path in OUT.rglob("*") if path.is_file())
    print(f"{len(files)} files, {total} bytes in {OUT}", file=sys.stderr)


if __name__ == "__main__":
    main()
