#!/usr/bin/env python3
"""Kill run, submit, work, collect, plot and report at random moments, thousands of times.

usage: kill_others.py [--count N] [--seed S] [--only NAMES] SWEEP FOLDER

A command gets SIGKILL (its process group, or its first process only), is started again on what it left, killed again, and so
on one to eight times; then it goes to its end. N kills hit a command that had not ended. After each of them nothing of the
command is left running and nothing that was recorded or published is lost: steps in a store never become fewer, a plan that is there
stays as it is, files under their final names are whole. At the end the store has the bits of an undisturbed one, and nothing
temporary is left. A FOLDER in memory (/dev/shm) makes a kill cost about 0.05 s of one core.
"""
import argparse
import glob
import json
import os
import random
import re
import select
import shutil
import signal
import sqlite3
import statistics
import subprocess
import sys
import time

from stores import HERE, dump

SHARES = {"work": 0.5, "report": 0.02}  # share of the kills; the others have 1
PATIENCE_S = 60  # for processes of a killed command to end, and for its locks
INI = f"{HERE}/tiny.ini"


def die(text):
    print(text, file=sys.stderr)
    sys.exit(1)


def ask(path, query):
    """Rows of a copy of a store: reading may have to repair it, which is left to the next writer."""
    for end in ("", "-wal", "-journal"):
        remove(f"asked.db{end}")
        if os.path.exists(path + end):
            shutil.copy(path + end, f"asked.db{end}")
    db = sqlite3.connect("asked.db")
    try:
        return db.execute(query).fetchall()
    finally:
        db.close()


def count_steps(path):
    """Steps in a store, -1 where it is none yet."""
    if not os.path.exists(path) or not ask(path, "SELECT 1 FROM sqlite_schema WHERE name = 'step'"):
        return -1
    return ask(path, "SELECT count(*) FROM step")[0][0]


def read_values(path):
    rows = "SELECT key, step, name, value FROM value JOIN metric ON metric.id = metric_id JOIN trial ON trial.id = trial_id"
    return set(ask(path, rows))


def find_vanished(path, output):
    """The first epoch that a run reported as recorded and that is missing in its store."""
    reported = {}
    for number, epoch in re.findall(rb"trial (\d+)/.* epoch (\d+)/", output):
        reported[int(number)] = max(reported.get(int(number), 0), int(epoch))
    if not reported:
        return None
    there = dict(ask(path, "SELECT number, max(step) FROM revision_trial JOIN step USING (trial_id) GROUP BY number"))
    return next((f"trial {n}, epoch {epoch}" for n, epoch in reported.items() if there.get(n, 0) < epoch), None)


def remove(*patterns):
    for pattern in patterns:
        for path in glob.glob(pattern):
            if os.path.isdir(path):
                shutil.rmtree(path)
            else:
                os.unlink(path)


def ends_with(path, end):
    with open(path, "rb") as file:
        file.seek(max(0, os.path.getsize(path) - 64))
        return file.read().rstrip().endswith(end)


class Command:
    """A command with all its state: begin() forgets it, hold() fails when something was lost, finish() when the end is wrong."""

    def __init__(self, sweep, *words):
        self.argv = [sweep, *words]
        self.span = 0  # seconds of an undisturbed run

    def begin(self):
        pass

    def hold(self, output):
        pass

    def finish(self, output):
        pass


class Recording(Command):
    """A command that fills a store."""

    def __init__(self, sweep, store, *words):
        super().__init__(sweep, *words, "--db", store)
        self.store, self.want, self.before = store, None, -1

    def begin(self):
        remove(f"{self.store}*")
        self.before = -1

    def hold(self, output):
        after = count_steps(self.store)
        if after < self.before:
            die(f"{self.store}: {self.before} steps before SIGKILL, {after} after")
        self.before = after
        vanished = after >= 0 and find_vanished(self.store, output)
        if vanished:
            die(f"{self.store}: was recorded, and vanished: {vanished}")

    def finish(self, output):
        found = dump(self.store)
        self.want = self.want or found
        if found != self.want:
            die(f"{self.store}: differs from the store of an undisturbed command")


class Submit(Command):
    def begin(self):
        remove("submitted")
        self.plan = None

    def hold(self, output):
        if not os.path.exists("submitted/plan.json"):
            if self.plan:
                die("submit: the plan is gone")
            return
        with open("submitted/plan.json", encoding="utf-8") as file:
            text = file.read()
        if json.loads(text)["format"] is None or (self.plan or text) != text:
            die("submit: the plan is another")
        self.plan = text

    def finish(self, output):
        self.hold(output)
        if not self.plan or output.count(b" work ") != 4 or not os.path.exists("submitted/plan.ini"):
            die(f"submit: {output}")


class Work(Command):
    """The first of four tasks."""

    def begin(self):
        remove("worked")
        shutil.copytree("planned", "worked")
        self.shards = {}

    def hold(self, output):
        found = {path: os.path.getsize(path) for path in glob.glob("worked/shards/*.shard")}
        if not self.shards.items() <= found.items():
            die("work: a published shard is gone or another")
        self.shards = found

    def finish(self, output):
        self.hold(output)
        remove("worked.db*")
        done = subprocess.run([self.argv[0], "collect", "worked", "--db", "worked.db"], capture_output=True, check=False)
        if done.returncode or not (found := read_values("worked.db")) or not found <= read_values("run.whole.db"):
            die(f"work: other values than an undisturbed run: {done.stdout} {done.stderr}")


