#!/bin/sh
# Tasks and shards without Slurm: the same bits as a run, whatever is interrupted, damaged or lost.
# usage: local.sh SWEEP FOLDER
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"
need sqlite3
need sha256sum
sweep=$(realpath "$1")
work=$(realpath -m "$2")
rm -rf "$work"
mkdir -p "$work/tmp"
cd "$work"
export TMPDIR="$work/tmp"
unset SWEEP_DATA # the printed commands would set it first, and the data set is built in

cat >study.ini <<'INI'
[experiment]
name = local
[data]
path = builtin:ecg?rows=160
[sweep]
model.embedding_dim = 2, 30
train.seed = 1, 2
train.epochs = 6, 12
eval.threshold = 40, p95
INI

submit() {
    "$sweep" submit study.ini --on none --dir shared --per-task 1 2>>log
}

collect() {
    rm -f collected.db*
    "$sweep" collect shared --db collected.db
}

# rename FILE: name a changed shard after its new checksum.
rename() {
    digest=$(sha256sum "$1")
    mv "$1" "${1%-*}-$(printf %.16s "$digest").shard"
}

# await SECONDS COMMAND: until it succeeds; false if it does not.
await() {
    tries=$((100 * $1))
    until sh -c "$2" >/dev/null 2>&1; do
        tries=$((tries - 1))
        [ $tries -gt 0 ] || return 1
        sleep 0.01
    done
}

expect_scratch_empty() {
    [ -z "$(ls "$TMPDIR")" ] || die "left in the scratch folder: $(ls "$TMPDIR")"
}

"$sweep" run study.ini --db local.db --quiet
dump local.db >want

# All that is recorded of a trial is merged: a new table or column must be added to shard.c as well.
cat >known <<'TABLES'
attempt: trial_id number host folder argv scripts git_commit git_dirty begun ended outcome
error_blob: trial_id step subset errors
evaluation: revision_id number trial_id epochs threshold
event: id revision_id at kind text at_s trial_id worker
reconstruction: trial_id step series
revision_trial: id revision_id number trial_id stage budget state reason
score: trial_id step threshold threshold_value normal_correct anomaly_correct
state: trial_id step state
step: trial_id step best_step train_s eval_s worker begun_s ended_s recorded
trial_param: trial_id position key value
tune_error: trial_id step errors
value: trial_id step metric_id value
weights: trial_id step safetensors
TABLES
ask local.db "SELECT t.name || ': ' || group_concat(c.name, ' ') FROM sqlite_schema AS t
    JOIN pragma_table_info(t.name) AS c WHERE t.type = 'table' GROUP BY t.name
    HAVING sum(c.name = 'trial_id') ORDER BY t.name" >found
cmp known found || die "facts of a trial that shards leave out: $(diff known found)"

echo 'two at a time, collected meanwhile'
submit >commands
[ "$(wc -l <commands)" -eq 4 ] || die "expected 4 commands: $(cat commands)"
head -n 1 commands | sh 2>>log
expect '1 done, 0 failed' collect
tail -n 3 commands | xargs -d '\n' -n 1 -P 2 sh -c 2>>log
"$sweep" collect shared --db collected.db >out || die "$(cat out)"
expect_whole collected.db want
expect '0 new, 48 known' "$sweep" collect shared --db collected.db
expect_whole collected.db want
expect_scratch_empty
[ -z "$(ls shared/running)" ] || die 'a heartbeat is left'
[ -z "$(submit)" ] || die 'there is nothing to submit'

echo 'shards that are none'
cp -r shared whole
first=$(echo shared/shards/00000-*)
cp local.db "shared/shards/00000-local-r0-11111111-1.shard"
rename "shared/shards/00000-local-r0-11111111-1.shard"
head -c 5000 "$first" >shared/shards/00001-local-r0-22222222-0123456789abcdef.shard
: >shared/shards/00001-local-r0-33333333-0123456789abcdef.shard
cp "$first" shared/shards/00000-local-r0-44444444-1.shard
sqlite3 shared/shards/00000-local-r0-44444444-1.shard 'PRAGMA user_version = 99'
rename shared/shards/00000-local-r0-44444444-1.shard
sqlite3 shared/shards/00000-local-r0-55555555-1.shard 'CREATE TABLE step (a)'
rename shared/shards/00000-local-r0-55555555-1.shard
cp "$first" shared/shards/00000-local-r0-66666666-1.shard
sqlite3 shared/shards/00000-local-r0-66666666-1.shard 'DROP TRIGGER trial_is_final' \
    "UPDATE trial SET key = 'another'"
rename shared/shards/00000-local-r0-66666666-1.shard
# Of two that differ the second is left out: this name sorts last.
cp "$first" shared/shards/00000-local-r9-77777777-1.shard
sqlite3 shared/shards/00000-local-r9-77777777-1.shard 'DROP TRIGGER value_is_final' \
    'UPDATE value SET value = value + 1e-13 WHERE step = 7 AND metric_id = 1'
rename shared/shards/00000-local-r9-77777777-1.shard
cp "$first" shared/shards/00000-local-r0-88888888-1.shard
sqlite3 shared/shards/00000-local-r0-88888888-1.shard 'DROP TABLE error_blob'
rename shared/shards/00000-local-r0-88888888-1.shard
! collect >out 2>&1 || die 'collect reports success for a damaged shard'
for told in '11111111' '22222222-0123456789abcdef.shard: damaged: its checksum' \
    '33333333-0123456789abcdef.shard: damaged: its checksum' 'written by a newer sweep (schema 99' \
    'not a store of sweep' 'no trial of this plan' 'mismatches  1' \
    'trial 1' '7' '88888888'; do
    grep -qF -- "$told" out || die "collect: expected \"$told\", found: $(cat out)"
done
expect_whole collected.db want
rm -r shared
mv whole shared

echo 'interrupted, killed, continued'
rm -r shared
submit >commands
task=$(sed -n 3p commands)
for signal in TERM USR1 KILL INT; do
    sh -c "exec ${task#cd * && }" 2>>log &
    pid=$!
    await 2 'ls shared/running/*.attempt' || : # there is no process if the task is done
    sleep 0.2
    kill "-$signal" "$pid" 2>/dev/null || :
    wait "$pid" || :
done
"$sweep" status shared >out
sh commands 2>>log
collect >out || die "$(cat out)"
expect_whole collected.db want

echo 'the shared folder is gone for a while'
rm -rf shared "${TMPDIR:?}"/*
submit >commands
task=$(sed -n 3p commands)
: >gone
sh -c "exec ${task#cd * && }" 2>gone &
pid=$!
await 60 "grep 'to run' gone" || die "it did not begin: $(cat gone)"
kill -STOP "$pid"
mv shared/shards away
kill -CONT "$pid"
await 60 "grep 'cannot publish yet' gone" || die "it did not wait: $(cat gone)"
mv away shared/shards
wait "$pid" || die "$(cat gone)"
sh commands 2>>log
collect >out || die "$(cat out)"
expect_whole collected.db want
expect_scratch_empty
