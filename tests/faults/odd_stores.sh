#!/bin/sh
# Odd stores and folders: a clock that was set back during a run, a read-only folder with a log left in it,
# a chart style that another user owns, pipes and links instead of files. For the second the script gives up
# its own right to write, the third needs root; it reports what it could not test. usage: odd_stores.sh
# SWEEP FOLDER
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"
need sqlite3
need python3
sweep=$(realpath "$1")
work=$(realpath -m "$2")
[ ! -d "$work" ] || chmod -R u+w "$work"
rm -rf "$work"
mkdir -p "$work"
cd "$work"
nobody=65534
"$sweep" run "$here/tiny.ini" --db whole.db --quiet

echo 'a clock that was put back'
cp whole.db clock.db
sqlite3 clock.db "DROP TRIGGER step_is_final;
    UPDATE step SET ended_s = begun_s - 5000 WHERE step = 1;
    UPDATE step SET begun_s = begun_s - 9000, ended_s = ended_s - 9001 WHERE step = 3;
    UPDATE run SET begun = '2099-01-01T00:00:00Z'"
"$sweep" check --db clock.db >/dev/null || die 'a clock that was set back is reported as damage'
for words in 'watch --once' 'show 1' 'list' 'export --what epochs'; do
    # shellcheck disable=SC2086 # words
    "$sweep" $words --db clock.db >out 2>&1 || die "$words: $(cat out)"
    ! grep -qE '(^|[ ,(])-[0-9.]+ ?(s|m|h|,)' out || die "$words: a negative time: $(cat out)"
done
"$sweep" plot --only timeline -o charts --db clock.db >out 2>&1 || [ $? -eq 5 ] || die "timeline: $(cat out)"
awk '!/^#/ && NF > 3 && ($2 < 0 || $3 < $2) { bad = 1; print } END { exit bad }' charts/timeline.dat ||
    die 'timeline: a bar that ends before it begins'

echo 'a folder that cannot be written, with a log in it'
mkdir closed
python3 - <<'PYTHON' || die 'no log was left'
import shutil, sqlite3
shutil.copy("whole.db", "log.db")
db = sqlite3.connect("log.db", isolation_level=None)
assert db.execute("PRAGMA journal_mode = WAL").fetchone() == ("wal",)
db.execute("INSERT INTO note VALUES (1, 'in the log only')")
for name in ("log.db", "log.db-wal"):
    shutil.copy(name, "closed")
shutil.copy("whole.db", "closed")
PYTHON
# as_reader COMMAND...: as a user who cannot write in the folder
as_reader() {
    if [ "$(id -u)" -eq 0 ]; then
        setpriv --reuid $nobody --regid $nobody --clear-groups "$@"
    else
        "$@"
    fi
}
chmod 555 closed
if as_reader "$sweep" --version >/dev/null 2>&1 && as_reader cat closed/whole.db >/dev/null 2>&1; then
    code=0
    as_reader "$sweep" list --db closed/log.db >out 2>err || code=$?
    [ $code -eq 4 ] || die "a log that cannot be read: exit $code: $(cat out err)"
    grep -q -- '-wal' err || die "it is not named: $(cat err)"
    as_reader "$sweep" list --db closed/whole.db >out 2>err || die "without a log: $(cat err)"
    grep -q study out || die "without a log: $(cat out)"
else
    echo 'not tried: another user cannot reach this folder'
fi
[ "$(echo closed/*)" = 'closed/log.db closed/log.db-wal closed/whole.db' ] || die "the folder changed: $(ls closed)"
chmod 755 closed

echo 'errors and reconstructions of one trial that are damaged'
if command -v gnuplot >/dev/null; then
    "$sweep" plot -o all --db whole.db >drawn 2>err || die "a whole store: $(cat err)"
    sed -n 's!^all/\(.*\)\.png$!\1!p' drawn |
        grep -vxE 'class_recall|recall_threshold|roc|precision_recall|error_histogram|reconstruction_004.*' >want
    cp whole.db damaged.db
    sqlite3 damaged.db 'DROP TRIGGER error_blob_stays; DELETE FROM error_blob WHERE trial_id = 4'
    code=0
    "$sweep" plot -o some --db damaged.db >out 2>err || code=$?
    [ $code -eq 4 ] || die "errors that are missing: exit $code: $(cat err)"
    sed -n 's!^some/\(.*\)\.png$!\1!p' out | cmp - want || die "what was drawn: $(cat out err)"
    grep '^left out: ' err | grep -q 'roc.*error_histogram.*reconstructions: errors of trial 4: ' ||
        die "the note: $(cat err)"

    cp whole.db damaged.db
    sqlite3 damaged.db 'DROP TRIGGER reconstruction_is_final;
        UPDATE reconstruction SET series = zeroblob(8)'
    code=0
    "$sweep" report --format html -o damaged.html --db damaged.db 2>err || code=$?
    [ $code -eq 4 ] || die "a page: exit $code: $(cat err)"
    grep -q 'The store is damaged; left out: reconstructions: trial [1-4]: ' damaged.html || die 'the page says nothing'
    [ "$(grep -c '<figure' damaged.html)" -gt 10 ] || die 'charts are missing on the page'
