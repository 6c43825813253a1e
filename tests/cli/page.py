"""A report as a page, in a real browser: it renders, sorts, asks for nothing, and names in it are text.

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
eval.threshold = 45, p95
"""

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
        const up = cells(table, column), ascending = head.getAttribute("aria-sort");
        button.click();
        const down = cells(table, column), descending = head.getAttribute("aria-sort");
        findings.columns[head.textContent] = {up, down, ascending, descending};
    });
    findings.title = document.title;
    findings.heading = document.querySelector("h1").firstChild.textContent;
    findings.images = document.images.length;
    findings.scripts = document.scripts.length;
    findings.requests = performance.getEntriesByType("resource").map(entry => entry.name);
    findings.charts = Array.from(document.querySelectorAll("figure"), function (figure) {
        const box = figure.querySelector("svg").getBoundingClientRect();
        return {name: figure.getAttribute("aria-label"), width: box.width, height: box.height,
                values: figure.querySelectorAll("title").length};
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


def browse(path, width):
    """Open a page without a network, and write down what it asked for in net.json."""
    return subprocess.run(
        [browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions",
         "--host-resolver-rules=MAP * ~NOTFOUND", "--log-net-log=" + os.path.abspath("net.json"),
         f"--user-data-dir={work}/profile", f"--window-size={width},900", "--enable-logging=stderr", "--dump-dom",
         "file://" + os.path.abspath(path)],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=240, check=False)


def look_at(path, width=1300):
    """What the probe found in the page, without a console message and without a request."""
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
    """URLs that were asked for, each with the code by which the browser tells what asked."""
    with open(log, encoding="utf-8") as file:
        return re.findall(r'"traffic_annotation":(\d+),"url":"([^"]*)"', file.read())


def learn_annotation():
    """What requests of pages are marked with, from one that asks for a picture: the browser has its own, too."""
    with open("control.html", "w", encoding="utf-8") as file:
        file.write('<img src="http://control.invalid/x.png"></body>')
    browse("control.html", 1300)
    marks = [mark for mark, url in requests("net.json") if "control.invalid" in url]
    check(marks, "the request of a page that makes one was not seen")
    return marks[:1]


def value(text):
    """How a reader orders cells: shares and numbers by value, then words; what is unknown last."""
    share = re.match(r"(\d+)/(\d+)", text)
    if share:
        return (0, int(share[1]) / int(share[2]), "")
    number = re.match(r"[-+]?\d+(\.\d+)?(e[-+]?\d+)?", text)
    return (0, float(number[0]), "") if number else (1, 0.0, text)


def check_sorting(columns):
    for name, column in columns.items():
        known = [cell for cell in column["up"] if cell not in ("", "-")]
        unknown = len(column["up"]) - len(known)
        down = column["down"][:len(known)]
        check(column["up"][:len(known)] == sorted(known, key=value), name, "not in order", column["up"])
        check([value(c) for c in down] == sorted(map(value, down), reverse=True), name, "not reversed", down)
        check(all(c in ("", "-") for c in column["down"][len(known):]), name, "unknown ones first", unknown)
        check((column["ascending"], column["descending"]) == ("ascending", "descending"), name, "aria-sort")


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
    for pixels in (1300, 500):
        seen = look_at("page.html", pixels)
        check_page(seen, HOSTILE)
        check_charts(seen)
check(not [name for name in os.listdir(work) if name.startswith("sweep-charts")], "a folder of charts is left")
sys.exit(1 if problems else 0)
