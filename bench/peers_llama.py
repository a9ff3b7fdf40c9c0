#!/usr/bin/env python3
"""LLaMA: `puente embed` against llama.cpp, same GGUF file, same texts, same tokens, same threads.

    bench/peers_llama.py MODEL.gguf --manifest prompts.csv [--notes notes.csv] [--rounds 3]

Needs numpy and llama.cpp's libraries (llama_cpp.py; `npm install --ignore-scripts --prefix build/peers
@node-llama-cpp/linux-x64@3.22.1` brings them). What is not there is left out, with a line that says so.

Two works. Notes: long texts that begin differently, so that nothing is shared; from a column of a CSV, else
made of medical words; tokens per second, where puente's time includes its reading and packing the weights and
llama.cpp's does not include loading them. Prompts: all rows of the manifest through the template; puente's time
is that of the whole program, from the manifest to the written table, and llama.cpp's is that of --prompts rows
chosen at random, scaled to the tokens of all rows, and to those of the different texts: what it would take
whoever looks each text up first. llama.cpp is not asked to load, to read a manifest or to write.

First the vectors of a few texts are compared, in every setting that llama.cpp is tried in. llama.cpp rounds what
it multiplies with a quantised file to 8 bits, in blocks of 32, which puts each product off by half a percent and
random weights of 22 layers off by 0.001 of a cosine; puente in fp32 rounds nothing and takes its distance from
both. So the lowest cosine must be 0.998 for a quantised file, unless llama.cpp's BLAS backend is there, which
does not round (llama_cpp.py says how to build it): then its vectors of the very same file must agree, to 0.9999
with fp32 and to 0.999 with int8, and the others are only shown. Of a file with floats (--exact) it must be 0.9999
for fp32. All this shows that the two compute the same thing. Only then is anything timed; --rounds 0 times
nothing.

llama.cpp runs at its best: the fastest of the ways to the states (llama_cpp.py) and of the sizes of a call, found
in that first pass for each work. Rounds are interleaved and ratios are taken within a round; in each, llama.cpp
has the next share of its texts, so that all have had their turn at the end. It suffers more than puente from
whatever else runs; a line says so when it did not have its cores to itself.
"""
import argparse
import csv
import json
import pathlib
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np

import jobs
import llama_cpp

TEMPLATE = ("Diagnosed by {dx_type}. Age: {age|int|unknown} years. Sex: {sex}. "
            "Site: {localization}.")
LIBRARIES = jobs.ROOT / "build/peers/node_modules/@node-llama-cpp/linux-x64/bins/linux-x64"
UNROUNDED_LIBRARIES = jobs.ROOT / "build/peers/llama-blas/bin"
QUANTISED_AGREES = 0.998
EXACT_AGREES = 0.9999
UNROUNDED_AGREES = {"fp32": 0.9999, "int8": 0.999}
# The embeddings that llama.cpp gives by itself cost it more than the callback: it is tried once.
SETTINGS = (("embeddings", 256), ("callback", 0), ("callback", 256), ("callback", 512))
QUIET = 0.96  # of the cores' time, below which something else ran
SHARED_TOKENS = 8  # of a note with another one, at most
MISSING = {"", "na", "n/a", "nan", "null", "none", "#n/a"}
WORDS = """patient year-old man woman with history of hypertension diabetes asthma presenting fever cough
dyspnoea fatigue days before admission chest radiograph showed bilateral opacities consolidation in the left
right upper lower lobe pleural effusion no pneumothorax oxygen saturation on room air treated and discharged
after follow-up CT ground-glass heart size normal""".split()


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("model", type=pathlib.Path, metavar="MODEL.gguf")
    parser.add_argument("--manifest", type=pathlib.Path, help="CSV with the prompts' columns")
    parser.add_argument("--prompt", default=TEMPLATE, help="the template, without value maps")
    parser.add_argument("--prompts", type=int, default=200, help="that llama.cpp has to do")
    parser.add_argument("--notes", type=pathlib.Path, help="CSV with long texts")
    parser.add_argument("--notes-column", default="clinical_notes")
    parser.add_argument("--texts", type=int, default=6, help="notes that puente has to do")
    parser.add_argument("--note-tokens", type=int, nargs=2, default=(150, 400),
                        metavar=("MIN", "MAX"))
    parser.add_argument("--exact", type=pathlib.Path, metavar="FLOAT.gguf",
                        help="compare the vectors of this file too, whose matrices are floats")
    parser.add_argument("--agrees", type=float, default=QUANTISED_AGREES, metavar="COSINE",
                        help="lowest cosine to a quantised file's vectors in llama.cpp")
    parser.add_argument("--precision", nargs="+", default=["int8", "fp32"],
                        choices=["int8", "fp32"])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--llama-cpp", type=pathlib.Path, default=LIBRARIES, metavar="DIR",
                        help="folder with libllama and the libggml libraries")
    parser.add_argument("--unrounded", type=pathlib.Path, default=UNROUNDED_LIBRARIES, metavar="DIR",
                        help="the same, built with the BLAS backend as the head of llama_cpp.py says")
    parser.add_argument("--compare", type=int, nargs=2, default=(2, 24), metavar=("NOTES", "PROMPTS"),
                        help="texts whose vectors are compared")
    parser.add_argument("--json", type=pathlib.Path, help="also write the figures here")
    jobs.add_build_option(parser)
    jobs.add_avx2_option(parser)
    return parser.parse_args()


