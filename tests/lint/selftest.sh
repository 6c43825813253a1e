#!/bin/sh
# Each lint script finds a fault planted in a small tree, and nothing without it.
# usage: selftest.sh CC CXX
. "$(dirname "$0")/lib.sh"

cc=$1 cxx=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0

fail() {
    echo "$*"
    failures=$((failures + 1))
}

# A tree in which every script passes.
make_tree() {
    rm -rf "$work/tree"
    mkdir -p "$work/tree/bin"
    cd "$work/tree"
    mkdir -p engine/base engine/cpu results/store results/query results/stats results/report plots \
        runner/cli experiments tests/runner .ci
    printf '#ifndef A_H\n#define A_H\n#include <stddef.h>\n#endif\n' >engine/a.h
    printf '#include "engine/a.h"\n\n/* exit(1), 5 > 3 */\nconst char *a = "puts(\\"";\n' >engine/a.c
    printf '#include "engine/base/str.h"\n\ndouble b(void)\n{\n    return strtod("1", NULL);\n}\n' \
        >engine/base/str.c
    for header in engine/base/str.h results/query/query.h results/store/store.h \
        results/store/sql.h results/report/report.h results/stats/stats.h runner/cli/b_priv.h; do
        echo 'extern int empty;' >$header
    done
    cp "$lint_dir/../../.clang-format" .
    printf '#include <stdio.h>\n\nint main(void)\n{\n    return puts("");\n}\n' >runner/main.c
    # shellcheck disable=SC2016 # backquotes for the file
    printf '## A tour\n\n```sh\nsweep one\n```\n## Study\n```ini\none\n```\n' >README.md
    cp README.md experiments/TOUR.md
    printf '[a]\none = 1\npath = here\n' >experiments/one.ini
    printf '#!/bin/sh\necho "$@"\n' >start
    cp start .ci/run
    # The program: `help config` knows key a.one, other topics an INI file; `check` reads what it is given; `one` is all else.
    cat >bin/sweep <<'END'
#!/bin/sh
case $1 in
help)
    case $2 in
    config) printf '[{\n\t"key":\t"a.one"\n}]\n' ;;
    *) printf '  [experiment]\n  one\n' ;;
    esac
    ;;
data) [ "$3" = here ] ;;
check) ! grep broken "$2" >&2 ;;
one) ;;
*) exit 2 ;;
esac
END
    chmod +x bin/sweep
}

# run_lint SCRIPT: its exit status, its output in $work/out
run_lint() {
    script=$1
    set --
    case $script in
    headers) set -- "$cc" "$cxx" ;;
    options | experiments | readme) set -- "$work/tree/bin/sweep" ;;
    esac
    sh "$lint_dir/$script.sh" "$@" >"$work/out" 2>&1
}

# planted SCRIPT FILE TEXT WANTED: the line TEXT at the end of FILE makes SCRIPT print WANTED.
planted() {
    make_tree
    printf '%b\n' "$3" >>"$2"
    code=0
    run_lint "$1" || code=$?
    case $code in
    0) fail "$1: passed with a planted '$3' in $2" ;;
    "$SKIPPED") echo "$1: not tried, its tool is missing" ;;
    *) grep -qF "$4" "$work/out" || fail "$1: expected '$4', found: $(cat "$work/out")" ;;
    esac
}

for script in includes names banned headers text options experiments readme format cppcheck shell; do
    make_tree
    code=0
    run_lint $script || code=$?
    [ "$code" = 0 ] || [ "$code" = "$SKIPPED" ] ||
        fail "$script: failed on a clean tree: $(cat "$work/out")"
done

planted includes engine/a.c '#include "results/store/store.h"' \
    'engine/a.c:5: engine may not include results/store/store.h'
