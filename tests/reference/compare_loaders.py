#!/usr/bin/env python3
"""Compare what `sweep` reads with the loaders of aeon, scikit-learn, pandas and NumPy.

usage: compare_loaders.py SWEEP [-v]

Reads every data file that the wheels of aeon and scikit-learn ship, and files that pandas and NumPy
write here. The fingerprint of a set covers all its values and labels, so it is computed from the
other loader's arrays and compared. A file that `sweep` refuses is listed with the reason; one that
it reads otherwise than its loader is a difference, and the exit code then is 1. Exit code 77: the
packages are not installed (pip install aeon scikit-learn pandas).
"""
import collections
import glob
import gzip
import hashlib
import json
import os
import struct
import subprocess
import sys
import tempfile
import warnings

warnings.filterwarnings("ignore")
try:
    import aeon.datasets
    import numpy
    import pandas
    import sklearn.datasets
    from sklearn.externals import _arff
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)


def label_name(label):
    """A label as sweep names it: numbers in shortest form."""
    text = str(label)
    try:
        number = float(text)
    except ValueError:
        return text
    if number != number or abs(number) >= 2**53:
        return text
    return str(int(number)) if number == int(number) else repr(number)


def fingerprint(values, labels):
    values = numpy.asarray(values, dtype="<f8").astype("<f4")
    bits = values.view("<u4").copy()
    bits[numpy.isnan(values)] = 0x7FC00000
    sha = hashlib.sha256(struct.pack("<QQ", *values.shape) + bits.tobytes())
    for label in labels:
        sha.update(label_name(label).encode() + b"\0")
    return sha.hexdigest()


class Comparison:
    def __init__(self, sweep, verbose):
        self.sweep, self.verbose = sweep, verbose
        self.counts = collections.Counter()
        self.values = 0

    def say(self, kind, path, text):
        self.counts[kind] += 1
        if self.verbose or kind != "same":
            print(f"{kind:8} {path}: {text}")

    def compare(self, path, values, labels, name=None):
        """`values` None: the other loader gives no equally long labelled sequences."""
        name = name or os.path.basename(path)
        run = subprocess.run([self.sweep, "data", "info", "--format", "json", path],
                             capture_output=True, text=True, check=False)
        if run.returncode != 0:
            if run.returncode != 3:
                self.say("CRASHED", name, f"exit code {run.returncode}: {run.stderr}")
                return
            reason = run.stderr.splitlines()[0].replace(path, "").removeprefix("sweep: ")
            self.say("refused", name, reason[:150])
            return
        found = json.loads(run.stdout)
        if values is None:
            self.say("DIFFERS", name, f"read as {found['rows']} x {found['length']}, but is none")
            return
        values = numpy.asarray(values)
        want = fingerprint(values, labels)
        if found["fingerprint"] == want:
            self.values += values.size
            self.say("same", name, f"{values.shape[0]} x {values.shape[1]}")
        else:
            classes = {c["label"]: c["rows"] for c in found["classes"]}
            self.say("DIFFERS", name, f"expected {values.shape}, found {found['rows']} x "
                     f"{found['length']} with {str(classes)[:200]}")


def single_channel(values):
    """(n, length) of aeon's (n, 1, length), or None."""
    if isinstance(values, list) or values.ndim == 3 and values.shape[1] > 1:
        return None
    return values[:, 0, :] if values.ndim == 3 else values


def compare_aeon(comparison):
    folder = os.path.join(os.path.dirname(aeon.datasets.__file__), "data")
    loaders = {".ts": aeon.datasets.load_from_ts_file, ".arff": aeon.datasets.load_from_arff_file,
               ".tsv": aeon.datasets.load_from_tsv_file}
    for path in sorted(glob.glob(os.path.join(folder, "*", "*"))):
        ending = os.path.splitext(path)[1]
        if ending in (".csv", ".tsf"):  # single series, not sets of sequences
            comparison.compare(path, None, None)
        if ending not in loaders:
            continue
        with open(path, encoding="utf-8") as file:
            head = [line for line in file if line.startswith("@")]
        target = any(line.lower().startswith("@targetlabel true") for line in head)
        try:
            values, labels = loaders[ending](path)
        except Exception as problem:  # the other loader fails; sweep may still read it
            print(f"skipped  {os.path.basename(path)}: its own loader says {str(problem)[:80]}")
            continue
        comparison.compare(path, None if target else single_channel(values), labels)


