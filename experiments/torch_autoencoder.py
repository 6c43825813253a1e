#!/usr/bin/env python3
"""The LSTM autoencoder of the two heartbeat studies in PyTorch, as a command for sweep.

It knows nothing of sweep but what any script may use: it takes its settings as --name=value, appends
a JSON line after each epoch to $SWEEP_METRICS (or prints it), keeps a checkpoint in
$SWEEP_CHECKPOINT and goes on from it, and ends after epoch $SWEEP_BUDGET if there is one.
Needs torch and numpy, and ECG5000 in data/, ../shared/data/ or $SWEEP_DATA.
"""
import argparse
import glob
import json
import math
import os

import numpy as np
import torch
from torch import nn

parser = argparse.ArgumentParser()
parser.add_argument("--arch", choices=["single", "stacked"], default="single")
parser.add_argument("--embedding_dim", type=int, default=8)
parser.add_argument("--epochs", type=int, default=25)
parser.add_argument("--learning_rate", type=float, default=1e-3)
parser.add_argument("--seed", type=int, default=42)
parser.add_argument("--threshold", type=float, default=45)
parser.add_argument("--rows", type=int, default=0, help="training rows at most; 0: all")
parser.add_argument("--data", default="ECG5000")
args = parser.parse_args()
if os.environ.get("SWEEP_BUDGET"):
    args.epochs = min(args.epochs, int(os.environ["SWEEP_BUDGET"]))


def read_rows(name):
    """Classes (n) and series (n, length) of the training, then the test file."""
    folders = os.environ.get("SWEEP_DATA", "").split(":") + ["", "data", "../shared/data"]
    for folder in folders:
        files = glob.glob(os.path.join(folder, name, "*_TRAIN.arff"))
        files += [file.replace("_TRAIN.", "_TEST.") for file in files]
        if files:
            lines = [line for file in files for line in open(file) if line[:1] not in "@%\n\r "]
            table = np.array([line.split(",") for line in lines], dtype=np.float64)
            return table[:, -1].astype(int), table[:, :-1].astype(np.float32)
    raise SystemExit(f"there is no {name} in {folders}")


def cut(rows, share, seed):
    """scikit-learn's train_test_split: the rows that stay, and those that are cut off."""
    order = np.random.RandomState(seed).permutation(len(rows))
    n = math.ceil(len(rows) * share)
    return rows[order[n:]], rows[order[:n]]


def split(classes):
    """Rows to train on, to validate, to test, and abnormal ones, as each study chose them."""
    if args.arch == "single":
        order = np.random.RandomState(42).permutation(len(classes))
        normal, abnormal = order[classes[order] == 1], order[classes[order] != 1]
        train, rest = cut(normal, 0.15, 42)
        val, test = cut(rest, 0.33, 42)
        return train, val, test, abnormal[:len(test)]
    rows = np.arange(len(classes))
    rest, test = cut(rows[classes == 1], 0.1, 23)
    train, val = cut(rest, 0.1, 23)
    return train, val, test, rows[classes != 1]


class Autoencoder(nn.Module):
    def __init__(self, arch, e):
        super().__init__()
        wide = [2 * e] if arch == "stacked" else []
        sizes = [1] + wide + [e, e] + wide
        self.layers = nn.ModuleList(nn.LSTM(a, b, batch_first=True) for a, b in zip(sizes, sizes[1:]))
        self.out = nn.Linear(sizes[-1], 1)
        self.code = len(wide)  # the layer whose last state is the embedding

    def forward(self, x):
        length = x.shape[1]
        for i, layer in enumerate(self.layers):
            x, (last, _) = layer(x)
            if i == self.code:
                x = last[-1].unsqueeze(1).repeat(1, length, 1)
        return self.out(x)


def errors(model, x):
    with torch.no_grad():
        return (model(x) - x).abs().sum((1, 2))


def report(**values):
    line = json.dumps(values)
    if "SWEEP_METRICS" in os.environ:
        with open(os.environ["SWEEP_METRICS"], "a") as out:
            out.write(line + "\n")
    else:
        print(line)


classes, series = read_rows(args.data)
train, val, test, abnormal = (torch.from_numpy(series[rows]).unsqueeze(2) for rows in split(classes))
train = train[:args.rows] if args.rows else train
torch.manual_seed(args.seed)
model = Autoencoder(args.arch, args.embedding_dim)
adam = torch.optim.Adam(model.parameters(), lr=args.learning_rate)
checkpoint = os.path.join(os.environ.get("SWEEP_CHECKPOINT", ""), "state.pt")
first = 1
if os.environ.get("SWEEP_RESUME") == "1" and os.path.exists(checkpoint):
    state = torch.load(checkpoint)
    model.load_state_dict(state["model"])
    adam.load_state_dict(state["adam"])
    first = state["epoch"] + 1
for epoch in range(first, args.epochs + 1):
    losses = []
    for x in train:
        adam.zero_grad()
        loss = (model(x.unsqueeze(0)) - x).abs().sum()
        loss.backward()
        adam.step()
        losses.append(loss.item())
    if "SWEEP_CHECKPOINT" in os.environ:
        torch.save({"model": model.state_dict(), "adam": adam.state_dict(), "epoch": epoch},
                   checkpoint + ".new")
        os.replace(checkpoint + ".new", checkpoint)
    report(epoch=epoch, train_loss=float(np.mean(losses)), val_loss=errors(model, val).mean().item(),
           normal_recall=(errors(model, test) <= args.threshold).float().mean().item(),
           anomaly_recall=(errors(model, abnormal) > args.threshold).float().mean().item())
