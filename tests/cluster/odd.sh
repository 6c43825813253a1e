#!/bin/sh
# A shared folder with foreign files: they are named and left out, and nothing blocks on them. Two
# simultaneous submits leave one plan. usage: odd.sh SWEEP FOLDER
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"
sweep=$(realpath "$1")
work=$(realpath -m "$2")
rm -rf "$work"
mkdir -p "$work"
cd "$work"
unset SWEEP_DATA

cat >study.ini <<'INI'
[experiment]
name = odd
[data]
path = builtin:ecg?rows=60
[sweep]
model.embedding_dim = 2, 3
INI

# quick COMMAND...: sets code; an endless wait is a failure
quick() {
    code=0
    timeout 60 "$@" || code=$?
    [ $code -ne 124 ] || die "did not end: $*"
}

echo 'two submit at once'
round=0
while [ $round -lt 10 ]; do
    rm -rf shared first second
    timeout 60 "$sweep" submit study.ini --on none --dir shared --per-task 1 >first 2>first.err &
    one=0
    quick "$sweep" submit study.ini --on none --dir shared --per-task 2 >second 2>second.err
    two=$code
    wait $! || one=$?
    [ $one -eq 0 ] || [ $two -eq 0 ] || die "neither was accepted: $(cat first.err second.err)"
    # There is one plan, and the later submit either failed or found the same plan.
    tasks=$(grep -o '"task": [0-9]*' shared/plan.json | sort -u | wc -l)
    for err in first second; do
        [ ! -s $err ] || [ "$(grep -c . $err)" -eq "$tasks" ] || die "another plan: $(cat $err)"
    done
    case $(ls shared) in *part*) die "left: $(ls shared)" ;; esac
    round=$((round + 1))
done

echo 'odd entries'
rm -rf shared
"$sweep" submit study.ini --on none --dir shared --per-task 1 >commands 2>log
sh commands 2>>log
mkfifo "shared/shards/00000-pipe-0123456789abcdef.shard" "shared/running/00000-pipe.attempt"
mkdir "shared/shards/00000-folder-0123456789abcdef.shard" "shared/running/00000-folder.attempt"
ln -s /etc/passwd shared/running/00000-link.attempt
: >"shared/shards/00001-hole-0123456789abcdef.shard"
truncate -s 100G "shared/shards/00001-hole-0123456789abcdef.shard"
ln -s /dev/zero "shared/shards/00001-zero-0123456789abcdef.shard"
quick "$sweep" status shared >seen
[ $code -eq 0 ] || die "status: exit $code"
grep -q '^trials      2: 2 published' seen || die "status: $(cat seen)"
for odd in pipe folder hole zero running/00000-link; do
    grep -q "unusable .*$odd" seen || die "not named: $odd: $(cat seen)"
done
quick "$sweep" collect shared --db a.db >collected 2>collected.err
[ $code -eq 1 ] || die "collect: $(cat collected.err)"
grep -q '^shards      2 merged, 4 left out' collected || die "collect: $(cat collected)"
quick "$sweep" check --db a.db >whole
[ $code -eq 0 ] || die "not whole: $(cat whole)"

echo 'an attempt that was killed'
echo "process 999999 on $(uname -n) since 2026-01-01T00:00:00Z" >shared/running/00000-local-r0-dead.attempt
quick "$sweep" status shared >seen
grep -q '^lost .* process 999999' seen || die "not lost: $(cat seen)"
sh commands 2>>log
[ ! -e shared/running/00000-local-r0-dead.attempt ] || die "the heartbeat of a dead attempt stays"

echo 'attempts of another host'
for name in alive silent; do
    echo "process 12 on $(uname -n)-other since 2026-01-01T00:00:00Z" \
        >shared/running/00000-local-r0-$name.attempt
done
touch -d '1 hour ago' shared/running/00000-local-r0-silent.attempt
quick "$sweep" status shared >seen
[ "$(grep -c '^lost' seen)" -eq 1 ] || die "not one is lost: $(cat seen)"
grep -q '^lost .* no heartbeat for [0-9]* minutes' seen || die "why: $(cat seen)"
grep -q '^tasks .* 1 running' seen || die "the other does not run: $(cat seen)"
sh commands 2>>log
[ ! -e shared/running/00000-local-r0-silent.attempt ] || die "the heartbeat of a dead host stays"
[ -e shared/running/00000-local-r0-alive.attempt ] || die "the heartbeat of a living host is gone"
rm shared/running/00000-local-r0-alive.attempt

echo 'a manifest that says what no plan does'
cp shared/plan.json plan.json
for field in 's/"id": "[^"]*"/"id": "0\\nid"/' 's/"id": "[^"]*"/"id": ";touch x"/' \
    's/"device": "cpu"/"device": "c;u"/' 's/"epochs": [0-9]*/"epochs": 7/' \
    's/"task": 1/"task": 99/' 's/"ini": "[^"]*"/"ini": "relative"/' \
    's/"overrides": \[[^]]*\]/"overrides": ["epochs"]/'; do
    sed "$field" plan.json >shared/plan.json
    if cmp -s plan.json shared/plan.json; then die "changed nothing: $field"; fi
    quick "$sweep" status shared >seen 2>seen.err
    [ $code -eq 3 ] || die "taken: $field: $(cat seen seen.err)"
done
cp plan.json shared/plan.json
mv shared/plan.ini plan.ini
mkfifo shared/plan.ini
quick "$sweep" status shared >seen 2>seen.err
[ $code -eq 4 ] || die "a pipe as plan.ini: $(cat seen.err)"

echo 'links that somebody left'
rm shared/plan.ini
mv plan.ini shared/plan.ini
echo mine >victim
rm -f a.db-run
ln -s victim a.db-run
quick "$sweep" collect shared --db a.db >/dev/null 2>err
[ $code -eq 4 ] || die 'a link as lock was followed'
grep -q 'found a link' err || die "the lock: $(cat err)"
[ "$(cat victim)" = mine ] || die "written through a link: $(cat victim)"
echo 'all refused or left out'
