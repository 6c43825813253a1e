/* Many rows in few bytes, for a page: columns instead of rows, each as its distinct texts and, for
 * every row, which of them stands there. report.js unpacks them. */
#ifndef RES_PACKED_PRIV_H
#define RES_PACKED_PRIV_H

#include <stdio.h>

#include "engine/base/str.h"

typedef struct res_packed_column {
    swp_buf texts;  /* distinct ones, each with its NUL */
    size_t *begins; /* (n_texts) where each of them begins */
    size_t n_texts;
    uint32_t *places; /* (capacity) indexes of texts from 1, by hash; 0: free */
    size_t capacity;
    uint32_t *rows; /* (n_rows) index of the text of each row */
    size_t n_rows;
    bool failed;
} res_packed_column;

/* Begin with {0}. Add the text of the next row; a failed allocation is kept in `failed`. */
void res_packed_add(res_packed_column *column, const char *text);
void res_packed_deinit(res_packed_column *column);

/* Two lines: the texts, apart by tabs and each written by `put`, then the rows. These are written
 * as marks: "+" is the text that follows the last new one, "*D,N;" repeats N rows from D rows
 * before, anything else is the index of a text in as few digits to the base of 64 as the largest
 * index needs. No mark is markup. errors NOMEM */
SWP_CHECKED swp_status res_packed_write(const res_packed_column *column,
                                        void (*put)(const char *text, FILE *out), FILE *out,
                                        swp_err *err);

#endif
