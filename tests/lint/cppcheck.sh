#!/bin/sh
# Static analysis by cppcheck.
. "$(dirname "$0")/lib.sh"

need cppcheck
# uninitvar does not follow elements of vectors and addresses handed out; the compiler, ASan and
# UBSan watch for it. nullPointerRedundantCheck takes a loop's condition for one on its first pass.
cppcheck --quiet --std=c11 -I. --enable=warning,performance,portability --inline-suppr \
    --suppress=missingIncludeSystem --suppress=uninitvar --suppress=nullPointerRedundantCheck \
    --error-exitcode=1 engine results plots runner
