/* Matrix products of several threads at a time: whole numbers, so that every sum is exact. Without
 * the lock of blas.c, OpenBLAS built for one thread fails within the first hundreds. */
#include "engine/cpu/blas.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "engine/base/mem.h"
#include "tests/support/cmocka_all.h"

#define M       140
#define N       128
#define K       100
#define ROUNDS  1000
#define THREADS 4

static eng_real a[M * K], b[N * K], product[M * N];
static atomic_size_t n_wrong;

static void *multiply(void *c)
{
    for (size_t i = 0; i < ROUNDS; i++) {
        blas_gemm(false, true, M, N, K, a, K, b, K, 0, c, N);
        if (memcmp(c, product, sizeof product) != 0)
            n_wrong++;
    }
    return NULL;
}

static void test_threads_do_not_mix(void **state)
{
    (void)state;
    for (size_t i = 0; i < M * K; i++)
        a[i] = (eng_real)(i % 13) - 6;
    for (size_t i = 0; i < N * K; i++)
        b[i] = (eng_real)(i % 11) - 5;
    blas_gemm(false, true, M, N, K, a, K, b, K, 0, product, N);
    pthread_t threads[THREADS];
    eng_real *c = swp_alloc(THREADS, sizeof product);
    assert_non_null(c);
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, multiply, c + i * M * N), 0);
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_int_equal(n_wrong, 0);
    swp_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_threads_do_not_mix)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
