"""Names and paths are data: nothing in them is run, and output that contains them stays well-formed.

usage: names.py SWEEP_PROGRAM WORK_FOLDER
"""

import csv
import io
import json
import os
import shutil
import subprocess
import sys
import xml.etree.ElementTree

# Every text would make a file `pwned`, or break the output that contains it, if it were not treated as
# data.
NAMES = [
    "$(touch pwned) `touch pwned` %s %n",
    "'; touch pwned; '\" | touch pwned & \"",
    "--help",
    "=1+1,b\"c\"|d|<b>&amp;<i>",
    "'); DROP TABLE evaluation; --",
    "system('touch pwned') {Bold x}_2^3 \\n \\\"",
    "-rf !touch pwned",
    "\u00e9\u4e2d\U0001f600 \u202e [x](http:y) *z* # 1",
]
# Names that a file may have, but not an experiment.
PATHS = [b"two\nlines", b"\xff\xfe", b"esc\x1b[31m", b"tab\there", b"a:b?c#d%41"]

KNOWN_CODES = {0, 1, 2, 3, 4, 5}

program, work = map(os.path.abspath, sys.argv[1:3])
failures = []


def fail(what, detail):
    failures.append(what)
    print("FAILED", what, detail, sep="\n  ")


def printable(text):
    return all(c in "\n\t" or (c >= " " and not "\x7f" <= c < "\xa0") for c in text)


def sweep(*words, code=0):
    """Run the program; returns its output. Checks the exit code, and that the output is safe for terminals."""
    done = subprocess.run([program, *words], stdin=subprocess.DEVNULL, capture_output=True)
    call = repr(words)
    if done.returncode != code:
        fail(call, f"exit code {done.returncode}, expected {code}: {done.stderr!r}")
    texts = []
    for stream in (done.stdout, done.stderr):
        try:
            texts.append(stream.decode())
        except UnicodeDecodeError:
            fail(call, f"no UTF-8: {stream!r}")
            texts.append("")
        if not printable(texts[-1]):
            fail(call, f"control characters: {stream!r}")
    return texts[0]


def sweep_json(*words):
    text = sweep(*words, "--format", "json")
    try:
        return json.loads(text)
    except ValueError as problem:
        fail(repr(words), f"no JSON ({problem}): {text!r}")
        return None


def sweep_csv(*words):
    rows = list(csv.reader(io.StringIO(sweep(*words, "--format", "csv")), strict=True))
    if len({len(row) for row in rows}) != 1:
        fail(repr(words), f"rows of unequal length: {rows!r}")
    return rows


def check_markdown(*words):
    """All rows of a table have as many columns as its head. Other lines stand between tables."""
    tables = [[]]
    for line in sweep(*words, "--format", "md").split("\n"):
        if line.startswith("|"):
            tables[-1].append(line)
        elif tables[-1]:
            tables.append([])
    if not tables[0]:
        fail(repr(words), "no table")
    for table in tables:
        if len({line.replace("\\|", "").count("|") for line in table}) > 1:
            fail(repr(words), f"rows of unequal length: {table!r}")


def check_nothing_ran():
    for folder, _, files in os.walk(work):
        if "pwned" in files:
            fail("something was run", folder)
            os.remove(os.path.join(folder, "pwned"))


def write_data(path, labels):
    with open(path, "w", newline="") as file:
        for i in range(60):
            label = labels[i % len(labels)]
            file.write('"' + label.replace("\\", "\\\\").replace('"', '""') + '"')
            file.writelines(f",{(i * 7 + t * 3) % 11 / 10:.1f}" for t in range(6))
            file.write("\n")


def write_ini(path, name, data):
    with open(path, "wb") as file:
        file.write(b"[experiment]\nname = " + name.encode())
        file.write(b"\n[data]\npath = " + data + b"\n[model]\nembedding_dim = 2\n[train]\nepochs = 2\n")
        file.write(b"[eval]\nthreshold = 1\n[sweep]\ntrain.seed = 1, 2\n")


def cell(text):
    """A text as CSV has it: a spreadsheet must not take it for a formula."""
    return "'" + text if text[:1] in ("=", "+", "-", "@") else text


