/* For realpath, which glibc declares among the XSI functions only. */
#define _XOPEN_SOURCE 700

#include "runner/cluster/manifest.h"

#include <cJSON.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/json.h"
#include "engine/base/mem.h"
#include "engine/base/path.h"
#include "engine/base/str.h"
#include "runner/cluster/files.h"
#include "runner/cluster/pack.h"
#include "runner/version.h"

#define FORMAT     1
#define MOST_BYTES ((size_t)1 << 30) /* of a plan */
#define PROGRAM    "sweep " SWEEP_VERSION " (" SWEEP_COMMIT ")"

static swp_status out_of_memory(swp_err *err)
{
    return swp_fail(err, SWP_NOMEM, "out of memory");
}

/* --- making ----------------------------------------------------------------------------------- */

static swp_status resolve(const char *path, char **out, swp_err *err)
{
    char real[PATH_MAX];
    if (!realpath(path, real))
        return swp_fail_errno(err, SWP_IO, errno, "%s", path);
    *out = swp_strdup(real);
    return *out ? SWP_OK : out_of_memory(err);
}

/* The folder need not be there yet: its path is made absolute by the working folder. */
static swp_status name_folder(const char *path, char **out, swp_err *err)
{
    char *here = NULL;
    swp_buf text = {0};
    swp_status status = *path == '/' ? SWP_OK : resolve(".", &here, err);
    if (status != SWP_OK)
        return status;
    swp_buf_printf(&text, "%s%s%s", here ? here : "", here ? "/" : "", path);
    swp_free(here);
    if (text.failed) {
        swp_buf_deinit(&text);
        return out_of_memory(err);
    }
    while (text.length > 1 && text.text[text.length - 1] == '/')
        text.text[--text.length] = '\0';
    *out = text.text;
    return SWP_OK;
}

static swp_status copy_overrides(run_manifest *out, const char *const *overrides, size_t n,
                                 swp_err *err)
{
    out->overrides = swp_alloc(n, sizeof *out->overrides);
    if (!out->overrides)
        return out_of_memory(err);
    for (; out->n_overrides < n; out->n_overrides++) {
        out->overrides[out->n_overrides] = swp_strdup(overrides[out->n_overrides]);
        if (!out->overrides[out->n_overrides])
            return out_of_memory(err);
    }
    return SWP_OK;
}

/* Take the scripts of the command as they were when the plan was manifest. */
static swp_status take_scripts(run_manifest *out, swp_err *err)
{
    const cfg_command *command = cfg_command_of(out->config);
    size_t n_same = 0;
    for (size_t i = 0; command && i < command->n_scripts; i++) {
        for (size_t k = 0; k < out->n_scripts; k++)
            n_same += strcmp(command->scripts[i].path, out->scripts[k].path) == 0 &&
                      strcmp(command->scripts[i].digest, out->scripts[k].digest) == 0;
    }
    out->has_changed = n_same != out->n_scripts;
    return out->has_changed ? cfg_take_scripts(out->config, out->scripts, out->n_scripts, err)
                            : SWP_OK;
}

static swp_status load_plan(run_manifest *out, const char *copy, swp_err *err)
{
    cfg_override *overrides = swp_alloc(out->n_overrides, sizeof *overrides);
    if (!overrides)
        return out_of_memory(err);
    for (size_t i = 0; i < out->n_overrides; i++)
        overrides[i] = out->overrides[i];
    swp_status status =
        cfg_load_copy(out->ini, copy, overrides, out->n_overrides, &out->config, err);
    swp_free(overrides);
    if (status == SWP_OK)
        status = take_scripts(out, err);
    if (status == SWP_OK)
        status = run_plan_init(&out->plan, out->config, err);
    return status == SWP_OK ? run_plan_propose(&out->plan, err) : status;
}

