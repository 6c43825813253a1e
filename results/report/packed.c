/* Packing a column. Rows of a grid come in its order, so a column repeats itself: runs of one text,
 * and series of them. A repetition is looked for where the text occurred last. */
#include "results/report/packed_priv.h"

#include <string.h>

#include "engine/base/mem.h"

static const char *text_at(const res_packed_column *column, size_t index)
{
    return column->texts.text + column->begins[index];
}

/* The place of a text: where it is, or may be put. */
static uint32_t *place_of(const res_packed_column *column, const char *text)
{
    size_t at = (size_t)swp_hash(text, strlen(text), SWP_HASH_START);
    for (;; at++) {
        uint32_t *place = &column->places[at & (column->capacity - 1)];
        if (*place == 0 || strcmp(text_at(column, *place - 1), text) == 0)
            return place;
    }
}

/* Keep half of the places free. */
static bool make_room(res_packed_column *column)
{
    if (2 * (column->n_texts + 1) <= column->capacity)
        return true;
    swp_free(column->places);
    column->capacity = column->capacity > 0 ? 2 * column->capacity : 64;
    column->places = swp_alloc(column->capacity, sizeof *column->places);
    for (size_t i = 0; column->places && i < column->n_texts; i++)
        *place_of(column, text_at(column, i)) = (uint32_t)i + 1;
    return column->places != NULL;
}

void res_packed_add(res_packed_column *column, const char *text)
{
    if (column->failed)
        return;
    uint32_t *rows = swp_grow(column->rows, column->n_rows, sizeof *rows);
    size_t *begins = swp_grow(column->begins, column->n_texts, sizeof *begins);
    column->rows = rows ? rows : column->rows;
    column->begins = begins ? begins : column->begins;
    column->failed = !rows || !begins || !make_room(column);
    if (column->failed)
        return;
    uint32_t *place = place_of(column, text);
    if (*place == 0) {
        begins[column->n_texts] = column->texts.length;
        swp_buf_add(&column->texts, text, strlen(text) + 1);
        column->failed = column->texts.failed;
        *place = (uint32_t)++column->n_texts;
    }
    rows[column->n_rows++] = *place - 1;
}

void res_packed_deinit(res_packed_column *column)
{
    swp_buf_deinit(&column->texts);
    swp_free(column->begins);
    swp_free(column->places);
    swp_free(column->rows);
    *column = (res_packed_column){0};
}

static void put_index(size_t index, size_t n_texts, FILE *out)
{
    static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_";
    size_t weight = 1;
    while (weight * 64 < n_texts)
        weight *= 64;
    for (; weight > 0; weight /= 64)
        fputc(digits[index / weight % 64], out);
}

/* How many rows from `row` on equal those from `before` on. */
static size_t count_equal(const res_packed_column *column, size_t before, size_t row)
{
    size_t n = 0;
    while (row + n < column->n_rows && column->rows[before + n] == column->rows[row + n])
        n++;
    return n;
}

swp_status res_packed_write(const res_packed_column *column,
                            void (*put)(const char *text, FILE *out), FILE *out, swp_err *err)
{
    enum { SHORT = 8 }; /* a repetition of fewer rows takes no fewer bytes */
    size_t *last = swp_alloc(column->n_texts, sizeof *last), n_seen = 0;
    if (column->failed || !last) {
        swp_free(last);
        return swp_fail(err, SWP_NOMEM, "out of memory for the rows of a page");
    }
    for (size_t i = 0; i < column->n_texts; i++) {
        fputs(i > 0 ? "\t" : "", out);
        put(text_at(column, i), out);
    }
    fputc('\n', out);
    for (size_t row = 0, n; row < column->n_rows; row += n) {
        size_t index = column->rows[row];
        n = index < n_seen ? count_equal(column, last[index], row) : 1;
        if (index == n_seen) {
            fputc('+', out);
            n_seen++;
        } else if (n >= SHORT) {
            fprintf(out, "*%zu,%zu;", row - last[index], n);
        } else {
            put_index(index, column->n_texts, out);
            n = 1;
        }
        for (size_t i = row; i < row + n; i++)
            last[column->rows[i]] = i;
    }
    fputc('\n', out);
    swp_free(last);
    return SWP_OK;
}
