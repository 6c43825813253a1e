#!/bin/sh
# Faults planted into copies of the sources of cuda/, one at a time: the comparison with the CPU engine, or
# that of failing calls, must fail with each. Without one it passes, which another test shows.
# usage: planted.sh CUDA_FOLDER WORK COMPILE... -- LINK...
# COMPILE... SOURCE -o OBJECT compiles; LINK... links the test, with OBJECT as its first argument: its
# functions then replace those in the library of the engine.
set -u
. "$(dirname "$0")/../support/plant.sh"
cuda=$1 work=$2
shift 2
compile=
while [ "$1" != -- ]; do
    compile="$compile $1"
    shift
done
shift
rm -rf "$work" && mkdir -p "$work" || exit 1

# planted WHAT FILE TESTS SCRIPT: awk program SCRIPT changes FILE; TESTS must fail.
planted() {
    what=$1 file=$2 tests=$3 script=$4
    linker=$5
    shift 5
    plant "$what" "$cuda/$file" "$work/$file" "$script" || return
    # shellcheck disable=SC2086 # a list of words
    if ! $compile "$work/$file" -o "$work/planted.o" 2>"$work/log" ||
        ! "$linker" "$work/planted.o" "$@" -o "$work/test" 2>"$work/log"; then
        miss "NOT BUILT: $what: $(head -5 "$work/log")"
        return
    fi
    timeout 300 "$work/test" "$tests" >"$work/log" 2>&1
    code=$?
    if [ $code = 0 ] || [ $code = 124 ]; then
        miss "NOT FOUND (exit code $code): $what"
    else
        echo "found: $what: $(grep -aE 'stand-in|^ERROR|--- ' "$work/log" | head -1)"
    fi
}

# control LINK...: with a source compiled here, but no fault planted, all tests pass; else the faults below
# could be found for another reason.
control() {
    linker=$1
    shift
    # shellcheck disable=SC2086 # a list of words
    if ! { $compile "$cuda/train.cu" -o "$work/planted.o" &&
        "$linker" "$work/planted.o" "$@" -o "$work/test" &&
        timeout 900 "$work/test"; } >"$work/log" 2>&1; then
        miss "FAILED without a fault: $(grep -aE 'error|stand-in|^ERROR|--- ' "$work/log" | head -3)"
    fi
}

agree='test_agrees*' fail='test_every_call*' cohorts='test_cohorts*' tf32='test_tf32*'
control "$@"
for n in 1 2 3 4 5 6; do
    planted "barrier $n of the recurrences removed" recurrence.cu "$agree" \
        "$(remove $n '__syncthreads')" "$@"
done
for n in 1 2 3; do
    planted "barrier $n of the product removed" product.cu "$agree" \
        "$(remove $n '__syncthreads')" "$@"
done
planted 'barrier of the read-out removed' loss.cu "$agree" "$(remove 1 '__syncthreads')" "$@"
planted 'a matrix transposed' product.cu "$agree" "$(change 1 'rows_adjacent [?]' '!rows_adjacent ?')" "$@"
planted 'one thread too many in the recurrence' recurrence.cu "$agree" \
    "$(change 1 'row < 4 [*] H' 'row <= 4 * H')" "$@"
planted 'one weight too many in Adam' adam.cu "$agree" "$(change 1 'i >= p.total' 'i > p.total + 4096')" "$@"
planted 'one step too many in the recurrence' recurrence.cu "$agree" \
    "$(change 1 't < p.length; t[+][+]' 't <= p.length; t++')" "$@"
planted 'a status not checked' queue.cu "$fail" \
    "$(change 1 'code == cudaSuccess' 'code != cudaErrorMemoryAllocation')" "$@"
planted "a status of cuBLAS not checked" queue.cu "$fail" \
    "$(change 1 'code == CUBLAS_STATUS_SUCCESS' 'code != CUBLAS_STATUS_ALLOC_FAILED')" "$@"
planted 'host code reads device memory' train.cu "$agree" \
    "$(change 1 'loss.k. .= .double.n;' 'loss[k] = cohort->epoch_loss[k] / (double)n;')" "$@"
planted "no workspace of cuBLAS's own" queue.cu "$cohorts" \
    "$(change 2 'out->blas_workspace, BLAS_WORKSPACE.,' 'out->blas_workspace, 0),')" "$@"
planted 'models at other alignments' net.cu "$cohorts" \
    "$(change 1 'used . sizeof.float.;' 'used / sizeof(float) - 1;')" "$@"
planted 'TF32 that nobody asked for' queue.cu "$tf32" "$(change 1 'tf32 [?]' 'true ?')" "$@"
planted 'memory not zeroed before a sum' train.cu "$agree" \
    "$(remove 1 'engcu_zero.queue, cohort->epoch_loss')" "$@"

[ $failures = 0 ]
