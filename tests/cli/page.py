"""A report as a page, in a real browser: it renders, asks for nothing, names in it are text, and what
a reader can do with it works: sort, search, choose columns, show all rows, select rows and see them
in the charts, hide series, zoom.

usage: page.py SWEEP_PROGRAM WORK_FOLDER
"""

import html
import json
import os
import re
import shutil
import subprocess
import sys

BROWSERS = ["chromium", "chromium-browser", "google-chrome"]
HOSTILE = "<img src=x onerror=document.title='pwned'>&amp;\"<!--<script>"
INI = """[experiment]
name = {name}
[data]
path = builtin:ecg?rows=200
[train]
loss = mse
[sweep]
model.embedding_dim = 2, 3
train.epochs = 1, 2
train.learning_rate = 0.001, 1e30
eval.threshold = 10..200..10, p95
"""

# A study of the shape of experiments/embedding.ini, with smaller models and made-up data.
WIDE = """[experiment]
name = wide
[data]
path = builtin:ecg?rows=1500
split = val_test
cuts = 0.3, 0.5
anomalies = match
[sweep]
model.embedding_dim = 2..10
train.epochs = 5, 10, 15, 20, 25
eval.threshold = 20..70..5
"""
MOST_BYTES = 1000000  # of its page, all 495 rows included

# Runs in the page once it is loaded; its findings are the last element of the document.
PROBE = """
<script>
addEventListener("load", function () {
    const findings = {};
    function cells(table, column) {
        return Array.from(table.tBodies[0].rows, row => row.cells[column].textContent);
    }
    const table = document.querySelector("#results ~ .scroll table");
    const heads = Array.from(table.tHead.rows[0].cells);
    findings.heads = heads.map(head => head.textContent);
    findings.columns = {};
    heads.forEach(function (head, column) {
        const button = head.querySelector("button");
        button.click();
        const first = cells(table, column), firstOrder = head.getAttribute("aria-sort");
        button.click();
        const second = cells(table, column), secondOrder = head.getAttribute("aria-sort");
        findings.columns[head.textContent] = {first, second, firstOrder, secondOrder,
                                              best: head.dataset.best || ""};
    });
    findings.sticky = getComputedStyle(heads[0]).position;
    const count = selector => document.querySelectorAll(selector).length;
    const shown = () => Array.from(table.tBodies[0].rows).filter(row => !row.hidden).length;
    const field = document.querySelector(".tools input[type=search]");
    function search(text) {
        field.value = text;
        field.dispatchEvent(new Event("input"));
        return shown();
    }
    findings.opened = table.tBodies[0].rows.length;
    document.querySelector(".all-rows").click();
    findings.unread = Array.from(table.tBodies[0].rows, row => Array.from(row.cells, cell => cell.textContent))
        .flat().filter(text => text === '"' || text === "undefined").length;
    findings.all = table.tBodies[0].rows.length;
    findings.widths = Array.from(table.rows, row => row.cells.length);
    findings.asked = search("embedding_dim=2 threshold=p95");
    findings.few = search("epochs>=2 threshold=10");
    findings.none = search("no such text");
    search("");
    const box = document.querySelector(".chooser input");
    box.click();
    findings.columnHidden = Array.from(table.rows).every(row => row.cells[0].hidden);
    box.click();
    if (count("figure")) {
        const row = Array.from(table.tBodies[0].rows).find(r => r.cells[0].textContent === "3");
        row.click();
        findings.dimmed = count(".dim");
        row.click();
        findings.undimmed = count(".dim");
        document.querySelector("figure .legend").dispatchEvent(new MouseEvent("click"));
        findings.hidden = count("path.hidden, polygon.hidden, use.hidden, rect.hidden");
        document.querySelector("figure .zoom").click();
        findings.zoomed = count("dialog[open] svg");
        document.querySelector("dialog button").click();
    }
    findings.title = document.title;
    findings.heading = document.querySelector("h1").firstChild.textContent;
    findings.images = document.images.length;
    findings.scripts = document.scripts.length;
    findings.requests = performance.getEntriesByType("resource").map(entry => entry.name);
    findings.charts = Array.from(document.querySelectorAll("figure"), function (figure) {
        const box = figure.querySelector("svg").getBoundingClientRect();
        return {name: figure.getAttribute("aria-label"), width: box.width, height: box.height,
                values: figure.querySelectorAll("[data-value]").length,
                titles: Array.from(figure.querySelectorAll("title"), t => t.textContent)};
    });
    const ids = Array.from(document.querySelectorAll("[id]"), element => element.id);
    findings.repeated = ids.filter((id, place) => ids.indexOf(id) !== place);
    findings.notices = Array.from(document.querySelectorAll(".notice"), n => n.textContent);
    findings.failures = Array.from(document.querySelectorAll(".failures li"), li => li.textContent);
    findings.ini = document.querySelector("#again ~ pre").textContent;
    findings.wider = document.documentElement.scrollWidth > innerWidth;
    const out = document.createElement("pre");
    out.id = "findings";
    out.textContent = JSON.stringify(findings);
    document.body.append(out);
});
</script>
"""

