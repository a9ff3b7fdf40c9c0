"""What the benchmarks share: the programs, encoders made for the purpose, pictures, one run of `puente embed`
under a stopwatch, and how to hold everyone to AVX2. Standard library only."""
import csv
import hashlib
import json
import os
import pathlib
import struct
import subprocess
import sys
import time
import zlib

ROOT = pathlib.Path(__file__).resolve().parent.parent


def add_build_option(parser):
    parser.add_argument(
        "--build", type=pathlib.Path, metavar="DIR",
        help="take the programs from this build folder (else build/release is built first)")


def add_avx2_option(parser):
    parser.add_argument("--avx2", action="store_true",
                        help="hold everyone to AVX2, as on an older CPU (held_to_avx2.cpp)")


def hold_to_avx2(build):
    """This process again, and whatever it starts, with the library that holds them."""
    library = build / "bench/libheld_to_avx2.so"
    if library.name in os.environ.get("LD_AUDIT", ""):
        return
    if not library.exists():
        sys.exit(f"--avx2: {library}: not there (scripts/build release held_to_avx2 makes it)")
    environment = {**os.environ, "LD_AUDIT": str(library.resolve())}
    os.execve(sys.executable, [sys.executable, *sys.argv], environment)


class Programs:
    """The paths of the programs."""

    def __init__(self, build):
        if build is None:
            targets = ["puente", "puente_make_encoder", "bench_embed_stages"]
            # What a benchmark prints is its figures alone.
            subprocess.run([ROOT / "scripts/build", "release", *targets], check=True,
                           stdout=sys.stderr)
        folder = (build or ROOT / "build/release").resolve()
        self.puente = folder / "puente"
        self.make_encoder = folder / "tools/puente_make_encoder"
        self.stages = folder / "bench/bench_embed_stages"

    def encoder(self, name):
        """A folder with an encoder, or the name of one of puente_make_encoder's, which is then made in
        build/models if it is not there."""
        if pathlib.Path(name, "config.json").exists():
            return pathlib.Path(name)
        folder = ROOT / "build/models" / name
        if not (folder / "model.safetensors").exists():
            self.make(folder, name)
        return folder

    def make(self, folder, name):
        folder.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run([self.make_encoder, folder, "--name", name], check=True,
                       stdout=subprocess.DEVNULL)

    def embed(self, *options):
        """One `puente embed`: wall seconds, peak memory in bytes, and what it says itself."""
        command = [str(c) for c in (self.puente, "embed", "--quiet", "--json", *options)]
        # The shell between: a process's peak begins with that of the one that forked it, and this
        # one is larger than a tiny encoder.
        start = time.perf_counter()
        run = subprocess.run(["sh", "-c", '"$@"; exit $?', "sh", *command],
                             stdout=subprocess.PIPE, text=True)
        wall = time.perf_counter() - start
        if run.returncode != 0:
            sys.exit(f"failed: {' '.join(command)}")
        report = json.loads(run.stdout)
        return {"wall": wall, "peak": report["peak_memory_bytes"], "report": report}


class Stages:
    """bench_embed_stages on a list of pictures; `vectors` is the bytes of one after the other."""

    def __init__(self, programs, model, pictures, folder, precision, jpeg="exact"):
        names, out = folder / "pictures.txt", folder / "vectors.bin"
        names.write_text("".join(f"{picture}\n" for picture in pictures))
        command = [programs.stages, model, names, out, "--precision", precision, "--jpeg", jpeg]
        self.process = subprocess.Popen([str(c) for c in command], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        answer = self.process.stdout.readline().split()
        if answer[:1] != ["ready"]:
            self.close()
            sys.exit(f"{programs.stages} did not start")
        self.dimension, self.weight_bytes = int(answer[2]), int(answer[3])
        raw, size = out.read_bytes(), 4 * self.dimension
        self.vectors = [raw[i : i + size] for i in range(0, len(raw), size)]

    def core_seconds(self, stage, threads):
        """Of one round over all pictures."""
        self.process.stdin.write(f"{stage} {threads}\n")
        self.process.stdin.flush()
        return float(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def cores():
    return len(os.sched_getaffinity(0))


def image_vectors(table):
    """The bytes of each row's image vector, float32."""
    with open(table, newline="") as file:
        rows = csv.reader(file)
        header = next(rows)
        first = header.index("image_embedding_0")
        last = first + sum(name.startswith("image_embedding_") for name in header)
        pack = struct.Struct(f"<{last - first}f").pack
        return [pack(*map(float, row[first:last])) for row in rows]


def check_table(table, run, stages):
    """The table must have, bit for bit, what the stages gave by themselves."""
    count = len(stages.vectors)
    report = run["report"]
    if report["rows"] != count or report["different_images"] != count:
        sys.exit(f"{table}: {report['different_images']} different images in {report['rows']} rows, "
                 f"not {count}; nothing was timed")
    if image_vectors(table) != stages.vectors:
        sys.exit(f"{table}: not the vectors of bench_embed_stages; nothing was timed")


def write_manifest(path, names):
    with open(path, "w", newline="") as file:
        csv.writer(file).writerows([["image"], *([name] for name in names)])


def write_png(path, width, height, seed):
    """Noise that depends on the seed, 8-bit RGB."""
    noise = hashlib.shake_128(str(seed).encode()).digest(3 * width * height)
    rows = (b"\0" + noise[i : i + 3 * width] for i in range(0, len(noise), 3 * width))
    chunks = {b"IHDR": struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0),
              b"IDAT": zlib.compress(b"".join(rows), 1), b"IEND": b""}
    with open(path, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n")
        for name, data in chunks.items():
            file.write(struct.pack(">I", len(data)) + name + data)
            file.write(struct.pack(">I", zlib.crc32(name + data)))
