/* Writes and reads frames. All variable data carries its length. A reader refuses a frame if it
 * runs past the payload's end, or if bytes are left at the end of a message. */
#include "runner/process/wire.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "engine/base/mem.h"
#include "engine/base/str.h"

#define MAGIC      0x31707773u /* "swp1" */
#define FIRST_ROOM 65536u

typedef struct header {
    uint32_t magic;
    uint32_t kind;
    uint64_t length; /* of the payload, padding included */
} header;

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

/* A flag whether there are bytes, and the bytes. */
static void put_optional(swp_buf *buf, const void *bytes, size_t size)
{
    put_u64(buf, bytes != NULL);
    if (bytes)
        put_bytes(buf, bytes, size);
}

static void put_text(swp_buf *buf, const char *text)
{
    put_bytes(buf, text, strlen(text) + 1);
}

/* Returns the start of the frame, for end_frame. */
static size_t begin_frame(swp_buf *buf, run_message_kind kind)
{
    size_t begin = buf->length;
    const header h = {.magic = MAGIC, .kind = kind};
    swp_buf_add(buf, (const char *)&h, sizeof h);
    return begin;
}

static void end_frame(swp_buf *buf, size_t begin)
{
    uint64_t length = buf->length - begin - sizeof(header);
    if (!buf->failed)
        memcpy(buf->text + begin + offsetof(header, length), &length, sizeof length);
}

void run_put_ready(swp_buf *buf, const eng_info *info)
{
    size_t begin = begin_frame(buf, RUN_READY);
    put_bytes(buf, info, sizeof *info);
    end_frame(buf, begin);
}

void run_put_job(swp_buf *buf, size_t steps_done, const run_job_item *items, size_t n)
{
    size_t begin = begin_frame(buf, RUN_JOB);
    put_u64(buf, steps_done);
    put_u64(buf, n);
    for (size_t i = 0; i < n; i++) {
        put_u64(buf, items[i].trial);
        put_text(buf, items[i].params);
        put_u64(buf, items[i].steps);
        put_u64(buf, items[i].split);
        put_bytes(buf, items[i].start, items[i].start_bytes);
        put_bytes(buf, items[i].state, items[i].state_bytes);
        put_double(buf, items[i].best_val_loss);
        put_u64(buf, items[i].number);
        put_u64(buf, items[i].attempt);
        put_text(buf, items[i].folder ? items[i].folder : "");
        put_u64(buf, items[i].clears_folder);
    }
    end_frame(buf, begin);
}

void run_put_step(swp_buf *buf, size_t trial, const res_step *step)
{
    size_t begin = begin_frame(buf, RUN_STEP);
    put_u64(buf, trial);
    put_u64(buf, step->step);
    put_double(buf, step->train_s);
    put_double(buf, step->eval_s);
    put_double(buf, step->begun_s);
    put_double(buf, step->ended_s);
    put_u64(buf, step->n_values);
    for (size_t i = 0; i < step->n_values; i++) {
        put_text(buf, step->values[i].name);
        put_double(buf, step->values[i].value);
    }
    const res_errors *errors = step->errors;
    put_u64(buf, errors != NULL);
    if (errors) {
        put_bytes(buf, errors->val, errors->n_val * sizeof *errors->val);
        put_bytes(buf, errors->test, errors->n_test * sizeof *errors->test);
        put_bytes(buf, errors->anomaly, errors->n_anomaly * sizeof *errors->anomaly);
        put_bytes(buf, errors->tune, errors->n_tune * sizeof *errors->tune);
    }
    put_optional(buf, step->state, step->state_bytes);
    put_optional(buf, step->weights, step->weights_bytes);
    put_optional(buf, step->reconstructions,
                 step->n_reconstructions * sizeof *step->reconstructions);
    end_frame(buf, begin);
}

void run_put_ended(swp_buf *buf, size_t trial, run_end end, const char *text)
{
    size_t begin = begin_frame(buf, RUN_ENDED);
    put_u64(buf, trial);
    put_u64(buf, end);
    put_text(buf, text ? text : "");
    end_frame(buf, begin);
}

void run_put_note(swp_buf *buf, size_t trial, const char *text)
{
    size_t begin = begin_frame(buf, RUN_NOTE);
    put_u64(buf, trial);
    put_text(buf, text);
    end_frame(buf, begin);
}

