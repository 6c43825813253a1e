#!/bin/sh
# C sources are as clang-format 14 writes them.
. "$(dirname "$0")/lib.sh"

need clang-format-14
# shellcheck disable=SC2046 # no file name of this tree has a blank
clang-format-14 --dry-run -Werror $(list_files engine cuda results plots runner tests -- \
    '*.c' '*.h' '*.cc' '*.cu' '*.cuh')
