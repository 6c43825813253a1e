#!/bin/sh
# Shell scripts pass shellcheck.
. "$(dirname "$0")/lib.sh"

need shellcheck
# shellcheck disable=SC2046 # no file name of this tree has a blank
shellcheck -x -P SCRIPTDIR start .ci/run $(list_files tests -- '*.sh')
