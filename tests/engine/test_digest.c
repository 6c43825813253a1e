/* The fingerprint's SHA-256 is libmd's, whatever pieces the bytes come in. */
#include <sha256.h>
#include <string.h>

#include "engine/data/digest_priv.h"
#include "tests/support/cmocka_all.h"

static void digests_are_libmds(void **state)
{
    (void)state;
    uint8_t bytes[1024];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 131 + i / 7);
    for (size_t n = 0; n <= sizeof bytes; n++) {
        char want[65], found[ENG_DIGEST_SIZE];
        SHA256_CTX sha;
        SHA256Init(&sha);
        SHA256Update(&sha, bytes, n);
        SHA256End(&sha, want);
        eng_digest digest;
        eng_digest_init(&digest);
        for (size_t at = 0, step = 1 + n % 97; at < n; at += step)
            eng_digest_add(&digest, bytes + at, n - at < step ? n - at : step);
        eng_digest_end(&digest, found);
        assert_string_equal(found, want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(digests_are_libmds)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
