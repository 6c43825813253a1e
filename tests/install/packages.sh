#!/bin/sh
# What users download: the archive of the last commit builds without git, and makes a Debian package in
# which lintian finds no fault, and that works in a clean Debian 12 (chroot.sh).
# usage: packages.sh REPOSITORY WORK_FOLDER [CMAKE_OPTION...]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
repository=$1 work=$2
shift 2
for program in git lintian dpkg-shlibdeps; do
    command -v $program >/dev/null || {
        echo "skipped: there is no $program"
        exit 77
    }
done
commit=$(git -C "$repository" rev-parse --short HEAD) || {
    echo 'skipped: not a git repository'
    exit 77
}
mkdir -p "$work"
rm -rf "$work/source"
mkdir "$work/source"
git -C "$repository" archive --prefix=sweep/ "$commit" | tar -C "$work/source" -xf -
cmake -S "$work/source/sweep" -B "$work/build" -G Ninja -D SWEEP_TESTS=OFF \
    -D CMAKE_DISABLE_FIND_PACKAGE_Git=ON "$@" >"$work/configure.log"
cmake --build "$work/build" >"$work/build.log"
"$work/build/sweep" --version | grep "^commit .*$commit" || {
    "$work/build/sweep" --version
    echo "expected the commit $commit"
    exit 1
}
(cd "$work/build" && cpack >cpack.log)
deb=$(ls "$work"/build/*.deb)
lintian --fail-on error,warning "$deb"
sh "$here/chroot.sh" "$deb" "$repository" "$work/chroot"
