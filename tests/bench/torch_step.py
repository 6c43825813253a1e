#!/usr/bin/env python3
"""Time PyTorch's training step (forward, backward, Adam) of the reference models on one thread.

Prints JSON: {"torch": VERSION, "steps": [{"arch", "embedding_dim", "batch", "median_us"}]}.
`torch_step.py [--quick]`; the models are those of tests/reference/make_reference.py.
"""
import json
import statistics
import sys
import time
from pathlib import Path

import torch

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "reference"))
from make_reference import ARCH, LOSS, beats

DIMS = (2, 8, 64, 128)
DIMS_QUICK = (2, 64)


def step_us(arch, dim, batch, repetitions):
    torch.manual_seed(42)
    model = ARCH[arch](dim)
    x = torch.tensor(beats(batch, 42)).unsqueeze(2)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    times = []
    for _ in range(repetitions + 1):
        begin = time.perf_counter()
        optimizer.zero_grad()
        LOSS["l1"](model(x), x).backward()
        optimizer.step()
        times.append((time.perf_counter() - begin) * 1e6)
    return statistics.median(times[1:])  # the first one warms up


def main():
    quick = "--quick" in sys.argv[1:]
    torch.set_num_threads(1)
    steps = []
    for dim in DIMS_QUICK if quick else DIMS:
        for arch in ARCH:
            for batch in (1, 32):
                us = step_us(arch, dim, batch, 3 if quick or batch > 1 else 7)
                steps.append({"arch": arch, "embedding_dim": dim, "batch": batch, "median_us": us})
    json.dump({"torch": torch.__version__, "steps": steps}, sys.stdout)


if __name__ == "__main__":
    main()
