#!/usr/bin/env python3
"""Let one call of a kind fail, at every point or at some, and check the result.

usage: inject.py [--stacks] [--count N] [--seed S] [--only TEXT] SWEEP SHIM FOLDER

Without options, every point is tried: thousands for memory. With --stacks, only the first and the last
of the calls with the same stack; with --count, N of them. Each must end within its time, with a documented exit
code and, unless that is 0, one line that says what happened; leave no process and no temporary file, and a sound store
or whole files; and the same command without the fault must end with the bits of an undisturbed run. (That part
is skipped for a fault that leaves the same folder, byte for byte, as an earlier one.) --only takes the
lines of the table whose text contains it.
"""
import argparse
import collections
import os
import random
import select
import shutil
import signal
import sqlite3
import struct
import subprocess
import sys
import time

from stores import begin, dump

HERE = os.path.dirname(os.path.abspath(__file__))
MOST_S = 60  # longer means that it hangs

# Instead of gnuplot, which would take most of the time and is not tested here: a picture is its script
# with the end of a PNG.
GNUPLOT = r"""#!/bin/sh
for file; do
    case $file in
    *.gp) { cat "$file" && printf 'IEND\256B`\202'; } >"${file%.gp}.png.part" ;;
    esac
done
"""

# The commands, in the folder `at`.
COMMANDS = {
    "run": f"run {HERE}/tiny.ini --db new/store.db --workers 2",
    "again": f"run {HERE}/tiny.ini --db half.db --workers 1 --quiet",
    "report": "report --db ../whole.db --format md --wide -o report.md",
    "export": "export --db ../whole.db --what errors --format csv -o errors.csv",
    "list": "list --db ../whole.db",
    "plot": "plot --db ../whole.db -o charts --quiet",
    "synth": "data synth --rows 50 -o beats.csv",
    "init": "init my.ini",
}
STORES = {"run": "at/new/store.db", "again": "at/half.db"}

# A command, a call, how it fails, and whether all calls after that one fail, too.
TABLE = """
run memory ENOMEM
run write ENOSPC
run write ENOSPC on
run write EIO
run write EPIPE
run write short
run sync EIO
run sync EIO on
run read EIO
run read ECONNRESET
run read short
run read end
run open EMFILE
run open EACCES on
run name EROFS
run fork EAGAIN
run fork EAGAIN on
run pair EMFILE
run pair EMFILE on
run lock ENOLCK
run map ENOMEM
run clock 1000000 on
run clock -1000000 on
again memory ENOMEM
again write ENOSPC
again write ENOSPC on
again read EIO
again sync EIO
report memory ENOMEM
report write ENOSPC
report read EIO
report open EMFILE
report sync EIO
report name EROFS
export memory ENOMEM
export write ENOSPC
export write short
export read EIO
list memory ENOMEM
list read short
plot memory ENOMEM
plot write ENOSPC
plot open EMFILE
plot name EROFS
plot fork EAGAIN
plot pair EMFILE
plot read EIO
synth memory ENOMEM
synth write ENOSPC
synth name EROFS
init write ENOSPC
"""


class Finding(Exception):
    pass


def expect(condition, text):
    if not condition:
        raise Finding(text)


def read(path):
    with open(path, "rb") as file:
        return file.read()


def tree(folder):
    """All files of a folder, by name."""
    return {
        os.path.relpath(os.path.join(at, name), folder): read(os.path.join(at, name))
        for at, _, names in os.walk(folder)
        for name in names
    }


