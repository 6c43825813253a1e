#!/bin/sh
# One study, collected from 1, 2 and 4 nodes: the bits are those of a run on this machine.
# usage: nodes.sh SWEEP FOLDER
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"
need_slurm
sweep=$(realpath "$1")
work=$(realpath -m "$2")
clear_work
ini=$(realpath "$here/../../experiments/embedding.ini")
set -- --set sweep.model.embedding_dim=2..8 --set train.epochs=5 --set 'data.path=builtin:ecg?rows=600'

"$sweep" run "$ini" "$@" --db local.db --quiet
dump local.db >want
# Seven tasks exceed the limit of one array, and the folder's name has characters that need quoting.
SLURM_TEST_ARRAY=5
export SLURM_TEST_ARRAY
start_cluster 4 2
for nodes in 1 2 4; do
    shared="it's \"shared\" \$(by) $nodes"
    [ $nodes -eq 4 ] || scontrol update "nodename=n[$((nodes + 1))-4]" state=drain reason=test
    "$sweep" submit "$ini" "$@" --on slurm --dir "$shared" --per-task 1 \
        --tasks-at-once 4 --quiet >out
    [ "$(grep -c '^job ' out)" -eq 2 ] || die "expected two arrays: $(cat out)"
    drain 120
    "$sweep" status "$shared" >out
    grep -q '7 published, 0 failed, 0 to come' out || die "$nodes nodes: $(cat out "$shared"/log/*)"
    "$sweep" collect "$shared" --db "$nodes.db" >out || die "$nodes nodes: $(cat out)"
    expect_whole "$nodes.db" want
    [ $nodes -eq 4 ] || scontrol update "nodename=n[$((nodes + 1))-4]" state=resume
    echo "$nodes nodes: $(wc -l <want) lines, the same"
done
