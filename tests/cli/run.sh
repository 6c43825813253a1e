#!/bin/sh
# Run one golden case of the command line: run.sh CASE_FOLDER WORK_FOLDER SWEEP_PROGRAM
#
# CASE_FOLDER has `cmd`, a shell script in which `sweep` is the program, and what must come of it:
# `exit` (the script's exit code), `stdout` and `stderr` (no file = nothing). Times, versions,
# measured numbers and what depends on the machine are replaced by names before comparing.
# UPDATE=1 writes what came instead of comparing: the difference is then the review.
set -u
case_folder=$1 work=$2 program=$3
[ -x "$program" ] || exit 2
here=$(cd "$(dirname "$0")" && pwd)

rm -rf "$work" && mkdir -p "$work/bin" "$work/at" || exit 1
ln -s "$program" "$work/bin/sweep"
cp "$here"/ini/* "$work/at"
cd "$work/at" || exit 1

# No plug-in: this machine's is not every machine's.
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
        -e 's/"isa":\(.*\)"[a-z0-9]*"/"isa":\1"ISA"/' \
        -e 's/about .* of work/about TIME, TIME of work/' \
        -e 's/[0-9][0-9]*\.[0-9][0-9]*\(e-[0-9]*\)\{0,1\}/#/g' \
        -e 's/"work_s":\(.*\)[0-9#],/"work_s":\1#,/' \
        -e 's/"wall_s":\(.*\)[0-9#]$/"wall_s":\1#/' \
        "$work/$stream.raw" >"$work/$stream"
done

failed=0
for what in exit stdout stderr; do
    if [ "${UPDATE:-}" = 1 ]; then
        if [ -s "$work/$what" ]; then cp "$work/$what" "$case_folder/$what"
        else rm -f "$case_folder/$what"; fi
        continue
    fi
    want=$case_folder/$what
    [ -e "$want" ] || want=/dev/null
    diff -u "$want" "$work/$what" || failed=1
done
exit $failed
