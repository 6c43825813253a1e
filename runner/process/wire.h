/* Messages between the parent and its workers, over a stream of bytes.
 *
 * A frame is a head (magic, kind, payload length) and a payload padded to 8 bytes, so that arrays
 * of numbers inside it are aligned. Both ends are one program image (workers are forked, never
 * executed), so numbers travel as they lie in memory. */
#ifndef RUN_WIRE_H
#define RUN_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/engine.h"
#include "results/store/store.h"

#define RUN_WIRE_LIMIT ((uint64_t)1 << 33) /* longest payload in bytes */

typedef enum run_message_kind {
    RUN_READY = 1, /* worker: the engine is open, or the job is over; give me work */
    RUN_JOB,       /* parent: advance these trials */
    RUN_EPOCH,     /* worker: one trial's epoch is done */
    RUN_FAILED     /* worker: one trial, or (RUN_NO_TRIAL) the worker itself, failed */
} run_message_kind;

#define RUN_NO_TRIAL SIZE_MAX

/* One trial of a job. */
typedef struct run_job_item {
    size_t trial;      /* index into the plan */
    const void *state; /* packed, after job.epochs_done epochs; ignored when that is 0 */
    size_t state_bytes;
    double best_val_loss; /* the smallest of those epochs; INFINITY when there are none */
} run_job_item;

/* Unread rest of a payload; all that was read from it is void once `failed` is set. */
typedef struct run_reader {
    const unsigned char *at;
    size_t left;
    bool failed;
} run_reader;

/* A cohort's trials, all at the same epoch. */
typedef struct run_job {
    size_t epochs_done;
    size_t n;        /* items, >= 1 */
    run_reader rest; /* run_job_next takes the items from here */
} run_job;

/* A received message; pointers are borrowed from the inbox until its next fill. */
typedef struct run_message {
    run_message_kind kind;
    eng_info info;     /* READY */
    run_job job;       /* JOB */
    size_t trial;      /* EPOCH, FAILED */
    res_epoch epoch;   /* EPOCH; which worker did it, the parent knows */
    swp_status status; /* FAILED */
    const char *text;  /* FAILED */
    const char *hint;  /* FAILED; empty for none */
} run_message;

/* All sends block until the whole frame is written. errors IO (the other end is gone), NOMEM */
SWP_CHECKED swp_status run_send_ready(int fd, const eng_info *info, swp_err *err);
SWP_CHECKED swp_status run_send_job(int fd, size_t epochs_done, const run_job_item *items, size_t n,
                                    swp_err *err);
SWP_CHECKED swp_status run_send_epoch(int fd, size_t trial, const res_epoch *epoch, swp_err *err);
SWP_CHECKED swp_status run_send_failed(int fd, size_t trial, const swp_err *failure, swp_err *err);

/* Record what a FAILED message tells. Returns its status. */
SWP_CHECKED swp_status run_fail_as_told(const run_message *failed, swp_err *err);

/* Next item of a received job. errors INTERNAL when the payload ends early */
SWP_CHECKED swp_status run_job_next(run_job *job, run_job_item *out, swp_err *err);

/* Bytes received and not yet taken as messages. Zero-initialise. */
typedef struct run_inbox {
    unsigned char *bytes;
    size_t capacity, length; /* room, and bytes in it */
    size_t taken;            /* of them, already delivered */
} run_inbox;

/* Read once, whatever is there (blocks when nothing is). errors IO, NOMEM
 * out   *eof: the other end is closed */
SWP_CHECKED swp_status run_inbox_fill(run_inbox *inbox, int fd, bool *eof, swp_err *err);

/* Take the next whole message, if there is one. errors INTERNAL (not one of our frames) */
SWP_CHECKED swp_status run_inbox_next(run_inbox *inbox, run_message *out, bool *found,
                                      swp_err *err);

/* Wait for one message. errors as fill and next; *eof when there is none any more */
SWP_CHECKED swp_status run_inbox_wait(run_inbox *inbox, int fd, run_message *out, bool *eof,
                                      swp_err *err);
void run_inbox_deinit(run_inbox *inbox);

#endif
