#!/bin/sh
# Run the tests of a build that counts (preset cov), print which share of the lines and branches of each
# folder they reach, and fail where that is below the folder's floor.
# usage: coverage.sh [--files] BUILD_FOLDER
# --files: also the files, and the lines of them that nothing reaches
#
# floor has a line for each folder: its name, per cent of lines, per cent of branches. Never lower them. Not
# counted: vec.h and act.h, of which gcovr cannot bring the versions for several instruction sets together, and
# tiles.h, which few processors run.
# Not run are long tests and those that add little: tests that kill their processes, which loses the counts;
# tests of a failing Slurm; tests in which other programs do the work. engine/race runs under
# ThreadSanitizer what engine/conformance does, engine/reference the same code for each instruction set.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)

files=''
[ "${1-}" != --files ] || {
    files=1
    shift
}
[ $# = 1 ] || {
    echo 'usage: coverage.sh [--files] BUILD_FOLDER' >&2
    exit 2
}
build=$(cd "$1" && pwd)

find "$build" -name '*.gcda' -exec rm {} +
left_out='engine/race|engine/reference_a.*|faults/kill.*|cluster/(nodes|failures)'
left_out="$left_out|cli/(published|page|weights|recompute|baselines)"
ctest --test-dir "$build" --exclude-regex "^($left_out)\$" --label-exclude '^long$' \
    --output-on-failure --parallel $(($(nproc) + 1)) >"$build/coverage.log" || {
    grep -A 20 'Failed\|\*\*\*' "$build/coverage.log" >&2
    exit 1
}
tail -3 "$build/coverage.log"

set -- --root "$root" --object-directory "$build" --exclude engine/cpu/vec.h \
    --exclude engine/cpu/act.h --exclude engine/cpu/tiles.h --csv -o "$build/coverage.csv"
while read -r folder _; do
    set -- "$@" --filter "$folder/"
done <"$here/floor"
[ -z "$files" ] || set -- "$@" --txt "$build/coverage.txt"
(cd "$root" && gcovr "$@" "$build")
[ -z "$files" ] || cat "$build/coverage.txt"

# The floors are also passed on, with commas.
tr ' ' ',' <"$here/floor" >"$build/floor.csv"
awk -F, '
    NR == FNR { names[++n] = $1; line_floor[$1] = $2; branch_floor[$1] = $3; next }
    FNR > 1 {
        folder = $1
        sub("/.*", "", folder)
        lines[folder] += $2; lines_reached[folder] += $3
        branches[folder] += $5; branches_reached[folder] += $6
    }
    function judge(folder, what, share, least) {
        if (share >= least)
            return
        printf "%s: %.1f %% of the %s, the floor is %.1f %%\n", folder, share, what, least
        failed = 1
    }
    END {
        printf "%-8s %15s %6s %17s %6s\n", "folder", "lines reached", "floor", "branches reached", "floor"
        for (i = 1; i <= n; i++) {
            f = names[i]
            if (!lines[f]) {
                print f ": nothing was counted"
                exit 1
            }
            line_share = 100 * lines_reached[f] / lines[f]
            branch_share = 100 * branches_reached[f] / branches[f]
            printf "%-8s %7d %6.1f%% %5.1f%% %9d %6.1f%% %5.1f%%\n", f, lines[f], line_share, \
                line_floor[f], branches[f], branch_share, branch_floor[f]
            judge(f, "lines", line_share, line_floor[f])
            judge(f, "branches", branch_share, branch_floor[f])
        }
        exit failed
    }' "$build/floor.csv" "$build/coverage.csv"
