#!/bin/sh
# A container without /proc: a memory limit that cannot be enforced is reported, and commands are refused,
# since their processes could not be found. usage: no_proc.sh SWEEP FOLDER
. "$(dirname "$0")/lib.sh"
need unshare
sweep=$(realpath "$1")
work=$(realpath -m "$2")
rm -rf "$work"
mkdir -p "$work"
cd "$work"

# hidden COMMAND...: run it where /proc is an empty folder
hidden() {
    unshare -rm sh -c 'mount -t tmpfs none /proc && exec "$@"' hidden "$@"
}
hidden true 2>log || {
    echo "skipped: cannot hide /proc here: $(cat log)"
    exit "$SKIPPED"
}
# LeakSanitizer does not work without /proc.
hidden "$sweep" --version >/dev/null 2>log || {
    grep -q LeakSanitizer log || die "--version: $(cat log)"
    echo "skipped: a build that looks for leaks needs /proc"
    exit "$SKIPPED"
}

cat >memory.ini <<'INI'
[experiment]
name = memory
[data]
path = builtin:ecg?rows=60
[train]
epochs = 2
[run]
memory = 1G
INI
hidden "$sweep" run memory.ini --db a.db --quiet 2>err || die "run: $(cat err)"
grep -q 'run.memory is not enforced' err || die "not reported: $(cat err)"
"$sweep" run memory.ini --fresh --db a.db --quiet 2>err
! grep -q 'run.memory' err || die "reported without reason: $(cat err)"

cat >command.ini <<'INI'
[experiment]
name = command
[command]
run = echo loss=1
[search]
objective = loss
goal = minimize
[sweep]
a = 1, 2
INI
code=0
hidden "$sweep" run command.ini --db a.db --quiet 2>err || code=$?
[ $code -eq 5 ] || die "a command without /proc: exit $code: $(cat err)"
grep -q 'needs /proc' err || die "why: $(cat err)"
