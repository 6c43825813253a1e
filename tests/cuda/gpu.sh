#!/bin/sh
# All checks on a GPU in one command: builds with the CUDA toolkit in build/gpu, runs the engines' suites on
# the device, runs them under compute-sanitizer, and times whole studies beside the processor. Exits with 77
# where there is no GPU or no toolkit. A BUILD made elsewhere (targets sweep, sweep_cuda, test_cuda_plugin)
# is taken as it is: nodes with GPUs often have no compilers.
# usage: tests/cuda/gpu.sh [BUILD]
set -u
cd "$(dirname "$0")/../.." || exit 1
build=${1:-build/gpu}
failures=0

skip() {
    echo "skipped: $*"
    exit 77
}

say() {
    printf '\n== %s\n' "$*"
}

# check NAME COMMAND...: counts failures and skipped cases; neither may occur here.
check() {
    name=$1
    shift
    say "$name"
    "$@" >"$build/log" 2>&1
    code=$?
    tail -n 12 "$build/log"
    if [ $code != 0 ] || grep -q 'SKIPPED' "$build/log"; then
        echo "FAILED: $name (exit code $code)"
        failures=$((failures + 1))
    fi
}

PATH=$PATH:/usr/local/cuda/bin
[ $# -gt 0 ] || command -v nvcc >/dev/null || skip 'there is no nvcc: the CUDA toolkit is not installed'
command -v nvidia-smi >/dev/null || skip "there is no nvidia-smi: NVIDIA's driver is not installed"
nvidia-smi -L 2>/dev/null | grep -q '^GPU' || skip 'nvidia-smi lists no GPU'

say 'device'
nvidia-smi --query-gpu=name,memory.total,driver_version,compute_cap --format=csv

if [ $# = 0 ]; then
    say 'build'
    cmake -G Ninja -S . -B "$build" -DCMAKE_BUILD_TYPE=Release -DSWEEP_CUDA=ON \
        -DCMAKE_CUDA_ARCHITECTURES=native >/dev/null &&
        cmake --build "$build" --target sweep sweep_cuda test_cuda_plugin || exit 1
fi
SWEEP_PLUGINS=$(cd "$build" && pwd)
export SWEEP_PLUGINS
suite=$build/tests/cuda/test_cuda_plugin
"$build/sweep" devices

for name in conformance reference; do
    check "$name" "$suite" $name
done

if command -v compute-sanitizer >/dev/null; then
    for tool in memcheck initcheck synccheck; do
        check "$tool" compute-sanitizer --tool $tool --error-exitcode 9 "$suite" reference
    done
    # This one makes shared memory some hundred times slower: one case, of both architectures.
    check racecheck compute-sanitizer --tool racecheck --error-exitcode 9 "$suite" conformance \
        'test_batch_gradient*'
else
    echo 'FAILED: there is no compute-sanitizer; it comes with the toolkit'
    failures=$((failures + 1))
fi

say 'the same figures on both devices (train and validation loss of the last epoch)'
rm -rf "$build/study" && mkdir -p "$build/study"
for device in cpu cuda; do
    "$build/sweep" run experiments/quickstart.ini --quiet --fresh --db "$build/study/$device.db" \
        --device $device || failures=$((failures + 1))
    echo "$device"
    "$build/sweep" export quickstart --db "$build/study/$device.db" --what epochs --format csv |
        awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i }
            $at["epoch"] == 20 { print $at["embedding_dim"] "," $at["train_loss"] "," $at["val_loss"] }'
done

# seconds DIMENSION SEEDS DEVICE: wall time of two epochs of SEEDS models.
seconds() {
    rm -f "$build/study/timed.db"*
    begin=$(date +%s.%N)
    "$build/sweep" run experiments/quickstart.ini --quiet --db "$build/study/timed.db" --device "$3" \
        --set sweep.model.embedding_dim="$1" --set sweep.train.seed=1.."$2" \
        --set sweep.train.epochs=2 >/dev/null || echo failed >&2
    awk "BEGIN { print $(date +%s.%N) - $begin }"
}

say 'seconds for two epochs, start of the program and of the device included'
echo 'embedding_dim models cpu cuda'
for dimension in 8 64 128; do
    for models in 1 16 64; do
        echo "$dimension $models $(seconds $dimension $models cpu) $(seconds $dimension $models cuda)"
    done
done

say "$failures failed"
[ $failures = 0 ]