def render(template, row):
    """As puente fills a template; that it does is seen by the number of tokens."""

    def field(match):
        column, *parts = (part.strip() for part in match[1].split("|"))
        if any("=" in part for part in parts):
            sys.exit(f"--prompt: {match[0]} has a value map; only plain fields are raced")
        value, whole = row[column].strip(), "int" in parts[:1]
        if value.lower() in MISSING:
            return parts[-1] if parts[whole:] else sys.exit(f"no {column} in {row}")
        return str(int(float(value))) if whole else value

    return re.sub(r"\{([^{}]*)\}", field, template)


def made_notes(args):
    """Of more lengths than are wanted, from which to choose: a word is one to five tokens."""
    rng = random.Random(1)
    lengths = range(args.note_tokens[0] // 3 + 1, args.note_tokens[1])
    return [" ".join([rng.choice(WORDS), rng.choice(WORDS), str(rng.randrange(1000))]
                     + rng.choices(WORDS, k=rng.choice(lengths))) + "."
            for _ in range(20 * args.texts)]


def shared(a, b):
    """Tokens that two texts begin with alike."""
    size = min(len(a), len(b))
    differ = np.flatnonzero(a[:size] != b[:size])
    return int(differ[0]) if len(differ) else size


def choose_notes(args, model):
    """Texts of the right length that begin differently, and their tokens."""
    if args.notes and args.notes.exists():
        with open(args.notes, newline="") as file:
            candidates = [row[args.notes_column].strip() for row in csv.DictReader(file)]
        # As they come in the file, neighbours are often one patient's.
        random.Random(1).shuffle(candidates)
        source = args.notes.name
    else:
        if args.notes:
            print(f"{args.notes}: not there; the notes are made of medical words", flush=True)
        candidates, source = made_notes(args), "made of medical words"
    chosen = []
    for text in candidates:
        tokens = model.tokenize(text)
        if (args.note_tokens[0] <= len(tokens) <= args.note_tokens[1]
                and all(shared(tokens, other) <= SHARED_TOKENS for _, other in chosen)):
            chosen.append((text, tokens))
        if len(chosen) == args.texts:
            break
    if not chosen:
        sys.exit(f"{source}: no texts of {args.note_tokens[0]} to {args.note_tokens[1]} tokens")
    return [text for text, _ in chosen], [tokens for _, tokens in chosen], source


class Puente:
    """`puente embed` with one model; texts go in as a column of a manifest."""

    def __init__(self, args, model, folder):
        self.programs = jobs.Programs(args.build)
        self.options = ["--text-encoder", model, "--threads", args.threads]
        self.folder = folder

    def run(self, precision, *options):
        return self.programs.embed(*self.options, "--precision", precision, *options)

    def plan(self, options):
        report = subprocess.run([str(o) for o in (self.programs.puente, "embed", "--quiet", "--json", "--plan",
                                                  *self.options, *options)],
                                check=True, stdout=subprocess.PIPE).stdout
        return json.loads(report)

    def encode(self, precision, texts):
        """Vectors [texts, width] and the run's report."""
        manifest, table = self.folder / "texts.csv", self.folder / "vectors.npy"
        with open(manifest, "w", newline="") as file:
            csv.writer(file).writerows([["text"], *([text] for text in texts)])
        run = self.run(precision, "--manifest", manifest, "--text-column", "text", "--out", table)
        return np.load(self.folder / "vectors.text.npy"), run


def cosines(a, b):
    a, b = a.astype(np.float64), b.astype(np.float64)
    return np.sum(a * b, axis=1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)


def same_tokens(what, report, tokens):
    """The number of tokens must be llama.cpp's."""
    if report["truncated_texts"]:
        sys.exit(f"{what}: a text is longer than the model's context")
    different = {text.tobytes(): len(text) for text in tokens}
    if report["tokens"] != sum(different.values()):
        sys.exit(f"{what}: {report['tokens']} tokens in puente, {sum(different.values())} in "
                 "llama.cpp; nothing was timed")


def say_cosines(name, found):
    print(f"  {name:48} lowest {found.min():.7f}, mean {found.mean():.7f}", flush=True)


def show(name, a, b):
    found = cosines(a, b)
    say_cosines(name, found)
    return {"lowest": float(found.min()), "mean": float(found.mean())}


def compare_unrounded(args, puente, tokens, vectors):
    """llama.cpp with BLAS, on the same file and tokens."""
    given, written = puente.folder / "tokens.json", puente.folder / "unrounded.npy"
    given.write_text(json.dumps([text.tolist() for text in tokens]))
    options = [args.unrounded, args.model, given, written, "--threads", args.threads]
    subprocess.run([sys.executable, llama_cpp.__file__, *map(str, options)], check=True)
    found = np.load(written)
    result = {precision: show(f"  llama.cpp without rounding to puente {precision}", found, reference)
              for precision, reference in vectors.items()}
    for precision, agrees in UNROUNDED_AGREES.items():
        if result[precision]["lowest"] < agrees:
            sys.exit("llama.cpp without rounding and puente do not agree; nothing was timed")
    return result


class Work:
    """Texts for one comparison; which setting of llama.cpp is best for them, and whether it agrees."""

    def __init__(self, args, puente, model, name, texts, tokens):
        self.name, self.tried = name, []
        vectors = {}
        for precision in ("fp32", "int8"):
            vectors[precision], run = puente.encode(precision, texts)
            same_tokens(name, run["report"], tokens)
        print(f"{name}: vectors of {len(texts)} texts, {sum(map(len, tokens))} tokens", flush=True)
        show("puente int8 to puente fp32", vectors["int8"], vectors["fp32"])
        agrees = args.agrees
        self.unrounded = None
        if args.unrounded.exists():
            agrees = -1
            self.unrounded = compare_unrounded(args, puente, tokens, vectors)
        longest = max(map(len, tokens))
        for way, batch in SETTINGS if args.rounds > 0 else SETTINGS[:1]:
            encoder = llama_cpp.Encoder(model, args.threads, way, batch, longest)
            encoder.encode(tokens[:1])
            start = time.perf_counter()
            found = encoder.encode(tokens)
            rate = sum(map(len, tokens)) / (time.perf_counter() - start)
            entry = {"setting": encoder.name, "tokens_per_second": rate}
            print(f"  llama.cpp, {encoder.name}: {rate:.1f} tokens/s", flush=True)
            for precision, reference in vectors.items():
                entry[precision] = show(f"  to puente {precision}", found, reference)
                if entry[precision]["lowest"] < agrees:
                    sys.exit("llama.cpp and puente do not agree; nothing was timed")
            encoder.close()
            self.tried.append((rate, (way, batch), entry))
        self.best = max(self.tried)[1]

    def encoder(self, args, model, tokens):
        return llama_cpp.Encoder(model, args.threads, *self.best, max(map(len, tokens)))


def compare_exact(args, library, folder, texts):
    """A file of floats, of which neither rounds anything."""
    model = llama_cpp.Model(library, args.exact)
    tokens = [model.tokenize(text) for text in texts]
    vectors, run = Puente(args, args.exact, folder).encode("fp32", texts)
    same_tokens(args.exact, run["report"], tokens)
    encoder = llama_cpp.Encoder(model, args.threads, "callback", 0, max(map(len, tokens)))
    found = cosines(encoder.encode(tokens), vectors)
    encoder.close()
    model.close()
    say_cosines(f"{args.exact.name}: llama.cpp to puente fp32", found)
    if found.min() < EXACT_AGREES:
        sys.exit("llama.cpp and puente do not compute the same; nothing was timed")
    return {"lowest": float(found.min()), "mean": float(found.mean())}


def share(texts, turn, turns):
    return texts[turn * len(texts) // turns : (turn + 1) * len(texts) // turns]


def llama_cpp_rate(args, encoder, tokens):
    """Tokens per second. Its threads spin while they wait for each other, so that they use all the time of
    their cores if they get it; if they do not, each waits for the other one's core too."""
    start, used = time.perf_counter(), time.process_time()
    encoder.encode(tokens)
    seconds, used = time.perf_counter() - start, time.process_time() - used
    if seconds > 1 and used / seconds < QUIET * args.threads:
        print(f"not quiet: llama.cpp had {used / seconds:.2f} of {args.threads} cores; what it could do alone "
              "is more", flush=True)
    return sum(map(len, tokens)) / seconds


def race_notes(args, puente, encoder, texts, tokens):
    """Rounds of tokens per second, by name."""
    count, rounds = sum(map(len, tokens)), []
    turns = min(args.rounds, len(tokens))
    for turn in range(args.rounds):
        rates = {}
        for precision in args.precision:
            _, run = puente.encode(precision, texts)
            rates[precision] = count / run["report"]["seconds"]["texts"]
        rates["llama.cpp"] = llama_cpp_rate(args, encoder, share(tokens, turn % turns, turns))
        rounds.append(rates)
    return rounds


def race_prompts(args, puente, encoder, sample, options):
    """Rounds of puente's seconds for everything and llama.cpp's tokens per second."""
    rounds = []
    turns = min(args.rounds, len(sample))
    for turn in range(args.rounds):
        values = {precision: puente.run(precision, *options)["wall"]
                  for precision in args.precision}
        values["llama.cpp"] = llama_cpp_rate(args, encoder, share(sample, turn % turns, turns))
        rounds.append(values)
    return rounds


def median(rounds, value):
    return statistics.median(value(turn) for turn in rounds)


def ratio(value):
    return f"{value:.0f}" if value >= 100 else f"{value:.2f}" if value < 10 else f"{value:.1f}"


def notes_rows(args, rounds):
    rows = [{"peer": f"puente {precision}",
             "tokens_per_second": median(rounds, lambda turn: turn[precision]),
             "puente_is_faster_by": {}} for precision in args.precision]
    faster = {precision: median(rounds, lambda turn: turn[precision] / turn["llama.cpp"])
              for precision in args.precision}
    return [*rows, {"peer": "llama.cpp",
                    "tokens_per_second": median(rounds, lambda turn: turn["llama.cpp"]),
                    "puente_is_faster_by": faster}]


def prompts_rows(args, rounds, sizes):
    rows = [{"peer": f"puente {precision}, whole program",
             "seconds": median(rounds, lambda turn: turn[precision]),
             "puente_is_faster_by": {}} for precision in args.precision]
    for name, tokens in sizes.items():
        faster = {precision: median(rounds, lambda turn: tokens / turn["llama.cpp"] / turn[precision])
                  for precision in args.precision}
        rows.append({"peer": f"llama.cpp, {name}", "puente_is_faster_by": faster,
                     "seconds": median(rounds, lambda turn: tokens / turn["llama.cpp"])})
    return rows


def print_rows(args, title, value, rows):
    print(f"\n{title}")
    print(f"  {'':36} {value.replace('_', ' '):>18}   puente is faster by\n  {'':36} {'':18} "
          + " ".join(f"{precision:>10}" for precision in args.precision))
    for row in rows:
        print(f"  {row['peer']:36} {row[value]:18,.1f} " + " ".join(
            f"{ratio(faster):>10}" for faster in row["puente_is_faster_by"].values()))
    sys.stdout.flush()


def measure(args, folder):
    library = llama_cpp.Library(args.llama_cpp)
    print(f"llama.cpp {library.version}: {library.describe()}", flush=True)
    model = llama_cpp.Model(library, args.model)
    puente = Puente(args, args.model, folder)
    result = {"llama_cpp": library.version, "processor": library.describe(),
              "model": args.model.name, "threads": args.threads, "rounds": args.rounds}
    notes, note_tokens, source = choose_notes(args, model)
    if args.exact and args.exact.exists():
        # Short, for a small model's context.
        result["exact"] = compare_exact(args, library, folder, [note[:200] for note in notes])
    elif args.exact:
        print(f"{args.exact}: not there, so no comparison without rounding", flush=True)

    work = Work(args, puente, model, "notes", notes[:args.compare[0]],
                note_tokens[:args.compare[0]])
    works = [(work, work.encoder(args, model, note_tokens))]
    prompts = None
    if args.manifest and args.manifest.exists():
        prompts = prepare_prompts(args, puente, model, folder)
        sample = prompts["sample"][:args.compare[1]]
        work = Work(args, puente, model, "prompts", [prompts["texts"][i] for i in sample],
                    [prompts["tokens"][i] for i in sample])
        prompts["sampled"] = [prompts["tokens"][i] for i in prompts["sample"]]
        works.append((work, work.encoder(args, model, prompts["sampled"])))
    else:
        print(f"{args.manifest or '--manifest'}: not there; the race over all prompts is left out",
              flush=True)

    result["compared"] = {work.name: {"unrounded": work.unrounded,
                                      "tried": [entry for _, _, entry in work.tried]}
                          for work, _ in works}
    if args.rounds == 0:
        return result
    work, encoder = works[0]
    rounds = race_notes(args, puente, encoder, notes, note_tokens)
    rows = notes_rows(args, rounds)
    lengths = [len(text) for text in note_tokens]
    print_rows(args, f"Notes ({source}): {len(notes)} texts of {min(lengths)} to {max(lengths)} tokens, "
               f"{sum(lengths)} together, nothing shared; {args.threads} threads, medians of "
               f"{args.rounds} rounds\nllama.cpp: {encoder.name}", "tokens_per_second", rows)
    result["notes"] = {"tokens": sum(lengths), "setting": encoder.name, "rows": rows, "rounds": rounds}
    if prompts:
        work, encoder = works[1]
        plan = prompts["plan"]
        sizes = {"all rows (scaled)": plan["tokens"],
                 "different texts (scaled)": plan["different_tokens"]}
        rounds = race_prompts(args, puente, encoder, prompts["sampled"], prompts["options"])
        rows = prompts_rows(args, rounds, sizes)
        print_rows(args, f"Prompts: {plan['rows']:,} rows, {plan['tokens']:,} tokens; "
                   f"{plan['different_texts']:,} different texts, {plan['different_tokens']:,} tokens; "
                   f"{plan['nodes']:,} nodes of the tree\nllama.cpp: {encoder.name}; measured on "
                   f"{len(prompts['sampled'])} prompts, {sum(map(len, prompts['sampled'])):,} tokens",
                   "seconds", rows)
        result["prompts"] = {"plan": plan, "setting": encoder.name, "rows": rows,
                             "rounds": rounds}
    print("\nllama.cpp rounds to 8 bits what it multiplies with a quantised file; puente fp32 does not")
    return result


def prepare_prompts(args, puente, model, folder):
    with open(args.manifest, newline="") as file:
        texts = [render(args.prompt, row) for row in csv.DictReader(file)]
    known = {text: model.tokenize(text) for text in dict.fromkeys(texts)}
    tokens = [known[text] for text in texts]
    options = ["--manifest", args.manifest, "--prompt", args.prompt, "--out", folder / "table.csv"]
    plan = puente.plan(options)
    same_tokens(args.manifest, {**plan, "tokens": plan["different_tokens"]}, tokens)
    if plan["tokens"] != sum(map(len, tokens)):
        sys.exit(f"{args.manifest}: not llama.cpp's number of tokens; nothing was timed")
    sample = random.Random(1).sample(range(len(texts)), min(args.prompts, len(texts)))
    return {"texts": texts, "tokens": tokens, "plan": plan, "options": options, "sample": sample}


def main():
    args = parse_arguments()
    if args.avx2:
        jobs.hold_to_avx2(args.build or jobs.ROOT / "build/release")
    for path, need in ((args.llama_cpp, f"npm install --ignore-scripts --prefix build/peers {llama_cpp.PACKAGE}"),
                       (args.model, "puente_make_encoder MODEL.gguf --name llama-1.1b makes one")):
        if not path.exists():
            print(f"{path}: not there, so LLaMA is not raced ({need})")
            return
    with tempfile.TemporaryDirectory() as name:
        result = measure(args, pathlib.Path(name))
    if args.json:
        args.json.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