program, work = map(os.path.abspath, sys.argv[1:3])
browser = next((path for path in map(shutil.which, BROWSERS) if path), None)
if not browser:
    print("skipped: there is no chromium")
    sys.exit(77)
problems = []


def check(holds, *what):
    if not holds:
        problems.append(what)
        print("FAILED", *what, sep="\n  ")


def sweep(*words, code=0, **options):
    done = subprocess.run([program, *words], stdin=subprocess.DEVNULL, capture_output=True, text=True, **options)
    check(done.returncode == code, words, f"exit code {done.returncode}, expected {code}", done.stderr)
    return done


def browse(path, width, *words):
    """Open a page without a network, and write down what it asked for in net.json."""
    return subprocess.run(
        [browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions",
         "--host-resolver-rules=MAP * ~NOTFOUND", "--log-net-log=" + os.path.abspath("net.json"),
         f"--user-data-dir={work}/profile", f"--window-size={width},900", "--enable-logging=stderr",
         *(words or ["--dump-dom"]), "file://" + os.path.abspath(path)],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=240, check=False)


def look_at(path, width=1300):
    """The results of the probe in the page; fails on console messages and requests."""
    probed = path + ".probed.html"
    with open(path, encoding="utf-8") as page, open(probed, "w", encoding="utf-8") as out:
        out.write(page.read().replace("</body>", PROBE + "</body>"))
    done = browse(probed, width)
    check("CONSOLE" not in done.stderr, path, "console messages", done.stderr)
    asked = [url for mark, url in requests("net.json") if mark in annotation]
    check(not asked, path, "requests", asked)
    found = re.search('<pre id="findings">(.*?)</pre>', done.stdout, re.S)
    if not found:
        check(False, path, "the probe did not run", done.stdout[-2000:], done.stderr[-2000:])
        sys.exit(1)
    return json.loads(html.unescape(found.group(1)))


def requests(log):
    """Requested URLs, each with the browser's code for its origin."""
    with open(log, encoding="utf-8") as file:
        return re.findall(r'"traffic_annotation":(\d+),"url":"([^"]*)"', file.read())


def learn_annotation():
    """The code of requests by pages, learned from a page that loads a picture: the browser makes requests of its own."""
    with open("control.html", "w", encoding="utf-8") as file:
        file.write('<img src="http://control.invalid/x.png"></body>')
    browse("control.html", 1300)
    marks = [mark for mark, url in requests("net.json") if "control.invalid" in url]
    check(marks, "the request of a page that makes one was not seen")
    return marks[:1]


def value(text):
    """How a reader orders cells: shares and numbers by value, then words; unknown values last."""
    share = re.match(r"(\d+)/(\d+)", text)
    if share:
        return (0, int(share[1]) / int(share[2]), "")
    number = re.match(r"[-+]?\d+(\.\d+)?(e[-+]?\d+)?", text)
    return (0, float(number[0]), "") if number else (1, 0.0, text)


def check_order(name, cells, order):
    known = [cell for cell in cells if cell not in ("", "-")]
    check(cells[:len(known)] == known, name, "unknown ones are not last", cells)
    values = list(map(value, known))
    check(values == sorted(values, reverse=order == "descending"), name, "not in order", order, cells)


def check_sorting(columns):
    """The first click puts the best first, where one end of a column is the better one."""
    for name, column in columns.items():
        orders = ["ascending", "descending"]
        if column["best"] == "high":
            orders.reverse()
        check([column["firstOrder"], column["secondOrder"]] == orders, name, "aria-sort", column)
        check_order(name, column["first"], orders[0])
        check_order(name, column["second"], orders[1])
    check(columns["val loss"]["best"] == "low" and columns["AUROC"]["best"] == "high", "best ends", columns)


def check_tools(findings):
    """2 dimensions, 2 epoch counts, 2 rates, 21 thresholds."""
    check(findings["opened"] == 8 and findings["all"] == 168, "rows", findings["opened"], findings["all"])
    check(len(set(findings["widths"])) == 1, "rows of other lengths", findings["widths"])
    check(findings["unread"] == 0, "ditto marks that were not read", findings["unread"])
    check(findings["asked"] == 4 and findings["few"] == 4 and findings["none"] == 0, "searches", findings)
    check(findings["columnHidden"], "a column that stays")
    check(findings["sticky"] == "sticky", "heads", findings["sticky"])


