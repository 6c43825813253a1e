/* Status codes and the error record that every fallible function fills.
 *
 * The caller owns the record; there are no globals and no allocation. Texts are lower case, one
 * line (swp_make_plain), outermost context first: "trial 17: reading data/x.csv: line 4: expected
 * 141 fields, found 140". A hint says what to do about it and is printed on its own line. */
#ifndef SWP_ERR_H
#define SWP_ERR_H

#ifdef __cplusplus
extern "C" {
#endif

typedef enum swp_status {
    SWP_OK = 0,
    SWP_USAGE,       /* the command line is wrong */
    SWP_CONFIG,      /* an INI file or a setting is wrong */
    SWP_IO,          /* a file or folder cannot be read or written */
    SWP_FORMAT,      /* a data file is malformed */
    SWP_NOMEM,       /* memory ran out */
    SWP_DB,          /* the store failed, is corrupt or is not one of sweep */
    SWP_BUSY,        /* another process holds the store */
    SWP_UNAVAILABLE, /* a device or an external program is missing */
    SWP_DEVICE,      /* a device failed */
    SWP_NUMERIC,     /* a loss is not finite */
    SWP_CANCELLED,   /* the user interrupted */
    SWP_INTERNAL     /* a bug in this program */
} swp_status;

typedef struct swp_err {
    swp_status status;
    char text[768]; /* one line, no trailing newline; cut with "..." when too long */
    char hint[512]; /* what to do; empty when there is nothing to add */
} swp_err;

#define SWP_CHECKED           __attribute__((warn_unused_result))
#define SWP_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

/* Record a failure. `err` may be NULL. Returns `status`, so that `return swp_fail(...)` reads well.
 */
SWP_CHECKED swp_status swp_fail(swp_err *err, swp_status status, const char *fmt, ...)
    SWP_PRINTF(3, 4);

/* Like swp_fail, with ": " and the text of `errnum` appended. */
SWP_CHECKED swp_status swp_fail_errno(swp_err *err, swp_status status, int errnum, const char *fmt,
                                      ...) SWP_PRINTF(4, 5);

/* Put "context: " in front of a recorded text. Returns the recorded status, or INTERNAL if `err` is
 * NULL, which all functions below allow too. */
SWP_CHECKED swp_status swp_wrap(swp_err *err, const char *fmt, ...) SWP_PRINTF(2, 3);

/* Give a recorded failure another status, which is returned. */
SWP_CHECKED swp_status swp_err_set(swp_err *err, swp_status status);

/* Pass on a failure that was recorded elsewhere. */
void swp_err_copy(swp_err *err, const swp_err *from);

/* Set the hint line of a recorded failure. */
void swp_hint(swp_err *err, const char *fmt, ...) SWP_PRINTF(2, 3);

/* Lower-case name of a status ("config", "io", ...); never NULL. */
const char *swp_status_name(swp_status status);

#ifdef __cplusplus
}
#endif
#endif
