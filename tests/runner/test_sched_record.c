/* What a run records besides its results. */
#include "engine/base/mem.h"
#include "runner/process/host.h"
#include "tests/runner/bench.h"
#include "tests/runner/config.h"
#include "tests/runner/fake_engine.h"
#include "tests/support/cmocka_all.h"

/* What each worker did and when, and which trials a worker's death interrupted. */
static void test_work_and_deaths_are_on_record(void **state)
{
    (void)state;
    bench b;
    res_span *spans;
    res_event *events;
    size_t n;
    swp_err err;
    double before = run_now();
    fake_reset();
    config_enter_folder("record");
    fake_expect(3, 4, FAKE_DIE, 1);
    bench_open(&b, "a.db");
    bench_run_well(&b);
    assert_int_equal(res_spans_list(b.store, b.study.revision, &spans, &n, &err), SWP_OK);
    assert_int_equal(n, 15);
    for (size_t i = 0; i < n; i++) {
        assert_in_range(spans[i].worker, 1, 2);
        assert_true(spans[i].begun_s >= before && spans[i].begun_s <= spans[i].ended_s);
        assert_true(spans[i].ended_s < before + 600);
        for (size_t j = 0; j < i; j++) /* a worker does one thing at a time */
            assert_true(spans[j].worker != spans[i].worker || spans[j].ended_s <= spans[i].begun_s);
    }
    swp_free(spans);
    assert_int_equal(res_events_list(b.store, b.study.revision, &events, &n, &err), SWP_OK);
    assert_int_equal(n, 1);
    assert_string_equal(events[0].kind, "retried");
    assert_string_equal(events[0].text, "trial 2: worker died: signal 9 (Killed)");
    assert_int_equal(events[0].trial_number, 2);
    assert_in_range(events[0].worker, 1, 2);
    assert_true(events[0].at_s > before - 1 && events[0].at_s < before + 600);
    res_events_free(events, n);
    bench_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_work_and_deaths_are_on_record)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
