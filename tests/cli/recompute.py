"""Computes all numbers of published_seeds again, with SciPy, scikit-learn and statsmodels.

usage: recompute.py SWEEP FOLDER [STORE]

Trains the study into FOLDER (or reads STORE), exports the reconstruction errors, and computes from
them what `sweep export`, `report` and `compare` print: counts, recalls, precision, F1, balanced
accuracy, MCC, areas, thresholds of every rule; means, standard deviations, Student's intervals and
those of the logit, Wilson's intervals; Wilcoxon's test, the rank-biserial correlation, P(B > A) and
Holm's correction. Exit code 77: a module or the data set is missing.
"""
import csv
import io
import math
import os
import sys

try:
    import numpy as np
    from scipy import stats
    from sklearn import metrics
    from statsmodels.stats.multitest import multipletests
    from statsmodels.stats.proportion import proportion_confint
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

from figures import Program

FOLDER = sys.argv[2]
NAME = "published_seeds"
DIMS = ["2", "4", "6", "8"]
RULES = ["45", "p95", "p100", "c95", "best_f1", "youden"]
program = Program(sys.argv[1], os.path.abspath(sys.argv[3]) if len(sys.argv) > 3 else None)
sweep, table, same = program.sweep, program.table, program.same


def halfway(error, following):
    """Halfway between two errors, like the thresholds chosen by labels."""
    return error + (following - error) / 2


def chosen(test, anomaly, quality):
    """The largest of the thresholds with the best quality, in whole numbers."""
    errors = np.unique(np.concatenate([test, anomaly]))
    following = [*errors[1:], np.nextafter(errors[-1], np.float32(np.inf))]
    candidates = [halfway(float(np.nextafter(errors[0], np.float32(-np.inf))), float(errors[0]))]
    candidates += [halfway(float(a), float(b)) for a, b in zip(errors, following)]
    best, found = None, None
    for threshold in candidates:
        over, under = quality(int((test <= threshold).sum()), int((anomaly > threshold).sum()))
        if best is None or over * best[1] >= best[0] * under:
            best, found = (over, under), threshold
    return found


def resolve(rule, errors):
    """A threshold as a number."""
    val, test, anomaly = errors["val"], errors["test"], errors["anomaly"]
    n, m = len(test), len(anomaly)
    if rule[0] == "p":
        return float(np.percentile(val.astype(np.float64), float(rule[1:])))
    if rule[0] == "c":
        return float(np.sort(val)[math.ceil((len(val) + 1) * float(rule[1:]) / 100 - 1e-9) - 1])
    if rule == "best_f1":
        return chosen(test, anomaly, lambda c, a: (2 * a, a + m + n - c))
    if rule == "youden":
        return chosen(test, anomaly, lambda c, a: (c * m + a * n, 1))
    return float(rule)


def figures(errors, threshold):
    """All values of an evaluation, by scikit-learn."""
    scores = np.concatenate([errors["test"], errors["anomaly"]]).astype(np.float64)
    truth = np.array([0] * len(errors["test"]) + [1] * len(errors["anomaly"]))
    judged = (scores > threshold).astype(int)
    tn, fp, fn, tp = metrics.confusion_matrix(truth, judged, labels=[0, 1]).ravel()
    nan = float("nan")
    defined = 0 < judged.sum() < len(judged)
    return {
        "threshold_value": threshold,
        "normal_correct": float(tn),
        "anomaly_correct": float(tp),
        "normal_recall": tn / (tn + fp),
        "anomaly_recall": tp / (tp + fn),
        "precision": tp / (tp + fp) if tp + fp else nan,
        "f1": metrics.f1_score(truth, judged, zero_division=0),
        "balanced_accuracy": metrics.balanced_accuracy_score(truth, judged),
        "mcc": metrics.matthews_corrcoef(truth, judged) if defined else nan,
        "auroc": metrics.roc_auc_score(truth, scores),
        "auprc": metrics.average_precision_score(truth, scores),
        "val_loss": float(errors["val"].astype(np.float64).mean()),
    }


def read_errors():
    """Errors of each trial at its selected epoch."""
    selected = {r["trial"]: r["selected_epoch"] for r in table("export", NAME, "--what", "trials")}
    text = sweep("export", NAME, "--what", "errors", "--format", "csv")
    lists = {}
    for row in csv.DictReader(io.StringIO(text)):
        if row["epoch"] == selected[row["trial"]]:
            lists.setdefault(row["trial"], {"val": [], "test": [], "anomaly": []})[
                row["subset"]].append(row["error"])
    return {t: {s: np.array(v, np.float32) for s, v in subsets.items()}
            for t, subsets in lists.items()}


def known(values):
    return np.array([v for v in values if not math.isnan(v)])


BOUNDS = {"val_loss": None, "threshold_value": None, "mcc": (-1, 1)}


def interval(values, bounds):
    """Half of Student's interval, and the interval: of shares by the logit."""
    if len(values) < 2 or np.ptp(values) == 0:
        return None, None, None
    mean = values.mean()
    half = stats.t.ppf(0.975, len(values) - 1) * stats.sem(values)
    if bounds is None:
        return half, mean - half, mean + half
    low, width = bounds[0], bounds[1] - bounds[0]
    place = (mean - low) / width
    logit = math.log(place / (1 - place))
    reach = half / width / (place * (1 - place))
    ends = [low + width / (1 + math.exp(-x)) for x in (logit - reach, logit + reach)]
    return half, ends[0], ends[1]


