#!/bin/sh
# Run one case of the command line: run.sh CASE_FOLDER WORK_FOLDER SWEEP_PROGRAM
#
# CASE_FOLDER has `cmd`, a shell script in which `sweep` is the program and `columns NAME...` chooses
# columns of CSV (see the file of that name), and the expected result:
#   exit            the script's exit code
#   stdout, stderr  the whole text (no file = nothing)
#   stdout.has, stderr.has   facts instead of the text, each line for one line of it: words that it
#                   has in this order, written `a .. b .. c`. Other lines may come between.
#   tolerance       of this case's numbers, relative; 0.002 without it
#
# Messages may be reworded, so most cases name facts; one case of each kind of message has the whole text.
# Times, versions and what depends on the machine are replaced by names first, measured seconds by `#`.
# Whole numbers are the same everywhere and agree exactly. Losses depend on the instruction set: trained
# with AVX-512, AVX2 (SWEEP_ISA=avx2) or portable C (SWEEP_ISA=portable), those of these cases differ by up
# to 0.12 %. Another seed changes them by more than 0.2 %.
#
# UPDATE=1 rewrites the whole texts that differ instead of failing: review the difference. Facts are written
# by hand.
set -u
case_folder=$1 work=$2 program=$3
[ -x "$program" ] || exit 2
here=$(cd "$(dirname "$0")" && pwd)

rm -rf "$work" && mkdir -p "$work/bin" "$work/at" || exit 1
ln -s "$program" "$work/bin/sweep"
ln -s "$here/columns" "$work/bin/columns"
cp "$here"/ini/* "$work/at"
cd "$work/at" || exit 1

# Without plug-ins, which differ between machines.
PATH=$work/bin:$PATH HOME=$work NO_COLOR=1 LC_ALL=C SWEEP_PLUGINS=$work/plugins
export PATH HOME NO_COLOR LC_ALL SWEEP_PLUGINS
unset SWEEP_DATA XDG_DATA_HOME

sh "$case_folder/cmd" >"$work/stdout.raw" 2>"$work/stderr.raw" </dev/null
echo $? >"$work/exit"

for stream in stdout stderr; do
    sed -e "s|$work|WORK|g" \
        -e 's/[0-9]*-[0-9]*-[0-9]*T[0-9:]*Z/TIME/g' \
        -e 's/sweep [0-9]*\.[0-9]*\.[0-9]*/sweep VERSION/' \
        -e 's/(cpu [a-z0-9]*)/(cpu ISA)/' \
        -e 's/"isa": "[a-z0-9]*"/"isa": "ISA"/' \
        -e 's/about .* of work/about TIME, TIME of work/' \
        -e 's/([0-9.]* s)/(# s)/' \
        "$work/$stream.raw" | awk -f "$here/mask.awk" >"$work/$stream"
done

# has_facts FACTS TEXT: each line of FACTS is found in TEXT, after the line before it
has_facts() {
    awk '
        FILENAME == ARGV[1] { facts[++n] = $0; next }
        BEGIN { next_fact = 1 }
        function has(line, fact,    words, m, i, at) {
            m = split(fact, words, / \.\. /)
            for (i = 1; i <= m; i++) {
                at = index(line, words[i])
                if (!at)
                    return 0
                line = substr(line, at + length(words[i]))
            }
            return 1
        }
        next_fact <= n && has($0, facts[next_fact]) { next_fact++ }
        END {
            if (next_fact <= n)
                print "no line has: " facts[next_fact]
            exit next_fact <= n
        }' "$1" "$2"
}

tolerance=0.002
[ ! -e "$case_folder/tolerance" ] || tolerance=$(cat "$case_folder/tolerance")
failed=0
for what in exit stdout stderr; do
    if [ -e "$case_folder/$what.has" ]; then
        has_facts "$case_folder/$what.has" "$work/$what" || {
            echo "$what was:"
            cat "$work/$what"
            failed=1
        }
        continue
    fi
    want=$case_folder/$what
    [ -e "$want" ] || want=/dev/null
    awk -v tolerance="$tolerance" -f "$here/compare.awk" "$want" "$work/$what" >"$work/$what.differs" &&
        continue
    if [ "${UPDATE:-}" = 1 ]; then
        if [ -s "$work/$what" ]; then cp "$work/$what" "$case_folder/$what"
        else rm -f "$case_folder/$what"; fi
        continue
    fi
    echo "$what differs:"
    cat "$work/$what.differs"
    failed=1
done
exit $failed