class Drawing(Command):
    """A command that writes files; `ending` is the end of complete ones."""

    def __init__(self, sweep, pattern, ending, n, *words):
        super().__init__(sweep, *words)
        self.pattern, self.ending, self.n, self.before = pattern, ending, n, 0

    def begin(self):
        remove(self.pattern)
        self.before = 0

    def hold(self, output):
        found = glob.glob(self.pattern)
        torn = [path for path in found if not ends_with(path, self.ending)]
        if torn or len(found) < self.before:
            die(f"{self.argv[1]}: torn: {torn}; {len(found)} files, before {self.before}")
        self.before = len(found)

    def finish(self, output):
        self.hold(output)
        if self.before != self.n:
            die(f"{self.argv[1]}: {self.before} files, expected {self.n}")


def start(command):
    return subprocess.Popen(
        command.argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True
    )


def read_all(process):
    """Read until the last process that holds the command's output has ended, which all its children do."""
    output, until = b"", time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        if select.select([process.stdout], [], [], 1)[0]:
            part = os.read(process.stdout.fileno(), 65536)
            if not part:
                process.stdout.close()
                process.wait()
                return output
            output += part
    die(f"{process.args}: something still runs {PATIENCE_S} s after it was killed")


def run_to_end(command):
    """A killed process may hold a lock for a moment."""
    until = time.monotonic() + PATIENCE_S
    while True:
        process = start(command)
        output = read_all(process)
        if process.returncode == 0:
            return output
        if time.monotonic() > until:
            die(f"{command.argv}: exit code {process.returncode}: {output}")
        time.sleep(0.02)


def kill_once(command, moment, whom):
    """Returns whether the command was killed before it ended, and its output."""
    process = start(command)
    select.select([], [], [], moment)
    hit = process.poll() is None
    if whom == "group" and hit:
        os.killpg(process.pid, signal.SIGKILL)
    elif hit:
        process.kill()
    output = read_all(process)
    if process.returncode not in (0, -signal.SIGKILL) and b"another" not in output:
        die(f"{command.argv}: exit code {process.returncode}: {output}")
    return hit and process.returncode == -signal.SIGKILL, output, process.returncode == 0


def expect_none_left(name):
    left = glob.glob("*.part") + glob.glob("*/*.part") + glob.glob("*/*/*.part") + os.listdir(os.environ["TMPDIR"])
    if left:
        die(f"{name}: left: {left}")


def chain(name, command, rng, most):
    """Kill it some times, then let it end. Returns how often it was hit."""
    hits = 0
    command.begin()
    for _ in range(min(most, rng.randint(1, 8))):
        moment = rng.random() * command.span
        hit, output, is_over = kill_once(command, moment, rng.choice(["group", "group", "first"]))
        hits += hit
        command.hold(output)
        if is_over:
            command.finish(output)
            expect_none_left(name)
    command.finish(run_to_end(command))
    expect_none_left(name)
    return hits


def make_commands(sweep):
    plot = "plot --db run.whole.db --format svg --only recall_bars,split -o charts".split()
    report = "report --db run.whole.db --format html -o page.html".split()
    return {
        "run": Recording(sweep, "run.db", "run", INI, "--workers", "2"),
        "submit": Submit(sweep, "submit", INI, "--on", "none", "--dir", "submitted", "--per-task", "1"),
        "work": Work(sweep, "work", "--plan", "worked", "--task", "0", "--workers", "1"),
        "collect": Recording(sweep, "collected.db", "collect", "published"),
        "plot": Drawing(sweep, "charts/*.svg", b"</svg>", 2, *plot),
        "report": Drawing(sweep, "page.html", b"</html>", 1, *report),
    }


def prepare(sweep, commands):
    """Undisturbed results of collect, report and plot, and how long each command takes."""
    planned = subprocess.run([*commands["submit"].argv[:-4], "--dir", "published", "--per-task", "1"], capture_output=True, check=True)
    shutil.copytree("published", "planned")
    subprocess.run(["sh"], input=planned.stdout, capture_output=True, check=True)
    for name, command in commands.items():
        spans = []
        while len(spans) < 3 and sum(spans) < 1:
            command.begin()
            began = time.monotonic()
            output = run_to_end(command)
            spans.append(time.monotonic() - began)
            command.finish(output)
        command.span = statistics.median(spans)
        if name == "run":
            for end in ("", "-wal", "-shm"):
                if os.path.exists(f"run.db{end}"):
                    shutil.copy(f"run.db{end}", f"run.whole.db{end}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="run,submit,work,collect,plot,report")
    parser.add_argument("sweep", type=os.path.abspath)
    parser.add_argument("folder")
    args = parser.parse_args()
    if not shutil.which("gnuplot"):
        print("skipped: gnuplot is not installed")
        sys.exit(77)
    shutil.rmtree(args.folder, ignore_errors=True)
    os.makedirs(f"{args.folder}/tmp")
    os.chdir(args.folder)
    os.environ["TMPDIR"] = os.path.abspath("tmp")
    os.environ.pop("SWEEP_DATA", None)
    commands = make_commands(args.sweep)
    prepare(args.sweep, commands)
    rng, names = random.Random(args.seed), args.only.split(",")
    hits = dict.fromkeys(names, 0)
    while (left := args.count - sum(hits.values())) > 0:
        name = min(names, key=lambda name: hits[name] / SHARES.get(name, 1))
        hits[name] += chain(name, commands[name], rng, left)
        if args.count - left and (args.count - left) // 100 < sum(hits.values()) // 100:
            print(f"{sum(hits.values())} killed", flush=True)
    print(", ".join(f"{n} {name}" for name, n in hits.items()))
    print(f"{sum(hits.values())} killed: nothing lost, and every command ended as if undisturbed")


if __name__ == "__main__":
    main()
