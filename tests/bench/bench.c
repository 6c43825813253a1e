/* sweep_bench: how fast this machine trains, loads, plans and stores. */
#include "tests/bench/bench.h"

#include <string.h>

#include "engine/base/str.h"

#define USAGE "usage: sweep_bench [--quick] [--isa NAME] [--only TEXT] [--peers] [-o FILE]"

bool bench_wants(const bench_options *options, const char *name)
{
    return !options->only || strstr(name, options->only);
}

double bench_budget(const bench_options *options)
{
    return options->quick ? 0.05 : 0.25;
}

static bool parse_options(int argc, char **argv, bench_options *out)
{
    for (int i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : NULL;
        if (strcmp(argv[i], "--quick") == 0)
            out->quick = true;
        else if (strcmp(argv[i], "--peers") == 0)
            out->peers = true;
        else if (strcmp(argv[i], "--serve") == 0)
            out->serve = true;
        else if (strcmp(argv[i], "--isa") == 0 && value)
            out->isa = argv[++i];
        else if (strcmp(argv[i], "--only") == 0 && value)
            out->only = argv[++i];
        else if (strcmp(argv[i], "-o") == 0 && value)
            out->out = argv[++i];
        else
            return false;
    }
    return true;
}

/* Load average of the last minute; 0 if the system does not report it. */
static double load_average(void)
{
    char line[64] = "";
    FILE *file = fopen("/proc/loadavg", "r");
    if (!file)
        return 0;
    if (!fgets(line, sizeof line, file))
        line[0] = '\0';
    fclose(file);
    line[strcspn(line, " \n")] = '\0';
    double load = 0;
    return swp_parse_double(line, &load) ? load : 0;
}

static swp_status measure_all(const bench_options *options, bench_table *table, swp_err *err)
{
    swp_status status = bench_engine(options, table, err);
    if (status == SWP_OK)
        status = bench_data(options, table, err);
    if (status == SWP_OK)
        status = bench_store(options, table, err);
    if (status == SWP_OK)
        status = bench_search(options, table, err);
    if (status != SWP_OK)
        return status;
    bench_table_end(table);
    return options->out ? bench_table_save(table, options->out, err) : SWP_OK;
}

int main(int argc, char **argv)
{
    bench_options options = {0};
    if (!parse_options(argc, argv, &options)) {
        fprintf(stderr, "%s\n", USAGE);
        return 2;
    }
    static bench_table table;
    table.load = load_average();
    swp_err err;
    swp_status status;
    if (options.serve)
        status = bench_serve(&options, &err);
    else if (options.peers)
        status = bench_peers(&options, &err);
    else
        status = measure_all(&options, &table, &err);
    if (status == SWP_OK)
        return 0;
    fprintf(stderr, "sweep_bench: %s\n", err.text);
    if (err.hint[0])
        fprintf(stderr, "%s\n", err.hint);
    return 1;
}
