# Shared by the lint scripts. Each checks the tree in its working folder, so that selftest.sh can
# run them in a small tree of its own, and prints one line "file:line: what" per finding.
# shellcheck shell=sh disable=SC2034 # variables are for the scripts
set -eu
lint_dir=$(cd "$(dirname "$0")" && pwd)

# What ctest shows as Skipped (SKIP_RETURN_CODE).
SKIPPED=77

# list_files FOLDER... -- PATTERN...: names below those folders that exist, sorted.
list_files() {
    folders='' expression=''
    while [ "$1" != -- ]; do
        [ ! -e "$1" ] || folders="$folders $1"
        shift
    done
    shift
    for pattern; do
        expression="$expression -o -name $pattern"
    done
    [ -n "$folders" ] || return 0
    # No file name of this tree has a blank or a star, and globbing is off.
    # shellcheck disable=SC2086
    (set -f && find $folders -type f \( ${expression# -o} \) | sort)
}

# need PROGRAM: exit as skipped if it is missing.
need() {
    command -v "$1" >/dev/null || {
        echo "skipped: $1 is not installed"
        exit "$SKIPPED"
    }
}

# verdict FINDINGS: print them and fail if there are any.
verdict() {
    [ -z "$1" ] || {
        printf '%s\n' "$1"
        exit 1
    }
}
