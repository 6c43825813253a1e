#!/bin/sh
# Let one call of a kind fail, at every point or at some, and look at what becomes of it.
# usage: inject.sh [--stacks] [--count N] [--seed S] [--only TEXT] SWEEP SHIM [FOLDER]
#
# Without options, every point is tried: thousands for memory. With --stacks, of the calls that came
# the same way through the program only the first and the last; with --count, N of them. Each must end within its time, with a
# documented exit code and, unless that is 0, one line that says what happened; leave no process and
# no file in the making behind, and a sound store; and the same command without the fault must end
# with the bits of an undisturbed run. --only takes the lines of the table whose text contains it.
. "$(dirname "$0")/lib.sh"
here=$(cd "$(dirname "$0")" && pwd)

count=0 seed=1 only='' by_stack=''
while [ $# -gt 0 ]; do
    case $1 in
    --stacks) by_stack=1 && shift ;;
    --count) count=$2 && shift 2 ;;
    --seed) seed=$2 && shift 2 ;;
    --only) only=$2 && shift 2 ;;
    -*) die "inject.sh: unknown option $1" ;;
    *) break ;;
    esac
done
[ $# -gt 1 ] || die 'usage: inject.sh [--stacks] [--count N] [--seed S] [--only TEXT] SWEEP SHIM [FOLDER]'
need sqlite3
sweep=$(realpath "$1") shim=$(realpath "$2")
LD_PRELOAD=$shim "$sweep" --version >/dev/null 2>&1 || {
    echo 'skipped: this build does not bear a preloaded library (sanitizers come first)'
    exit "$SKIPPED"
}
work=${3:-$(mktemp -d)}
rm -rf "$work"
mkdir -p "$work"
cd "$work"
mkdir at keep

# What is run, in the folder `at`.
command_line() {
    case $1 in
    run) echo "run $here/tiny.ini --db new/store.db --workers 2" ;;
    again) echo "run $here/tiny.ini --db half.db --workers 1 --quiet" ;;
    report) echo 'report --db ../whole.db --format md --wide -o report.md' ;;
    export) echo 'export --db ../whole.db --what errors --format csv -o errors.csv' ;;
    list) echo 'list --db ../whole.db' ;;
    plot) echo 'plot --db ../whole.db -o charts --quiet' ;;
    synth) echo 'data synth --rows 50 -o beats.csv' ;;
    init) echo 'init my.ini' ;;
    esac
}

store_of() {
    case $1 in
    run) echo at/new/store.db ;;
    again) echo at/half.db ;;
    esac
}

# run_faulty COMMAND CALL HOW AT [ON]: sets $code.
run_faulty() {
    rm -rf at && mkdir at
    [ "$1" != again ] || cp half.db at
    code=0
    # shellcheck disable=SC2046 # words of a command line without blanks
    (
        cd at
        [ "$4" != 0 ] || export FAULT_STACKS=../stacks
        exec timeout -k 1 20 env ${5:+FAULT_ON=1} FAULT_CALL="$2" FAULT_HOW="$3" FAULT_AT="$4" \
            FAULT_COUNT=../count LD_PRELOAD="$shim" "$sweep" $(command_line "$1") \
            >../out 2>../err </dev/null
    ) &
    group=$!
    wait "$group" 2>/dev/null || code=$?
    expect_gone "$group"
}

fail() {
    echo "FAILED: $point: $*"
    sed 's/^/    /' err
    failures=$((failures + 1))
}

# check_code CALL
check_code() {
    case $code in
    0) return ;;
    1) grep -q 'failed; --retry-failed' err || fail 'exit code 1 without a failed training' ;;
    3 | 4 | 5) [ "$(grep -c '^sweep: ' err)" = 1 ] || fail "exit code $code without a line that says why" ;;
    70) [ "$1" = memory ] || fail 'a defect'
        grep -q '^sweep: .*memory' err || fail 'exit code 70 without a word of memory' ;;
    *) fail "exit code $code" ;;
    esac
}

check_leftovers() {
    left=$(find at -name '*.part*')
    [ -z "$left" ] || fail "left behind: $left"
}

# The store is sound, and the same command comes to the right end.
check_store() {
    store=$(store_of "$1")
    rm -f seen.db*
    for part in '' -wal -journal; do
        [ ! -e "$store$part" ] || cp "$store$part" "seen.db$part"
    done
    if [ -s seen.db ]; then
        sound=$(sqlite3 seen.db 'PRAGMA integrity_check; PRAGMA foreign_key_check' 2>&1) || :
        [ "$sound" = ok ] || fail "integrity_check: $sound"
    fi
    cp err first_err
    # shellcheck disable=SC2046
    if ! (cd at && "$sweep" $(command_line "$1") --retry-failed >../out 2>../err); then
        fail 'the same command without the fault'
        return
    fi
    cp first_err err
    dump "$store" >got
    cmp -s got "$1_whole" || fail 'other bits than an undisturbed run'
}

