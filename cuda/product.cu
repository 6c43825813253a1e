#include "cuda/product.cuh"

#include "cuda/device.cuh"

/* With this many multiplications, one product alone keeps the device busy. */
static const double LARGE = 6.0e7;

/* A block computes a tile of TILE x TILE. Its threads form GROUPS that each take every GROUPS-th
 * slice of DEPTH terms of the sums, so that a small product with a long sum keeps a block busy;
 * each thread owns 4 x 4 numbers of its group's tile. */
#define TILE    32u
#define DEPTH   8u
#define GROUPS  4u
#define SLAB    (DEPTH * GROUPS)
#define THREADS (GROUPS * (TILE / 4) * (TILE / 4))
#define LINE    (TILE + 4) /* of a slab in shared memory: padded against bank conflicts */

struct product_list {
    engcu_product product[ENGCU_MOST_PRODUCTS];
};

/* Shared memory: slabs of a and b (SLAB, LINE) each; in the end the groups' tiles. */
static const size_t SHARED = 2 * SLAB * LINE * sizeof(float) > GROUPS *TILE *TILE * sizeof(float)
                                 ? 2 * SLAB *LINE * sizeof(float)
                                 : GROUPS *TILE *TILE * sizeof(float);

/* Terms k0 .. k0 + SLAB of TILE rows of `a` (`rows` of them from row0 on), zero beyond the edges,
 * to shared memory (SLAB, LINE). Neighbouring threads read neighbouring addresses. */
__device__ static void load_slab(const float *a, uint32_t ld, bool rows_adjacent, uint32_t row0,
                                 uint32_t rows, uint32_t k0, uint32_t terms, float *slab)
{
    for (unsigned i = threadIdx.x; i < SLAB * TILE; i += THREADS) {
        const unsigned row = rows_adjacent ? i % TILE : i / SLAB;
        const unsigned k = rows_adjacent ? i / TILE : i % SLAB;
        const bool inside = row0 + row < rows && k0 + k < terms;
        const size_t at =
            rows_adjacent ? (size_t)(k0 + k) * ld + row0 + row : (size_t)(row0 + row) * ld + k0 + k;
        slab[k * LINE + row] = inside ? a[at] : 0.0f;
    }
}

/* sum += a slice of the slabs, DEPTH terms. */
__device__ static inline void add_slice(const float *a, const float *b, float (&sum)[4][4])
{
#pragma unroll
    for (unsigned k = 0; k < DEPTH; k++) {
        const engcu_quad x = *reinterpret_cast<const engcu_quad *>(a + k * LINE);
        const engcu_quad y = *reinterpret_cast<const engcu_quad *>(b + k * LINE);
        const float xs[4] = {x.x, x.y, x.z, x.w}, ys[4] = {y.x, y.y, y.z, y.w};
#pragma unroll
        for (unsigned i = 0; i < 4; i++)
#pragma unroll
            for (unsigned j = 0; j < 4; j++)
                sum[i][j] = fmaf(xs[i], ys[j], sum[i][j]);
    }
}

/* Block (tile, product, model). */
__global__ void __launch_bounds__(THREADS) product_kernel(const product_list list)
{
    const engcu_product &p = list.product[blockIdx.y];
    const size_t model = blockIdx.z;
    const unsigned columns = (p.n + TILE - 1) / TILE;
    const uint32_t row0 = blockIdx.x / columns * TILE, column0 = blockIdx.x % columns * TILE;
    if (row0 >= p.m) /* the grid fits the largest product */
        return;
    const float *a = p.a.at + model * p.a.stride, *b = p.b.at + model * p.b.stride;
    float *c = p.c.at + model * p.c.stride;
    float *slab_a = engcu_shared<float>(), *slab_b = slab_a + SLAB * LINE;
    const unsigned group = threadIdx.x / (THREADS / GROUPS),
                   lane = threadIdx.x % (THREADS / GROUPS);
    const unsigned row = lane % (TILE / 4) * 4, column = lane / (TILE / 4) * 4;
    float sum[4][4] = {};
    for (uint32_t k0 = 0; k0 < p.k; k0 += SLAB) {
        load_slab(a, p.a.ld, p.a.op == CUBLAS_OP_N, row0, p.m, k0, p.k, slab_a);
        load_slab(b, p.b.ld, p.b.op == CUBLAS_OP_T, column0, p.n, k0, p.k, slab_b);
        __syncthreads();
        add_slice(slab_a + group * DEPTH * LINE + row, slab_b + group * DEPTH * LINE + column, sum);
        __syncthreads();
    }
    float *tiles = slab_a; /* (GROUPS, TILE, TILE), columns side by side */
#pragma unroll
    for (unsigned i = 0; i < 4; i++)
#pragma unroll
        for (unsigned j = 0; j < 4; j++)
            tiles[(group * TILE + column + j) * TILE + row + i] = sum[i][j];
    __syncthreads();
    for (unsigned i = threadIdx.x; i < TILE * TILE; i += THREADS) {
        const uint32_t r = row0 + i % TILE, col = column0 + i / TILE;
        float total = 0.0f;
        for (unsigned other = 0; other < GROUPS; other++)
            total += tiles[other * TILE * TILE + i];
        if (r < p.m && col < p.n) {
            float *to = c + (size_t)col * p.c.ld + r;
            *to = p.beta != 0.0f ? *to + total : total;
        }
    }
}

void engcu_blas_product(engcu_queue *queue, const engcu_product *p, size_t n_models)
{
    const float one = 1.0f;
    queue->launches += n_models;
    for (size_t model = 0; model < n_models && queue->status == SWP_OK; model++)
        engcu_check_blas(queue,
                         cublasSgemm(queue->blas, p->a.op, p->b.op, (int)p->m, (int)p->n, (int)p->k,
                                     &one, p->a.at + model * p->a.stride, (int)p->a.ld,
                                     p->b.at + model * p->b.stride, (int)p->b.ld, &p->beta,
                                     p->c.at + model * p->c.stride, (int)p->c.ld),
                         "cublasSgemm");
}

static bool is_large(const engcu_product *p)
{
    return (double)p->m * p->n * p->k >= LARGE;
}

void engcu_products(engcu_queue *queue, const engcu_product *products, size_t n, size_t n_models)
{
    product_list list = {};
    unsigned small = 0, tiles = 0;
    for (size_t i = 0; i < n; i++) {
        if (is_large(&products[i])) {
            engcu_blas_product(queue, &products[i], n_models);
            continue;
        }
        list.product[small++] = products[i];
        unsigned own = (products[i].m + TILE - 1) / TILE * ((products[i].n + TILE - 1) / TILE);
        tiles = own > tiles ? own : tiles;
    }
    if (small > 0)
        engcu_launch(queue, "product", product_kernel, list, dim3(tiles, small, (unsigned)n_models),
                     dim3(THREADS), SHARED);
}
