/* SHA-256 by Nettle, which takes the processor's own instructions where there are any: without them
 * the fingerprint takes a third of the time of reading a set. */
#include "engine/base/digest.h"

#include <nettle/base16.h>

void swp_digest_init(swp_digest *digest)
{
    sha256_init(digest);
}

void swp_digest_add(swp_digest *digest, const void *bytes, size_t n)
{
    sha256_update(digest, n, bytes);
}

void swp_digest_end(swp_digest *digest, char out[SWP_DIGEST_SIZE])
{
    uint8_t sum[SHA256_DIGEST_SIZE];
    sha256_digest(digest, sizeof sum, sum);
    base16_encode_update(out, sizeof sum, sum);
    out[SWP_DIGEST_SIZE - 1] = '\0';
}

void swp_digest_of(const void *bytes, size_t n, char out[SWP_DIGEST_SIZE])
{
    swp_digest digest;
    swp_digest_init(&digest);
    swp_digest_add(&digest, bytes, n);
    swp_digest_end(&digest, out);
}
