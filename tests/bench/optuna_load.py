"""How long Optuna takes to load a study from the views of a store, and from tables of its own with the
same rows. Needs optuna 5.

usage: optuna_load.py SWEEP_PROGRAM WORK_FOLDER [TRIALS [STEPS]]
"""

import os
import shutil
import sqlite3
import subprocess
import sys
import time

import optuna
from optuna.storages import RDBStorage

INI = """[experiment]
name = many
[data]
path = builtin:ecg?rows=100
[train]
epochs = {steps}
learning_rate = 1e-3
[sweep]
model.embedding_dim = 2, 3
train.learning_rate = 1e-3, 1e-2
train.batch_size = 1, 8
"""

program, work = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
n_trials, n_steps = [int(word) for word in sys.argv[3:5] + ["10000", "25"][len(sys.argv[3:5]):]]


def make_store(path):
    """Enrol a few trials, then fill in many others like the first."""
    ini = os.path.join(work, "many.ini")
    with open(ini, "w") as file:
        file.write(INI.format(steps=1))
    subprocess.run([program, "run", ini, "--db", path, "--quiet"], check=True)
    db = sqlite3.connect(path)
    revision, first = db.execute("SELECT revision_id, trial_id FROM revision_trial LIMIT 1").fetchone()
    metrics = [row[0] for row in db.execute("SELECT id FROM metric")]
    trials = range(1000, 1000 + n_trials)
    db.execute("UPDATE revision_trial SET budget = ?", (n_steps,))
    db.executemany(
        "INSERT INTO trial SELECT ?1, experiment_id, generation, ?1, data_set_id, split_id, weights"
        f" FROM trial WHERE id = {first}", ((t,) for t in trials))
    db.executemany(
        "INSERT INTO revision_trial (revision_id, number, trial_id, budget, state)"
        " VALUES (?, ?, ?, ?, 'done')", ((revision, t, t, n_steps) for t in trials))
    db.executemany(
        "INSERT INTO trial_param SELECT ?1, position, key, CASE key WHEN 'train.learning_rate'"
        f" THEN '0.00' || ?1 ELSE value END FROM trial_param WHERE trial_id = {first}",
        ((t,) for t in trials))
    db.executemany(
        "INSERT INTO step (trial_id, step, best_step, train_s, eval_s, worker, begun_s, ended_s)"
        " VALUES (?1, ?2, ?2, 0.1, 0.1, 1, ?1 + ?2, ?1 + ?2 + 0.5)",
        ((t, s) for t in trials for s in range(1, n_steps + 1)))
    db.executemany(
        "INSERT INTO value VALUES (?, ?, ?, ?)",
        ((t, s, m, t * 7919 % 1000 / s) for t in trials for s in range(1, n_steps + 1)
         for m in metrics))
    db.commit()
    db.close()


def copy_to_tables(store, path):
    """The rows of the views, in tables that Optuna has made."""
    RDBStorage(f"sqlite:///{path}").engine.dispose()
    db = sqlite3.connect(path)
    db.execute("ATTACH ? AS store", (store,))
    tables = [row[0] for row in db.execute(
        "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")]
    for table in tables:
        columns = ", ".join(f'"{row[1]}"' for row in db.execute(f"PRAGMA store.table_info({table})"))
        db.execute(f"DELETE FROM main.{table}")
        db.execute(f"INSERT INTO main.{table} ({columns}) SELECT {columns} FROM store.{table}")
    db.commit()
    db.close()


def load(url):
    begin = time.process_time()
    study = optuna.load_study(study_name="many@1", storage=url)
    trials = study.get_trials(deepcopy=False)
    return time.process_time() - begin, trials


shutil.rmtree(work, ignore_errors=True)
os.makedirs(work)
store, tables = os.path.join(work, "sweep.db"), os.path.join(work, "optuna.db")
make_store(store)
copy_to_tables(store, tables)
urls = {"views": f"sqlite:///file:{store}?mode=ro&uri=true", "tables": f"sqlite:///{tables}"}
seconds = {name: [] for name in urls}
for _ in range(3):
    loaded = {}
    for name, url in urls.items():
        spent, loaded[name] = load(url)
        seconds[name].append(spent)
assert loaded["views"] == loaded["tables"] and len(loaded["views"]) > n_trials
for name, spent in seconds.items():
    print(f"{name}: {min(spent):.2f} s of CPU, the least of three, for {len(loaded[name])} trials of"
          f" {n_steps} steps")
