#include <stddef.h>

#include "runner/cli/cli.h"

int main(int argc, char **argv)
{
    const eng_api *const engines[] = {eng_cpu_api(), NULL};
    return cli_main(engines, argc, argv);
}