def check_page(findings, name):
    check(findings["heading"].strip() == name, "heading", findings["heading"])
    check(findings["title"] == name + "@1", "title", findings["title"])
    check(findings["images"] == 0 and findings["requests"] == [], "it asks for something", findings["requests"])
    check(findings["scripts"] == 2, "scripts: the page's and the probe", findings["scripts"])
    check(not findings["repeated"], "the same id twice", findings["repeated"])
    check(not findings["wider"], "the page scrolls sideways")
    check(len(findings["failures"]) == 2, "failures", findings["failures"])
    check(all("after 0 epochs: " in text for text in findings["failures"]), "reasons", findings["failures"])
    check(any("Synthetic" in text for text in findings["notices"]), "synthetic data", findings["notices"])
    check_sorting(findings["columns"])
    check_tools(findings)


def check_again(ini, env):
    """The page's INI file is the revision that the page is about: nothing is trained again."""
    with open("again.ini", "w", encoding="utf-8") as file:
        file.write(ini)
    again = sweep("run", "again.ini", "--format", "json", code=1, env=env)
    check(json.loads(again.stdout)["experiment"]["revision"] == 1, "another revision", again.stdout[:400], ini)


def check_charts(findings):
    charts = {chart["name"]: chart for chart in findings["charts"]}
    check("chart: loss_curves" in charts and "chart: roc" in charts, "charts", list(charts))
    shown = [chart for name, chart in charts.items() if "trial_" not in name]
    check(all(chart["width"] > 300 and chart["height"] > 100 for chart in shown), "charts without a size", shown)
    check(charts["chart: loss_curves"]["values"] > 0, "no value at the pointer", charts["chart: loss_curves"])
    check(not any(chart["titles"] for chart in shown), "a browser shows what is no value", shown)
    check(findings["dimmed"] > 0 and findings["undimmed"] == 0, "selection", findings["dimmed"], findings["undimmed"])
    check(findings["hidden"] > 0 and findings["zoomed"] == 1, "hiding, zoom", findings["hidden"], findings["zoomed"])


def check_size():
    """A page may be mailed."""
    with open("wide.ini", "w", encoding="utf-8") as file:
        file.write(WIDE)
    sweep("run", "wide.ini", "--quiet", env=here)
    sweep("report", "wide", "--format", "html", "-o", "wide.html", env=here)
    with open("wide.html", encoding="utf-8") as file:
        page = file.read()
    check("<figure" in page and 'class="all-rows"' in page, "a page without charts or rows")
    n = len(page.encode())
    check(n <= MOST_BYTES, "bytes", n)


def check_print():
    """A table that continues on another sheet of paper repeats its header there."""
    browse("wide.html", 1300, "--print-to-pdf=wide.pdf")
    if not shutil.which("gs"):
        print("not checked without Ghostscript: the printed page")
        return
    text = subprocess.run(["gs", "-q", "-dNOPAUSE", "-dBATCH", "-sDEVICE=txtwrite", "-sOutputFile=-", "wide.pdf"],
                          capture_output=True, text=True, check=True).stdout
    rows = len(re.findall(r"\bp95\b.*\d+/\d+", text))
    heads = len(re.findall(r"embedding_dim +epochs", text))
    check(rows >= 45 and heads >= 2, "rows in print, heads above them", rows, heads)


shutil.rmtree(work, ignore_errors=True)
os.makedirs(work + "/empty")
os.chdir(work)
with open("page.ini", "w", encoding="utf-8") as out_file:
    out_file.write(INI.format(name=HOSTILE))
here = dict(os.environ, TMPDIR=work)
annotation = learn_annotation()
sweep("run", "page.ini", "--quiet", code=1, env=here)
bare = sweep("report", "--format", "html", "-o", "bare.html", env=dict(here, PATH=work + "/empty"))
check("no charts: charts need gnuplot" in bare.stderr, "not said that charts are missing", bare.stderr)
seen = look_at("bare.html")
check_page(seen, HOSTILE)
check(not seen["charts"] and any("gnuplot" in text for text in seen["notices"]), "no reason", seen["notices"])
check_again(seen["ini"], here)
if shutil.which("gnuplot"):
    sweep("report", "--format", "html", "-o", "page.html", env=here)
    for pixels in (1300, 500, 400):
        seen = look_at("page.html", pixels)
        check_page(seen, HOSTILE)
        check_charts(seen)
    check_size()
    check_print()
check(not [name for name in os.listdir(work) if name.startswith("sweep-charts")], "a folder of charts is left")
sys.exit(1 if problems else 0)
