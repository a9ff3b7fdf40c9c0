#!/usr/bin/env python3
"""CLIP's vision half: puente against ONNX Runtime and PyTorch, same weights, same pixels, same threads.

Needs torch, transformers, onnx, onnxruntime and numpy, and two programs of this project:

    puente_make_encoder MODEL_DIR --name clip-b32
    bench/peers_clip.py --puente build/release/bench/bench_clip_throughput MODEL_DIR

First all vectors are compared with PyTorch's (cosine at least 0.99999); only then is anything timed.
Rounds are interleaved, so that whatever else the machine does meets everyone alike. ONNX Runtime runs
at its best batch size of 4, 8 and 16, found in a first pass, with all graph optimisations.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np

BATCHES = (4, 8, 16)


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("--puente", type=pathlib.Path, required=True, help="bench_clip_throughput")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--images", type=int, default=32, help="pictures per round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=pathlib.Path, help="also write the figures here")
    return parser.parse_args()


class Puente:
    name = "puente"

    def __init__(self, args, pixels, folder):
        raw, out = folder / "pixels.bin", folder / "vectors.bin"
        pixels.tofile(raw)
        command = [args.puente, args.model, "--threads", args.threads, "--serve", raw, out]
        self.process = subprocess.Popen(
            [str(c) for c in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        if self.process.stdout.readline().strip() != "ready":
            sys.exit("bench_clip_throughput did not start")
        self.vectors = np.fromfile(out, dtype=np.float32).reshape(len(pixels), -1)

    def seconds(self):
        self.process.stdin.write("go\n")
        self.process.stdin.flush()
        return float(self.process.stdout.readline())


class InProcess:
    """A peer that is called from here, batch by batch."""

    def __init__(self, pixels, batch):
        self.batches = [pixels[i : i + batch] for i in range(0, len(pixels), batch)]
        self.vectors = np.concatenate([self.encode(b) for b in self.batches])

    def seconds(self):
        start = time.perf_counter()
        for batch in self.batches:
            self.encode(batch)
        return time.perf_counter() - start


class OnnxRuntime(InProcess):
    def __init__(self, session, pixels, batch):
        self.session = session
        self.name = f"ONNX Runtime, batch {batch}"
        super().__init__(pixels, batch)

    def encode(self, batch):
        return self.session.run(["image_embeds"], {"pixel_values": batch})[0]


class PyTorch(InProcess):
    def __init__(self, torch, model, pixels, batch):
        self.torch, self.model = torch, model
        self.name = f"PyTorch, batch {batch}"
        super().__init__(pixels, batch)

    def encode(self, batch):
        with self.torch.inference_mode():
            return self.model(pixel_values=self.torch.from_numpy(batch)).image_embeds.numpy()


def make_session(args, torch, model, pixels, folder):
    import onnxruntime

    class Embeds(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self, pixel_values):
            return self.model(pixel_values=pixel_values).image_embeds

    path = folder / "vision.onnx"
    torch.onnx.export(
        Embeds(),
        (torch.from_numpy(pixels[:2]),),
        str(path),
        input_names=["pixel_values"],
        output_names=["image_embeds"],
        dynamic_axes={"pixel_values": {0: "batch"}, "image_embeds": {0: "batch"}},
        opset_version=14,
        do_constant_folding=True,
    )
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = args.threads
    options.inter_op_num_threads = 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    # Its threads would otherwise go on spinning for a while and slow the others' rounds down.
    options.add_session_config_entry("session.force_spinning_stop", "1")
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def lowest_cosine(a, b):
    a, b = a.astype(np.float64), b.astype(np.float64)
    norms = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    return float((np.sum(a * b, axis=1) / norms).min())


def best_of(candidates):
    """The candidate whose faster of two rounds is the fastest."""
    return min(candidates, key=lambda c: min(c.seconds(), c.seconds()))


def main():
    args = parse_arguments()
    os.environ["OMP_NUM_THREADS"] = str(args.threads)
    import onnxruntime
    import torch
    import transformers

    torch.set_num_threads(args.threads)
    transformers.logging.set_verbosity_error()
    model = transformers.CLIPVisionModelWithProjection.from_pretrained(args.model).eval()
    side = model.config.image_size
    pixels = np.random.default_rng(1).normal(size=(args.images, 3, side, side)).astype(np.float32)

    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        puente = Puente(args, pixels, folder)
        session = make_session(args, torch, model, pixels, folder)
        onnx = best_of([OnnxRuntime(session, pixels, b) for b in BATCHES])
        pytorch = best_of([PyTorch(torch, model, pixels, b) for b in BATCHES])
        peers = [puente, onnx, pytorch]
        for peer in (puente, onnx):
            cosine = lowest_cosine(peer.vectors, pytorch.vectors)
            print(f"{peer.name}: lowest cosine with PyTorch {cosine:.8f}")
            if not cosine >= 0.99999:
                sys.exit(f"{peer.name} does not agree; nothing was timed")
        seconds = {peer.name: [] for peer in peers}
        for _ in range(args.rounds):
            for peer in peers:
                seconds[peer.name].append(peer.seconds())

    rows = []
    for peer in peers:
        ratios = [a / b for a, b in zip(seconds[peer.name], seconds[puente.name])]
        rows.append(
            {
                "peer": peer.name,
                "images_per_second": args.images / statistics.median(seconds[peer.name]),
                "seconds": seconds[peer.name],
                "puente_is_faster_by": statistics.median(ratios),
            }
        )
    print(f"\n{args.images} pictures a round, {args.rounds} rounds, {args.threads} threads")
    print(f"{'':24} {'images/s':>9}  {'puente is faster by':>20}")
    for row in rows:
        print(
            f"{row['peer']:24} {row['images_per_second']:9.1f}  {row['puente_is_faster_by']:20.2f}"
        )
    if args.json:
        versions = {m.__name__: m.__version__ for m in (onnxruntime, torch, transformers)}
        args.json.write_text(json.dumps({"versions": versions, "peers": rows}, indent=2) + "\n")


main()
