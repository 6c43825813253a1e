#include "results/report/rows_priv.h"

#include <cJSON.h>
#include <math.h>
#include <string.h>

#include "engine/base/str.h"

void res_rows_begin(res_rows *rows, res_format format, const char *const *names, size_t n,
                    FILE *out)
{
    *rows = (res_rows){.out = out, .csv = format == RES_CSV, .names = names, .n = n};
    if (!rows->csv) {
        fputc('[', out);
        return;
    }
    for (size_t i = 0; i < n; i++)
        fprintf(out, "%s%s", i ? "," : "", names[i]);
    fputc('\n', out);
}

void res_rows_begin_object(res_rows *rows, const char *const *names, size_t n, FILE *out)
{
    *rows = (res_rows){.out = out, .single = true, .names = names, .n = n};
}

static void put_object(res_rows *rows)
{
    char *text = cJSON_PrintUnformatted(rows->object);
    rows->failed |= !text;
    if (!rows->single)
        fputs(rows->n_rows ? ",\n" : "\n", rows->out);
    fputs(text ? text : "", rows->out);
    cJSON_free(text);
    cJSON_Delete(rows->object);
    rows->object = NULL;
}

static void next_column(res_rows *rows)
{
    if (++rows->column < rows->n)
        return;
    if (rows->csv)
        fputc('\n', rows->out);
    else
        put_object(rows);
    rows->column = 0;
    rows->n_rows++;
}

/* A field as it stands: `json` becomes the member, `csv` the field. */
static void put_field(res_rows *rows, cJSON *json, const char *csv)
{
    if (rows->csv) {
        fprintf(rows->out, "%s%s", rows->column ? "," : "", csv);
    } else {
        if (rows->column == 0)
            rows->object = cJSON_CreateObject();
        if (!cJSON_AddItemToObject(rows->object, rows->names[rows->column], json)) {
            cJSON_Delete(json);
            rows->failed = true;
        }
    }
    next_column(rows);
}

/* cJSON would print a number with an error of one unit in the last place; raw text stays exact. */
static void put_number(res_rows *rows, const char *text)
{
    put_field(rows, rows->csv ? NULL : cJSON_CreateRaw(text), text);
}

static void put_csv_text(res_rows *rows, const char *text)
{
    fputs(rows->column ? "," : "", rows->out);
    bool quote = text[strcspn(text, ",\"\r\n")] != '\0';
    fputs(quote ? "\"" : "", rows->out);
    for (; *text; text++) {
        fputs(*text == '"' ? "\"" : "", rows->out);
        fputc(*text, rows->out);
    }
    fputs(quote ? "\"" : "", rows->out);
    next_column(rows);
}

void res_rows_none(res_rows *rows)
{
    put_field(rows, rows->csv ? NULL : cJSON_CreateNull(), "");
}

void res_rows_text(res_rows *rows, const char *text)
{
    if (!text)
        res_rows_none(rows);
    else if (rows->csv)
        put_csv_text(rows, text);
    else
        put_field(rows, cJSON_CreateString(text), text);
}

void res_rows_int(res_rows *rows, int64_t value)
{
    char text[SWP_NUMBER_SIZE];
    snprintf(text, sizeof text, "%lld", (long long)value);
    put_number(rows, text);
}

void res_rows_size(res_rows *rows, size_t value)
{
    res_rows_int(rows, (int64_t)value);
}

void res_rows_bool(res_rows *rows, bool value)
{
    put_field(rows, rows->csv ? NULL : cJSON_CreateBool(value), value ? "1" : "0");
}

void res_rows_real(res_rows *rows, double value)
{
    char text[SWP_NUMBER_SIZE];
    if (isfinite(value))
        put_number(rows, swp_format_double(value, text));
    else
        res_rows_none(rows);
}

void res_rows_float(res_rows *rows, float value)
{
    char text[SWP_NUMBER_SIZE];
    put_number(rows, swp_format_float(value, text));
}

void res_rows_threshold(res_rows *rows, res_threshold threshold)
{
    char text[RES_THRESHOLD_TEXT_SIZE];
    res_threshold_format(threshold, text);
    if (threshold.kind == RES_THRESHOLD_VALUE)
        put_number(rows, text);
    else
        res_rows_text(rows, text);
}

void res_rows_value(res_rows *rows, const char *text)
{
    double number;
    if (swp_parse_double(text, &number))
        res_rows_real(rows, number);
    else
        res_rows_text(rows, text);
}

swp_status res_rows_end(res_rows *rows, swp_err *err)
{
    if (!rows->csv && !rows->single)
        fputs(rows->n_rows ? "\n]" : "]", rows->out);
    cJSON_Delete(rows->object);
    rows->object = NULL;
    if (rows->failed)
        return swp_fail(err, SWP_NOMEM, "out of memory");
    if (rows->column != 0)
        return swp_fail(err, SWP_INTERNAL, "a row of %zu columns ended at %zu", rows->n,
                        rows->column);
    return SWP_OK;
}
