/* What each column of a table is for. */
#ifndef ENG_ROLES_PRIV_H
#define ENG_ROLES_PRIV_H

#include "engine/data/survey_priv.h"

typedef enum eng_role { ENG_ROLE_VALUE, ENG_ROLE_LABEL, ENG_ROLE_LEFT_OUT } eng_role;

#define ENG_NO_COLUMN SIZE_MAX

typedef struct eng_roles {
    bool header;            /* the first line is names */
    bool counting_header;   /* of numbers that count: pandas' default names */
    eng_role *roles;        /* (n_fields) */
    size_t *columns;        /* (n_values) numbers from 1 */
    char **values;          /* (n_values) room for the fields of a row */
    size_t n_values, label; /* label: index or ENG_NO_COLUMN */
    size_t first, last;     /* the columns at the ends that are not left out */
    swp_buf left_out;       /* for notes */
    bool has_time;          /* a column of dates or times was left out */
} eng_roles;

/* Decide from a survey; `lines` is at the first line. Notes for users go to `rows`.
 * errors   FORMAT (unclear, or not a table of sequences), NOMEM
 * owns     *out is the caller's storage: eng_roles_deinit, also after an error */
SWP_CHECKED swp_status eng_roles_init(eng_roles *out, const eng_survey *s, const eng_lines *lines,
                                      eng_rows *rows, swp_err *err);
void eng_roles_deinit(eng_roles *roles);

#endif
