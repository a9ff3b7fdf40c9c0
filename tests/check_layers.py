#!/usr/bin/env python3
"""Holds the sources to the one-way rule: a room of src/ includes only rooms above it.

    check_layers.py [ROOT]       prints FILE:LINE for each violation; exit status 1 if there is one
    check_layers.py --self-test  proves on made-up trees that violations are caught

The order is that of PUENTE_ROOMS in the root CMakeLists.txt; after them come the doors, which
nothing includes; but cli starts serve. Needs only Python's standard library.
"""
import pathlib
import re
import sys
import tempfile

DOORS = ["cli", "serve", "python"]
SUFFIXES = {".h", ".hpp", ".cpp", ".cc", ".inc"}
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
# Real data lies outside the project; no part of the program may depend on it.
OUTSIDE = re.compile(r"\.\./shared\b|\bshared/data\b")


def read_rooms(root):
    text = (root / "CMakeLists.txt").read_text()
    found = re.search(r"set\(PUENTE_ROOMS\s+([^)]*)\)", text)
    if not found:
        raise SystemExit(f"{root}/CMakeLists.txt: no set(PUENTE_ROOMS ...)")
    return found.group(1).split()


def sources(folder):
    if folder.is_dir():
        yield from sorted(p for p in folder.rglob("*") if p.suffix in SUFFIXES and p.is_file())


def included(line):
    """(header, whether quoted) of an #include line, or None."""
    found = INCLUDE.match(line)
    return (found.group(2), found.group(1) == '"') if found else None


def src_mistake(room, header, quoted, rooms):
    other = header.split("/")[0] if "/" in header else ""
    if other == "puente":
        return None
    if other in DOORS:
        if other == room or (room == "cli" and other == "serve"):
            return None
        return f"includes the door {other}/; nothing includes a door"
    if other not in rooms:
        return "is not written room/file.h or puente/file.h" if quoted else None
    if room in DOORS or rooms.index(other) <= rooms.index(room):
        return None
    return f"{room}/ includes {other}/, which is below it"


def check(root):
    """The violations, each as 'FILE:LINE: what'."""
    rooms = read_rooms(root)
    mistakes = []

    def scan(path, judge):
        name = path.relative_to(root)
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            if OUTSIDE.search(line):
                mistakes.append(f"{name}:{number}: mentions the shared data, which users do not have")
            include = included(line)
            what = judge(*include) if include else None
            if what:
                mistakes.append(f'{name}:{number}: "{include[0]}": {what}')

    for folder in sorted(p for p in (root / "src").iterdir() if p.is_dir()):
        if folder.name not in rooms + DOORS:
            mistakes.append(f"src/{folder.name}: not in PUENTE_ROOMS of CMakeLists.txt")
            continue
        for path in sources(folder):
            scan(path, lambda header, quoted: src_mistake(folder.name, header, quoted, rooms))

    def public_mistake(header, quoted):
        first = header.split("/")[0]
        if first == "puente":
            return None
        if quoted or ("/" in header and first in rooms + DOORS):
            return "a public header includes only public ones"
        return None

    for path in sources(root / "include"):
        scan(path, public_mistake)
    for path in sorted((root / "src").glob("*.*")):
        mistakes.append(f"src/{path.name}: belongs in a room")
    return mistakes


def self_test():
    good = {
        "CMakeLists.txt": "set(PUENTE_ROOMS base\n  text store)\n",
        "include/puente/a.h": '#include <vector>\n#include "puente/b.h"\n',
        "src/base/x.cpp": '#include "base/x.h"\n#include <sys/stat.h>\n#include "puente/a.h"\n',
        "src/text/y.cpp": '#include "base/x.h"\n// #include "store/z.h"\n',
        "src/cli/main.cpp": '#include "cli/c.h"\n#include "store/z.h"\n',
    }
    bad = [
        ("src/base/x.cpp", '\n#include "text/y.h"\n', "src/base/x.cpp:2: "),
        ("src/base/x.cpp", "#include <store/z.h>\n", "src/base/x.cpp:1: "),
        ("src/text/y.cpp", '  #  include "cli/c.h"\n', "src/text/y.cpp:1: "),
        ("src/cli/main.cpp", '#include "python/p.h"\n', "src/cli/main.cpp:1: "),
        ("src/serve/s.cpp", '#include "cli/c.h"\n', "src/serve/s.cpp:1: "),
        ("src/text/y.cpp", '#include "serve/s.h"\n', "src/text/y.cpp:1: "),
        ("src/text/y.cpp", '#include "../base/x.h"\n', "src/text/y.cpp:1: "),
        ("src/text/y.cpp", '#include "y.h"\n', "src/text/y.cpp:1: "),
        ("include/puente/a.h", '#include "base/x.h"\n', "include/puente/a.h:1: "),
        ("include/puente/a.h", "#include <base/x.h>\n", "include/puente/a.h:1: "),
        ("src/text/y.cpp", 'auto p = "../shared/data";\n', "src/text/y.cpp:1: "),
        ("src/cellar/z.cpp", "\n", "src/cellar: "),
        ("src/z.cpp", "\n", "src/z.cpp: "),
    ]
    with tempfile.TemporaryDirectory() as folder:
        for index, (name, content, expected) in enumerate([("", "", "")] + bad):
            root = pathlib.Path(folder) / str(index)
            for path, text in {**good, **({name: content} if name else {})}.items():
                (root / path).parent.mkdir(parents=True, exist_ok=True)
                (root / path).write_text(text)
            mistakes = check(root)
            caught = len(mistakes) == 1 and mistakes[0].startswith(expected) if name else not mistakes
            if not caught:
                raise SystemExit(f"self-test: {name} with {content!r} gave {mistakes}")
    print(f"self-test: a clean tree passes, {len(bad)} violations are caught")


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    root = pathlib.Path(sys.argv[1]) if sys.argv[1:] else pathlib.Path(__file__).parent.parent
    mistakes = check(root.resolve())
    print("\n".join(mistakes) if mistakes else "every room includes only rooms above it")
    return 1 if mistakes else 0


if __name__ == "__main__":
    sys.exit(main())
