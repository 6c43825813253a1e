/* A deterministic toy engine that gets into trouble where a test wants it to. */
#ifndef TEST_FAKE_ENGINE_H
#define TEST_FAKE_ENGINE_H

#include "engine/engine.h"

typedef enum fake_trouble {
    FAKE_DIE,             /* be killed by SIGKILL */
    FAKE_EXIT,            /* exit with code 3 */
    FAKE_HANG,            /* never come back */
    FAKE_DIVERGE,         /* a loss that is not a number */
    FAKE_BREAK,           /* status DEVICE */
    FAKE_GROW,            /* take 256 MB, then hang */
    FAKE_INTERRUPT,       /* send the parent a SIGINT, as Ctrl-C */
    FAKE_INTERRUPT_TWICE, /* and a second one, then hang */
    FAKE_INTRUDE,         /* tell the parent of a step of the plan's first trial */
    FAKE_STOP,            /* be stopped, as by SIGSTOP */
    FAKE_SLEEP            /* take 0.3 s */
} fake_trouble;

#define FAKE_ALWAYS   1000u
#define FAKE_GROWS_BY ((size_t)256 << 20)

/* Forget all trouble. To be called before each test. */
void fake_reset(void);

/* The model of this embedding dimension gets into trouble in this epoch, `times` times in all
 * processes together. */
void fake_expect(size_t embedding_dim, size_t epoch, fake_trouble trouble, size_t times);

/* Opening the engine fails with UNAVAILABLE, kills the process, ends it well, or never comes back.
 */
void fake_refuse_open(void);
void fake_die_in_open(void);
void fake_leave_in_open(void);
void fake_hang_in_open(void);

/* Bytes that every model of a cohort claims to need. */
void fake_claim_bytes(size_t bytes);

/* Models that it likes to have side by side; 1 at first. */
void fake_set_width(size_t width);

/* Let an epoch take time: seconds for each million of the multiply-adds that the plan predicts for
 * a row and sample, and up to 10 % more or less. */
void fake_set_pace(double seconds);

const eng_api *fake_api(void);

#endif
