/* Tables for machines: CSV (RFC 4180 quoting, lines end in LF) and JSON. Numbers read back to the
 * same double; what is unknown is an empty field or null. */
#include <ctype.h>
#include <string.h>

#include "engine/base/mem.h"
#include "results/report/table_priv.h"

/* A number and its text. Along a table losses, areas and shares repeat, and finding the shortest
 * text takes longer than all else about a cell. */
typedef struct written {
    uint64_t bits; /* of the double */
    size_t n;      /* length of the text; 0: free */
    char text[SWP_NUMBER_SIZE];
} written;

#define WRITTEN_BITS 10 /* of an index of those remembered */

/* Where text goes: stdio would lock the file for every character. */
typedef struct sink {
    FILE *out;
    swp_buf *into;    /* instead of `out`, or NULL */
    written *numbers; /* (2^WRITTEN_BITS), or NULL */
    size_t n;
    char text[16384]; /* (n) not written yet */
} sink;

/* Leaves the text as it is: it is written before it is read. */
static void begin(sink *s, FILE *out)
{
    s->out = out;
    s->into = NULL;
    s->numbers = NULL;
    s->n = 0;
}

static void drain(sink *s)
{
    if (s->into)
        swp_buf_add(s->into, s->text, s->n);
    else
        fwrite(s->text, 1, s->n, s->out);
    s->n = 0;
}

static void put_char(char c, sink *s)
{
    if (s->n == sizeof s->text)
        drain(s);
    s->text[s->n++] = c;
}

static void put_bytes(const char *text, size_t n, sink *s)
{
    while (n > sizeof s->text - s->n) {
        size_t room = sizeof s->text - s->n;
        memcpy(s->text + s->n, text, room);
        s->n += room;
        text += room;
        n -= room;
        drain(s);
    }
    memcpy(s->text + s->n, text, n);
    s->n += n;
}

/* A text in a room for a number: copied with it, which takes no call. */
static void put_number(const char room[SWP_NUMBER_SIZE], size_t n, sink *s)
{
    if (sizeof s->text - s->n < SWP_NUMBER_SIZE)
        drain(s);
    memcpy(s->text + s->n, room, SWP_NUMBER_SIZE);
    s->n += n;
}

static void put(const char *text, sink *s)
{
    put_bytes(text, strlen(text), s);
}

static void put_real(double value, sink *s)
{
    const uint64_t spread = UINT64_C(0x9e3779b97f4a7c15); /* 2^64 over the golden ratio */
    written one, *w = &one;
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    one.n = 0;
    if (s->numbers)
        w = &s->numbers[(bits * spread) >> (64 - WRITTEN_BITS)];
    if (w->n == 0 || w->bits != bits) {
        w->bits = bits;
        w->n = strlen(swp_format_double(value, w->text));
    }
    put_number(w->text, w->n, s);
}

static void put_whole(int64_t value, sink *s)
{
    uint64_t rest = value < 0 ? (uint64_t)0 - (uint64_t)value : (uint64_t)value;
    size_t n = 1;
    if (value < 0)
        put_char('-', s);
    if (sizeof s->text - s->n < SWP_NUMBER_SIZE)
        drain(s);
    for (uint64_t more = rest / 10; more > 0; more /= 10)
        n++;
    s->n += n;
    for (char *at = s->text + s->n; n > 0; n--, rest /= 10)
        *--at = (char)('0' + rest % 10);
}

/* A number whose text JSON reads as it stands, unlike ".5", "+1" or "007". */
static bool is_json_number(const char *text)
{
    text += *text == '-';
    if (!isdigit((unsigned char)*text) || (*text == '0' && isdigit((unsigned char)text[1])))
        return false;
    const char *point = strchr(text, '.');
    return !point || isdigit((unsigned char)point[1]);
}

/* A text that a spreadsheet would run as a formula: it begins like one and is no number. */
static bool is_formula(const char *text)
{
    double number;
    return *text && strchr("=+-@\t", *text) && !swp_parse_double(text, &number);
}

static void put_csv_words(const char *text, sink *s)
{
    const char *end = text;
    while (*end && *end != ',' && *end != '"' && *end != '\r' && *end != '\n')
        end++;
    bool quote = *end != '\0';
    if (quote)
        put_char('"', s);
    if (is_formula(text))
        put_char('\'', s);
    put_bytes(text, (size_t)(end - text), s);
    for (; *end; end++) {
        put_bytes("\"", *end == '"', s);
        put_char(*end, s);
    }
    if (quote)
        put_char('"', s);
}

static void put_json_words(const char *text, sink *s)
{
    char escape[8];
    put_char('"', s);
    while (*text) {
        size_t length = swp_utf8_length(text);
        if (length == 0) { /* a control character, or no UTF-8 */
            unsigned char byte = (unsigned char)*text++;
            snprintf(escape, sizeof escape, "\\u%04x", byte < 0x80 ? (unsigned)byte : 0xfffdu);
            put(escape, s);
            continue;
        }
        put_bytes("\\", *text == '"' || *text == '\\', s);
        put_bytes(text, length, s);
        text += length;
    }
    put_char('"', s);
}

static void put_cell(const res_cell *cell, bool csv, sink *s)
{
    double number;
    switch (cell->kind) {
    case RES_CELL_NONE:
        put(csv ? "" : "null", s);
        break;
    case RES_CELL_WORDS:
        (csv ? put_csv_words : put_json_words)(cell->words, s);
        break;
    case RES_CELL_NUMBER:
        if (csv || is_json_number(cell->words))
            put(cell->words, s);
        else if (swp_parse_double(cell->words, &number))
            put_real(number, s);
        break;
    case RES_CELL_WHOLE:
        put_whole(cell->whole, s);
        break;
    case RES_CELL_REAL:
        put_real(cell->real, s);
        break;
    case RES_CELL_BOOL:
        put(csv ? (cell->whole ? "1" : "0") : cell->whole ? "true" : "false", s);
        break;
    }
}

