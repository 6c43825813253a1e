# Shared by scripts that plant faults into copies of sources, one at a time, and check whether the tests
# find them.
# shellcheck shell=sh
failures=0

# remove N PATTERN: the awk program that drops the N-th line that matches.
remove() {
    printf '/%s/ && ++n == %d { next } { print }' "$2" "$1"
}

# change N PATTERN TEXT: the awk program that changes the pattern in the N-th line that has it.
change() {
    printf '/%s/ && ++n == %d { sub(/%s/, "%s") } { print }' "$2" "$1" "$2" "$3"
}

# plant WHAT FROM TO SCRIPT: awk program SCRIPT makes TO from FROM; false if nothing changed.
plant() {
    awk "$4" "$2" >"$3"
    ! cmp -s "$2" "$3" || {
        miss "NOT PLANTED: $1: matches nothing in $2; bring the script up to date"
        return 1
    }
}

# miss TEXT: report a fault that was not found, or could not be planted.
miss() {
    echo "$1"
    failures=$((failures + 1))
}
