#!/bin/sh
# Plain text: ASCII, no tabs, no blanks at line ends, a newline at the end of the file, no marks of
# unfinished work, files of limited length.
. "$(dirname "$0")/lib.sh"

MOST_LINES=600

files=$(list_files engine cuda results plots runner experiments tests -- \
    '*.c' '*.h' '*.cc' '*.cu' '*.cuh' '*.sql' '*.gp' '*.ini' '*.sh' '*.awk' '*.cmake' '*.in' \
    CMakeLists.txt)
for file in CMakeLists.txt CMakePresets.json start .ci/run; do
    [ ! -f "$file" ] || files="$files $file"
done
# The report's plus-minus sign is only in tables for people, not for programs.
# shellcheck disable=SC2086 # a list of words
found=$(LC_ALL=C awk -v most="$MOST_LINES" '
    function report(what) { print FILENAME ":" FNR ": " what }
    # Stores that older versions wrote are data.
    FNR == most + 1 && FILENAME !~ /version_[0-9]+[.]sql$/ { report("more than " most " lines") }
    /\t/ { report("tab") }
    /[ \r]$/ { report("blank at the end of the line") }
    { ascii = $0; gsub(/\302\261/, "", ascii) }
    ascii ~ /[\200-\377]/ { report("not ASCII") }
    /(^|[^A-Za-z_])(TO[D]O|FIX[M]E|XX[X]|HA[C]K)([^A-Za-z_]|$)/ { report("mark of unfinished work") }
    ' $files)
# shellcheck disable=SC2086
for file in $files; do
    [ -z "$(tail -c 1 "$file")" ] || found="$found
$file: no newline at the end"
done
verdict "$found"
