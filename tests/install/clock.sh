# How long users wait.
# shellcheck shell=sh disable=SC2154 # $work is of the scripts

# Seconds of processor time of what this script has run and waited for, into $used. Another load on the
# machine does not change them, so that they can be a test.
read_used() {
    times >"$work/times"
    used=$(awk 'NR == 2 { gsub(/[ms]/, " "); print int($1 * 60 + $2 + $3 * 60 + $4) }' "$work/times")
}

start_clock() {
    begun=$(date +%s)
    read_used
    used_before=$used
}

# stop_clock WHAT: print both times since start_clock; more than a minute of work is a failure.
stop_clock() {
    read_used
    used=$((used - used_before))
    echo "$1: $(($(date +%s) - begun)) s, $used s of processor time"
    [ $used -lt 60 ] || exit 1
}