swp_status run_manifest_make(run_manifest *out, const run_manifest_spec *spec, swp_err *err)
{
    *out = (run_manifest){0};
    snprintf(out->device, sizeof out->device, "%s", spec->device);
    snprintf(out->isa, sizeof out->isa, "%s", spec->isa);
    out->program = swp_strdup(PROGRAM);
    swp_status status =
        out->program ? name_folder(spec->folder, &out->folder, err) : out_of_memory(err);
    if (status == SWP_OK)
        status = resolve(spec->ini, &out->ini, err);
    if (status == SWP_OK)
        status = run_random_hex(out->id, err);
    if (status == SWP_OK)
        status = copy_overrides(out, spec->overrides, spec->n_overrides, err);
    if (status == SWP_OK)
        status = load_plan(out, spec->ini, err);
    if (status == SWP_OK)
        status =
            run_pack(&out->plan, &spec->packing, &out->members, &out->first, &out->n_tasks, err);
    return status;
}

void run_manifest_deinit(run_manifest *manifest)
{
    run_plan_deinit(&manifest->plan);
    cfg_destroy(manifest->config);
    run_names_free(manifest->overrides, manifest->n_overrides);
    run_scripts_free(manifest->scripts, manifest->n_scripts);
    swp_free(manifest->members);
    swp_free(manifest->first);
    swp_free(manifest->program);
    swp_free(manifest->ini);
    swp_free(manifest->folder);
    *manifest = (run_manifest){0};
}

bool run_manifest_same(const run_manifest *manifest, const run_plan *plan)
{
    const res_pair *a, *b;
    size_t n_a, n_b;
    cfg_canonical(manifest->config, &a, &n_a);
    cfg_canonical(plan->config, &b, &n_b);
    bool same = n_a == n_b && manifest->plan.n_trials == plan->n_trials;
    for (size_t i = 0; same && i < n_a; i++)
        same = strcmp(a[i].key, b[i].key) == 0 && strcmp(a[i].value, b[i].value) == 0;
    for (size_t i = 0; same && i < plan->n_trials; i++)
        same = strcmp(manifest->plan.trials[i].key, plan->trials[i].key) == 0 &&
               manifest->plan.trials[i].max_epochs == plan->trials[i].max_epochs;
    return same;
}

swp_status run_manifest_check_program(const run_manifest *manifest, swp_err *err)
{
    swp_status status = SWP_OK;
    if (manifest->has_changed) {
        status = swp_fail(err, SWP_CONFIG,
                          "%s: this script of the command has changed since the plan was made",
                          manifest->folder);
        swp_hint(err, "put it back as it was, or submit to another --dir");
    }
    if (manifest->has_changed || strcmp(manifest->program, PROGRAM) == 0)
        return status;
    status = swp_fail(err, SWP_CONFIG, "%s: planned by %s, this is " PROGRAM, manifest->folder,
                      manifest->program);
    swp_hint(err, "another version may compute other bits: continue with that one, or submit to "
                  "another --dir");
    return status;
}

/* --- writing ---------------------------------------------------------------------------------- */

