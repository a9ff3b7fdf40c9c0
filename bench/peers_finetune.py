#!/usr/bin/env python3
"""One training step of BERT and ViT under the early fusion head: puente against PyTorch with transformers, same
weights, same rows.

Needs torch, transformers, safetensors and numpy, and programs of this project:

    bench/peers_finetune.py --tools build/release/tools [--rows 64] [--rounds 2] [--activations MIB]

First both compute the gradient of a few rows (tools/check_finetune.py), which must agree; only then is anything
timed. A step is forward, backward, clipping and AdamW. PyTorch pads texts to the batch, as a collator does, and runs
at each number of threads of 1 and 2 in processes of its own, so that its peak memory is its own; rounds are
interleaved. Models are of base size with random weights and no dropout. The first step of every process is not
counted: memory is given then.
"""
import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
PEER = r"""
import json, resource, sys, time
import torch
from torch import nn
from transformers import BertModel, ViTModel
image, text, rows, tokens, threads, steps = sys.argv[1], sys.argv[2], *map(int, sys.argv[3:])
torch.set_num_threads(threads)
image, text = ViTModel.from_pretrained(image, add_pooling_layer=False), BertModel.from_pretrained(text, add_pooling_layer=False)
head = nn.Sequential(nn.Linear(image.config.hidden_size + text.config.hidden_size, 128), nn.ReLU(), nn.Dropout(0),
                     nn.BatchNorm1d(128), nn.Linear(128, 7))
model = nn.ModuleList([image, text, head]).train()
optimiser = torch.optim.AdamW([{"params": [*image.parameters(), *text.parameters()], "lr": 2e-5}, {"params": head.parameters()}])
g = torch.Generator().manual_seed(1)
pixels = torch.randn(rows, 3, image.config.image_size, image.config.image_size, generator=g)
lengths = torch.randint(tokens - 8, tokens + 1, (rows,), generator=g)
lengths[0] = tokens
ids = torch.randint(1, text.config.vocab_size, (rows, tokens), generator=g)
mask = (torch.arange(tokens)[None] < lengths[:, None]).long()
labels = torch.arange(rows) % 7
seconds = []
for _ in range(steps):
    start = time.perf_counter()
    optimiser.zero_grad(set_to_none=True)
    features = torch.cat([image(pixels).last_hidden_state[:, 0],
                          text(input_ids=ids, attention_mask=mask).last_hidden_state[:, 0]], 1)
    nn.functional.cross_entropy(head(features), labels).backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimiser.step()
    seconds.append(time.perf_counter() - start)
print(json.dumps({"seconds": seconds, "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}))
"""


def make(tools, folder, name, *options):
    subprocess.run([tools / "puente_make_encoder", folder / name, "--name", name, *options], check=True,
                   stdout=subprocess.DEVNULL)
    config = folder / name / "config.json"
    values = json.loads(config.read_text())
    values |= {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    config.write_text(json.dumps(values))
    return folder / name


def measured(command):
    out = subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True).stdout
    result = json.loads(out.splitlines()[-1])
    result["seconds"] = result["seconds"][1:]
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tools", type=pathlib.Path, required=True)
    parser.add_argument("--rows", type=int, default=64)
    parser.add_argument("--tokens", type=int, default=28, help="of the longest text; the shortest has 8 fewer")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--steps", type=int, default=2, help="of each process, the first not counted")
    parser.add_argument("--activations", type=int, nargs="*", default=[1024], help="MiB for activations of puente")
    parser.add_argument("--small", action="store_true", help="tiny models: does everything run?")
    arguments = parser.parse_args()
    step = arguments.tools / "puente_finetune_step"
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        image = make(arguments.tools, folder, "vit-tiny" if arguments.small else "vit-b16")
        text = make(arguments.tools, folder, "bert-tiny" if arguments.small else "bert-base")
        lengths = ["--shortest", arguments.tokens - 8, "--longest", arguments.tokens]
        subprocess.run([sys.executable, ROOT / "tools/check_finetune.py", step, image, text, "--float32", "--rows", "4",
                        "--at-most", "1e-3"], check=True, stderr=subprocess.DEVNULL)
        peers = {f"puente, {mib} MiB": [step, image, text, "--rows", arguments.rows, "--steps", arguments.steps,
                                        "--activations", mib, *lengths] for mib in arguments.activations}
        for threads in (1, 2):
            peers[f"PyTorch, {threads} thread{'s' if threads > 1 else ''}"] = [
                sys.executable, "-c", PEER, image, text, arguments.rows, arguments.tokens, threads, arguments.steps]
        seconds, peak = {name: [] for name in peers}, {}
        for _ in range(arguments.rounds):
            for name, command in peers.items():
                result = measured(command)
                seconds[name] += result["seconds"]
                peak[name] = max(peak.get(name, 0), result["peak_bytes"])
    best = min(statistics.median(v) for k, v in seconds.items() if k.startswith("PyTorch"))
    print(f"batch of {arguments.rows}, medians of {arguments.rounds * (arguments.steps - 1)} steps")
    for name, values in seconds.items():
        median = statistics.median(values)
        print(f"{name:22} {median:8.2f} s a step, {best / median:5.2f} times the best PyTorch, "
              f"{peak[name] / 2**30:6.2f} GiB at most   ({', '.join(f'{v:.2f}' for v in values)})")


if __name__ == "__main__":
    main()
