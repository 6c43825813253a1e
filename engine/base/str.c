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

/* The parts of a decimal number: digits * 10^power, with a sign. */
typedef struct decimal {
    uint64_t digits; /* all, or the first 19 significant ones */
    size_t n;        /* how many; above 19 some are not in `digits` */
    int64_t power;
    bool negative;
} decimal;

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* More than 19 digits do not fit: skip leading zeros, and digits after the 19th. `text` points
 * after the sign, `end` after the digits. */
static void scan_many(const char *text, const char *end, decimal *out)
{
    out->digits = 0;
    out->n = 0;
    for (; text < end; text++) {
        if (*text == '.' || (out->n == 0 && *text == '0'))
            continue;
        out->digits = out->n < 19 ? out->digits * 10 + (uint64_t)(*text - '0') : out->digits;
        out->n++;
    }
}

/* Read "[+-]digits[.digits][e[+-]digits]" with a digit before or after the point. Returns what
 * follows, or NULL where no number begins. */
static const char *scan_decimal(const char *text, decimal *out)
{
    enum { MOST_EXPONENT = 100000 };
    const char *c = text;
    uint64_t digits = 0;
    out->negative = *c == '-';
    c += (*c == '-') | (*c == '+');
    const char *start = c;
    for (; is_digit(*c); c++)
        digits = digits * 10 + (uint64_t)(*c - '0');
    ptrdiff_t n = c - start;
    out->power = 0;
    if (*c == '.') {
        const char *point = ++c;
        for (; is_digit(*c); c++)
            digits = digits * 10 + (uint64_t)(*c - '0');
        out->power = point - c;
        n += c - point;
    }
    if (n == 0)
        return NULL;
    out->digits = digits;
    out->n = 19;
    if (n > 19)
        scan_many(start, c, out);
    if (*c == 'e' || *c == 'E') {
        const char *e = c + 1;
        bool minus = *e == '-';
        e += (*e == '-') | (*e == '+');
        if (is_digit(*e)) {
            int64_t exponent = 0;
            for (; is_digit(*e); e++)
                exponent = exponent < MOST_EXPONENT ? exponent * 10 + (*e - '0') : exponent;
            out->power += minus ? -exponent : exponent;
            c = e;
        }
    }
    return c;
}

/* Clinger's fast path: whole numbers up to 2^53 and powers of ten up to 22 are exact doubles, so
 * one product or quotient of them is rounded as strtod would round. */
static bool convert_short(const decimal *d, double *out)
{
    static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                    1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                    1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    if (d->n > 19 || d->digits > UINT64_C(1) << 53 || d->power < -22 || d->power > 22)
        return false;
    *out =
        d->power < 0 ? (double)d->digits / powers[-d->power] : (double)d->digits * powers[d->power];
    return true;
}

#define LEAST_POWER (-36)

/* The upper 128 bits of 5^q for q = LEAST_POWER..0, rounded up: 2^k / 5^-q. */
static const uint64_t fives[][2] = {
    {0xaa242499697392d2, 0xdde50bd1d5d0b9e9}, {0xd4ad2dbfc3d07787, 0x955e4ec64b44e864},
    {0x84ec3c97da624ab4, 0xbd5af13bef0b113e}, {0xa6274bbdd0fadd61, 0xecb1ad8aeacdd58e},
    {0xcfb11ead453994ba, 0x67de18eda5814af2}, {0x81ceb32c4b43fcf4, 0x80eacf948770ced7},
    {0xa2425ff75e14fc31, 0xa1258379a94d028d}, {0xcad2f7f5359a3b3e, 0x096ee45813a04330},
    {0xfd87b5f28300ca0d, 0x8bca9d6e188853fc}, {0x9e74d1b791e07e48, 0x775ea264cf55347e},
    {0xc612062576589dda, 0x95364afe032a819e}, {0xf79687aed3eec551, 0x3a83ddbd83f52205},
    {0x9abe14cd44753b52, 0xc4926a9672793543}, {0xc16d9a0095928a27, 0x75b7053c0f178294},
    {0xf1c90080baf72cb1, 0x5324c68b12dd6339}, {0x971da05074da7bee, 0xd3f6fc16ebca5e04},
    {0xbce5086492111aea, 0x88f4bb1ca6bcf585}, {0xec1e4a7db69561a5, 0x2b31e9e3d06c32e6},
    {0x9392ee8e921d5d07, 0x3aff322e62439fd0}, {0xb877aa3236a4b449, 0x09befeb9fad487c3},
    {0xe69594bec44de15b, 0x4c2ebe687989a9b4}, {0x901d7cf73ab0acd9, 0x0f9d37014bf60a11},
    {0xb424dc35095cd80f, 0x538484c19ef38c95}, {0xe12e13424bb40e13, 0x2865a5f206b06fba},
    {0x8cbccc096f5088cb, 0xf93f87b7442e45d4}, {0xafebff0bcb24aafe, 0xf78f69a51539d749},
    {0xdbe6fecebdedd5be, 0xb573440e5a884d1c}, {0x89705f4136b4a597, 0x31680a88f8953031},
    {0xabcc77118461cefc, 0xfdc20d2b36ba7c3e}, {0xd6bf94d5e57a42bc, 0x3d32907604691b4d},
    {0x8637bd05af6c69b5, 0xa63f9a49c2c1b110}, {0xa7c5ac471b478423, 0x0fcf80dc33721d54},
    {0xd1b71758e219652b, 0xd3c36113404ea4a9}, {0x83126e978d4fdf3b, 0x645a1cac083126ea},
    {0xa3d70a3d70a3d70a, 0x3d70a3d70a3d70a4}, {0xcccccccccccccccc, 0xcccccccccccccccd},
    {0x8000000000000000, 0x0000000000000000},
};

