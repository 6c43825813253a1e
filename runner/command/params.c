/* Parameters of a trial as JSON for the script, and as text for a worker and for keys. */
#include <math.h>
#include <string.h>

#include "engine/base/json.h"
#include "engine/base/mem.h"
#include "runner/command/command.h"
#include "runner/command/params_priv.h"

static const char *const kinds[] = {
    [RUN_PARAM_TEXT] = "text", [RUN_PARAM_NUMBER] = "number", [RUN_PARAM_BOOL] = "bool",
    [RUN_PARAM_FLAG] = "flag", [RUN_PARAM_SEED] = "seed",
};

bool run_param_is_on(const run_param *param)
{
    return strcmp(param->value, "true") == 0;
}

char *run_params_json(const run_param *params, size_t n)
{
    swp_json json = {0};
    swp_json_object(&json, NULL);
    for (size_t i = 0; i < n; i++) {
        const run_param *p = &params[i];
        if (p->kind == RUN_PARAM_SEED)
            continue;
        if (p->kind == RUN_PARAM_BOOL || p->kind == RUN_PARAM_FLAG)
            swp_json_bool(&json, p->name, run_param_is_on(p));
        else if (p->kind != RUN_PARAM_NUMBER || !swp_json_number(&json, p->name, p->value))
            swp_json_text(&json, p->name, p->value);
    }
    swp_json_end_object(&json);
    swp_buf_puts(&json.text, "\n");
    if (!json.text.failed)
        return json.text.text;
    swp_buf_deinit(&json.text);
    return NULL;
}

void run_params_put(const run_param *params, size_t n, swp_buf *out)
{
    for (size_t i = 0; i < n; i++) {
        swp_buf_printf(out, "%s %s = ", kinds[params[i].kind], params[i].name);
        for (const char *c = params[i].value; *c; c++) {
            if (*c == '\\' || *c == '\n')
                swp_buf_puts(out, *c == '\n' ? "\\n" : "\\\\");
            else
                swp_buf_add(out, c, 1);
        }
        swp_buf_puts(out, "\n");
    }
}

/* Cut one line into kind, name and value, in place. Returns what follows, or NULL. */
static char *parse_line(char *line, run_param *out)
{
    char *name = strchr(line, ' ');
    char *end = strchr(line, '\n');
    char *equals = name ? strstr(name, " = ") : NULL;
    if (!end || !equals || equals > end || name + 1 == equals)
        return NULL;
    *name++ = *equals = *end = '\0';
    char *from = equals + 3, *to = from;
    out->name = name;
    out->value = from;
    for (; *from; from++) {
        bool is_escaped = *from == '\\';
        from += is_escaped;
        if (is_escaped && *from != 'n' && *from != '\\')
            return NULL;
        *to++ = is_escaped && *from == 'n' ? '\n' : *from;
    }
    *to = '\0';
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        out->kind = (run_param_kind)i;
        if (strcmp(line, kinds[i]) == 0)
            return end + 1;
    }
    return NULL;
}

swp_status run_params_parse(const char *text, run_param **params, size_t *n, swp_err *err)
{
    size_t lines = 0, bytes = strlen(text) + 1;
    for (const char *c = text; *c; c++)
        lines += *c == '\n';
    *n = 0;
    /* The texts follow the table. */
    *params = swp_alloc(1, lines * sizeof **params + bytes);
    if (!*params)
        return swp_fail(err, SWP_NOMEM, "out of memory for %zu parameters", lines);
    char *at = (char *)(*params + lines);
    memcpy(at, text, bytes);
    while (*at) {
        char *next = parse_line(at, &(*params)[*n]);
        if (!next) {
            swp_free(*params);
            *params = NULL;
            return swp_fail(err, SWP_FORMAT, "parameter %zu of a trial is malformed", *n + 1);
        }
        at = next;
        (*n)++;
    }
    return SWP_OK;
}

void run_params_free(run_param *params)
{
    swp_free(params);
}
