/* The stand-in itself: it computes what a GPU computes, and it detects each kind of error that a
 * GPU would not report. */
#include <cublas_v2.h>

#include "tests/cuda/kernel_test.h"

/* ---- kernels, right and wrong; not in the anonymous namespace, so that messages name them ---- */

/* out[block] = sum of the block's values, a tree over shared memory */
__global__ void block_sum(const float *values, float *out)
{
    float *part = static_cast<float *>(cuda_standin_shared());
    unsigned i = threadIdx.x;
    part[i] = values[blockIdx.x * blockDim.x + i];
    for (unsigned half = blockDim.x / 2; half > 0; half /= 2) {
        __syncthreads();
        if (i < half)
            part[i] += part[i + half];
    }
    if (i == 0)
        out[blockIdx.x] = part[0];
}

/* the same without a barrier */
__global__ void block_sum_unsynchronised(const float *values, float *out)
{
    float *part = static_cast<float *>(cuda_standin_shared());
    unsigned i = threadIdx.x;
    part[i] = values[blockIdx.x * blockDim.x + i];
    for (unsigned half = blockDim.x / 2; half > 0; half /= 2) {
        if (i < half)
            part[i] += part[i + half];
    }
    if (i == 0)
        out[blockIdx.x] = part[0];
}

__global__ void warp_sum(const float *values, float *out)
{
    float sum = values[threadIdx.x];
    for (int distance = 16; distance > 0; distance /= 2)
        sum += __shfl_xor_sync(0xffffffffu, sum, distance);
    unsigned all = __ballot_sync(0xffffffffu, threadIdx.x % 2);
    if (threadIdx.x % 32 == 0)
        out[threadIdx.x / 32] = sum + (all == 0xaaaaaaaau ? 0.0f : NAN);
}

__global__ void store_at(float *out, int at, float value)
{
    out[at] = value;
}

__global__ void load_at(const float *from, int at, float *out)
{
    out[0] = from[at];
}

__global__ void store_shared(int at)
{
    static_cast<float *>(cuda_standin_shared())[at] = 1;
}

__global__ void leave_early(unsigned who)
{
    if (threadIdx.x == who)
        return;
    __syncthreads();
}

__global__ void wait_apart(unsigned who)
{
    if (threadIdx.x == who)
        __syncthreads();
    else
        __syncthreads();
}

__global__ void half_shuffle(float *out)
{
    float x = 1;
    if (threadIdx.x < 16)
        x = __shfl_xor_sync(0xffffffffu, x, 1);
    out[threadIdx.x] = x;
}

__global__ void shuffle_from_outside(float *out)
{
    if (threadIdx.x < 16)
        out[threadIdx.x] = __shfl_sync(0xffffu, 1.0f, 20);
}

__global__ void recurse(int depth, float *out)
{
    volatile float room[256];
    room[depth % 256] = (float)depth;
    if (depth > 0)
        recurse(depth - 1, out);
    out[0] = room[depth % 256];
}

__global__ void count_calls(unsigned *counter)
{
    if (threadIdx.x == 0)
        *counter += 1;
}

