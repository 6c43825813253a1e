#include <stddef.h>

#include "runner/cli/cli.h"

int main(int argc, char **argv)
{
    const cli_engine engines[] = {{"cpu", eng_cpu_api()}, {"cuda", NULL}, {NULL, NULL}};
    return cli_main(engines, argc, argv);
}
