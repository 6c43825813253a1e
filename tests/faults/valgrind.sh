#!/bin/sh
# Run tests of a build under valgrind, with all processes that they start but shells and gnuplot.
# usage: valgrind.sh [--only TEXT] BUILD_FOLDER [FOLDER]
#
# Programs of tests, replays of the fuzz corpora, and the golden cases of the command line; --only takes
# those whose name contains TEXT. Any error or leak is a failure, whatever the test says of itself: timing
# is not what it was, so a test may fail where valgrind finds nothing, which is only noted. SQLite holds
# memory by pointers into its middle, so what is only possibly lost is left out.
#
# Left out: tests/cuda, whose stand-in runs the threads of a block on stacks of its own and learns of
# forbidden accesses by SIGSEGV, which valgrind cannot follow; tests/cluster, whose processes are Slurm's
# (the golden cases submit_*, work_* and collect_* have what sweep does there); tests/bench, which are times;
# the other scripts of this folder, which run the program thousands of times; test_engine_race, which is
# built with ThreadSanitizer: of the memory that this sets aside, valgrind would want a copy; and the golden
# case closed_streams: valgrind's own file would take the place of a stream that is closed.
. "$(dirname "$0")/lib.sh"
here=$(cd "$(dirname "$0")" && pwd)

only=
[ "${1-}" != --only ] || {
    only=$2
    shift 2
}
[ $# -gt 0 ] || die 'usage: valgrind.sh [--only TEXT] BUILD_FOLDER [FOLDER]'
need valgrind
build=$(cd "$1" && pwd)
work=${2:-$(mktemp -d)}
rm -rf "$work"
mkdir -p "$work"
cd "$work"

# The program of a golden case: sweep under valgrind.
cat >sweep <<END
#!/bin/sh
exec valgrind --quiet --leak-check=full --show-leak-kinds=definite --trace-children=yes \\
    --trace-children-skip=*/sh,*gnuplot* \\
    --log-file="$work/found.%p" "$build/sweep" "\$@"
END
chmod +x sweep

# examine NAME COMMAND...
examine() {
    name=$1
    case $name in *"$only"*) ;; *) return 0 ;; esac
    shift
    rm -f found.*
    said=passed began=$(date +%s)
    "$@" >out 2>&1 || said="failed by itself (exit code $?)"
    found=$(find . -name 'found.*' -size +0)
    if [ -n "$found" ]; then
        # shellcheck disable=SC2086 # a list of files
        cat $found
        echo "FOUND: $name"
        failures=$((failures + 1))
    fi
    examined=$((examined + 1))
    echo "$name $said, valgrind found ${found:-nothing} ($(($(date +%s) - began)) s)"
}

under_valgrind() {
    valgrind --quiet --leak-check=full --show-leak-kinds=definite --trace-children=yes \
        --trace-children-skip='*/sh,*gnuplot*' \
        --log-file="$work/found.%p" "$@"
}

failures=0 examined=0
for program in "$build"/tests/[!c]*/test_*; do
    case $program in
    *.cmake | *.a | *_race) ;;
    *_conformance | *_reference) examine "${program##*/}" under_valgrind "$program" avx2 ;;
    *) examine "${program##*/}" under_valgrind "$program" ;;
    esac
done
for program in "$build"/tests/fuzz/fuzz_*; do
    [ -x "$program" ] || continue
    examine "${program##*/}" under_valgrind "$program" "$here/../fuzz/corpus/${program##*/fuzz_}"
done
for case_folder in "$here"/../cli/cases/*/; do
    name=$(basename "$case_folder")
    [ "$name" != closed_streams ] || continue
    examine "cli/$name" sh "$here/../cli/run.sh" "$here/../cli/cases/$name" "$work/case" "$work/sweep"
done
echo "$examined examined, $failures with findings"
[ "$failures" = 0 ]