namespace
{
/* ---- it computes ---- */

void test_blocks_sum_in_every_order(void **)
{
    std::vector<float> values(4 * 256);
    for (size_t i = 0; i < values.size(); i++)
        values[i] = (float)(i % 7);
    float *in = upload(values), *out = device_array<float>(4);
    for (uint32_t seed = 0; seed < 8; seed++) {
        standin_seed(seed);
        ok(launch(block_sum, 4, 256, 256 * sizeof(float), in, out));
        std::vector<float> sums = download(out, 4);
        for (size_t b = 0; b < 4; b++) {
            float want = 0;
            for (size_t i = 0; i < 256; i++)
                want += values[b * 256 + i];
            assert_true(sums[b] == want);
        }
    }
    standin_seed(0);
    ok(cudaFree(in));
    ok(cudaFree(out));
}

void test_a_missing_barrier_shows_under_some_seed(void **)
{
    std::vector<float> values(256, 1.0f);
    float *in = upload(values), *out = device_array<float>(1);
    int wrong = 0;
    for (uint32_t seed = 0; seed < 8; seed++) {
        standin_seed(seed);
        ok(launch(block_sum_unsynchronised, 1, 256, 256 * sizeof(float), in, out));
        wrong += !(download(out, 1)[0] == 256.0f);
    }
    standin_seed(0);
    assert_true(wrong >= 4);
    ok(cudaFree(in));
    ok(cudaFree(out));
}

void test_warps_exchange(void **)
{
    std::vector<float> values(64, 2.0f);
    float *in = upload(values), *out = device_array<float>(2);
    for (uint32_t seed = 0; seed < 4; seed++) {
        standin_seed(seed);
        ok(launch(warp_sum, 1, 64, 0, in, out));
        assert_true(download(out, 2)[0] == 64.0f && download(out, 2)[1] == 64.0f);
    }
    standin_seed(0);
    ok(cudaFree(in));
    ok(cudaFree(out));
}

void test_work_waits_for_a_synchronisation(void **)
{
    float *pinned, *x = device_array<float>(1);
    ok(cudaMallocHost(&pinned, sizeof *pinned));
    *pinned = -1;
    ok(launch(store_at, 1, 1, 0, x, 0, 5.0f));
    ok(cudaMemcpyAsync(pinned, x, sizeof *pinned, cudaMemcpyDeviceToHost, stream));
    assert_true(*pinned == -1);
    ok(cudaStreamSynchronize(stream));
    assert_true(*pinned == 5);
    ok(cudaFreeHost(pinned));
    ok(cudaFree(x));
}

void test_a_graph_replays_what_was_captured(void **)
{
    unsigned *counter = upload(std::vector<unsigned>{0});
    cudaGraph_t graph;
    cudaGraphExec_t exec;
    ok(cudaStreamBeginCapture(stream, cudaStreamCaptureModeGlobal));
    ok(launch(count_calls, 1, 32, 0, counter));
    ok(launch(count_calls, 1, 32, 0, counter));
    ok(cudaStreamEndCapture(stream, &graph));
    ok(cudaGraphInstantiate(&exec, graph, 0));
    ok(cudaGraphDestroy(graph));
    assert_int_equal(download(counter, 1)[0], 0);
    for (int i = 0; i < 5; i++)
        ok(cudaGraphLaunch(exec, stream));
    assert_int_equal(download(counter, 1)[0], 10);
    ok(cudaGraphExecDestroy(exec));
    ok(cudaFree(counter));
}

void test_a_capture_refuses_what_it_cannot_record(void **)
{
    cudaGraph_t graph;
    void *memory;
    float *x = device_array<float>(1), host = 0;
    ok(cudaStreamBeginCapture(stream, cudaStreamCaptureModeGlobal));
    assert_int_equal(cudaMalloc(&memory, 4), cudaErrorStreamCaptureUnsupported);
    assert_int_equal(cudaStreamEndCapture(stream, &graph), cudaErrorStreamCaptureInvalidated);
    ok(cudaStreamBeginCapture(stream, cudaStreamCaptureModeGlobal));
    assert_int_equal(cudaStreamSynchronize(stream), cudaErrorStreamCaptureUnsupported);
    assert_int_equal(cudaStreamEndCapture(stream, &graph), cudaErrorStreamCaptureInvalidated);
    ok(cudaStreamBeginCapture(stream, cudaStreamCaptureModeGlobal));
    assert_int_equal(cudaMemcpyAsync(x, &host, 4, cudaMemcpyHostToDevice, stream),
                     cudaErrorStreamCaptureUnsupported);
    assert_int_equal(cudaStreamEndCapture(stream, &graph), cudaErrorStreamCaptureInvalidated);
    ok(cudaFree(x));
}

/* C (2 x 3) = A' (2 x 4) * B (4 x 3), column-major, two of each. */
void test_products(void **)
{
    std::vector<float> a(16), b(24);
    for (size_t i = 0; i < a.size(); i++)
        a[i] = (float)i;
    for (size_t i = 0; i < b.size(); i++)
        b[i] = (float)(i * i % 11);
    float *da = upload(a), *db = upload(b), *dc = device_array<float>(12);
    const float one = 1, zero = 0;
    cublasHandle_t handle;
    assert_int_equal(cublasCreate(&handle), CUBLAS_STATUS_SUCCESS);
    assert_int_equal(cublasSetStream(handle, stream), CUBLAS_STATUS_SUCCESS);
    assert_int_equal(cublasSgemmStridedBatched(handle, CUBLAS_OP_T, CUBLAS_OP_N, 2, 3, 4, &one, da,
                                               4, 8, db, 4, 12, &zero, dc, 2, 6, 2),
                     CUBLAS_STATUS_SUCCESS);
    std::vector<float> c = download(dc, 12);
    for (size_t m = 0; m < 2; m++)
        for (size_t row = 0; row < 2; row++)
            for (size_t col = 0; col < 3; col++) {
                float want = 0;
                for (size_t k = 0; k < 4; k++)
                    want += a[m * 8 + row * 4 + k] * b[m * 12 + col * 4 + k];
                assert_true(c[m * 6 + col * 2 + row] == want);
            }
    assert_int_equal(
        cublasSgemm(handle, CUBLAS_OP_N, CUBLAS_OP_N, 4, 1, 1, &one, da, 3, db, 1, &zero, dc, 4),
        CUBLAS_STATUS_INVALID_VALUE);
    assert_int_equal(cublasDestroy(handle), CUBLAS_STATUS_SUCCESS);
    assert_int_equal(cublasDestroy(handle), CUBLAS_STATUS_NOT_INITIALIZED);
    ok(cudaFree(da));
    ok(cudaFree(db));
    ok(cudaFree(dc));
}

/* ---- it refuses what the runtime refuses ---- */

void test_launch_limits(void **)
{
    float *x = device_array<float>(1);
    assert_int_equal(launch(store_at, 0, 1, 0, x, 0, 1.0f), cudaErrorInvalidConfiguration);
    assert_int_equal(launch(store_at, 1, 0, 0, x, 0, 1.0f), cudaErrorInvalidConfiguration);
    assert_int_equal(launch(store_at, 1, 1025, 0, x, 0, 1.0f), cudaErrorInvalidConfiguration);
    assert_int_equal(launch(store_at, dim3(1, 65536), 1, 0, x, 0, 1.0f),
                     cudaErrorInvalidConfiguration);
    assert_int_equal(launch(store_at, 1, 1, 49153, x, 0, 1.0f), cudaErrorInvalidValue);
    ok(cudaFuncSetAttribute(store_at, cudaFuncAttributeMaxDynamicSharedMemorySize, 100000));
    ok(launch(store_at, 1, 1, 100000, x, 0, 1.0f));
    assert_int_equal(launch(store_at, 1, 1, 100001, x, 0, 1.0f), cudaErrorInvalidValue);
    assert_int_equal(
        cudaFuncSetAttribute(store_at, cudaFuncAttributeMaxDynamicSharedMemorySize, 300000),
        cudaErrorInvalidValue);
    assert_int_equal(cudaGetLastError(), cudaErrorInvalidValue);
    assert_int_equal(cudaGetLastError(), cudaSuccess);
    ok(cudaFree(x));
}

void test_memory_is_limited(void **)
{
    size_t free_before, free_after, total;
    void *memory, *more;
    ok(cudaMemGetInfo(&free_before, &total));
    assert_int_equal(total, standin_h100.memory);
    ok(cudaMalloc(&memory, 1 << 20));
    ok(cudaMemGetInfo(&free_after, &total));
    assert_int_equal(free_before - free_after, 1 << 20);
    assert_int_equal(cudaMalloc(&more, total), cudaErrorMemoryAllocation);
    assert_int_equal(standin_leaks(0), 2); /* with the stream */
    ok(cudaFree(memory));
    assert_int_equal(standin_leaks(0), 1);
    cudaGetLastError();
}

void test_calls_fail_on_demand(void **)
{
    void *memory;
    standin_fail_at("cudaMalloc", 2);
    ok(cudaMalloc(&memory, 4));
    ok(cudaMemsetAsync(memory, 0, 4, stream));
    assert_null(standin_failed_call());
    void *second;
    assert_int_equal(cudaMalloc(&second, 4), cudaErrorMemoryAllocation);
    assert_string_equal(standin_failed_call(), "cudaMalloc");
    standin_fail_at(nullptr, 1);
    standin_fail_for_good(1);
    assert_int_equal(cudaStreamSynchronize(stream), cudaErrorIllegalAddress);
    assert_int_equal(cudaMemsetAsync(memory, 0, 4, stream), cudaErrorIllegalAddress);
    standin_fail_at(nullptr, 0);
    standin_fail_for_good(0);
    ok(cudaFree(memory));
    cudaGetLastError();
}

void test_a_forked_process_cannot_go_on(void **)
{
    pid_t child = fork();
    if (child == 0)
        _exit(cudaStreamSynchronize(stream) == cudaErrorInitializationError ? 7 : 0);
    int status;
    waitpid(child, &status, 0);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 7);
}

