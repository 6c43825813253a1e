#!/bin/sh
# The published study, trained from its seeds, gives the published results. Skipped (77) without ECG5000.
#
# First-epoch train losses: E = 2 within 0.05, the others within 1 %; two runs of PyTorch whose weights
# differ by 1e-6 give such differences. Recalls after 25 epochs: 62,025 dependent steps of Adam amplify rounding,
# so normal counts may be 6 off the published ones and anomalies 2.
# usage: published.sh SWEEP FOLDER
set -eu
sweep=$1
root=$(cd "$(dirname "$0")/../.." && pwd)
rm -rf "$2"
mkdir -p "$2"

cd "$root"
found=$("$sweep" data info ECG5000 --format json 2>/dev/null) || {
    echo "skipped: ECG5000 is not here"
    exit 77
}
[ -n "$found" ]
"$sweep" run experiments/published.ini --db "$2/p.db" --quiet
# One column has commas in quotes (init_after); the numbers read here have neither.
for what in epochs evaluations; do
    "$sweep" export published --db "$2/p.db" --what "$what" --format csv |
        sed 's/"[^"]*"/-/g' >"$2/$what.csv"
done

awk -F, '
function off(a, b) { return a > b ? a - b : b - a }
BEGIN { want[2] = 93.4189; want[4] = 80.1988; want[6] = 76.0431; want[8] = 73.3778 }
NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
$at["epoch"] == 1 {
    e = $at["embedding_dim"]
    loss = $at["train_loss"]
    limit = e == 2 ? 0.05 : 0.01 * want[e]
    printf "E = %d: first epoch %.4f, published %.4f\n", e, loss, want[e]
    seen++
    if (off(loss, want[e]) > limit) { print "  too far"; bad = 1 }
}
END { exit bad || seen != 4 }' "$2/epochs.csv"

awk -F, '
function off(a, b) { return a > b ? a - b : b - a }
BEGIN {
    normal[2] = 3; normal[4] = 52; normal[6] = 59; normal[8] = 133
    anomaly[2] = 144; anomaly[4] = 144; anomaly[6] = 143; anomaly[8] = 144
}
NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
{
    e = $at["embedding_dim"]
    found = $at["normal_correct"]
    caught = $at["anomaly_correct"]
    printf "E = %d: normal %d, published %d; anomalies %d, published %d\n", e, found, normal[e],
        caught, anomaly[e]
    seen++
    if (off(found, normal[e]) > 6 || off(caught, anomaly[e]) > 2) { print "  too far"; bad = 1 }
}
END { exit bad || seen != 4 }' "$2/evaluations.csv"
