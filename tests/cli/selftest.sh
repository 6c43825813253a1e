#!/bin/sh
# The comparison of cases finds all differences and nothing else: selftest.sh WORK_FOLDER
set -u
here=$(cd "$(dirname "$0")" && pwd)
work=$1
failures=0
rm -rf "$work" && mkdir -p "$work/case" && cd "$work" || exit 1

fail() {
    echo "$*"
    failures=$((failures + 1))
}

# compared WANT GOT RESULT: texts agree (0) or differ (1) with a tolerance of 0.02
compared() {
    printf '%b' "$1" >want
    printf '%b' "$2" >got
    awk -v tolerance=0.02 -f "$here/compare.awk" want got >/dev/null
    result=$?
    [ "$result" = "$3" ] || fail "compare '$1' with '$2': expected $3, found $result"
}

compared 'loss 98.37  12 of 20\n' 'loss 98.41 12 of 20\n' 0
compared 'loss 98.37\n' 'loss 95.1\n' 1
compared '12 of 20\n' '13 of 20\n' 1
compared '-1.5,x\n' '-1.51,x\n' 0
compared '-1.5,x\n' '1.5,x\n' 1
compared '1.5e-3\n' '1.51e-03\n' 0
compared '1.5e-3\n' '1.5e-2\n' 1
compared 'a 1.5\n' 'b 1.5\n' 1
compared 'a # s\n' 'a 12.25 s\n' 0
compared 'a # s\n' 'a few s\n' 1
compared '1.50,#\n' '1.51,#\n' 0
compared 'a\n' 'a\nb\n' 1
compared 'a\nb\n' 'a\n' 1
compared 'hash 3e45abc\n' 'hash 3e46abc\n' 1
compared '' '' 0
compared '' 'a\n' 1
compared '0.50%\n' '-\n' 1

# ran WANT STREAM CMD RESULT: a case whose file STREAM is WANT passes (0) or fails (1)
ran() {
    rm -f case/*
    printf '%b' "$1" >"case/$2"
    echo "$3" >case/cmd
    echo 0 >case/exit
    sh "$here/run.sh" "$work/case" "$work/run" /bin/true >/dev/null
    result=$?
    [ "$result" = "$4" ] || fail "case '$3' with $2 '$1': expected $4, found $result"
}

ran 'x 1.000\n' stdout 'echo x 1.0005' 0
ran 'x 1.000\n' stdout 'echo x 1.003' 1
ran 'x\n' stdout 'echo x; exit 3' 1
ran 'x\n' stdout 'echo x; echo y >&2' 1
ran 'a .. b\nc\n' stderr.has 'echo 1 a 2 b >&2; echo other >&2; echo c >&2' 0
ran 'a .. b\nc\n' stderr.has 'echo 1 b 2 a >&2; echo c >&2' 1
ran 'a .. b\nc\n' stderr.has 'echo c >&2; echo a b >&2' 1
ran 'a\n' stderr.has 'true' 1
ran 'a,train_s,b\n1,#,2\n' stdout 'echo a,train_s,b; echo 1,0.25,2' 0
ran 'a,train_s,b\n1,#,2\n' stdout 'echo a,train_s,b; echo 1,0.25,3' 1

[ "$failures" = 0 ]
