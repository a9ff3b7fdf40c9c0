#!/usr/bin/env python3
"""Runs the examples of docs/recipes.md and docs/studies.md as they stand: their csv and toml blocks are
files, their sh blocks are run in order, and each line of a text block must be in what the command
before it says. A study goes on where the recipe's example ends.

    check_recipe_docs.py --puente FILE [--make-encoder FILE] RECIPES STUDIES

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


class Example:
    """The blocks of a page, in a folder."""

    def __init__(self, doc, kinds, puente, folder):
        self.doc, self.puente, self.folder = doc, puente, folder
        self.blocks = BLOCK.findall(doc.read_text(encoding="utf-8"))
        self.command = []
        found = [kind for kind, _ in self.blocks]
        if found != kinds:
            raise SystemExit(f"{doc}: blocks are {found}")

    def play(self, toml, results, done_before):
        output = ""
        for kind, text in self.blocks:
            if kind == "csv":  # as Excel saves it on Windows
                (self.folder / "clinic.csv").write_bytes(text.replace("\n", "\r\n").encode("cp1252"))
                (self.folder / "photos").mkdir()
                for seed, line in enumerate(text.splitlines()[1:]):
                    picture = self.folder / "photos" / (line.split(";")[0] + ".png")
                    picture.write_bytes(png_bytes(12, 10, "rgb", seed))
            elif kind == "toml":
                (self.folder / toml).write_text(text, encoding="utf-8")
            elif kind == "sh":
                self.command = [self.puente if word == "puente" else word for word in shlex.split(text)]
                output = run(self.command, self.folder)
            else:
                for line in text.splitlines():
                    if line not in output:
                        raise SystemExit(f"{self.doc}: {line!r} is not in\n{output}")
        for file in results:
            if not (self.folder / file).is_file():
                raise SystemExit(f"no {file}")
        again = run(self.command, self.folder)
        if again.count("done before, with the same inputs") != done_before:
            raise SystemExit(f"the second run did a step again:\n{again}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--puente", required=True)
    parser.add_argument("--make-encoder")
    parser.add_argument("recipes", type=pathlib.Path)
    parser.add_argument("studies", type=pathlib.Path)
    args = parser.parse_args()
    if not args.make_encoder:
        print("skipped: no --make-encoder")
        return 77
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for seed, encoder in enumerate(["clip", "dinov2", "bert"]):
            run([args.make_encoder, encoder, "--name", f"{encoder}-tiny", "--seed", str(seed + 1)], folder)
        recipe = Example(args.recipes, ["csv", "toml", "sh", "text", "sh"], args.puente, folder)
        recipe.play("clinic.toml", [f"results/{file}" for file in (
            "manifest.csv", "embeddings.safetensors", "audit.json", "train/metrics.json", "run.json")], 3)
        study = Example(args.studies, ["toml", "sh", "text"], args.puente, folder)
        # Of each pair of encoders two tables, an audit, four trainings.
        study.play("study.toml", ["study/results.csv", "study/runs/clip/default/kfold-3/late-none/metrics.json",
                                  "study/embeddings/dinov2-and-bert/texts-default.safetensors"], 14)
    print("the examples of the pages run")
    return 0


if __name__ == "__main__":
    sys.exit(main())
