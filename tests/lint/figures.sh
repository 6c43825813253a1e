#!/bin/sh
# The experiments' table and the gallery show the same recalls of the published study.
. "$(dirname "$0")/lib.sh"

# The columns of sweep in the experiments' table: normal, then abnormal.
shown=$(awk -F' *[|] *' '
    index($0, "| E | first epoch") == 1 { inside = 1; next }
    inside && $0 !~ /^[|]/ { exit }
    inside && $2 ~ /^[0-9]+$/ {
        normal = normal (normal == "" ? "" : ", ") $6
        abnormal = abnormal (abnormal == "" ? "" : ", ") $8
    }
    END { printf "Ours are %s and %s.", normal, abnormal }' experiments/README.md)
grep -qF "$shown" plots/gallery/README.md ||
    verdict "plots/gallery/README.md: not as in experiments/README.md: $shown; build the target gallery"
