#include "engine/base/mem.h"

#include <stdint.h>
#include <string.h>

#include "tests/support/cmocka_all.h"

static void blocks_are_zeroed_and_aligned(void **state)
{
    (void)state;
    static const size_t counts[] = {0, 1, 15, 16, 17, 1000, 200000};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        int *block = swp_alloc(counts[i], sizeof *block);
        assert_non_null(block);
        assert_int_equal((uintptr_t)block % 64, 0);
        for (size_t j = 0; j < counts[i]; j++)
            assert_int_equal(block[j]++, 0);
        swp_free(block);
    }
}

static void impossible_sizes_are_refused(void **state)
{
    (void)state;
    assert_null(swp_alloc(SIZE_MAX, 2));
    assert_null(swp_alloc(SIZE_MAX / 2, 2));
    assert_null(swp_alloc(1, SIZE_MAX));
    assert_null(swp_resize(NULL, SIZE_MAX / 4, 8));
    assert_null(swp_resize(NULL, 1, PTRDIFF_MAX));
}

static void blocks_grow(void **state)
{
    (void)state;
    char *block = swp_resize(NULL, 4, 1);
    assert_non_null(block);
    memcpy(block, "abc", 4);
    char *larger = swp_resize(block, 4000, 1);
    assert_non_null(larger);
    assert_string_equal(larger, "abc");
    assert_null(swp_resize(larger, SIZE_MAX, 2));
    assert_string_equal(larger, "abc"); /* the old block is untouched */
    larger = swp_resize(larger, 0, 1);
    assert_non_null(larger);
    swp_free(larger);
    swp_free(NULL);
}

static void lists_grow(void **state)
{
    (void)state;
    size_t *list = NULL;
    for (size_t n = 0; n < 1000; n++) {
        size_t *grown = swp_grow(list, n, sizeof *grown);
        assert_non_null(grown);
        list = grown;
        list[n] = n;
    }
    for (size_t i = 0; i < 1000; i++)
        assert_int_equal(list[i], i);
    swp_mem_fail_at(1);
    assert_ptr_equal(swp_grow(list, 1000, sizeof *list), list); /* it has room for 1,024 */
    assert_null(swp_grow(list, 1024, sizeof *list));
    assert_int_equal(list[999], 999);
    swp_free(list);
}

static void texts_are_copied(void **state)
{
    (void)state;
    static const char text[] = "text";
    char *copy = swp_strdup(text);
    assert_string_equal(copy, text);
    assert_ptr_not_equal(copy, text);
    swp_free(copy);
}

static void the_chosen_allocation_fails(void **state)
{
    (void)state;
    swp_mem_fail_at(3);
    char *first = swp_strdup("1");
    char *second = swp_alloc(1, 1);
    assert_non_null(first);
    assert_non_null(second);
    assert_null(swp_resize(first, 2, 1)); /* the third allocation fails */
    char *fourth = swp_strdup("4");
    assert_non_null(fourth);
    swp_mem_fail_at(1);
    assert_null(swp_strdup("x"));
    swp_mem_fail_at(1);
    assert_null(swp_alloc(1, 1));
    swp_mem_fail_at(1);
    swp_mem_fail_at(0);
    char *last = swp_strdup("last");
    assert_non_null(last);
    swp_free(first);
    swp_free(second);
    swp_free(fourth);
    swp_free(last);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_are_zeroed_and_aligned),
        cmocka_unit_test(impossible_sizes_are_refused),
        cmocka_unit_test(blocks_grow),
        cmocka_unit_test(lists_grow),
        cmocka_unit_test(texts_are_copied),
        cmocka_unit_test(the_chosen_allocation_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
