/* Races that standin/race.cc must find in kernels compiled with -fsanitize=thread, and accesses
 * that it must not report. */
#include "tests/cuda/kernel_test.h"

__global__ void reverse(float *out, bool with_barrier)
{
    float *part = static_cast<float *>(cuda_standin_shared());
    part[threadIdx.x] = (float)threadIdx.x;
    if (with_barrier)
        __syncthreads();
    out[threadIdx.x] = part[blockDim.x - 1 - threadIdx.x];
}

/* Every lane reads its neighbour's word, then writes its own. */
__global__ void shift(float *x, bool with_barrier)
{
    float next = x[(threadIdx.x + 1) % 32];
    if (with_barrier)
        __syncwarp();
    x[threadIdx.x] = next;
}

/* All threads write the same, so that their order does not show. */
__global__ void store_the_same(float *x)
{
    *x = 1;
}

__global__ void read_all(const float *x, float *out)
{
    out[blockIdx.x * blockDim.x + threadIdx.x] = x[0] + x[1];
}

namespace
{
void test_without_races(void **)
{
    for (uint32_t seed = 0; seed < 6; seed++) {
        standin_seed(seed);
        float *x = device_array<float>(64), *y = upload(std::vector<float>(64, 1.0f));
        ok(launch(reverse, 1, 64, 64 * sizeof(float), x, true));
        ok(launch(reverse, 1, 64, 64 * sizeof(float), x, true));
        ok(launch(shift, 1, 32, 0, x, true));
        ok(launch(read_all, 2, 32, 0, y, x));
        ok(launch(store_the_same, 1, 1, 0, x));
        assert_true(download(x, 2)[1] == 2.0f);
        ok(cudaFree(x));
        ok(cudaFree(y));
    }
    standin_seed(0);
}

void test_races(void **)
{
    for (uint32_t seed = 0; seed < 4; seed++) {
        standin_seed(seed);
        auto x = [] { return device_array<float>(64); };
        assert_device_fault("race: ",
                            [&] { ok(launch(reverse, 1, 64, 64 * sizeof(float), x(), false)); });
        assert_device_fault("race: ", [&] { ok(launch(shift, 1, 32, 0, x(), false)); });
        assert_device_fault("race: writes byte 0 of the allocation of 256 bytes",
                            [&] { ok(launch(store_the_same, 1, 2, 0, x())); });
        assert_device_fault("of block ", [&] { ok(launch(store_the_same, 2, 1, 0, x())); });
    }
    standin_seed(0);
}
} // namespace

int main()
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_without_races),
        cmocka_unit_test(test_races),
    };
    return cmocka_run_group_tests(tests, open_stream, close_stream);
}
