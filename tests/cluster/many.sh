#!/bin/sh
# Time and memory of planning many trials and collecting as many shards.
# usage: many.sh [--count N] SWEEP [FOLDER]
#
# Only one task is trained; the others get copies of its shard with their own keys, which saves the time of
# 10,000 trials.
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"
count=10000
[ "${1-}" != --count ] || {
    count=$2
    shift 2
}
[ $# -gt 0 ] || die 'usage: many.sh [--count N] SWEEP [FOLDER]'
need sqlite3
need sha256sum
need python3
need /usr/bin/time
sweep=$(realpath "$1")
work=$(realpath -m "${2:-$(mktemp -d)}")
rm -rf "$work"
mkdir -p "$work"
cd "$work"

cat >many.ini <<INI
[experiment]
name = many
[data]
path = builtin:ecg?rows=60
[model]
embedding_dim = 2
[sweep]
train.seed = 1..$count
train.epochs = 2
eval.threshold = p95
INI

# timed NAME COMMAND...: wall time, processor time, peak memory
timed() {
    name=$1
    shift
    /usr/bin/time -o time -f "$name: %e s, %U + %S s of a core, %M kB" "$@" >out 2>log ||
        die "$name: $(cat out log)"
    cat time
}

timed plan "$sweep" submit many.ini --on none --dir shared --per-task 1
[ "$(wc -l <out)" -eq "$count" ] || die "expected $count commands, found $(wc -l <out)"
sed -n 1p out | sh >log 2>&1 || die "$(cat log)"
python3 - <<'PYTHON'
import glob, hashlib, json, shutil, sqlite3
plan = json.load(open("shared/plan.json"))
[first] = glob.glob("shared/shards/*.shard")
shutil.copy(first, "copy.db")
db = sqlite3.connect("copy.db", isolation_level=None)
db.execute("DROP TRIGGER trial_is_final")
for trial in plan["trials"]:
    db.execute("UPDATE trial SET key = ?", (trial["key"],))
    bytes_ = open("copy.db", "rb").read()
    name = "%05d-local-r0-00000000-%s.shard" % (trial["task"], hashlib.sha256(bytes_).hexdigest()[:16])
    open("shared/shards/" + name, "wb").write(bytes_)
PYTHON
timed status "$sweep" status shared
timed collect "$sweep" collect shared --db store.db
grep -q "trials      $count: $count done" out || die "$(cat out log)"
timed again "$sweep" collect shared --db store.db
grep -q "epochs      0 new" out || die "$(cat out log)"
