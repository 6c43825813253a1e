"""Computes the baselines of a study again, with scikit-learn.

usage: baselines.py SWEEP FOLDER

Trains two small models for an epoch, on a split without and on two with a tuning part, reads from
the store which rows are held out, and computes the errors that the mean, scikit-learn's PCA and its
NearestNeighbors give them; then thresholds, recalls, areas, means over splits, and the lines on the
chart of recall. Exit code 77: a module or the data set is missing.
"""
import json
import os
import re
import shutil
import sqlite3
import sys

try:
    import numpy as np
    from sklearn.decomposition import PCA
    from sklearn.metrics import average_precision_score, roc_auc_score
    from sklearn.neighbors import NearestNeighbors
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

from figures import ROOT, Program

FOLDER = os.path.abspath(sys.argv[2])
STORE = os.path.join(FOLDER, "baselines.db")
program = Program(sys.argv[1], STORE)
sweep, table, same = program.sweep, program.table, program.same


def read_set():
    """Labels and values of ECG5000, TRAIN and then TEST, from its ARFF files."""
    rows = []
    for part in ["TRAIN", "TEST"]:
        names = [os.path.join(up, "shared", "data", "ECG5000", f"ECG5000_{part}.arff")
                 for up in [ROOT, os.path.dirname(ROOT)]]
        name = next((n for n in names if os.path.exists(n)), None)
        if name is None:
            print("skipped: ECG5000 is not here as ARFF")
            sys.exit(77)
        with open(name, encoding="utf-8") as file:
            rows += [[float(x) for x in line.split(",")] for line in file
                     if line.strip() and line[0] not in "@%"]
    values = np.array(rows)
    return values[:, -1].astype(int), values[:, :-1].astype(np.float32).astype(np.float64)


def parts(store, split):
    held_out = {s: np.frombuffer(r, "<u4") for s, r in store.execute(
        "SELECT subset, rows FROM held_out WHERE split_id = ?", (split,))}
    tune = store.execute("SELECT rows FROM tune_part WHERE split_id = ?", (split,)).fetchone()
    held_out["tune"] = np.frombuffer(tune[0], "<u4") if tune else np.array([], "<u4")
    return held_out


def errors_of(method, components, train, rows):
    if len(rows) == 0:
        return np.array([])
    if method == "mean":
        return np.linalg.norm(rows - train.mean(axis=0), axis=1)
    if method == "pca":
        pca = PCA(components, svd_solver="full").fit(train)
        return np.linalg.norm(rows - pca.inverse_transform(pca.transform(rows)), axis=1)
    near = NearestNeighbors(n_neighbors=1, algorithm="brute").fit(train)
    return near.kneighbors(rows)[0][:, 0]


def check_store(labels, values):
    """Errors of every held-out sequence; returns them by split and baseline."""
    store = sqlite3.connect(STORE)
    found = {}
    for split, method, components, *blobs in store.execute(
            "SELECT split_id, method, components, val, test, anomaly, tune FROM baseline"):
        held_out = parts(store, split)
        used = np.isin(np.arange(len(labels)), np.concatenate([held_out["val"], held_out["test"]]))
        train = values[(labels == 1) & ~used]
        for subset, blob in zip(["val", "test", "anomaly", "tune"], blobs):
            want = errors_of(method, components, train, values[held_out[subset]])
            got = np.frombuffer(blob, "<f4")
            assert len(got) == len(want), (split, method, subset)
            for a, b in zip(got, want):
                same(f"split {split} {method} {components} {subset}", a, float(b), 2e-6)
            found.setdefault((split, method, components), {})[subset] = got.astype(np.float64)
    assert len(found) == 4 * 3, sorted(found)
    return found


def check_export(name, found, splits):
    rows = table("export", name, "--what", "baselines")
    assert len(rows) == 4 * len(splits), len(rows)
    for row in rows:
        e = found[splits[int(row["split"]) - 1], row["baseline"], int(row["components"] or 0)]
        scores = np.concatenate([e["test"], e["anomaly"]])
        truth = [0] * len(e["test"]) + [1] * len(e["anomaly"])
        threshold = float(np.percentile(e["val"], 95))
        what = f"{name} {row['baseline']} {row['components']}"
        assert row["threshold"] == "p95"
        same(f"{what} threshold", row["threshold_value"], threshold, 1e-12)
        same(f"{what} normal", row["normal_recall"], float((e["test"] <= threshold).mean()), 1e-12)
        same(f"{what} anomaly", row["anomaly_recall"], float((e["anomaly"] > threshold).mean()),
             1e-12)
        same(f"{what} AUROC", row["auroc"], float(roc_auc_score(truth, scores)), 1e-12)
        same(f"{what} AUPRC", row["auprc"], float(average_precision_score(truth, scores)), 1e-12)
    return rows


def check_report(name, exported):
    """The mean over splits, in the report for machines."""
    report = json.loads(sweep("report", name, "--format", "json"))
    assert len(report["baselines"]) == 4
    for row in report["baselines"]:
        of = [float(r["anomaly_recall"]) for r in exported
              if r["baseline"] == row["baseline"] and int(r["components"] or 0) ==
              (row["components"] or 0)]
        assert row["splits"] == len(of)
        same(f"{name} mean {row['baseline']}", row["anomaly_recall"], float(np.mean(of)), 1e-12)
        if len(of) > 1:
            same(f"{name} sd {row['baseline']}", row["anomaly_recall_sd"],
                 float(np.std(of, ddof=1)), 1e-9)


def check_chart(name, exported):
    """Lines beside the bars of recall, where the rule for the threshold is that of the models."""
    def head(*arguments):
        folder = os.path.join(FOLDER, "charts")
        sweep("plot", name, "--only", "recall_bars", "-o", folder, "--quiet", *arguments)
        with open(os.path.join(folder, "recall_bars.gp"), encoding="utf-8") as file:
            return file.read()

    def numbers(text, array):
        return re.search(rf"^array {array}\[\d+\] = \[(.*)\]$", text, re.M)[1].split(",")

    def recall(method, components=""):
        return 100 * float(next(r["anomaly_recall"] for r in exported if r["baseline"] == method
                                and r["components"] == components))

    text = head("--threshold", "p95")
    assert "\nrule = 'p95'\n" in text, text
    for got, method in zip(numbers(text, "lines"), ["mean", "neighbour"]):
        same(f"line of {method}", got, recall(method), 1e-12)
    for got, components in zip(numbers(text, "pca"), ["2", "8"]):
        same(f"line of PCA {components}", got, recall("pca", components), 1e-12)
    text = head("--threshold", "45")
    assert "\nn_lines = 0\n" in text and "\npca_title = ''\n" in text, text


def main():
    shutil.rmtree(FOLDER, ignore_errors=True)
    os.makedirs(FOLDER)
    labels, values = read_set()
    usual = ["run", "experiments/published_seeds.ini", "--quiet", "--set", "train.epochs=1",
             "--set", "sweep.model.embedding_dim=2, 8", "--set", "sweep.train.seed=1"]
    sweep(*usual, "--set", "experiment.name=one")
    sweep(*usual, "--set", "experiment.name=tuned", "--set", "sweep.data.split_seed=7, 8",
          "--set", "data.tune_anomalies=20", "--set", "eval.threshold=p95")
    found = check_store(labels, values)
    splits = sorted({key[0] for key in found})
    one = check_export("one", found, splits[:1])
    check_report("one", one)
    if shutil.which("gnuplot"):
        check_chart("one", one)
    check_report("tuned", check_export("tuned", found, splits[1:]))
    print(f"{program.checked} figures agree")


main()
