/* Runs test_activation.c where the processor has its instruction set, ACTIVATION_ISA. */
#include <stdio.h>

#include "engine/engine.h"

int test_activation(void);

int main(void)
{
    eng_engine *engine = NULL;
    swp_err err = {0};
    if (eng_cpu_api()->open(&(eng_options){.isa = ACTIVATION_ISA}, &engine, &err) != SWP_OK) {
        printf("[  SKIPPED ] %s\n", err.text);
        return 0;
    }
    eng_cpu_api()->close(engine);
    return test_activation();
}