def check_evaluations(errors):
    """Single evaluations of every rule; returns them by dimension and seed."""
    found = {}
    for rule in RULES:
        rows = table("report", NAME, "--threshold", rule, "--group-by",
                     "embedding_dim,seed,epochs,threshold")
        assert len(rows) == 40, len(rows)
        for row in rows:
            want = figures(errors[row["trial"]], resolve(rule, errors[row["trial"]]))
            found.setdefault((rule, row["embedding_dim"]), {})[row["seed"]] = want
            for name, value in want.items():
                same(f"{rule} trial {row['trial']} {name}", row[name], float(value))
    return found


def check_groups(found):
    for rule in RULES:
        for row in table("report", NAME, "--threshold", rule):
            group = found[rule, row["embedding_dim"]].values()
            assert int(row["n"]) == 10
            for name in ["val_loss", "threshold_value", "normal_recall", "anomaly_recall",
                         "precision", "f1", "balanced_accuracy", "mcc", "auroc", "auprc"]:
                values = known([f[name] for f in group])
                what = f"{rule} E = {row['embedding_dim']} {name}"
                same(f"{what} n", row[f"{name}_n"], float(len(values)))
                if len(values) == 0:
                    continue
                half, low, high = interval(values, BOUNDS.get(name, (0, 1)))
                same(what, row[name], float(values.mean()))
                if len(values) > 1:
                    same(f"{what} sd", row[f"{name}_sd"], float(values.std(ddof=1)))
                same(f"{what} ci95", row[f"{name}_ci95"], half, 2e-8)
                same(f"{what} low", row[f"{name}_low"], low, 2e-8)
                same(f"{what} high", row[f"{name}_high"], high, 2e-8)


def check_wilson():
    """The brackets of a single recall, to the digits that are shown."""
    text = sweep("report", NAME, "--ci", "--where", "seed=1", "--where", "embedding_dim=4",
                 "--threshold", "p95")
    line = next(line for line in text.splitlines() if "/145" in line)
    cell = next(part for part in line.split("  ") if "/145" in part)
    correct, total = (int(x) for x in cell.split()[0].split("/"))
    low, high = proportion_confint(correct, total, method="wilson")
    shown = cell[cell.index("[") + 1:cell.index("]")].split(", ")
    same("Wilson, low", shown[0], 100 * low, 0.0051)
    same("Wilson, high", shown[1], 100 * high, 0.0051)


def exact_p(differences):
    """Wilcoxon's test without zeros, over all patterns of signs, with ties."""
    kept = np.array([d for d in differences if abs(d) > 1e-12])
    if len(kept) == 0:
        return None, None
    ranks = stats.rankdata(np.round(np.abs(kept), 12))
    positive = ranks[kept > 0].sum()
    least = min(positive, ranks.sum() - positive)
    ways = {0: 1}
    for doubled in (2 * ranks).astype(int):
        for total, count in list(ways.items()):
            ways[total + doubled] = ways.get(total + doubled, 0) + count
    tail = sum(count for total, count in ways.items() if total <= 2 * least) / 2 ** len(kept)
    return min(1, 2 * tail), (2 * positive - ranks.sum()) / ranks.sum()


def check_pairs(found):
    seeds = [str(s) for s in range(1, 11)]
    for a in DIMS:
        for b in DIMS[DIMS.index(a) + 1:]:
            rows = table("compare", f"{NAME}:embedding_dim={a}", f"{NAME}:embedding_dim={b}",
                         "--threshold", "p95")
            for row in rows:
                name = row["metric"]
                if name not in found["p95", a]["1"]:
                    continue
                pairs = [(found["p95", a][s][name], found["p95", b][s][name]) for s in seeds]
                pairs = np.array([p for p in pairs if not any(math.isnan(x) for x in p)])
                difference = pairs[:, 1] - pairs[:, 0]
                what = f"{a} against {b}: {name}"
                same(f"{what} difference", row["difference_mean"], float(difference.mean()))
                larger = stats.mannwhitneyu(pairs[:, 1], pairs[:, 0]).statistic / len(pairs) ** 2
                same(f"{what} P(B > A)", row["p_larger"], float(larger))
                if name == "threshold_value":
                    same(f"{what} p", row["p"], None)
                    continue
                p, effect = exact_p(difference)
                same(f"{what} p", row["p"], p)
                same(f"{what} effect", row["effect"], effect)
                sizes = np.round(np.abs(difference), 12)
                if p is not None and len(np.unique(sizes)) == len(sizes) and sizes.all():
                    same(f"{what} p of SciPy", row["p"],
                         float(stats.wilcoxon(difference, method="exact").pvalue))
                minimize = name == "val_loss"
                better = (difference < -1e-12) if minimize else (difference > 1e-12)
                same(f"{what} better", row["n_better"], float(better.sum()))
            tested = [r for r in rows if r["p"] != ""]
            corrected = multipletests([float(r["p"]) for r in tested], method="holm")[1]
            for row, want in zip(tested, corrected):
                same(f"{a} against {b}: {row['metric']} p Holm", row["p_holm"], float(want))


def check_all_pairs(found):
    rows = table("compare", "--all", NAME, "--metric", "auroc")
    assert len(rows) == 6
    wanted = multipletests([float(r["p"]) for r in rows], method="holm")[1]
    for row, want in zip(rows, wanted):
        same(f"all pairs: {row['a']}, {row['b']}", row["p_holm"], float(want))


def main():
    if program.store is None:
        os.makedirs(FOLDER, exist_ok=True)
        program.store = os.path.abspath(os.path.join(FOLDER, "recompute.db"))
        sweep("run", "experiments/published_seeds.ini", "--quiet")
    errors = read_errors()
    assert len(errors) == 40, len(errors)
    found = check_evaluations(errors)
    check_groups(found)
    check_wilson()
    check_pairs(found)
    check_all_pairs(found)
    print(f"{program.checked} figures agree")


main()
