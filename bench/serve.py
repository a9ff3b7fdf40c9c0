#!/usr/bin/env python3
"""How `puente serve` keeps up with `puente embed`: the same pictures and texts, 16 clients in a closed loop.

    bench/serve.py --build build/release --bundle BUNDLE --manifest M.csv --images DIR --fields age,sex
                   --prompt "Age: {age|int|unknown}. Sex: {sex}." --encoder DIR [--repeats 3]

First every answer is held to what `puente predict --manifest` writes for the row. Then, in turns: embed's rate
(its encoding time alone, which is the stricter measure), and the rate of a fresh server that has seen none of
the rows, from the 65th answer on: 16 clients that all begin at once are no closed loop yet. Then more clients than
--max-requests lets through, and the time until the page is there.
Needs only Python's standard library.
"""
import argparse
import json
import pathlib
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request


class Server:
    """A fresh `puente serve`: `page_seconds` until the page and what it asks for could be had, `ready_seconds`
    until predictions could."""

    def __init__(self, puente, bundle, *options):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        began = time.monotonic()
        self.process = subprocess.Popen([puente, "serve", bundle, "--port", str(self.port), *options],
                                        stdout=subprocess.DEVNULL)
        self.wait_for("/")
        self.wait_for("/v1/bundle")
        self.page_seconds = time.monotonic() - began
        self.wait_for("/health")
        self.ready_seconds = time.monotonic() - began

    def wait_for(self, path):
        while True:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}") as reply:
                    return reply.read()
            except OSError:
                if self.process.poll() is not None:
                    raise SystemExit("the server did not start")
                time.sleep(0.002)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        if self.process.wait(30) != 0:
            raise SystemExit("the server did not end well")


def load(options, port, *more):
    done = subprocess.run(
        [options.build / "bench/bench_serve_load", "--port", str(port), "--manifest", options.manifest,
         "--images", options.images, "--fields", options.fields, *more], stdout=subprocess.PIPE, text=True)
    result = json.loads(done.stdout)
    if result["failed"] or result["wrong"]:
        raise SystemExit(f"requests failed or were answered wrongly: {result}")
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, default=pathlib.Path("build/release"))
    for name in ("bundle", "manifest", "images", "fields", "prompt", "encoder"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    puente = options.build / "puente"
    with tempfile.TemporaryDirectory() as folder:
        predictions, table = pathlib.Path(folder, "predictions.csv"), pathlib.Path(folder, "t.safetensors")
        subprocess.run([puente, "predict", options.bundle, "--manifest", options.manifest, "--images",
                        options.images, "--out", predictions, "--quiet"], check=True)
        with Server(puente, options.bundle) as server:
            checked = load(options, server.port, "--expect", predictions)
        print(f"every one of {checked['answered']} answers is what predict says of its row", flush=True)
        for _ in range(options.repeats):
            done = subprocess.run(
                [puente, "embed", "--manifest", options.manifest, "--images", options.images, "--encoder",
                 options.encoder, "--prompt", options.prompt, "--out", table, "--json", "--quiet"],
                check=True, stdout=subprocess.PIPE, text=True)
            report = json.loads(done.stdout)
            seconds = report["seconds"]
            embed = report["rows"] / (seconds["images"] + seconds["texts"])
            with Server(puente, options.bundle) as server:
                served = load(options, server.port, "--warm-up", "64")
            p99 = served["milliseconds"]["p99"] / 1000
            rate = served["per_second"]
            print(f"embed {embed:.1f} rows/s, serve {rate:.1f}: {rate / embed:.3f}; p99 {1000 * p99:.0f} ms: "
                  f"{p99 * rate / 16:.2f} x 16 / throughput; page after {server.page_seconds:.2f} s, ready after {server.ready_seconds:.2f} s", flush=True)
        with Server(puente, options.bundle, "--max-requests", "16") as server:
            over = load(options, server.port, "--clients", "64")
        print(f"64 clients where 16 are let through: {over['answered']} answered, {over['refused']} refused, within "
              f"{over['refused_milliseconds']['p99']:.1f} ms (p99), {over['refused_milliseconds']['max']:.1f} ms at most")


if __name__ == "__main__":
    main()