else
    echo 'not tried: there is no gnuplot'
fi

echo 'a style of another user'
if [ "$(id -u)" -eq 0 ]; then
    mkdir -p shared
    echo 'system "touch ran"' >shared/style.gp
    chown $nobody shared/style.gp
    code=0
    "$sweep" plot -o shared --db whole.db >out 2>err || code=$?
    [ $code -eq 4 ] || die "a style of another user: exit $code: $(cat err)"
    grep -q 'style.gp.*another user' err || die "why: $(cat err)"
    if [ -e ran ] || [ -e shared/ran ]; then die 'it was run'; fi
    [ "$(ls shared)" = style.gp ] || die "something was written: $(ls shared)"
    rm shared/style.gp
    echo 'system "touch ran"' >mine.gp
    ln -s ../mine.gp shared/style.gp
    chown -h $nobody shared/style.gp
    ! "$sweep" plot --only timeline -o shared --db whole.db >/dev/null 2>err || die 'a style that another user chose'
    grep -q 'style.gp.*another user' err || die "why: $(cat err)"
    if [ -e ran ] || [ -e shared/ran ]; then die 'it was run'; fi
else
    echo 'not tried: it takes the superuser to give a file away'
fi

echo 'pipes where files are expected'
# quick CODE COMMAND...: it ends with this code, and does not block
quick() {
    want=$1 code=0
    shift
    timeout 60 "$@" >out 2>err || code=$?
    [ $code -eq "$want" ] || die "$*: exit $code, not $want: $(cat err)"
}
mkdir -p styled
for name in pipe.ini pipe.csv pipe.npy pipe.csv.gz pipe.safetensors pipe.db whole.db-run styled/style.gp; do
    rm -f "$name"
    mkfifo "$name"
done
quick 4 "$sweep" check pipe.ini
quick 4 "$sweep" run pipe.ini --db whole.db
for name in pipe.csv pipe.npy pipe.csv.gz; do
    quick 4 "$sweep" data info $name
done
quick 4 "$sweep" detect pipe.csv --model pipe.safetensors
quick 4 "$sweep" list --db pipe.db
quick 4 "$sweep" run "$here/tiny.ini" --db whole.db
quick 4 "$sweep" plot -o styled --db clock.db

echo 'views without end where tables should be'
for table in $(sqlite3 -readonly whole.db "SELECT name FROM sqlite_schema WHERE type = 'table'"); do
    cp whole.db view.db
    columns=$(sqlite3 -readonly whole.db "SELECT group_concat('1 AS \"' || name || '\"') FROM pragma_table_info('$table')")
    sqlite3 view.db "PRAGMA legacy_alter_table = ON; ALTER TABLE \"$table\" RENAME TO put_aside;
        CREATE VIEW \"$table\" AS WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r)
        SELECT $columns FROM r"
    quick 4 "$sweep" list --db view.db
done

echo 'links and pipes in the folders of trials'
cat >command.ini <<'INI'
[experiment]
name = command
[command]
run = echo loss=1; exit 75
shell = yes
[search]
objective = loss
[params]
a = 1
[run]
retries = 0
INI
quick 1 "$sweep" run command.ini --db command.db --workers 1
folder=$(echo command.db-trials/*)
echo mine >victim
for name in params.json lock stop output-2.txt; do
    rm -f "$folder/$name"
    ln -s ../../victim "$folder/$name"
done
timeout 60 "$sweep" run command.ini --db command.db --workers 1 --retry-failed >out 2>err || :
[ "$(cat victim)" = mine ] || die "written through a link: $(cat victim)"
rm -f "$folder/lock"
timeout 60 "$sweep" run command.ini --db command.db --workers 1 --retry-failed >out 2>err || :
[ "$(cat victim)" = mine ] || die "written through a link: $(cat victim)"
rm -f "$folder"/log*
mkfifo "$folder/log"
quick 4 "$sweep" show 1 --log --db command.db
