# Shared by the scripts of this folder.
# shellcheck shell=sh disable=SC2034,SC2154 # $SKIPPED is for the scripts, $sweep from them
set -eu
# What ctest shows as Skipped (SKIP_RETURN_CODE).
SKIPPED=77

die() {
    echo "$*" >&2
    exit 1
}

need() {
    command -v "$1" >/dev/null || {
        echo "skipped: $1 is not installed"
        exit "$SKIPPED"
    }
}

# A query that neither changes a store nor removes what a killed process left.
ask() {
    sqlite3 -readonly "$@"
}

# dump DB: all that a run stores, except seconds and dates. The query is in this folder, which scripts of
# other folders name in $faults.
dump() {
    ask "$1" '.mode quote' ".read ${faults-$here}/dump.sql"
}

# expect_whole DB WANT: the store is sound and equals the dump WANT bit for bit.
expect_whole() {
    dump "$1" >got
    cmp got "$2" || die "$1: differs from the store of an undisturbed run"
}

# Processes of a group that still run (zombies do not).
count_living() {
    cat /proc/[0-9]*/stat 2>/dev/null |
        awk -v group="$1" '{ sub(/^.*\) /, ""); if ($3 == group && $1 != "Z") n++ } END { print n + 0 }'
}

# expect_gone GROUP: no process of this group is left, a moment after its leader ended.
expect_gone() {
    tries=0
    while [ "$(count_living "$1")" -gt 0 ]; do
        tries=$((tries + 1))
        [ "$tries" -lt 100 ] || die "process group $1 still runs two seconds after its leader ended"
        sleep 0.02
    done
}
