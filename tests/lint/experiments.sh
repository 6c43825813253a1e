#!/bin/sh
# Every experiment is named by `sweep help experiments` and passes `sweep check`. One whose data set or program is not on this machine is
# skipped, and the test with it, once the others are checked.
# usage: experiments.sh SWEEP
. "$(dirname "$0")/lib.sh"

sweep=$1
found=
skipped=
for file in experiments/*.ini; do
    name=$(basename "$file" .ini)
    "$sweep" help experiments | grep -qE "^  $name( |\$)" ||
        found="$found\`sweep help experiments\` does not name $name
"
    data=$(sed -n 's/^path *= *\([^ ;]*\).*/\1/p' "$file")
    program=$(sed -n 's/^run *= *\([^ ;]*\).*/\1/p' "$file")
    if [ -n "$data" ] && ! "$sweep" data info "$data" >/dev/null 2>&1; then
        skipped="$skipped $file"
    elif [ -n "$program" ] && ! command -v "$program" >/dev/null; then
        skipped="$skipped $file"
    elif ! said=$("$sweep" check "$file" 2>&1 >/dev/null); then
        found="$found$file: $said
"
    fi
done
verdict "$found"
[ -z "$skipped" ] || {
    echo "skipped, their data sets or programs are not here:$skipped"
    exit "$SKIPPED"
}
