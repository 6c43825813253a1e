#!/bin/sh
# What a shell offers when TAB is pressed after the beginning of a command line.
# usage: completion.sh SHELL SWEEP WORK_FOLDER
set -eu
shell=$1 sweep=$2 work=$3
command -v "$shell" >/dev/null || {
    echo "skipped: there is no $shell"
    exit 77
}
rm -rf "$work" && mkdir -p "$work/bin" "$work/home"
ln -s "$sweep" "$work/bin/sweep"
PATH=$work/bin:$PATH HOME=$work/home
export PATH HOME
cd "$work"
sweep help completion "$shell" >_sweep
touch mine.ini mine.txt
# `sweep list` reads the store of the working folder.
sweep init first.ini --quiet
sweep run first.ini --set data.path='builtin:ecg?rows=60' --set sweep.train.epochs=1 --set train.epochs=1 --quiet

# offers LINE: one a line, without descriptions
offers() {
    case $shell in
    bash)
        LINE=$1 bash --norc --noprofile -c '
            compopt() { :; } # only during a completion
            source ./_sweep
            COMP_LINE=$LINE COMP_POINT=${#LINE}
            # Readline treats every "=" as a word.
            read -ra COMP_WORDS <<<"${LINE//=/ = }"
            [[ $LINE != *" " ]] || COMP_WORDS+=("")
            COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
            _sweep
            printf "%s\n" "${COMPREPLY[@]}"'
        ;;
    fish) fish --no-config -c "source ./_sweep; complete -C '$1'" | cut -f1 ;;
    zsh) zsh -f "$(dirname "$0")/offers.zsh" "$1" ;;
    esac
}

# expect LINE WORD...: these are offered; a word after ! is not
expect() {
    line=$1
    shift
    offers "$line" >got
    for word; do
        wanted=1
        [ "$word" = "${word#!}" ] || wanted=0
        found=$(grep -cxF -e "${word#!}" got | sed 's/[1-9][0-9]*/1/' || true)
        [ "$found" = $wanted ] || {
            echo "$shell: $line: offers ${word#!}: $found, expected: $wanted; all that it offers:"
            cat got
            exit 1
        }
    done
}

expect 'sweep ' run data help
expect 'sweep re' report rename !run
expect 'sweep data ' info synth !run
expect 'sweep run --' --set --workers --quiet !--wide
expect 'sweep report --wi' --wide
expect 'sweep data synth --r' --rows
expect 'sweep run mi' mine.ini
[ "$shell" = fish ] || expect 'sweep run mi' !mine.txt # fish shows others after these
expect 'sweep run --device ' auto cpu cuda !mine.txt
expect 'sweep report --format ' table latex html
expect 'sweep export --what s' scores !trials
expect 'sweep plot --only con' confusion
expect 'sweep run mine.ini --set train.ep' train.epochs=
expect 'sweep run mine.ini --set sweep.model.em' sweep.model.embedding_dim=
expect 'sweep run mine.ini --db mi' mine.txt
expect 'sweep help gl' glossary
expect 'sweep report st' starter