# What was written is whole, or is not there; and the same command writes it.
check_files() {
    for file in $(cd at && find . -type f ! -name '*.db*' ! -name style.gp); do
        cmp -s "at/$file" "keep/$1/$file" || fail "$file is not what it should be"
    done
    [ "$code" != 0 ] || diff -r at "keep/$1" >/dev/null || fail 'said it was done, and was not'
    dump whole.db >got
    cmp -s got run_whole || fail 'the store has changed'
}

# The numbers of the calls to try, from the notes of a run without a fault.
points() {
    od -An -v -w16 -tu8 stacks | sort -n | awk -v by_stack="$by_stack" '
        !by_stack { print $1; next }
        !($2 in last) { print $1 }
        { last[$2] = $1 }
        END { for (stack in last) print last[stack] }' | sort -n | uniq |
        awk -v count="$count" -v seed="$seed" '
            { point[NR] = $1 }
            END {
                srand(seed)
                many = count > 0 && count < NR
                n = many ? count : NR
                for (k = 0; k < n; k++) print point[1 + (many ? int((k + rand()) * NR / n) : k)]
            }'
}

# try COMMAND CALL HOW [ON]: every point of one line of the table.
try() {
    case "$*" in *"$only"*) ;; *) return 0 ;; esac
    point="$*: without a fault"
    run_faulty "$1" "$2" "$3" 0
    [ "$code" = 0 ] || fail "exit code $code"
    n=$(($(od -An -tu8 count))) tried=0 before=$failures
    codes=
    for at in $(points); do
        point="$* at $at of $n"
        run_faulty "$1" "$2" "$3" "$at" "${4:-}"
        tried=$((tried + 1)) codes="$codes$code
"
        check_code "$2"
        check_leftovers
        if [ -n "$(store_of "$1")" ]; then check_store "$1"; else check_files "$1"; fi
    done
    [ "$tried" -gt 0 ] || fail 'there is no such call'
    total=$((total + tried))
    printf '%-28s %6d calls, %5d tried, %3d failed; exit codes %s\n' "$*" "$n" "$tried" \
        $((failures - before)) "$(printf %s "$codes" | sort -n | uniq -c | awk '{ printf "%s%d x %d", sep, $1, $2; sep = ", " }')"
}

failures=0 total=0
"$sweep" run "$here/tiny.ini" --db whole.db --quiet
dump whole.db >run_whole
"$sweep" run "$here/tiny.ini" --db half.db --quiet --set sweep.train.epochs=1
cp half.db again.db
"$sweep" run "$here/tiny.ini" --db again.db --quiet
dump again.db >again_whole
for command in report export list plot synth init; do
    mkdir -p "keep/$command"
    # shellcheck disable=SC2046
    (cd at && "$sweep" $(command_line "$command") >/dev/null 2>&1)
    rm -rf "keep/$command" && mv at "keep/$command" && mkdir at
done

while read -r line; do
    # shellcheck disable=SC2086 # its words
    [ -z "$line" ] || try $line
done <<END
run memory ENOMEM
run write ENOSPC
run write ENOSPC on
run write EIO
run write EPIPE
run write short
run sync EIO
run sync EIO on
run read EIO
run read ECONNRESET
run read short
run read end
run open EMFILE
run open EACCES on
run name EROFS
run fork EAGAIN
run fork EAGAIN on
run pair EMFILE
run pair EMFILE on
run lock ENOLCK
run map ENOMEM
run clock 1000000 on
run clock -1000000 on
again memory ENOMEM
again write ENOSPC
again write ENOSPC on
again read EIO
again sync EIO
report memory ENOMEM
report write ENOSPC
report read EIO
report open EMFILE
report name EROFS
export memory ENOMEM
export write ENOSPC
export write short
export read EIO
list memory ENOMEM
list read short
plot memory ENOMEM
plot write ENOSPC
plot open EMFILE
plot name EROFS
plot fork EAGAIN
plot pair EMFILE
plot read EIO
synth memory ENOMEM
synth write ENOSPC
synth name EROFS
init write ENOSPC
END
echo "$total points, $failures findings"
[ "$failures" = 0 ]
