#!/bin/sh
# Interrupt runs at random moments until they are done, and compare with an undisturbed one.
# usage: kill.sh [--count N] [--seed S] [--ini NAME] [--signals LIST] SWEEP [FOLDER]
#
# Each of N times a run of NAME (study.ini, beside this script) on 1 to 4 workers gets a signal: SIGKILL to
# the parent, to one worker or to the whole process group; SIGTERM or SIGINT to the parent. The same command
# then continues. Whatever the run had reported as recorded must be in the store, and once it is done every
# number, state and weight must have the bits of an undisturbed run. Before some signals the run is stopped
# and its store copied, as a crash would leave it; a run on the copy must end the same.
#
# In a study of a command only the parent gets signals, since workers end the commands. Trials that are done
# are not run again. With the median rule a command runs ahead of decisions, and recorded steps may be
# dropped.
. "$(dirname "$0")/lib.sh"
here=$(cd "$(dirname "$0")" && pwd)

count=10 seed=1 ini=study.ini signals=
while [ $# -gt 0 ]; do
    case $1 in
    --count) count=$2 && shift 2 ;;
    --seed) seed=$2 && shift 2 ;;
    --ini) ini=$2 && shift 2 ;;
    --signals) signals=$2 && shift 2 ;;
    -*) die "kill.sh: unknown option $1" ;;
    *) break ;;
    esac
done
[ $# -gt 0 ] || die 'usage: kill.sh [--count N] [--seed S] [--ini NAME] SWEEP [FOLDER]'
need sqlite3
sweep=$(realpath "$1")
work=${2:-$(mktemp -d)}
rm -rf "$work"
mkdir -p "$work"
cd "$work"
cp "$here/descend_on.awk" .
usual='KILL-parent KILL-parent KILL-parent TERM-parent INT-parent'
of_command=$(grep -c '^\[command\]' "$here/$ini") || :
takes_back=0
[ "$of_command" = 0 ] || ! grep -q '^stop = median' "$here/$ini" || takes_back=1
[ "$of_command" = 1 ] || usual="$usual KILL-worker KILL-group"
signals=${signals:-$usual}

# start_run DB WORKERS: in a process group of its own, whose number is then in $run.
start_run() {
    setsid "$sweep" run "$here/$ini" --db "$1" --workers "$2" >out 2>log </dev/null &
    run=$!
}

run_whole() {
    "$sweep" run "$here/$ini" --db "$1" --quiet >/dev/null 2>log ||
        die "$1: the run that should succeed: $(cat log)"
}

# Fields of /proc/PID/stat after the name: state, parent, group.
stat_field() {
    sed 's/^.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f"$2"
}

# One of the run's children; empty when there is none.
pick_worker() {
    tr ' ' '\n' <"/proc/$run/task/$run/children" 2>/dev/null | awk -v at="$1" '
        NF { pids[n++] = $1 } END { if (n) print pids[int(at * n)] }'
}

# send SIGNAL WHOM FRACTION: only to processes of this run.
send() {
    case $2 in
    parent) kill "-$1" "$run" ;;
    worker)
        pid=$(pick_worker "$3")
        [ -n "$pid" ] && [ "$(stat_field "$pid" 2)" = "$run" ] && kill "-$1" "$pid"
        ;;
    group) [ "$(stat_field "$run" 3)" = "$run" ] && kill "-$1" -- "-$run" ;;
    esac 2>/dev/null
}

# Copy the store between two instructions of its only writer.
copy_store() {
    rm -rf copy.db*
    kill -STOP "$run" 2>/dev/null || return 0
    until [ "$(stat_field "$run" 1)" != R ]; do :; done
    cp store.db copy.db 2>/dev/null || :
    cp store.db-wal copy.db-wal 2>/dev/null || :
    kill -CONT "$run" 2>/dev/null || :
}

count_epochs() {
    [ ! -s "$1" ] || ask "$1" 'SELECT count(*) FROM step' 2>/dev/null || :
}

# Trials of a command that are done, and how often each was run.
list_done() {
    ask "$1" "SELECT number, (SELECT max(number) FROM attempt WHERE attempt.trial_id = link.trial_id)
        FROM revision_trial AS link WHERE state = 'done'" 2>/dev/null || :
}

