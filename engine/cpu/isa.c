/* Which instruction sets this processor has, and the passes compiled for them. */
#include <string.h>

#include "engine/base/str.h"
#include "engine/cpu/net.h"

extern const net_ops net_ops_portable;

#ifdef NET_X86
extern const net_ops net_ops_avx2, net_ops_avx512;

static bool has_avx2(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

static bool has_avx512(void)
{
    return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw");
}
#endif

/* Best first. */
static size_t supported(const net_ops *out[3])
{
    size_t n = 0;
#ifdef NET_X86
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
    const net_ops *ops[3];
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
