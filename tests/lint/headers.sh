#!/bin/sh
# Every header compiles alone: as C11, and as C++17 where it says extern "C". Headers of C++ (they
# have namespaces or include what is only of C++) as C++17 only.
# usage: headers.sh CC CXX [FLAG]...
. "$(dirname "$0")/lib.sh"

cc=$1 cxx=$2
shift 2

# compile_alone COMPILER STANDARD LANGUAGE HEADER [FLAG]...
compile_alone() {
    compiler=$1 standard=$2 language=$3 header=$4
    shift 4
    printf '#include "%s"\n' "$header" |
        "$compiler" "-std=$standard" -Wall -Wextra -Wpedantic -Werror -fsyntax-only -I. "$@" \
            -x "$language" - 2>&1 || echo "$header: does not compile alone as $standard"
}

check_all() {
    for header in $(list_files engine cuda results plots runner tests -- '*.h'); do
        # Templates of engine/cpu are included several times, with VW defined; they have no guard.
        ! grep -q '^#define V(name)' "$header" || continue
        of_cxx=
        ! grep -qE '^namespace|^#include <([a-z]+|cuda_runtime.h)>' "$header" || of_cxx=1
        [ -n "$of_cxx" ] || compile_alone "$cc" c11 c "$header" "$@"
        if grep -q 'extern "C"' "$header" || [ -n "$of_cxx" ]; then
            ! command -v "$cxx" >/dev/null || compile_alone "$cxx" c++17 c++ "$header" "$@"
        fi
    done
}

verdict "$(check_all "$@")"
