#!/bin/sh
# Parameters and metrics are known by name in few files: everything else reads the study's description
# of them, so that another model, backend or metric changes no report and no chart.
. "$(dirname "$0")/lib.sh"

# WORD, then the files or folders that may contain it
table='
embedding_dim                 runner/backend/ runner/config/ runner/plan/stream.c results/store/schema_ results/store/upgrade.c
(normal|anomaly)_recall       results/query/metric. results/stats/detection. results/store/ results/report/export.c results/report/report.h'

files=$(list_files runner results plots -- '*.c' '*.h' '*.sql' '*.gp' '*.js' '*.css')
# shellcheck disable=SC2086 # a list of words
found=$(awk -v table="$table" '
    BEGIN {
        n = split(table, lines, "\n")
        for (i = 1; i <= n; i++) {
            if (split(lines[i], words, " ") == 0)
                continue
            pattern[++rules] = words[1]
            allowed[rules] = lines[i]
        }
    }
    # Whether a rule names this file, a folder above it, or the beginning of its path.
    function may(rule, path,    words, m, j) {
        m = split(allowed[rule], words, " ")
        for (j = 2; j <= m; j++)
            if (index(path, words[j]) == 1)
                return 1
        return 0
    }
    {
        for (i = 1; i <= rules; i++)
            if (match($0, pattern[i]) && !may(i, FILENAME))
                print FILENAME ":" FNR ": knows " substr($0, RSTART, RLENGTH) " by name"
    }' $files)
verdict "$found"
