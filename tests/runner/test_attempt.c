/* Heartbeats of attempts at a task: renewed while the attempt runs, and removed when they are no
 * longer renewed. */
#include "runner/cluster/attempt.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/path.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/data.h"

static char folder[2048];

/* A shared folder as `sweep submit` makes it. */
static int fresh_folder(void **state)
{
    (void)state;
    char path[4096];
    snprintf(folder, sizeof folder, "%s", test_fresh_folder("attempt"));
    snprintf(path, sizeof path, "%s/running", folder);
    assert_int_equal(mkdir(path, 0777), 0);
    snprintf(path, sizeof path, "%s/shards", folder);
    return mkdir(path, 0777);
}

static void begin(run_attempt *attempt, run_manifest *manifest)
{
    swp_err err;
    *manifest = (run_manifest){.folder = folder};
    assert_int_equal(run_attempt_begin(attempt, manifest, 3, folder, &err), SWP_OK);
    assert_non_null(attempt->life);
}

/* Make the heartbeat in a file this old. */
static void age(const char *path, time_t seconds)
{
    const struct timespec then = {.tv_sec = time(NULL) - seconds};
    const struct timespec times[2] = {then, then};
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
    assert_true(run_attempt_silence(path) >= (double)seconds);
}

static void heartbeats_are_renewed(void **state)
{
    (void)state;
    run_manifest manifest;
    run_attempt attempt;
    begin(&attempt, &manifest);
    age(attempt.life, 1000);
    run_attempt_tend(&attempt); /* the last heartbeat was just now */
    assert_true(run_attempt_silence(attempt.life) >= 1000);
    attempt.beat -= 61;
    run_attempt_tend(&attempt);
    assert_true(run_attempt_silence(attempt.life) < 500);
    assert_int_equal(unlink(attempt.life), 0);
    attempt.beat -= 61;
    run_attempt_tend(&attempt); /* the attempt was stopped for a long time */
    assert_int_equal(access(attempt.life, F_OK), 0);
    run_attempt_end(&attempt);
}

/* The process of another host cannot be checked. */
static void silent_attempts_are_removed(void **state)
{
    (void)state;
    static const char who[] = "process 12 on elsewhere.invalid since 2026-01-01T00:00:00Z\n";
    run_manifest manifest;
    run_attempt attempt;
    char alive[4096], silent[4096];
    snprintf(alive, sizeof alive, "%s/running/00003-local-r0-a.attempt", folder);
    snprintf(silent, sizeof silent, "%s/running/00003-local-r0-b.attempt", folder);
    assert_int_equal(swp_file_put(alive, who, strlen(who), NULL), SWP_OK);
    assert_int_equal(swp_file_put(silent, who, strlen(who), NULL), SWP_OK);
    assert_false(run_attempt_is_gone(who));
    age(silent, (time_t)RUN_SILENT_S);
    begin(&attempt, &manifest);
    assert_int_equal(access(alive, F_OK), 0);
    assert_int_not_equal(access(silent, F_OK), 0);
    run_attempt_end(&attempt);
    assert_true(run_attempt_silence(silent) == 0); /* there is no such file */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(heartbeats_are_renewed, fresh_folder),
        cmocka_unit_test_setup(silent_attempts_are_removed, fresh_folder),
    };
    return cmocka_run_group_tests_name("attempt", tests, NULL, NULL);
}