/* Up to 19 digits times 10^-36..10^0, the numbers that printf and repr() write: one or two products
 * of 64 bits instead of strtod's long arithmetic. False if these do not decide the rounding.
 * source   Lemire 2021, "Number parsing at a gigabyte per second" */
static bool convert_long(const decimal *d, double *out)
{
    if (d->n > 19 || d->digits == 0 || d->power < LEAST_POWER || d->power > 0)
        return false;
    __extension__ typedef unsigned __int128 wide;
    const uint64_t *five = fives[d->power - LEAST_POWER];
    int zeros = __builtin_clzll(d->digits);
    uint64_t w = d->digits << zeros;
    wide product = (wide)w * five[0];
    uint64_t high = (uint64_t)(product >> 64), low = (uint64_t)product;
    if ((high & 0x1ff) == 0x1ff) { /* the bits below the 55 that count may carry */
        uint64_t more = (uint64_t)(((wide)w * five[1]) >> 64);
        low += more;
        high += low < more;
    }
    if (low == UINT64_MAX && d->power < -27)
        return false;
    int upper = (int)(high >> 63), shift = upper + 64 - 52 - 3;
    uint64_t mantissa = high >> shift;
    /* floor(log2(10^power)) + 63; log2(10) is 217706 / 2^16, and the power is made positive first
     */
    enum { LOG = 217706, WHOLE = 1 << 16 };
    int exponent = (int)((LOG * (d->power + WHOLE)) >> 16) - LOG + 63 + upper - zeros;
    bool half = low <= 1 && d->power >= -4 && (mantissa & 3) == 1 && mantissa << shift == high;
    if (half) /* exactly between two doubles: to the even one */
        mantissa &= ~UINT64_C(1);
    mantissa = (mantissa + (mantissa & 1)) >> 1;
    /* Always a normal number; a mantissa of 2^53 carries into the exponent, as it should. */
    uint64_t bits = ((uint64_t)(exponent + 1023) << 52) + (mantissa - (UINT64_C(1) << 52));
    memcpy(out, &bits, sizeof *out);
    return true;
}

/* By strtod: numbers that neither way above decides. */
static bool convert_any(const char *text, const char *end, double *out)
{
    char copy[512];
    size_t n = (size_t)(end - text);
    char *stop;
    if (*end == '\0') {
        *out = strtod(text, &stop);
        return stop == end && isfinite(*out);
    }
    if (n >= sizeof copy)
        return false;
    memcpy(copy, text, n);
    copy[n] = '\0';
    *out = strtod(copy, &stop);
    return stop == copy + n && isfinite(*out);
}

const char *swp_scan_double(const char *text, double *out)
{
    decimal d;
    const char *end = scan_decimal(text, &d);
    if (!end)
        return NULL;
    if (!convert_short(&d, out) && !convert_long(&d, out))
        return convert_any(text, end, out) ? end : NULL;
    static const double signs[] = {1, -1}; /* a branch would be mispredicted half of the time */
    *out *= signs[d.negative];
    return end;
}

bool swp_parse_double(const char *text, double *out)
{
    double value;
    const char *end = swp_scan_double(text, &value);
    if (!end || *end != '\0')
        return false;
    *out = value;
    return true;
}

