#!/usr/bin/env python3
"""Print the numbers of tests/engine/test_split.c, computed with NumPy alone.

`python3 make_splits.py ECG5000_TRAIN.arff ECG5000_TEST.arff` prints the data set's fingerprint and, for each part
of a split, its size, first row numbers and the SHA-256 over all of them as little-endian 32-bit numbers. The same
for synthetic beats: `sweep data synth --rows 500 -o beats.csv`, then `python3 make_splits.py beats.csv`.
"""
import hashlib
import math
import struct
import sys

import numpy as np

values, labels = [], []
for path in sys.argv[1:]:
    for line in open(path):
        if line.strip() and line[0] not in "@%":
            fields = line.strip().split(",")
            if path.endswith(".csv"):  # the label comes first
                fields = fields[1:] + fields[:1]
            values.append([float(v) for v in fields[:-1]])
            labels.append(fields[-1])
values, labels = np.array(values).astype("<f4"), np.array(labels)
names = b"".join(label.encode() + b"\0" for label in labels)
print("fingerprint", hashlib.sha256(struct.pack("<QQ", *values.shape) + values.tobytes() + names).hexdigest())


def train_test_split(rows, fraction, seed):
    """What scikit-learn does: the first ceil(n * fraction) of a permutation test, the others train."""
    n_test = math.ceil(len(rows) * fraction)
    p = np.random.RandomState(seed).permutation(len(rows))
    return rows[p[n_test:]], rows[p[:n_test]]


def show(study, **parts):
    print(study)
    for name, rows in parts.items():
        print(f"  {name}: {len(rows)} {rows[:4].tolist()} {hashlib.sha256(rows.astype('<u4').tobytes()).hexdigest()}")


order = np.random.RandomState(42).permutation(len(labels))
normal, anomaly = order[labels[order] == "1"], order[labels[order] != "1"]
train, held_out = train_test_split(normal, 0.15, 42)
val, test = train_test_split(held_out, 0.33, 42)
show("embedding, shuffle 42", train=train, val=val, test=test, anomaly=anomaly[: len(test)])

order = np.arange(len(labels))
normal, anomaly = order[labels == "1"], order[labels != "1"]
rest, test = train_test_split(normal, 0.1, 23)
train, val = train_test_split(rest, 0.1, 23)
show("heartbeat, no shuffle", train=train, val=val, test=test, anomaly=anomaly)
