#!/bin/sh
# Every key of the option table is explained by `sweep help config` and used by an experiment or a test.
# tests/install/pages.sh checks that it is in the manual page and the completions.
# usage: options.sh SWEEP
. "$(dirname "$0")/lib.sh"

sweep=$1
found=
add() {
    found="$found${found:+
}$*"
}

keys=$("$sweep" help config --format json | sed -n 's/.*"key":[[:space:]]*"\([^"]*\)".*/\1/p')
[ -n "$keys" ] || add 'sweep help config --format json: no keys'
# An INI file, whole or quoted in a test: "key = value" below "[section]", or section.key anywhere.
used=$(list_files experiments tests -- '*.ini' '*.c' '*.sh' | xargs cat)
for key in $keys; do
    name=${key#*.}
    printf '%s\n' "$used" | grep -qE "$key|(^|[^a-z_.])$name *=" ||
        add "$key: used by no experiment and no test"
done
verdict "$found"
