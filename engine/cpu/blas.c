#include "engine/cpu/blas.h"

#include <pthread.h>

#include <cblas.h>

#ifdef ENG_DOUBLE
#define CBLAS_GEMM cblas_dgemm
#else
#define CBLAS_GEMM cblas_sgemm
#endif

void blas_gemm(bool a_transposed, bool b_transposed, size_t m, size_t n, size_t k,
               const eng_real *a, size_t lda, const eng_real *b, size_t ldb, eng_real beta,
               eng_real *c, size_t ldc)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    const bool in_turn = openblas_get_parallel() == OPENBLAS_SEQUENTIAL;
    if (in_turn)
        pthread_mutex_lock(&lock);
    CBLAS_GEMM(CblasRowMajor, a_transposed ? CblasTrans : CblasNoTrans,
               b_transposed ? CblasTrans : CblasNoTrans, (int)m, (int)n, (int)k, 1, a, (int)lda, b,
               (int)ldb, beta, c, (int)ldc);
    if (in_turn)
        pthread_mutex_unlock(&lock);
}
