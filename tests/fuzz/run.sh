#!/bin/sh
# Let libFuzzer search, one target after the other, and fail if any finds something.
# usage: [FUZZ_SEED=N] run.sh BUILD_FOLDER SECONDS TARGET...
# The seed is random where none is given; CI gives one, so that a change is judged by what it did.
# Inputs that reach new code are collected in BUILD_FOLDER/found, where the next search starts from;
# what fails a target is kept in BUILD_FOLDER/finding-TARGET-*.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cd "$1"
seconds=$2
shift 2

TMPDIR=$(mktemp -d)
# What is freed is watched for as long as a cache can hold it: with the default of 256 MiB searches are slower.
ASAN_OPTIONS=malloc_context_size=2:quarantine_size_mb=8:thread_local_quarantine_size_kb=256:${ASAN_OPTIONS-}
export TMPDIR ASAN_OPTIONS
trap 'rm -rf "$TMPDIR"' EXIT

# The last count of executions, edges and features that libFuzzer printed.
counts() {
    awk '/ cov: / { for (i = 1; i < NF; i++) if ($i == "cov:" || $i == "ft:") at[$i] = $(i + 1) }
         /^stat::number_of_executed_units/ { n = $2 }
         END { printf "%s runs, %s edges, %s features", n, at["cov:"], at["ft:"] }' "$1"
}

failed=''
for target; do
    mkdir -p "found/$target"
    dictionary=$here/dict/$target
    [ -f "$dictionary" ] && set_words="-dict=$dictionary" || set_words=''
    # shellcheck disable=SC2086 # an option or nothing
    if "./fuzz_$target" -seed="${FUZZ_SEED:-0}" -max_total_time="$seconds" -timeout=10 \
        -rss_limit_mb=2048 -max_len=4096 -print_final_stats=1 \
        -artifact_prefix="finding-$target-" $set_words \
        "found/$target" "$here/corpus/$target" >"$target.log" 2>&1; then
        echo "fuzz/$target: $(counts "$target.log")"
    else
        echo "fuzz/$target: FAILED after $(counts "$target.log")"
        tail -n 40 "$target.log"
        failed="$failed $target"
    fi
done
[ -z "$failed" ] || {
    echo "findings in:$failed (build folder $PWD)"
    exit 1
}
