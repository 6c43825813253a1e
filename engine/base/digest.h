/* SHA-256, as hexadecimal text. */
#ifndef SWP_DIGEST_H
#define SWP_DIGEST_H

#include <nettle/sha2.h>
#include <stddef.h>

#define SWP_DIGEST_SIZE 65 /* 64 digits and a NUL */

typedef struct sha256_ctx swp_digest; /* may be copied, to continue twice from the same bytes */

void swp_digest_init(swp_digest *digest);
void swp_digest_add(swp_digest *digest, const void *bytes, size_t n);
void swp_digest_end(swp_digest *digest, char out[SWP_DIGEST_SIZE]); /* it is then as after init */

/* Of n contiguous bytes. */
void swp_digest_of(const void *bytes, size_t n, char out[SWP_DIGEST_SIZE]);

#endif