void run_put_stop(swp_buf *buf, size_t trial)
{
    size_t begin = begin_frame(buf, RUN_STOP);
    put_u64(buf, trial);
    end_frame(buf, begin);
}

void run_put_budget(swp_buf *buf, size_t trial, size_t steps)
{
    size_t begin = begin_frame(buf, RUN_BUDGET);
    put_u64(buf, trial);
    put_u64(buf, steps);
    end_frame(buf, begin);
}

void run_put_failed(swp_buf *buf, size_t trial, const swp_err *failure)
{
    size_t begin = begin_frame(buf, RUN_FAILED);
    put_u64(buf, trial);
    put_u64(buf, failure->status);
    put_text(buf, failure->text);
    put_text(buf, failure->hint);
    end_frame(buf, begin);
}

/* Write the rest of the frames; stops early if writing would block. */
static swp_status write_rest(const swp_buf *frames, size_t *sent, int fd, swp_err *err)
{
    if (frames->failed)
        return swp_fail(err, SWP_NOMEM, "out of memory for a message");
    while (*sent < frames->length) {
        /* The other end may die at any time: report an error instead of SIGPIPE. */
        ssize_t n = send(fd, frames->text + *sent, frames->length - *sent, MSG_NOSIGNAL);
        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            return SWP_OK;
        if (n < 0 && errno != EINTR)
            return swp_fail_errno(err, SWP_IO, errno, "cannot send a message");
        *sent += n > 0 ? (size_t)n : 0;
    }
    return SWP_OK;
}

swp_status run_send(int fd, swp_buf *buf, swp_err *err)
{
    size_t sent = 0;
    swp_status status = write_rest(buf, &sent, fd, err);
    swp_buf_deinit(buf);
    return status;
}

bool run_outbox_is_empty(const run_outbox *outbox)
{
    return outbox->frames.length == 0 && !outbox->frames.failed;
}

swp_status run_outbox_flush(run_outbox *outbox, int fd, swp_err *err)
{
    swp_status status = write_rest(&outbox->frames, &outbox->sent, fd, err);
    if (status == SWP_OK && outbox->sent == outbox->frames.length)
        run_outbox_deinit(outbox);
    return status;
}