planted includes engine/a.c '#include <sqlite3.h>' 'engine may not include sqlite3.h'
planted includes engine/base/str.c '#include "engine/a.h"' 'engine/base may not include engine/a.h'
planted includes plots/p.c '#include "results/store/store.h"' 'plots may not include results/store/store.h'
planted includes plots/p.c '#include "results/report/report.h"' 'plots may not include results/report'
planted includes results/report/r.c '#include "results/store/sql.h"' \
    'results/report may not include results/store/sql.h'
planted includes results/report/r.c '#include <sqlite3.h>' 'results/report may not include sqlite3.h'
planted includes results/store/s.c '#include "results/query/query.h"' \
    'results/store may not include results/query/query.h'
planted includes results/stats/s.c '#include "results/store/store.h"' 'results/stats may not include'
planted includes results/query/q.c '#include "engine/a.h"' 'results/query may not include engine/a.h'
planted includes results/r.c '#include "engine/base/str.h"' 'its folder is not in the table'
planted includes runner/c.c '#include "results/store/sql.h"' 'runner may not include results/store/sql.h'
planted includes runner/c.c '# include "runner/cli/b_priv.h"' 'b_priv.h is private to its folder'
planted includes runner/c.c '#include <curl.h>' 'runner may not include curl.h'

planted names plots/p.c '/* embedding_dim */' 'plots/p.c:1: knows embedding_dim by name'
planted names results/report/r.c 'e->normal_recall' 'results/report/r.c:1: knows normal_recall by name'

planted banned engine/a.c 'void f(void) { exit (1); }' 'engine/a.c:5: exit is banned in a library'
planted banned plots/p.c 'FILE *f = stdout;' 'plots/p.c:1: stdout in a library'
planted banned results/query/r.c '/* why */ int n = !printf("");' 'results/query/r.c:1: printf is banned'
planted banned runner/c.c '/* two\nlines */ char *p = strcpy(a, b);' 'runner/c.c:2: strcpy is banned'
planted banned runner/c.c 'double d = strtod(a, b);' 'strtod outside engine/base/str.c'
planted banned runner/c.c 'void *p = malloc(1);' 'malloc outside engine/base/mem.c'

planted headers plots/p.h 'size_t unknown(void);' 'plots/p.h: does not compile alone as c11'
planted headers plots/p.h 'extern int new; /* extern "C" */' 'does not compile alone as c++17'

planted text runner/c.c 'int a;\t' 'runner/c.c:1: tab'
planted text runner/c.c 'int a; ' 'runner/c.c:1: blank at the end of the line'
planted text runner/c.c '/* caf\0303\0251 */' 'runner/c.c:1: not ASCII'
planted text runner/c.c '/* TO''DO */' 'runner/c.c:1: mark of unfinished work'
planted text runner/c.c 'int a;\c' 'runner/c.c: no newline at the end'
planted text runner/c.c "$(awk 'BEGIN { while (i++ < 600) printf "\\n" }')" \
    'runner/c.c:601: more than 600 lines'

planted options bin/sweep 'echo \047"key": "a.two"\047' 'a.two: used by no experiment and no test'
planted experiments experiments/one.ini 'broken' 'experiments/one.ini: broken'
planted experiments experiments/two.ini '[a]' 'does not name two'

# shellcheck disable=SC2016
planted readme README.md '## tour\n```sh\nsweep two\n```' 'sweep two'
# shellcheck disable=SC2016
planted readme README.md '## Study\n```ini\nbroken\n```' 'broken'
# shellcheck disable=SC2016
planted readme experiments/TOUR.md '## tour\n```sh\ntouch left\n```' '?? left'
planted readme README.md "$(awk 'BEGIN { while (i++ < 200) printf "\\n" }')" 'more than 200 lines'
planted format runner/c.c 'int  a;' 'runner/c.c:1:4'
planted cppcheck runner/c.c 'int f(void)\n{\n    int a[2] = {0};\n    return a[2];\n}' 'runner/c.c:4'
# shellcheck disable=SC2016 # a dollar for the planted script
planted shell start 'cd $1' 'SC2086'

[ "$failures" = 0 ]
