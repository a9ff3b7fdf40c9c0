#!/usr/bin/env python3
"""Encoders: puente in fp32 and int8 against ONNX Runtime in fp32, ONNX Runtime's own int8 and PyTorch,
same weights, same inputs, same threads.

Needs torch, transformers, onnx, onnxruntime and numpy, and two programs of this project:

    puente_make_encoder MODEL_DIR --name clip-b32
    bench/peers_encoder.py --puente build/release/bench/bench_encoder_throughput MODEL_DIR ...

A folder's config.json says which architecture it is; of CLIP and SigLIP the image half runs, of BERT texts
of 128 random tokens, all of them attended to.

First all vectors are compared with PyTorch's: in fp32 the lowest cosine must be 0.99999; in int8 the lowest
cosine is reported, and the lowest after PyTorch's mean vector is subtracted from both, which shows what the
narrow cone of embeddings hides. Only then is anything timed. Rounds are interleaved, so that whatever else
the machine does meets everyone alike, and ratios are taken within a round.

Every peer runs at its best: ONNX Runtime with all graph optimisations, the model as exported or fused for
transformers, and of the ways to quantise (onnx_models.py) the fastest whose centred cosine is at least 0.9;
each at its best batch size of 1, 4, 8 and 16, found in a first pass. puente chooses its batches itself.
DINOv2's positions are resampled to the pictures' size beforehand, for PyTorch too. PyTorch was the slowest
wherever it ran; --skip-pytorch does without its rounds.

--avx2 holds everyone to AVX2, as on an older CPU (held_to_avx2.cpp says how and where).
"""
import argparse
import contextlib
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np

import jobs

BATCHES = (1, 4, 8, 16)
FIRST_BATCH = 8  # at which the ways to quantise are compared
FP32_AGREES = 0.99999
INT8_AGREES = 0.9


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("models", type=pathlib.Path, nargs="+", metavar="MODEL_DIR")
    parser.add_argument("--puente", type=pathlib.Path, required=True, help="bench_encoder_throughput")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--count", type=int, default=48,
                        help="pictures or texts per round; 48 is whole batches for everyone")
    parser.add_argument("--tokens", type=int, default=128, help="of a text")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--skip-pytorch", action="store_true",
                        help="PyTorch, the slowest, only gives the vectors to compare with")
    jobs.add_avx2_option(parser)
    parser.add_argument("--json", type=pathlib.Path, help="also write the figures here")
    return parser.parse_args()


