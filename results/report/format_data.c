/* Tables for machines: CSV (RFC 4180 quoting, lines end in LF) and JSON. Numbers read back to the
 * same double; what is unknown is an empty field or null. */
#include <ctype.h>
#include <string.h>

#include "results/report/table_priv.h"

/* Where text goes: stdio would lock the file for every character. */
typedef struct sink {
    FILE *out;
    size_t n;
    char text[4096]; /* (n) not written yet */
} sink;

/* Leaves the text as it is: it is written before it is read. */
static void begin(sink *s, FILE *out)
{
    s->out = out;
    s->n = 0;
}

static void drain(sink *s)
{
    fwrite(s->text, 1, s->n, s->out);
    s->n = 0;
}

static void put_char(char c, sink *s)
{
    if (s->n == sizeof s->text)
        drain(s);
    s->text[s->n++] = c;
}

static void put(const char *text, sink *s)
{
    for (; *text; text++)
        put_char(*text, s);
}

static void put_real(double value, sink *s)
{
    char text[SWP_NUMBER_SIZE];
    put(swp_format_double(value, text), s);
}

static void put_whole(int64_t value, sink *s)
{
    char text[SWP_NUMBER_SIZE], *at = text + sizeof text;
    uint64_t rest = value < 0 ? (uint64_t)0 - (uint64_t)value : (uint64_t)value;
    for (*--at = '\0'; rest > 9; rest /= 10)
        *--at = (char)('0' + rest % 10);
    *--at = (char)('0' + rest);
    put(value < 0 ? "-" : "", s);
    put(at, s);
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

/* What a spreadsheet takes for a formula and runs: a text that begins like one and is no number. */
static bool is_formula(const char *text)
{
    double number;
    return *text && strchr("=+-@\t", *text) && !swp_parse_double(text, &number);
}

static void put_csv_words(const char *text, sink *s)
{
    bool quote = text[strcspn(text, ",\"\r\n")] != '\0';
    put(quote ? "\"" : "", s);
    put(is_formula(text) ? "'" : "", s);
    for (; *text; text++) {
        put(*text == '"' ? "\"" : "", s);
        put_char(*text, s);
    }
    put(quote ? "\"" : "", s);
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
        put(*text == '"' || *text == '\\' ? "\\" : "", s);
        for (; length > 0; length--)
            put_char(*text++, s);
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

static void put_row(const res_table *table, bool csv, sink *s)
{
    put(csv ? "" : "{", s);
    for (size_t c = 0; c < table->n; c++) {
        res_cell cell; /* its room stays as it is: clearing it would take most of the time */
        cell.people = false;
        cell.kind = RES_CELL_NONE;
        put(c > 0 ? "," : "", s);
        if (!csv) {
            put_json_words(table->columns[c].name, s);
            put_char(':', s);
        }
        table->columns[c].fill(table->rows, table->columns[c].index, &cell);
        put_cell(&cell, csv, s);
    }
    put(csv ? "\n" : "}", s);
}

static swp_status write_csv(const res_table *table, FILE *out, swp_err *err)
{
    sink s;
    (void)err;
    begin(&s, out);
    for (size_t c = 0; c < table->n; c++) {
        put(c > 0 ? "," : "", &s);
        put_csv_words(table->columns[c].name, &s);
    }
    put_char('\n', &s);
    for (size_t row = 0; table->at(table->rows, row); row++)
        put_row(table, true, &s);
    drain(&s);
    return SWP_OK;
}

static swp_status write_json(const res_table *table, FILE *out, swp_err *err)
{
    sink s;
    size_t row = 0;
    (void)err;
    begin(&s, out);
    put_char('[', &s);
    for (; table->at(table->rows, row); row++) {
        put(row > 0 ? ",\n" : "\n", &s);
        put_row(table, false, &s);
    }
    put(row > 0 ? "\n]" : "]", &s);
    drain(&s);
    return SWP_OK;
}

swp_status res_table_write_object(const res_table *table, FILE *out, swp_err *err)
{
    sink s;
    if (table->failed)
        return swp_fail(err, SWP_NOMEM, "out of memory for a table");
    begin(&s, out);
    if (table->at(table->rows, 0))
        put_row(table, false, &s);
    drain(&s);
    return SWP_OK;
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
