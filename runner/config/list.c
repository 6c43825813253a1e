/* Lists of values: "2..8, 64, 128", "20..70..5", "1e-4, 3e-4", "log(1e-4, 1e-2, 5)", "l1, mse".
 *
 * Ranges hold the doubles that NumPy computes, so that a study in Python and one here try the same
 * values: a..b and a..b..step are numpy.linspace(a, b, n) when they end at b, else a + i * step;
 * log(a, b, n) is numpy.geomspace(a, b, n), which is numpy.logspace(log10(a), log10(b), n) with
 * exact ends. (NumPy's own log10 and pow may differ in the last bit on processors with AVX-512;
 * these are the C library's, which it uses everywhere else.) */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/mem.h"
#include "runner/config/cfg_priv.h"

/* One item of a list: `count` numbers from `start`, evenly spaced or evenly spaced in logarithm. */
typedef struct progression {
    bool is_log, reaches_end;
    bool is_whole; /* values that rounding put just beside a whole number are that number */
    double start, end, step;
    size_t count;
} progression;

typedef struct list {
    cfg_pool *pool;
    const cfg_option *option;
    size_t most;
    cfg_value *values;
    size_t n, capacity;
} list;

/* Types whose lists may hold ranges. Texts may not: a path may well contain "..". */
static bool is_numeric(cfg_type type)
{
    return type == CFG_WHOLE || type == CFG_SEED || type == CFG_NUMBER || type == CFG_SHUFFLE ||
           type == CFG_ANOMALIES || type == CFG_THRESHOLD;
}

/* Split off the part before the first `separator` outside parentheses. *rest is what follows it, or
 * NULL. */
static char *split_off(char *text, const char *separator, char **rest)
{
    size_t n = strlen(separator);
    int depth = 0;
    *rest = NULL;
    for (char *at = text; *at; at++) {
        depth += (*at == '(') - (*at == ')');
        if (depth <= 0 && strncmp(at, separator, n) == 0) {
            *at = '\0';
            *rest = at + n;
            break;
        }
    }
    return cfg_trim(text);
}

static swp_status refuse_size(const char *what, double count, size_t most, swp_err *err)
{
    char text[SWP_NUMBER_SIZE];
    snprintf(text, sizeof text, count < 1e15 ? "%.0f" : "%.3g", count);
    return swp_fail(err, SWP_CONFIG, "expected at most %zu values, found %s in %s", most, text,
                    cfg_quote(what).text);
}

/* Count the values of a range. */
static swp_status count_range(const char *item, bool has_step, size_t most, progression *out,
                              swp_err *err)
{
    /* The slack keeps an end that rounding puts just out of reach. */
    const double slack = 1e-6;
    double steps = (out->end - out->start) / out->step + slack;
    if (!(steps < (double)most))
        return refuse_size(item, floor(steps) + 1, most, err);
    out->count = (size_t)steps + 1;
    double last = out->start + (double)(out->count - 1) * out->step;
    out->reaches_end = fabs(last - out->end) <= slack * fabs(out->step);
    if (has_step || out->reaches_end)
        return SWP_OK;
    swp_status status =
        swp_fail(err, SWP_CONFIG, "the range %s misses its end", cfg_quote(item).text);
    swp_hint(err, "give the step, as in 0.1..0.5..0.1; without one it is 1");
    return status;
}

/* "a..b" or "a..b..step". `item` is kept whole for messages, `parts` is cut up. */
static swp_status parse_range(const char *item, char *parts, size_t most, progression *out,
                              swp_err *err)
{
    char *rest = NULL, *more = NULL;
    const char *start = split_off(parts, "..", &rest);
    const char *end = rest ? split_off(rest, "..", &more) : "";
    const char *step = more ? cfg_trim(more) : "1";
    if (!swp_parse_double(start, &out->start) || !swp_parse_double(end, &out->end) ||
        !swp_parse_double(step, &out->step) || strstr(item, "..."))
        return swp_fail(err, SWP_CONFIG, "expected a range a..b or a..b..step, found \"%s\"",
                        cfg_quote(item).text);
    bool falls = out->end < out->start;
    if (out->step == 0 || (out->step < 0 && !falls))
        return swp_fail(err, SWP_CONFIG, "expected a step that leads from %s to %s, found %s",
                        cfg_quote(start).text, cfg_quote(end).text, cfg_quote(step).text);
    if (falls)
        out->step = -fabs(out->step);
    return count_range(item, more != NULL, most, out, err);
}

