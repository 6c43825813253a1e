/* Matrix products by OpenBLAS, for any number of threads. */
#ifndef BLAS_BLAS_H
#define BLAS_BLAS_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/model.h"

/* c (m, n) = a (m, k) b (k, n) + beta c, row-major, with a (k, m) or b (n, k) transposed when
 * asked; rows are lda, ldb, ldc numbers apart. Memory is the caller's. Where the library was built
 * for one thread, which hands the same scratch memory to all who call at a time, products of
 * several threads come one after the other. */
void blas_gemm(bool a_transposed, bool b_transposed, size_t m, size_t n, size_t k,
               const eng_real *a, size_t lda, const eng_real *b, size_t ldb, eng_real beta,
               eng_real *c, size_t ldc);

#endif
