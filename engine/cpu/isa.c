/* For syscall, which POSIX does not have. */
#define _GNU_SOURCE

/* Which instruction sets this processor has, and the passes compiled for them. */
#include <string.h>

#ifdef NET_X86
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

#include "engine/base/str.h"
#include "engine/cpu/net.h"

extern const net_ops net_ops_portable;

#ifdef NET_X86
extern const net_ops net_ops_avx2, net_ops_avx512, net_ops_amx;

static bool has_avx2(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

static bool has_avx512(void)
{
    return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw");
}

/* AMX with bf16 (leaf 7, EDX bits 22 and 24). Its registers are so large that a process has to ask
 * the kernel for them. */
static bool has_amx(void)
{
    const unsigned wanted = 1u << 22 | 1u << 24;
    unsigned a, b, c, d;
    if (!has_avx512() || !__get_cpuid_count(7, 0, &a, &b, &c, &d) || (d & wanted) != wanted)
        return false;
#ifdef __linux__
    enum { REQUEST = 0x1023, TILES = 18 }; /* ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA */
    return syscall(SYS_arch_prctl, REQUEST, TILES) == 0;
#else
    return false;
#endif
}
#endif

/* Best first. */
static size_t supported(const net_ops *out[4])
{
    size_t n = 0;
#ifdef NET_X86
    if (has_amx())
        out[n++] = &net_ops_amx;
    if (has_avx512())
        out[n++] = &net_ops_avx512;
    if (has_avx2())
        out[n++] = &net_ops_avx2;
#endif
    out[n++] = &net_ops_portable;
    return n;
}

swp_status net_ops_find(const char *isa, const net_ops **out, swp_err *err)
{
    const net_ops *ops[4];
    size_t n = supported(ops);
    *out = ops[0];
    if (!isa)
        return SWP_OK;
    for (size_t i = 0; i < n; i++)
        if (strcmp(ops[i]->isa, isa) == 0) {
            *out = ops[i];
            return SWP_OK;
        }
    swp_buf names = {0};
    for (size_t i = 0; i < n; i++)
        swp_buf_printf(&names, "%s%s", i ? ", " : "", ops[i]->isa);
    swp_status status =
        swp_fail(err, SWP_UNAVAILABLE, "instruction set '%s' is not one of this processor's: %s",
                 isa, names.failed ? ops[0]->isa : names.text);
    swp_buf_deinit(&names);
    return status;
}
