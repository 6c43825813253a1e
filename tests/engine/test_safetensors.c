/* Models as files: what is written reads back, and everything else is refused with a clear message.
 */
#include "engine/safetensors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/data.h"

#define OK(call) assert_int_equal((call), SWP_OK)

/* Weights that are all different. Caller: swp_free. */
static eng_real *make_weights(size_t n)
{
    eng_real *weights = swp_alloc(n, sizeof *weights);
    assert_non_null(weights);
    for (size_t i = 0; i < n; i++)
        weights[i] = (eng_real)((double)i / 64 - 1.5);
    return weights;
}

static void round_trip(eng_arch arch, size_t dim)
{
    char text[24];
    snprintf(text, sizeof text, "%zu", dim);
    const eng_note notes[] = {{"arch", eng_arch_name(arch)},
                              {"embedding_dim", text},
                              {"odd", "a \"quoted\" \\ \xc3\xa9"},
                              {"empty", ""}};
    eng_layout layout = eng_layout_of((eng_shape){arch, dim});
    eng_real *weights = make_weights(layout.total);
    void *bytes, *again;
    size_t n, n_again;
    swp_err err;
    eng_saved saved;
    OK(eng_safetensors_encode(&layout, weights, notes, 4, &bytes, &n, &err));
    OK(eng_safetensors_encode(&layout, weights, notes, 4, &again, &n_again, &err));
    assert_int_equal(n, n_again);
    assert_memory_equal(bytes, again, n);
    assert_int_equal((n - layout.total * 4) % 8, 0);

    OK(eng_safetensors_decode(bytes, n, &saved, &err));
    assert_int_equal(saved.shape.arch, arch);
    assert_int_equal(saved.shape.embedding_dim, dim);
    assert_memory_equal(saved.weights, weights, layout.total * sizeof *weights);
    assert_int_equal(saved.n_notes, 4);
    assert_string_equal(eng_saved_note(&saved, "odd"), notes[2].value);
    assert_string_equal(eng_saved_note(&saved, "empty"), "");
    assert_null(eng_saved_note(&saved, "none"));
    eng_saved_deinit(&saved);
    swp_free(bytes);
    swp_free(again);
    swp_free(weights);
}

static void test_round_trip(void **state)
{
    (void)state;
    static const size_t dims[] = {1, 2, 8, 33};
    for (size_t i = 0; i < sizeof dims / sizeof dims[0]; i++) {
        round_trip(ENG_SINGLE, dims[i]);
        round_trip(ENG_STACKED, dims[i]);
    }
}

/* Files of the fuzz target's corpus, each with one fault. */
static void test_refusals(void **state)
{
    (void)state;
    static const struct {
        const char *file, *text;
    } cases[] = {
        {"short", "expected a .safetensors file, found 7 bytes"},
        {"huge_header", "expected a .safetensors file, found something else"},
        {"array", "expected a .safetensors file, found something else"},
        {"cut_header", "expected a header of 888 bytes, found 192: cut short"},
        {"deep", "expected a header of JSON, found damage"},
        {"behind_header", "expected a header of JSON, found damage"},
        {"nul_name", "expected a header of JSON, found damage"},
        {"no_metadata", "expected metadata that says what model this is, found none"},
        {"empty_object", "expected metadata that says what model this is, found none"},
        {"metadata_twice", "metadata: expected arch and embedding_dim, found no arch"},
        {"note_twice", "metadata: \"arch\" is there twice"},
        {"note_number", "metadata: \"embedding_dim\": expected a text"},
        {"dim_513", "metadata: embedding_dim: expected 1..512, found \"513\""},
        {"dim_huge", "metadata: embedding_dim: expected 1..512, found \"99999999999999999999\""},
        {"arch", "metadata: arch: expected single or stacked, found \"gru\""},
        {"unknown_name", "tensor \"?[31mevil?\": a single model has none of this name"},
        {"tensor_twice", "tensor decoder.output_layer.bias is there twice"},
        {"missing", "tensor decoder.output_layer.bias is missing"},
        {"f64", "tensor decoder.output_layer.bias: expected dtype F32, found \"F64\""},
        {"shape", "tensor decoder.output_layer.bias: expected the shape [1], found another"},
        {"outside", "tensor decoder.output_layer.bias: expected 4 bytes within the file, found "
                    "other offsets"},
        {"negative", "tensor decoder.output_layer.bias: expected 4 bytes within the file, found "
                     "other offsets"},
        {"fraction", "tensor decoder.output_layer.bias: expected 4 bytes within the file, found "
                     "other offsets"},
        {"extra_key", "tensor decoder.output_layer.bias: expected dtype, shape and data_offsets, "
                      "found more"},
        {"overlap", "tensors encoder.rnn1.weight_ih_l0 and decoder.output_layer.bias overlap"},
        {"cut", "tensor decoder.output_layer.bias: expected 4 bytes within the file, found other "
                "offsets"},
        {"longer", "expected 136 bytes of tensors, found 140"},
        {"nan", "tensor decoder.output_layer.bias: value 1 is not a finite number"},
        {"infinite", "tensor decoder.output_layer.weight: value 1 is not a finite number"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char path[512];
        size_t n;
        eng_saved saved;
        swp_err err;
        snprintf(path, sizeof path, TEST_SOURCE_DIR "/tests/fuzz/corpus/safetensors/%s",
                 cases[i].file);
        char *bytes = test_read_file(path, &n);
        if (eng_safetensors_decode(bytes, n, &saved, &err) != SWP_FORMAT)
            fail_msg("%s was taken", cases[i].file);
        assert_string_equal(err.text, cases[i].text);
        assert_null(saved.weights);
        free(bytes);
    }
}

/* Tensors may be in any order, and metadata may say anything. */
static void test_what_other_programs_may_write(void **state)
{
    (void)state;
    static const char *const files[] = {"reordered", "hostile_notes", "stacked"};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        char path[512];
        size_t n;
        eng_saved saved;
        swp_err err;
        snprintf(path, sizeof path, TEST_SOURCE_DIR "/tests/fuzz/corpus/safetensors/%s", files[i]);
        char *bytes = test_read_file(path, &n);
        OK(eng_safetensors_decode(bytes, n, &saved, &err));
        if (i == 0) {
            eng_layout layout = eng_layout_of(saved.shape);
            assert_true(saved.weights[layout.b_out] == 0); /* the file's first number */
            assert_true(saved.weights[layout.w_out] == (eng_real)(1.0 / 64));
        }
        eng_saved_deinit(&saved);
        free(bytes);
    }
}

static void test_memory_may_run_out(void **state)
{
    (void)state;
    const eng_note notes[] = {{"arch", "single"}, {"embedding_dim", "2"}};
    eng_layout layout = eng_layout_of((eng_shape){ENG_SINGLE, 2});
    eng_real *weights = make_weights(layout.total);
    swp_status status = SWP_NOMEM;
    for (unsigned long i = 1; status == SWP_NOMEM; i++) {
        void *bytes;
        size_t n;
        eng_saved saved = {0};
        swp_err err;
        swp_mem_fail_at(i);
        status = eng_safetensors_encode(&layout, weights, notes, 2, &bytes, &n, &err);
        if (status == SWP_OK)
            status = eng_safetensors_decode(bytes, n, &saved, &err);
        swp_mem_fail_at(0);
        assert_true(status == SWP_OK || status == SWP_NOMEM);
        eng_saved_deinit(&saved);
        swp_free(bytes);
    }
    swp_free(weights);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_what_other_programs_may_write),
        cmocka_unit_test(test_memory_may_run_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
