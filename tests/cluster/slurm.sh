#!/bin/sh
# A Slurm cluster on the loopback address: munged, slurmctld and some slurmd, without systemd, as root or as
# an ordinary user.
# usage: slurm.sh DIR start [NODES [CPUS]] | stop | env | node-kill N | node-start N | ctld-kill |
#                     ctld-start
# DIR holds all its state. CPUS of a node may exceed the machine's. Time limits are short.
set -eu
PATH=$PATH:/usr/sbin:/sbin
dir=$(realpath -m "$1")
do=$2
shift 2
export SLURM_CONF="$dir/slurm.conf"

die() {
    echo "slurm.sh: $*" >&2
    exit 1
}

write_conf() {
    host=$(hostname -s) me=$(id -un)
    cat >"$SLURM_CONF" <<CONF
ClusterName=loop
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$port
SlurmUser=$me
SlurmdUser=$me
# cred_expire is also the wait of a requeued job, 120 s by default.
AuthType=auth/munge
AuthInfo=socket=$dir/munge/socket,cred_expire=5
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
StateSaveLocation=$dir/state
SlurmdSpoolDir=$dir/spool/%n
SlurmctldPidFile=$dir/run/ctld.slurm
SlurmdPidFile=$dir/run/%n.slurm
SlurmctldLogFile=$dir/log/ctld
SlurmdLogFile=$dir/log/%n
# No cgroups: processes are found through /proc; memory is limited, cores are only counted.
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
JobAcctGatherParams=OverMemoryKill
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
SwitchType=switch/none
MpiDefault=none
PropagateResourceLimits=NONE
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
DefMemPerCPU=300
SchedulerType=sched/builtin
SchedulerParameters=batch_sched_delay=0,sched_interval=1,sched_min_interval=0
KillWait=2
OverTimeLimit=0
SlurmdTimeout=5
SlurmctldTimeout=30
MessageTimeout=10
ReturnToService=2
JobRequeue=1
MaxArraySize=${SLURM_TEST_ARRAY:-101}
SlurmdParameters=config_overrides
NodeName=n[1-$nodes] NodeHostname=$host NodeAddr=127.0.0.1 Port=[$((port + 1))-$((port + nodes))] CPUs=$cpus RealMemory=$((cpus * 400))
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
CONF
}

# launch NAME COMMAND...: in the background without a terminal, its pid in run/NAME.pid
launch() {
    name=$1
    shift
    setsid "$@" </dev/null >>"$dir/log/$name.out" 2>&1 &
    echo $! >"$dir/run/$name.pid"
}

start_ctld() {
    launch ctld slurmctld -D -f "$SLURM_CONF"
}

start_node() {
    mkdir -p "$dir/spool/$1"
    launch "$1" slurmd -D -N "$1" -f "$SLURM_CONF"
}

# A zombie is not alive; it may exist for seconds if process 1 reaps late.
alive() {
    [ -f "$dir/run/$1.pid" ] &&
        case $(ps -o stat= -p "$(cat "$dir/run/$1.pid")") in '' | Z*) false ;; esac
}

# end SIGNAL NAME...: end what launch started, by its pid; after ten seconds with SIGKILL
end() {
    signal=$1
    shift
    for name; do
        ! alive "$name" || kill "-$signal" "$(cat "$dir/run/$name.pid")" 2>/dev/null || :
    done
    for name; do
        tries=0
        while alive "$name"; do
            tries=$((tries + 1))
            [ $tries -lt 200 ] || kill -KILL "$(cat "$dir/run/$name.pid")" 2>/dev/null || :
            sleep 0.05
        done
        rm -f "$dir/run/$name.pid"
    done
}

names() {
    ls "$dir/spool"
}

idle_nodes() {
    sinfo -h -N -t idle -o %N 2>/dev/null | sort -u | wc -l
}

is_ready() {
    tries=0
    until [ "$(idle_nodes)" -eq "$nodes" ]; do
        alive ctld || return 1
        for node in $(names); do alive "$node" || return 1; done
        tries=$((tries + 1))
        [ $tries -lt 600 ] || return 1
        sleep 0.1
    done
}

start_munge() {
    (umask 077 && head -c 128 /dev/urandom >"$dir/munge/key")
    launch munge munged -F -f --socket="$dir/munge/socket" --key-file="$dir/munge/key" \
        --seed-file="$dir/munge/seed" --pid-file="$dir/munge/pid" --log-file="$dir/log/munged"
    tries=0
    until [ -S "$dir/munge/socket" ]; do
        tries=$((tries + 1))
        [ $tries -lt 500 ] || die "munged: $(tail -n 3 "$dir"/log/munge*)"
        sleep 0.02
    done
}

# Whether all daemons are up on the ports from $port on, which may be in use.
try_start() {
    rm -rf "$dir"
    mkdir -p "$dir/munge" "$dir/state" "$dir/spool" "$dir/run" "$dir/log"
    chmod 755 "$dir/munge"
    chmod 700 "$dir/state"
    write_conf
    start_munge
    start_ctld
    for node in $(seq -f n%g "$nodes"); do start_node "$node"; done
    is_ready
}

start() {
    nodes=${1:-2} cpus=${2:-4} attempt=0
    [ ! -e "$dir/run/ctld.pid" ] || die "$dir is in use: stop it first"
    while [ $attempt -lt 5 ]; do
        port=$((20000 + ($$ + attempt * 577) % 1500 * 8))
        ! try_start || return 0
        stop
        attempt=$((attempt + 1))
    done
    tail -n 3 "$dir"/log/*.out >&2
    die "no cluster came up, see $dir/log"
}

# Jobs outlive their slurmd; find them by the name of our configuration.
stop() {
    if alive ctld; then
        scancel -Q --me 2>/dev/null || :
    fi
    # shellcheck disable=SC2046 # a list of names
    end TERM $(names) ctld munge
    for file in $(grep -lzxFs "SLURM_CONF=$SLURM_CONF" /proc/[0-9]*/environ |
        xargs -r grep -lzs '^SLURM_JOB_ID='); do
        pid=${file#/proc/}
        kill -KILL "${pid%/environ}" 2>/dev/null || :
    done
}

case $do in
start) start "$@" ;;
stop) stop ;;
env) echo "export SLURM_CONF='$SLURM_CONF'" ;;
node-kill) end KILL "$1" ;;
node-start) start_node "$1" ;;
ctld-kill) end KILL ctld ;;
ctld-start) start_ctld ;;
*) die "unknown command $do" ;;
esac