class Puente:
    def __init__(self, args, model, precision, inputs, folder):
        self.name = f"puente {precision}"
        self.how = ""
        raw, out = folder / "inputs.bin", folder / f"{precision}.bin"
        values = inputs[0].astype(np.int32) if inputs[0].dtype == np.int64 else inputs[0]
        values.tofile(raw)
        command = [args.puente, model, "--precision", precision, "--threads", args.threads]
        command += ["--tokens", args.tokens, "--serve", raw, out]
        self.process = subprocess.Popen(
            [str(c) for c in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        answer = self.process.stdout.readline().split()
        if answer[:1] != ["ready"]:
            self.close()
            sys.exit(f"{model}: {args.puente} --precision {precision} did not start")
        self.flop = float(answer[1])  # of one picture or text
        self.vectors = np.fromfile(out, dtype=np.float32).reshape(len(values), -1)

    def seconds(self):
        self.process.stdin.write("go\n")
        self.process.stdin.flush()
        return float(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class InProcess:
    """A peer that is called from here, batch by batch."""

    def __init__(self, name, inputs, batch, how=""):
        self.name = name
        self.batch = batch
        self.how = ", ".join([how] * bool(how) + [f"batch {batch}"])
        starts = range(0, len(inputs[0]), batch)
        self.batches = [[values[i : i + batch] for values in inputs] for i in starts]
        self.vectors = np.concatenate([self.encode(b) for b in self.batches])

    def seconds(self):
        start = time.perf_counter()
        for batch in self.batches:
            self.encode(batch)
        return time.perf_counter() - start


class OnnxRuntime(InProcess):
    def __init__(self, precision, session, inputs, batch, how):
        self.session = session
        self.inputs = [i.name for i in session.get_inputs()]
        super().__init__(f"ONNX Runtime {precision}", inputs, batch, how)

    def encode(self, batch):
        return self.session.run(["vectors"], dict(zip(self.inputs, batch)))[0]


class PyTorch(InProcess):
    def __init__(self, half, inputs, batch):
        self.half = half
        super().__init__("PyTorch fp32", inputs, batch)

    def encode(self, batch):
        import torch

        with torch.inference_mode():
            return self.half(*[torch.from_numpy(values) for values in batch]).numpy()


def make_inputs(args, folder, kind, half):
    """Pictures of noise over large patches of colour, so that they differ as pictures do."""
    from onnx_models import edge_of

    rng = np.random.default_rng(1)
    if kind == "bert":
        ids = rng.integers(0, half.model.config.vocab_size, (args.count, args.tokens))
        return [ids, np.ones_like(ids)]
    edge = edge_of(folder, half.model)
    patches = rng.normal(size=(args.count, 3, 7, 7)).repeat(-(-edge // 7), 2).repeat(-(-edge // 7), 3)
    noise = rng.normal(size=(args.count, 3, edge, edge))
    return [(patches[:, :, :edge, :edge] + 0.5 * noise).astype(np.float32)]


def make_session(args, path):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = args.threads
    options.inter_op_num_threads = 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.log_severity_level = 3
    # Its threads would otherwise go on spinning for a while and slow the others' rounds down.
    options.add_session_config_entry("session.force_spinning_stop", "1")
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def agreement(vectors, reference):
    """The lowest cosine, and the lowest after the reference's mean is subtracted from both."""

    def lowest(a, b):
        norms = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
        return float((np.sum(a * b, axis=1) / norms).min())

    a, b = vectors.astype(np.float64), reference.astype(np.float64)
    a /= np.linalg.norm(a, axis=1, keepdims=True)
    b /= np.linalg.norm(b, axis=1, keepdims=True)
    return {"cosine": lowest(a, b), "centred_cosine": lowest(a - b.mean(0), b - b.mean(0))}


def fastest(candidates):
    """The one whose faster of two rounds is the fastest."""
    if len(candidates) == 1:
        return candidates[0]
    return min(candidates, key=lambda c: min(c.seconds(), c.seconds()))


def fastest_onnx(args, precision, models, inputs, agrees):
    """The fastest of the models that agree, at its best batch size."""
    first, tried = [], {}
    for how, path in models.items():
        peer = OnnxRuntime(precision, make_session(args, path), inputs, FIRST_BATCH, how)
        seconds = min(peer.seconds(), peer.seconds())
        tried[how] = {"seconds": seconds, **(found := agrees(peer.vectors))}
        good = found["agrees"]
        print(
            f"  ONNX Runtime {precision}, {how}: {args.count / seconds:.1f}/s, "
            f"cosine {found['cosine']:.6f}, centred {found['centred_cosine']:.4f}"
            f"{'' if good else ': does not agree, left out'}",
            flush=True,
        )
        if good:
            first.append((seconds, how))
        del peer  # and its weights
    if not first:
        sys.exit(f"ONNX Runtime {precision} does not agree; nothing was timed")
    how = min(first)[1]
    session = make_session(args, models[how])
    best = fastest([OnnxRuntime(precision, session, inputs, batch, how) for batch in BATCHES])
    return best, tried


def compare(args, folder):
    import onnx_models

    kind, half = onnx_models.load_half(folder)
    inputs = make_inputs(args, folder, kind, half)
    print(f"{folder.name} ({kind})", flush=True)
    with contextlib.ExitStack() as stack:
        temporary = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
        batches = [FIRST_BATCH] if args.skip_pytorch else BATCHES
        pytorch = fastest([PyTorch(half, inputs, batch) for batch in batches])
        agrees_in = {}
        for precision, key, limit in (
            ("fp32", "cosine", FP32_AGREES),
            ("int8", "centred_cosine", INT8_AGREES),
        ):

            def judge(vectors, key=key, limit=limit):
                found = agreement(vectors, pytorch.vectors)
                return {**found, "agrees": bool(found[key] >= limit)}

            agrees_in[precision] = judge
        puente = []
        for precision in ("fp32", "int8"):
            peer = Puente(args, folder, precision, inputs, temporary)
            stack.callback(peer.close)
            found = agrees_in[precision](peer.vectors)
            print(
                f"  {peer.name}: cosine {found['cosine']:.8f}, "
                f"centred {found['centred_cosine']:.6f}",
                flush=True,
            )
            if not found["agrees"]:
                sys.exit(f"{peer.name} does not agree; nothing was timed")
            puente.append(peer)
        models = {"fp32": onnx_models.float_models(half, inputs, temporary)}
        models["int8"] = onnx_models.quantised_models(models["fp32"], temporary)
        onnx, tried = {}, {}
        for precision, judge in agrees_in.items():
            onnx[precision], tried[precision] = fastest_onnx(
                args, precision, models[precision], inputs, judge
            )
        peers = [*puente, onnx["fp32"], onnx["int8"], *([] if args.skip_pytorch else [pytorch])]
        seconds = {peer.name: [] for peer in peers}
        for _ in range(args.rounds):
            for peer in peers:
                seconds[peer.name].append(peer.seconds())
    rows = [figures(args, peer, peers, seconds, pytorch.vectors) for peer in peers]
    print_table(args, rows)
    return {"model": folder.name, "architecture": kind, "peers": rows, "tried": tried}


def figures(args, peer, peers, seconds, reference):
    own = seconds[peer.name]
    rate = args.count / statistics.median(own)
    row = {"peer": peer.name, "how": peer.how, "seconds": own, "per_second": rate}
    row["gflop_per_second"] = rate * peers[0].flop / 1e9
    for puente in peers[:2]:
        ratios = [a / b for a, b in zip(own, seconds[puente.name])]
        key = puente.name.replace(" ", "_")
        row[f"{key}_is_faster_by"] = statistics.median(ratios)
        row[f"{key}_is_faster_by_in_each_round"] = ratios
    return {**row, **agreement(peer.vectors, reference)}


def print_table(args, rows):
    print(f"\n  {args.count} a round, {args.rounds} rounds, {args.threads} threads, medians")
    print(
        f"  {'':18} {'per s':>8} {'GFLOP/s':>8} {'puente is faster by':>20} {'lowest cosine':>21}"
        f"\n  {'':18} {'':8} {'':8} {'fp32':>11} {'int8':>8} {'plain':>12} {'centred':>8}"
    )
    for row in rows:
        print(
            f"  {row['peer']:18} {row['per_second']:8.1f} {row['gflop_per_second']:8.0f}"
            f" {row['puente_fp32_is_faster_by']:11.2f} {row['puente_int8_is_faster_by']:8.2f}"
            f" {row['cosine']:12.6f} {row['centred_cosine']:8.4f}  {row['how']}"
        )
    if args.avx2:
        print("  all held to AVX2")
    print(flush=True)


def main():
    args = parse_arguments()
    if args.avx2:
        jobs.hold_to_avx2(args.puente.resolve().parent.parent)
    os.environ["OMP_NUM_THREADS"] = str(args.threads)
    import warnings

    import onnxruntime
    import torch
    import transformers

    torch.set_num_threads(args.threads)
    transformers.logging.set_verbosity_error()
    warnings.filterwarnings("ignore", category=torch.jit.TracerWarning)
    results = [compare(args, folder) for folder in args.models]
    if args.json:
        versions = {m.__name__: m.__version__ for m in (onnxruntime, torch, transformers)}
        settings = {"threads": args.threads, "count": args.count, "tokens": args.tokens}
        settings |= {"rounds": args.rounds, "avx2": args.avx2}
        report = {"versions": versions, "settings": settings, "models": results}
        args.json.write_text(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
