/* One value: text to value and value to canonical text. */
#include <stdio.h>
#include <string.h>

#include "engine/base/mem.h"
#include "runner/config/cfg_priv.h"

#define TEXT_OF(macro)      STRINGIFY(macro)
#define STRINGIFY(replaced) #replaced

/* --- words ------------------------------------------------------------------------------------ */

/* The index-th of "one, two, three"; *length 0 when there are fewer. */
static const char *word_at(const char *words, unsigned index, size_t *length)
{
    for (; index > 0 && *words; index--) {
        words += strcspn(words, ",");
        words += strspn(words, ", ");
    }
    *length = strcspn(words, ",");
    return words;
}

static bool parse_word(const char *words, const char *text, unsigned *index)
{
    size_t n;
    const char *word = word_at(words, 0, &n);
    for (unsigned i = 0; n > 0; word = word_at(words, ++i, &n)) {
        if (strlen(text) == n && strncmp(word, text, n) == 0) {
            *index = i;
            return true;
        }
    }
    return false;
}

/* --- texts ------------------------------------------------------------------------------------ */

static bool has_control(const char *text)
{
    for (; *text; text++) {
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            return true;
    }
    return false;
}

static bool is_name(const char *text)
{
    if (strlen(text) > CFG_MAX_NAME || strpbrk(text, "/@") || strcmp(text, ".") == 0 ||
        strcmp(text, "..") == 0)
        return false;
    while (*text) {
        size_t n = swp_utf8_length(text);
        if (n == 0)
            return false;
        text += n;
    }
    return true;
}

static swp_status keep_text(cfg_pool *pool, const char *text, cfg_value *out, swp_err *err)
{
    out->text = cfg_pool_text(pool, text);
    return out->text ? SWP_OK : swp_fail(err, SWP_NOMEM, "out of memory");
}

/* The grammar of metric lines. */
static bool is_metric(const char *text, size_t n)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_";
    static const char others[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789./-";
    return n > 0 && strspn(text, letters) > 0 && strspn(text, others) >= n;
}

static bool are_metrics(const char *text)
{
    for (;; text++) {
        text += strspn(text, " \t");
        size_t n = strcspn(text, ", \t");
        if (!is_metric(text, n))
            return false;
        text += n + strspn(text + n, " \t");
        if (*text != ',')
            return *text == '\0';
    }
}

static bool is_objective(const char *text)
{
    size_t n;
    const char *name = cfg_objective_metric(text, &n);
    return is_metric(name, n) && (name[n] == '\0' || strcmp(name + n, ")") == 0);
}

static bool are_gpus(const char *text)
{
    enum { MOST_GPU = 1023 };
    bool seen[MOST_GPU + 1] = {false};
    if (strcmp(text, "auto") == 0 || strcmp(text, "none") == 0)
        return true;
    for (size_t n;; text += n + 1) {
        char digits[16];
        int64_t gpu;
        text += strspn(text, " \t");
        n = strcspn(text, ",");
        snprintf(digits, sizeof digits, "%.*s", (int)n, text);
        if (!swp_parse_int(cfg_trim(digits), 0, MOST_GPU, &gpu) || seen[gpu])
            return false;
        seen[gpu] = true;
        if (text[n] == '\0')
            return true;
    }
}

/* --- numbers ---------------------------------------------------------------------------------- */

static bool parse_whole(int64_t min, int64_t max, const char *text, uint64_t *out)
{
    int64_t whole;
    if (!swp_parse_int(text, min, max, &whole))
        return false;
    *out = (uint64_t)whole;
    return true;
}

/* A number with one of the unit letters after it; *factor is the unit's. */
static bool parse_with_unit(const char *text, const char *units, const double *factors, double *out)
{
    char digits[SWP_NUMBER_SIZE];
    size_t n = strlen(text);
    const char *unit = n > 1 ? strchr(units, text[n - 1]) : NULL;
    if (!unit || n > sizeof digits)
        return false;
    memcpy(digits, text, n - 1);
    digits[n - 1] = '\0';
    if (!swp_parse_double(digits, out))
        return false;
    *out *= factors[unit - units];
    return *out > 0;
}

bool cfg_parse_duration(const char *text, double *seconds)
{
    static const double factors[] = {1, 60, 3600};
    enum { LONGEST = 1000000000 }; /* 31 years; the scheduler counts in whole nanoseconds */
    return parse_with_unit(text, "smh", factors, seconds) && *seconds <= LONGEST;
}

static bool parse_bytes(const char *text, uint64_t *bytes)
{
    static const double factors[] = {1024.0, 1048576.0, 1073741824.0, 1099511627776.0};
    const double largest = 9007199254740992.0; /* 2^53: exact as a double */
    double value;
    if (!parse_with_unit(text, "KMGT", factors, &value) || value < 1 || value > largest)
        return false;
    *bytes = (uint64_t)value;
    return true;
}

static bool parse_shuffle(const char *text, cfg_value *out)
{
    out->kind = strcmp(text, "none") != 0;
    return !out->kind || parse_whole(0, UINT32_MAX, text, &out->whole);
}

