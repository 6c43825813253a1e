#!/bin/sh
# Small faults planted into copies of engine, results, runner and plots, one at a time: the named tests must
# fail with each, and must pass before without one.
# usage: mutants.sh [--some] [--only TEXT] BUILD_FOLDER NINJA [WORK_FOLDER]
#
# --some takes those that ctest takes; --only those whose line contains TEXT. A fault in a header is
# compiled into one source that includes it. Of code that is compiled for several instruction sets, the
# portable one is changed.
set -u
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
. "$here/../support/plant.sh"

some='' only=''
while [ $# -gt 0 ]; do
    case $1 in
    --some) some=1 && shift ;;
    --only) only=$2 && shift 2 ;;
    *) break ;;
    esac
done
[ $# -gt 1 ] || {
    echo 'usage: mutants.sh [--some] [--only TEXT] BUILD_FOLDER NINJA [WORK_FOLDER]' >&2
    exit 2
}
build=$(cd "$1" && pwd) ninja=$2
work=${3:-$(mktemp -d)}
rm -rf "$work" && mkdir -p "$work/include" "$work/passed" || exit 1
work=$(cd "$work" && pwd)
n_planted=0

# compile SOURCE FILE: FILE instead of SOURCE, as the build compiles it but with less optimisation, into
# mutant.o.
compile() {
    command=$(awk -v file="\"$root/$1\"" '
        /^ *"command":/ { command = $0 }
        /^ *"file":/ && index($0, file) && command !~ /PASS_ISA=avx|ENG_DOUBLE/ { print command; exit }
        ' "$build/compile_commands.json" |
        sed -e 's/^ *"command": "//' -e 's/",$//' -e 's/\\"/"/g' \
            -e "s| -I$root | -I$work/include&|" -e 's/ -o .*//')
    [ -n "$command" ] && (cd "$build" && sh -c "$command -w -O1 -o $work/mutant.o -c $2")
}

# link TARGET: as the build links it, but with mutant.o, whose functions replace those of the libraries. The
# program is $work/program.
link() {
    command=$(cd "$build" && "$ninja" -t commands "$1" | tail -1)
    case $command in
    *" -o $1 "*) ;;
    *) return 1 ;;
    esac
    (cd "$build" && sh -c "$(printf '%s\n' "$command" |
        sed "s| -o $1 | $work/mutant.o -o $work/program |")")
}

# run TEST: build what it needs with mutant.o, and run it. TEST is a name that ctest has.
run() {
    folder=${1%%/*} name=${1#*/}
    case $1 in
    cli/*)
        link sweep && timeout 120 sh "$here/../cli/run.sh" "$here/../cli/cases/$name" "$work/at" \
            "$work/program"
        ;;
    faults/kill)
        link sweep && timeout -s KILL 120 sh "$here/../faults/kill.sh" --count 5 --seed 7 "$work/program" \
            "$work/at"
        ;;
    faults/power)
        link sweep && timeout -s KILL 120 python3 "$here/../faults/power.py" --count 20 "$work/program" \
            "$build/tests/faults/faults_shim.so" "$work/at"
        ;;
    runner/optuna)
        link tests/runner/suggest_as_optuna && timeout -s KILL 300 python3 \
            "$here/../reference/compare_optuna.py" "$work/program" --seeds 2 --trials 40
        ;;
    engine/conformance | engine/reference)
        link "tests/engine/test_engine_$name" && timeout -s KILL 300 "$work/program" portable
        ;;
    *)
        link "tests/$folder/test_${folder}_$name" && timeout -s KILL 600 "$work/program"
        ;;
    esac
}

# end_left: end workers that a faulty program has left.
end_left() {
    for exe in /proc/[0-9]*/exe; do
        case $(readlink "$exe" 2>/dev/null) in
        "$work/program"*)
            pid=${exe#/proc/}
            kill -KILL "${pid%/exe}"
            ;;
        esac
    done
}

# passes SOURCE TEST: whether the test passes, built like this from unchanged sources; run once.
passes() {
    mark=$work/passed/$(echo "$2" | tr / -)
    [ -e "$mark" ] || {
        compile "$1" "$root/$1" && run "$2" && : >"$mark"
    } >"$work/log" 2>&1
}

# mutant WHAT FILE TESTS SCRIPT: awk program SCRIPT changes FILE ("HEADER<SOURCE" for a header); one of
# TESTS must fail then.
mutant() {
    case $* in *"$only"*) ;; *) return ;; esac
    what=$1 file=${2%%<*} source=${2##*<}
    planted=$work/include/$file
    rm -rf "$work/include" && mkdir -p "$(dirname "$planted")"
    for test in $3; do
        passes "$source" "$test" || {
            miss "NOT PASSED without a fault: $test: $(tail -3 "$work/log")"
            return
        }
    done
    plant "$what" "$root/$file" "$planted" "$4" || return
    [ "$file" = "$source" ] && at=$planted || at=$root/$source
    compile "$source" "$at" >"$work/log" 2>&1 || {
        miss "NOT BUILT: $what: $(grep -m 1 error "$work/log")"
        return
    }
    n_planted=$((n_planted + 1))
    for test in $3; do
        run "$test" >"$work/log" 2>&1 || {
            end_left
            echo "found: $what ($file) by $test"
            return
        }
    done
    end_left
    miss "NOT FOUND: $what ($file) by $3"
}

# also WHAT FILE TESTS SCRIPT: the same, but not with --some.
also() {
    [ -n "$some" ] || mutant "$@"
}

. "$here/list.sh"

echo "$n_planted faults planted, $failures not found"
[ -n "${3:-}" ] || rm -rf "$work"
[ $failures = 0 ]
