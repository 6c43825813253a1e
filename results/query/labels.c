/* Short labels for people: a learning rate of 0.000316227766 is "3.16e-4", and paths that lie in
 * one folder are shown without it. Labels of one parameter are unique, so that what was shown can
 * be asked for. */
#include "results/query/labels.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"

/* "0.05", "250", "1e-3", "3.16e-4", with so many significant digits. */
static void format_short(double value, int digits, char out[SWP_NUMBER_SIZE])
{
    double size = fabs(value);
    if (value == 0 || (size >= 0.01 && size < 1e5)) {
        snprintf(out, SWP_NUMBER_SIZE, "%.*g", digits > 5 || size < 1e4 ? digits : 5, value);
        if (!strchr(out, 'e'))
            return;
        snprintf(out, SWP_NUMBER_SIZE, "%.0f", value);
        return;
    }
    char text[SWP_NUMBER_SIZE];
    snprintf(text, sizeof text, "%.*e", digits - 1, value);
    char *e = strchr(text, 'e');
    if (!e) {
        snprintf(out, SWP_NUMBER_SIZE, "%s", text);
        return;
    }
    char *end = e;
    if (memchr(text, '.', (size_t)(e - text))) {
        while (end[-1] == '0')
            end--;
        end -= end[-1] == '.';
    }
    int64_t exponent = 0;
    (void)!swp_parse_int(e + 1, -999, 999, &exponent);
    snprintf(out, SWP_NUMBER_SIZE, "%.*se%d", (int)(end - text), text, (int)exponent);
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Whether all labels differ. `sorted` is room for n pointers. */
static bool are_unique(const res_param *param, char **sorted)
{
    for (size_t v = 0; v < param->n_values; v++)
        sorted[v] = param->values[v].label;
    qsort(sorted, param->n_values, sizeof *sorted, compare_texts);
    for (size_t v = 1; v < param->n_values; v++)
        if (strcmp(sorted[v - 1], sorted[v]) == 0)
            return false;
    return true;
}

/* Length of what all words begin with, up to a separator. */
static size_t common_prefix(const res_param *param)
{
    const char *first = param->values[0].text;
    size_t length = strlen(first);
    for (size_t v = 1; v < param->n_values; v++) {
        size_t same = 0;
        while (same < length && first[same] == param->values[v].text[same])
            same++;
        length = same;
    }
    while (length > 0 && !strchr("/_-:= ", first[length - 1]))
        length--;
    return length;
}

static bool set_labels(res_param *param, int digits, size_t prefix)
{
    for (size_t v = 0; v < param->n_values; v++) {
        res_value *value = &param->values[v];
        char number[SWP_NUMBER_SIZE];
        const char *label = value->text + prefix;
        if (digits > 0 && !isnan(value->number)) {
            format_short(value->number, digits, number);
            label = number;
        } else if (!*value->text) {
            label = "none";
        }
        swp_free(value->label);
        value->label = swp_strdup(label);
        if (!value->label)
            return false;
    }
    return true;
}

bool res_param_label(res_param *param)
{
    size_t n = param->n_values, prefix = 0;
    bool words = param->scale == RES_CATEGORICAL;
    char **sorted = swp_alloc(n, sizeof *sorted);
    if (!sorted)
        return false;
    if (words && n > 1)
        prefix = common_prefix(param);
    bool ok = true, unique = false;
    for (int digits = words ? 0 : 3; ok && !unique && digits <= 17; digits += words ? 18 : 1) {
        ok = set_labels(param, digits, prefix);
        unique = ok && are_unique(param, sorted);
    }
    if (ok && !unique) /* two spellings of one number: show them as stored */
        ok = set_labels(param, 0, 0);
    swp_free(sorted);
    swp_buf title = {0};
    swp_buf_puts(&title, param->name);
    if (prefix > 0 && unique)
        swp_buf_printf(&title, " (%.*s...)", (int)prefix, param->values[0].text);
    param->title = title.text;
    return ok && !title.failed;
}
