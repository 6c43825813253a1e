/* What the fuzz targets share. A target is one file with LLVMFuzzerTestOneInput: libFuzzer calls it
 * with generated inputs, replay.c with those of corpus/. */
#ifndef TEST_FUZZ_H
#define TEST_FUZZ_H

#include <stddef.h>
#include <stdint.h>

#include "engine/base/err.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* Optional: libFuzzer calls it before the first input. */
int LLVMFuzzerInitialize(int *argc, char ***argv);

/* Abort with a finding: libFuzzer keeps the input, a replay fails. */
#define FUZZ_CHECK(condition)                                                                      \
    do {                                                                                           \
        if (!(condition))                                                                          \
            fuzz_stop(__FILE__, __LINE__, #condition);                                             \
    } while (0)
_Noreturn void fuzz_stop(const char *file, int line, const char *what);

/* Write the bytes to a file of this name, in a folder that is removed when the process ends. Calls
 * with the same name write the same file. */
const char *fuzz_file(const char *name, const uint8_t *bytes, size_t size);

/* The bytes as a text, up to the first NUL. free() it. */
char *fuzz_text(const uint8_t *bytes, size_t size);

/* Check that a refusal has one of these statuses, and a text of one line of UTF-8. */
void fuzz_check_refusal(swp_status status, const swp_err *err, const swp_status *kinds, size_t n);

#endif