/* ---- it ends on errors that a GPU does not report ---- */

void test_host_access_is_caught(void **)
{
    float *x = device_array<float>(10);
    assert_fault("host code touches device memory: byte 8 of the allocation of 40 bytes",
                 [&] { x[2] = 1; });
    assert_fault("host code touches device memory", [&] { printf("%g", (double)x[9]); });
    ok(launch(store_at, 1, 1, 0, x, 0, 1.0f));
    ok(cudaStreamSynchronize(stream));
    assert_fault("host code touches device memory", [&] { printf("%g", (double)x[0]); });
    ok(cudaFree(x));
    assert_fault("of the freed allocation of 40 bytes", [&] { x[0] = 1; });
}

void test_fresh_memory_is_poison(void **)
{
    float *x = device_array<float>(100);
    for (float value : download(x, 100))
        assert_true(std::isnan(value));
    ok(cudaFree(x));
}

void test_access_outside_an_allocation_is_caught(void **)
{
    /* A child's writes reach its parent's device memory, so it takes its own. */
    auto at = [](size_t n, int index) {
        return [=] { ok(launch(store_at, 1, 1, 0, device_array<float>(n), index, 1.0f)); };
    };
    assert_device_fault("somebody wrote byte 0 past the end of the allocation of 260 bytes",
                        at(65, 65));
    assert_device_fault("somebody wrote 4 bytes before the start", at(65, -1));
    assert_device_fault("store_at, block (0,0,0), thread (0,0,0): touches byte 256 past the end",
                        at(64, 128));
    float *x = device_array<float>(65), *y = device_array<float>(64);
    assert_device_fault("touches byte 0 past the end of the allocation of 256 bytes",
                        [&] { ok(launch(load_at, 1, 1, 0, y, 64, x)); });
    ok(launch(load_at, 1, 1, 0, x, 65, y));
    assert_true(std::isnan(download(y, 1)[0]));
    ok(cudaFree(y));
    assert_device_fault("of the freed allocation", [&] { ok(launch(load_at, 1, 1, 0, y, 0, x)); });
    ok(cudaFree(x));
}

