#!/bin/sh
# CMake takes the flags that a user gives, and `./start` makes the build folder of a moved clone again.
# usage: configure.sh SOURCE_FOLDER WORK_FOLDER CMAKE
set -eu
source=$1 work=$2 cmake=$3
rm -rf "$work" && mkdir -p "$work/clone/build/release" "$work/bin"

"$cmake" -S "$source" -B "$work/build" -G Ninja -D SWEEP_TESTS=OFF -D CMAKE_C_FLAGS=-DUSER_FLAG \
    -D CMAKE_BUILD_TYPE=Release -D CMAKE_C_FLAGS_RELEASE=-O1 >"$work/log"
flags=$(sed -n '/str\.c\.o:/,/^$/s/^  FLAGS = //p' "$work/build/build.ninja")
case " $flags " in
*' -DUSER_FLAG -O1 '*) ;;
*)
    echo "flags of the user are not those of the compiler: $flags"
    exit 1
    ;;
esac

# Fakes of programs; cmake prints its arguments.
for program in cc ninja pkg-config gnuplot; do
    printf '#!/bin/sh\n' >"$work/bin/$program"
done
# shellcheck disable=SC2016 # for the program
printf '#!/bin/sh\necho "cmake $*" >>"%s/calls"\n' "$work" >"$work/bin/cmake"
chmod +x "$work"/bin/*
cp "$source/start" "$work/clone"
# usage: start_in HOME_FOLDER: the call of cmake that configures, where the cache names this folder
start_in() {
    echo "CMAKE_HOME_DIRECTORY:INTERNAL=$1" >"$work/clone/build/release/CMakeCache.txt"
    rm -f "$work/calls"
    PATH=$work/bin:$PATH sh "$work/clone/start" >"$work/log" 2>&1 || true
    head -1 "$work/calls"
}
here=$(cd "$work/clone" && pwd -P)
case $(start_in "$here") in
*--fresh*)
    echo 'a clone that was not moved is made anew'
    exit 1
    ;;
esac
case $(start_in /somewhere/else) in
*--fresh*) ;;
*)
    echo 'a moved clone is not made anew'
    exit 1
    ;;
esac
grep 'moved or copied' "$work/log"
