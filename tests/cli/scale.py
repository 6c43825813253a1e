"""A study of 100,000 evaluations: exports and pages have all of them, in a bounded size and memory, and
a browser unpacks from the page the same values as in the text table.

usage: scale.py SWEEP_PROGRAM WORK_FOLDER FILL_SCRIPT
"""

import html
import json
import os
import re
import resource
import shutil
import sqlite3
import subprocess
import sys

BROWSERS = ["chromium", "chromium-browser", "google-chrome"]
TRIALS, THRESHOLDS = 1000, 100
ROWS = TRIALS * THRESHOLDS
INI = """[experiment]
name = small
[data]
path = builtin:ecg?rows=200
[sweep]
train.epochs = 1
"""

# Scrolls, searches and sorts once the page is loaded; its findings replace the document.
PROBE = """
<script>
addEventListener("load", function () {
    const findings = {}, table = document.querySelector("#results ~ .scroll table");
    const scroll = table.closest(".scroll"), body = table.tBodies[0];
    const texts = row => Array.from(row.cells, cell => cell.textContent);
    const down = () => scroll.dispatchEvent(new Event("scroll"));
    findings.heads = texts(table.tHead.rows[0]).map(text => text.trim());
    findings.opened = body.rows.length;
    scroll.scrollTop = scroll.scrollHeight;
    down();
    findings.more = body.rows.length;
    const field = document.querySelector(".tools input[type=search]");
    const count = document.querySelector(".tools output");
    function search(text) {
        field.value = text;
        field.dispatchEvent(new Event("input"));
        return {count: count.textContent, first: texts(body.rows[0])};
    }
    findings.asked = search(SEARCH);
    search("");
    const head = table.tHead.rows[0].cells[COLUMN].querySelector("button");
    const order = [];
    for (let i = 0; i < 2; i++) {
        head.click();
        order.push(Array.from(body.rows, row => row.cells[COLUMN].textContent));
    }
    findings.order = order;
    const out = document.createElement("pre");
    out.id = "findings";
    out.textContent = JSON.stringify(findings);
    document.body.replaceChildren(out);
});
</script>
"""

program, work, fill = map(os.path.abspath, sys.argv[1:4])
problems = []
if not shutil.which("sqlite3"):
    print("skipped: there is no sqlite3")
    sys.exit(77)
with open(program, "rb") as binary:
    is_sanitized = b"__asan_init" in binary.read() # and takes memory of its own


def check(holds, *what):
    if not holds:
        problems.append(what)
        print("FAILED", *what, sep="\n  ")


def sweep(*words, output, megabytes, **options):
    """Write its output to a file, and hold the most memory that any run took so far to a bound. A run begins
    with the memory of this program, which therefore reads the files afterwards."""
    with open(output, "w", encoding="utf-8") as file:
        done = subprocess.run([program, *words, "--db", "big.db"], stdin=subprocess.DEVNULL, stdout=file,
                              stderr=subprocess.PIPE, text=True, check=False, **options)
    most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    check(done.returncode == 0, words, done.stderr)
    check(is_sanitized or most <= megabytes, words, f"{most:.0f} MB of memory, expected {megabytes} at most")


def make_store():
    """Each trial is one configuration, so that every evaluation is a row."""
    with open("small.ini", "w", encoding="utf-8") as file:
        file.write(INI)
    subprocess.run([program, "run", "small.ini", "--quiet", "--db", "big.db"], check=True)
    subprocess.run(["sh", fill, "big.db", str(TRIALS), "1", str(THRESHOLDS)], check=True)
    with sqlite3.connect("big.db") as store:
        store.execute("UPDATE axis SET is_seed = 0")
    store.close()


EXPORTS = {"evaluations": ROWS, "scores": ROWS, "epochs": TRIALS, "trials": TRIALS}


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def run_all():
    """Without gnuplot, since charts have bounds of their own."""
    os.makedirs("empty")
    for what in EXPORTS:
        sweep("export", "big", "--what", what, "--format", "csv", output=what, megabytes=40)
    sweep("report", "big", "--all", "--wide", "--format", "md", output="table.md", megabytes=60)
    sweep("report", "big", "--all", "--format", "html", output="page.html", megabytes=60,
          env=dict(os.environ, PATH=work + "/empty"))


