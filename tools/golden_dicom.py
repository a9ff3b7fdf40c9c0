#!/usr/bin/env python3
"""Writes tests/golden/dicom/: small DICOM files with synthetic pixels, and the RGB pixels that pydicom
makes of them. Needs pydicom 3 with pylibjpeg, pylibjpeg-libjpeg, pylibjpeg-rle and pyjpegls, Pillow and
numpy.

  files.txt   one line per picture: file, frame, width, height; NAME.FRAME.rgb are rows of RGB bytes

What a display shows is pydicom's apply_modality_lut and apply_voi_lut, scaled to 8 bits as
floor(255 v + 0.5), convert_color_space and apply_color_lut; padding, functional groups and the full range
without a window, which pydicom does not know, are done here.
"""
import sys
from pathlib import Path

import numpy
import pydicom
from PIL import Image
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate, encapsulate_extended
from pydicom.pixels import (apply_color_lut, apply_modality_lut, apply_voi_lut, convert_color_space)
from pydicom.uid import (DeflatedExplicitVRLittleEndian, ExplicitVRBigEndian, ExplicitVRLittleEndian,
                         ImplicitVRLittleEndian, JPEGBaseline8Bit, JPEGLSLossless, RLELossless)

OUT = Path(__file__).resolve().parent.parent / "tests/golden/dicom"
WIDTH, HEIGHT = 17, 12
lines = []


def waves(seed, low, high, width=WIDTH, height=HEIGHT):
    """Whole numbers from low to high, both of which occur."""
    y, x = numpy.mgrid[0:height, 0:width].astype(float)
    a, b = numpy.random.RandomState(seed).uniform(0.1, 0.7, 2)
    wave = numpy.sin(a * x + b * y) + 0.5 * numpy.sign(numpy.sin(b * x - a * y))
    wave = (wave - wave.min()) / (wave.max() - wave.min())
    return numpy.round(low + wave * (high - low)).astype(int)


