/* The program: opens the standard streams that are closed, names the engines, runs the command
 * line. */
#include <fcntl.h>
#include <stddef.h>
#include <unistd.h>

#include "runner/cli/cli.h"

/* A standard stream that is closed must not become a file or socket of ours, which messages would
 * then be written into. Writing to what takes its place fails as before. */
static void fill_standard_streams(void)
{
    int fd = open("/dev/null", O_RDONLY);
    while (fd >= 0 && fd <= STDERR_FILENO)
        fd = dup(fd);
    if (fd > STDERR_FILENO)
        close(fd);
}

int main(int argc, char **argv)
{
    fill_standard_streams();
    const cli_engine engines[] = {{"cpu", eng_cpu_api()}, {"cuda", NULL}, {NULL, NULL}};
    return cli_main(engines, argc, argv);
}
