#!/bin/sh
# The commands of the README's tour run, in their order, in an empty folder with the experiments.
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
awk '/^## / { in_tour = /tour/ } /^```/ { in_block = in_tour && $0 == "```sh"; next } in_block' \
    README.md >"$work/tour.sh"
[ -s "$work/tour.sh" ] || verdict 'README.md: no ```sh block in a section called "... tour"'
cd "$work"
PATH=$work/bin:$PATH sh -eux tour.sh </dev/null
