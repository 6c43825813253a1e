/* Configurations from texts, for the tests of this folder. */
#ifndef TEST_RUNNER_CONFIG_H
#define TEST_RUNNER_CONFIG_H

#include "runner/config/cfg.h"

/* Four lines: what every configuration must have. */
#define CONFIG_MINIMAL "[experiment]\nname = t\n[data]\npath = builtin:ecg\n"

/* Change to a fresh folder, so that messages name files without a path. */
void config_enter_folder(const char *name);

/* Load a text as the file "t.ini"; `override` may be NULL. */
swp_status config_try(const char *text, const char *override, cfg **out, swp_err *err);

/* The same, but a failure fails the test. Caller: cfg_destroy. */
cfg *config_make(const char *text, const char *override);

/* The canonical dump written as an INI text. Caller: swp_buf_deinit. */
swp_buf config_dump(const cfg *config);

#endif
