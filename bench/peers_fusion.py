#!/usr/bin/env python3
"""One fusion epoch at BRSET's sizes: puente against PyTorch, same rows, same initial weights.

Needs torch and numpy, and a program of this project:

    bench/peers_fusion.py --puente build/release/bench/bench_fusion_epoch

PyTorch runs twice: as the paper's authors do (Dataset, DataLoader with shuffle, batch 64), and as
fast as plain PyTorch goes (tensors in memory, index_select). First everyone trains one epoch in the
same order and the mean losses are compared (5e-4); only then is anything timed. Rounds are
interleaved, so that whatever else the machine does meets everyone alike; each peer runs at its best
number of threads, found in a first pass. Medians.
"""
import argparse
import json
import pathlib
import statistics
import struct
import subprocess
import sys
import tempfile
import time

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

BATCH = 64
CONFIGURATIONS = [("early", 512, 512), ("late", 512, 512), ("early", 768, 4096), ("late", 768, 4096)]
THREADS = (1, 2)


def branch(inputs, hidden):
    return nn.Sequential(
        nn.Linear(inputs, hidden), nn.ReLU(), nn.Dropout(0), nn.BatchNorm1d(hidden))


class Early(nn.Module):
    def __init__(self, image, text):
        super().__init__()
        self.hidden = branch(image + text, 128)
        self.output = nn.Linear(128, 1)

    def forward(self, image, text):
        return self.output(self.hidden(torch.cat((image, text), dim=1)))


class Late(nn.Module):
    def __init__(self, image, text):
        super().__init__()
        self.image = branch(image, 64)
        self.text = branch(text, 64)
        self.output = nn.Linear(128, 1)

    def forward(self, image, text):
        return self.output(torch.cat((self.image(image), self.text(text)), dim=1))


class Pairs(Dataset):
    def __init__(self, image, text, label):
        self.image, self.text, self.label = image, text, label

    def __len__(self):
        return len(self.label)

    def __getitem__(self, row):
        return {"image": self.image[row], "text": self.text[row], "label": self.label[row]}


class Puente:
    name = "puente"

    def __init__(self, program, kind, image, text, threads, folder):
        command = [program, "--peer", folder, "--kind", kind, "--image", image, "--text", text,
                   "--threads", threads]
        self.process = subprocess.Popen([str(c) for c in command], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        if self.process.stdout.readline().strip() != "ready":
            sys.exit("bench_fusion_epoch did not start")

    def epoch(self, order=None):
        self.process.stdin.write("go\n")
        self.process.stdin.flush()
        seconds, loss = self.process.stdout.readline().split()
        return float(seconds), float(loss)

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class PyTorch:
    def __init__(self, data, threads):
        self.threads = threads
        self.image, self.text, self.label = data["image"], data["text"], data["label"]
        model = Early if data["kind"] == "early" else Late
        self.model = model(self.image.shape[1], self.text.shape[1])
        self.model.load_state_dict(data["weights"], strict=False)
        self.criterion = nn.BCEWithLogitsLoss()
        self.optimiser = torch.optim.AdamW(self.model.parameters())

    def batch(self, image, text, label):
        self.optimiser.zero_grad()
        loss = self.criterion(self.model(image, text)[:, 0], label)
        loss.backward()
        self.optimiser.step()
        return loss.item()

    def epoch(self, order=None):
        torch.set_num_threads(self.threads)
        self.model.train()
        start = time.perf_counter()
        losses = self.losses(order)
        return time.perf_counter() - start, sum(losses) / len(losses)

    def close(self):
        pass


class AsTheAuthors(PyTorch):
    name = "PyTorch, DataLoader"

    def losses(self, order):
        pairs = Pairs(self.image, self.text, self.label)
        if order is None:
            loader = DataLoader(pairs, batch_size=BATCH, shuffle=True)
        else:
            loader = DataLoader(pairs, batch_size=BATCH, sampler=order.tolist())
        return [self.batch(b["image"], b["text"], b["label"]) for b in loader]


class InMemory(PyTorch):
    name = "PyTorch, in memory"

    def losses(self, order):
        order = torch.randperm(len(self.label)) if order is None else order
        return [self.batch(self.image.index_select(0, rows), self.text.index_select(0, rows),
                           self.label.index_select(0, rows)) for rows in order.split(BATCH)]


def read_safetensors(path):
    raw = path.read_bytes()
    (size,) = struct.unpack("<Q", raw[:8])
    tensors = {}
    for name, entry in json.loads(raw[8 : 8 + size]).items():
        if name != "__metadata__":
            begin, end = (8 + size + offset for offset in entry["data_offsets"])
            values = np.frombuffer(raw[begin:end], dtype="<f4").reshape(entry["shape"])
            tensors[name] = torch.from_numpy(values.copy())
    return tensors


def read_data(folder, kind, image, text):
    features = np.fromfile(folder / "features.f32", dtype=np.float32).reshape(-1, image + text)
    label = np.fromfile(folder / "label.i32", dtype=np.int32)
    order = np.fromfile(folder / "order.i32", dtype=np.int32)
    return {
        "kind": kind,
        "image": torch.from_numpy(np.ascontiguousarray(features[:, :image])),
        "text": torch.from_numpy(np.ascontiguousarray(features[:, image:])),
        "label": torch.from_numpy(label.astype(np.float32)),
        "order": torch.from_numpy(order.astype(np.int64)),
        "weights": read_safetensors(folder / "weights.safetensors"),
    }


def compare(program, kind, image, text, rounds):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        candidates = {"puente": [Puente(program, kind, image, text, t, folder) for t in THREADS]}
        data = read_data(folder, kind, image, text)
        for peer in (AsTheAuthors, InMemory):
            candidates[peer.name] = [peer(data, t) for t in THREADS]
        losses = {}
        for peer, instances in candidates.items():
            for threads, instance in zip(THREADS, instances):
                losses[f"{peer}, {threads} threads"] = instance.epoch(data["order"])[1]
        if max(losses.values()) - min(losses.values()) > 5e-4:
            sys.exit(f"{kind} {image}+{text}: the first epoch's losses differ: {losses}")
        best, threads_of = {}, {}
        for peer, instances in candidates.items():
            tried = [min(instance.epoch()[0] for _ in range(2)) for instance in instances]
            choice = tried.index(min(tried))
            best[peer], threads_of[peer] = instances[choice], THREADS[choice]
        seconds = {peer: [] for peer in best}
        for _ in range(rounds):
            for peer, instance in best.items():
                seconds[peer].append(instance.epoch()[0])
        for instances in candidates.values():
            for instance in instances:
                instance.close()
    return {peer: {"seconds": statistics.median(s), "threads": threads_of[peer]}
            for peer, s in seconds.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--puente", type=pathlib.Path, required=True, help="bench_fusion_epoch")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=pathlib.Path, help="also write the figures here")
    args = parser.parse_args()
    result = []
    for kind, image, text in CONFIGURATIONS:
        peers = compare(args.puente.resolve(), kind, image, text, args.rounds)
        own = peers["puente"]["seconds"]
        print(f"{image}+{text} {kind}")
        for peer, figures in peers.items():
            figures["ratio"] = figures["seconds"] / own
            print(f"  {peer:22} {figures['seconds']:8.4f} s/epoch  {figures['ratio']:5.1f} x"
                  f"  ({figures['threads']} threads)", flush=True)
        result.append({"kind": kind, "image": image, "text": text, "peers": peers})
    if args.json:
        args.json.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
