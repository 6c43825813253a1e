#include "runner/process/wire.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/mem.h"
#include "engine/base/str.h"

#define MAGIC      0x31707773u /* "swp1" */
#define FIRST_ROOM 65536u

typedef struct head {
    uint32_t magic;
    uint32_t kind;
    uint64_t length; /* of the payload, padding included */
} head;

/* Writing */

static void put_u64(swp_buf *buf, uint64_t value)
{
    swp_buf_add(buf, (const char *)&value, sizeof value);
}

static void put_double(swp_buf *buf, double value)
{
    swp_buf_add(buf, (const char *)&value, sizeof value);
}

/* Length, bytes, zeros up to a multiple of 8. */
static void put_bytes(swp_buf *buf, const void *bytes, size_t size)
{
    static const char zeros[8];
    put_u64(buf, size);
    if (size > 0)
        swp_buf_add(buf, bytes, size);
    swp_buf_add(buf, zeros, (8 - size % 8) % 8);
}

/* Whether there are any bytes, and the bytes. */
static void put_optional(swp_buf *buf, const void *bytes, size_t size)
{
    put_u64(buf, bytes != NULL);
    if (bytes)
        put_bytes(buf, bytes, size);
}

static void begin_frame(swp_buf *buf, run_message_kind kind)
{
    head h = {.magic = MAGIC, .kind = kind};
    swp_buf_add(buf, (const char *)&h, sizeof h);
}

