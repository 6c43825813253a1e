#!/usr/bin/env python3
"""Cut the power of a run at random moments, and go on.

usage: power.py [--count N] [--seed S] SWEEP SHIM FOLDER

study.ini is run once; the shim notes what that does to the store. Each cut makes the files of one moment: all that was
synced is there, and any of the sectors written since, in any order. That store must be sound and
stand at an epoch boundary, and the same command must end with the bits of an undisturbed run.
"""
import argparse
import os
import random
import shutil
import sqlite3
import struct
import subprocess
import sys

from stores import begin, dump

HERE = os.path.dirname(os.path.abspath(__file__))
SECTOR = 512


class File:
    """The content of a file on the disk, and the operations since its last sync."""

    def __init__(self):
        self.there, self.bytes, self.since = False, bytearray(), []

    def apply(self, deed):
        kind, offset, data = deed
        if kind == "u":
            self.there, self.bytes = False, bytearray()
            return
        self.there = True
        if len(self.bytes) < offset:
            self.bytes.extend(bytes(offset - len(self.bytes)))
        if kind == "t":
            del self.bytes[offset:]
        else:
            self.bytes[offset : offset + len(data)] = data


def read_journal(path):
    """The operations in order: kind (write, truncate, unlink, sync), name, offset, bytes."""
    with open(path, "rb") as file:
        while head := file.read(32):
            kind, length, offset, size = struct.unpack("<4Q", head)
            kind = chr(kind)
            name = os.path.basename(file.read(length).decode())
            yield kind, name, offset, file.read(size) if kind == "w" else b""


def sectors(deed):
    kind, offset, data = deed
    if kind != "w":
        return [deed]
    ends = list(range(offset - offset % SECTOR + SECTOR, offset + len(data), SECTOR))
    starts = [offset] + ends
    return [(kind, a, data[a - offset : b - offset]) for a, b in zip(starts, ends + [offset + len(data)])]


def cut(deeds, share, rng):
    """The files after a power cut, if each unsynced sector was written with this probability."""
    files = {}
    for kind, name, offset, data in deeds:
        file = files.setdefault(name, File())
        if kind != "s":
            file.since.append((kind, offset, data))
            continue
        for deed in file.since:
            file.apply(deed)
        file.since = []
        for other in files.values():  # a sync writes the names of other files to the disk, too
            if other.since and other.since[-1][0] == "u":
                other.apply(other.since[-1])
                other.since = []
    for file in files.values():
        for deed in file.since:
            for part in sectors(deed):
                if rng.random() < share:
                    file.apply(part)
    return {name: bytes(file.bytes) for name, file in files.items() if file.there}


def run(sweep, db, **more):
    command = [sweep, "run", f"{HERE}/study.ini", "--db", db, "--quiet", "--workers", "2"]
    done = subprocess.run(command, env={**os.environ, **more}, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{db}: exit code {done.returncode}: {done.stderr}")


def count_epochs(path):
    """Check that a store is sound and at an epoch boundary, in a copy, since reading changes it."""
    os.makedirs("look", exist_ok=True)
    for name in os.listdir("look"):
        os.remove(f"look/{name}")
    for name in os.listdir("."):
        if name == path or name.startswith(path + "-"):
            shutil.copy(name, "look")
    if not os.path.exists(path) or os.path.getsize(path) == 0:
        return 0
    db = sqlite3.connect(f"look/{path}")
    assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)], "not sound"
    assert not db.execute("PRAGMA foreign_key_check").fetchall(), "not sound"
    if not db.execute("SELECT 1 FROM sqlite_schema WHERE name = 'step'").fetchall():
        return 0
    n, blobs = db.execute("SELECT count(*), (SELECT count(*) FROM error_blob) FROM step").fetchone()
    assert blobs == 3 * n, f"{n} epochs with {blobs} errors"
    odd = """SELECT count(*) FROM (SELECT trial_id, max(step) AS last FROM step GROUP BY trial_id)
             LEFT JOIN state USING (trial_id) WHERE state.step IS NOT last"""
    assert db.execute(odd).fetchone() == (0,), "a state that is not that of the last step"
    db.close()
    return n


def main():
    parser = argparse.ArgumentParser(usage="power.py [--count N] [--seed S] SWEEP SHIM FOLDER")
    parser.add_argument("--count", type=int, default=50)
    args = begin(parser)

    noting = {"FAULT_CALL": "none", "FAULT_HOW": "none", "FAULT_COUNT": "count", "FAULT_JOURNAL": "journal"}
    run(args.sweep, "store.db", LD_PRELOAD=args.shim, **noting)
    want, whole = dump("store.db"), count_epochs("store.db")
    deeds = list(read_journal("journal"))
    assert sum(kind == "s" for kind, *_ in deeds) > 5 and len(deeds) > 100, "the journal is not whole"

    rng = random.Random(args.seed)
    stood = []
    for _ in range(args.count):
        for name in os.listdir("."):
            if name.startswith("cut.db"):
                os.remove(name)
        moment, share = rng.randrange(1, len(deeds)), rng.choice([0, 0.1, 0.5, 0.9, 0.99, 1])
        for name, content in cut(deeds[:moment], share, rng).items():
            with open(name.replace("store", "cut"), "wb") as file:
                file.write(content)
        at = f"power cut at {moment} of {len(deeds)}, {share} of the sectors written since arrived (seed {args.seed})"
        try:
            stood.append(count_epochs("cut.db"))
            run(args.sweep, "cut.db")
            assert dump("cut.db") == want, "other bits than a run that was left alone"
        except (AssertionError, sqlite3.Error, SystemExit) as error:
            sys.exit(f"{at}: {error}")
    found = f"with {min(stood)} to {max(stood)} of {whole} epochs"
    print(f"{args.count} power cuts: all stores sound, {found}, and completed to the same bits")


main()
