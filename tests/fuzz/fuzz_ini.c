/* INI files. An accepted file is within the limits, and its dump reads back to the same dump. */
#include <stdlib.h>
#include <string.h>

#include "runner/config/cfg.h"
#include "tests/fuzz/fuzz.h"

static const swp_status refusals[] = {SWP_CONFIG};

/* The canonical dump as an INI file. */
static swp_buf dump(const cfg *config)
{
    const res_pair *pairs;
    size_t n;
    swp_buf out = {0};
    cfg_canonical(config, &pairs, &n);
    for (size_t i = 0; i < n; i++) {
        const char *key = pairs[i].key, *bracket = strchr(key, ']');
        if (strcmp(key, "sweep.strategy") == 0)
            continue; /* in the dump only for the hash */
        size_t section = bracket ? (size_t)(bracket - key) : strcspn(key, ".");
        swp_buf_printf(&out, "%s%.*s]\n%s = %s\n", bracket ? "" : "[", (int)section, key,
                       key + section + (bracket ? 2 : 1), pairs[i].value);
    }
    FUZZ_CHECK(!out.failed);
    return out;
}

static void check_taken(const cfg *config)
{
    cfg_settings s;
    size_t n = cfg_evaluation_count(config);
    FUZZ_CHECK(n >= 1 && n <= CFG_MAX_EVALUATIONS);
    for (size_t i = 0; i < n; i += 1 + n / 8) {
        cfg_evaluation_at(config, i, &s);
        FUZZ_CHECK(s.shape.embedding_dim >= 1 && s.shape.embedding_dim <= ENG_MAX_EMBEDDING_DIM);
        FUZZ_CHECK(s.epochs >= 1 && s.learning_rate > 0 && s.batch_size >= 1);
        FUZZ_CHECK(s.split.cuts[0] > 0 && s.split.cuts[0] < 1);
        FUZZ_CHECK(s.data_path[0] && s.split.normal_class[0]);
    }
}

/* A grid of few points, since the dump of a large one takes long to read. */
static void check_dump(const cfg *config)
{
    cfg *again;
    swp_err err;
    swp_buf text = dump(config);
    FUZZ_CHECK(cfg_load(fuzz_file("again.ini", (const uint8_t *)text.text, text.length), NULL, 0,
                        &again, &err) == SWP_OK);
    swp_buf same = dump(again);
    FUZZ_CHECK(strcmp(text.text, same.text) == 0);
    swp_buf_deinit(&text);
    swp_buf_deinit(&same);
    cfg_destroy(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    cfg *config;
    swp_err err = {0};
    swp_status status = cfg_load(fuzz_file("x.ini", bytes, size), NULL, 0, &config, &err);
    if (status != SWP_OK) {
        fuzz_check_refusal(status, &err, refusals, 1);
        return 0;
    }
    check_taken(config);
    if (cfg_evaluation_count(config) < 1000)
        check_dump(config);
    cfg_destroy(config);
    return 0;
}
