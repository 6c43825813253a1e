#!/bin/sh
# Run tests of a build under valgrind, with all processes that they start but shells and gnuplot.
# usage: valgrind.sh [--only TEXT] BUILD_FOLDER [FOLDER]
#
# Programs of tests, replays of the fuzz corpora, and the golden cases of the command line; --only takes
# those whose name contains TEXT. Any error or leak is a failure. The test's own result is only noted: with
# other timing it may fail although valgrind finds nothing. SQLite keeps pointers into the middle of blocks,
# so "possibly lost" blocks are ignored.
#
# Left out: tests/cuda, whose stand-in runs the threads of a block on its own stacks and finds forbidden
# accesses by SIGSEGV, which valgrind cannot follow; tests/cluster, whose processes are Slurm's (the golden
# cases submit_*, work_* and collect_* cover sweep's part); tests/bench, which measures times; the other
# scripts of this folder, which run the program thousands of times; test_engine_race, which is built with
# ThreadSanitizer, whose reserved memory valgrind would copy; and the golden case closed_streams, where
# valgrind's own file would get the number of a closed stream.
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
