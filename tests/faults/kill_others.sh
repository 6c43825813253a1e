#!/bin/sh
# Kill submit, work, collect, plot and report at random moments; the same command again ends well.
# usage: kill_others.sh [--count N] [--seed S] SWEEP [FOLDER]
#
# One of them gets SIGKILL, until N were hit before they had ended. Then it is run again to its end: a manifest is whole, a
# task publishes the bits of an undisturbed run, a collected store has them, pictures and pages are
# whole, and nothing temporary is left, neither a file beside its name nor a folder.
. "$(dirname "$0")/lib.sh"
here=$(cd "$(dirname "$0")" && pwd)

count=10 seed=1
while [ $# -gt 0 ]; do
    case $1 in
    --count) count=$2 && shift 2 ;;
    --seed) seed=$2 && shift 2 ;;
    -*) die "kill_others.sh: unknown option $1" ;;
    *) break ;;
    esac
done
[ $# -gt 0 ] || die 'usage: kill_others.sh [--count N] [--seed S] SWEEP [FOLDER]'
need sqlite3
need gnuplot
sweep=$(realpath "$1")
work=${2:-$(mktemp -d)}
rm -rf "$work"
mkdir -p "$work/tmp"
cd "$work"
export TMPDIR="$work/tmp"
unset SWEEP_DATA

# step NAME [WRAPPER]: the command of a step, run to its end or until it is killed.
step() {
    case $1 in
    submit) ${2-} "$sweep" submit "$here/tiny.ini" --on none --dir shared --per-task 1 ;;
    work) ${2-} sh -c "$(sed -n 1p commands)" ;;
    collect) ${2-} "$sweep" collect shared --db collected.db ;;
    plot) ${2-} "$sweep" plot --db whole.db -o charts ;;
    report) ${2-} "$sweep" report --db whole.db --format html -o page.html ;;
    esac
}

prepare() {
    case $1 in
    submit | work) rm -rf shared ;;
    collect) rm -f collected.db* ;;
    esac
    [ "$1" != work ] || step submit >commands 2>log
    if [ "$1" = collect ]; then
        rm -rf shared
        cp -r published shared
    fi
}

# Milliseconds that the step takes undisturbed.
span_of() {
    prepare "$1"
    began=$(date +%s%N)
    step "$1" >out 2>log || die "$1: $(cat log)"
    echo $((($(date +%s%N) - began) / 1000000))
}

expect_none_left() {
    left=$(find shared charts . -maxdepth 1 -name '*.part' 2>/dev/null)
    [ -z "$left" ] || die "$1: left: $left"
    [ -z "$(ls "$TMPDIR")" ] || die "$1: left in the temporary folder: $(ls "$TMPDIR")"
}

check() {
    case $1 in
    submit) "$sweep" status shared >out || die "submit: $(cat out)" ;;
    work) "$sweep" status shared | grep -q ' 1 published' || die "work: $("$sweep" status shared)" ;;
    collect) expect_whole collected.db collected ;;
    plot)
        for picture in charts/*.png; do
            tail -c 8 "$picture" | grep -q IEND || die "plot: $picture is not whole"
        done
        ;;
    report) tail -c 20 page.html | grep -q '</html>' || die 'report: the page is not whole' ;;
    esac
    expect_none_left "$1"
}

"$sweep" run "$here/tiny.ini" --db whole.db --quiet 2>log
step submit >commands 2>log
sh commands >out 2>log
cp -r shared published
step collect >out 2>log
dump collected.db >collected
for name in submit work collect plot report; do
    echo "$name $(span_of "$name")"
done >spans

hits=0
awk -v seed="$seed" -v count="$count" '
    { name[NR] = $1; span[NR] = $2 }
    END { srand(seed); for (i = 0; i < 10 * count; i++) { k = 1 + int(rand() * NR); print name[k], rand() * span[k] / 1000 } }
' spans | {
    while [ "$hits" -lt "$count" ] && read -r name moment; do
        prepare "$name"
        step "$name" "exec setsid" >out 2>log &
        victim=$!
        sleep "$moment"
        # In a group of its own, whose number is that of its first process.
        kill -s KILL -- "-$victim" 2>/dev/null && hits=$((hits + 1))
        wait "$victim" 2>/dev/null || :
        expect_gone "$victim"
        tries=0
        until step "$name" >out 2>log; do
            # A worker of the one that was killed may hold a lock for a moment.
            tries=$((tries + 1))
            [ "$tries" -lt 50 ] || die "$name after SIGKILL: $(cat log)"
            sleep 0.1
        done
        check "$name"
    done
    [ "$hits" -eq "$count" ] || die "only $hits could be killed: the others had ended before"
    echo "$hits killed: every command again ended as if undisturbed"
}
[ $# -gt 1 ] || rm -rf "$work"
