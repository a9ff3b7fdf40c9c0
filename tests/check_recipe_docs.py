#!/usr/bin/env python3
"""Runs the example of docs/recipes.md as it stands: its csv and toml blocks are files, its sh blocks
are run in order, and each line of its text block must be in what the command before it says.

    check_recipe_docs.py --puente FILE [--make-encoder FILE] DOC

The pictures, and an encoder with random weights, are made here. Exit status 77 (skipped) without
--make-encoder. Needs only Python's standard library.
"""
import argparse
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
from case_tool.make_files import png_bytes  # noqa: E402

BLOCK = re.compile(r"^```(csv|toml|sh|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def run(words, folder):
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=300)
    if done.returncode != 0:
        raise SystemExit(f"{shlex.join(words)}: status {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout + done.stderr


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--puente", required=True)
    parser.add_argument("--make-encoder")
    parser.add_argument("doc", type=pathlib.Path)
    args = parser.parse_args()
    if not args.make_encoder:
        print("skipped: no --make-encoder")
        return 77
    blocks = BLOCK.findall(args.doc.read_text(encoding="utf-8"))
    kinds = [kind for kind, _ in blocks]
    if kinds != ["csv", "toml", "sh", "text", "sh"]:
        raise SystemExit(f"{args.doc}: blocks are {kinds}")

    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        run([args.make_encoder, "clip", "--name", "clip-tiny", "--seed", "1"], folder)
        output, command = "", []
        for kind, text in blocks:
            if kind == "csv":  # as Excel saves it on Windows
                (folder / "clinic.csv").write_bytes(text.replace("\n", "\r\n").encode("cp1252"))
                (folder / "photos").mkdir()
                for seed, line in enumerate(text.splitlines()[1:]):
                    picture = folder / "photos" / (line.split(";")[0] + ".png")
                    picture.write_bytes(png_bytes(12, 10, "rgb", seed))
            elif kind == "toml":
                (folder / "clinic.toml").write_text(text, encoding="utf-8")
            elif kind == "sh":
                command = [args.puente if word == "puente" else word for word in shlex.split(text)]
                output = run(command, folder)
            else:
                for line in text.splitlines():
                    if line not in output:
                        raise SystemExit(f"{args.doc}: {line!r} is not in\n{output}")
        for file in ["manifest.csv", "embeddings.safetensors", "audit.json", "train/metrics.json", "run.json"]:
            if not (folder / "results" / file).is_file():
                raise SystemExit(f"no results/{file}")
        again = run(command, folder)
        if again.count("done before, with the same inputs") != 3:
            raise SystemExit(f"the second run did a step again:\n{again}")
    print("the example of the page runs")
    return 0


if __name__ == "__main__":
    sys.exit(main())