def check_models(name, labels, db):
    sweep("export", *db, "--what", "weights")
    paths = sweep("export", *db, "--what", "weights", "-o", f"./{name} models").splitlines()
    if len(paths) != 2:
        fail("export", f"{paths!r} are not two models")
    for path in paths:
        with open(path, "rb") as file:
            header = file.read(int.from_bytes(file.read(8), "little"))
        if json.loads(header)["__metadata__"]["experiment"] != name:
            fail("export", f"{header!r} has another name")
        rows = sweep_csv("detect", "--model", path, "--threshold", "1", f"./{name}.txt")
        if {row[1] for row in rows[1:]} != {cell(label) for label in labels}:
            fail("detect", f"{rows[1]!r} has another label")
        sweep_json("detect", "--model", path, f"./{name}.txt")


def check_experiment(name):
    """The text as the name of everything that can have a name."""
    folder = os.path.join(work, "at")
    shutil.rmtree(folder, ignore_errors=True)
    os.mkdir(folder)
    os.chdir(folder)
    labels = [name, name + "!"]
    write_data(name + ".txt", labels)
    write_ini("./" + name + ".ini", name, (name + ".txt").encode())
    db = ["--db", "./" + name + ".db"]
    run = ["run", *db, f"--set=data.normal_class={name}", "--workers=1", "--", name + ".ini"]

    info = sweep_json("data", "info", "./" + name + ".txt")
    if [c["label"] for c in info["classes"]] != labels:
        fail("data info", f"{info!r} has other labels than {labels!r}")
    sweep("data", "info", "./" + name + ".txt")
    sweep("check", f"--set=data.normal_class={name}", "--", name + ".ini")
    sweep(*run)
    sweep("report", *db, "--", name)
    for words in (["report", *db], ["list", *db], ["show", *db, "1"]):
        sweep(*words)
        check_markdown(*words)
    if sweep_json("list", *db)[0]["experiment"] != name:
        fail("list", "another name")
    sweep_json("report", *db)
    sweep_json("show", *db, "1")
    for what in ("trials", "evaluations", "epochs", "scores", "errors"):
        rows = sweep_csv("export", *db, "--what", what)
        if {row[0] for row in rows[1:]} != {cell(name)}:
            fail("export", f"{rows[1]!r} has another name")
        sweep_json("export", *db, "--what", what)
    check_models(name, labels, db)
    sweep("report", *db, "--", name + "?", code=3)
    check_nothing_ran()


def check_charts(names):
    """All names in one chart after the other: gnuplot runs nothing, a picture is XML."""
    for name in names:
        write_ini("x.ini", name, b"x.txt")
        sweep("run", "--quiet", f"--set=data.normal_class={names[0]}", "x.ini")
        sweep("plot", "--format", "svg", "-o", "charts", "--", name)
        for folder, _, files in os.walk("charts"):
            for file in files:
                if file.endswith(".svg"):
                    xml.etree.ElementTree.parse(os.path.join(folder, file))
        shutil.rmtree("charts")
    check_nothing_ran()


def check_path(path):
    """Bytes that are not a valid name, as names of files."""
    write_data(path + b".txt", ["1", "2"])
    write_ini(path + b".ini", "bytes", b"x.txt")
    sweep_json(b"data", b"info", path + b".txt")
    sweep(b"data", b"info", path + b".txt")
    sweep(b"check", b"--set=data.path=1.txt", path + b".ini")
    sweep_json(b"run", b"--dry-run", b"--set=data.normal_class=1", b"--set=data.path=1.txt", path + b".ini")
    sweep(b"run", b"--set=data.normal_class=1", b"--set=data.path=1.txt", b"--db", path + b".db", path + b".ini")
    sweep(b"report", b"--db", path + b".db")
    sweep_json(b"report", b"--db", path + b".db")
    sweep(b"report", b"--db", path, code=4)
    sweep(b"run", path, code=4)
    sweep(path, code=2)
    sweep(b"report", b"--" + path, code=2)
    sweep(b"report", b"--threshold", path, code=2)
    sweep(b"data", b"info", path, code=3)
    check_nothing_ran()


shutil.rmtree(work, ignore_errors=True)
os.makedirs(work)
os.chdir(work)
for variable in ("SWEEP_DATA", "XDG_DATA_HOME"):
    os.environ.pop(variable, None)
os.environ["NO_COLOR"] = "1"
for text in NAMES:
    check_experiment(text)
write_data("x.txt", [NAMES[0], "2"])
if shutil.which("gnuplot"):
    check_charts(NAMES)
write_data("1.txt", ["1", "2"])
for raw in PATHS:
    check_path(raw)
sys.exit(1 if failures else 0)
