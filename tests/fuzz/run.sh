#!/bin/sh
# Let libFuzzer search, as many targets at a time as there are cores, and fail if any finds something.
# usage: [FUZZ_SEED=N] run.sh BUILD_FOLDER SECONDS TARGET...
# The seed is random where none is given; CI gives one, so that results depend only on the change. Inputs
# that reach new code are collected in BUILD_FOLDER/found, where the next search starts from; what fails a
# target is kept in BUILD_FOLDER/finding-TARGET-*.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cd "$1"
seconds=$2
shift 2

work=$(mktemp -d)
# A quarantine that fits a cache: with the default of 256 MiB searches are slower.
ASAN_OPTIONS=malloc_context_size=2:quarantine_size_mb=8:thread_local_quarantine_size_kb=256:${ASAN_OPTIONS-}
export ASAN_OPTIONS
trap 'rm -rf "$work"' EXIT
trap 'kill $(jobs -p) 2>/dev/null; exit 1' INT TERM HUP

# The last count of executions, edges and features that libFuzzer printed.
counts() {
    awk '/ cov: / { for (i = 1; i < NF; i++) if ($i == "cov:" || $i == "ft:") at[$i] = $(i + 1) }
         /^stat::number_of_executed_units/ { n = $2 }
         END { printf "%s runs, %s edges, %s features", n, at["cov:"], at["ft:"] }' "$1"
}

# search TARGET: in its own folder for temporary files; the outcome is in $work/TARGET.failed.
search() {
    mkdir -p "found/$1" "$work/$1"
    dictionary=$here/dict/$1
    [ -f "$dictionary" ] && set_words="-dict=$dictionary" || set_words=''
    # shellcheck disable=SC2086 # an option or nothing
    TMPDIR=$work/$1 "./fuzz_$1" -seed="${FUZZ_SEED:-0}" -max_total_time="$seconds" -timeout=10 \
        -rss_limit_mb=2048 -max_len=4096 -print_final_stats=1 \
        -artifact_prefix="finding-$1-" $set_words \
        "found/$1" "$here/corpus/$1" >"$1.log" 2>&1 || : >"$work/$1.failed"
}

# Wait for the searches under way, $running, and print what they did.
failed=''
report() {
    wait
    for target in $running; do
        if [ -e "$work/$target.failed" ]; then
            echo "fuzz/$target: FAILED after $(counts "$target.log")"
            tail -n 40 "$target.log"
            failed="$failed $target"
        else
            echo "fuzz/$target: $(counts "$target.log")"
        fi
    done
    running='' n=0
}

cores=$(nproc)
running='' n=0
for target; do
    search "$target" &
    running="$running $target" n=$((n + 1))
    [ $n -lt "$cores" ] || report
done
report
[ -z "$failed" ] || {
    echo "findings in:$failed (build folder $PWD)"
    exit 1
}