static swp_status print(const run_manifest *manifest, swp_json *json, swp_err *err)
{
    const run_plan *plan = &manifest->plan;
    size_t *task_of = swp_alloc(plan->n_trials, sizeof *task_of);
    if (!task_of)
        return out_of_memory(err);
    for (size_t task = 0; task < manifest->n_tasks; task++)
        for (size_t i = manifest->first[task]; i < manifest->first[task + 1]; i++)
            task_of[manifest->members[i]] = task;
    swp_json_object(json, NULL);
    swp_json_size(json, "format", FORMAT);
    swp_json_text(json, "program", manifest->program);
    swp_json_text(json, "id", manifest->id);
    swp_json_text(json, "experiment", cfg_name(manifest->config));
    swp_json_text(json, "ini", manifest->ini);
    swp_json_list(json, "overrides");
    for (size_t i = 0; i < manifest->n_overrides; i++)
        swp_json_text(json, NULL, manifest->overrides[i]);
    swp_json_end_list(json);
    swp_json_text(json, "device", manifest->device);
    swp_json_text(json, "isa", manifest->isa);
    swp_json_list(json, "data");
    for (size_t i = 0; i < plan->n_data; i++) {
        swp_json_object(json, NULL);
        swp_json_text(json, "name", plan->data[i].set->name);
        swp_json_text(json, "fingerprint", plan->data[i].set->fingerprint);
        swp_json_end_object(json);
    }
    swp_json_end_list(json);
    const cfg_command *command = cfg_command_of(manifest->config);
    if (command)
        swp_json_object(json, "scripts");
    for (size_t i = 0; command && i < command->n_scripts; i++)
        swp_json_text(json, command->scripts[i].path, command->scripts[i].digest);
    if (command)
        swp_json_end_object(json);
    swp_json_list(json, "trials");
    for (size_t i = 0; i < plan->n_trials; i++) {
        swp_json_object(json, NULL);
        swp_json_size(json, "trial", i + 1);
        swp_json_size(json, "task", task_of[i]);
        swp_json_size(json, "epochs", plan->trials[i].max_epochs);
        swp_json_text(json, "key", plan->trials[i].key);
        swp_json_end_object(json);
    }
    swp_json_end_list(json);
    swp_json_end_object(json);
    swp_free(task_of);
    return json->text.failed ? out_of_memory(err) : SWP_OK;
}

static swp_status make_folders(const run_manifest *manifest, swp_err *err)
{
    static const char *const names[] = {"shards/", "running/", "log/"};
    swp_status status = SWP_OK;
    for (size_t i = 0; i < sizeof names / sizeof names[0] && status == SWP_OK; i++) {
        char *path = swp_path_join(manifest->folder, names[i]);
        status = path ? swp_make_folders(path, err) : out_of_memory(err);
        swp_free(path);
    }
    return status;
}

static swp_status put(const run_manifest *manifest, const char *name, const void *bytes, size_t n,
                      swp_err *err)
{
    char *path = swp_path_join(manifest->folder, name);
    swp_status status = path ? swp_file_put(path, bytes, n, err) : out_of_memory(err);
    swp_free(path);
    return status;
}

/* The plan comes last: where it is, all is. */
swp_status run_manifest_save(const run_manifest *manifest, swp_err *err)
{
    void *ini = NULL;
    size_t n = 0;
    swp_json json = {0};
    swp_status status = make_folders(manifest, err);
    if (status == SWP_OK)
        status = swp_file_read(manifest->ini, MOST_BYTES, &ini, &n, err);
    if (status == SWP_OK)
        status = put(manifest, "plan.ini", ini, n, err);
    if (status == SWP_OK)
        status = print(manifest, &json, err);
    if (status == SWP_OK)
        status = put(manifest, "plan.json", json.text.text, json.text.length, err);
    swp_buf_deinit(&json.text);
    swp_free(ini);
    return status;
}

/* --- reading ---------------------------------------------------------------------------------- */

/* One line of UTF-8. */
static bool is_line(const char *text)
{
    for (size_t n; *text; text += n)
        if ((n = swp_utf8_length(text)) == 0)
            return false;
    return true;
}

static swp_status copy_text(const cJSON *root, const char *key, char **out, swp_err *err)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(root, key));
    if (!text || !*text || !is_line(text))
        return swp_fail(err, SWP_CONFIG, "expected a line of text as \"%s\"", key);
    *out = swp_strdup(text);
    return *out ? SWP_OK : out_of_memory(err);
}

#define HEX  "0123456789abcdef"
#define WORD "0123456789abcdefghijklmnopqrstuvwxyz_-"

/* The folder is shared: what it says goes into scripts and command lines, so every field keeps to
 * its grammar. A word has `least` to size - 1 of the letters. */
static swp_status copy_word(const cJSON *root, const char *key, const char *letters, size_t least,
                            char *out, size_t size, swp_err *err)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(root, key));
    size_t n = text ? strlen(text) : 0;
    if (!text || n < least || n >= size || text[strspn(text, letters)])
        return swp_fail(err, SWP_CONFIG, "expected %zu to %zu of the letters %s as \"%s\"", least,
                        size - 1, letters, key);
    snprintf(out, size, "%s", text);
    return SWP_OK;
}

