/* The two readers of metric lines. Both look at every byte once; neither allocates. */
#include "runner/metrics/metric_line.h"

#include <ctype.h>
#include <math.h>
#include <string.h>
#include <strings.h>

#define DEEPEST 64 /* lists and objects within a line of JSON */

/* --- names, numbers, steps -----------------------------------------------------------------------
 */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool begins_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static size_t name_length(const char *s)
{
    size_t n = 0;
    if (!begins_name(*s))
        return 0;
    while (begins_name(s[n]) || is_digit(s[n]) || s[n] == '.' || s[n] == '/' || s[n] == '-')
        n++;
    return n;
}

/* The word for what is not finite, or NULL. Returns what follows. */
static const char *scan_not_finite(const char *s, double *out)
{
    static const struct {
        const char *word;
        double value;
    } words[] = {{"infinity", (double)INFINITY}, {"inf", (double)INFINITY}, {"nan", (double)NAN}};
    bool is_negative = *s == '-';
    s += *s == '-' || *s == '+';
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        size_t n = strlen(words[i].word);
        if (strncasecmp(s, words[i].word, n) == 0) {
            *out = is_negative ? -words[i].value : words[i].value;
            return s + n;
        }
    }
    return NULL;
}

/* The nearest double to a number that is too large or too small for one. */
static const char *scan_out_of_range(const char *s, double *out)
{
    bool is_negative = *s == '-', is_small = false;
    size_t digits = 0;
    s += *s == '-' || *s == '+';
    for (; is_digit(*s) || *s == '.'; s++)
        digits += *s != '.';
    if (digits == 0)
        return NULL;
    if (*s == 'e' || *s == 'E') {
        const char *power = s + 1 + (s[1] == '-' || s[1] == '+');
        is_small = s[1] == '-';
        s = is_digit(*power) ? power : s;
        while (is_digit(*s))
            s++;
    }
    *out = is_small ? 0.0 : (double)INFINITY;
    *out = is_negative ? -*out : *out;
    return s;
}

/* A number of any size, nan or inf. Returns what follows, or NULL. */
static const char *scan_number(const char *s, double *out)
{
    const char *end = scan_not_finite(s, out);
    if (!end)
        end = swp_scan_double(s, out);
    return end ? end : scan_out_of_range(s, out);
}

static bool is_step_name(const char *name, size_t length, const char *step)
{
    return strlen(step) == length && strncasecmp(name, step, length) == 0;
}

static void set_step(run_metric_line *out, double value)
{
    bool is_step = value >= 0 && value <= 1e15 && value == floor(value);
    out->refused += !is_step;
    if (is_step) {
        out->has_step = true;
        out->step = (uint64_t)value;
    }
}

static void add_value(run_metric_line *out, const char *name, size_t length, double value)
{
    for (size_t i = 0; i < out->n; i++) {
        if (out->values[i].length == length && memcmp(out->values[i].name, name, length) == 0) {
            out->values[i].value = value;
            return;
        }
    }
    if (out->n == RUN_MOST_METRICS || length >= RUN_METRIC_NAME_SIZE)
        out->refused++;
    else
        out->values[out->n++] = (run_metric_value){name, length, value};
}

static void add_number(run_metric_line *out, const char *name, size_t length, double value,
                       const char *step)
{
    if (is_step_name(name, length, step))
        set_step(out, value);
    else
        add_value(out, name, length, value);
}

static void begin_line(run_metric_line *out)
{
    out->n = out->refused = 0;
    out->has_step = false;
}

/* --- JSON ----------------------------------------------------------------------------------------
 */

static char *skip_blanks(char *s)
{
    return s + strspn(s, " \t\r\n");
}