void test_shared_memory_is_guarded(void **)
{
    assert_device_fault("touches byte 0 past the end of its 64 bytes of shared memory",
                        [&] { ok(launch(store_shared, 1, 1, 64, 16)); });
    assert_device_fault("wrote byte 0 past the 60 bytes of shared memory",
                        [&] { ok(launch(store_shared, 1, 1, 60, 15)); });
    assert_device_fault("before the shared memory",
                        [&] { ok(launch(store_shared, 1, 1, 64, -1)); });
}

void test_divergence_is_caught(void **)
{
    assert_device_fault("thread (5,0,0) has ended", [] { ok(launch(leave_early, 1, 64, 0, 5u)); });
    assert_device_fault("waits at __syncthreads", [] { ok(launch(wait_apart, 1, 64, 0, 5u)); });
    float *x = device_array<float>(32);
    assert_device_fault("a shuffle", [&] { ok(launch(half_shuffle, 1, 32, 0, x)); });
    assert_device_fault("reads lane 20", [&] { ok(launch(shuffle_from_outside, 1, 32, 0, x)); });
    assert_device_fault("the block does not have", [&] { ok(launch(half_shuffle, 1, 8, 0, x)); });
    ok(cudaFree(x));
}

void test_host_pointers_do_not_reach_kernels(void **)
{
    float on_stack[4];
    assert_device_fault("kernel store_at is given a pointer to host memory",
                        [&] { ok(launch(store_at, 1, 1, 0, on_stack, 0, 1.0f)); });
}

