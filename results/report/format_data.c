/* Tables for machines: CSV (RFC 4180 quoting, lines end in LF) and JSON. Numbers read back to the
 * same double; what is unknown is an empty field or null. Most of the time goes into finding the
 * shortest text of a number, and most numbers of a study come again (losses of one trial, shares of
 * the same counts), so their texts are remembered. */
#include <ctype.h>
#include <string.h>

#include "engine/base/mem.h"
#include "results/report/table_priv.h"

#define SLOT_BITS 12
#define FULL      65536 /* bytes of lines before they are written */

typedef struct slot {
    double value;
    char text[SWP_NUMBER_SIZE]; /* "": nothing is remembered */
} slot;

typedef struct sink {
    FILE *out;
    bool csv;
    swp_buf lines;
    slot *slots; /* (2^SLOT_BITS) by the bits of the number */
} sink;

static void add(sink *s, const char *text)
{
    swp_buf_add(&s->lines, text, strlen(text));
}

static void add_real(sink *s, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    slot *known = &s->slots[(bits * UINT64_C(0x9e3779b97f4a7c15)) >> (64 - SLOT_BITS)];
    if (*known->text == '\0' || memcmp(&known->value, &value, sizeof value) != 0) {
        known->value = value;
        swp_format_double(value, known->text);
    }
    add(s, known->text);
}

static void add_whole(sink *s, int64_t value)
{
    char text[SWP_NUMBER_SIZE], *at = text + sizeof text;
    uint64_t rest = value < 0 ? (uint64_t)0 - (uint64_t)value : (uint64_t)value;
    for (*--at = '\0'; rest > 9; rest /= 10)
        *--at = (char)('0' + rest % 10);
    *--at = (char)('0' + rest);
    if (value < 0)
        *--at = '-';
    add(s, at);
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

static void add_number(sink *s, const char *text)
{
    double value;
    if (s->csv || is_json_number(text))
        add(s, text);
    else if (swp_parse_double(text, &value))
        add_real(s, value);
}

static void add_csv_words(sink *s, const char *text)
{
    bool quote = text[strcspn(text, ",\"\r\n")] != '\0';
    add(s, quote ? "\"" : "");
    for (; *text; text++) {
        add(s, *text == '"' ? "\"" : "");
        swp_buf_add(&s->lines, text, 1);
    }
    add(s, quote ? "\"" : "");
}

static void add_json_words(sink *s, const char *text)
{
    add(s, "\"");
    for (size_t length; *text; text += length) {
        length = swp_utf8_length(text);
        if (*text == '"' || *text == '\\') {
            add(s, "\\");
            swp_buf_add(&s->lines, text, 1);
        } else if (length > 0) {
            swp_buf_add(&s->lines, text, length);
        } else { /* a control character, or no UTF-8 */
            length = 1;
            swp_buf_printf(&s->lines, "\\u%04x",
                           (unsigned char)*text < 0x80 ? (unsigned)(unsigned char)*text : 0xfffdu);
        }
    }
    add(s, "\"");
}

static void add_cell(sink *s, const res_cell *cell)
{
    switch (cell->kind) {
    case RES_CELL_NONE:
        add(s, s->csv ? "" : "null");
        break;
    case RES_CELL_WORDS:
        if (s->csv)
            add_csv_words(s, cell->words);
        else
            add_json_words(s, cell->words);
        break;
    case RES_CELL_NUMBER:
        add_number(s, cell->words);
        break;
    case RES_CELL_WHOLE:
        add_whole(s, cell->whole);
        break;
    case RES_CELL_REAL:
        add_real(s, cell->real);
        break;
    case RES_CELL_BOOL:
        add(s, s->csv ? (cell->whole ? "1" : "0") : cell->whole ? "true" : "false");
        break;
    }
}

static void add_row(sink *s, const res_table *table)
{
    add(s, s->csv ? "" : "{");
    for (size_t c = 0; c < table->n; c++) {
        res_cell cell;
        cell.people = false;
        cell.kind = RES_CELL_NONE;
        add(s, c > 0 ? "," : "");
        if (!s->csv) {
            add_json_words(s, table->columns[c].name);
            add(s, ":");
        }
        table->columns[c].fill(table->rows, table->columns[c].index, &cell);
        add_cell(s, &cell);
    }
    add(s, s->csv ? "\n" : "}");
}

/* A NULL that is written is an error that `lines` remembers. */
static void drain(sink *s, size_t least)
{
    if (s->lines.failed || s->lines.length < least || s->lines.length == 0)
        return;
    fwrite(s->lines.text, 1, s->lines.length, s->out);
    s->lines.length = 0;
}

static swp_status begin(sink *s, FILE *out, bool csv, swp_err *err)
{
    *s = (sink){.out = out, .csv = csv};
    s->slots = swp_alloc((size_t)1 << SLOT_BITS, sizeof *s->slots);
    return s->slots ? SWP_OK : swp_fail(err, SWP_NOMEM, "out of memory for a table");
}

static swp_status end(sink *s, swp_err *err)
{
    drain(s, 0);
    bool failed = s->lines.failed;
    swp_buf_deinit(&s->lines);
    swp_free(s->slots);
    return failed ? swp_fail(err, SWP_NOMEM, "out of memory for a table") : SWP_OK;
}

static swp_status write_rows(const res_table *table, bool csv, FILE *out, swp_err *err)
{
    sink s;
    swp_status status = begin(&s, out, csv, err);
    if (status != SWP_OK)
        return status;
    add(&s, csv ? "" : "[");
    for (size_t c = 0; csv && c < table->n; c++) {
        add(&s, c > 0 ? "," : "");
        add_csv_words(&s, table->columns[c].name);
    }
    add(&s, csv ? "\n" : "");
    size_t row = 0;
    for (; table->at(table->rows, row) && !s.lines.failed; row++) {
        add(&s, csv ? "" : row > 0 ? ",\n" : "\n");
        add_row(&s, table);
        drain(&s, FULL);
    }
    add(&s, csv ? "" : row > 0 ? "\n]" : "]");
    return end(&s, err);
}

static swp_status write_csv(const res_table *table, FILE *out, swp_err *err)
{
    return write_rows(table, true, out, err);
}

static swp_status write_json(const res_table *table, FILE *out, swp_err *err)
{
    return write_rows(table, false, out, err);
}

swp_status res_table_write_object(const res_table *table, FILE *out, swp_err *err)
{
    sink s;
    swp_status status = begin(&s, out, false, err);
    if (status != SWP_OK)
        return status;
    if (table->at(table->rows, 0))
        add_row(&s, table);
    s.lines.failed |= table->failed;
    return end(&s, err);
}

static void put_text(const char *text, FILE *out)
{
    fputs(text, out);
}

const res_writer res_writer_csv = {.name = "csv",
                                   .for_machines = true,
                                   .before_heading = "",
                                   .after_heading = "",
                                   .before_line = "",
                                   .put_text = put_text,
                                   .write = write_csv};
const res_writer res_writer_json = {.name = "json",
                                    .for_machines = true,
                                    .before_heading = "",
                                    .after_heading = "",
                                    .before_line = "",
                                    .put_text = put_text,
                                    .write = write_json};
