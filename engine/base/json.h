/* JSON text (RFC 8259), written member by member. Numbers read back to the same value. */
#ifndef SWP_JSON_H
#define SWP_JSON_H

#include "engine/base/str.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Zero-initialise, or with `compact` on: everything on one line, without blanks. `key` is NULL for
 * elements of lists and for the outermost value. Additions after an allocation failure do nothing:
 * look at text.failed once. */
typedef struct swp_json {
    swp_buf text; /* swp_buf_deinit */
    bool compact;
    unsigned depth;
    bool has_members; /* the object or list that was begun last is not empty */
} swp_json;

void swp_json_object(swp_json *json, const char *key);
void swp_json_list(swp_json *json, const char *key);
void swp_json_end_object(swp_json *json);
void swp_json_end_list(swp_json *json);

void swp_json_text(swp_json *json, const char *key, const char *value); /* NULL gives null */
void swp_json_size(swp_json *json, const char *key, size_t value);
void swp_json_real(swp_json *json, const char *key, double value); /* not finite gives null */

/* A number as its text, "1e-3". False, and nothing is added, if JSON does not allow that form. */
SWP_CHECKED bool swp_json_number(swp_json *json, const char *key, const char *text);
void swp_json_bool(swp_json *json, const char *key, bool value);
void swp_json_null(swp_json *json, const char *key);

/* Add a text in quotes, escaped; bytes that are not UTF-8 are copied unchanged. */
void swp_json_quote(swp_buf *out, const char *text);

#ifdef __cplusplus
}
#endif
#endif
