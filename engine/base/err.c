/* Filling, wrapping and printing the error record: texts are formatted once, cut with "..." when
 * too long and made plain, so that whatever a file or a user gave can be shown on a terminal. */
#include "engine/base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/str.h"

static void mark_cut(char *text, size_t size, int wanted)
{
    if (wanted >= (int)size)
        memcpy(text + swp_utf8_cut(text, size - 4), "...", 4);
}

/* For a terminal. */
static void make_fit(char *text)
{
    swp_make_plain(text);
    swp_show_unseen(text);
}

SWP_PRINTF(3, 0)
static void set_text(swp_err *err, swp_status status, const char *fmt, va_list args)
{
    err->status = status;
    err->hint[0] = '\0';
    mark_cut(err->text, sizeof err->text, vsnprintf(err->text, sizeof err->text, fmt, args));
    make_fit(err->text);
}

swp_status swp_fail(swp_err *err, swp_status status, const char *fmt, ...)
{
    if (err) {
        va_list args;
        va_start(args, fmt);
        set_text(err, status, fmt, args);
        va_end(args);
    }
    return status;
}

swp_status swp_fail_errno(swp_err *err, swp_status status, int errnum, const char *fmt, ...)
{
    if (err) {
        va_list args;
        va_start(args, fmt);
        set_text(err, status, fmt, args);
        va_end(args);
        size_t at = strlen(err->text);
        size_t room = sizeof err->text - at;
        mark_cut(err->text + at, room, snprintf(err->text + at, room, ": %s", strerror(errnum)));
        make_fit(err->text);
    }
    return status;
}

swp_status swp_wrap(swp_err *err, const char *fmt, ...)
{
    if (!err)
        return SWP_INTERNAL;
    char inner[sizeof err->text];
    memcpy(inner, err->text, sizeof inner);

    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(err->text, sizeof err->text, fmt, args);
    va_end(args);
    if (n < 0 || n >= (int)sizeof err->text) {
        mark_cut(err->text, sizeof err->text, n);
    } else {
        size_t room = sizeof err->text - (size_t)n;
        mark_cut(err->text + n, room, snprintf(err->text + n, room, ": %s", inner));
    }
    make_fit(err->text);
    return err->status;
}

swp_status swp_err_set(swp_err *err, swp_status status)
{
    if (err)
        err->status = status;
    return status;
}

void swp_err_copy(swp_err *err, const swp_err *from)
{
    if (err)
        *err = *from;
}

void swp_hint(swp_err *err, const char *fmt, ...)
{
    if (!err)
        return;
    va_list args;
    va_start(args, fmt);
    mark_cut(err->hint, sizeof err->hint, vsnprintf(err->hint, sizeof err->hint, fmt, args));
    va_end(args);
    make_fit(err->hint);
}

const char *swp_status_name(swp_status status)
{
    static const char *const names[] = {
        [SWP_OK] = "ok",
        [SWP_USAGE] = "usage",
        [SWP_CONFIG] = "config",
        [SWP_IO] = "io",
        [SWP_FORMAT] = "format",
        [SWP_NOMEM] = "nomem",
        [SWP_DB] = "db",
        [SWP_BUSY] = "busy",
        [SWP_UNAVAILABLE] = "unavailable",
        [SWP_DEVICE] = "device",
        [SWP_NUMERIC] = "numeric",
        [SWP_CANCELLED] = "cancelled",
        [SWP_INTERNAL] = "internal",
    };
    if ((unsigned)status >= sizeof names / sizeof names[0])
        return "unknown";
    return names[status];
}
