#!/bin/sh
# `cmake --install` into a prefix, and below DESTDIR: the files are there, and the program that was
# moved there with its folders finds the experiments from an empty folder.
# usage: files.sh BUILD_FOLDER WORK_FOLDER CMAKE VERSION
set -eu
build=$1 work=$2 cmake=$3 version=$4
rm -rf "$work" && mkdir -p "$work/empty"

# check PREFIX: a whole installation
check() {
    for file in bin/sweep share/sweep/experiments/quickstart.ini share/man/man1/sweep.1 \
        share/man/man5/sweep-ini.5 share/man/man5/sweep-store.5 \
        share/bash-completion/completions/sweep share/zsh/site-functions/_sweep \
        share/fish/vendor_completions.d/sweep.fish; do
        [ -s "$1/$file" ] || {
            echo "not installed: $1/$file"
            exit 1
        }
    done
    "$1/bin/sweep" --version | grep -Fx "sweep $version"
    for ini in quickstart.ini experiments/quickstart.ini; do
        (cd "$work/empty" && "$1/bin/sweep" check $ini)
    done
    "$1/bin/sweep" help experiments | grep -F /share/sweep/experiments
}

unset DESTDIR
"$cmake" --install "$build" --prefix "$work/home" >/dev/null
check "$work/home"
DESTDIR=$work/root "$cmake" --install "$build" --prefix /opt/sweep >/dev/null
check "$work/root/opt/sweep"
