#!/bin/sh
# Manual pages and completions hold every command, option, key and topic, and mandoc finds no fault
# with the pages.
# usage: pages.sh SWEEP
set -eu
sweep=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0
fail() {
    echo "$*"
    failed=1
}

for page in sweep sweep-ini sweep-store; do
    "$sweep" help man $page >"$work/$page"
    sed 's/\\-/-/g; s/\\f[BIR]//g' "$work/$page" >"$work/$page.text"
done
for shell in bash zsh fish; do
    "$sweep" help completion $shell >"$work/$shell"
done

# usage: within PATTERN FILE...: the pattern (of grep -E) is in every file
within() {
    pattern=$1
    shift
    for file; do
        grep -qE -e "$pattern" "$work/$file" || fail "$file: nothing about $pattern"
    done
}

# Names of commands may have two words.
"$sweep" help | sed -n '/^commands:/,/^$/s/^  \([a-z]* *[a-z]*\).*/\1/p' | sed 's/ *$//' >"$work/commands"
[ "$(wc -l <"$work/commands")" -gt 20 ] || fail 'too few commands'
while read -r command; do
    within "^\.SS sweep $command" sweep.text
    within "__sweep_(command|only) $command'|-a ${command##* }( |\$)" fish
    within "'${command}[:']|compadd -- ${command##* }\$" zsh
    # The options that its own help lists.
    # shellcheck disable=SC2086 # one or two words
    options=$("$sweep" help $command | sed -n 's/^  \(-.,\|   \) --\([a-z-]*\) .*/\2/p')
    for option in $options; do
        awk -v command="$command" -v option="$option" '
            /^\.S[SH]/ { inside = index($0 " ", ".SS sweep " command " ") == 1 || /OF EVERY COMMAND/ }
            inside && $0 ~ ("--" option "( |$)") { found = 1 }
            END { exit !found }' "$work/sweep.text" || fail "sweep(1): $command --$option is missing"
        awk -v command="$command" -v option="$option" '
            /^    \047/ { inside = index($0, "    \047" command "\047)") == 1 }
            inside && $0 ~ ("[ \047]--" option " ") { found = 1 }
            END { exit !found }' "$work/bash" || fail "bash: $command --$option is missing"
        awk -v command="$command" -v option="$option" '
            /^    \047/ { inside = index($0, "    \047" command "\047)") == 1 }
            inside && $0 ~ ("\047\\*--" option "=?\\[") { found = 1 }
            END { exit !found }' "$work/zsh" || fail "zsh: $command --$option is missing"
        within "__sweep_command $command' -l $option " fish
    done
done <"$work/commands"

for key in $("$sweep" help config --format json | sed -n 's/.*"key": *"\([^"]*\)".*/\1/p'); do
    within "(^|[ '])$key=" bash zsh fish
    section=${key%%.*}
    awk -v section="$section" -v name="${key#*.}" '
        /^\.SS / { inside = $2 == "[" section "]" }
        inside && $1 == name { found = 1 }
        END { exit !found }' "$work/sweep-ini.text" || fail "sweep-ini(5): $key is missing"
done

for topic in $("$sweep" help | sed -n '/^topics:/,/^$/s/^  \([a-z]*\) .*/\1/p'); do
    within "[ ']$topic " bash zsh fish
done
for view in v_trials v_evaluations v_epochs v_scores; do
    within $view sweep-store.text
done

[ $failed = 0 ] || exit 1
command -v mandoc >/dev/null || {
    echo 'skipped: there is no mandoc to check the pages with'
    exit 77
}
for page in sweep sweep-ini sweep-store; do
    section=5
    [ $page != sweep ] || section=1
    mv "$work/$page" "$work/$page.$section"
    mandoc -Tlint "$work/$page.$section" || failed=1
done
exit $failed
