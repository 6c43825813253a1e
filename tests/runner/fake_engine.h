/* A deterministic toy engine that fails where a test wants it to. */
#ifndef TEST_FAKE_ENGINE_H
#define TEST_FAKE_ENGINE_H

#include "engine/engine.h"

typedef enum fake_fault {
    FAKE_DIE,             /* be killed by SIGKILL */
    FAKE_EXIT,            /* exit with code 3 */
    FAKE_HANG,            /* hang */
    FAKE_DIVERGE,         /* a loss that is not a number */
    FAKE_BREAK,           /* status DEVICE */
    FAKE_GROW,            /* take 256 MB, then hang */
    FAKE_INTERRUPT,       /* send the parent a SIGINT, like Ctrl-C */
    FAKE_INTERRUPT_TWICE, /* and a second one, then hang */
    FAKE_INTRUDE,         /* send the parent a step of the plan's first trial */
    FAKE_STOP,            /* be stopped by SIGSTOP */
    FAKE_SLEEP            /* take 0.3 s */
} fake_fault;

#define FAKE_ALWAYS   1000u
#define FAKE_GROWS_BY ((size_t)256 << 20)

/* Remove all faults. Call it before each test. */
void fake_reset(void);

/* The model of this embedding dimension fails in this epoch, `times` times in all processes
 * together. */
void fake_expect(size_t embedding_dim, size_t epoch, fake_fault fault, size_t times);

/* Opening the engine fails with UNAVAILABLE, kills the process, exits with 0, or hangs. */
void fake_refuse_open(void);
void fake_die_in_open(void);
void fake_leave_in_open(void);
void fake_hang_in_open(void);

/* Bytes that each model of a cohort claims to need. */
void fake_claim_bytes(size_t bytes);

/* Preferred size of a cohort; 1 at first. */
void fake_set_width(size_t width);

/* Let an epoch take time: seconds for each million of the multiply-adds that the plan predicts for
 * a row and sample, and up to 10 % more or less. */
void fake_set_pace(double seconds);

const eng_api *fake_api(void);

#endif