# Steps that the run reported as recorded and that are missing.
find_vanished() {
    ask "$1" -separator ' ' 'SELECT number, count(step) FROM revision_trial
        LEFT JOIN step USING (trial_id) GROUP BY number' >recorded
    awk 'NR == FNR { there[$1] = $2; next }
        / epoch [0-9]+\// {
            number = $2; sub(/\/.*/, "", number)
            epoch = $0; sub(/.* epoch /, "", epoch); sub(/\/.*/, "", epoch)
            if (epoch + 0 > there[number]) print "trial " number ", epoch " epoch
        }' recorded log
}

# check_end SIGNAL WHOM CODE
check_end() {
    case $1-$2-$3 in
    KILL-parent-137 | KILL-group-137 | TERM-parent-130 | INT-parent-130 | *-0) ;;
    TERM-parent-143) ;; # before the run had begun
    # The process that probes the engine was hit, before the run began.
    KILL-worker-5) grep -q 'engine did not open: its process died' log || die "$(cat log)" ;;
    *) die "SIG$1 to the $2: exit code $3: $(cat log)" ;;
    esac
}

check_copy() {
    [ -s copy.db ] || return 0
    run_whole copy.db
    expect_whole copy.db whole
    copies=$((copies + 1))
}

export_all() {
    exported='trials evaluations epochs scores errors'
    [ "$of_command" = 0 ] || exported='trials evaluations epochs'
    for what in $exported; do
        "$sweep" export study --db "$1" --what "$what" --format csv | awk -F, '
            NR == 1 { for (i = 1; i <= NF; i++) timed[i] = $i ~ /^(train_s|eval_s|seconds)$/ }
            { for (i = 1; i <= NF; i++) if (!timed[i]) printf "%s,", $i; print "" }'
    done
}

# The store and its exports equal those of the undisturbed run.
expect_same() {
    expect_whole "$1" whole
    export_all "$1" >got
    cmp got exported || die "$1: exports differ from those of an undisturbed run"
}

# One line each: workers, signal, whom, copy first (0 or 1), two fractions.
plan() {
    awk -v seed="$seed" -v signals="$signals" 'BEGIN {
        srand(seed)
        n = split(signals, what, " ")
        for (;;) {
            split(what[1 + int(rand() * n)], w, "-")
            print 1 + int(rand() * 4), w[1], w[2], rand() < 0.3, rand(), rand()
        }
    }' 2>/dev/null
}

began=$(date +%s%N)
run_whole whole.db
# If the machine becomes slower, runs are hit nearer to their beginning.
span=$((($(date +%s%N) - began) / 1000000))
dump whole.db >whole
export_all whole.db >exported
[ "$(head -1 whole)" = "'ok'" ] || die "whole.db: $(head -1 whole)"

: >done.before
hits=0 missed=0 stores=0 copies=0 before=0 epochs=0
plan | {
    while [ "$hits" -lt "$count" ] && read -r workers signal whom copy moment fraction; do
        start_run store.db "$workers"
        sleep "$(awk -v s="$span" -v m="$moment" 'BEGIN { print m * s / 2000 }')"
        rm -rf copy.db*
        [ "$copy" = 0 ] || copy_store
        hit=1
        send "$signal" "$whom" "$fraction" || hit=0
        code=0
        wait "$run" 2>/dev/null || code=$?
        expect_gone "$run"
        hits=$((hits + hit)) missed=$((missed + 1 - hit))
        check_end "$signal" "$whom" "$code"
        if [ -s store.db ]; then
            after=$(count_epochs store.db)
            [ "${after:-0}" -ge "$before" ] || [ "$takes_back" = 1 ] || die "$before epochs before SIG$signal, $after after"
            vanished=$([ -z "$after" ] || [ "$takes_back" = 1 ] || find_vanished store.db)
            [ -z "$vanished" ] || die "SIG$signal to the $whom: vanished: $vanished"
            if [ "$of_command" = 1 ] && [ "$takes_back" = 0 ]; then
                list_done store.db >done.now
                again=$(grep -v -x -F -f done.now done.before || :)
                [ -z "$again" ] || die "done, and run again after SIG$signal: $again"
                mv done.now done.before
            fi
            before=${after:-0} epochs=$((epochs + hit * before))
        fi
        check_copy
        [ "$code" = 0 ] || continue
        expect_same store.db
        stores=$((stores + 1)) before=0
        : >done.before
        rm -rf store.db*
    done
    if [ -s store.db ]; then
        run_whole store.db
        expect_same store.db
        stores=$((stores + 1))
    fi
    echo "$hits signals, $missed found nobody; $stores runs and $copies copies ended with the bits of an" \
        "undisturbed run; none of the $epochs epochs that signals met vanished"
}
[ $# -gt 1 ] || rm -rf "$work"