static swp_status write_all(int fd, const char *bytes, size_t size, swp_err *err)
{
    while (size > 0) {
        ssize_t n = write(fd, bytes, size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return swp_fail_errno(err, SWP_IO, errno, "cannot send a message");
        bytes += n;
        size -= (size_t)n;
    }
    return SWP_OK;
}

/* Complete a frame, write it and release the buffer. */
static swp_status send_frame(int fd, swp_buf *buf, swp_err *err)
{
    swp_status status;
    if (buf->failed) {
        status = swp_fail(err, SWP_NOMEM, "out of memory for a message");
    } else {
        uint64_t length = buf->length - sizeof(head);
        memcpy(buf->text + offsetof(head, length), &length, sizeof length);
        status = write_all(fd, buf->text, buf->length, err);
    }
    swp_buf_deinit(buf);
    return status;
}

swp_status run_send_ready(int fd, const eng_info *info, swp_err *err)
{
    swp_buf buf = {0};
    begin_frame(&buf, RUN_READY);
    put_bytes(&buf, info, sizeof *info);
    return send_frame(fd, &buf, err);
}

swp_status run_send_job(int fd, size_t epochs_done, const run_job_item *items, size_t n,
                        swp_err *err)
{
    swp_buf buf = {0};
    begin_frame(&buf, RUN_JOB);
    put_u64(&buf, epochs_done);
    put_u64(&buf, n);
    for (size_t i = 0; i < n; i++) {
        put_u64(&buf, items[i].trial);
        put_double(&buf, items[i].best_val_loss);
        put_bytes(&buf, items[i].state, items[i].state_bytes);
    }
    return send_frame(fd, &buf, err);
}

swp_status run_send_epoch(int fd, size_t trial, const res_epoch *epoch, swp_err *err)
{
    const res_errors *errors = &epoch->errors;
    swp_buf buf = {0};
    begin_frame(&buf, RUN_EPOCH);
    put_u64(&buf, trial);
    put_u64(&buf, epoch->epoch);
    put_double(&buf, epoch->train_loss);
    put_double(&buf, epoch->val_loss);
    put_double(&buf, epoch->train_s);
    put_double(&buf, epoch->eval_s);
    put_double(&buf, epoch->begun_s);
    put_double(&buf, epoch->ended_s);
    put_bytes(&buf, errors->val, errors->n_val * sizeof *errors->val);
    put_bytes(&buf, errors->test, errors->n_test * sizeof *errors->test);
    put_bytes(&buf, errors->anomaly, errors->n_anomaly * sizeof *errors->anomaly);
    put_bytes(&buf, epoch->state, epoch->state_bytes);
    put_optional(&buf, epoch->weights, epoch->weights_bytes);
    put_optional(&buf, epoch->reconstructions,
                 epoch->n_reconstructions * sizeof *epoch->reconstructions);
    return send_frame(fd, &buf, err);
}

swp_status run_send_failed(int fd, size_t trial, const swp_err *failure, swp_err *err)
{
    swp_buf buf = {0};
    begin_frame(&buf, RUN_FAILED);
    put_u64(&buf, trial);
    put_u64(&buf, failure->status);
    put_bytes(&buf, failure->text, strlen(failure->text) + 1);
    put_bytes(&buf, failure->hint, strlen(failure->hint) + 1);
    return send_frame(fd, &buf, err);
}

/* Reading */

static const void *get_raw(run_reader *reader, size_t size)
{
    if (reader->failed || size > reader->left) {
        reader->failed = true;
        return NULL;
    }
    const void *at = reader->at;
    reader->at += size;
    reader->left -= size;
    return at;
}

static uint64_t get_u64(run_reader *reader)
{
    uint64_t value = 0;
    const void *at = get_raw(reader, sizeof value);
    if (at)
        memcpy(&value, at, sizeof value);
    return value;
}

static double get_double(run_reader *reader)
{
    double value = 0;
    const void *at = get_raw(reader, sizeof value);
    if (at)
        memcpy(&value, at, sizeof value);
    return value;
}

static const void *get_bytes(run_reader *reader, size_t *size)
{
    uint64_t n = get_u64(reader);
    if (n > reader->left)
        reader->failed = true;
    const void *at = get_raw(reader, (size_t)n);
    get_raw(reader, (8 - (size_t)n % 8) % 8);
    *size = at ? (size_t)n : 0;
    return at;
}

static const float *get_floats(run_reader *reader, size_t *n)
{
    size_t size;
    const void *at = get_bytes(reader, &size);
    reader->failed |= size % sizeof(float) != 0;
    *n = size / sizeof(float);
    return at;
}

static bool is_text(const char *text, size_t size)
{
    return memchr(text, '\0', size) != NULL;
}

static void read_ready(run_reader *reader, run_message *out)
{
    size_t size;
    eng_info *info = &out->info;
    const void *bytes = get_bytes(reader, &size);
    if (size == sizeof *info)
        memcpy(info, bytes, size);
    reader->failed |= size != sizeof *info || !is_text(info->engine, sizeof info->engine) ||
                      !is_text(info->device, sizeof info->device) ||
                      !is_text(info->isa, sizeof info->isa) ||
                      !is_text(info->blas, sizeof info->blas) ||
                      !is_text(info->capability, sizeof info->capability) ||
                      !is_text(info->driver, sizeof info->driver);
}

static void read_epoch(run_reader *reader, run_message *out)
{
    res_epoch *epoch = &out->epoch;
    out->trial = get_u64(reader);
    epoch->epoch = get_u64(reader);
    epoch->train_loss = get_double(reader);
    epoch->val_loss = get_double(reader);
    epoch->train_s = get_double(reader);
    epoch->eval_s = get_double(reader);
    epoch->begun_s = get_double(reader);
    epoch->ended_s = get_double(reader);
    epoch->errors.val = get_floats(reader, &epoch->errors.n_val);
    epoch->errors.test = get_floats(reader, &epoch->errors.n_test);
    epoch->errors.anomaly = get_floats(reader, &epoch->errors.n_anomaly);
    epoch->state = get_bytes(reader, &epoch->state_bytes);
    if (get_u64(reader) != 0)
        epoch->weights = get_bytes(reader, &epoch->weights_bytes);
    if (get_u64(reader) != 0)
        epoch->reconstructions = get_floats(reader, &epoch->n_reconstructions);
}

static const char *get_text(run_reader *reader)
{
    size_t size;
    const char *text = get_bytes(reader, &size);
    reader->failed |= size == 0 || text[size - 1] != '\0';
    return text;
}

static void read_failed(run_reader *reader, run_message *out)
{
    out->trial = get_u64(reader);
    uint64_t status = get_u64(reader);
    out->text = get_text(reader);
    out->hint = get_text(reader);
    reader->failed |= status > SWP_INTERNAL;
    if (!reader->failed)
        out->status = (swp_status)status;
}

static swp_status read_message(const head *h, const unsigned char *payload, run_message *out,
                               swp_err *err)
{
    run_reader reader = {.at = payload, .left = (size_t)h->length};
    memset(out, 0, sizeof *out);
    out->kind = (run_message_kind)h->kind;
    switch (out->kind) {
    case RUN_READY:
        read_ready(&reader, out);
        break;
    case RUN_JOB:
        out->job.epochs_done = get_u64(&reader);
        out->job.n = get_u64(&reader);
        out->job.rest = reader;
        return SWP_OK;
    case RUN_EPOCH:
        read_epoch(&reader, out);
        break;
    case RUN_FAILED:
        read_failed(&reader, out);
        break;
    default:
        return swp_fail(err, SWP_INTERNAL, "unknown kind of message: %u", h->kind);
    }
    if (reader.failed || reader.left != 0)
        return swp_fail(err, SWP_INTERNAL, "malformed message of kind %u and %llu bytes", h->kind,
                        (unsigned long long)h->length);
    return SWP_OK;
}

swp_status run_fail_as_told(const run_message *failed, swp_err *err)
{
    swp_status status = swp_fail(err, failed->status, "%s", failed->text);
    swp_hint(err, "%s", failed->hint);
    return status;
}

swp_status run_job_next(run_job *job, run_job_item *out, swp_err *err)
{
    out->trial = get_u64(&job->rest);
    out->best_val_loss = get_double(&job->rest);
    out->state = get_bytes(&job->rest, &out->state_bytes);
    if (job->rest.failed)
        return swp_fail(err, SWP_INTERNAL, "malformed job of %zu trials", job->n);
    return SWP_OK;
}

/* The head of the frame that begins at inbox->taken, once it is there. */
static bool peek_head(const run_inbox *inbox, head *out)
{
    if (inbox->length - inbox->taken < sizeof *out)
        return false;
    memcpy(out, inbox->bytes + inbox->taken, sizeof *out);
    return true;
}

/* Move what is left to the front, and make room for the rest of the frame that has begun: at most
 * as much again as is there, since a damaged head may announce what never comes. */
static swp_status make_room(run_inbox *inbox, swp_err *err)
{
    if (inbox->taken > 0) {
        inbox->length -= inbox->taken;
        memmove(inbox->bytes, inbox->bytes + inbox->taken, inbox->length);
        inbox->taken = 0;
    }
    head h;
    size_t need = inbox->length + FIRST_ROOM;
    if (peek_head(inbox, &h) && h.length > need)
        need = h.length < need + inbox->length ? sizeof h + (size_t)h.length : need + inbox->length;
    if (need <= inbox->capacity)
        return SWP_OK;
    unsigned char *bytes = swp_resize(inbox->bytes, need, 1);
    if (!bytes)
        return swp_fail(err, SWP_NOMEM, "out of memory for a message of %zu bytes", need);
    inbox->bytes = bytes;
    inbox->capacity = need;
    return SWP_OK;
}

swp_status run_inbox_fill(run_inbox *inbox, int fd, bool *eof, swp_err *err)
{
    *eof = false;
    swp_status status = make_room(inbox, err);
    if (status != SWP_OK)
        return status;
    ssize_t n;
    do {
        n = read(fd, inbox->bytes + inbox->length, inbox->capacity - inbox->length);
    } while (n < 0 && errno == EINTR);
    /* A socket whose other end was killed reports a reset where a pipe reports its end. */
    if (n < 0 && errno != ECONNRESET)
        return swp_fail_errno(err, SWP_IO, errno, "cannot receive a message");
    *eof = n <= 0;
    if (n > 0)
        inbox->length += (size_t)n;
    return SWP_OK;
}

swp_status run_inbox_next(run_inbox *inbox, run_message *out, bool *found, swp_err *err)
{
    head h;
    *found = false;
    if (!peek_head(inbox, &h))
        return SWP_OK;
    if (h.magic != MAGIC || h.length > RUN_WIRE_LIMIT || h.length % 8 != 0)
        return swp_fail(err, SWP_INTERNAL, "not a message of ours");
    if (inbox->length - inbox->taken - sizeof h < h.length)
        return SWP_OK;
    const unsigned char *payload = inbox->bytes + inbox->taken + sizeof h;
    inbox->taken += sizeof h + (size_t)h.length;
    *found = true;
    return read_message(&h, payload, out, err);
}

swp_status run_inbox_wait(run_inbox *inbox, int fd, run_message *out, bool *eof, swp_err *err)
{
    *eof = false;
    for (;;) {
        bool found;
        swp_status status = run_inbox_next(inbox, out, &found, err);
        if (status != SWP_OK || found)
            return status;
        status = run_inbox_fill(inbox, fd, eof, err);
        if (status != SWP_OK || *eof)
            return status;
    }
}

void run_inbox_deinit(run_inbox *inbox)
{
    swp_free(inbox->bytes);
    *inbox = (run_inbox){0};
}
