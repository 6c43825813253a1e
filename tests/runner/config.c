#include "tests/runner/config.h"

#include <string.h>
#include <unistd.h>

#include "tests/support/cmocka_all.h"
#include "tests/support/data.h"

void config_enter_folder(const char *name)
{
    assert_int_equal(chdir(test_fresh_folder(name)), 0);
}

swp_status config_try(const char *text, const char *override, cfg **out, swp_err *err)
{
    test_write_text("t.ini", text);
    return cfg_load("t.ini", &override, override != NULL, out, err);
}

cfg *config_make(const char *text, const char *override)
{
    cfg *config;
    swp_err err;
    if (config_try(text, override, &config, &err) != SWP_OK)
        fail_msg("%s", err.text);
    return config;
}

swp_buf config_dump(const cfg *config)
{
    const res_pair *pairs;
    size_t n;
    swp_buf out = {0};
    cfg_canonical(config, &pairs, &n);
    for (size_t i = 0; i < n; i++) {
        const char *key = pairs[i].key;
        if (strcmp(key, "sweep.strategy") == 0)
            continue; /* in the dump only for the hash */
        const char *bracket = strchr(key, ']');
        size_t section = bracket ? (size_t)(bracket - key) : strcspn(key, ".");
        const char *name = key + section + (bracket ? 2 : 1);
        swp_buf_printf(&out, "%s%.*s]\n%s = %s\n", bracket ? "" : "[", (int)section, key, name,
                       pairs[i].value);
    }
    assert_false(out.failed);
    return out;
}
