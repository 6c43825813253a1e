#!/usr/bin/env python3
"""Exported weights in PyTorch: weights.py SWEEP WORK_FOLDER

Runs a small study of both architectures, exports the models, and loads each with load_state_dict, names
as they are, into the class that `sweep help models` shows. The
module's reconstructions of the samples, and its errors of every held-out sequence, must equal those of the store
to a relative 1e-5; what `sweep detect` prints, too. Exits with 77 where torch is not installed.
"""
import csv
import io
import json
import pathlib
import shutil
import sqlite3
import struct
import subprocess
import sys
import textwrap

try:
    import numpy as np
    import torch
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

STUDY = """[experiment]
name = weights
[data]
path = beats.txt
[train]
loss = {loss}
[sweep]
model.arch = single, stacked
model.embedding_dim = 2, 5, 20
train.epochs = 1, 3
eval.threshold = 60, p95
"""
TOLERANCE = 1e-5


def shown_class():
    """The class Autoencoder that `sweep help models` shows."""
    text = (pathlib.Path(__file__).parents[2] / "runner/cli/help/models.txt").read_text(encoding="utf-8")
    names = {}
    exec(textwrap.dedent(text[text.index("  from torch") :]), names)  # pylint: disable=exec-used
    return names["Autoencoder"]


Autoencoder = shown_class()


def load_file(path):
    """Metadata and tensors, as safetensors.torch.load_file reads them."""
    blob = path.read_bytes()
    (length,) = struct.unpack("<Q", blob[:8])
    header = json.loads(blob[8 : 8 + length])
    metadata = header.pop("__metadata__")
    tensors = {}
    for name, entry in header.items():
        assert entry["dtype"] == "F32", name
        begin, end = (8 + length + at for at in entry["data_offsets"])
        tensors[name] = torch.from_numpy(np.frombuffer(blob[begin:end], "<f4").reshape(entry["shape"]).copy())
    return metadata, tensors


def expect_close(got, want, what):
    got, want = np.asarray(got, np.float64), np.asarray(want, np.float64)
    assert got.shape == want.shape, f"{what}: {got.shape} for {want.shape}"
    worst = float(np.max(np.abs(got - want) / np.maximum(1, np.abs(want))))
    assert worst < TOLERANCE, f"{what}: off by {worst}"
    return worst


def errors_of(y, x, loss):
    away = (y - x).double()
    return (away.abs() if loss == "l1" else away.square()).sum(1).numpy()


def floats(blob):
    return np.frombuffer(blob, "<f4")


class Study:
    def __init__(self, sweep, folder, loss):
        self.sweep, self.folder, self.loss = sweep, folder, loss
        folder.mkdir()
        (folder / "weights.ini").write_text(STUDY.format(loss=loss))
        self.run("data", "synth", "-o", "beats.txt", "--rows", "200", "--seed", "3")
        self.run("run", "weights.ini", "--quiet", "--db", "sweep.db")
        rows = [line.split(",") for line in (folder / "beats.txt").read_text().splitlines()]
        self.beats = torch.tensor([[float(v) for v in row[1:]] for row in rows])
        self.db = sqlite3.connect(folder / "sweep.db")

    def run(self, *words):
        done = subprocess.run([self.sweep, *words], cwd=self.folder, capture_output=True, text=True)
        assert done.returncode == 0, f"{words}: {done.stderr}"
        return done.stdout

    def check_held_out(self, model, trial, epoch):
        worst = 0
        query = """SELECT subset, errors, rows FROM error_blob JOIN trial ON trial.id = trial_id
            JOIN held_out USING (split_id, subset) WHERE trial_id = ? AND step = ?"""
        found = self.db.execute(query, (trial, epoch)).fetchall()
        assert len(found) == 3
        for subset, errors, rows in found:
            x = self.beats[np.frombuffer(rows, "<u4").astype(np.int64)]
            got = errors_of(model(x), x, self.loss)
            worst = max(worst, expect_close(got, floats(errors), f"errors of {subset}"))
        return worst

    def check_samples(self, model, trial, epoch):
        query = "SELECT series FROM sample WHERE split_id = (SELECT split_id FROM trial WHERE id = ?) ORDER BY position"
        x = torch.tensor(np.stack([floats(series) for (series,) in self.db.execute(query, (trial,))]))
        query = "SELECT series FROM reconstruction WHERE trial_id = ? AND step = ?"
        (series,) = self.db.execute(query, (trial, epoch)).fetchone()
        return expect_close(model(x).numpy(), floats(series).reshape(x.shape), "reconstructions")

    def check_detect(self, model, path, threshold):
        text = self.run("detect", "--model", str(path), "--threshold", "p95", "beats.txt", "--quiet")
        rows = list(csv.DictReader(io.StringIO(text)))
        got = [float(row["error"]) for row in rows]
        worst = expect_close(got, errors_of(model(self.beats), self.beats, self.loss), "detect")
        assert [row["verdict"] == "anomaly" for row in rows] == [error > threshold for error in got]
        assert {row["verdict"] for row in rows} == {"normal", "anomaly"}
        return worst

    def check(self):
        paths = self.run("export", "weights", "--what", "weights", "-o", "models", "--db", "sweep.db").split()
        assert len(paths) >= 6, paths
        for path in (self.folder / path for path in paths):
            metadata, tensors = load_file(path)
            model = Autoencoder(metadata["arch"], int(metadata["embedding_dim"]))
            model.load_state_dict(tensors)
            assert list(model.state_dict()) == list(tensors)
            assert metadata["loss"] == self.loss and metadata["format"] == "pt"
            number, epoch = int(metadata["trial"]), int(metadata["epoch"])
            assert path.name == f"trial_{number:03d}_epoch_{epoch:03d}.safetensors", path
            query = "SELECT trial_id FROM revision_trial WHERE revision_id = 1 AND number = ?"
            (trial,) = self.db.execute(query, (number,)).fetchone()
            with torch.no_grad():
                worst = max(
                    self.check_held_out(model, trial, epoch),
                    self.check_samples(model, trial, epoch),
                    self.check_detect(model, path, float(metadata["threshold.p95"])),
                )
            print(f"{self.loss} {path.name} {metadata['arch']} {metadata['embedding_dim']}: {worst:.1e}")


def main():
    sweep, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    torch.set_num_threads(1)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for loss in ("l1", "mse"):
        Study(sweep, folder / loss, loss).check()


main()
