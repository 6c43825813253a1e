/* cuBLAS over OpenBLAS. */
#include <cblas.h>
#include <cstring>
#include <set>
#include <vector>

#include "cublas_v2.h"
#include "standin_priv.h"

using namespace standin;

struct cublasContext {
    cudaStream_t stream;
    cublasMath_t math;
    bool has_workspace; /* set for this handle since the last change of the stream */
};

namespace
{
std::set<cublasHandle_t> live;

/* One matrix, or one of each model of a batch, as stored: `rows` x `cols`, column-major. */
struct operand {
    const char *name;
    const float *data;
    int rows, cols, ld;
    long long stride;
};

struct product {
    operand a, b, c;
    bool trans_a, trans_b;
    int m, n, k, batch;
    float alpha, beta;
    bool tf32;
    int variant; /* what else decides how the sum is split, besides sizes and alignment */
};

cublasStatus_t begin(const char *call, cublasHandle_t handle, cublasStatus_t injected)
{
    if (enter(call) != cudaSuccess)
        return injected;
    return live.count(handle) ? CUBLAS_STATUS_SUCCESS : CUBLAS_STATUS_NOT_INITIALIZED;
}

/* Elements from the first to the last that one matrix touches, and those of the whole batch. */
size_t span(const operand &o)
{
    return (size_t)(o.cols - 1) * (size_t)o.ld + (size_t)o.rows;
}

size_t whole_span(const operand &o, int batch)
{
    return (size_t)(batch - 1) * (size_t)o.stride + span(o);
}

float *view(const char *call, const operand &o, int batch)
{
    size_t bytes = whole_span(o, batch) * sizeof(float);
    void *at = host_view(o.data, bytes);
    if (!is_device_address(o.data))
        fault("%s: matrix %s at %p is not in device memory", call, o.name, (const void *)o.data);
    if (!at) {
        char what[200];
        describe_address((const char *)o.data + bytes - 1, what, sizeof what);
        fault("%s: matrix %s (%d x %d, leading dimension %d, %d of them every %lld) reaches to %s",
              call, o.name, o.rows, o.cols, o.ld, batch, o.stride, what);
    }
    return static_cast<float *>(at);
}

bool overlap(const operand &a, const operand &b, int batch)
{
    return a.data < b.data + whole_span(b, batch) && b.data < a.data + whole_span(a, batch);
}

/* Undefined on a GPU: a result that is read, or written twice. */
void check_result(const char *call, const product &p)
{
    for (const operand *o : {&p.a, &p.b}) {
        if (p.k > 0 && overlap(*o, p.c, p.batch))
            fault("%s: the result overlaps matrix %s", call, o->name);
    }
    if (p.batch > 1 && (size_t)p.c.stride < span(p.c))
        fault("%s: results every %lld elements overlap, each takes %zu", call, p.c.stride,
              span(p.c));
}

/* Into how many parts the sum over k is split. cuBLAS chooses its kernel by sizes and alignment, so
 * bits may differ when one of these changes. */
int parts_of(const product &p)
{
    uintptr_t address = (uintptr_t)p.a.data | (uintptr_t)p.b.data | (uintptr_t)p.c.data;
    unsigned mixed = (unsigned)(p.m * 7 + p.n * 5 + p.k * 3 + p.batch * 11 + p.a.ld + p.b.ld) +
                     (unsigned)(address / 4 % 64) * 13 + (unsigned)p.variant;
    return std::min(1 + (int)(mixed % 3), std::max(p.k, 1));
}

/* A float as a tensor core sees it: 10 bits of fraction, rounded to nearest even. */
float to_tf32(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    if ((bits & 0x7f800000u) != 0x7f800000u)
        bits = (bits + 0xfffu + (bits >> 13 & 1u)) & ~0x1fffu;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* The elements of one matrix in memory order, rounded. */
std::vector<float> rounded(const operand &o, const float *from)
{
    std::vector<float> out(from, from + span(o));
    for (float &x : out)
        x = to_tf32(x);
    return out;
}

/* C = alpha * A * B + beta * C for one matrix of the batch, k in parts. */
void multiply(const product &p, const float *a, const float *b, float *c)
{
    int parts = parts_of(p);
    CBLAS_TRANSPOSE ta = p.trans_a ? CblasTrans : CblasNoTrans;
    CBLAS_TRANSPOSE tb = p.trans_b ? CblasTrans : CblasNoTrans;
    for (int i = 0; i < parts; i++) {
        int from = (int)((long)p.k * i / parts), to = (int)((long)p.k * (i + 1) / parts);
        const float *a_part = a + (p.trans_a ? (size_t)from : (size_t)from * (size_t)p.a.ld);
        const float *b_part = b + (p.trans_b ? (size_t)from * (size_t)p.b.ld : (size_t)from);
        cblas_sgemm(CblasColMajor, ta, tb, p.m, p.n, to - from, p.alpha, a_part, p.a.ld, b_part,
                    p.b.ld, i == 0 ? p.beta : 1.0f, c, p.c.ld);
    }
}

void multiply_rounded(const product &p, const float *a, const float *b, float *c)
{
    const std::vector<float> a32 = rounded(p.a, a), b32 = rounded(p.b, b);
    multiply(p, a32.data(), b32.data(), c);
}

/* With a workspace that streams share, cuBLAS does not promise any order of sums. */
int next_variant(const cublasContext *handle)
{
    static int calls;
    return handle->has_workspace ? 0 : ++calls;
}

cublasStatus_t enqueue_product(const char *call, cublasHandle_t handle, product p)
{
    p.tf32 = handle->math == CUBLAS_TF32_TENSOR_OP_MATH && standin::device().major >= 8;
    p.variant = next_variant(handle);
    if (p.m < 0 || p.n < 0 || p.k < 0 || p.batch < 0 || p.a.ld < std::max(p.a.rows, 1) ||
        p.b.ld < std::max(p.b.rows, 1) || p.c.ld < std::max(p.c.rows, 1))
        return CUBLAS_STATUS_INVALID_VALUE;
    if (p.m == 0 || p.n == 0 || p.batch == 0)
        return CUBLAS_STATUS_SUCCESS;
    if (p.a.stride < 0 || p.b.stride < 0 || p.c.stride < 0)
        return CUBLAS_STATUS_INVALID_VALUE;
    float *c = view(call, p.c, p.batch);
    const float *a = p.k ? view(call, p.a, p.batch) : c, *b = p.k ? view(call, p.b, p.batch) : c;
    check_result(call, p);
    cudaError_t error = enqueue(
        handle->stream, {call, [=] {
                             const auto how = p.tf32 && p.k ? multiply_rounded : multiply;
                             for (long long i = 0; i < p.batch; i++)
                                 how(p, a + i * p.a.stride, b + i * p.b.stride, c + i * p.c.stride);
                         }});
    return error == cudaSuccess ? CUBLAS_STATUS_SUCCESS : CUBLAS_STATUS_EXECUTION_FAILED;
}

operand operand_of(const char *name, const float *data, bool transposed, int rows, int cols, int ld,
                   long long stride)
{
    return {name, data, transposed ? cols : rows, transposed ? rows : cols, ld, stride};
}
} // namespace

cublasStatus_t cublasCreate(cublasHandle_t *out)
{
    if (enter("cublasCreate") != cudaSuccess)
        return CUBLAS_STATUS_ALLOC_FAILED;
    if (device().count == 0)
        return CUBLAS_STATUS_NOT_INITIALIZED;
    openblas_set_num_threads(1);
    *out = new cublasContext{nullptr, CUBLAS_DEFAULT_MATH, false};
    live.insert(*out);
    handles.live++;
    return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasDestroy(cublasHandle_t handle)
{
    cublasStatus_t status = begin("cublasDestroy", handle, CUBLAS_STATUS_INTERNAL_ERROR);
    if (live.erase(handle) == 0)
        return CUBLAS_STATUS_NOT_INITIALIZED;
    run_everything();
    delete handle;
    handles.live--;
    return status;
}

cublasStatus_t cublasSetStream(cublasHandle_t handle, cudaStream_t stream)
{
    cublasStatus_t status = begin("cublasSetStream", handle, CUBLAS_STATUS_INTERNAL_ERROR);
    if (status != CUBLAS_STATUS_SUCCESS)
        return status;
    if (!is_stream(stream))
        return CUBLAS_STATUS_INVALID_VALUE;
    handle->stream = stream;
    handle->has_workspace = false;
    return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasSetMathMode(cublasHandle_t handle, cublasMath_t mode)
{
    cublasStatus_t status = begin("cublasSetMathMode", handle, CUBLAS_STATUS_INTERNAL_ERROR);
    if (status == CUBLAS_STATUS_SUCCESS)
        handle->math = mode;
    return status;
}

cublasStatus_t cublasSetWorkspace(cublasHandle_t handle, void *workspace, size_t size)
{
    cublasStatus_t status = begin("cublasSetWorkspace", handle, CUBLAS_STATUS_INTERNAL_ERROR);
    if (status != CUBLAS_STATUS_SUCCESS)
        return status;
    bool usable = size == 0 || ((uintptr_t)workspace % 256 == 0 && host_view(workspace, size));
    handle->has_workspace = usable && size > 0;
    return usable ? CUBLAS_STATUS_SUCCESS : CUBLAS_STATUS_INVALID_VALUE;
}

cublasStatus_t cublasGetVersion(cublasHandle_t, int *version)
{
    if (enter("cublasGetVersion") != cudaSuccess)
        return CUBLAS_STATUS_INTERNAL_ERROR;
    *version = 130000;
    return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasSgemm(cublasHandle_t handle, cublasOperation_t transa,
                           cublasOperation_t transb, int m, int n, int k, const float *alpha,
                           const float *A, int lda, const float *B, int ldb, const float *beta,
                           float *C, int ldc)
{
    cublasStatus_t status = begin("cublasSgemm", handle, CUBLAS_STATUS_EXECUTION_FAILED);
    if (status != CUBLAS_STATUS_SUCCESS)
        return status;
    bool ta = transa != CUBLAS_OP_N, tb = transb != CUBLAS_OP_N;
    if (!alpha || !beta)
        return CUBLAS_STATUS_INVALID_VALUE;
    return enqueue_product(
        "cublasSgemm", handle,
        {operand_of("A", A, ta, m, k, lda, 0), operand_of("B", B, tb, k, n, ldb, 0),
         operand_of("C", C, false, m, n, ldc, 0), ta, tb, m, n, k, 1, *alpha, *beta, false, 0});
}

cublasStatus_t cublasSgemmStridedBatched(cublasHandle_t handle, cublasOperation_t transa,
                                         cublasOperation_t transb, int m, int n, int k,
                                         const float *alpha, const float *A, int lda,
                                         long long strideA, const float *B, int ldb,
                                         long long strideB, const float *beta, float *C, int ldc,
                                         long long strideC, int batchCount)
{
    cublasStatus_t status =
        begin("cublasSgemmStridedBatched", handle, CUBLAS_STATUS_EXECUTION_FAILED);
    if (status != CUBLAS_STATUS_SUCCESS)
        return status;
    bool ta = transa != CUBLAS_OP_N, tb = transb != CUBLAS_OP_N;
    if (!alpha || !beta)
        return CUBLAS_STATUS_INVALID_VALUE;
    return enqueue_product("cublasSgemmStridedBatched", handle,
                           {operand_of("A", A, ta, m, k, lda, strideA),
                            operand_of("B", B, tb, k, n, ldb, strideB),
                            operand_of("C", C, false, m, n, ldc, strideC), ta, tb, m, n, k,
                            batchCount, *alpha, *beta, false, 0});
}

const char *cublasGetStatusString(cublasStatus_t status)
{
    switch (status) {
    case CUBLAS_STATUS_SUCCESS:
        return "CUBLAS_STATUS_SUCCESS";
    case CUBLAS_STATUS_NOT_INITIALIZED:
        return "CUBLAS_STATUS_NOT_INITIALIZED";
    case CUBLAS_STATUS_ALLOC_FAILED:
        return "CUBLAS_STATUS_ALLOC_FAILED";
    case CUBLAS_STATUS_INVALID_VALUE:
        return "CUBLAS_STATUS_INVALID_VALUE";
    case CUBLAS_STATUS_ARCH_MISMATCH:
        return "CUBLAS_STATUS_ARCH_MISMATCH";
    case CUBLAS_STATUS_MAPPING_ERROR:
        return "CUBLAS_STATUS_MAPPING_ERROR";
    case CUBLAS_STATUS_EXECUTION_FAILED:
        return "CUBLAS_STATUS_EXECUTION_FAILED";
    case CUBLAS_STATUS_INTERNAL_ERROR:
        return "CUBLAS_STATUS_INTERNAL_ERROR";
    case CUBLAS_STATUS_NOT_SUPPORTED:
        return "CUBLAS_STATUS_NOT_SUPPORTED";
    default:
        return "unknown cuBLAS status";
    }
}
