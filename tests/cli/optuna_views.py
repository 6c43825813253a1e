"""Optuna opens a store through its views: the same trials as in the exports, also during a run.

usage: optuna_views.py SWEEP_PROGRAM WORK_FOLDER [SECONDS [WORKERS]]
Exits with 77 where optuna is not installed. Reads beside runs for SECONDS (at least one run).
"""

import csv
import io
import os
import shutil
import subprocess
import sys
import time

try:
    import optuna
except ImportError:
    sys.exit(77)

INI = """[experiment]
name = it's "odd"
[data]
path = builtin:ecg?rows=100
[train]
epochs = 3
[sweep]
train.learning_rate = 1e-4, 1e-3, 1e-2, 1e35
model.embedding_dim = 2, 3
train.loss = l1, mse
"""
LIVE = """[experiment]
name = live
[data]
path = builtin:ecg?rows=200
[train]
epochs = 15
[sweep]
model.embedding_dim = 2, 3, 4, 5
train.seed = 1, 2
"""
SEARCH = """[experiment]
name = search
[data]
path = builtin:ecg?rows=100
[train]
epochs = 2
[search]
strategy = random
trials = 6
[sweep]
train.learning_rate = log(1e-4 .. 1e-1)
model.embedding_dim = int(2 .. 8)
train.batch_size = 1, 8
"""
STATES = {"done": "COMPLETE", "stopped": "PRUNED", "failed": "FAIL", "running": "RUNNING",
          "waiting": "WAITING"}

program, work = map(os.path.abspath, sys.argv[1:3])
seconds = float(sys.argv[3]) if len(sys.argv) > 3 else 0
workers = sys.argv[4] if len(sys.argv) > 4 else "2"
store = os.path.join(work, "sweep.db")
url = f"sqlite:///file:{store}?mode=ro&uri=true"


def sweep(*words, codes=(0,)):
    done = subprocess.run([program, *words], capture_output=True, text=True)
    assert done.returncode in codes, (words, done)
    return done.stdout


def write(name, text):
    path = os.path.join(work, name)
    with open(path, "w") as file:
        file.write(text)
    return path


def export(name, what):
    text = sweep("export", name, "--db", store, "--what", what, "--format", "csv")
    return list(csv.DictReader(io.StringIO(text)))


def load(name):
    return optuna.load_study(study_name=name, storage=url)


def check_trial(got, row, epochs, axes):
    assert got.number == int(row["trial"]) - 1
    assert got.state.name == STATES[row["state"]], (got, row)
    assert got.user_attrs["trial"] == int(row["trial"])
    for axis in axes:
        value = got.params[axis]
        assert (value if isinstance(value, str) else float(value)) == (
            row[axis] if isinstance(value, str) else float(row[axis])), (got, row)
    assert got.intermediate_values == {int(e["epoch"]): float(e["val_loss"]) for e in epochs}
    if row["state"] == "done":
        assert got.value == float(row["val_loss"])
        assert got.datetime_start <= got.datetime_complete


def check_study(name):
    study = load(name)
    assert study.direction.name == "MINIMIZE" and study.metric_names == ["val_loss"]
    rows, epochs = export(name, "trials"), export(name, "epochs")
    trials = study.trials
    assert len(trials) == len(rows) == 16
    axes = ["learning_rate", "embedding_dim", "loss"]
    for got, row in zip(trials, rows):
        assert set(got.params) == {*axes, "seed"}
        check_trial(got, row, [e for e in epochs if e["trial"] == row["trial"]], axes)
        assert got.distributions == trials[0].distributions
    assert {row["state"] for row in rows} == {"done", "failed"}
    kinds = trials[0].distributions
    assert kinds["learning_rate"] == optuna.distributions.FloatDistribution(1e-4, 1e35, log=True)
    assert kinds["embedding_dim"] == optuna.distributions.IntDistribution(2, 3)
    assert kinds["loss"] == optuna.distributions.CategoricalDistribution(["l1", "mse"])
    done = [row for row in rows if row["state"] == "done"]
    assert study.best_value == min(float(row["val_loss"]) for row in done)


def check_search(name):
    """Distributions cover what may be proposed, not what was."""
    trials, rows = load(name).trials, export(name, "trials")
    kinds = optuna.distributions
    for got, row in zip(trials, rows):
        assert got.distributions["learning_rate"] == kinds.FloatDistribution(1e-4, 1e-1, log=True)
        assert got.distributions["embedding_dim"] == kinds.IntDistribution(2, 8)
        assert got.distributions["batch_size"] == kinds.IntDistribution(1, 8)
        for axis in "learning_rate", "embedding_dim", "batch_size":
            assert got.params[axis] == float(row[axis]), (got, row)


def read_beside_run(ini):
    """Load the study over and over while it runs. Returns how often."""
    n = 0
    run = subprocess.Popen([program, "run", ini, "--db", store, "--fresh", "--workers", workers,
                            "--quiet"], stderr=subprocess.PIPE, text=True)
    while run.poll() is None:
        for name in optuna.get_all_study_names(url):
            for trial in load(name).get_trials(deepcopy=False):
                assert trial.state.name in STATES.values()
        n += 1
    assert run.returncode == 0, run.stderr.read()
    return n


shutil.rmtree(work, ignore_errors=True)
os.makedirs(work)
optuna.logging.set_verbosity(optuna.logging.WARNING)
ini = write("odd.ini", INI)
sweep("run", ini, "--db", store, "--quiet", codes=(1,))
# Not by this process: closing the file here would drop the locks of its SQLite connections.
subprocess.run(["cp", store, store + ".before"], check=True)
check_study("it's \"odd\"@1")
subprocess.run(["cmp", store, store + ".before"], check=True)

sweep("run", write("search.ini", SEARCH), "--db", store, "--quiet")
check_search("search@1")

end, reads, runs = time.monotonic() + seconds, 0, 0
ini = write("live.ini", LIVE)
while runs == 0 or time.monotonic() < end:
    reads += read_beside_run(ini)
    runs += 1
assert reads > 0
assert {t.state.name for t in load(f"live@{runs}").trials} == {"COMPLETE"}
print(f"{reads} times all studies were read beside {runs} runs with {workers} workers; no error")
