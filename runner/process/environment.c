/* Collects what may explain a difference between two runs: program, compiler, processor, kernel,
 * engine. */
#include "runner/process/environment.h"

#include <stdio.h>
#include <sys/utsname.h>

#include "runner/process/host.h"
#include "runner/version.h"

void run_environment_add(run_environment *environment, const char *key, const char *value)
{
    environment->pairs[environment->n++] = (res_pair){key, value};
}

/* Entries that do not depend on the backend. */
static void add_machine(run_environment *environment)
{
    eng_cpu_name(environment->cpu, sizeof environment->cpu);
    struct utsname system;
    if (uname(&system) >= 0) {
        snprintf(environment->kernel, sizeof environment->kernel, "%s %s %s", system.sysname,
                 system.release, system.machine);
        snprintf(environment->host, sizeof environment->host, "%s", system.nodename);
    }
    run_environment_add(environment, "program", "sweep " SWEEP_VERSION);
    run_environment_add(environment, "commit", SWEEP_COMMIT);
    run_environment_add(environment, "compiler", SWEEP_COMPILER);
    run_environment_add(environment, "build", SWEEP_BUILD);
    run_environment_add(environment, "cpu", environment->cpu);
    run_environment_add(environment, "kernel", environment->kernel);
}

void run_environment_init(run_environment *environment, const eng_info *engine)
{
    *environment = (run_environment){.engine = *engine};
    add_machine(environment);
    run_environment_add(environment, "engine", environment->engine.engine);
    run_environment_add(environment, "device", environment->engine.device);
    run_environment_add(environment, "isa", environment->engine.isa);
    run_environment_add(environment, "blas", environment->engine.blas);
}

void run_environment_init_command(run_environment *environment, const char *run)
{
    *environment = (run_environment){.n = 0};
    add_machine(environment);
    run_environment_add(environment, "host", environment->host);
    run_environment_add(environment, "run", run);
}
