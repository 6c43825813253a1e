/* Texts and numbers, independent of the locale: parsing takes whole tokens, formatting writes the
 * shortest text that reads back to the same number. Also the growable buffer, UTF-8, hashes, and
 * edit distances for "did you mean". */
#include "engine/base/str.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"

/* Clinger's fast path: up to 15 digits and a power of ten up to 22 are exact doubles, so one
 * product or quotient of them is rounded as strtod would round. Takes most numbers of a data file
 * in a fifth of strtod's time; false means nothing but "ask strtod". */
static bool parse_short(const char *text, double *out)
{
    static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                    1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                    1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    const char *c = text + (*text == '-' || *text == '+');
    uint64_t digits = 0;
    int n = 0, power = 0;
    for (bool point = false; (*c >= '0' && *c <= '9') || (*c == '.' && !point); c++) {
        if (*c == '.') {
            point = true;
            continue;
        }
        digits = digits * 10 + (uint64_t)(*c - '0');
        power -= point;
        n++;
    }
    if (n == 0 || n > 15)
        return false;
    int64_t exponent = 0;
    if ((*c == 'e' || *c == 'E') && swp_parse_int(c + 1, -99, 99, &exponent))
        c += strlen(c);
    power += (int)exponent;
    if (*c != '\0' || power < -22 || power > 22)
        return false;
    double value = power < 0 ? (double)digits / powers[-power] : (double)digits * powers[power];
    *out = *text == '-' ? -value : value;
    return true;
}

bool swp_parse_double(const char *text, double *out)
{
    if (parse_short(text, out))
        return true;
    /* strtod also takes leading space, hexadecimal, inf and nan: admit digits, sign, point, e. */
    if (*text == '\0' || text[strspn(text, "+-.0123456789eE")] != '\0')
        return false;
    char *end;
    double value = strtod(text, &end);
    if (end == text || *end != '\0' || !isfinite(value))
        return false;
    *out = value;
    return true;
}

bool swp_parse_int(const char *text, int64_t min, int64_t max, int64_t *out)
{
    if (*text == '\0' || text[strspn(text, "+-0123456789")] != '\0')
        return false;
    char *end;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || value < min || value > max)
        return false;
    *out = value;
    return true;
}

char *swp_format_double(double value, char out[SWP_NUMBER_SIZE])
{
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(out, SWP_NUMBER_SIZE, "%.*g", digits, value);
        if (strtod(out, NULL) == value)
            break;
    }
    return out;
}

char *swp_format_float(float value, char out[SWP_NUMBER_SIZE])
{
    for (int digits = 6; digits <= 9; digits++) {
        snprintf(out, SWP_NUMBER_SIZE, "%.*g", digits, (double)value);
        if (strtof(out, NULL) == value)
            break;
    }
    return out;
}

static bool reserve(swp_buf *buf, size_t extra)
{
    if (buf->failed)
        return false;
    size_t need = buf->length + extra + 1;
    if (need <= buf->capacity)
        return true;
    size_t capacity = buf->capacity ? buf->capacity : 256;
    while (capacity < need)
        capacity *= 2;
    char *text = swp_resize(buf->text, capacity, 1);
    if (!text) {
        buf->failed = true;
        return false;
    }
    buf->text = text;
    buf->capacity = capacity;
    return true;
}

void swp_buf_add(swp_buf *buf, const char *text, size_t length)
{
    if (!reserve(buf, length))
        return;
    memcpy(buf->text + buf->length, text, length);
    buf->length += length;
    buf->text[buf->length] = '\0';
}

void swp_buf_puts(swp_buf *buf, const char *text)
{
    swp_buf_add(buf, text, strlen(text));
}

void swp_buf_printf(swp_buf *buf, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    if (n < 0 || !reserve(buf, (size_t)n)) {
        buf->failed = true;
        return;
    }
    va_start(args, fmt);
    vsnprintf(buf->text + buf->length, (size_t)n + 1, fmt, args);
    va_end(args);
    buf->length += (size_t)n;
}

void swp_buf_deinit(swp_buf *buf)
{
    swp_free(buf->text);
    *buf = (swp_buf){0};
}

size_t swp_utf8_length(const char *text)
{
    const unsigned char *s = (const unsigned char *)text;
    if (s[0] >= 0x20 && s[0] < 0x7f)
        return 1;
    if (s[0] < 0xc2 || s[0] > 0xf4)
        return 0;
    size_t n = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
    uint32_t code = s[0] & (0x7fu >> n);
    for (size_t i = 1; i < n; i++) {
        if ((s[i] & 0xc0) != 0x80)
            return 0;
        code = code << 6 | (s[i] & 0x3fu);
    }
    static const uint32_t lowest[] = {[2] = 0xa0, [3] = 0x800, [4] = 0x10000}; /* below 0xa0: C1 */
    bool surrogate = code >= 0xd800 && code < 0xe000;
    bool character = code <= 0x10ffff && (code & 0xfffe) != 0xfffe && !surrogate;
    return character && code >= lowest[n] ? n : 0;
}

void swp_make_plain(char *text)
{
    for (size_t n; *text; text += n) {
        n = swp_utf8_length(text);
        if (n == 0) {
            *text = '?';
            n = 1;
        }
    }
}

uint64_t swp_hash(const void *bytes, size_t n, uint64_t hash)
{
    const unsigned char *at = bytes;
    for (size_t i = 0; i < n; i++)
        hash = (hash ^ at[i]) * UINT64_C(1099511628211);
    return hash;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

size_t swp_edit_distance(const char *a, const char *b)
{
    enum { MOST = 63 };
    size_t n = strlen(a), m = strlen(b);
    if (n > MOST || m > MOST)
        return SIZE_MAX;
    size_t d[MOST + 1][MOST + 1];
    for (size_t i = 0; i <= n; i++)
        d[i][0] = i;
    for (size_t j = 0; j <= m; j++)
        d[0][j] = j;
    for (size_t i = 1; i <= n; i++) {
        for (size_t j = 1; j <= m; j++) {
            size_t replace = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
            d[i][j] = least(replace, least(d[i - 1][j], d[i][j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                d[i][j] = least(d[i][j], d[i - 2][j - 2] + 1);
        }
    }
    return d[n][m];
}

bool swp_nearest_offer(swp_nearest *nearest, const char *name)
{
    size_t distance = swp_edit_distance(nearest->found, name);
    if (distance > 1 + strlen(nearest->found) / 3 ||
        (nearest->name && distance >= nearest->distance))
        return false;
    nearest->name = name;
    nearest->distance = distance;
    return true;
}
