/* What the fuzz targets share. A target is one file with LLVMFuzzerTestOneInput: libFuzzer calls it
 * with inputs that it makes up, replay.c with those of corpus/. */
#ifndef TEST_FUZZ_H
#define TEST_FUZZ_H

#include <stddef.h>
#include <stdint.h>

#include "engine/base/err.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* What only libFuzzer calls, before the first input. A target need not have it. */
int LLVMFuzzerInitialize(int *argc, char ***argv);

/* Stop as a finding: libFuzzer keeps the input, a replay fails. */
#define FUZZ_CHECK(condition)                                                                      \
    do {                                                                                           \
        if (!(condition))                                                                          \
            fuzz_stop(__FILE__, __LINE__, #condition);                                             \
    } while (0)
_Noreturn void fuzz_stop(const char *file, int line, const char *what);

/* The bytes as a file of this name, in a folder of this process that goes when it ends. Every call
 * with the same name writes the same file. */
const char *fuzz_file(const char *name, const uint8_t *bytes, size_t size);

/* The bytes as a text that ends where the first NUL is. free() it. */
char *fuzz_text(const uint8_t *bytes, size_t size);

/* A refusal must have one of these kinds and a text that is one line of UTF-8. */
void fuzz_check_refusal(swp_status status, const swp_err *err, const swp_status *kinds, size_t n);

#endif
