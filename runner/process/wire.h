/* Messages between the parent and its workers, over a stream socket.
 *
 * A frame is a header (magic, kind, payload length) and a payload padded to 8 bytes, so that arrays
 * of numbers inside it are aligned. Both ends are one program image (workers are forked, never
 * executed), so numbers travel as they lie in memory. A job carries all that a worker needs to know
 * of its trials, except data sets and splits, which it shares since the fork. */
#ifndef RUN_WIRE_H
#define RUN_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/str.h"
#include "results/store/store.h"
#include "runner/backend/backend.h"

#define RUN_WIRE_LIMIT ((uint64_t)1 << 33) /* longest payload in bytes */

typedef enum run_message_kind {
    RUN_READY = 1, /* worker: the backend is open, or the job is over: ready for a job */
    RUN_JOB,       /* parent: train these trials */
    RUN_STEP,      /* worker: one trial's step is done */
    RUN_ENDED,     /* worker: one trial left the job; says how */
    RUN_FAILED,    /* worker: one trial, or (RUN_NO_TRIAL) the worker itself, failed */
    RUN_STOP,      /* parent: this trial ends after its current step */
    RUN_BUDGET,    /* parent: this trial ends after another step than the job said */
    RUN_NOTE       /* worker: a note about one trial */
} run_message_kind;

#define RUN_NO_TRIAL SIZE_MAX

/* Unread rest of a payload; once `failed` is set, nothing read from it is valid. */
typedef struct run_reader {
    const unsigned char *at;
    size_t left;
    bool failed;
} run_reader;

/* Trials that have all done the same number of steps. */
typedef struct run_job {
    size_t steps_done;
    size_t n;        /* items, >= 1 */
    run_reader rest; /* run_job_next takes the items from here */
} run_job;

/* A received message; pointers are borrowed from the inbox until its next fill or message. */
typedef struct run_message {
    run_message_kind kind;
    eng_info info;     /* READY */
    run_job job;       /* JOB */
    size_t trial;      /* STEP, ENDED, FAILED, STOP, BUDGET, NOTE */
    run_end end;       /* ENDED */
    size_t steps;      /* BUDGET */
    res_step step;     /* STEP; the parent knows which worker did it */
    swp_status status; /* FAILED */
    const char *text;  /* FAILED, NOTE; ENDED: how it ended, may be empty */
    const char *hint;  /* FAILED; empty for none */
} run_message;

/* Append a frame to bytes to send; buf->failed is set when memory ran out. */
void run_put_ready(swp_buf *buf, const eng_info *info);
void run_put_job(swp_buf *buf, size_t steps_done, const run_job_item *items, size_t n);
void run_put_step(swp_buf *buf, size_t trial, const res_step *step);
void run_put_ended(swp_buf *buf, size_t trial, run_end end, const char *text); /* NULL: none */
void run_put_note(swp_buf *buf, size_t trial, const char *text);
void run_put_failed(swp_buf *buf, size_t trial, const swp_err *failure);
void run_put_stop(swp_buf *buf, size_t trial);
void run_put_budget(swp_buf *buf, size_t trial, size_t steps);

/* Send all that was put, blocking until it is written, and release the buffer.
 * errors   IO (the other end is gone), NOMEM (also of a put before) */
SWP_CHECKED swp_status run_send(int fd, swp_buf *buf, swp_err *err);

/* Frames that wait until the socket has room for them. Zero-initialise. */
typedef struct run_outbox {
    swp_buf frames; /* put new ones here */
    size_t sent;    /* bytes sent */
} run_outbox;

/* Send what a non-blocking descriptor takes now. errors IO (the other end is gone), NOMEM */
SWP_CHECKED swp_status run_outbox_flush(run_outbox *outbox, int fd, swp_err *err);
bool run_outbox_is_empty(const run_outbox *outbox);
void run_outbox_deinit(run_outbox *outbox);

/* Record the failure of a FAILED message. Returns its status. */
SWP_CHECKED swp_status run_failure_of(const run_message *failed, swp_err *err);

/* Next item of a received job. errors INTERNAL when the payload ends early */
SWP_CHECKED swp_status run_job_next(run_job *job, run_job_item *out, swp_err *err);

/* Bytes received and not yet taken as messages. Zero-initialise. */
typedef struct run_inbox {
    unsigned char *bytes;
    size_t capacity, length; /* room, and bytes in it */
    size_t taken;            /* of them, already delivered */
    /* Arrays that the last STEP message points to. */
    res_named_value *values;
    size_t value_room;
    res_errors errors;
} run_inbox;

/* Read once: whatever is there, or nothing from a non-blocking descriptor. errors IO, NOMEM
 * out   *eof: the other end is closed */
SWP_CHECKED swp_status run_inbox_fill(run_inbox *inbox, int fd, bool *eof, swp_err *err);

/* Take the next complete message, if there is one. errors INTERNAL (not one of our frames), NOMEM
 */
SWP_CHECKED swp_status run_inbox_next(run_inbox *inbox, run_message *out, bool *found,
                                      swp_err *err);

/* Wait for one message. errors as fill and next; *eof when there is none any more */
SWP_CHECKED swp_status run_inbox_wait(run_inbox *inbox, int fd, run_message *out, bool *eof,
                                      swp_err *err);
void run_inbox_deinit(run_inbox *inbox);

#endif
