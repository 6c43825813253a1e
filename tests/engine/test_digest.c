/* SHA-256 against FIPS 180-4, with the bytes added in pieces of any size. */
#include "engine/base/digest.h"

#include <string.h>

#include "tests/support/cmocka_all.h"

static void assert_digest(const char *bytes, size_t n, const char *want)
{
    char found[SWP_DIGEST_SIZE];
    swp_digest_of(bytes, n, found);
    assert_string_equal(found, want);
}

/* source   the examples of FIPS 180-4 */
static void digests_are_the_standards(void **state)
{
    (void)state;
    static const char two_blocks[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
    assert_digest("", 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_digest("abc", 3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_digest(two_blocks, strlen(two_blocks),
                  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

static void pieces_do_not_matter(void **state)
{
    (void)state;
    char bytes[1024], want[SWP_DIGEST_SIZE], found[SWP_DIGEST_SIZE];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)(i * 131 + i / 7);
    for (size_t n = 0; n <= sizeof bytes; n++) {
        swp_digest digest;
        swp_digest_init(&digest);
        for (size_t at = 0, step = 1 + n % 97; at < n; at += step)
            swp_digest_add(&digest, bytes + at, n - at < step ? n - at : step);
        swp_digest_end(&digest, found);
        swp_digest_of(bytes, n, want);
        assert_string_equal(found, want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(digests_are_the_standards),
        cmocka_unit_test(pieces_do_not_matter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