static swp_status read_overrides(run_manifest *out, const cJSON *root, swp_err *err)
{
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(root, "overrides"), *item;
    size_t n = (size_t)cJSON_GetArraySize(list), i = 0;
    const char **texts = swp_alloc(n, sizeof *texts);
    if (!texts)
        return out_of_memory(err);
    swp_status status = SWP_OK;
    cJSON_ArrayForEach(item, list)
    {
        texts[i] = cJSON_GetStringValue(item);
        if (!texts[i] || !is_line(texts[i]) || !strchr(texts[i], '='))
            status = swp_fail(err, SWP_CONFIG, "expected section.key=value as \"overrides\"");
        i++;
    }
    if (status == SWP_OK)
        status = copy_overrides(out, texts, n, err);
    swp_free(texts);
    return status;
}

/* Paths and sums, each a line of text. */
static swp_status read_scripts(run_manifest *out, const cJSON *root, swp_err *err)
{
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(root, "scripts"), *item;
    size_t n = (size_t)cJSON_GetArraySize(list);
    out->scripts = swp_alloc(n, sizeof *out->scripts);
    if (!out->scripts)
        return out_of_memory(err);
    cJSON_ArrayForEach(item, list)
    {
        run_script *to = &out->scripts[out->n_scripts];
        const char *digest = cJSON_GetStringValue(item);
        if (!digest || strlen(digest) >= sizeof to->digest || digest[strspn(digest, HEX)] ||
            !item->string || !is_line(item->string))
            return swp_fail(err, SWP_CONFIG, "expected paths and sums as \"scripts\"");
        snprintf(to->digest, sizeof to->digest, "%s", digest);
        to->path = swp_strdup(item->string);
        if (!to->path)
            return out_of_memory(err);
        out->n_scripts++;
    }
    return SWP_OK;
}

static swp_status read_head(run_manifest *out, const cJSON *root, swp_err *err)
{
    const cJSON *format = cJSON_GetObjectItemCaseSensitive(root, "format");
    if (!cJSON_IsNumber(format) || format->valueint != FORMAT)
        return swp_fail(err, SWP_CONFIG, "expected a manifest of format %d", FORMAT);
    swp_status status = copy_text(root, "program", &out->program, err);
    if (status == SWP_OK)
        status = copy_text(root, "ini", &out->ini, err);
    if (status == SWP_OK)
        status = copy_word(root, "id", HEX, sizeof out->id - 1, out->id, sizeof out->id, err);
    if (status == SWP_OK)
        status = copy_word(root, "device", WORD, 1, out->device, sizeof out->device, err);
    if (status == SWP_OK)
        status = copy_word(root, "isa", WORD, 0, out->isa, sizeof out->isa, err);
    if (status == SWP_OK && *out->ini != '/')
        status = swp_fail(err, SWP_CONFIG, "expected a path from / on as \"ini\"");
    if (status == SWP_OK)
        status = read_scripts(out, root, err);
    return status == SWP_OK ? read_overrides(out, root, err) : status;
}

static bool read_size(const cJSON *item, const char *key, size_t most, size_t *out)
{
    const cJSON *number = cJSON_GetObjectItemCaseSensitive(item, key);
    if (!cJSON_IsNumber(number) || !(number->valuedouble >= 0) ||
        number->valuedouble > fmin((double)most, 9007199254740992.0))
        return false;
    *out = (size_t)number->valuedouble;
    return true;
}

