/* Frames between the parent and its workers. Every byte that a message points to is read. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "runner/process/wire.h"
#include "tests/fuzz/fuzz.h"

static volatile unsigned seen; /* so that no read is optimised away */

static unsigned sum_of(const void *bytes, size_t size)
{
    const unsigned char *at = bytes;
    unsigned sum = 0;
    for (size_t i = 0; i < size; i++)
        sum += at[i];
    return sum;
}

static unsigned read_job(run_job job)
{
    static const swp_status refusals[] = {SWP_INTERNAL};
    unsigned sum = 0;
    for (size_t i = 0; i < job.n; i++) {
        run_job_item item;
        swp_err err = {0};
        swp_status status = run_job_next(&job, &item, &err);
        if (status != SWP_OK) {
            fuzz_check_refusal(status, &err, refusals, 1);
            break;
        }
        sum += sum_of(item.params, strlen(item.params)) + sum_of(item.folder, strlen(item.folder)) +
               sum_of(item.start, item.start_bytes) + sum_of(item.state, item.state_bytes);
    }
    return sum;
}

static unsigned read_step(const res_step *step)
{
    unsigned sum = sum_of(step->state, step->state_bytes) +
                   sum_of(step->weights, step->weights_bytes) +
                   sum_of(step->reconstructions, step->n_reconstructions * sizeof(float));
    for (size_t i = 0; i < step->n_values; i++)
        sum += sum_of(step->values[i].name, strlen(step->values[i].name)) +
               sum_of(&step->values[i].value, sizeof(double));
    const res_errors *e = step->errors;
    if (!e)
        return sum;
    FUZZ_CHECK((uintptr_t)e->val % sizeof(float) == 0 && (uintptr_t)e->test % sizeof(float) == 0);
    return sum + sum_of(e->val, e->n_val * sizeof(float)) +
           sum_of(e->test, e->n_test * sizeof(float)) +
           sum_of(e->anomaly, e->n_anomaly * sizeof(float));
}

static unsigned read_message(const run_message *message)
{
    switch (message->kind) {
    case RUN_JOB:
        return read_job(message->job);
    case RUN_STEP:
        return read_step(&message->step);
    case RUN_FAILED:
        return sum_of(message->text, strlen(message->text)) +
               sum_of(message->hint, strlen(message->hint));
    case RUN_READY:
        FUZZ_CHECK(memchr(message->info.engine, '\0', sizeof message->info.engine));
        break;
    case RUN_ENDED:
    case RUN_NOTE:
        return sum_of(message->text, strlen(message->text));
    case RUN_STOP:
    case RUN_BUDGET:
        break;
    }
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const swp_status refusals[] = {SWP_INTERNAL};
    int fd = open(fuzz_file("frames", bytes, size), O_RDONLY);
    FUZZ_CHECK(fd >= 0);
    run_inbox inbox = {0};
    run_message message;
    swp_err err = {0};
    unsigned sum = 0;
    bool eof = false;
    swp_status status = SWP_OK;
    while (status == SWP_OK && !eof) {
        status = run_inbox_wait(&inbox, fd, &message, &eof, &err);
        if (status == SWP_OK && !eof)
            sum += read_message(&message);
    }
    if (status != SWP_OK)
        fuzz_check_refusal(status, &err, refusals, 1);
    run_inbox_deinit(&inbox);
    close(fd);
    seen = sum;
    return 0;
}
