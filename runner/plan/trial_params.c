/* The parameters of a trial: those of a command by name, those of a model from the text of its
 * settings, cut in place. */
#include "runner/plan/trial_params.h"

#include <string.h>

#include "engine/base/mem.h"

static size_t count_lines(const char *text)
{
    size_t n = 0;
    for (; *text; text++)
        n += *text == '\n';
    return n;
}

/* Cut "key = value" lines, in place, into pairs (room for one per line). Returns their number. */
static size_t cut_pairs(char *text, res_pair *pairs)
{
    size_t n = 0;
    for (char *line = text, *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
        *end = '\0';
        char *equals = strstr(line, " = ");
        if (!equals)
            continue;
        *equals = '\0';
        pairs[n++] = (res_pair){line, equals + 3};
    }
    return n;
}

void run_trial_params_deinit(run_trial_params *p)
{
    swp_free(p->pairs);
    swp_free(p->list);
    swp_buf_deinit(&p->text);
    *p = (run_trial_params){0};
}

static swp_status list_params(run_trial_params *out, const cfg_settings *settings, swp_err *err)
{
    out->n = cfg_param_count(settings);
    swp_status status = cfg_params_list(settings, &out->list, err);
    if (status == SWP_OK && !(out->pairs = swp_alloc(out->n, sizeof *out->pairs)))
        status = swp_fail(err, SWP_NOMEM, "out of memory for a trial's parameters");
    for (size_t i = 0; status == SWP_OK && i < out->n; i++)
        out->pairs[i] = (res_pair){out->list[i].name, out->list[i].value};
    return status;
}

swp_status run_trial_params_init(run_trial_params *out, const cfg_settings *settings, swp_err *err)
{
    *out = (run_trial_params){0};
    if (settings->command)
        return list_params(out, settings, err);
    swp_buf_printf(&out->text, RUN_DATA_PATH " = %s\n", settings->data_path);
    cfg_trial_text(settings, &out->text);
    if (!out->text.failed)
        out->pairs = swp_alloc(count_lines(out->text.text), sizeof *out->pairs);
    if (!out->pairs)
        return swp_fail(err, SWP_NOMEM, "out of memory for a trial's settings");
    out->n = cut_pairs(out->text.text, out->pairs);
    return SWP_OK;
}
