#!/usr/bin/env python3
"""Opens the built pages in Chromium, or tests their parts with Node.js. Exit status 77, which ctest counts as
skipped, where these are not installed.

    browser.py units|browser [--puente PROGRAM]
"""
import argparse
import os
import pathlib
import shutil
import subprocess
import sys

SKIPPED = 77
ROOT = pathlib.Path(__file__).resolve().parent.parent


def skip(why):
    print(f"skipped: {why}")
    return SKIPPED


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("which", choices=["units", "browser"])
    parser.add_argument("--puente")
    arguments = parser.parse_args()
    if not shutil.which("node") or not shutil.which("npm"):
        return skip("Node.js is not installed (scripts/setup)")
    if arguments.which == "browser" and not shutil.which("chromium"):
        return skip("there is no Chromium to open the pages in (scripts/setup --browser)")
    # Says itself why packages are missing.
    subprocess.run([ROOT / "scripts" / "web", "--modules"], check=True)
    if not (ROOT / "web" / "node_modules" / "playwright-core").is_dir():
        return skip("the packages of web/package-lock.json are not installed")
    if arguments.which == "units":
        return subprocess.run(["npm", "run", "--silent", "check"], cwd=ROOT / "web").returncode
    environment = dict(os.environ, CHROMIUM=shutil.which("chromium"))
    if arguments.puente:
        environment["PUENTE"] = arguments.puente
    return subprocess.run(["node", "test/run.mjs", "browser"], cwd=ROOT / "web", env=environment).returncode


if __name__ == "__main__":
    sys.exit(main())
