#!/bin/sh
# Studies on their own Slurm cluster with failures of all kinds, in seeded mixtures.
# usage: failures.sh [--count N] [--seed S] [--only KIND] SWEEP [FOLDER]
#
# Each of N runs submits a study of six trials, of which two always fail, and causes 1 to 4 of the failures
# below at random moments. Then nodes and daemons come back, and when the queue is empty the study is
# submitted once more. In the end every epoch of every trial that can succeed must have been collected, with
# the bits of a run on this machine, and the failed trials must be reported.
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"

kinds='cancel_one cancel_all time_limit time_limit_deaf requeue requeue_twice node_down node_lost
    controller_killed out_of_memory killed killed_publishing folder_gone submitted_twice collected'
count=2 seed=1 only=
while [ $# -gt 0 ]; do
    case $1 in
    --count) count=$2 && shift 2 ;;
    --seed) seed=$2 && shift 2 ;;
    --only) only=$2 && shift 2 ;;
    -*) die "failures.sh: unknown option $1" ;;
    *) break ;;
    esac
done
[ $# -gt 0 ] || die 'usage: failures.sh [--count N] [--seed S] [--only KIND] SWEEP [FOLDER]'
need_slurm
sweep=$(realpath "$1")
work=$(realpath -m "${2:-$(mktemp -d)}")
clear_work
nodes=3

cat >study.ini <<'INI'
[experiment]
name = failures
[data]
path = builtin:ecg?rows=200
[sweep]
model.embedding_dim = 40, 41
train.learning_rate = 1e-3, 2e-3
train.epochs = 6, 20
eval.threshold = 40, p95
[run]
retries = 3
INI
# Two more: their loss is not finite.
fails='sweep.train.learning_rate=1e-3, 2e-3, 1e38'

# draw N: a number from 0 to N - 1 into $drawn
draw() {
    state=$(((state * 1103515245 + 12345) % 2147483648))
    drawn=$((state / 65536 % $1))
}

say() {
    echo "  $(date +%T) $*" >>story
}

# submit OPTION...: it may fail while the controller is away
submit() {
    "$sweep" submit study.ini --set "$fails" --on slurm --dir "$shared" --per-task 1 "$@" \
        >>submit.log 2>&1
}

# One of the running tasks, by Slurm's number, into $job; false when there is none.
pick_job() {
    jobs=$(squeue -h --me -t running -o '%F_%K' 2>/dev/null) || return 1
    # shellcheck disable=SC2086 # a list of words
    set -- $jobs
    [ $# -gt 0 ] || return 1
    draw $#
    shift "$drawn"
    job=$1
}

# The process of one running attempt, into $pid, from its heartbeat file.
pick_process() {
    # shellcheck disable=SC2046 # a list of words
    set -- $(cat "$shared"/running/*.attempt 2>/dev/null | awk '{ print $2 }')
    [ $# -gt 0 ] || return 1
    draw $#
    shift "$drawn"
    pid=$1
    [ "$(readlink "/proc/$pid/exe")" = "$sweep" ]
}

# --- failures -----------------------------------------------------------------------------------

cancel_one() {
    pick_job && scancel -Q "$job"
}

cancel_all() {
    scancel -Q --me
}

# SIGTERM, and SIGKILL two seconds later.
time_limit() {
    pick_job && scontrol update "jobid=$job" EndTime=now+1 2>/dev/null
}

# The process does not react to SIGTERM, as if it hung.
time_limit_deaf() {
    pick_process && kill -STOP "$pid" && {
        deaf="$deaf $pid"
        job=$(tr '\0' '\n' <"/proc/$pid/environ" | sed -n 's/^SLURM_JOB_ID=//p')
        scontrol update "jobid=$job" EndTime=now+1 2>/dev/null
    }
}

requeue() {
    pick_job && scancel -Q -b -s USR1 "$job"
}

requeue_twice() {
    requeue && sleep 0.3 && requeue
}

node_down() {
    draw $nodes
    scontrol update "nodename=n$((drawn + 1))" state=down reason=test 2>/dev/null
}

# Its daemon dies, its tasks keep running; Slurm starts them again elsewhere.
node_lost() {
    draw $nodes
    cluster node-kill "n$((drawn + 1))"
    lost="$lost n$((drawn + 1))"
    say "n$((drawn + 1)) is lost"
}

# Killed just after a submit, it forgets the job, and reuses its number.
controller_killed() {
    cluster ctld-kill
    draw 3
    sleep "0.$((drawn + 1))"
    cluster ctld-start
    submit || :
}

out_of_memory() {
    submit --mem 3M || :
}

killed() {
    pick_process && kill -KILL "$pid"
}

killed_publishing() {
    tries=0
    until ls "$shared"/shards/*.part >part 2>/dev/null; do
        tries=$((tries + 1))
        [ $tries -lt 300 ] || return 1
    done
    pick_process && kill -KILL "$pid"
}

folder_gone() {
    mv "$shared/shards" "$shared/away" || return 1
    draw 9
    sleep "0.$((drawn + 1))"
    mv "$shared/away" "$shared/shards"
}

submitted_twice() {
    submit &
    submit || :
    wait $! || :
}

collected() {
    "$sweep" collect "$shared" --db collected.db >>collect.log 2>&1
    [ $? -le 1 ] || die "collect during a run: $(tail -n 3 collect.log)"
}

# --- one run ------------------------------------------------------------------------------------

heal() {
    for node in $lost; do cluster node-start "$node"; done
    # If the controller forgot the time limit, nothing else would end them.
    for pid in $deaf; do kill -CONT "$pid" 2>/dev/null || :; done
    lost='' deaf=''
    tries=0
    until squeue -h >out 2>&1; do
        tries=$((tries + 1))
        [ $tries -lt 20 ] || die "no controller: $(cat out)"
        sleep 1
    done
    for node in $(seq -f n%g $nodes); do
        scontrol update "nodename=$node" state=resume 2>/dev/null || :
    done
}

cause_failure() {
    if [ -n "$only" ]; then
        kind=$only
    else
        # shellcheck disable=SC2086 # a list of words
        set -- $kinds
        draw $#
        shift "$drawn"
        kind=$1
    fi
    if $kind; then say "$kind"; else say "$kind: nothing to hit"; fi
}

one_run() {
    shared=$work/shared.$number
    state=$((seed * 1000 + number)) lost='' deaf=''
    rm -rf "$work"/shared.* collected.db* story
    draw 5
    if [ "$drawn" -eq 0 ]; then submit --time 1m; else submit; fi
    draw 4
    n=$((drawn + 1))
    while [ $n -gt 0 ]; do
        draw 20
        sleep "$((drawn / 10)).$((drawn % 10))"
        cause_failure
        n=$((n - 1))
    done
    heal
    drain 180
    heal
    submit || die "the last submit: $(tail -n 3 submit.log)"
    drain 180
    "$sweep" collect "$shared" --db collected.db >out 2>&1 && die 'collect reports no failure'
    grep -q 'mismatches  0' out || die "$(cat out)"
    expect_whole collected.db want
    expect '2 failed, 0 to come' "$sweep" status "$shared"
    expect 'non-finite train loss' "$sweep" status "$shared"
}

explain() {
    code=$?
    [ $code -eq 0 ] || [ ! -s story ] || {
        echo "run $number of seed $seed:"
        cat story
        "$sweep" status "$shared" || :
        tail -n 5 "$shared"/log/* || :
    } >&2
    sh "$here/slurm.sh" "$work/slurm" stop
}

"$sweep" run study.ini --set "$fails" --db local.db --quiet >log 2>&1 || :
dump local.db >want
start_cluster $nodes 4
trap explain EXIT
number=0
while [ $number -lt "$count" ]; do
    number=$((number + 1))
    one_run
    printf 'run %d: %s\n' $number "$(sed 's/^  [0-9:]* //' story | tr '\n' ',')"
done
