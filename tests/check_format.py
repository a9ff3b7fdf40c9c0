#!/usr/bin/env python3
"""Fails if clang-format 14 (Debian 12's) would change a C++ file. Exit status 77, which ctest counts
as skipped, where that version is not installed: others break lines differently.

    check_format.py [ROOT]
"""
import pathlib
import re
import shutil
import subprocess
import sys

VERSION = 14
FOLDERS = ["src", "include", "tests", "bench", "tools", "examples", "fuzz"]
SKIPPED = 77


def main():
    root = pathlib.Path(sys.argv[1]) if sys.argv[1:] else pathlib.Path(__file__).parent.parent
    tool = shutil.which(f"clang-format-{VERSION}") or shutil.which("clang-format")
    if not tool:
        print(f"skipped: clang-format {VERSION} is not installed (apt install clang-format)")
        return SKIPPED
    version = subprocess.run([tool, "--version"], capture_output=True, text=True, check=True).stdout
    found = re.search(r"version (\d+)", version)
    if not found or int(found.group(1)) != VERSION:
        print(f"skipped: {tool} is not version {VERSION}: {version.strip()}")
        return SKIPPED
    files = sorted(str(p) for folder in FOLDERS for p in (root / folder).rglob("*")
                   if p.suffix in (".h", ".cpp"))
    if not files:
        print(f"{root}: no C++ files found")
        return 1
    run = subprocess.run([tool, "--style=file", "--dry-run", "-Werror", "--ferror-limit=1", *files],
                         capture_output=True, text=True)
    changed = sorted(set(re.findall(r"^(\S+?):\d+:\d+: (?:error|warning)", run.stderr, re.M)))
    for path in changed:
        print(f"{path}: clang-format -i would change it")
    if run.returncode != 0 and not changed:
        print(run.stderr)
    if run.returncode == 0:
        print(f"{len(files)} files are as clang-format leaves them")
    return 1 if run.returncode else 0


if __name__ == "__main__":
    sys.exit(main())
