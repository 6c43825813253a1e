# Shared by the scripts of this folder.
# shellcheck shell=sh disable=SC2034,SC2154 # $SKIPPED is for the scripts; $sweep and $here from them
faults=$here/../faults
. "$here/../faults/lib.sh"

need_slurm() {
    PATH=$PATH:/usr/sbin:/sbin
    for program in munged slurmctld slurmd sbatch sqlite3; do need $program; done
}

# Enter an empty folder $work. A killed test may have left its cluster running in the previous one.
clear_work() {
    [ ! -d "$work/slurm/run" ] || sh "$here/slurm.sh" "$work/slurm" stop
    rm -rf "$work"
    mkdir -p "$work"
    cd "$work" || exit 1
}

# start_cluster NODES CPUS: the cluster and its jobs end with this script.
start_cluster() {
    sh "$here/slurm.sh" "$work/slurm" start "$1" "$2"
    trap 'sh "$here/slurm.sh" "$work/slurm" stop' EXIT
    trap 'exit 1' INT TERM HUP
    eval "$(sh "$here/slurm.sh" "$work/slurm" env)"
}

cluster() {
    sh "$here/slurm.sh" "$work/slurm" "$@"
}

# drain SECONDS: wait until no job runs or waits, except jobs that Slurm could not start and holds.
drain() {
    tries=0
    while squeue -h --me -o %r 2>&1 | grep -qv 'launch failed'; do
        tries=$((tries + 1))
        [ $tries -lt $((5 * $1)) ] || {
            squeue >&2
            die "jobs are left in the queue after $1 s"
        }
        sleep 0.2
    done
}

# expect TEXT COMMAND...: it prints this, among other things.
expect() {
    wanted=$1
    shift
    "$@" >out 2>&1 || :
    grep -qF -- "$wanted" out || die "$*: expected \"$wanted\", found: $(cat out)"
}
