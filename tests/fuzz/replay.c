/* Runs a target on the inputs of a corpus, each unchanged and then with some bytes changed, in
 * builds without libFuzzer. usage: fuzz_TARGET FOLDER */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"

enum { LARGEST = 1 << 20, VARIANTS = 8 };

static uint32_t draw(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

/* Cut, double a part, or change a byte. */
static size_t change(uint8_t *bytes, size_t size, uint32_t *state)
{
    if (size == 0)
        return 0;
    size_t at = draw(state) % size, n = 1 + draw(state) % (size - at);
    switch (draw(state) % 8) {
    case 0:
        memmove(bytes + at, bytes + at + n, size - at - n);
        return size - n;
    case 1:
        if (size + n > LARGEST)
            return size;
        memmove(bytes + at + n, bytes + at, size - at);
        return size + n;
    default:
        bytes[at] = (uint8_t)draw(state);
        return size;
    }
}

static void try_input(uint8_t *bytes, uint8_t *variant, size_t size)
{
    uint32_t state = 1;
    LLVMFuzzerTestOneInput(bytes, size);
    for (int i = 0; i < VARIANTS; i++) {
        size_t n = size;
        memcpy(variant, bytes, size);
        for (uint32_t k = 1 + draw(&state) % 4; k > 0; k--)
            n = change(variant, n, &state);
        /* In memory of exactly its size, so that a read after the end is found. */
        uint8_t *exact = malloc(n > 0 ? n : 1);
        if (!exact)
            fuzz_stop(__FILE__, __LINE__, "memory");
        memcpy(exact, variant, n);
        LLVMFuzzerTestOneInput(exact, n);
        free(exact);
    }
}

static void try_file(const char *path)
{
    uint8_t *bytes = malloc(LARGEST), *variant = malloc(LARGEST);
    FILE *file = fopen(path, "rb");
    if (!bytes || !variant || !file)
        fuzz_stop(__FILE__, __LINE__, path);
    size_t size = fread(bytes, 1, LARGEST, file);
    fclose(file);
    printf("%s\n", path);
    fflush(stdout);
    try_input(bytes, variant, size);
    free(bytes);
    free(variant);
}

int main(int argc, char **argv)
{
    DIR *folder = argc == 2 ? opendir(argv[1]) : NULL;
    if (!folder) {
        fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
        return 2;
    }
    size_t n = 0;
    for (const struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        char path[4096];
        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "%s/%s", argv[1], entry->d_name);
        try_file(path);
        n++;
    }
    closedir(folder);
    printf("%zu inputs\n", n);
    return n > 0 ? 0 : 1;
}
