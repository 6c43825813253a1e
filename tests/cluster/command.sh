#!/bin/sh
# A command on many machines: tasks and shards record the same as one machine, even if tasks are killed and
# continue elsewhere; on Slurm, if it is installed.
# usage: command.sh SWEEP FOLDER
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"
need sqlite3
sweep=$(realpath "$1")
work=$(realpath -m "$2")
clear_work
mkdir tmp
export TMPDIR="$work/tmp"
unset SWEEP_DATA
cp "$faults/descend_on.awk" .

cat >study.ini <<'INI'
[experiment]
name = study
[command]
run = awk ${args} -f descend_on.awk
args = -v ${name}=${value}
[search]
objective = val_loss
[sweep]
lr = 0.1, 0.3
momentum = 0, 0.5
seed = 1, 2
INI

# write_ini NAME RUN: a study NAME.ini of the loss of a command; its other sections are read.
write_ini() {
    printf '[experiment]\nname = %s\n[command]\nrun = %s\n[search]\nobjective = loss\n' "$1" "$2" >"$1.ini"
    cat >>"$1.ini"
}

# collect FOLDER INI...: a new store collected from FOLDER equals that of a run of the same files.
collect_and_compare() {
    folder=$1
    shift
    rm -rf collected.db* local.db*
    "$sweep" collect "$folder" --db collected.db >out || die "$(cat out)"
    "$sweep" run "$@" --db local.db --quiet >/dev/null
    dump local.db >want
    expect_whole collected.db want
}

echo 'a grid, random and Sobol points, shared out'
"$sweep" submit study.ini --on none --dir grid 2>>log >commands
[ "$(wc -l <commands)" -eq 8 ] || die "expected 8 commands: $(cat commands)"
sh commands 2>>log
collect_and_compare grid study.ini
expect '96 of 96 published' "$sweep" status grid
[ -z "$("$sweep" submit study.ini --on none --dir grid 2>>log)" ] || die 'there is nothing to submit'
for strategy in random sobol; do
    set -- --set search.strategy=$strategy --set search.trials=6 --set 'sweep.lr=log(1e-3 .. 1)'
    "$sweep" submit study.ini --on none --dir $strategy --per-task 4 "$@" 2>>log >commands
    [ "$(wc -l <commands)" -eq 2 ] || die "expected 2 commands: $(cat commands)"
    sh commands 2>>log
    # One machine records the search itself, tasks record only trials.
    "$sweep" collect $strategy --db $strategy.db >out || die "$(cat out)"
    "$sweep" run study.ini --db whole-$strategy.db --quiet "$@" >/dev/null
    for db in $strategy.db whole-$strategy.db; do
        ask "$db" 'SELECT number, state, step, name, value FROM revision_trial JOIN value USING (trial_id)
            JOIN metric ON metric.id = metric_id ORDER BY 1, 3, 4' >"$db.values"
    done
    cmp $strategy.db.values whole-$strategy.db.values || die "$strategy: other values"
done

echo 'what decides by results is refused'
for set in strategy=tpe stop=median; do
    expect 'decides by results' "$sweep" submit study.ini --on none --dir adaptive \
        --set search.strategy=random --set search.trials=6 --set search.max_steps=12 \
        --set search.$set
done

