/* One line "section.key=value": the value as a setting and as the list of an axis. The canonical
 * text of an accepted value reads back to the same. */
#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"
#include "runner/config/cfg_priv.h"
#include "tests/fuzz/fuzz.h"

static const swp_status refusals[] = {SWP_CONFIG};

static void try_value(const cfg_option *option, const char *text)
{
    cfg_pool pool = {0};
    cfg_value value, again;
    swp_err err = {0};
    swp_status status = cfg_value_parse(&pool, option, text, &value, &err);
    if (status != SWP_OK) {
        fuzz_check_refusal(status, &err, refusals, 1);
    } else if (option->group != CFG_IN_RUN) {
        swp_buf out = {0};
        cfg_value_format(option, &value, &out);
        FUZZ_CHECK(cfg_value_parse(&pool, option, out.text, &again, &err) == SWP_OK);
        FUZZ_CHECK(cfg_value_compare(&value, &again) == 0);
        FUZZ_CHECK(cfg_value_hash(&value, 1) == cfg_value_hash(&again, 1));
        swp_buf_deinit(&out);
    }
    cfg_pool_deinit(&pool);
}

static void try_list(const cfg_option *option, const char *text)
{
    enum { MOST = 1000 };
    cfg_pool pool = {0};
    cfg_value *values;
    size_t n;
    swp_err err = {0};
    swp_status status = cfg_list_parse(&pool, option, text, MOST, &values, &n, &err);
    if (status == SWP_OK)
        FUZZ_CHECK(n >= 1 && n <= MOST);
    else
        fuzz_check_refusal(status, &err, refusals, 1);
    swp_free(values);
    cfg_pool_deinit(&pool);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    char *line = fuzz_text(bytes, size);
    char *equals = strchr(line, '=');
    if (equals) {
        *equals = '\0';
        const cfg_option *option = cfg_option_find(line);
        if (option)
            try_value(option, equals + 1);
        if (option && option->info.can_be_axis)
            try_list(option, equals + 1);
    }
    free(line);
    return 0;
}
