#!/bin/sh
# The commands of the tours in README.md and experiments/TOUR.md run, in their order, in a folder with
# the experiments, and leave nothing that git would show. INI files that README.md and `sweep help`
# show are valid. README.md has at most 200 lines.
# usage: readme.sh SWEEP
. "$(dirname "$0")/lib.sh"

sweep=$1
for program in gnuplot sqlite3 git; do
    need "$program"
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/bin" "$work/clone"
ln -s "$sweep" "$work/bin/sweep"
cp -r experiments "$work/clone"
[ ! -e .gitignore ] || cp .gitignore "$work/clone"
# blocks FILE LANGUAGE SECTION: the lines of these fenced blocks in sections whose heading has SECTION
blocks() {
    awk -v fence="\140\140\140" -v language="$2" -v section="$3" '
        /^## / { in_section = index(tolower($0), section) }
        index($0, fence) == 1 { in_block = in_section && $0 == fence language; next }
        in_block' "$1"
}

[ "$(wc -l <README.md)" -le 200 ] || verdict "README.md: more than 200 lines"
for file in README.md experiments/TOUR.md; do
    blocks $file sh tour >"$work/commands"
    [ -s "$work/commands" ] || verdict "$file: no block \"sh\" in a section \"... tour\""
    cat "$work/commands" >>"$work/tour.sh"
done
blocks README.md ini study >"$work/readme.ini"
[ -s "$work/readme.ini" ] || verdict 'README.md: no block "ini" in a section "... study"'
for topic in ini scripts; do
    "$sweep" help $topic | sed -n '/^  \[experiment\]/,/^$/s/^  //p' >"$work/$topic.ini"
    [ -s "$work/$topic.ini" ] || verdict "sweep help $topic: no INI file"
done
cd "$work/clone"
PATH=$work/bin:$PATH
for shown in readme ini; do
    sweep check "$work/$shown.ini" --set data.path=builtin:ecg
done
sweep check "$work/scripts.ini" --set command.run=awk
git init -q .
git add -A
sh -eux "$work/tour.sh" </dev/null
left=$(git status --porcelain | grep -v '^A ' || true)
verdict "${left:+the tour leaves in the clone:
$left}"
