#!/bin/sh
# The commands of the tours in README.md and experiments/TOUR.md run, in their order, in a folder with the
# experiments, print what is shown below them, and leave no untracked files. INI files that README.md and
# `sweep help` show are valid. README.md has at most 200 lines.
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

# samples FILE: the lines of blocks "text" that stand below blocks "sh" in its tour.
samples() {
    awk -v fence="\140\140\140" '
        /^## / { in_tour = index(tolower($0), "tour") }
        index($0, fence) == 1 && in_block { before = language; in_block = shows = 0; next }
        index($0, fence) == 1 {
            language = substr($0, 4)
            in_block = 1
            shows = in_tour && language == "text" && before == "sh"
            next
        }
        shows' "$1"
}

# missing_samples OUTPUT SAMPLES: lines of SAMPLES that OUTPUT does not have in this order. "..." stands for
# any lines, or for the middle or the end of one. Where a line has a decimal, numbers are not compared:
# they differ between instruction sets. Nor are blanks and rules of tables.
missing_samples() {
    awk '
        function plain(s) {
            if (s ~ /[0-9]\.[0-9]/)
                gsub(/-?[0-9]+(\.[0-9]+)?/, "#", s)
            gsub(/--+/, "--", s)
            gsub(/[ \t]+/, " ", s)
            gsub(/^ | $/, "", s)
            return s
        }
        function has(line, shown,    piece, k, i, at) {
            k = split(shown, piece, / ?\.\.\. ?/)
            for (i = 1; i < k; i++) {
                at = index(line, piece[i])
                if (!at)
                    return 0
                line = substr(line, at + length(piece[i]))
            }
            at = length(line) - length(piece[k])
            return at >= 0 && substr(line, at + 1) == piece[k]
        }
        NR == FNR { out[++n] = plain($0); next }
        { shown = plain($0) }
        shown == "" || shown == "..." { next }
        {
            for (i = at + 1; i <= n && !has(out[i], shown); i++) { }
            if (i > n)
                print "  " $0
            else
                at = i
        }' "$1" "$2"
}

[ "$(wc -l <README.md)" -le 200 ] || verdict "README.md: more than 200 lines"
for file in README.md experiments/TOUR.md; do
    blocks $file sh tour >"$work/commands"
    [ -s "$work/commands" ] || verdict "$file: no block \"sh\" in a section \"... tour\""
    cat "$work/commands" >>"$work/tour.sh"
    samples $file >>"$work/samples"
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
sh -eux "$work/tour.sh" </dev/null >"$work/out" 2>&1 || {
    cat "$work/out"
    exit 1
}
missing=$(missing_samples "$work/out" "$work/samples")
verdict "${missing:+README.md or experiments/TOUR.md shows what the tour does not print:
$missing}"
left=$(git status --porcelain | grep -v '^A ' || true)
verdict "${left:+the tour leaves in the clone:
$left}"