void run_outbox_deinit(run_outbox *outbox)
{
    swp_buf_deinit(&outbox->frames);
    *outbox = (run_outbox){.sent = 0};
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

static const char *get_text(run_reader *reader)
{
    size_t size;
    const char *text = get_bytes(reader, &size);
    reader->failed |= size == 0 || text[size - 1] != '\0';
    return text;
}

/* False without memory; a count that the payload cannot hold only makes the reader fail. */
static bool read_values(run_reader *reader, run_inbox *inbox, res_step *step)
{
    uint64_t n = get_u64(reader);
    reader->failed |= n > reader->left / (3 * sizeof n); /* length, text, number */
    if (reader->failed)
        return true;
    if (n > inbox->value_room) {
        res_named_value *values = swp_resize(inbox->values, (size_t)n, sizeof *values);
        if (!values)
            return false;
        inbox->values = values;
        inbox->value_room = (size_t)n;
    }
    for (size_t i = 0; i < n; i++) {
        inbox->values[i].name = get_text(reader);
        inbox->values[i].value = get_double(reader);
    }
    step->values = inbox->values;
    step->n_values = (size_t)n;
    return true;
}

static bool read_step(run_reader *reader, run_inbox *inbox, run_message *out)
{
    res_step *step = &out->step;
    out->trial = get_u64(reader);
    step->step = get_u64(reader);
    step->train_s = get_double(reader);
    step->eval_s = get_double(reader);
    step->begun_s = get_double(reader);
    step->ended_s = get_double(reader);
    if (!read_values(reader, inbox, step))
        return false;
    if (get_u64(reader) != 0) {
        res_errors *errors = &inbox->errors;
        errors->val = get_floats(reader, &errors->n_val);
        errors->test = get_floats(reader, &errors->n_test);
        errors->anomaly = get_floats(reader, &errors->n_anomaly);
        errors->tune = get_floats(reader, &errors->n_tune);
        step->errors = errors;
    }
    if (get_u64(reader) != 0)
        step->state = get_bytes(reader, &step->state_bytes);
    if (get_u64(reader) != 0)
        step->weights = get_bytes(reader, &step->weights_bytes);
    if (get_u64(reader) != 0)
        step->reconstructions = get_floats(reader, &step->n_reconstructions);
    return true;
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

static void read_ended(run_reader *reader, run_message *out)
{
    out->trial = get_u64(reader);
    uint64_t end = get_u64(reader);
    out->text = get_text(reader);
    reader->failed |= end > RUN_END_IMPOSSIBLE;
    if (!reader->failed)
        out->end = (run_end)end;
}

static swp_status read_message(run_inbox *inbox, const header *h, const unsigned char *payload,
                               run_message *out, swp_err *err)
{
    run_reader reader = {.at = payload, .left = (size_t)h->length};
    memset(out, 0, sizeof *out);
    out->kind = (run_message_kind)h->kind;
    switch (out->kind) {
    case RUN_READY:
        read_ready(&reader, out);
        break;
    case RUN_JOB:
        out->job.steps_done = get_u64(&reader);
        out->job.n = get_u64(&reader);
        out->job.rest = reader;
        return SWP_OK;
    case RUN_STEP:
        if (!read_step(&reader, inbox, out))
            return swp_fail(err, SWP_NOMEM, "out of memory for a step's values");
        break;
    case RUN_BUDGET:
        out->trial = get_u64(&reader);
        out->steps = get_u64(&reader);
        break;
    case RUN_STOP:
        out->trial = get_u64(&reader);
        break;
    case RUN_ENDED:
        read_ended(&reader, out);
        break;
    case RUN_NOTE:
        out->trial = get_u64(&reader);
        out->text = get_text(&reader);
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

swp_status run_failure_of(const run_message *failed, swp_err *err)
{
    swp_status status = swp_fail(err, failed->status, "%s", failed->text);
    swp_hint(err, "%s", failed->hint);
    return status;
}

swp_status run_job_next(run_job *job, run_job_item *out, swp_err *err)
{
    run_reader *reader = &job->rest;
    out->trial = get_u64(reader);
    out->params = get_text(reader);
    out->steps = get_u64(reader);
    out->split = get_u64(reader);
    out->start = get_bytes(reader, &out->start_bytes);
    out->state = get_bytes(reader, &out->state_bytes);
    out->best_val_loss = get_double(reader);
    out->number = get_u64(reader);
    out->attempt = get_u64(reader);
    out->folder = get_text(reader);
    out->clears_folder = get_u64(reader) != 0;
    if (job->rest.failed)
        return swp_fail(err, SWP_INTERNAL, "malformed job of %zu trials", job->n);
    return SWP_OK;
}

/* The header of the frame that begins at inbox->taken, once it has arrived. */
static bool peek_header(const run_inbox *inbox, header *out)
{
    if (inbox->length - inbox->taken < sizeof *out)
        return false;
    memcpy(out, inbox->bytes + inbox->taken, sizeof *out);
    return true;
}

/* Move the rest to the front, and make room for the rest of the current frame: at most double,
 * since a damaged header may announce bytes that never come. */
static swp_status make_room(run_inbox *inbox, swp_err *err)
{
    if (inbox->taken > 0) {
        inbox->length -= inbox->taken;
        memmove(inbox->bytes, inbox->bytes + inbox->taken, inbox->length);
        inbox->taken = 0;
    }
    header h;
    size_t need = inbox->length + FIRST_ROOM;
    if (peek_header(inbox, &h) && h.length > need)
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
    /* A socket whose other end was killed reports a reset, where a pipe reports end of file. */
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        return SWP_OK;
    if (n < 0 && errno != ECONNRESET)
        return swp_fail_errno(err, SWP_IO, errno, "cannot receive a message");
    *eof = n <= 0;
    if (n > 0)
        inbox->length += (size_t)n;
    return SWP_OK;
}

swp_status run_inbox_next(run_inbox *inbox, run_message *out, bool *found, swp_err *err)
{
    header h;
    *found = false;
    if (!peek_header(inbox, &h))
        return SWP_OK;
    if (h.magic != MAGIC || h.length > RUN_WIRE_LIMIT || h.length % 8 != 0)
        return swp_fail(err, SWP_INTERNAL, "not a message of ours");
    if (inbox->length - inbox->taken - sizeof h < h.length)
        return SWP_OK;
    const unsigned char *payload = inbox->bytes + inbox->taken + sizeof h;
    inbox->taken += sizeof h + (size_t)h.length;
    *found = true;
    return read_message(inbox, &h, payload, out, err);
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
    swp_free(inbox->values);
    *inbox = (run_inbox){0};
}
