"""Shared by the Python scripts of this folder."""
import os
import shutil
import sqlite3
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
SKIPPED = 77  # what ctest shows as Skipped (SKIP_RETURN_CODE)


def begin(parser):
    """The arguments of a script. Empties its folder and changes to it. Skips where it cannot run."""
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("sweep", type=os.path.abspath)
    parser.add_argument("shim", type=os.path.abspath)
    parser.add_argument("folder")
    args = parser.parse_args()
    preloaded = {**os.environ, "LD_PRELOAD": args.shim}
    if subprocess.run([args.sweep, "--version"], env=preloaded, capture_output=True).returncode:
        print("skipped: this build does not bear a preloaded library (sanitizers come first)")
        sys.exit(SKIPPED)
    shutil.rmtree(args.folder, ignore_errors=True)
    os.makedirs(args.folder)
    os.chdir(args.folder)
    return args


def dump(path):
    """All that a run stores, except seconds and dates: the rows of every query of dump.sql."""
    db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    with open(f"{HERE}/dump.sql", encoding="utf-8") as file:
        queries = file.read().split("\n", 1)[1].split(";")
    rows = [db.execute(query).fetchall() for query in queries]
    db.close()
    return rows
