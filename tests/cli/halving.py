"""Halving on ECG5000 against whole grids: as good, with a fraction of the epochs.

usage: halving.py SWEEP_PROGRAM WORK_FOLDER [FIRST_SEED-LAST_SEED [27|81]]

Of each space the grid is trained whole, once for each seed of the weights: 27 configurations for 27
epochs, or 81 for 81, these on every seventh of the 140 samples of a beat, which takes a tenth of the time. Its recorded losses say what halving would have seen, since a trial that is paused
goes on with the same bits: so the rule is replayed on them. The median over the seeds of how far the
promoted trial lies above the grid's best must be at most 1 %, at 11.2 % of the epochs for 27 and 4.6 %
for 81. With the first seed halving itself is run as well: it must promote the trials of the replay and
record the grid's losses, and a larger budget must train nothing again.

27 configurations take about 4 minutes of two cores for ten seeds, as do 81. Skipped (77)
without ECG5000."""

import csv
import os
import shutil
import statistics
import subprocess
import sys

SWEEP, WORK = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FIRST, LAST = map(int, (sys.argv[3] if len(sys.argv) > 3 else "1-10").split("-"))
SIZES = [int(sys.argv[4])] if len(sys.argv) > 4 else [27]
MOST_SHARE = {27: 0.112, 81: 0.046}
COLUMNS = {27: "auto", 81: ", ".join(map(str, range(1, 141, 7)))}
RATES = {27: "3e-4, 3e-3, 3e-2", 81: "log(1e-5, 1e-1, 9)"}
BATCHES = {27: "1, 4, 16", 81: "16, 64, 256"}
SPACE = """[experiment]
name = {name}
[data]
path = ECG5000
columns = {columns}
[train]
epochs = {size}
[eval]
threshold = p99
{search}[sweep]
{seeds}train.learning_rate = {rates}
train.batch_size = {batches}
model.embedding_dim = 2, 4, 8
"""


def sweep(*words):
    done = subprocess.run([SWEEP, *words], capture_output=True, text=True, cwd=ROOT)
    if done.returncode not in (0, 1):  # 1: a trial diverged
        sys.exit(f"{' '.join(words)}: {done.returncode}: {done.stderr}")
    return done.stdout


def write(name, size, **parts):
    path = os.path.join(WORK, f"{name}.ini")
    of_size = {"columns": COLUMNS[size], "rates": RATES[size], "batches": BATCHES[size]}
    with open(path, "w") as file:
        file.write(SPACE.format(name=name, size=size, **of_size, **parts))
    return path


def epochs_of(name, db):
    """{(seed, configuration): [val_loss, as text, of each epoch]}"""
    curves = {}
    for what in "trials", "epochs":  # a trial that diverges at once has no epochs
        text = sweep("export", name, "--db", db, "--what", what, "--format", "csv")
        for row in csv.DictReader(text.splitlines()):
            key = row["learning_rate"], row["batch_size"], row["embedding_dim"]
            curve = curves.setdefault((row.get("seed", "42"), key), [])
            curve += [row["val_loss"]] if what == "epochs" else []
    return curves


def best(curve, n):
    return min((float(loss) for loss in curve[:n]), default=float("inf"))


def replay(curves, most):
    """The number of epochs that halving trains each configuration; `curves` in the order of the trials."""
    given, alive, rung, n = dict.fromkeys(curves, 0), list(curves), 1, len(curves)
    while True:
        for key in alive:
            given[key] = min(rung, len(curves[key]))
        if rung >= most:
            return given
        n = -(-n // 3)
        whole = [key for key in alive if len(curves[key]) >= rung]  # a trial may diverge
        first = sorted(whole, key=lambda key: best(curves[key], rung))[:n]  # stable: ties by number
        alive, rung = [key for key in alive if key in first], min(3 * rung, most)


def is_corner(key, keys):
    """Whether every parameter of `key` has the smallest or the largest of its values."""
    columns = zip(key, zip(*keys))
    return all(value in (min(others, key=float), max(others, key=float)) for value, others in columns)


def judge(size, seed, curves):
    """The promoted trial's loss over the grid's best one, less 1; the share of epochs; whether the
    grid's best one is a corner of the space."""
    assert len(curves) == size, (size, seed, len(curves))
    given = replay(curves, size)
    grid = min(curves, key=lambda key: best(curves[key], size))
    halving = min(curves, key=lambda key: best(curves[key], given[key]))
    gap = best(curves[halving], given[halving]) / best(curves[grid], size) - 1
    share = sum(given.values()) / size**2
    print(f"{size}, seed {seed}: grid {best(curves[grid], size):.2f} at {', '.join(grid)}; halving"
          f" {100 * gap:+.2f} % at {', '.join(halving)}; {100 * share:.1f} % of the epochs", flush=True)
    return gap, share, is_corner(grid, list(curves))


def run_halving(size, seed, curves):
    """Halving itself, with the first seed, and then three times the budget."""
    db = os.path.join(WORK, f"halving{size}.db")
    ini = write(f"halving{size}", size, seeds=f"train.seed = {seed}\n",
                search="[search]\nstop = halving\n")
    sweep("run", ini, "--db", db, "--quiet")
    got = {key: losses for (_, key), losses in epochs_of(f"halving{size}", db).items()}
    given = replay(curves, size)
    assert got == {key: curves[key][:n] for key, n in given.items()}, "not as the replay"
    sweep("run", ini, "--db", db, "--quiet", "--set", f"train.epochs={3 * size}")
    more = {key: losses for (_, key), losses in epochs_of(f"halving{size}", db).items()}
    assert all(more[key][:len(losses)] == losses for key, losses in got.items()), "retrained"
    added = sum(map(len, more.values())) - sum(map(len, got.values()))
    assert added == 2 * size, added  # the last one alone goes on
    print(f"{size}: halving promotes as the replay; a budget of {3 * size} adds {added} epochs")


if subprocess.run([SWEEP, "data", "info", "ECG5000"], capture_output=True, cwd=ROOT).returncode != 0:
    print("skipped: ECG5000 is not here")
    sys.exit(77)
shutil.rmtree(WORK, ignore_errors=True)
os.makedirs(WORK)
for size in SIZES:
    judged, db = [], os.path.join(WORK, f"grid{size}.db")
    for seed in map(str, range(FIRST, LAST + 1)):
        name = f"grid{size}_{seed}"
        ini = write(name, size, seeds=f"train.seed = {seed}\n", search="")
        sweep("run", ini, "--db", db, "--quiet")
        curves = {key: losses for (_, key), losses in epochs_of(name, db).items()}
        judged.append(judge(size, seed, curves))
        if seed == str(FIRST):
            run_halving(size, seed, curves)
    gaps, shares, corners = zip(*judged)
    gap, share = statistics.median(gaps), max(shares)
    print(f"{size} configurations, {len(judged)} seeds: median {100 * gap:+.2f} %, {100 * share:.1f} % of the"
          f" epochs; the best is a corner of the space with {sum(corners)}")
    assert sum(corners) <= len(judged) / 2, "halving is to be shown where the optimum is inside"
    assert gap <= 0.01 and share <= MOST_SHARE[size]