/* The digits of a whole number ("12", "+12.00", "1.2e1") without sign and leading zeros; 0: not
 * whole, or too long. */
static size_t whole_digits(const char *text, char *out, size_t size)
{
    size_t n = 0;
    int64_t power = 0, exponent = 0;
    bool point = false;
    text += *text == '-' || *text == '+';
    for (; (*text >= '0' && *text <= '9') || *text == '.'; text++) {
        if (*text == '.') {
            point = true;
            continue;
        }
        power -= point;
        if (n == 0 && *text == '0')
            continue;
        if (n + 1 >= size)
            return 0;
        out[n++] = *text;
    }
    if ((*text == 'e' || *text == 'E') && swp_parse_int(text + 1, -9999, 9999, &exponent))
        power += exponent;
    for (; power < 0 && n > 0 && out[n - 1] == '0'; power++)
        n--;
    if (power < 0 || n + (size_t)power + 1 > size)
        return 0;
    memset(out + n, '0', (size_t)power);
    n += (size_t)power;
    out[n] = '\0';
    return n;
}

/* As whole_digits, for numbers so long that shortest form would give one name to several whole
 * numbers; else 0. */
static size_t long_digits(const char *text, char *out, size_t size)
{
    enum { EXACT = 15 }; /* digits that every double keeps */
    size_t n = whole_digits(text, out, size), significant = n;
    while (significant > 0 && out[significant - 1] == '0')
        significant--;
    return significant > EXACT ? n : 0;
}