static int hex_digit(char c)
{
    if (is_digit(c))
        return c - '0';
    c = (char)tolower((unsigned char)c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* What \uXXXX stands for: a character of ASCII, '?' for all others, '\0' when it is malformed. */
static char unescape_unicode(const char *hex)
{
    int code = 0;
    for (int i = 0; i < 4; i++) {
        int digit = hex_digit(hex[i]);
        if (digit < 0)
            return '\0';
        code = code * 16 + digit;
    }
    return code > 0 && code < 128 ? (char)code : '?';
}

/* Read a string, which begins with its quote, and unescape it in place. Returns what follows, or
 * NULL. */
static char *scan_string(char *s, char **text, size_t *length)
{
    static const char letters[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
    char *to = *text = ++s;
    for (; *s != '"'; s++) {
        if ((unsigned char)*s < 0x20)
            return NULL;
        if (*s != '\\') {
            *to++ = *s;
            continue;
        }
        const char *letter = *++s ? strchr(letters, *s) : NULL;
        char c = letter ? meant[letter - letters] : *s == 'u' ? unescape_unicode(s + 1) : '\0';
        if (!c)
            return NULL;
        s += letter ? 0 : 4;
        *to++ = c;
    }
    *length = (size_t)(to - *text);
    return s + 1;
}

static char *scan_json(char *s, unsigned depth, bool *is_number, double *number);

/* The rest of a list or an object that means nothing to us. Returns what follows, or NULL. */
static char *skip_members(char *s, unsigned depth)
{
    char close = *s == '{' ? '}' : ']';
    bool is_object = *s == '{', is_number;
    double number;
    s = skip_blanks(s + 1);
    if (*s == close)
        return s + 1;
    for (;; s = skip_blanks(s + 1)) {
        char *text;
        size_t length;
        if (is_object) {
            s = *s == '"' ? scan_string(s, &text, &length) : NULL;
            s = s ? skip_blanks(s) : NULL;
            if (!s || *s != ':')
                return NULL;
            s = skip_blanks(s + 1);
        }
        s = scan_json(s, depth + 1, &is_number, &number);
        if (!s)
            return NULL;
        s = skip_blanks(s);
        if (*s == close)
            return s + 1;
        if (*s != ',')
            return NULL;
    }
}

/* Any value. Returns what follows, or NULL. */
static char *scan_json(char *s, unsigned depth, bool *is_number, double *number)
{
    static const char *const words[] = {"true", "false", "null"};
    char *text;
    size_t length;
    *is_number = false;
    if (depth > DEEPEST)
        return NULL;
    if (*s == '{' || *s == '[')
        return skip_members(s, depth);
    if (*s == '"')
        return scan_string(s, &text, &length);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strncmp(s, words[i], strlen(words[i])) == 0)
            return s + strlen(words[i]);
    }
    const char *end = *s == '+' || *s == '.' ? NULL : scan_number(s, number);
    *is_number = end != NULL;
    return end ? s + (end - s) : NULL;
}

bool run_metric_line_of_file(char *line, const char *step, run_metric_line *out)
{
    begin_line(out);
    char *s = skip_blanks(line);
    if (*s != '{')
        return false;
    s = skip_blanks(s + 1);
    if (*s == '}')
        return *skip_blanks(s + 1) == '\0';
    for (;; s = skip_blanks(s + 1)) {
        char *name;
        size_t length;
        bool is_number;
        double number;
        s = *s == '"' ? scan_string(s, &name, &length) : NULL;
        s = s ? skip_blanks(s) : NULL;
        s = s && *s == ':' ? scan_json(skip_blanks(s + 1), 1, &is_number, &number) : NULL;
        if (!s)
            return false;
        bool is_name = length > 0 && name_length(name) >= length;
        if (is_number && is_name)
            add_number(out, name, length, number, step);
        else if (is_number || is_step_name(name, length, step))
            out->refused++;
        s = skip_blanks(s);
        if (*s == '}')
            return *skip_blanks(s + 1) == '\0';
        if (*s != ',')
            return false;
    }
}

/* --- standard output -----------------------------------------------------------------------------
 */

/* Whether a number may end here: "3s", "45%" and "1.2.3" are none. */
static bool ends_number(char c)
{
    return c == '\0' || strchr(" \t,;|)]}", c) != NULL;
}

static const char *skip(const char *s)
{
    return s + strspn(s, " \t");
}

/* "Epoch 3/10", "[epoch 3]", "epoch: 3 -". Returns what follows, or NULL. */
static const char *scan_header(const char *s, const char *step, run_metric_line *out)
{
    double value;
    s += *s == '[' || *s == '(';
    size_t n = strlen(step);
    if (strncasecmp(s, step, n) != 0)
        return NULL;
    s = skip(s + n);
    s = skip(s + (*s == ':' || *s == '=' || *s == '#'));
    size_t digits = strspn(s, "0123456789");
    if (digits == 0 || digits > 15 || !swp_scan_double(s, &value))
        return NULL;
    s += digits;
    if (*s == '/')
        s += 1 + strspn(s + 1, "0123456789");
    if (!ends_number(*s) && *s != ':')
        return NULL;
    set_step(out, value);
    return s;
}

/* `key: number` or `key=number`, and "(step 3)" after it. */
typedef struct item {
    const char *name;
    size_t length;
    double value, step; /* step < 0: none */
    bool has_equals;
    const char *end;
} item;

/* "(step 3)". Returns what follows, or NULL. */
static const char *scan_note(const char *s, const char *step, double *value)
{
    if (*s != '(')
        return NULL;
    s = skip(s + 1);
    size_t n = name_length(s);
    if (!is_step_name(s, n, step) && !is_step_name(s, n, "step"))
        return NULL;
    s = skip(s + n);
    s = is_digit(*s) ? swp_scan_double(s, value) : NULL;
    s = s ? skip(s) : NULL;
    return s && *s == ')' ? s + 1 : NULL;
}

static bool scan_item(const char *s, const char *step, item *out)
{
    *out = (item){.name = s, .length = name_length(s), .step = -1};
    const char *sign = skip(s + out->length);
    if (out->length == 0 || (*sign != ':' && *sign != '='))
        return false;
    out->has_equals = *sign == '=';
    out->end = scan_number(skip(sign + 1), &out->value);
    if (!out->end || !ends_number(*out->end))
        return false;
    const char *note = scan_note(skip(out->end), step, &out->step);
    if (note)
        out->end = note;
    else
        out->step = -1;
    return true;
}

/* What is in front of a place in a line. */
typedef enum before { BEGIN, SEPARATOR, BLANK, TEXT } before;

static before look_back(const char *line, const char *s)
{
    const char *at = s;
    while (at > line && (at[-1] == ' ' || at[-1] == '\t'))
        at--;
    if (at == line)
        return BEGIN;
    bool is_dash = at[-1] == '-' && at < s && (at - 1 == line || strchr(" \t", at[-2]));
    if (is_dash || strchr(",;|", at[-1]))
        return SEPARATOR;
    return at < s ? BLANK : TEXT;
}

bool run_metric_line_of_output(const char *line, const char *step, run_metric_line *out)
{
    begin_line(out);
    const char *header = scan_header(skip(line), step, out);
    const char *begin = header ? header + strspn(header, " \t:,;|)]-") : line;
    const char *last = NULL; /* after the item before */
    size_t found = 0;
    bool begins = false;
    for (const char *s = begin; *s;) {
        item it;
        size_t n = name_length(s);
        before where = n > 0 ? look_back(begin, s) : TEXT;
        bool follows = n > 0 && last && skip(last) == s;
        if (where == TEXT || !scan_item(s, step, &it) ||
            (where == BLANK && !it.has_equals && !follows)) {
            s += n > 0 ? n : 1;
            continue;
        }
        add_number(out, it.name, it.length, it.value, step);
        if (it.step >= 0)
            set_step(out, it.step);
        begins |= where == BEGIN;
        found++;
        s = last = it.end;
    }
    return header || begins || found >= 2;
}

bool run_metric_grows(const char *name)
{
    static const char *const good[] = {"acc",    "auc",   "auroc", "auprc",  "f1",   "precision",
                                       "recall", "score", "r2",    "reward", "bleu", "iou",
                                       "dice",   "map",   "mrr",   "ndcg",   "psnr", "ssim"};
    static const char *const bad[] = {"loss", "err", "perplexity"};
    char text[RUN_METRIC_NAME_SIZE];
    size_t n = 0;
    for (; name[n] && n + 1 < sizeof text; n++)
        text[n] = name[n] >= 'A' && name[n] <= 'Z' ? (char)(name[n] - 'A' + 'a') : name[n];
    text[n] = '\0';
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (strstr(text, bad[i]))
            return false;
    }
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        if (strstr(text, good[i]))
            return true;
    }
    return false;
}
