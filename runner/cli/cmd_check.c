/* sweep check: is an INI file right, and how large is its plan? Is a store whole? */
#include <stdio.h>

#include "results/store/check.h"
#include "runner/backend/state.h"
#include "runner/cli/cmds.h"
#include "runner/cli/inputs.h"
#include "runner/cli/output.h"
#include "runner/cluster/shards.h"
#include "runner/metrics/series.h"

/* --- an INI file ------------------------------------------------------------------------------ */

static swp_status check_ini(cli_call *call, bool json, swp_err *err)
{
    cfg *config = NULL;
    run_plan plan = {0};
    swp_status status = cli_load_config(call, &config, err);
    if (status == SWP_OK)
        status = run_plan_init(&plan, config, err);
    if (status == SWP_OK)
        status = cli_print_plan(&plan, NULL, NULL, json, err);
    run_plan_deinit(&plan);
    cfg_destroy(config);
    return status;
}

/* --- a store ---------------------------------------------------------------------------------- */

static void print_damage(void *context, const char *what)
{
    swp_json *json = context;
    if (json)
        swp_json_text(json, NULL, what);
    else
        printf("damaged: %s\n", what);
}

static swp_status fail_damaged(const res_store *store, size_t n, swp_err *err)
{
    swp_status status = swp_fail(err, SWP_DB, "%s: damaged in %zu place%s", res_store_path(store),
                                 n, n == 1 ? "" : "s");
    swp_hint(err, "keep a copy; sqlite3's .recover command saves what can be read");
    return status;
}

static swp_status check_store(const cli_call *call, bool as_json, swp_err *err)
{
    res_store *store = NULL;
    swp_json json = {0};
    res_check check = {.found = print_damage,
                       .context = as_json ? &json : NULL,
                       .is_model = run_shard_is_model,
                       .is_state = run_state_is_whole,
                       .is_command_state = run_series_is_state};
    swp_status status = cli_open_store(call, &store, err);
    if (status != SWP_OK)
        return status;
    swp_json_object(&json, NULL);
    swp_json_text(&json, "store", res_store_path(store));
    swp_json_list(&json, "damaged");
    status = res_store_check(store, &check, err);
    swp_json_end_list(&json);
    swp_json_end_object(&json);
    if (status == SWP_OK && as_json)
        status = cli_print_json(&json, err);
    else if (status == SWP_OK && check.n_found == 0)
        printf("%s: whole\n", res_store_path(store));
    if (status == SWP_OK && check.n_found > 0)
        status = fail_damaged(store, check.n_found, err);
    swp_buf_deinit(&json.text);
    res_store_close(store);
    return status;
}

/* --- the command ------------------------------------------------------------------------------ */

static swp_status run(cli_call *call, swp_err *err)
{
    bool json, of_store = cli_value(call, "db", NULL) != NULL;
    swp_status status = cli_wants_json(call, &json, err);
    if (status != SWP_OK)
        return status;
    if (of_store == (call->n_operands > 0)) {
        status = swp_fail(err, SWP_USAGE, "check: expected FILE.ini or --db FILE, found %s",
                          of_store ? "both" : "neither");
        swp_hint(err, "`sweep help check` describes the command");
        return status;
    }
    return of_store ? check_store(call, json, err) : check_ini(call, json, err);
}

static const cli_option options[] = {
    {.name = "db", .argument = "FILE", .help = "check a store instead: pages, references, rows"},
    CLI_OPTION_SET,
    CLI_OPTION_FORMAT("table or json"),
    CLI_OPTION_END};

const cli_command cmd_check = {
    .name = "check",
    .operands = "[FILE.ini]",
    .min_operands = 0,
    .max_operands = 1,
    .summary = "Check an INI file and print the size of its plan, or check a store",
    .notes = "A store is whole if SQLite finds no damaged page and every row is valid: sizes,\n"
             "ranges, finite numbers, references. Damage is named by table, row and column; the\n"
             "exit code is then 4.",
    .options = options,
    .run = run,
};
