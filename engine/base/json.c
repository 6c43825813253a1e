/* JSON text. A writer knows only how deep it is and whether a comma is due: members are appended to
 * one buffer in the order in which they are named. */
#include "engine/base/json.h"

#include <math.h>
#include <string.h>

void swp_json_quote(swp_buf *out, const char *text)
{
    static const char named[] = "\"\\\b\f\n\r\t", letters[] = "\"\\bfnrt";
    swp_buf_puts(out, "\"");
    for (const char *c = text; *c;) {
        size_t plain = 0;
        while ((unsigned char)c[plain] >= 0x20 && c[plain] != '"' && c[plain] != '\\')
            plain++;
        swp_buf_add(out, c, plain);
        c += plain;
        if (!*c)
            break;
        const char *at = strchr(named, *c);
        if (at)
            swp_buf_printf(out, "\\%c", letters[at - named]);
        else
            swp_buf_printf(out, "\\u%04x", (unsigned)*c);
        c++;
    }
    swp_buf_puts(out, "\"");
}

static void new_line(swp_json *json)
{
    if (json->compact)
        return;
    swp_buf_puts(&json->text, "\n");
    for (unsigned i = 0; i < json->depth; i++)
        swp_buf_puts(&json->text, "  ");
}

static void begin_member(swp_json *json, const char *key)
{
    if (json->has_members)
        swp_buf_puts(&json->text, ",");
    if (json->depth > 0)
        new_line(json);
    json->has_members = true;
    if (!key)
        return;
    swp_json_quote(&json->text, key);
    swp_buf_puts(&json->text, json->compact ? ":" : ": ");
}

static void begin(swp_json *json, const char *key, const char *bracket)
{
    begin_member(json, key);
    swp_buf_puts(&json->text, bracket);
    json->depth++;
    json->has_members = false;
}

static void end(swp_json *json, const char *bracket)
{
    json->depth--;
    if (json->has_members)
        new_line(json);
    swp_buf_puts(&json->text, bracket);
    json->has_members = true;
}

void swp_json_object(swp_json *json, const char *key)
{
    begin(json, key, "{");
}

void swp_json_list(swp_json *json, const char *key)
{
    begin(json, key, "[");
}

void swp_json_end_object(swp_json *json)
{
    end(json, "}");
}

void swp_json_end_list(swp_json *json)
{
    end(json, "]");
}

void swp_json_text(swp_json *json, const char *key, const char *value)
{
    begin_member(json, key);
    if (value)
        swp_json_quote(&json->text, value);
    else
        swp_buf_puts(&json->text, "null");
}

void swp_json_size(swp_json *json, const char *key, size_t value)
{
    begin_member(json, key);
    swp_buf_printf(&json->text, "%zu", value);
}

void swp_json_real(swp_json *json, const char *key, double value)
{
    char text[SWP_NUMBER_SIZE];
    begin_member(json, key);
    swp_buf_puts(&json->text, isfinite(value) ? swp_format_double(value, text) : "null");
}

static const char *skip_digits(const char *s)
{
    return s + strspn(s, "0123456789");
}

bool swp_json_number(swp_json *json, const char *key, const char *text)
{
    const char *s = text + (*text == '-');
    const char *end = *s == '0' ? s + 1 : skip_digits(s);
    bool is_number = end > s;
    if (*end == '.') {
        s = end + 1;
        end = skip_digits(s);
        is_number = is_number && end > s;
    }
    if (*end == 'e' || *end == 'E') {
        s = end + 1 + (end[1] == '-' || end[1] == '+');
        end = skip_digits(s);
        is_number = is_number && end > s;
    }
    if (!is_number || *end != '\0')
        return false;
    begin_member(json, key);
    swp_buf_puts(&json->text, text);
    return true;
}

void swp_json_bool(swp_json *json, const char *key, bool value)
{
    begin_member(json, key);
    swp_buf_puts(&json->text, value ? "true" : "false");
}

void swp_json_null(swp_json *json, const char *key)
{
    begin_member(json, key);
    swp_buf_puts(&json->text, "null");
}