static bool parse_anomalies(const char *text, cfg_value *out)
{
    if (parse_word("match, all", text, &out->kind))
        return true;
    out->kind = ENG_ANOMALIES_COUNT;
    return parse_whole(1, ENG_MAX_ROWS, text, &out->whole);
}

static bool parse_threshold(const char *text, cfg_value *out)
{
    res_threshold threshold;
    if (res_threshold_parse(text, &threshold, NULL) != SWP_OK)
        return false;
    out->kind = threshold.kind;
    out->numbers[0] = threshold.value;
    return true;
}

static bool parse_count(const char *text, int64_t least, double *out)
{
    int64_t count;
    bool valid = swp_parse_int(text, least, 1000, &count);
    *out = valid ? (double)count : 0;
    return valid;
}

/* "auto", "none" or "5 x 4"; zeros stand for none. */
static bool parse_confirm(const char *text, cfg_value *out)
{
    char copy[32];
    out->kind = strcmp(text, "auto") == 0;
    if (out->kind || strcmp(text, "none") == 0)
        return true;
    if (strlen(text) >= sizeof copy)
        return false;
    memcpy(copy, text, strlen(text) + 1);
    char *cross = strchr(copy, 'x');
    if (!cross)
        return false;
    *cross = '\0';
    return parse_count(cfg_trim(copy), 1, &out->numbers[0]) &&
           parse_count(cfg_trim(cross + 1), 2, &out->numbers[1]);
}

static bool parse_plain(const cfg_option *option, const char *text, cfg_value *out)
{
    if (option->zero_word && strcmp(text, option->zero_word) == 0)
        return true;
    switch (option->type) {
    case CFG_CHOICE:
        return parse_word(option->info.allowed, text, &out->kind);
    case CFG_WHOLE:
        return parse_whole(option->min, option->max, text, &out->whole);
    case CFG_SEED:
        return parse_whole(0, UINT32_MAX, text, &out->whole);
    case CFG_NUMBER:
        return swp_parse_double(text, &out->numbers[0]) && out->numbers[0] > 0;
    case CFG_DURATION:
        return cfg_parse_duration(text, &out->numbers[0]);
    case CFG_BYTES:
        return parse_bytes(text, &out->whole);
    case CFG_SHUFFLE:
        return parse_shuffle(text, out);
    case CFG_ANOMALIES:
        return parse_anomalies(text, out);
    case CFG_THRESHOLD:
        return parse_threshold(text, out);
    case CFG_CONFIRM:
        return parse_confirm(text, out);
    default:
        return false;
    }
}

/* --- lists ------------------------------------------------------------------------------------ */

static swp_status expected(const cfg_option *option, const char *text, swp_err *err)
{
    return swp_fail(err, SWP_CONFIG, "expected %s, found \"%s\"", option->info.allowed,
                    cfg_quote(text).text);
}

static swp_status parse_cuts(const cfg_option *option, const char *text, cfg_value *out,
                             swp_err *err)
{
    static const cfg_option cut = {.type = CFG_NUMBER,
                                   .info.allowed = "two fractions between 0 and 1"};
    cfg_value *values;
    size_t n;
    swp_status status = cfg_list_parse(NULL, &cut, text, 2, &values, &n, err);
    if (status == SWP_NOMEM)
        return status;
    if (status != SWP_OK || n != 2 || values[0].numbers[0] >= 1 || values[1].numbers[0] >= 1)
        status = expected(option, text, err);
    for (size_t i = 0; status == SWP_OK && i < n; i++)
        out->numbers[i] = values[i].numbers[0];
    swp_free(values);
    return status;
}

static swp_status parse_dims(cfg_pool *pool, const char *text, cfg_value *out, swp_err *err)
{
    if (strcmp(text, "none") == 0)
        return SWP_OK;
    static const cfg_option dim = {
        .type = CFG_WHOLE,
        .min = 1,
        .max = ENG_MAX_EMBEDDING_DIM,
        .info.allowed = "a whole number from 1 to " TEXT_OF(ENG_MAX_EMBEDDING_DIM),
    };
    cfg_value *values = NULL;
    swp_status status =
        cfg_list_parse(pool, &dim, text, CFG_MAX_INIT_AFTER, &values, &out->n_dims, err);
    if (status != SWP_OK)
        return status;
    size_t *dims = cfg_pool_alloc(pool, out->n_dims, sizeof *dims);
    if (!dims)
        status = swp_fail(err, SWP_NOMEM, "out of memory");
    for (size_t i = 0; dims && i < out->n_dims; i++)
        dims[i] = values[i].whole;
    out->dims = dims;
    swp_free(values);
    return status;
}

/* --- any type --------------------------------------------------------------------------------- */