bool swp_label_name(const char *text, char *out, size_t size)
{
    double value;
    const double exact = 9007199254740992.0; /* 2^53: not every whole number above it is a double */
    if (!swp_parse_double(text, &value)) {
        size_t n = strlen(text);
        if (n < size)
            memcpy(out, text, n + 1);
        return n < size;
    }
    char number[SWP_NUMBER_SIZE], digits[SWP_LABEL_SIZE];
    swp_format_double(value == 0 ? 0 : value, number); /* -0 is 0 */
    const char *sign = "", *name = number;
    /* Again for a number with decimals, whose shortest form may be a whole number. */
    if (fabs(value) >= exact && (long_digits(text, digits, sizeof digits) > 0 ||
                                 long_digits(number, digits, sizeof digits) > 0)) {
        sign = value < 0 ? "-" : "";
        name = digits;
    }
    snprintf(out, size, "%s%s", sign, name);
    return strlen(sign) + strlen(name) < size;
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

/* Write digits / 10^decimals, without zeros at the end. */
static void put_decimal(uint64_t digits, unsigned decimals, char *out)
{
    static const char pairs[] = "0001020304050607080910111213141516171819"
                                "2021222324252627282930313233343536373839"
                                "4041424344454647484950515253545556575859"
                                "6061626364656667686970717273747576777879"
                                "8081828384858687888990919293949596979899";
    char text[SWP_NUMBER_SIZE], *end = text + sizeof text, *at = end;
    *--at = '\0';
    for (; decimals >= 4 && digits % 10000 == 0; decimals -= 4)
        digits /= 10000;
    for (; decimals > 0 && digits % 10 == 0; decimals--)
        digits /= 10;
    bool point = decimals > 0;
    for (; decimals >= 2; decimals -= 2, digits /= 100)
        memcpy(at -= 2, pairs + 2 * (digits % 100), 2);
    for (; decimals > 0; decimals--, digits /= 10)
        *--at = (char)('0' + digits % 10);
    if (point)
        *--at = '.';
    do {
        *--at = (char)('0' + digits % 10);
        digits /= 10;
    } while (digits > 0);
    memcpy(out, at, (size_t)(end - at));
}

/* As swp_format_double for a size from 1e-4 to 1e14, or false. Such a number times the power of ten
 * that gives it 17 digits before the point is a fraction of whole numbers below 2^127: m * 5^k over
 * 2^shift. So rounding to fewer digits is exact, and so is whether they read back: the half way to
 * the next double is 5^k / 2 over 2^shift. (Doubles are denser below powers of two, but those of
 * this range have 14 digits at most.) */
static bool format_usual(double size, char *out)
{
    static const double powers[] = {1e-4, 1e-3, 1e-2, 1e-1, 1e0,  1e1,  1e2,  1e3,  1e4, 1e5,
                                    1e6,  1e7,  1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14};
    static const uint64_t powers_of_five[] = {1,
                                              5,
                                              25,
                                              125,
                                              625,
                                              3125,
                                              15625,
                                              78125,
                                              390625,
                                              1953125,
                                              9765625,
                                              48828125,
                                              244140625,
                                              1220703125,
                                              6103515625,
                                              30517578125,
                                              152587890625,
                                              762939453125,
                                              3814697265625,
                                              19073486328125,
                                              95367431640625};
    enum { N = sizeof powers / sizeof powers[0] };
    __extension__ typedef unsigned __int128 wide;
    if (!(size >= powers[0] && size < powers[N - 1]))
        return false;
    uint64_t bits, leading = UINT64_C(1) << 52;
    memcpy(&bits, &size, sizeof bits);
    uint64_t m = (bits & (leading - 1)) | leading; /* size = m * 2^(exponent - 52) */
    int exponent = (int)(bits >> 52) - 1023;
    int place = ((exponent + 15) * 1233) >> 12; /* log10(2) is 1233 / 2^12: right, or one more */
    while (size < powers[place])
        place--;
    unsigned k = (unsigned)(20 - place); /* digits after the point, of 17 */
    uint64_t five = powers_of_five[k];
    unsigned shift = (unsigned)(52 - exponent) - k;
    wide all = (wide)m * five;
    uint64_t whole = (uint64_t)(all >> shift), unit = 100;
    for (unsigned dropped = 2;; dropped--, unit /= 10) {
        uint64_t digits = whole / unit, full = unit << shift;
        uint64_t rest = (uint64_t)(all - ((wide)(digits * unit) << shift));
        bool up = rest > full - rest || (rest == full - rest && digits % 2 == 1);
        uint64_t off = up ? full - rest : rest;
        if (dropped == 0 || 2 * off < five || (2 * off == five && m % 2 == 0)) {
            put_decimal(digits + up, k - dropped, out);
            return true;
        }
    }
}

char *swp_format_double(double value, char out[SWP_NUMBER_SIZE])
{
    *out = '-';
    if (value == 0) {
        put_decimal(0, 0, out + (signbit(value) != 0));
        return out;
    }
    if (format_usual(fabs(value), out + (value < 0)))
        return out;
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

/* The bytes and the code of the character at `text`; 0 bytes as swp_utf8_length. */
static size_t character_at(const char *text, uint32_t *out)
{
    const unsigned char *s = (const unsigned char *)text;
    *out = s[0];
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
    *out = code;
    return character && code >= lowest[n] ? n : 0;
}

size_t swp_utf8_length(const char *text)
{
    uint32_t code;
    return character_at(text, &code);
}

/* Spaces, joiners and fillers of no width, the soft hyphen, marks and overrides of direction, ends
 * of lines and paragraphs, the byte order mark, annotations, tags. Variation selectors are none:
 * they belong to the character before.
 * source   Unicode 15, Default_Ignorable_Code_Point, and what is of category Cf, Zl or Zp and has
 *          no picture of its own */
static bool is_unseen(uint32_t code)
{
    static const uint32_t ranges[][2] = {
        {0xad, 0xad},     {0x34f, 0x34f},     {0x61c, 0x61c},     {0x115f, 0x1160},
        {0x17b4, 0x17b5}, {0x180e, 0x180e},   {0x200b, 0x200f},   {0x2028, 0x202e},
        {0x2060, 0x206f}, {0x3164, 0x3164},   {0xfeff, 0xfeff},   {0xffa0, 0xffa0},
        {0xfff9, 0xfffb}, {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff},
    };
    for (size_t i = 0; code >= ranges[0][0] && i < sizeof ranges / sizeof ranges[0]; i++)
        if (code >= ranges[i][0] && code <= ranges[i][1])
            return true;
    return false;
}

size_t swp_shown_length(const char *text)
{
    uint32_t code;
    size_t n = character_at(text, &code);
    return is_unseen(code) ? 0 : n;
}

size_t swp_unseen_length(const char *text)
{
    uint32_t code;
    size_t n = character_at(text, &code);
    return is_unseen(code) ? n : 0;
}

void swp_show_unseen(char *text)
{
    char *to = text;
    while (*text) {
        size_t n = swp_unseen_length(text);
        *to++ = n > 0 ? '?' : *text;
        text += n > 0 ? n : 1;
    }
    *to = '\0';
}

size_t swp_utf8_cut(const char *text, size_t n)
{
    size_t cut = n;
    while (cut > 0 && n - cut < 4 && ((unsigned char)text[cut] & 0xc0) == 0x80)
        cut--;
    return ((unsigned char)text[cut] & 0xc0) == 0x80 ? n : cut;
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
