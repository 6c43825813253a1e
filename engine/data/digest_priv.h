/* SHA-256 of many bytes: as libmd's, by the processor's own instructions where it has them. */
#ifndef ENG_DIGEST_PRIV_H
#define ENG_DIGEST_PRIV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ENG_DIGEST_SIZE 65 /* hexadecimal, with its NUL */

typedef struct eng_digest {
    uint32_t state[8];
    uint64_t size; /* bytes added */
    uint8_t rest[64];
    bool by_instructions; /* the processor has them; asking it takes long on a virtual machine */
} eng_digest;

void eng_digest_init(eng_digest *digest);
void eng_digest_add(eng_digest *digest, const void *bytes, size_t n);
void eng_digest_end(eng_digest *digest, char out[ENG_DIGEST_SIZE]);

#endif