void test_a_stack_that_runs_out_is_caught(void **)
{
    float *x = device_array<float>(1);
    assert_device_fault("behind its stack", [&] { ok(launch(recurse, 1, 1, 0, 1000, x)); });
    ok(cudaFree(x));
}

void test_products_are_checked(void **)
{
    float *x = device_array<float>(16);
    const float one = 1, zero = 0;
    cublasHandle_t handle;
    assert_int_equal(cublasCreate(&handle), CUBLAS_STATUS_SUCCESS);
    assert_int_equal(cublasSetStream(handle, stream), CUBLAS_STATUS_SUCCESS);
    auto product = [&](const float *a, float *c, int n) {
        cublasSgemm(handle, CUBLAS_OP_N, CUBLAS_OP_N, 2, n, 2, &one, a, 2, x + 4, 2, &zero, c, 2);
    };
    assert_device_fault("the result overlaps matrix A", [&] { product(x, x + 2, 2); });
    assert_device_fault("the result overlaps matrix B", [&] { product(x, x + 6, 2); });
    assert_device_fault("matrix C (2 x 5", [&] { product(x, x + 8, 5); });
    float host[4];
    assert_device_fault("matrix A at", [&] { product(host, x + 8, 2); });
    assert_device_fault("results every 2 elements overlap", [&] {
        cublasSgemmStridedBatched(handle, CUBLAS_OP_N, CUBLAS_OP_N, 2, 2, 1, &one, x, 2, 0, x + 4,
                                  1, 0, &zero, x + 8, 2, 2, 2);
    });
    assert_int_equal(cublasDestroy(handle), CUBLAS_STATUS_SUCCESS);
    ok(cudaFree(x));
}

void test_freeing_twice_is_caught(void **)
{
    float *x = device_array<float>(1);
    ok(cudaFree(x));
    assert_device_fault("freed before", [&] { cudaFree(x); });
}

} // namespace

int main()
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_blocks_sum_in_every_order),
        cmocka_unit_test(test_a_missing_barrier_shows_under_some_seed),
        cmocka_unit_test(test_warps_exchange),
        cmocka_unit_test(test_work_waits_for_a_synchronisation),
        cmocka_unit_test(test_a_graph_replays_what_was_captured),
        cmocka_unit_test(test_a_capture_refuses_what_it_cannot_record),
        cmocka_unit_test(test_products),
        cmocka_unit_test(test_launch_limits),
        cmocka_unit_test(test_memory_is_limited),
        cmocka_unit_test(test_calls_fail_on_demand),
        cmocka_unit_test(test_a_forked_process_cannot_go_on),
        cmocka_unit_test(test_host_access_is_caught),
        cmocka_unit_test(test_fresh_memory_is_poison),
        cmocka_unit_test(test_access_outside_an_allocation_is_caught),
        cmocka_unit_test(test_shared_memory_is_guarded),
        cmocka_unit_test(test_divergence_is_caught),
        cmocka_unit_test(test_host_pointers_do_not_reach_kernels),
        cmocka_unit_test(test_a_stack_that_runs_out_is_caught),
        cmocka_unit_test(test_products_are_checked),
        cmocka_unit_test(test_freeing_twice_is_caught),
    };
    return cmocka_run_group_tests(tests, open_stream, close_stream);
}