def arff_rows(path):
    """Values and labels of an ARFF file whose last attribute is its class, or None."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        data = _arff.load(file)
    attributes = data["attributes"]
    named = [i for i, a in enumerate(attributes) if a[0].lower() in ("class", "label", "target")]
    label = named[0] if len(named) == 1 else len(attributes) - 1
    skipped = {"id", "index", "time", "date"}
    kept = [i for i, a in enumerate(attributes) if i != label and a[0].lower() not in skipped]
    if any(isinstance(attributes[i][1], list) for i in kept):
        return None, None
    values = [[numpy.nan if row[i] is None else float(row[i]) for i in kept] for row in data["data"]]
    return values, [row[label] for row in data["data"]]


def compare_sklearn(comparison):
    folder = os.path.join(os.path.dirname(sklearn.datasets.__file__), "data")
    digits = sklearn.datasets.load_digits()
    known = {"digits.csv.gz": (digits.data, digits.target)}
    for path in sorted(glob.glob(os.path.join(folder, "*.csv*"))):
        values, labels = known.get(os.path.basename(path), (None, None))
        comparison.compare(path, values, labels)
    openml = os.path.join(os.path.dirname(sklearn.datasets.__file__), "tests", "data", "openml")
    for path in sorted(glob.glob(os.path.join(openml, "*", "*.arff.gz"))):
        name = "/".join(path.split("/")[-2:])
        try:
            values, labels = arff_rows(path)
        except Exception as problem:
            print(f"skipped  {name}: its own loader says {str(problem)[:80]}")
            continue
        comparison.compare(path, values, labels, name)


def compare_written(comparison):
    """One real set as pandas, NumPy and scikit-learn write it, in the usual ways."""
    values, labels = aeon.datasets.load_gunpoint(split="train")
    values = values[:, 0, :].astype("f8")
    numbers = labels.astype(int)
    length = values.shape[1]
    names = pandas.DataFrame(values, columns=[f"t{i}" for i in range(length)])
    plain = pandas.DataFrame(values)
    frames = {
        "names-label-last": names.assign(label=labels),
        "numbers-label-last": plain.assign(label=labels),
        "numbers-own-number": plain.assign(**{"last": numbers}).set_axis(range(length + 1), axis=1),
        "numbers-first": pandas.concat([pandas.Series(numbers), plain], axis=1),
        "from-1": plain.assign(**{"last": numbers}).set_axis(range(1, length + 2), axis=1),
        "text-labels": names.assign(**{"class": numpy.where(numbers == 1, "gun", "no gun")}),
        "id-in-front": names.assign(label=labels).reset_index(names="id"),
    }
    shown = {"text-labels": numpy.where(numbers == 1, "gun", "no gun")}
    options = {
        "plain": {"index": False}, "index": {}, "semicolons": {"sep": ";", "index": False},
        "decimal-commas": {"sep": ";", "decimal": ",", "index": False},
        "tabs": {"sep": "\t", "index": False}, "crlf": {"lineterminator": "\r\n", "index": False},
        "utf-8-sig": {"encoding": "utf-8-sig", "index": False},
        "utf-16": {"encoding": "utf-16", "index": False}, "quoted": {"quoting": 1, "index": False},
        "no-header": {"header": False, "index": False}, "rounded": {"float_format": "%.4f", "index": False},
    }
    with tempfile.TemporaryDirectory() as folder:
        for frame_name, frame in frames.items():
            for option_name, option in options.items():
                for ending in ("csv", "csv.gz"):
                    path = os.path.join(folder, f"{frame_name}-{option_name}.{ending}")
                    frame.to_csv(path, **option)
                    wanted = values if option_name != "rounded" else numpy.vectorize(
                        lambda value: float(f"{value:.4f}"))(values)
                    comparison.compare(path, wanted, shown.get(frame_name, labels))
        for kind in ("f4", "f8", ">f4", ">f8"):
            for order in "CF":
                array = values.astype(kind, order=order)
                for y in (numbers, labels, numbers.astype("f8"), numbers.astype("u1")):
                    path = os.path.join(folder, f"{kind}-{order}-{y.dtype}.npz".replace(">", "b"))
                    for save in (numpy.savez, numpy.savez_compressed):
                        save(path, X=array, y=y)
                        comparison.compare(path, array, labels)
                numpy.save(os.path.join(folder, "X.npy"), array)
                numpy.save(os.path.join(folder, "y.npy"), numbers)
                comparison.compare(f"{folder}/X.npy:{folder}/y.npy", array, labels, f"X.npy {kind} {order}")
        joined = numpy.column_stack([numbers, values])
        for name, option in {"e.txt": {}, "g.csv": {"fmt": "%.17g", "delimiter": ","},
                             "head.csv": {"delimiter": ",", "header": "GunPoint"}}.items():
            path = os.path.join(folder, name)
            numpy.savetxt(path, joined, **option)
            comparison.compare(path, values, labels)


def main():
    comparison = Comparison(sys.argv[1], "-v" in sys.argv[2:])
    compare_aeon(comparison)
    compare_sklearn(comparison)
    compare_written(comparison)
    counts = comparison.counts
    print(f"{counts['same']} sets are the same ({comparison.values} values and their labels), "
          f"{counts['refused']} refused, {counts['DIFFERS']} differ, {counts['CRASHED']} crashed")
    return 1 if counts["DIFFERS"] or counts["CRASHED"] else 0


if __name__ == "__main__":
    sys.exit(main())