/* A plan that is made anew must be the one that was written. */
static swp_status check_trial(const run_plan *plan, size_t i, const cJSON *item, size_t *task,
                              swp_err *err)
{
    const char *key = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(item, "key"));
    if (!key || !read_size(item, "task", plan->n_trials - 1, task))
        return swp_fail(err, SWP_CONFIG, "trial %zu: expected a key and a task", i + 1);
    size_t number, epochs;
    bool same = read_size(item, "trial", plan->n_trials, &number) && number == i + 1 &&
                read_size(item, "epochs", SIZE_MAX, &epochs) &&
                epochs == plan->trials[i].max_epochs;
    if (!same)
        return swp_fail(err, SWP_CONFIG, "trial %zu: expected its number and %zu epochs", i + 1,
                        plan->trials[i].max_epochs);
    if (strcmp(key, plan->trials[i].key) == 0)
        return SWP_OK;
    swp_status status = swp_fail(
        err, SWP_CONFIG, "trial %zu is not the one that was planned: the data has changed", i + 1);
    swp_hint(err, "put the data back as it was, or submit to another --dir");
    return status;
}

static swp_status read_tasks(run_manifest *out, const cJSON *root, swp_err *err)
{
    const run_plan *plan = &out->plan;
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(root, "trials"), *item;
    if ((size_t)cJSON_GetArraySize(list) != plan->n_trials)
        return swp_fail(err, SWP_CONFIG, "expected %zu trials, found %d", plan->n_trials,
                        cJSON_GetArraySize(list));
    size_t *task_of = swp_alloc(plan->n_trials, sizeof *task_of), i = 0;
    swp_status status = task_of ? SWP_OK : out_of_memory(err);
    cJSON_ArrayForEach(item, list)
    {
        if (status != SWP_OK)
            break;
        status = check_trial(plan, i, item, &task_of[i], err);
        i++;
    }
    if (status == SWP_OK)
        status =
            run_unpack(task_of, plan->n_trials, &out->members, &out->first, &out->n_tasks, err);
    swp_free(task_of);
    return status;
}

static swp_status read_plan(run_manifest *out, const char *json, swp_err *err)
{
    void *text = NULL;
    size_t n;
    swp_status status = swp_file_read(json, MOST_BYTES, &text, &n, err);
    if (status != SWP_OK)
        return status;
    cJSON *root = cJSON_Parse(text);
    char *copy = swp_path_join(out->folder, "plan.ini");
    struct stat info;
    if (copy && stat(copy, &info) == 0 && !S_ISREG(info.st_mode)) /* a pipe would be waited for */
        status = swp_fail(err, SWP_IO, "expected a file as plan.ini beside it");
    status = status != SWP_OK ? status
             : root           ? SWP_OK
                              : swp_fail(err, SWP_CONFIG, "expected a manifest");
    if (status == SWP_OK)
        status = copy ? read_head(out, root, err) : out_of_memory(err);
    if (status == SWP_OK)
        status = load_plan(out, copy, err);
    if (status == SWP_OK)
        status = read_tasks(out, root, err);
    cJSON_Delete(root);
    swp_free(copy);
    swp_free(text);
    return status == SWP_OK ? SWP_OK : swp_wrap(err, "%s", json);
}

swp_status run_manifest_load(run_manifest *out, const char *path, swp_err *err)
{
    *out = (run_manifest){0};
    struct stat info;
    bool is_folder = stat(path, &info) == 0 && S_ISDIR(info.st_mode);
    const char *slash = strrchr(path, '/');
    char *given = is_folder ? swp_path_join(path, "plan.json") : swp_strdup(path);
    char *above = is_folder ? swp_strdup(path) : swp_strdup(slash ? path : ".");
    char *json = NULL;
    swp_status status = SWP_OK;
    if (!given || !above)
        status = out_of_memory(err);
    if (status == SWP_OK && !is_folder && slash)
        above[slash - path + (slash == path)] = '\0';
    if (status == SWP_OK)
        status = resolve(given, &json, err);
    if (status != SWP_OK && status != SWP_NOMEM)
        swp_hint(err, "`sweep submit` makes one");
    if (status == SWP_OK)
        status = resolve(above, &out->folder, err);
    if (status == SWP_OK)
        status = read_plan(out, json, err);
    swp_free(json);
    swp_free(above);
    swp_free(given);
    return status;
}
