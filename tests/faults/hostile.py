"""Damaged stores, read by every command. usage: hostile.py [--count N] [--seed N] SWEEP FOLDER

No run can cause these damages. `sweep check --db` names it and exits with 4; no other
command crashes, hangs, or reports an internal error, and the store is unchanged."""
import argparse
import os
import random
import shutil
import sqlite3
import subprocess
import sys

SECONDS = 120  # of one command: more is an endless loop
NAN = "x'0000c07f'"
DAMAGES = [
    "UPDATE step SET worker = -1",
    "UPDATE step SET worker = 4294967296",
    "UPDATE step SET begun_s = NULL",
    "UPDATE step SET ended_s = begun_s + 1e300",
    "UPDATE step SET best_step = 2 WHERE step = 1",
    "DELETE FROM step WHERE step = 1",
    "UPDATE value SET value = 9e999",
    "DELETE FROM value WHERE metric_id = (SELECT id FROM metric WHERE name = 'val_loss')",
    "UPDATE trial SET data_set_id = 99",
    "DELETE FROM data_set",
    "UPDATE data_set SET n_test = n_test - 1",
    "UPDATE data_set SET n_anomaly = 4000000000",
    "UPDATE data_set SET length = 1",
    "DELETE FROM class WHERE position > 1",
    "UPDATE class_profile SET mean = zeroblob(4)",
    "UPDATE held_out SET classes = CAST(x'ffffffff' || substr(classes, 5) AS BLOB)",
    "UPDATE held_out SET rows = CAST(x'ffffffff' || substr(rows, 5) AS BLOB)",
    "UPDATE held_out SET rows = x'', classes = x''",
    "UPDATE sample SET held_out_index = 1000000",
    "UPDATE error_blob SET errors = zeroblob(4)",
    f"UPDATE error_blob SET errors = CAST({NAN} || substr(errors, 5) AS BLOB)",
    "UPDATE reconstruction SET series = zeroblob(8)",
    "UPDATE score SET normal_correct = 4000000000",
    "UPDATE score SET threshold_value = 9e999",
    "UPDATE evaluation SET epochs = 9223372036854775807",
    "UPDATE revision_trial SET number = -number",
    "UPDATE revision_trial SET state = 'asleep'",
    "UPDATE axis SET scale = 'round'",
]
COMMANDS = [
    ["report"], ["report", "--format", "json", "--wide"],
    ["report", "--threshold", "youden", "--threshold", "best_f1", "--threshold", "p50"],
    ["list"], ["show", "1"], ["watch", "--once"], ["compare", "study@1", "study"],
    ["export", "--what", "evaluations"], ["export", "--what", "trials"], ["export", "--what", "epochs"],
    ["export", "--what", "scores"], ["export", "--what", "errors"],
    ["plot", "-o", "charts"],
]


def run(program, words):
    return subprocess.run([program, *words], capture_output=True, text=True, timeout=SECONDS, check=False)


def damage(sql):
    shutil.copy("whole.db", "hostile.db")
    db = sqlite3.connect("hostile.db")
    for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall():
        db.execute(f"DROP TRIGGER {name}")
    db.execute("PRAGMA ignore_check_constraints = ON")
    db.execute(sql)
    db.commit()
    db.close()
    with open("hostile.db", "rb") as file:
        return file.read()


def judge(program, sql):
    """The faults of commands that read a store with one damage."""
    faults = []
    before = damage(sql)
    for words in [["check"], *COMMANDS]:
        done = run(program, [*words, "--db", "hostile.db"])
        checks = words[0] == "check"
        if checks and "damaged: table" not in done.stdout:
            faults.append(f"{sql}: not named: {done.stdout}")
        allowed = [4] if checks else [0, 3, 4]
        if done.returncode not in allowed or "ERROR: " in done.stderr:
            faults.append(f"{sql}: {' '.join(words)}: exit {done.returncode}: {done.stderr[-2000:]}")
    with open("hostile.db", "rb") as file:
        if file.read() != before:
            faults.append(f"{sql}: the store was changed")
    return faults


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=len(DAMAGES), help="of all damages, so many")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("sweep", type=os.path.abspath)
    parser.add_argument("folder")
    args = parser.parse_args()
    program, folder = args.sweep, args.folder
    damages = random.Random(args.seed).sample(DAMAGES, args.count)
    ini = os.path.join(os.path.dirname(os.path.abspath(__file__)), "tiny.ini")
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    os.chdir(folder)
    made = run(program, ["run", ini, "--db", "whole.db", "--quiet"])
    whole = run(program, ["check", "--db", "whole.db"])
    if made.returncode or whole.returncode:
        sys.exit(f"a sound store: {made.stderr}{whole.stdout}{whole.stderr}")
    faults = [fault for sql in damages for fault in judge(program, sql)]
    print("\n".join(faults) or f"{len(damages)} damages, {1 + len(COMMANDS)} commands each: all refused or read")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
