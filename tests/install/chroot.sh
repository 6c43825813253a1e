#!/bin/sh
# The Debian package in a clean Debian 12: install, run, draw, remove. With `start`, also the first of
# the two commands of README.md in a clone there, from nothing but git.
# usage: chroot.sh PACKAGE.deb REPOSITORY WORK_FOLDER [start]
# Needs root, debootstrap and the network; WORK_FOLDER takes 0.5 GB, with `start` 1.5 GB.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/clock.sh"
package=$1 repository=$2 work=$3 start=${4-}
if [ "$(id -u)" != 0 ] || ! command -v debootstrap >/dev/null; then
    echo 'skipped: a chroot needs root and debootstrap'
    exit 77
fi
root=$work/root
cleanup() {
    umount "$root/proc" 2>/dev/null || true
    rm -rf "$root"
}
trap cleanup EXIT
mkdir -p "$work"
[ -f "$work/base.tar" ] || {
    debootstrap --variant=minbase bookworm "$root" >"$work/debootstrap.log" 2>&1 || {
        tail -5 "$work/debootstrap.log"
        echo 'skipped: debootstrap could not make a Debian 12 here'
        exit 77
    }
    tar -C "$root" -cf "$work/base.tar" .
    rm -rf "$root"
}
mkdir "$root"
tar -C "$root" -xf "$work/base.tar"
mount -t proc proc "$root/proc" || {
    echo 'skipped: nothing can be mounted here'
    exit 77
}
cp /etc/resolv.conf "$root/etc"

# inside COMMAND: a line for the shell of the chroot
inside() {
    chroot "$root" env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive sh -euc "$1"
}

cp "$package" "$root/tmp/sweep.deb"
inside 'apt-get -q update && apt-get -q -y --no-install-recommends install /tmp/sweep.deb' >"$work/apt.log" 2>&1
start_clock
inside 'mkdir /root/study && cd /root/study && sweep --version && sweep run quickstart.ini'
code=0
inside 'cd /root/study && sweep plot quickstart' 2>"$work/plot.log" || code=$?
cat "$work/plot.log"
[ $code = 5 ] || { echo "without gnuplot: expected exit code 5, found $code"; exit 1; }
grep -q gnuplot "$work/plot.log" || { echo 'no package is named where gnuplot is missing'; exit 1; }
stop_clock "to the report and the exit code without gnuplot"
inside 'apt-get -q -y --no-install-recommends install gnuplot-nox' >"$work/apt.log" 2>&1
start_clock
inside 'cd /root/study && sweep plot quickstart && test -s results/charts/quickstart/loss_curves.png'
stop_clock "to the charts"
inside 'apt-get -q -y purge sweep-runner' >"$work/apt.log" 2>&1
left=$(find "$root/usr" -path '*sweep*')
[ -z "$left" ] || { echo "left behind: $left"; exit 1; }

if [ "$start" = start ]; then
    inside 'apt-get -q -y --no-install-recommends install git ca-certificates' >"$work/apt.log" 2>&1
    git clone -q --bare "$repository" "$root/tmp/sweep.git"
    inside 'cd /root && git clone -q /tmp/sweep.git sweep && cd sweep && ./start' >"$work/start.log" 2>&1 || {
        tail -20 "$work/start.log"
        exit 1
    }
    inside 'cd /root/sweep && test -s results/charts/quickstart/loss_curves.png && git status --porcelain' >"$work/left"
    [ ! -s "$work/left" ] || { echo "./start leaves in the clone:"; cat "$work/left"; exit 1; }
    # A moved clone is configured again instead of failing in CMake.
    inside 'mv /root/sweep /root/moved && cd /root/moved && ./start' >"$work/moved.log" 2>&1 || {
        tail -20 "$work/moved.log"
        exit 1
    }
    grep 'moved or copied' "$work/moved.log"
fi