/* What stands before the values of a row of JSON: {"first":, ,"second": and so on. */
typedef struct heads {
    swp_buf text;
    size_t *ends; /* (columns) of the text */
} heads;

/* owns *out: deinit_heads, after a failure too */
static swp_status make_heads(const res_table *table, heads *out, swp_err *err)
{
    sink s;
    begin(&s, NULL);
    s.into = &out->text;
    out->ends = swp_alloc(table->n, sizeof *out->ends);
    for (size_t c = 0; c < table->n && out->ends; c++) {
        put_char(c > 0 ? ',' : '{', &s);
        put_json_words(table->columns[c].name, &s);
        put_char(':', &s);
        drain(&s);
        out->ends[c] = out->text.length;
    }
    return out->ends && !out->text.failed ? SWP_OK
                                          : swp_fail(err, SWP_NOMEM, "out of memory for a table");
}

static void deinit_heads(heads *h)
{
    swp_buf_deinit(&h->text);
    swp_free(h->ends);
}

/* The columns from `first` to before `end`. `h`: NULL for CSV. */
static void put_cells(const res_table *table, const heads *h, size_t first, size_t end, sink *s)
{
    size_t from = h && first > 0 ? h->ends[first - 1] : 0;
    for (size_t c = first; c < end; c++) {
        res_cell cell; /* its room stays as it is: clearing it would take most of the time */
        cell.people = false;
        cell.kind = RES_CELL_NONE;
        if (h) {
            put_bytes(h->text.text + from, h->ends[c] - from, s);
            from = h->ends[c];
        } else if (c > 0) {
            put_char(',', s);
        }
        table->columns[c].fill(table->rows, table->columns[c].index, &cell);
        put_cell(&cell, !h, s);
    }
}

/* The first columns of the rows of a group, written once. */
typedef struct lead {
    swp_buf text; /* empty: of no group yet */
    size_t group;
} lead;

static void put_lead(const res_table *table, const heads *h, lead *l, sink *s)
{
    if (l->text.length == 0 || l->group != *table->group) {
        sink once;
        begin(&once, NULL);
        once.into = &l->text;
        l->text.length = 0;
        l->group = *table->group;
        put_cells(table, h, 0, table->n_of_group, &once);
        drain(&once);
    }
    if (!l->text.failed)
        put_bytes(l->text.text, l->text.length, s);
}

/* The rows, no more than `most`; *n is how many. In JSON more than one are lines of a list. */
static swp_status put_rows(const res_table *table, bool csv, size_t most, sink *s, size_t *n,
                           swp_err *err)
{
    heads h = {0};
    const heads *names = csv ? NULL : &h;
    lead l = {0};
    bool list = !csv && most > 1;
    *n = 0;
    s->numbers = swp_alloc((size_t)1 << WRITTEN_BITS, sizeof *s->numbers);
    swp_status status = csv ? SWP_OK : make_heads(table, &h, err);
    if (!s->numbers && status == SWP_OK)
        status = swp_fail(err, SWP_NOMEM, "out of memory for a table");
    for (; status == SWP_OK && !l.text.failed && *n < most && table->at(table->rows, *n); ++*n) {
        put(!list ? "" : *n > 0 ? ",\n" : "\n", s);
        if (table->group)
            put_lead(table, names, &l, s);
        put_cells(table, names, table->n_of_group, table->n, s);
        put_char(csv ? '\n' : '}', s);
    }
    if (l.text.failed && status == SWP_OK)
        status = swp_fail(err, SWP_NOMEM, "out of memory for a table");
    swp_buf_deinit(&l.text);
    deinit_heads(&h);
    swp_free(s->numbers);
    s->numbers = NULL;
    return status;
}

static swp_status write_csv(const res_table *table, FILE *out, swp_err *err)
{
    sink s;
    size_t n;
    begin(&s, out);
    for (size_t c = 0; c < table->n; c++) {
        put_bytes(",", c > 0, &s);
        put_csv_words(table->columns[c].name, &s);
    }
    put_char('\n', &s);
    swp_status status = put_rows(table, true, SIZE_MAX, &s, &n, err);
    drain(&s);
    return status;
}

static swp_status write_json(const res_table *table, FILE *out, swp_err *err)
{
    sink s;
    size_t n;
    begin(&s, out);
    put_char('[', &s);
    swp_status status = put_rows(table, false, SIZE_MAX, &s, &n, err);
    put(n > 0 ? "\n]" : "]", &s);
    drain(&s);
    return status;
}

swp_status res_table_write_object(const res_table *table, FILE *out, swp_err *err)
{
    sink s;
    size_t n;
    if (table->failed)
        return swp_fail(err, SWP_NOMEM, "out of memory for a table");
    begin(&s, out);
    swp_status status = put_rows(table, false, 1, &s, &n, err);
    drain(&s);
    return status;
}

static void put_csv_text(const char *text, FILE *out)
{
    sink s;
    begin(&s, out);
    put_csv_words(text, &s);
    drain(&s);
}

static void put_json_text(const char *text, FILE *out)
{
    sink s;
    begin(&s, out);
    put_json_words(text, &s);
    drain(&s);
}

const res_writer res_writer_csv = {"csv", true, "", "", "", put_csv_text, write_csv};
const res_writer res_writer_json = {"json", true, "", "", "", put_json_text, write_json};
