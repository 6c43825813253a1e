/* The environment of a run: program, compiler, processor, engine. Stored with the revision. */
#ifndef RUN_ENVIRONMENT_H
#define RUN_ENVIRONMENT_H

#include "engine/engine.h"
#include "results/store/store.h"

/* The pairs point into the record itself, so it must not be moved. */
typedef struct run_environment {
    char cpu[128];
    char kernel[256];
    char host[256];
    eng_info engine;
    res_pair pairs[16];
    size_t n;
} run_environment;

void run_environment_init(run_environment *environment, const eng_info *engine);

/* The same where a command trains: its run line instead of an engine. */
void run_environment_init_command(run_environment *environment, const char *run);

/* Add a pair, whose texts are borrowed. */
void run_environment_add(run_environment *environment, const char *key, const char *value);

#endif
