#!/bin/sh
# The commands of the README's tour run, in their order, in an empty folder with the experiments,
# and the INI file that it shows is a valid one.
# usage: readme.sh SWEEP
. "$(dirname "$0")/lib.sh"

sweep=$1
for program in gnuplot sqlite3; do
    need "$program"
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/bin"
ln -s "$sweep" "$work/bin/sweep"
cp -r experiments "$work"
# blocks LANGUAGE SECTION: the lines of these fenced blocks in sections whose heading has SECTION
blocks() {
    awk -v fence="\140\140\140" -v language="$1" -v section="$2" '
        /^## / { in_section = index($0, section) }
        index($0, fence) == 1 { in_block = in_section && $0 == fence language; next }
        in_block' README.md
}

blocks sh tour >"$work/tour.sh"
blocks ini 'INI file' >"$work/shown.ini"
[ -s "$work/tour.sh" ] || verdict 'README.md: no block "sh" in a section "... tour"'
[ -s "$work/shown.ini" ] || verdict 'README.md: no block "ini" in a section "... INI file"'
cd "$work"
PATH=$work/bin:$PATH
sweep check shown.ini --set data.path=builtin:ecg
sh -eux tour.sh </dev/null
