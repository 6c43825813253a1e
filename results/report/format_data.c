/* Tables for machines: CSV (RFC 4180 quoting, lines end in LF) and JSON. Numbers read back to the
 * same double; what is unknown is an empty field or null. Most of the time goes into finding the
 * shortest text of a number, and most numbers of a study come again (losses of one trial, shares of
 * the same counts), so their texts are remembered. */
#include <ctype.h>
#include <string.h>

#include "engine/base/mem.h"
#include "results/report/table_priv.h"

#define SLOT_BITS 14

typedef struct slot {
    double value;
    char text[SWP_NUMBER_SIZE]; /* "": nothing is remembered */
} slot;

static void put(const char *text, FILE *out)
{
    for (; *text; text++)
        putc_unlocked(*text, out);
}

/* `slots` (2^SLOT_BITS) by the bits of the number. */
static void put_real(double value, slot *slots, FILE *out)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    slot *known = &slots[(bits * UINT64_C(0x9e3779b97f4a7c15)) >> (64 - SLOT_BITS)];
    if (*known->text == '\0' || memcmp(&known->value, &value, sizeof value) != 0) {
        known->value = value;
        swp_format_double(value, known->text);
    }
    put(known->text, out);
}

static void put_whole(int64_t value, FILE *out)
{
    char text[SWP_NUMBER_SIZE], *at = text + sizeof text;
    uint64_t rest = value < 0 ? (uint64_t)0 - (uint64_t)value : (uint64_t)value;
    for (*--at = '\0'; rest > 9; rest /= 10)
        *--at = (char)('0' + rest % 10);
    *--at = (char)('0' + rest);
    put(value < 0 ? "-" : "", out);
    put(at, out);
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

static void put_csv_text(const char *text, FILE *out)
{
    bool quote = text[strcspn(text, ",\"\r\n")] != '\0';
    put(quote ? "\"" : "", out);
    for (; *text; text++) {
        put(*text == '"' ? "\"" : "", out);
        putc_unlocked(*text, out);
    }
    put(quote ? "\"" : "", out);
}

static void put_json_text(const char *text, FILE *out)
{
    putc_unlocked('"', out);
    while (*text) {
        size_t length = swp_utf8_length(text);
        if (length == 0) { /* a control character, or no UTF-8 */
            unsigned char byte = (unsigned char)*text++;
            fprintf(out, "\\u%04x", byte < 0x80 ? (unsigned)byte : 0xfffdu);
            continue;
        }
        put(*text == '"' || *text == '\\' ? "\\" : "", out);
        for (; length > 0; length--)
            putc_unlocked(*text++, out);
    }
    putc_unlocked('"', out);
}

static void put_cell(const res_cell *cell, bool csv, slot *slots, FILE *out)
{
    double number;
    switch (cell->kind) {
    case RES_CELL_NONE:
        put(csv ? "" : "null", out);
        break;
    case RES_CELL_WORDS:
        (csv ? put_csv_text : put_json_text)(cell->words, out);
        break;
    case RES_CELL_NUMBER:
        if (csv || is_json_number(cell->words))
            put(cell->words, out);
        else if (swp_parse_double(cell->words, &number))
            put_real(number, slots, out);
        break;
    case RES_CELL_WHOLE:
        put_whole(cell->whole, out);
        break;
    case RES_CELL_REAL:
        put_real(cell->real, slots, out);
        break;
    case RES_CELL_BOOL:
        put(csv ? (cell->whole ? "1" : "0") : cell->whole ? "true" : "false", out);
        break;
    }
}

static void put_row(const res_table *table, bool csv, slot *slots, FILE *out)
{
    put(csv ? "" : "{", out);
    for (size_t c = 0; c < table->n; c++) {
        res_cell cell; /* its room stays as it is: clearing it would take most of the time */
        cell.people = false;
        cell.kind = RES_CELL_NONE;
        put(c > 0 ? "," : "", out);
        if (!csv) {
            put_json_text(table->columns[c].name, out);
            putc_unlocked(':', out);
        }
        table->columns[c].fill(table->rows, table->columns[c].index, &cell);
        put_cell(&cell, csv, slots, out);
    }
    put(csv ? "\n" : "}", out);
}

static swp_status write_csv(const res_table *table, FILE *out, swp_err *err)
{
    slot *slots = swp_alloc((size_t)1 << SLOT_BITS, sizeof *slots);
    if (!slots)
        return swp_fail(err, SWP_NOMEM, "out of memory for a table");
    for (size_t c = 0; c < table->n; c++) {
        put(c > 0 ? "," : "", out);
        put_csv_text(table->columns[c].name, out);
    }
    putc_unlocked('\n', out);
    for (size_t row = 0; table->at(table->rows, row); row++)
        put_row(table, true, slots, out);
    swp_free(slots);
    return SWP_OK;
}

/* A list of objects, or the first row as one object. */
static swp_status write_objects(const res_table *table, bool single, FILE *out, swp_err *err)
{
    slot *slots = swp_alloc((size_t)1 << SLOT_BITS, sizeof *slots);
    if (!slots || table->failed) {
        swp_free(slots);
        return swp_fail(err, SWP_NOMEM, "out of memory for a table");
    }
    put(single ? "" : "[", out);
    size_t row = 0;
    for (; (row == 0 || !single) && table->at(table->rows, row); row++) {
        put(single ? "" : row > 0 ? ",\n" : "\n", out);
        put_row(table, false, slots, out);
    }
    put(single ? "" : row > 0 ? "\n]" : "]", out);
    swp_free(slots);
    return SWP_OK;
}

static swp_status write_json(const res_table *table, FILE *out, swp_err *err)
{
    return write_objects(table, false, out, err);
}

swp_status res_table_write_object(const res_table *table, FILE *out, swp_err *err)
{
    return write_objects(table, true, out, err);
}

const res_writer res_writer_csv = {"csv", true, "", "", "", put_csv_text, write_csv};
const res_writer res_writer_json = {"json", true, "", "", "", put_json_text, write_json};
