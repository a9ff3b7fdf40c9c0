"""DICOM files for cases: a gray picture of 8 bits, explicit little endian, and, if asked, every attribute
that may say who a patient is, each with a value that can be recognised."""
import pathlib
import struct

TAGS = pathlib.Path(__file__).with_name("identifying_tags.txt")
LONG_FORM = {"OB", "OW", "SQ", "UC", "UN", "UR", "UT"}
# What an identified file's values look like; `nowhere identifiers` looks for them.
IDENTIFIERS = "IDENT|7654321|18670405|235917|999Y|1[.]2[.]276[.]7654"


def element(group, number, vr, value):
    value += (b"\0" if vr in ("UI", "OB", "UN") else b" ") * (len(value) % 2)
    head = struct.pack("<HH2s", group, number, vr.encode())
    if vr in LONG_FORM:
        return head + struct.pack("<HI", 0, len(value)) + value
    return head + struct.pack("<H", len(value)) + value


def identifying_value(vr, number):
    if vr == "SQ":
        item = element(0x0010, 0x0010, "PN", b"IDENT^SEQUENCE")
        return struct.pack("<HHI", 0xFFFE, 0xE000, len(item)) + item
    values = {"DA": "18670405", "DT": "18670405235917", "TM": "235917", "AS": "999Y", "IS": "7654321",
              "DS": "7654321", "UI": f"1.2.276.7654.{number}", "AE": f"IDENT{number}",
              "CS": f"IDENT{number}", "SH": f"IDENT{number}"}
    if vr == "US":
        return struct.pack("<H", 7)
    return values.get(vr, f"IDENT^IFIER {number}").encode()


def dicom_bytes(width, height, frames, identified):
    pixels = bytes((x * 7 + y * 5 + frame * 31) & 0xFF
                   for frame in range(frames) for y in range(height) for x in range(width))
    elements = {
        (0x0002, 0x0010): ("UI", b"1.2.840.10008.1.2.1"),
        (0x0008, 0x0016): ("UI", b"1.2.840.10008.5.1.4.1.1.7"),
        (0x0028, 0x0002): ("US", struct.pack("<H", 1)),
        (0x0028, 0x0004): ("CS", b"MONOCHROME2"),
        (0x0028, 0x0008): ("IS", str(frames).encode()),
        (0x0028, 0x0010): ("US", struct.pack("<H", height)),
        (0x0028, 0x0011): ("US", struct.pack("<H", width)),
        (0x0028, 0x0100): ("US", struct.pack("<H", 8)),
        (0x0028, 0x0101): ("US", struct.pack("<H", 8)),
        (0x0028, 0x0102): ("US", struct.pack("<H", 7)),
        (0x0028, 0x0103): ("US", struct.pack("<H", 0)),
        (0x7FE0, 0x0010): ("OB", pixels),
    }
    if identified:
        lines = [line.split() for line in TAGS.read_text().splitlines() if not line.startswith("#")]
        for index, (tag, vr) in enumerate(lines):
            elements[int(tag[:4], 16), int(tag[4:], 16)] = (vr, identifying_value(vr, index))
    return bytes(128) + b"DICM" + b"".join(element(*tag, *value)
                                           for tag, value in sorted(elements.items()))