def picture(pixels, photometric="MONOCHROME2", bits=16, stored=None, syntax=ExplicitVRLittleEndian,
            **attributes):
    """A data set of `pixels`: [rows, columns], [rows, columns, 3] or with a frame axis before."""
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = syntax
    ds.file_meta.MediaStorageSOPClassUID = ds.SOPClassUID = "1.2.840.10008.5.1.4.1.1.7"
    ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID = "1.2.3.4"
    colours = 3 if photometric not in ("MONOCHROME1", "MONOCHROME2", "PALETTE COLOR") else 1
    shape = pixels.shape[:-1] if colours == 3 else pixels.shape
    ds.SamplesPerPixel = colours
    ds.PhotometricInterpretation = photometric
    if colours == 3:
        ds.PlanarConfiguration = 0
    if len(shape) == 3:
        ds.NumberOfFrames = shape[0]
    ds.Rows, ds.Columns = shape[-2:]
    ds.BitsAllocated = bits
    ds.BitsStored = stored or bits
    ds.HighBit = ds.BitsStored - 1
    ds.PixelRepresentation = int(pixels.min() < 0)
    order = ">" if syntax == ExplicitVRBigEndian else "<"
    kind = order + ("i" if ds.PixelRepresentation else "u") + str(bits // 8)
    ds.PixelData = pixels.astype(kind).tobytes()
    if len(ds.PixelData) % 2:
        ds.PixelData += b"\0"
    ds["PixelData"].VR = "OB" if bits == 8 else "OW"
    for name, value in attributes.items():
        setattr(ds, name, value)
    return ds


def eight_bits(fraction):
    gray = numpy.floor(numpy.clip(fraction, 0, 1) * 255 + 0.5).astype(numpy.uint8)
    return numpy.repeat(gray[..., None], 3, axis=-1)


def shown_gray(ds, stored):
    """One frame of stored values to RGB, by pydicom where it can."""
    x = apply_modality_lut(stored, ds)
    if "VOILUTSequence" in ds:
        largest = 2 ** ds.VOILUTSequence[0].LUTDescriptor[2] - 1
        fraction = apply_voi_lut(x.astype(int), ds) / largest
    elif "WindowCenter" in ds:
        # pydicom's output range is that of the stored values after the rescale.
        ends = numpy.array([-(2 ** (ds.BitsStored - 1)), 2 ** (ds.BitsStored - 1) - 1]
                           if ds.PixelRepresentation else [0, 2 ** ds.BitsStored - 1])
        low, high = ends * float(ds.get("RescaleSlope", 1)) + float(ds.get("RescaleIntercept", 0))
        if "ModalityLUTSequence" in ds:
            low, high = 0, 2 ** ds.ModalityLUTSequence[0].LUTDescriptor[2] - 1
        fraction = (apply_voi_lut(x, ds) - low) / (high - low)
    else:
        part = x
        if "PixelPaddingValue" in ds:
            part = x[stored != ds.PixelPaddingValue]
        fraction = (x - part.min()) / (part.max() - part.min())
    rgb = eight_bits(fraction)
    if ds.PhotometricInterpretation == "MONOCHROME1":
        rgb = 255 - rgb
    if "PixelPaddingValue" in ds:
        limit = ds.get("PixelPaddingRangeLimit", ds.PixelPaddingValue)
        rgb[(stored >= min(ds.PixelPaddingValue, limit)) &
            (stored <= max(ds.PixelPaddingValue, limit))] = 0
    return rgb


def add(name, ds, *expected, **options):
    """Writes the file and the pixels of each frame."""
    path = OUT / name
    ds.save_as(path, enforce_file_format=options.pop("head", True), **options)
    for number, rgb in enumerate(expected, 1):
        assert rgb.dtype == numpy.uint8 and rgb.shape[-1] == 3, name
        (OUT / f"{name}.{number}.rgb").write_bytes(rgb.tobytes())
        lines.append(f"{name} {number} {rgb.shape[1]} {rgb.shape[0]}")


def add_gray(name, ds, **options):
    stored = ds.pixel_array
    frames = stored if stored.ndim == 3 else stored[None]
    add(name, ds, *[shown_gray(ds, frame) for frame in frames], **options)


def lut(values, first, bits):
    item = Dataset()
    item.LUTDescriptor = [len(values), first, bits]
    item.LUTData = [int(v) for v in values]
    item["LUTDescriptor"].VR = "SS" if first < 0 else "US"
    item["LUTData"].VR = "US"
    return [item]


def grays():
    add_gray("plain8.dcm", picture(waves(1, 3, 240), bits=8))
    add_gray("window12.dcm", picture(waves(2, 0, 4095), stored=12, WindowCenter=["1800", "9"],
                                     WindowWidth=["1500.5", "3"]))
    ct = waves(3, -1000, 2000)
    add_gray("ct.dcm", picture(ct, stored=13, RescaleSlope="1.5", RescaleIntercept="-24.25",
                               WindowCenter="40", WindowWidth="400"))
    add_gray("ct_implicit.dcm", picture(ct, syntax=ImplicitVRLittleEndian, RescaleSlope="1",
                                        RescaleIntercept="-1024", WindowCenter="40", WindowWidth="81"))
    add_gray("mono1.dcm", picture(waves(4, 0, 16383), "MONOCHROME1", stored=14,
                                  WindowCenter="8000", WindowWidth="9000"))
    add_gray("exact.dcm", picture(waves(5, 0, 1023), stored=10, WindowCenter="500.5",
                                  WindowWidth="333", VOILUTFunction="LINEAR_EXACT"))
    add_gray("sigmoid.dcm", picture(waves(6, 0, 1023), stored=10, WindowCenter="500",
                                    WindowWidth="300", VOILUTFunction="SIGMOID"))
    add_gray("narrow.dcm", picture(waves(7, 0, 255), bits=8, WindowCenter="100", WindowWidth="1"))
    add_gray("range16.dcm", picture(waves(8, 1234, 54321)))
    padded = waves(9, -50, 900)
    padded[:, :4] = -2000
    add_gray("padded.dcm", picture(padded, PixelPaddingValue=-2000, RescaleSlope="2",
                                   RescaleIntercept="10"))
    white = waves(10, 100, 3900)
    white[:3] = waves(10, 3950, 4095)[:3]
    add_gray("padded_mono1.dcm", picture(white, "MONOCHROME1", stored=12, PixelPaddingValue=4095,
                                         PixelPaddingRangeLimit=3950, WindowCenter="2000",
                                         WindowWidth="3000"))
    curve = numpy.round(65535 * numpy.linspace(0, 1, 300) ** 2)
    add_gray("voi_lut.dcm", picture(waves(11, 0, 500), stored=9, VOILUTSequence=lut(curve, 80, 16),
                                    WindowCenter="1", WindowWidth="2"))
    # pydicom 3.0.2 computes the index into an 8-bit table in 8 bits: it must stay below 256.
    add_gray("voi_lut_signed.dcm", picture(waves(12, -200, 130), stored=10,
                                           VOILUTSequence=lut(curve[:250] // 200, -120, 8)))
    add_gray("modality_lut.dcm", picture(waves(13, 0, 255), stored=8,
                                         ModalityLUTSequence=lut(curve // 16, 20, 16),
                                         WindowCenter="1500", WindowWidth="2500"))
    add_gray("big_endian.dcm", picture(waves(14, 0, 4095), stored=12, syntax=ExplicitVRBigEndian,
                                       WindowCenter="2000", WindowWidth="2222"))
    add_gray("deflated.dcm", picture(waves(15, 0, 4095), stored=12,
                                     syntax=DeflatedExplicitVRLittleEndian))
    frames = numpy.stack([waves(seed, 0, 255) for seed in (16, 17, 18)])
    add_gray("frames.dcm", picture(frames, bits=8, WindowCenter="128", WindowWidth="200"))
    # The stored bits need not be the lowest.
    high = picture(waves(19, 0, 4095), stored=12)
    expected = shown_gray(high, high.pixel_array)
    high.PixelData = (high.pixel_array << 4 | 5).astype("<u2").tobytes()
    high.HighBit = 15
    add("high_bit.dcm", high, expected)
    # Without the preamble and the head, as old archives have it.
    bare = picture(waves(20, 0, 255), bits=8)
    stored = bare.pixel_array
    del bare.file_meta
    add("headless.dcm", bare, shown_gray(bare, stored), head=False, implicit_vr=True,
        little_endian=True)


def functional_groups():
    frames = numpy.stack([waves(seed, 0, 4095) for seed in (21, 22)])
    ds = picture(frames, stored=12, WindowCenter="1", WindowWidth="1")
    shared, first, second = Dataset(), Dataset(), Dataset()
    transform = Dataset()
    transform.RescaleSlope, transform.RescaleIntercept, transform.RescaleType = "2", "-100", "US"
    shared.PixelValueTransformationSequence = [transform]
    windows = [("3000", "4000"), ("5000", "2500")]
    for item, (centre, width) in zip((first, second), windows):
        window = Dataset()
        window.WindowCenter, window.WindowWidth = centre, width
        item.FrameVOILUTSequence = [window]
    ds.SharedFunctionalGroupsSequence = [shared]
    ds.PerFrameFunctionalGroupsSequence = [first, second]
    # Once with lengths, once with delimiters.
    for name, undefined in (("groups.dcm", False), ("groups_undefined.dcm", True)):
        for sequence in (ds["SharedFunctionalGroupsSequence"], ds["PerFrameFunctionalGroupsSequence"]):
            sequence.is_undefined_length = undefined
            for item in sequence.value:
                item.is_undefined_length_sequence_item = undefined
        expected = []
        for frame, (centre, width) in zip(frames, windows):
            plain = picture(frame, stored=12, RescaleSlope="2", RescaleIntercept="-100",
                            WindowCenter=centre, WindowWidth=width)
            expected.append(shown_gray(plain, frame))
        add(name, ds, *expected)


def colours():
    rgb = numpy.stack([waves(seed, 0, 255) for seed in (31, 32, 33)], -1).astype(numpy.uint8)
    add("rgb.dcm", picture(rgb, "RGB", bits=8), rgb)
    planes = picture(rgb, "RGB", bits=8, PlanarConfiguration=1)
    planes.PixelData = rgb.transpose(2, 0, 1).tobytes()
    add("rgb_planes.dcm", planes, rgb)
    wide = numpy.stack([waves(seed, 0, 4095) for seed in (34, 35, 36)], -1)
    add("rgb12.dcm", picture(wide, "RGB", stored=12), (wide >> 4).astype(numpy.uint8))
    ybr = picture(rgb, "YBR_FULL", bits=8)
    as_rgb = convert_color_space(rgb, "YBR_FULL", "RGB")
    add("ybr.dcm", ybr, as_rgb)
    # Two pixels share their colours.
    even = numpy.stack([waves(seed, 0, 255, 18) for seed in (37, 38, 39)], -1).astype(numpy.uint8)
    even[:, 1::2, 1:] = even[:, 0::2, 1:]
    half = picture(even, "YBR_FULL_422", bits=8)
    half.PixelData = numpy.stack([even[:, 0::2, 0], even[:, 1::2, 0], even[:, 0::2, 1],
                                  even[:, 0::2, 2]], -1).tobytes()
    shown = convert_color_space(even, "YBR_FULL", "RGB")
    add("ybr_422.dcm", half, shown)
    # Each sample in a word; and bytes in words of the other byte order.
    in_words = picture(even, "YBR_FULL_422", bits=16, stored=8)
    in_words.PixelData = numpy.frombuffer(half.PixelData, "u1").astype("<u2").tobytes()
    add("ybr_422_words.dcm", in_words, shown)
    turned = picture(even, "YBR_FULL_422", bits=8, syntax=ExplicitVRBigEndian)
    turned.PixelData = numpy.frombuffer(half.PixelData, "<u2").astype(">u2").tobytes()
    turned["PixelData"].VR = "OW"
    add("ybr_422_big_endian.dcm", turned, shown)
    # Frames of an odd number of bytes.
    frames = numpy.stack([waves(seed, 0, 255, height=11) for seed in (42, 43)]).astype(numpy.uint8)
    turned = picture(frames, bits=8, syntax=ExplicitVRBigEndian, WindowCenter="128", WindowWidth="256")
    turned.PixelData = numpy.frombuffer(turned.PixelData, "<u2").astype(">u2").tobytes()
    turned["PixelData"].VR = "OW"
    add("big_endian_bytes.dcm", turned, *[numpy.repeat(f[..., None], 3, axis=-1) for f in frames])

    palette = numpy.random.RandomState(40).randint(0, 65536, (3, 200))
    for name, values, depth in (("palette16.dcm", palette, 16), ("palette8.dcm", palette >> 8, 8)):
        ds = picture(waves(41, 0, 255), "PALETTE COLOR", bits=8)
        for i, colour in enumerate(("Red", "Green", "Blue")):
            setattr(ds, f"{colour}PaletteColorLookupTableDescriptor", [200, 30, depth])
            setattr(ds, f"{colour}PaletteColorLookupTableData",
                    values[i].astype("<u2" if depth == 16 else "u1").tobytes())
        shown = apply_color_lut(ds.pixel_array, ds)
        add(name, ds, (shown >> 8 if depth == 16 else shown).astype(numpy.uint8))


def jpeg_of(array, **options):
    import io
    buffer = io.BytesIO()
    Image.fromarray(array).save(buffer, "JPEG", **options)
    return buffer.getvalue()


def decoded(jpeg):
    import io
    return numpy.asarray(Image.open(io.BytesIO(jpeg)).convert("RGB"))


def packed():
    gray = waves(51, 0, 255).astype(numpy.uint8)
    rgb = numpy.stack([waves(seed, 0, 255) for seed in (52, 53, 54)], -1).astype(numpy.uint8)
    jpeg = jpeg_of(gray, quality=85)
    ds = picture(gray, bits=8, syntax=JPEGBaseline8Bit, WindowCenter="128", WindowWidth="256")
    ds.PixelData = encapsulate([jpeg])
    add("jpeg_gray.dcm", ds, decoded(jpeg))
    for name, photometric, options in (("jpeg_ybr.dcm", "YBR_FULL", {"subsampling": 0}),
                                       ("jpeg_422.dcm", "YBR_FULL_422", {"subsampling": 1})):
        jpeg = jpeg_of(rgb, quality=85, **options)
        ds = picture(rgb, photometric, bits=8, syntax=JPEGBaseline8Bit)
        ds.PixelData = encapsulate([jpeg])
        add(name, ds, decoded(jpeg))
    # Three frames in five fragments, with an offset table, with an extended one, and with none.
    frames = [waves(seed, 0, 255).astype(numpy.uint8) for seed in (55, 56, 57)]
    jpegs = [jpeg_of(frame, quality=80) for frame in frames]
    for name, table in (("jpeg_frames.dcm", True), ("jpeg_frames_no_table.dcm", False)):
        ds = picture(numpy.stack(frames), bits=8, syntax=JPEGBaseline8Bit, WindowCenter="128",
                     WindowWidth="256")
        ds.PixelData = encapsulate(jpegs, fragments_per_frame=2, has_bot=table)
        add(name, ds, *[decoded(jpeg) for jpeg in jpegs])
    ds = picture(numpy.stack(frames), bits=8, syntax=JPEGBaseline8Bit, WindowCenter="128",
                 WindowWidth="256")
    ds.PixelData, ds.ExtendedOffsetTable, ds.ExtendedOffsetTableLengths = encapsulate_extended(jpegs)
    add("jpeg_frames_extended.dcm", ds, *[decoded(jpeg) for jpeg in jpegs])

    wide = waves(58, -900, 1100)
    for name, syntax in (("rle16.dcm", RLELossless), ("jpegls16.dcm", JPEGLSLossless)):
        pixels = wide if syntax == RLELossless else wide + 900
        ds = picture(pixels, stored=12, RescaleSlope="1", RescaleIntercept="3", WindowCenter="200",
                     WindowWidth="1500")
        expected = shown_gray(ds, pixels)
        ds.compress(syntax, encoding_plugin="pylibjpeg" if syntax == RLELossless else "pyjpegls",
                    generate_instance_uid=False)
        add(name, ds, expected)
    for name, syntax, photometric in (("rle_rgb.dcm", RLELossless, "RGB"),
                                      ("rle_ybr.dcm", RLELossless, "YBR_FULL"),
                                      ("jpegls_rgb.dcm", JPEGLSLossless, "RGB")):
        ds = picture(rgb, photometric, bits=8)
        ds.compress(syntax, encoding_plugin="pylibjpeg" if syntax == RLELossless else "pyjpegls",
                    generate_instance_uid=False)
        add(name, ds, rgb if photometric == "RGB" else convert_color_space(rgb, "YBR_FULL", "RGB"))
    lossless()


def lossless():
    """imagecodecs writes lossless JPEGs (process 14, first predictor); pylibjpeg reads them here."""
    import imagecodecs
    from pydicom.uid import JPEGLosslessSV1, JPEGExtended12Bit
    wide = waves(59, 0, 4095)
    ds = picture(wide, stored=12, WindowCenter="2000", WindowWidth="3000", syntax=JPEGLosslessSV1)
    expected = shown_gray(picture(wide, stored=12, WindowCenter="2000", WindowWidth="3000"), wide)
    ds.PixelData = encapsulate([imagecodecs.ljpeg_encode(wide.astype(numpy.uint16), bitspersample=12)])
    assert (ds.pixel_array == wide).all()
    add("jpeg_lossless12.dcm", ds, expected)
    ds = picture(wide, stored=12, WindowCenter="2000", WindowWidth="3000", syntax=JPEGExtended12Bit)
    ds.PixelData = encapsulate([imagecodecs.jpeg8_encode(wide.astype(numpy.uint16), level=90,
                                                         bitspersample=12)])
    add("jpeg12.dcm", ds, shown_gray(ds, ds.pixel_array))


def other_bits():
    """JPEGs of fewer or more bits than the file says; the numbers are those of the JPEG."""
    import imagecodecs
    from pydicom.uid import JPEGLosslessSV1
    window = {"WindowCenter": "1500", "WindowWidth": "2500"}

    def packed_as(name, pixels, said, syntax, packed, window):
        plain = picture(pixels, **window)
        ds = picture(pixels, stored=said, syntax=syntax, **window)
        ds.PixelData = encapsulate([packed])
        add(name, ds, shown_gray(plain, pixels))

    small, wide = waves(71, 0, 255), waves(72, 0, 4095)
    eight = {"WindowCenter": "100", "WindowWidth": "150"}
    lossless = {"SV1": JPEGLosslessSV1, "LS": JPEGLSLossless}
    packed_as("jpeg8_of_12.dcm", small, 12, lossless["SV1"],
              imagecodecs.ljpeg_encode(small.astype(numpy.uint8)), eight)
    packed_as("jpegls8_of_12.dcm", small, 12, lossless["LS"],
              imagecodecs.jpegls_encode(small.astype(numpy.uint8)), eight)
    packed_as("jpeg12_of_16.dcm", wide, 16, lossless["SV1"],
              imagecodecs.ljpeg_encode(wide.astype(numpy.uint16), bitspersample=12), window)
    packed_as("jpeg16_of_12.dcm", wide, 12, lossless["SV1"],
              imagecodecs.ljpeg_encode(wide.astype(numpy.uint16), bitspersample=16), window)
    packed_as("jpegls16_of_12.dcm", wide, 12, lossless["LS"],
              imagecodecs.jpegls_encode(wide.astype(numpy.uint16)),
              window)
    rgb = numpy.stack([waves(seed, 0, 255) for seed in (73, 74, 75)], -1).astype(numpy.uint8)
    ds = picture(rgb, "RGB", stored=12, syntax=JPEGLSLossless)
    ds.PixelData = encapsulate([imagecodecs.jpegls_encode(rgb)])
    add("jpegls8_rgb_of_12.dcm", ds, rgb)


def refused():
    """What cannot be read, with the reason said by the tests."""
    from pydicom.uid import JPEG2000Lossless
    gray = waves(61, 0, 255, 64, 64).astype(numpy.uint8)
    ds = picture(gray, bits=8)
    ds.compress(JPEG2000Lossless, encoding_plugin="pylibjpeg", generate_instance_uid=False)
    add("jpeg2000.dcm", ds)


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    for old in OUT.iterdir():
        old.unlink()
    grays()
    functional_groups()
    colours()
    packed()
    other_bits()
    refused()
    (OUT / "files.txt").write_text("\n".join(lines) + "\n")
    total = sum(path.stat().st_size for path in OUT.iterdir())
    print(f"{len(lines)} pictures, {total} bytes in {OUT}; pydicom {pydicom.__version__}",
          file=sys.stderr)


if __name__ == "__main__":
    main()