echo 'a task that is killed goes on from its checkpoint'
sed 's/^    while (epoch < budget) {/&\n        system("sleep 0.1")/' descend_on.awk >slow.awk
sed 's/descend_on/slow/' study.ini >slow.ini
"$sweep" submit slow.ini --on none --dir slow --per-task 8 2>>log >commands
# The number of epochs in checkpoints.
count_epochs() {
    cat slow/trials/*/checkpoint/epochs 2>/dev/null | wc -l
}
for signal in TERM KILL TERM; do
    sed 's/&& /\&\& exec /' commands >killed
    before=$(count_epochs)
    sh killed 2>>log &
    pid=$!
    tries=0
    until [ "$(count_epochs)" -ge $((before + 3)) ]; do
        tries=$((tries + 1))
        [ $tries -lt 600 ] || die "fewer than three epochs in a minute: $(cat log)"
        sleep 0.1
    done
    kill -$signal $pid
    wait $pid || :
done
sh commands 2>>log
collect_and_compare slow slow.ini
[ "$(ask collected.db 'SELECT max(number) FROM attempt')" -gt 2 ] || die 'no attempt was killed'

echo 'metric lines that nobody but the shared folder knows of are not lost'
# shellcheck disable=SC2016 # names of parameters
write_ini last 'sh last.sh ${report} ${killed}' <<'INI'
[params]
killed = 2
[sweep]
report = file, output
INI
cat >last.sh <<'SH'
from=$(cat $SWEEP_CHECKPOINT/n || echo 0)
for i in $(seq $((from + 1)) $((from + 2))); do
    [ $1 = file ] || echo epoch=$i loss=0.$i
    [ $1 = output ] || echo "{\"epoch\": $i, \"loss\": 0.$i}" >>$SWEEP_METRICS
done
echo $i >$SWEEP_CHECKPOINT/n
[ $SWEEP_ATTEMPT -gt $2 ] || kill -KILL $(sed 's/^.*) . //; s/ .*//' /proc/$PPID/stat)
SH
"$sweep" submit last.ini --on none --dir last --per-task 1 2>>log >commands
for attempt in 1 2 3; do
    sh commands 2>>log || [ $attempt -lt 3 ] || die 'the third attempt did not succeed'
done
rm -f collected.db*
"$sweep" collect last --db collected.db >out || die "$(cat out)"
[ "$(ask collected.db "SELECT group_concat(step || ':' || value, ' ') FROM (SELECT * FROM value
    ORDER BY trial_id, step)")" = "$(printf '1:0.1 2:0.2 3:0.3 4:0.4 5:0.5 6:0.6%.0s ' 1 2 | sed 's/ $//')" ] ||
    die 'steps are missing'
[ "$(ask collected.db 'SELECT group_concat(number) FROM attempt')" = 3,3 ] || die 'other numbers'

echo 'lines of a trial that was done, but not published when its task was killed, are not lost'
# shellcheck disable=SC2016 # the name of a parameter
write_ini both 'sh both.sh ${part}' <<'INI'
[sweep]
part = first, second
INI
cat >both.sh <<'SH'
from=$(cat $SWEEP_CHECKPOINT/n || echo 0)
[ $from = 2 ] || echo epoch=1 loss=0.1
[ $from = 2 ] || echo epoch=2 loss=0.2
echo 2 >$SWEEP_CHECKPOINT/n
[ $1 = first ] && touch first.over && exit
until [ -e first.over ]; do sleep 0.1; done
[ $SWEEP_ATTEMPT -gt 1 ] || { sleep 1; kill -KILL $(sed 's/^.*) . //; s/ .*//' /proc/$PPID/stat); }
SH
"$sweep" submit both.ini --on none --dir both --per-task 2 2>>log >commands
! sh commands 2>>log || die 'the first attempt is killed'
sh commands 2>>log || die 'the second attempt did not succeed'
expect '2: 2 published' "$sweep" status both
[ -z "$(find both/trials -name 'output-*')" ] || die 'published lines are missing'

echo 'of two attempts that computed other numbers the later one counts'
write_ini other "sh -c 'echo epoch=1 loss=\${SWEEP_ATTEMPT}; echo epoch=2 extra=1 loss=\${SWEEP_ATTEMPT}; [ \${SWEEP_ATTEMPT} = \${enough} ]'" <<'INI'
[params]
enough = 2
[run]
retries = 0
INI
"$sweep" submit other.ini --on none --dir other 2>>log >commands
! sh commands 2>>log || die 'the first attempt fails'
expect '0 published, 1 failed' "$sweep" status other
cp -r other first
"$sweep" submit other.ini --on none --dir other --retry-failed 2>>log >commands
sh commands 2>>log
cp -r other second
cp -n first/shards/* second/shards
rm -f collected.db*
"$sweep" collect second --db collected.db >out || die "$(cat out)"
grep -q '1 done, 0 failed' out || die "$(cat out)"
# In either order.
rm -f collected.db*
! "$sweep" collect first --db collected.db >out 2>&1 || die 'the first attempt failed'
"$sweep" collect other --db collected.db >out || die "$(cat out)"
grep -q '1 done, 0 failed' out || die "$(cat out)"
[ "$(ask collected.db 'SELECT sum(value) FROM value JOIN metric ON metric.id = metric_id
    WHERE name = '"'loss'")" = 4.0 ] || die 'the first attempt counts'
[ "$(ask collected.db 'SELECT count(*) FROM attempt')" = 2 ] || die 'an attempt is missing'

echo 'a script that was changed meanwhile'
echo '# changed' >>descend_on.awk
"$sweep" collect grid --db collected.db >out || die "$(cat out)"
expect 'this script of the command has changed' "$sweep" submit study.ini --on none --dir grid
expect 'this script of the command has changed' "$sweep" work --plan grid --task 0

PATH=$PATH:/usr/sbin:/sbin
if [ -n "$(command -v munged)" ] && [ -n "$(command -v slurmd)" ] && [ -n "$(command -v sbatch)" ]; then
    echo 'on Slurm'
    start_cluster 2 2
    "$sweep" submit slow.ini --on slurm --dir queued --per-task 2 >>log 2>&1
    drain 60
    collect_and_compare queued slow.ini
else
    echo 'not on Slurm, which is not installed'
fi