swp_status cfg_value_parse(cfg_pool *pool, const cfg_option *option, const char *text,
                           cfg_value *out, swp_err *err)
{
    *out = (cfg_value){0};
    bool valid = *text != '\0' && !has_control(text);
    unsigned index;
    char name[SWP_LABEL_SIZE];
    switch (option->type) {
    case CFG_NAME:
        valid = valid && is_name(text);
        break;
    case CFG_WORD:
        valid = valid && parse_word(option->info.allowed, text, &index);
        break;
    case CFG_LABEL:
        if (swp_label_name(text, name, sizeof name)) /* too long for one: no data set has it */
            text = name;
        break;
    case CFG_COLUMN:
    case CFG_COLUMNS:
        if (strcmp(text, "auto") == 0)
            return SWP_OK;
        valid = valid && (option->type == CFG_COLUMN || eng_columns_valid(text));
        break;
    case CFG_TEXT:
        break;
    case CFG_METRIC:
        valid = is_metric(text, strlen(text));
        break;
    case CFG_METRICS:
        if (strcmp(text, option->zero_word) == 0)
            return SWP_OK;
        valid = are_metrics(text);
        break;
    case CFG_OBJECTIVE:
        valid = is_objective(text);
        break;
    case CFG_GPUS:
        valid = are_gpus(text);
        break;
    case CFG_PARAM:
        *out = cfg_param_value(&(cfg_named){.text = text});
        return keep_text(pool, text, out, err);
    case CFG_START:
        if (strcmp(text, "none") == 0)
            return SWP_OK;
        break;
    case CFG_CUTS:
        return parse_cuts(option, text, out, err);
    case CFG_DIMS:
        return parse_dims(pool, text, out, err);
    default:
        return parse_plain(option, text, out) ? SWP_OK : expected(option, text, err);
    }
    return valid ? keep_text(pool, text, out, err) : expected(option, text, err);
}

static void format_number(double value, swp_buf *out)
{
    char text[SWP_NUMBER_SIZE];
    swp_buf_puts(out, swp_format_double(value, text));
}

static void format_whole(uint64_t value, swp_buf *out)
{
    swp_buf_printf(out, "%llu", (unsigned long long)value);
}

static void format_word(const char *words, unsigned index, swp_buf *out)
{
    size_t n;
    const char *word = word_at(words, index, &n);
    swp_buf_add(out, word, n);
}

static void format_dims(const cfg_value *value, swp_buf *out)
{
    if (value->n_dims == 0)
        swp_buf_puts(out, "none");
    for (size_t i = 0; i < value->n_dims; i++)
        swp_buf_printf(out, "%s%zu", i > 0 ? ", " : "", value->dims[i]);
}

static void format_threshold(const cfg_value *value, swp_buf *out)
{
    char text[RES_THRESHOLD_TEXT_SIZE];
    res_threshold threshold = {(res_threshold_kind)value->kind, value->numbers[0]};
    swp_buf_puts(out, res_threshold_format(threshold, text));
}

static void format_confirm(const cfg_value *value, swp_buf *out)
{
    if (value->kind || value->numbers[0] == 0)
        swp_buf_puts(out, value->kind ? "auto" : "none");
    else
        swp_buf_printf(out, "%.0f x %.0f", value->numbers[0], value->numbers[1]);
}

void cfg_value_format(const cfg_option *option, const cfg_value *value, swp_buf *out)
{
    switch (option->type) {
    case CFG_NAME:
    case CFG_TEXT:
    case CFG_LABEL:
    case CFG_COLUMN:
    case CFG_COLUMNS:
    case CFG_WORD:
    case CFG_METRIC:
    case CFG_OBJECTIVE:
    case CFG_GPUS:
        swp_buf_puts(out, value->text ? value->text : "auto");
        break;
    case CFG_METRICS:
        swp_buf_puts(out, value->text ? value->text : option->zero_word);
        break;
    case CFG_PARAM:
        if (value->text)
            swp_buf_puts(out, value->text);
        else
            format_number(value->numbers[0], out);
        break;
    case CFG_CHOICE:
        format_word(option->info.allowed, value->kind, out);
        break;
    case CFG_WHOLE:
    case CFG_SEED:
    case CFG_BYTES:
        format_whole(value->whole, out);
        break;
    case CFG_NUMBER:
    case CFG_DURATION:
        format_number(value->numbers[0], out);
        break;
    case CFG_SHUFFLE:
        if (value->kind)
            format_whole(value->whole, out);
        else
            swp_buf_puts(out, "none");
        break;
    case CFG_CUTS:
        format_number(value->numbers[0], out);
        swp_buf_puts(out, ", ");
        format_number(value->numbers[1], out);
        break;
    case CFG_ANOMALIES:
        if (value->kind == ENG_ANOMALIES_COUNT)
            format_whole(value->whole, out);
        else
            format_word("match, all", value->kind, out);
        break;
    case CFG_THRESHOLD:
        format_threshold(value, out);
        break;
    case CFG_DIMS:
        format_dims(value, out);
        break;
    case CFG_CONFIRM:
        format_confirm(value, out);
        break;
    case CFG_START:
        swp_buf_puts(out, value->text ? value->text : "none");
        break;
    }
}
