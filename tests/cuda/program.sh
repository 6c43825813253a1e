#!/bin/sh
# The whole program with the emulated GPU engine: messages about missing things, the same numbers as on the
# processor, and the same bits after a kill.
# usage: program.sh SWEEP PLUGINS WORK
set -u
sweep=$1 plugins=$2 work=$3
failures=0

fail() {
    echo "FAILED: $*"
    failures=$((failures + 1))
}

# expect CODE TEXT COMMAND...: its exit code, and a text in its output.
expect() {
    code=$1 text=$2
    shift 2
    "$@" >out 2>err </dev/null
    got=$?
    [ $got = "$code" ] || fail "$*: expected exit code $code, found $got: $(cat err)"
    grep -qF "$text" out err || fail "$*: expected '$text', found: $(cat out err)"
}

rm -rf "$work" && mkdir -p "$work/none" "$work/broken" && cd "$work" || exit 1
cat >small.ini <<'END'
[experiment]
name = small
[data]
path = builtin:ecg?rows=60&seed=1
[sweep]
model.embedding_dim = 2, 5
train.seed = 1..3
train.epochs = 3
eval.threshold = 40
END
unset CUDA_STANDIN_DEVICE CUDA_STANDIN_MEMORY CUDA_STANDIN_SEED CUDA_STANDIN_FAIL
export NO_COLOR=1 LC_ALL=C

# Neither the program nor its libraries contain CUDA.
if command -v ldd >/dev/null; then
    ! ldd "$sweep" | grep -iE 'cuda|cublas|nvidia' || fail 'sweep is linked to a library of CUDA'
fi

# What is missing is named, with exit code 5.
export SWEEP_PLUGINS="$work/none"
expect 5 "none/libsweep_cuda.so is missing" "$sweep" run small.ini --device cuda
expect 0 "none/libsweep_cuda.so is missing" "$sweep" devices
expect 0 '"reason":' "$sweep" devices --format json
echo 'not a library' >broken/libsweep_cuda.so
export SWEEP_PLUGINS="$work/broken"
expect 5 'cannot load the cuda engine' "$sweep" run small.ini --device cuda

# `auto` is the processor, with or without the plug-in; a note says so where a GPU could be expected.
expect 0 'training on the processor; --device cuda' "$sweep" run small.ini --db auto.db
expect 0 '6 done' "$sweep" run small.ini --db auto.db
! grep 'on the processor' err || fail 'a run that trains nothing reports a device'
SWEEP_PLUGINS="$work/none" expect 0 'training on the processor; there is no GPU engine' "$sweep" run \
    small.ini --device auto --fresh --db auto.db
SWEEP_PLUGINS="$work/none" expect 0 '(cpu ' "$sweep" run small.ini --fresh --db auto.db
! grep 'on the processor' err || fail 'without a plug-in, a run without --device reports a device'

export SWEEP_PLUGINS="$plugins"
missing() {
    CUDA_STANDIN_DEVICE=$1 expect 5 "$2" "$sweep" run small.ini --device cuda
    grep -q "^hint: .*$3" err || fail "$1: expected the hint '$3', found: $(cat err)"
    CUDA_STANDIN_DEVICE=$1 expect 0 "not available: $2" "$sweep" devices
    CUDA_STANDIN_DEVICE=$1 expect 0 "\"$2" "$sweep" devices --format json
}
missing nodriver "NVIDIA's driver is not installed" "install NVIDIA's driver"
missing olddriver 'the driver is too old: it supports CUDA 12.2' "update NVIDIA's driver"
missing none 'there is no GPU: the driver (for CUDA 13.0) sees none' 'nvidia-smi lists'
h100='GPU 0: Stand-in H100, 1.0 GiB, compute capability 9.0, driver for CUDA 13.0, cuBLAS of CUDA 13.0'
expect 0 "$h100" "$sweep" devices
! grep -q 'GPU 1' out || fail 'one GPU too many'
CUDA_STANDIN_DEVICE=two expect 0 "$h100" "$sweep" devices
grep -q '^cuda  GPU 1: Stand-in T4, 1.0 GiB, compute capability 7.5' out || fail 'no second GPU'
CUDA_STANDIN_DEVICE=two "$sweep" devices --format json | sed 's/^ *//; s/": /":/' | tr -d '\n' >out
for fact in '"device":"Stand-in T4","isa":"sm_75","blas":"cuBLAS of CUDA 13.0","index":1' \
    '"memory_bytes":1073741824,"compute_capability":"7.5","driver":"CUDA 13.0"'; do
    grep -qF "$fact" out || fail "devices --format json: expected $fact, found: $(cat out)"
