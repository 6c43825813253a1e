#!/usr/bin/env python3
"""The studies in PyTorch, compared with the built-in engine: torch_studies.py SWEEP WORK_FOLDER SOURCES.
Both train the same model on the same rows in the same order, so one epoch ends at nearly the same
losses. Skipped (77) without ECG5000."""
import csv
import io
import os
import subprocess
import sys

SWEEP, WORK, SOURCES = (os.path.abspath(path) for path in sys.argv[1:4])
os.makedirs(WORK, exist_ok=True)
os.environ["PATH"] = os.path.dirname(sys.executable) + ":" + os.environ["PATH"]
os.chdir(SOURCES)


def sweep(*args):
    done = subprocess.run([SWEEP, *args], capture_output=True, text=True)
    assert done.returncode == 0, (args, done.returncode, done.stdout, done.stderr)
    return done.stdout


if subprocess.run([SWEEP, "data", "info", "ECG5000"], capture_output=True).returncode != 0:
    sys.exit(77)
db = os.path.join(WORK, "studies.db")
for name in os.listdir(WORK):
    if os.path.isfile(os.path.join(WORK, name)):
        os.remove(os.path.join(WORK, name))
sweep("run", "experiments/embedding.ini", "--db", db, "--quiet", "--set", "train.epochs=1",
      "--set", "model.embedding_dim=2", "--set", "eval.threshold=45")
sweep("run", "experiments/embedding_torch.ini", "--db", db, "--quiet", "--set", "epochs=1",
      "--set", "embedding_dim=2")
sweep("run", "experiments/heartbeat_torch.ini", "--db", db, "--quiet", "--set", "epochs=1",
      "--set", "embedding_dim=4", "--set", "rows=20")
trials = {name: list(csv.DictReader(io.StringIO(sweep("export", name, "--db", db, "--what", "trials",
                                                      "--format", "csv"))))[0]
          for name in ("embedding", "embedding_torch", "heartbeat_torch")}
for metric in ("train_loss", "val_loss"):
    built_in, torch = (float(trials[name][metric]) for name in ("embedding", "embedding_torch"))
    assert abs(built_in - torch) < 0.01 * built_in, (metric, built_in, torch)
assert trials["heartbeat_torch"]["state"] == "done", trials
assert 0 <= float(trials["heartbeat_torch"]["metric.normal_recall"]) <= 1, trials
for name in ("embedding", "embedding_torch"):
    assert "val loss" in sweep("report", name, "--db", db)
    sweep("plot", name, "--db", db, "-o", os.path.join(WORK, name), "--only", "timeline")
print("ok")
