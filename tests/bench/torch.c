#include "tests/bench/torch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "engine/base/str.h"

static const char *find_python(void)
{
    static const char *const pythons[] = {"python3", "/usr/bin/python3"};
    for (size_t i = 0; i < sizeof pythons / sizeof pythons[0]; i++) {
        char command[128];
        snprintf(command, sizeof command, "%s -c 'import torch, numpy' >/dev/null 2>&1",
                 pythons[i]);
        if (system(command) == 0)
            return pythons[i];
    }
    return NULL;
}

/* Everything that a command prints; failed when it did not end with 0. */
static swp_buf output_of(const char *command)
{
    swp_buf out = {0};
    char part[1024];
    FILE *pipe = popen(command, "r");
    for (size_t n; pipe && (n = fread(part, 1, sizeof part, pipe)) > 0;)
        swp_buf_add(&out, part, n);
    if (!pipe || pclose(pipe) != 0)
        out.failed = true;
    return out;
}

static bool read_step(const cJSON *json, torch_step *out)
{
    const cJSON *arch = cJSON_GetObjectItem(json, "arch");
    const cJSON *dim = cJSON_GetObjectItem(json, "embedding_dim");
    const cJSON *batch = cJSON_GetObjectItem(json, "batch");
    const cJSON *us = cJSON_GetObjectItem(json, "median_us");
    if (!cJSON_IsString(arch) || !cJSON_IsNumber(dim) || !cJSON_IsNumber(batch) ||
        !cJSON_IsNumber(us))
        return false;
    bool is_single = strcmp(arch->valuestring, eng_arch_name(ENG_SINGLE)) == 0;
    out->shape = (eng_shape){is_single ? ENG_SINGLE : ENG_STACKED, (size_t)dim->valueint};
    out->batch = (size_t)batch->valueint;
    out->us = us->valuedouble;
    return true;
}

static bool read_times(const cJSON *json, torch_times *out)
{
    const cJSON *version = cJSON_GetObjectItem(json, "torch"), *step;
    if (!cJSON_IsString(version))
        return false;
    snprintf(out->version, sizeof out->version, "%s", version->valuestring);
    cJSON_ArrayForEach(step, cJSON_GetObjectItem(json, "steps"))
    {
        if (out->n == sizeof out->steps / sizeof out->steps[0] ||
            !read_step(step, &out->steps[out->n++]))
            return false;
    }
    return out->n > 0;
}

swp_status torch_measure(bool quick, torch_times *out, swp_err *err)
{
    *out = (torch_times){0};
    const char *python = find_python();
    if (!python)
        return swp_fail(err, SWP_UNAVAILABLE, "no python3 here has torch and numpy");
    swp_buf command = {0};
    swp_buf_printf(&command, "OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 %s '%s'%s", python,
                   BENCH_TORCH_SCRIPT, quick ? " --quick" : "");
    if (command.failed)
        return swp_fail(err, SWP_NOMEM, "out of memory");
    swp_buf text = output_of(command.text);
    cJSON *json = text.failed ? NULL : cJSON_Parse(text.text);
    swp_status status = SWP_OK;
    if (!read_times(json, out))
        status = swp_fail(err, SWP_FORMAT, "%s did not print times", BENCH_TORCH_SCRIPT);
    cJSON_Delete(json);
    swp_buf_deinit(&text);
    swp_buf_deinit(&command);
    return status;
}

double torch_step_us(const torch_times *times, eng_shape shape, size_t batch)
{
    for (size_t i = 0; i < times->n; i++) {
        const torch_step *step = &times->steps[i];
        if (step->shape.arch == shape.arch && step->shape.embedding_dim == shape.embedding_dim &&
            step->batch == batch)
            return step->us;
    }
    return 0;
}