done

# The same numbers as on the processor, within a tolerance.
run() {
    "$sweep" run small.ini --quiet "$@" 2>err || fail "run $*: $(cat err)"
}
epochs() {
    "$sweep" export small --db "$1" --what epochs --format csv | awk -F, '
        NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i }
        { print $at["train_loss"] "," $at["val_loss"] }'
}
run --db cpu.db --device cpu
CUDA_STANDIN_SEED=5 run --db cuda.db --device cuda
epochs cpu.db >cpu.csv
epochs cuda.db >cuda.csv
paste -d, cpu.csv cuda.csv | awk -F, '
    NR == 1 { next }
    function far(a, b) { return a - b > 1e-4 * a || b - a > 1e-4 * a }
    far($1, $3) || far($2, $4) { print "line " NR ": " $0; n++ }
    END { exit n > 0 || NR != 19 }' || fail 'the numbers of cuda differ from those of cpu'

# TF32 is another arithmetic: it is named, and not mixed with the other in one trial.
expect 0 '(cuda sm_90+tf32)' "$sweep" run small.ini --db tf32.db --device cuda --set run.tf32=on \
    --set train.epochs=1
expect 1 'trained by cuda sm_90+tf32, this is cuda sm_90;' "$sweep" run small.ini --db tf32.db \
    --device cuda --set train.epochs=2

# Killed after some epochs and run again, with another order of threads: the same bits.
CUDA_STANDIN_SEED=2 "$sweep" run small.ini --db killed.db --device cuda 2>err >out &
pid=$!
n=0
while [ "$(grep -c 'epoch' err)" -lt 2 ] && [ $n -lt 600 ]; do
    n=$((n + 1))
    sleep 0.05
done
kill -9 $pid
wait $pid 2>/dev/null
CUDA_STANDIN_SEED=3 run --db killed.db --device cuda
# Columns that are not times.
bits() {
    epochs "$1" | cut -d, -f1-8
}
[ "$(bits cuda.db)" = "$(bits killed.db)" ] || fail 'a killed run ended with other bits'

# A cohort that does not fit on the device is split, and a note says so. The second allocation of a worker
# is its first cohort's.
wide='--set sweep.train.seed=1..5 --set sweep.model.embedding_dim=3'
# shellcheck disable=SC2086 # lists of words
{
    run --db whole.db --device cuda $wide
    expect 0 'out of memory; trying again beside fewer' env CUDA_STANDIN_FAIL=cudaMalloc:2 \
        "$sweep" run small.ini --db tight.db --device cuda $wide
}
[ "$(bits whole.db)" = "$(bits tight.db)" ] || fail 'models in another cohort have other bits'
expect 1 'out of memory' env CUDA_STANDIN_MEMORY=34000000 "$sweep" run small.ini --db no.db \
    --device cuda

# A call that fails is named.
expect 1 'cudaGraphLaunch' env CUDA_STANDIN_FAIL=cudaGraphLaunch:3 "$sweep" run small.ini \
    --db failed.db --device cuda --set run.retries=0
expect 5 'cudaStreamCreateWithFlags' env CUDA_STANDIN_FAIL=cudaStreamCreateWithFlags:1 \
    "$sweep" run small.ini --db failed.db --device cuda

[ $failures = 0 ]
