/* The bytes of a data file, unpacked when it is a gzip file, and of standard input. */
#ifndef ENG_INPUT_PRIV_H
#define ENG_INPUT_PRIV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/err.h"

#define ENG_STANDARD_INPUT "standard input" /* its path in messages */

/* Limits of unpacking: this many bytes whatever the file's size, beyond that this many times the
 * bytes read. Recorded series compress to a third or a tenth; a file beyond this is made to fill
 * the memory. */
#define ENG_UNPACK_FREE  ((uint64_t)64 << 20)
#define ENG_UNPACK_RATIO 200u

typedef struct eng_unpacker eng_unpacker;

typedef struct eng_input {
    const char *path;       /* borrowed; named in messages */
    int file;               /* descriptor of a regular file; -1 when closed */
    uint64_t size;          /* bytes of the file, packed */
    eng_unpacker *unpacker; /* NULL: the file is not packed */
} eng_input;

/* Open a regular file at its first byte. A path of NULL is standard input, which is copied to an
 * unnamed temporary file, since text is read twice.
 * errors   IO (missing, no permission, not a regular file, no room for the copy), NOMEM
 * owns     *input is the caller's storage: eng_input_close, also after an error */
SWP_CHECKED swp_status eng_input_open(eng_input *input, const char *path, swp_err *err);
void eng_input_close(eng_input *input);

/* Read up to `size` bytes; fewer only at the end.
 * errors   IO, FORMAT (a damaged gzip file, or one that unpacks to too much), NOMEM */
SWP_CHECKED swp_status eng_input_read(eng_input *input, void *bytes, size_t size, size_t *got,
                                      swp_err *err);

/* Rewind to the first byte. */
SWP_CHECKED swp_status eng_input_rewind(eng_input *input, swp_err *err);

/* Read a part of a file that is not packed. errors IO (also when it ends before) */
SWP_CHECKED swp_status eng_input_read_at(const eng_input *input, uint64_t offset, void *bytes,
                                         size_t size, swp_err *err);

/* Unpacks one deflate stream. `window` is zlib's: 31 for gzip, -15 for the members of an archive.
 * The same functions serve gzip files and archives. */
typedef enum eng_unpacked {
    ENG_UNPACKED_MORE, /* needs more input or has more output */
    ENG_UNPACKED_END,
    ENG_UNPACKED_DAMAGED,
    ENG_UNPACKED_NO_MEMORY
} eng_unpacked;

eng_unpacker *eng_unpacker_create(int window); /* NULL: no memory */
void eng_unpacker_destroy(eng_unpacker *unpacker);
void eng_unpacker_reset(eng_unpacker *unpacker);

/* Unpack from [*from, *from + *n_from) to [*to, *to + *n_to); all four are moved on. */
eng_unpacked eng_unpacker_run(eng_unpacker *unpacker, const unsigned char **from, size_t *n_from,
                              unsigned char **to, size_t *n_to);

#endif