def lives(group):
    """Whether a process of this group still runs; zombies do not."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            state, _, its_group = read(f"/proc/{pid}/stat").decode().rpartition(") ")[2].split()[:3]
        except OSError:
            continue
        if int(its_group) == group and state != "Z":
            return True
    return False


def run(sweep, words, **more):
    """The exit code of a command in the folder `at`; its output is in `out` and `err`."""
    with open("out", "wb") as out, open("err", "wb") as err:
        process = subprocess.Popen(
            [sweep, *words.split()], cwd="at", start_new_session=True,
            env={**os.environ, "PATH": f"{os.getcwd()}/bin:{os.environ['PATH']}", **more},
            stdin=subprocess.DEVNULL, stdout=out, stderr=err,
        )  # fmt: skip
    poll = select.poll()
    end = os.pidfd_open(process.pid)
    poll.register(end, select.POLLIN)
    # In slices: while other programs use the processor, the time of this one does not count either.
    in_time = any(poll.poll(100) for _ in range(MOST_S * 10))
    os.close(end)
    if not in_time:
        os.killpg(process.pid, signal.SIGKILL)
    code = process.wait()
    expect(in_time, "does not end")
    limit = time.monotonic() + 2
    while lives(process.pid):
        if time.monotonic() > limit:
            os.killpg(process.pid, signal.SIGKILL)
            raise Finding("left a process behind")
        time.sleep(0.002)
    return code


class Loop:
    def __init__(self, args):
        self.args = args
        self.total = self.findings = 0
        self.known = set()  # commands with folders that they have been seen to complete
        self.whole, self.kept, self.said = {}, {}, {}

    def prepare(self):
        """Run everything undisturbed, for comparison."""
        os.mkdir("bin")
        with open("bin/gnuplot", "w", encoding="ascii") as file:
            file.write(GNUPLOT)
        os.chmod("bin/gnuplot", 0o755)
        self.restart()
        tiny = f"run {HERE}/tiny.ini --quiet --db"
        for words in (f"{tiny} ../whole.db", f"{tiny} ../half.db --set sweep.train.epochs=1"):
            assert run(self.args.sweep, words) == 0, read("err")
        shutil.copy("half.db", "again.db")
        assert run(self.args.sweep, f"{tiny} ../again.db") == 0, read("err")
        self.whole = {"run": dump("whole.db"), "again": dump("again.db")}
        for command in COMMANDS:
            if command not in STORES:
                self.restart()
                assert run(self.args.sweep, COMMANDS[command]) == 0, read("err")
                self.kept[command], self.said[command] = tree("at"), read("out")
        self.store = read("whole.db")

    @staticmethod
    def restart(command=None):
        shutil.rmtree("at", ignore_errors=True)
        os.mkdir("at")
        if command == "again":
            shutil.copy("half.db", "at")

    def disturb(self, line, at):
        command, call, how, *goes_on = line.split()
        self.restart(command)
        faults = {"FAULT_CALL": call, "FAULT_HOW": how, "FAULT_AT": str(at), "FAULT_COUNT": "../count"}
        if goes_on:
            faults["FAULT_ON"] = "1"
        if at == 0:
            faults["FAULT_STACKS"] = "../stacks"
        return run(self.args.sweep, COMMANDS[command], LD_PRELOAD=self.args.shim, **faults)

    @staticmethod
    def check_code(call, code):
        said = read("err").decode(errors="replace").splitlines()
        reasons = [line for line in said if line.startswith("sweep: ")]
        if code == 1:
            expect(any("failed; --retry-failed" in line for line in said), "exit code 1 without a failed trial")
        elif code in (3, 4, 5):
            expect(len(reasons) == 1, f"exit code {code} without a line that says why")
        elif code == 70:
            expect(call == "memory", "a defect")
            expect(any("memory" in line for line in reasons), "exit code 70 without a word of memory")
        else:
            expect(code == 0, f"exit code {code}")

    def check_end(self, command):
        """The same command without the fault, on what the failed one has left, ends correctly."""
        left = frozenset(tree("at").items())
        if (command, left) in self.known:
            return
        store = STORES.get(command)
        more = " --retry-failed" if store else ""
        expect(run(self.args.sweep, COMMANDS[command] + more) == 0, "the same command without the fault fails")
        if store:
            expect(dump(store) == self.whole[command], "other bits than an undisturbed run")
        else:
            expect(tree("at") == self.kept[command], "the same command without the fault writes something else")
        self.known.add((command, left))

    @staticmethod
    def check_store(store):
        """Check a copy, since checking changes it."""
        for part in ("", "-wal", "-journal"):
            if os.path.exists(f"seen.db{part}"):
                os.remove(f"seen.db{part}")
            if os.path.exists(store + part):
                shutil.copy(store + part, f"seen.db{part}")
        if os.path.exists("seen.db") and os.path.getsize("seen.db"):
            db = sqlite3.connect("seen.db")
            expect(db.execute("PRAGMA integrity_check").fetchall() == [("ok",)], "the store is not sound")
            expect(not db.execute("PRAGMA foreign_key_check").fetchall(), "the store is not sound")
            db.close()

    def check_files(self, command, code):
        """Files are complete, or missing."""
        left, kept = tree("at"), self.kept[command]
        for name, content in left.items():
            expect(kept.get(name) == content, f"{name} is not what it should be")
        if code == 0:
            expect(left == kept and read("out") == self.said[command], "said it was done, and was not")
        if read("whole.db") != self.store or os.path.exists("whole.db-wal"):
            expect(dump("whole.db") == self.whole["run"], "the store has changed")
        return left == kept

    def check(self, line, code):
        command, call, *_ = line.split()
        self.check_code(call, code)
        expect(not [name for name in tree("at") if ".part" in name], "left a temporary file")
        if command in STORES:
            self.check_store(STORES[command])
            self.check_end(command)
        elif not self.check_files(command, code):
            self.check_end(command)

    def points(self):
        """The numbers of the calls to try, from the counts of a run without a fault."""
        notes = sorted(struct.iter_unpack("=2Q", read("stacks")))
        if self.args.stacks:
            first, last = {}, {}
            for n, stack in notes:
                first.setdefault(stack, n)
                last[stack] = n
            numbers = sorted({*first.values(), *last.values()})
        else:
            numbers = [n for n, _ in notes]
        if not 0 < self.args.count < len(numbers):
            return numbers
        rng = random.Random(self.args.seed)
        return [numbers[int((k + rng.random()) * len(numbers) / self.args.count)] for k in range(self.args.count)]

    def report(self, line, text):
        said = "".join("    " + said for said in read("err").decode(errors="replace").splitlines(True))
        print(f"FAILED: {line}: {text}\n{said}", end="", flush=True)
        self.findings += 1

    def try_line(self, line):
        """Every point of one line of the table."""
        before, codes = self.findings, collections.Counter()
        code = self.disturb(line, 0)
        if code != 0:
            self.report(line, f"exit code {code} without a fault")
        calls = struct.unpack("=Q", read("count"))[0]
        for at in self.points():
            try:
                code = self.disturb(line, at)
                codes[code] += 1
                self.check(line, code)
            except (Finding, sqlite3.Error) as finding:
                self.report(f"{line} at {at} of {calls}", finding)
        if not codes:
            self.report(line, "there is no such call")
        tried, failed = sum(codes.values()), self.findings - before
        self.total += tried
        texts = ", ".join(f"{n} x {code}" for code, n in sorted(codes.items()))
        print(f"{line:28} {calls:6} calls, {tried:5} tried, {failed:3} failed; exit codes {texts}", flush=True)


def main():
    parser = argparse.ArgumentParser(
        usage="inject.py [--stacks] [--count N] [--seed S] [--only TEXT] SWEEP SHIM FOLDER"
    )
    parser.add_argument("--stacks", action="store_true")
    parser.add_argument("--count", type=int, default=0)
    parser.add_argument("--only", default="")
    args = begin(parser)
    loop = Loop(args)
    loop.prepare()
    for line in TABLE.strip().splitlines():
        if args.only in line:
            loop.try_line(line)
    print(f"{loop.total} points, {loop.findings} findings")
    sys.exit(loop.findings > 0)


main()
