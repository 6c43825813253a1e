#!/bin/sh
# Draw every picture of the gallery again, and write the figures of experiments/README.md and of the
# gallery's that come from the same studies, all by one program: they cannot contradict each other.
#
# usage: redraw.sh SWEEP FOLDER [STUDY...]
# FOLDER keeps the store: what was trained there is not trained again. STUDY is one of published,
# published_seeds, seeds, embedding, search, heartbeat; all of them take half an hour of one core.
# Figures are of this machine's instruction set; those in the repository are of AVX-512.
set -eu
sweep=$1 work=$2
shift 2
[ $# -gt 0 ] || set -- published published_seeds seeds embedding search heartbeat
root=$(cd "$(dirname "$0")/../.." && pwd)
mkdir -p "$work"
cd "$root"
db=$work/gallery.db

# draw STUDY PREFIX CHARTS OPTION...: the charts as PREFIX_CHART.png in the gallery
draw() {
    study=$1 prefix=$2 charts=$3
    shift 3
    rm -rf "$work/charts"
    "$sweep" plot "$study" --db "$db" --quiet --only "$charts" -o "$work/charts" "$@" >/dev/null
    for picture in "$work"/charts/*.png; do
        target=plots/gallery/$prefix$(basename "$picture")
        # Of pictures of single trials the gallery has some.
        case $picture in
        */trial_* | */reconstruction_*) [ -e "$target" ] || continue ;;
        esac
        cp "$picture" "$target"
    done
}

# losses COLUMN EPOCH, counts COLUMN: "E VALUE" for each embedding dimension of the published study
losses() {
    "$sweep" export published --db "$db" --what epochs --format csv | sed 's/"[^"]*"/-/g' |
        awk -F, -v column="$1" -v epoch="$2" '
            NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
            $at["epoch"] == epoch { printf "%s %.2f\n", $at["embedding_dim"], $at[column] }'
}

counts() {
    "$sweep" export published --db "$db" --what evaluations --format csv | sed 's/"[^"]*"/-/g' |
        awk -F, -v column="$1" '
            NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
            { print $at["embedding_dim"], $at[column] }'
}

# recalls METRIC: "E MEAN SD", in per cent, over the seeds
recalls() {
    "$sweep" report published_seeds --db "$db" --threshold 45 --epochs 25 --format csv |
        awk -F, -v metric="$1" '
            NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
            { printf "%s %.1f %.1f\n", $at["embedding_dim"], 100 * $at[metric], 100 * $at[metric "_sd"] }'
}

# put FILE HEADER FIELD VALUES: set a column of the rows below the table's header, by its first field;
# VALUES are lines "E VALUE [SD]"
put() {
    awk -F' *[|] *' -v header="$2" -v field="$3" -v values="$4" '
        BEGIN {
            n = split(values, lines, "\n")
            for (i = 1; i <= n; i++) {
                split(lines[i], parts, " ")
                value[parts[1]] = parts[3] == "" ? parts[2] : parts[2] " ± " parts[3] " %"
            }
        }
        index($0, header) == 1 { inside = 1; print; next }
        inside && $0 !~ /^[|]/ { inside = 0 }
        inside && ($2 in value) {
            line = "|"
            for (i = 2; i < NF; i++)
                line = line " " (i == field + 1 ? value[$2] : $i) " |"
            print line
            next
        }
        { print }' "$1" >"$work/text"
    cp "$work/text" "$1"
}

# listed: the values of such lines, "3, 51, 61, 136"
listed() {
    awk '{ printf "%s%s", (NR > 1 ? ", " : ""), $2 }'
}

gallery=plots/gallery/README.md
for study; do
    "$sweep" run "experiments/$study.ini" --db "$db" --quiet
    case $study in
    published)
        draw published published_ \
            loss_curves,trials,recall_bars,roc,class_recall,recall_threshold,error_histogram,reconstructions,confusion,timeline \
            --width 800 --samples 1
        head="| E | first epoch's train loss: published |"
        put experiments/README.md "$head" 3 "$(losses train_loss 1)"
        put experiments/README.md "$head" 5 "$(counts normal_correct)"
        put experiments/README.md "$head" 7 "$(counts anomaly_correct)"
        head='| E | first epoch, published: train |'
        put $gallery "$head" 4 "$(losses train_loss 1)"
        put $gallery "$head" 5 "$(losses val_loss 1)"
        put $gallery "$head" 8 "$(losses train_loss 25)"
        put $gallery "$head" 9 "$(losses val_loss 25)"
        ours="Ours are $(counts normal_correct | listed) and $(counts anomaly_correct | listed)."
        sed "s/Ours are [0-9, and]*\\./$ours/" $gallery >"$work/text"
        cp "$work/text" $gallery
        # What README shows of `sweep watch`.
        "$sweep" watch published --db "$db" >plots/gallery/progress.txt
        ;;
    published_seeds)
        put experiments/README.md '| E | normal recall | anomaly recall |' 2 "$(recalls normal_recall)"
        put experiments/README.md '| E | normal recall | anomaly recall |' 3 "$(recalls anomaly_recall)"
        ;;
    seeds)
        draw seeds seeds_ loss_curves,recall_bars,recall_curves --width 800
        draw seeds seeds_p95_ recall_bars --width 800 --threshold p95
        ;;
    embedding)
        draw embedding '' loss_curves --width 800
        draw embedding '' heatmap --width 680
        ;;
    search) draw search search_ history,slice,importance,rungs --width 800 ;;
    heartbeat)
        draw heartbeat heartbeat_ \
            class_counts,class_means,trials,error_histogram,confusion,reconstructions \
            --width 800 --samples 1
        ;;
    esac
done
