#!/usr/bin/env python3
"""Writes tests/golden/position_grid.json: position embeddings of a grid resized by PyTorch, in the three
ways in which published code resizes DINOv2's. Needs torch (1.13 was used).

[{"how": "plain" | "offset" | "antialias", "from": 5, "to": 3, "channels": 2, "in": [...], "out": [...]}]
"""
import json
import pathlib

import torch

GOLDEN = pathlib.Path(__file__).resolve().parent.parent / "tests" / "golden" / "position_grid.json"


def resize(how, grid, to):
    """grid [1, C, M, M]"""
    source = grid.shape[-1]
    sizes = {"size": (to, to)}
    if how == "offset":
        sizes = {"scale_factor": ((to + 0.1) / source, (to + 0.1) / source)}
    return torch.nn.functional.interpolate(
        grid, mode="bicubic", align_corners=False, antialias=how == "antialias", **sizes
    )


def main():
    torch.manual_seed(1)
    cases = []
    for source, to, channels in [(5, 3, 2), (5, 7, 2), (4, 1, 1), (37, 16, 1)]:
        grid = torch.randn(1, channels, source, source)
        for how in ("plain", "offset", "antialias"):
            out = resize(how, grid, to)
            assert out.shape[-1] == to
            # [C, M, M] to [M * M, C], as models hold them
            flat = [x[0].permute(1, 2, 0).reshape(-1).tolist() for x in (grid, out)]
            cases.append(
                {
                    "how": how,
                    "from": source,
                    "to": to,
                    "channels": channels,
                    "in": [round(v, 5) for v in flat[0]],
                    "out": None,
                }
            )
            rounded = torch.tensor(cases[-1]["in"]).reshape(source, source, channels)
            out = resize(how, rounded.permute(2, 0, 1)[None], to)
            cases[-1]["out"] = [round(v, 6) for v in out[0].permute(1, 2, 0).reshape(-1).tolist()]
    lines = ",\n".join(json.dumps(case) for case in cases)
    GOLDEN.write_text(f"[\n{lines}\n]\n")


main()
