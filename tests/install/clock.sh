# How long users wait.
# shellcheck shell=sh disable=SC2154 # $work is of the scripts

# Processor time of all that this script has run, in seconds, into $used. Other load on the machine does not
# change it, so it can be tested.
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
