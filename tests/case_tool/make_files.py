"""The statements that make a case's input files. Each takes the case's folder, its words (variables
already replaced) and its '|' block."""
import math
import os
import shutil
import struct
import zlib

from .dicom import dicom_bytes
from .parse import CaseError


def number(word):
    """A whole number, with K, M, G for powers of 1024."""
    unit = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30}.get(word[-1:], None)
    return int(word[:-1]) * unit if unit else int(word)


def new_file(folder, name):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def make_file(folder, words, block):
    """file NAME [crlf] [no-newline] [latin1]"""
    name, *options = words
    unknown = set(options) - {"crlf", "no-newline", "latin1"}
    if unknown:
        raise ValueError(f"unknown option {unknown.pop()}")
    end = "\r\n" if "crlf" in options else "\n"
    text = end.join(block)
    if block and "no-newline" not in options:
        text += end
    encoding = "latin-1" if "latin1" in options else "utf-8"
    new_file(folder, name).write_bytes(text.encode(encoding))


def make_bytes(folder, words, block):
    """bytes NAME HEX..."""
    name, *digits = words
    new_file(folder, name).write_bytes(bytes.fromhex("".join(digits + block)))


def make_rows(folder, words, block):
    """rows NAME COUNT: appends the block COUNT times, %d replaced by 0, 1, ..."""
    name, count = words
    with new_file(folder, name).open("a", encoding="utf-8") as file:
        for index in range(int(count)):
            for line in block:
                file.write(line.replace("%d", str(index)) + "\n")


def png_chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_bytes(width, height, kind, seed):
    """A smooth picture that differs with `seed`; 'bw' is one bit per pixel and all black, for very
    large ones."""
    bits, colour, channels = {"rgb": (8, 2, 3), "gray": (8, 0, 1), "bw": (1, 0, 1)}[kind]
    packer = zlib.compressobj(1)
    row_bytes = math.ceil(width * channels * bits / 8)
    data = []
    for y in range(height):
        row = bytes(row_bytes)
        if kind != "bw":
            row = bytes((x * 7 // channels + y * 5 + x % channels * 60 + seed * 31) & 0xFF
                        for x in range(row_bytes))
        data.append(packer.compress(b"\0" + row))
    data.append(packer.flush())
    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + png_chunk(b"IDAT", b"".join(data)) +
            png_chunk(b"IEND", b""))


def make_png(folder, words, block):
    """png NAME WIDTHxHEIGHT [rgb|gray|bw] [COUNT]: with COUNT, NAME holds %d"""
    name, size, *rest = words
    width, height = (int(part) for part in size.split("x"))
    kind = rest.pop(0) if rest and not rest[0].isdigit() else "rgb"
    count = int(rest.pop(0)) if rest else None
    if rest:
        raise ValueError(f"unknown option {rest[0]}")
    if count is not None and "%d" not in name:
        raise ValueError("with a COUNT the name holds %d")
    for index in range(1 if count is None else count):
        path = new_file(folder, name.replace("%d", str(index)))
        path.write_bytes(png_bytes(width, height, kind, index))


def make_dicom(folder, words, block):
    """dicom NAME WIDTHxHEIGHT [FRAMES] [identified]"""
    name, size, *rest = words
    width, height = (int(part) for part in size.split("x"))
    frames = int(rest.pop(0)) if rest and rest[0].isdigit() else 1
    identified = rest == ["identified"]
    if rest and not identified:
        raise ValueError(f"unknown option {rest[0]}")
    new_file(folder, name).write_bytes(dicom_bytes(width, height, frames, identified))


def make_npy(folder, words, block):
    """npy NAME DTYPE SHAPE: SHAPE as 2x500x4; values 0, 1, 2, ... over 1000; DTYPE <f4 or <f8"""
    name, dtype, shape = words
    sizes = [int(part) for part in shape.split("x")]
    header = f"{{'descr': '{dtype}', 'fortran_order': False, 'shape': ({', '.join(map(str, sizes))},), }}"
    header = header.ljust(-(-(len(header) + 11) // 64) * 64 - 11) + "\n"
    code = {"<f4": "f", "<f8": "d"}[dtype]
    values = [index / 1000 for index in range(math.prod(sizes))]
    new_file(folder, name).write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) +
                                       header.encode() + struct.pack(f"<{len(values)}{code}", *values))


def make_safetensors(folder, words, block):
    """safetensors NAME DATA_BYTES [header-length N]: the block is the header's JSON, the data zeros"""
    name, data_bytes, *rest = words
    header = "".join(block).encode()
    length = len(header)
    if rest:
        option, value = rest
        if option != "header-length":
            raise ValueError(f"unknown option {option}")
        length = int(value)
    new_file(folder, name).write_bytes(struct.pack("<Q", length) + header + bytes(number(data_bytes)))


def make_copy(folder, words, block):
    """copy FROM TO: a file or a whole folder"""
    source, target = words
    source = folder / source
    if source.is_dir():
        shutil.copytree(source, folder / target)
    else:
        shutil.copyfile(source, new_file(folder, target))


def make_truncate(folder, words, block):
    """truncate NAME SIZE: SIZE bytes are left; -SIZE bytes are taken away; 50% of it is left"""
    name, size = words
    path = folder / name
    had = path.stat().st_size
    if size.endswith("%"):
        left = had * int(size[:-1]) // 100
    else:
        left = number(size) if number(size) >= 0 else had + number(size)
    if not 0 <= left <= had:
        raise ValueError(f"{name} has {had} bytes")
    os.truncate(path, left)


def make_replace(folder, words, block):
    """replace NAME OLD NEW: every occurrence, at least one"""
    name, old, new = words
    path = folder / name
    data = path.read_bytes()
    if old.encode() not in data:
        raise ValueError(f"{name} does not contain {old!r}")
    path.write_bytes(data.replace(old.encode(), new.encode()))


def make_remove(folder, words, block):
    """remove NAME: a file or a whole folder"""
    (name,) = words
    path = folder / name
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()


def make_folder(folder, words, block):
    """folder NAME"""
    (name,) = words
    (folder / name).mkdir(parents=True)


def make_mode(folder, words, block):
    """mode NAME OCTAL"""
    name, bits = words
    (folder / name).chmod(int(bits, 8))


def make_link(folder, words, block):
    """link NAME TARGET: a symbolic link"""
    name, target = words
    new_file(folder, name).symlink_to(target)


def make(folder, statement, words):
    maker = globals()["make_" + statement.verb]
    try:
        maker(folder, words, statement.block)
    except (ValueError, KeyError, OSError) as error:
        usage = maker.__doc__ or f"{statement.verb} NAME"
        raise CaseError(f"{statement.place}: {error} ({usage.splitlines()[0]})") from None
