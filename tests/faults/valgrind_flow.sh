#!/bin/sh
# The whole flow under valgrind, with workers and supervisors but without shells: studies with two workers,
# interrupted and resumed, searches, commands, reports, exports, charts, a page, a plan shared with other
# machines. An error or a definite leak in any process is a failure, and so is another exit code than
# without valgrind. usage: valgrind_flow.sh SWEEP [FOLDER]
#
# A stand-in draws the pictures. Valgrind knows no AVX-512, so the instruction set is AVX2.
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"
[ $# -gt 0 ] || die 'usage: valgrind_flow.sh SWEEP [FOLDER]'
need valgrind
sweep=$(realpath "$1")
work=$(realpath -m "${2:-$(mktemp -d)}")
rm -rf "$work"
mkdir -p "$work/bin" "$work/plugins"
cd "$work"
export SWEEP_ISA=avx2 SWEEP_PLUGINS="$work/plugins"
unset SWEEP_DATA

cat >bin/gnuplot <<'END'
#!/bin/sh
for file; do
    case $file in
    *.gp)
        { cat "$file" && printf 'IEND\256B`\202'; } >"${file%.gp}.png.part"
        { cat "$file" && printf '</svg>\n'; } >"${file%.gp}.svg.part"
        ;;
    esac
done
END
chmod +x bin/gnuplot
PATH=$work/bin:$PATH

# flow CODES WORDS...: sweep under valgrind: it must end with one of these codes, without findings
failures=0 n=0
flow() {
    want=$1 code=0 n=$((n + 1))
    shift
    rm -f found.*
    valgrind --quiet --leak-check=full --show-leak-kinds=definite --errors-for-leak-kinds=definite \
        --error-exitcode=99 --trace-children=yes --trace-children-skip='*/sh,*/gnuplot' \
        --log-file="$work/found.%p" "$sweep" "$@" >out 2>err || code=$?
    found=$(find . -maxdepth 1 -name 'found.*' -size +0)
    case " $want " in *" $code "*) ended=1 ;; *) ended= ;; esac
    if [ -n "$found" ] || [ -z "$ended" ]; then
        # shellcheck disable=SC2086 # a list of files
        [ -z "$found" ] || cat $found
        echo "FOUND: sweep $*: exit $code, not $want: $(tail -n 3 err)"
        failures=$((failures + 1))
    fi
}

# The form of a plan's commands: cd FOLDER && export ... && PROGRAM work --plan FOLDER --task N
published() {
    while read -r line; do
        eval "flow 0 work ${line#*"' work "}"
    done <commands
}

echo 'a study, interrupted, resumed, and asked for more epochs'
flow "130 0" run "$here/tiny.ini" --db study.db --workers 2 --for 1s
flow 0 run "$here/tiny.ini" --db study.db --workers 2
flow 0 run "$here/tiny.ini" --db study.db --workers 2 --set train.epochs=4
flow 0 run "$here/tiny.ini" --db study.db --workers 2

echo 'what is read from it'
for format in table md latex csv json; do
    flow 0 report --db study.db --format $format --wide
done
flow 0 report --db study.db --threshold youden --threshold p90 --epochs 2,3 --where seed=1
flow 0 report --db study.db --group-by embedding_dim --ci
flow 0 report --db study.db --importance
for what in trials evaluations epochs scores errors; do
    flow 0 export --db study.db --what $what --format csv
    flow 0 export --db study.db --what $what --format json
done
flow 0 export --db study.db --what best --format ini
flow 0 export --db study.db --what weights -o weights
flow 0 list --db study.db
flow 0 show 1 --db study.db
flow 0 watch --once --db study.db
flow 0 check --db study.db
flow 0 compare study@1 study@2 --db study.db
flow 0 data synth --rows 60 -o beats.csv
flow 0 data info beats.csv
model=$(find weights -name '*.safetensors' | head -n 1)
flow 0 detect beats.csv --model "$model" --threshold p95
flow 0 note study@1 first --db study.db
flow 0 copy study other --db study.db
flow 0 rename other another --db study.db
flow 0 delete another --yes --db study.db

echo 'charts and a page'
flow 0 plot --db study.db -o charts
flow 0 plot --db study.db -o charts --format svg --by seed
flow 0 report --db study.db --format html -o page.html

echo 'a plan of tasks'
flow 0 submit "$here/tiny.ini" --on none --dir shared --per-task 2
cp out commands
published
flow 0 status shared
flow 0 collect shared --db collected.db
flow 0 collect shared --db collected.db
flow 0 check --db collected.db

echo 'searches'
small='data.path=builtin:ecg?rows=60'
flow 0 run "$here/search_tpe.ini" --db tpe.db --workers 2 --set "$small"
flow 0 run "$here/search_halving.ini" --db halving.db --workers 2 --set "$small"
flow 0 plot --db halving.db -o searched

echo 'commands'
cat >command.ini <<'INI'
[experiment]
name = command
[command]
run = for e in 1 2 3; do echo "epoch $e: loss=0.$e"; done; [ ${a} != 3 ]
shell = yes
[search]
objective = loss
[sweep]
a = 1, 2, 3
INI
flow 1 run command.ini --db command.db --workers 2
flow 1 run command.ini --db command.db --workers 2 --retry-failed
flow 0 report --db command.db
flow 0 show 1 --log --db command.db
flow 0 plot --db command.db -o commanded

echo 'what is refused'
flow 3 check /dev/fd/9 9<"$here/lib.sh"
flow 4 list --db beats.csv
flow 2 report --db study.db --format nonsense

echo "$n commands, $failures with findings"
[ "$failures" = 0 ]