def check_exports():
    for what, rows in EXPORTS.items():
        found = read(what).count("\n") - 1
        check(found == rows, what, f"{found} rows, expected {rows}")


def read_markdown(text):
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines()
            if line.startswith("|")]
    return rows[0], rows[2:]


def unpack(marks, n_texts):
    """The indexes of texts that the marks of a column stand for, as packed_priv.h says."""
    digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_"
    width, fresh, rows = 3 if n_texts > 4096 else 2 if n_texts > 64 else 1, 0, []
    for new, copy, index in re.findall(r"(\+)|\*([\d,]+);|([\w-]{%d})" % width, marks):
        if new:
            rows.append(fresh)
            fresh += 1
        elif copy:
            distance, n = map(int, copy.split(","))
            for _ in range(n):
                rows.append(rows[-distance])
        else:
            number = 0
            for digit in index:
                number = 64 * number + digits.index(digit)
            rows.append(number)
    return rows


def check_packed(page, heads, rows):
    """The page holds the rows of the text table, column by column."""
    packed = re.search(r'<template class="rows">(.*?)</template>', page, re.S)
    lines = html.unescape(packed.group(1)).split("\n") if packed else []
    check(len(lines) == 2 * len(heads) + 1, "columns of the page", len(lines))
    for column, name in enumerate(heads):
        texts = lines[2 * column].split("\t")
        found = [texts[index] for index in unpack(lines[2 * column + 1], len(texts))]
        check(found == [row[column] for row in rows], name, "other cells than in the table", found[:20])


def check_browser(path, heads, rows):
    browser = next((name for name in map(shutil.which, BROWSERS) if name), None)
    if not browser:
        print("there is no chromium: the page was not opened")
        return
    column = heads.index("anomaly recall")
    probe = PROBE.replace("SEARCH", '"threshold=25 embedding_dim=3"').replace("COLUMN", str(column))
    with open("probed.html", "w", encoding="utf-8") as out:
        out.write(read(path).replace("</body>", probe + "</body>"))
    done = subprocess.run(
        [browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
         "--host-resolver-rules=MAP * ~NOTFOUND", f"--user-data-dir={work}/profile", "--window-size=1300,900",
         "--enable-logging=stderr", "--dump-dom", "file://" + os.path.abspath("probed.html")],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=240, check=False)
    found = re.search('<pre id="findings">(.*?)</pre>', done.stdout, re.S)
    check("CONSOLE" not in done.stderr and found, "the probe did not run", done.stderr[-2000:])
    if not found:
        return
    seen = json.loads(html.unescape(found.group(1)))
    check(seen["heads"] == heads, "heads", seen["heads"], heads)
    check(seen["opened"] < 1000 and seen["more"] > seen["opened"], "rows as one scrolls", seen["opened"], seen["more"])
    wanted = [row for row in rows if row[heads.index("threshold")] == "25" and row[heads.index("embedding_dim")] == "3"]
    check(seen["asked"] == {"count": f"{len(wanted)} of {ROWS} rows", "first": wanted[0]}, "a search",
          seen["asked"], wanted[0], len(wanted))
    shares = [float(row[column].split()[1].rstrip("%")) for row in rows]
    for order, edge in zip(seen["order"], (max, min)):
        check(float(order[0].split()[1].rstrip("%")) == edge(shares), "a column in order", order[0], edge(shares))


def check_page():
    size = os.path.getsize("page.html")
    check(size < 2e6, "page.html", f"{size} bytes")
    heads, rows = read_markdown(read("table.md"))
    check(len(rows) == ROWS, "rows of the table", len(rows))
    check_packed(read("page.html"), heads, rows)
    check_browser("page.html", heads, rows)


shutil.rmtree(work, ignore_errors=True)
os.makedirs(work)
os.chdir(work)
make_store()
run_all()
check_exports()
check_page()
sys.exit(1 if problems else 0)
