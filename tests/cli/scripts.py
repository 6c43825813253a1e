#!/usr/bin/env python3
"""Scripts of users, swept unchanged: scripts.py SWEEP WORK_FOLDER. Needs the standard library only."""
import csv
import io
import json
import os
import random
import signal
import subprocess
import sys
import time

SWEEP, WORK = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])

# An argparse script that does not use sweep.
TRAIN = '''
import argparse
parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float)
parser.add_argument("--layers", type=int)
parser.add_argument("--name", default="")
parser.add_argument("--bidir", action="store_true")
args = parser.parse_args()
for epoch in range(3):
    print(f"epoch {epoch}", flush=True)
    print(f"val_loss: {args.lr * args.layers / (epoch + 1) + args.bidir + len(args.name)!r}")
    print(f"val_acc: {1 - args.lr}", flush=True)
'''

TEN_LINES = '''[experiment]
name = ten
[command]
run = python3 train.py ${args}
[search]
objective = val_loss
[sweep]
lr = 0.1, 1e-2
layers = 1..3
bidir = flag
'''

# A script that continues from a checkpoint, and records the pids of its children.
RESUMABLE = '''
import json, os, subprocess, sys, time
params = json.load(open(os.environ["SWEEP_PARAMS"]))
file = os.path.join(os.environ["SWEEP_CHECKPOINT"], "state.json")
first = 1
if os.environ["SWEEP_RESUME"] == "1" and os.path.exists(file):
    first = json.load(open(file))["epoch"] + 1
helper = subprocess.Popen(["sleep", "1000"], start_new_session=True)
with open("pids", "a") as pids:
    pids.write(f"{os.getpid()} {helper.pid}\\n")
for epoch in range(first, 6):
    time.sleep(0.02)
    with open(os.environ["SWEEP_METRICS"], "a") as out:
        out.write(json.dumps({"epoch": epoch, "loss": params["a"] / epoch, "twice": 2 * params["a"]}) + "\\n")
    json.dump({"epoch": epoch}, open(file + ".new", "w"))
    os.replace(file + ".new", file)
'''

RESUMABLE_INI = '''[experiment]
name = resumable
[command]
run = python3 resumable.py
metrics = file
grace = 1s
[search]
objective = loss
[run]
workers = 3
[sweep]
a = 1..12
'''


def sweep(*args, check=0, **kwargs):
    done = subprocess.run([SWEEP, *args], capture_output=True, text=True, **kwargs)
    assert done.returncode == check, (args, done.returncode, done.stdout, done.stderr)
    return done.stdout


def rows(what, db, name=()):
    return list(csv.DictReader(io.StringIO(
        sweep("export", *name, "--db", db, "--what", what, "--format", "csv"))))


def write(name, text):
    with open(name, "w") as file:
        file.write(text)


def is_alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def test_argparse():
    write("train.py", TRAIN)
    write("ten.ini", TEN_LINES)
    sweep("run", "ten.ini", "--db", "ten.db", "--quiet")
    trials = rows("trials", "ten.db")
    assert len(trials) == 12, len(trials)
    for t in trials:
        lr, layers, bidir = float(t["lr"]), int(t["layers"]), t["bidir"] == "true"
        assert t["state"] == "done" and t["epochs_done"] == "3" and t["selected_epoch"] == "3", t
        assert float(t["val_loss"]) == lr * layers / 3 + bidir, t
        assert float(t["val_acc"]) == 1 - lr, t
    epochs = rows("epochs", "ten.db")
    assert [e["epoch"] for e in epochs[:3]] == ["1", "2", "3"], epochs[:3]  # the script counts from 0
    best = sweep("report", "--db", "ten.db", "--best", "val_loss", "--format", "csv")
    best = next(csv.DictReader(io.StringIO(best)))
    assert float(best["lr"]) == 0.01 and best["layers"] == "1", best


def test_words_cannot_break_out():
    names = ["two words", "$(touch broken)", "it's", 'say "x"', "100%", "ä;b", "*"]
    write("words.ini", TEN_LINES.replace("name = ten", "name = words").replace(
        "lr = 0.1, 1e-2\nlayers = 1..3\nbidir = flag", "name = " + ", ".join(names))
        + "[params]\nlr = 1\nlayers = 1\n")
    sweep("run", "words.ini", "--db", "words.db", "--quiet")
    trials = rows("trials", "words.db")
    assert [t["name"] for t in trials] == names, trials
    assert all(float(t["val_loss"]) == 1 / 3 + len(t["name"]) for t in trials), trials
    assert not os.path.exists("broken")
    attempt = json.loads(sweep("run", "words.ini", "--dry-run", "--format", "json"))
    assert "--name=two words" in attempt["argv"], attempt


def metrics(db):
    return [(e["trial"], e["epoch"], e["loss"], e["twice"]) for e in rows("epochs", db)]


def test_kill_and_resume(kills):
    write("resumable.py", RESUMABLE)
    write("resumable.ini", RESUMABLE_INI)
    sweep("run", "resumable.ini", "--db", "calm.db", "--quiet")
    random.seed(1)
    for _ in range(kills):
        run = subprocess.Popen([SWEEP, "run", "resumable.ini", "--db", "killed.db", "--quiet"],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(random.uniform(0.05, 0.5))
        run.send_signal(signal.SIGKILL)
        run.wait()
    sweep("run", "resumable.ini", "--db", "killed.db", "--quiet")
    assert metrics("killed.db") == metrics("calm.db")
    assert len(metrics("calm.db")) == 12 * 5
    states = [t["state"] for t in rows("trials", "killed.db")]
    assert states == ["done"] * 12, states
    deadline = time.time() + 10
    with open("pids") as file:
        pids = file.read().split()
    while any(is_alive(pid) for pid in pids) and time.time() < deadline:
        time.sleep(0.05)
    assert not any(is_alive(pid) for pid in pids), "processes are left"
    before = len(pids)
    sweep("run", "resumable.ini", "--db", "killed.db", "--quiet")
    with open("pids") as file:
        assert len(file.read().split()) == before, "a finished trial ran again"


os.makedirs(WORK, exist_ok=True)
os.chdir(WORK)
for name in os.listdir("."):
    if os.path.isfile(name):
        os.remove(name)
subprocess.run(["rm", "-rf", "calm.db-trials", "killed.db-trials", "ten.db-trials", "words.db-trials"])
test_argparse()
test_words_cannot_break_out()
test_kill_and_resume(int(os.environ.get("KILLS", "8")))
print("ok")