/* "log(a, b, n)" without its "log(". */
static swp_status parse_log(const char *item, char *parts, size_t most, progression *out,
                            swp_err *err)
{
    char *rest = NULL, *more = NULL, *none = NULL;
    int64_t count = 0;
    size_t n = strlen(parts);
    bool closed = n > 0 && parts[n - 1] == ')';
    if (closed)
        parts[n - 1] = '\0';
    const char *start = split_off(parts, ",", &rest);
    const char *end = rest ? split_off(rest, ",", &more) : "";
    const char *points = more ? split_off(more, ",", &none) : "";
    if (!closed || none || !swp_parse_double(start, &out->start) ||
        !swp_parse_double(end, &out->end) || !swp_parse_int(points, 2, INT64_MAX, &count) ||
        out->start <= 0 || out->end <= 0)
        return swp_fail(err, SWP_CONFIG,
                        "expected log(a, b, n) with a, b > 0 and n >= 2, found \"%s\"",
                        cfg_quote(item).text);
    if ((uint64_t)count > most)
        return refuse_size(item, (double)count, most, err);
    out->is_log = out->reaches_end = true;
    out->count = (size_t)count;
    return SWP_OK;
}

/* numpy.linspace(start, end, count)[i] */
static double linspace_at(double start, double end, size_t count, size_t i)
{
    if (i > 0 && i == count - 1)
        return end;
    return i > 0 ? (double)i * ((end - start) / (double)(count - 1)) + start : start;
}

/* The text of the i-th number. */
static void number_at(const progression *p, size_t i, char out[SWP_NUMBER_SIZE])
{
    bool is_end = i == 0 || (p->reaches_end && i == p->count - 1);
    double value = p->reaches_end ? linspace_at(p->start, p->end, p->count, i)
                                  : p->start + (double)i * p->step;
    if (p->is_log && !is_end)
        value = pow(10, linspace_at(log10(p->start), log10(p->end), p->count, i));
    if (p->is_whole && fabs(value - round(value)) <= 1e-9 * fabs(value))
        value = round(value);
    swp_format_double(value, out);
}

/* Room for `extra` more values. */
static swp_status reserve(list *out, size_t extra, swp_err *err)
{
    if (extra > out->most - out->n)
        return swp_fail(err, SWP_CONFIG, "expected at most %zu values, found more", out->most);
    if (out->n + extra <= out->capacity)
        return SWP_OK;
    size_t capacity = out->n + extra + out->capacity;
    cfg_value *values = swp_resize(out->values, capacity, sizeof *values);
    if (!values)
        return swp_fail(err, SWP_NOMEM, "out of memory");
    out->values = values;
    out->capacity = capacity;
    return SWP_OK;
}

static swp_status add_value(list *out, const char *text, swp_err *err)
{
    swp_status status = reserve(out, 1, err);
    if (status != SWP_OK)
        return status;
    return cfg_value_parse(out->pool, out->option, text, &out->values[out->n++], err);
}

static swp_status add_progression(list *out, const progression *p, swp_err *err)
{
    swp_status status = reserve(out, p->count, err);
    for (size_t i = 0; status == SWP_OK && i < p->count; i++) {
        char number[SWP_NUMBER_SIZE];
        number_at(p, i, number);
        status = add_value(out, number, err);
    }
    return status;
}

/* Whether a command's value is a range of numbers, not a path or another text with dots. */
static bool is_range_of_numbers(const char *item)
{
    char copy[3 * SWP_NUMBER_SIZE];
    double number;
    size_t n = strlen(item);
    if (n >= sizeof copy || !strstr(item, ".."))
        return false;
    memcpy(copy, item, n + 1);
    bool all = true;
    for (char *rest = copy; rest && all;)
        all = swp_parse_double(split_off(rest, "..", &rest), &number);
    return all;
}

