/* Published stores, called shards. A shard's name ends in the checksum of its bytes: one that was
 * cut short or changed is found by its name and left out. */
#include "runner/cluster/shards.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/digest.h"
#include "engine/base/mem.h"
#include "engine/base/path.h"
#include "engine/base/str.h"
#include "engine/safetensors.h"

#define CHECKSUM_DIGITS 16

void run_shard_name(const char *stem, const void *bytes, size_t n, char out[RUN_SHARD_NAME_SIZE])
{
    char digest[SWP_DIGEST_SIZE];
    swp_digest_of(bytes, n, digest);
    snprintf(out, RUN_SHARD_NAME_SIZE, "%.120s-%.*s" RUN_SHARD_SUFFIX, stem, CHECKSUM_DIGITS,
             digest);
}

bool run_shard_task(const char *name, size_t *task)
{
    char digits[24];
    size_t n = strspn(name, "0123456789");
    int64_t value;
    if (n == 0 || n >= sizeof digits || name[n] != '-')
        return false;
    snprintf(digits, sizeof digits, "%.*s", (int)n, name);
    if (!swp_parse_int(digits, 0, INT64_MAX, &value))
        return false;
    *task = (size_t)value;
    return true;
}

/* Whether the name ends in the checksum of the bytes. */
static bool is_whole(const char *name, const void *bytes, size_t n)
{
    char stem[RUN_SHARD_NAME_SIZE], expected[RUN_SHARD_NAME_SIZE];
    size_t length = strlen(name), tail = 1 + CHECKSUM_DIGITS + strlen(RUN_SHARD_SUFFIX);
    if (length <= tail || length >= sizeof stem)
        return false;
    snprintf(stem, sizeof stem, "%.*s", (int)(length - tail), name);
    run_shard_name(stem, bytes, n, expected);
    return strcmp(name, expected) == 0;
}

bool run_shard_is_model(const void *bytes, size_t n)
{
    eng_saved saved;
    swp_status status = eng_safetensors_decode(bytes, n, &saved, NULL);
    eng_saved_deinit(&saved);
    return status != SWP_FORMAT;
}

static swp_status visit_one(const char *folder, const char *name, const run_shard_visitor *visitor,
                            swp_err *err)
{
    char *path = swp_path_join(folder, name);
    if (!path)
        return swp_fail(err, SWP_NOMEM, "out of memory");
    res_shard shard = {.name = name};
    swp_err cause = {0};
    swp_status status = swp_file_read(path, RUN_MOST_SHARD, &shard.bytes, &shard.n_bytes, &cause);
    bool unread = status != SWP_OK;
    bool gone = unread && access(path, F_OK) != 0 && access(folder, F_OK) == 0;
    if (status == SWP_OK && !is_whole(name, shard.bytes, shard.n_bytes))
        status = swp_fail(&cause, SWP_FORMAT, "%s: damaged: its checksum does not match", name);
    if (status == SWP_OK)
        status = visitor->visit(visitor->context, &shard, &cause);
    swp_free(shard.bytes);
    swp_free(path);
    if (gone)
        return SWP_OK;
    if (status == SWP_FORMAT || (status == SWP_IO && unread)) {
        visitor->bad(visitor->context, cause.text);
        return SWP_OK;
    }
    if (status != SWP_OK)
        swp_err_copy(err, &cause);
    return status;
}

swp_status run_shards_visit(const run_manifest *manifest, size_t task,
                            const run_shard_visitor *visitor, swp_err *err)
{
    char **names = NULL, *folder = swp_path_join(manifest->folder, "shards");
    size_t n = 0;
    swp_status status = folder ? run_names_list(folder, RUN_SHARD_SUFFIX, &names, &n, err)
                               : swp_fail(err, SWP_NOMEM, "out of memory");
    for (size_t i = 0; i < n && status == SWP_OK; i++) {
        size_t of;
        if (task == RUN_ALL_TASKS || (run_shard_task(names[i], &of) && of == task))
            status = visit_one(folder, names[i], visitor, err);
    }
    run_names_free(names, n);
    swp_free(folder);
    return status;
}
