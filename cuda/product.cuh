/* Matrix products: many small ones in one launch of our own kernel, a large one through cuBLAS.
 *
 * The choice depends on the sizes of one product only, and cuBLAS is called once for each model:
 * cuBLAS picks its algorithm, and with it the order of its sums, by the sizes and the number of
 * products of a call, and a model's bits must not depend on the other models of its cohort. */
#ifndef ENGCU_PRODUCT_CUH
#define ENGCU_PRODUCT_CUH

#include "cuda/queue.cuh"

/* One operand or result, column-major as in BLAS; the next model's is `stride` further. */
struct engcu_matrix {
    float *at;
    size_t stride;
    uint32_t ld;
    cublasOperation_t op; /* of an operand: CUBLAS_OP_N, or CUBLAS_OP_T where it is transposed */
};

/* c (m, n) = op(a) (m, k) op(b) (k, n) + beta c; without c, all zero for k = 0, where beta is 0. */
struct engcu_product {
    uint32_t m, n, k;
    float beta; /* 0 or 1 */
    engcu_matrix a, b, c;
};

/* Products that are launched together, at most; they must not write what another one reads. */
#define ENGCU_MOST_PRODUCTS 8

/* Every product for each of `n_models`. */
void engcu_products(engcu_queue *queue, const engcu_product *products, size_t n, size_t n_models);

/* One product for each model, through cuBLAS whatever its size: the wide layers' step in time. */
void engcu_blas_product(engcu_queue *queue, const engcu_product *product, size_t n_models);

#endif