bool cfg_is_progression(const cfg_option *option, const char *item)
{
    const cfg_type type = option->type;
    if (type == CFG_PARAM)
        return strncmp(item, "log(", 4) == 0 || is_range_of_numbers(item);
    return is_numeric(type) && (strncmp(item, "log(", 4) == 0 || strstr(item, ".."));
}

static swp_status add_item(list *out, const char *item, swp_err *err)
{
    if (*item == '\0')
        return swp_fail(err, SWP_CONFIG, "expected a value between commas, found nothing");
    if (!cfg_is_progression(out->option, item))
        return add_value(out, item, err);
    bool is_log = strncmp(item, "log(", 4) == 0;

    char *parts = swp_strdup(is_log ? item + 4 : item);
    if (!parts)
        return swp_fail(err, SWP_NOMEM, "out of memory");
    cfg_type type = out->option->type;
    progression p = {.is_whole = type != CFG_NUMBER && type != CFG_THRESHOLD && type != CFG_PARAM};
    swp_status status = is_log ? parse_log(item, parts, out->most, &p, err)
                               : parse_range(item, parts, out->most, &p, err);
    if (status == SWP_OK)
        status = add_progression(out, &p, err);
    swp_free(parts);
    return status;
}

/* How other tools write an axis. A command's values are any words, so these would be taken for one.
 */
static bool has_foreign_word(const char *text)
{
    static const char *const words[] = {"choice",   "categorical", "grid_search", "range",
                                        "randint",  "randrange",   "loguniform",  "log_uniform",
                                        "quniform", "linspace",    "logspace",    "geomspace"};
    size_t end = strcspn(text, "("), start = end;
    while (start > 0 && text[start - 1] != '.')
        start--;
    for (size_t i = 0; text[end] == '(' && i < sizeof words / sizeof words[0]; i++)
        if (strlen(words[i]) == end - start && strncmp(text + start, words[i], end - start) == 0)
            return true;
    return false;
}

static bool has_comma_in_brackets(const char *text)
{
    int depth = 0;
    for (const char *at = text; *at; at++) {
        depth += (*at == '[' || *at == '{') - (*at == ']' || *at == '}');
        if (*at == ',' && depth > 0)
            return true;
    }
    return false;
}

/* Quotes would be a part of the word. */
static bool has_quoted_item(const char *text)
{
    for (const char *at = text; at; at = strchr(at, ',')) {
        at += strspn(at, ", \t");
        if ((*at == '"' || *at == '\'') && strchr(at + 1, *at))
            return true;
    }
    return false;
}

swp_status cfg_list_check_form(const char *text, swp_err *err)
{
    if (!has_foreign_word(text) && !has_comma_in_brackets(text) && !has_quoted_item(text))
        return SWP_OK;
    swp_status status = swp_fail(err, SWP_CONFIG, "expected values between commas, found \"%s\"",
                                 cfg_quote(text).text);
    swp_hint(err, "without brackets and quotes: 2, 4, 8 or 2..8 or log(1e-4, 1e-1, 4); ranges of a "
                  "search: int(2 .. 8), int_log(2 .. 64), uniform(0 .. 1), log(1e-4 .. 1e-1)");
    return status;
}

swp_status cfg_list_parse(cfg_pool *pool, const cfg_option *option, const char *text, size_t most,
                          cfg_value **values, size_t *n, swp_err *err)
{
    list out = {.pool = pool, .option = option, .most = most};
    swp_status status;
    char *copy = swp_strdup(text);
    *values = NULL;
    *n = 0;
    if (!copy)
        return swp_fail(err, SWP_NOMEM, "out of memory");
    char *rest = copy;
    do {
        const char *item = split_off(rest, ",", &rest);
        status = add_item(&out, item, err);
    } while (rest && status == SWP_OK);
    swp_free(copy);
    if (status != SWP_OK) {
        swp_free(out.values);
        return status;
    }
    *values = out.values;
    *n = out.n;
    return SWP_OK;
}
