#include "engine/cpu/team.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "engine/base/mem.h"

/* Turns of a waiting loop. Who waits longer than a step of the largest model lasts lets others run:
 * the one that it waits for may have lost its core. Between jobs it goes to sleep instead. */
#define TURNS_TO_PAUSE 100 /* before, a pause would be longer than the wait */
#define TURNS_TO_YIELD 4000
#define TURNS_TO_SLEEP 20000

/* What one thread tells the others, on a cache line of its own. */
typedef struct member {
    _Alignas(64) atomic_uint_fast64_t meetings; /* at which it has arrived */
} member;

struct team {
    member members[TEAM_MOST];
    _Alignas(64) atomic_uint_fast64_t jobs; /* given out so far */
    _Alignas(64) atomic_uint_fast64_t done; /* jobs that the helper has done */
    void (*job)(void *context, const team_share *share);
    void *context;
    pthread_t helper;
    bool has_helper, ending;
    atomic_bool asleep;
    pthread_mutex_t lock;
    pthread_cond_t wake;
};

static void pause_briefly(size_t turn)
{
    if (turn >= TURNS_TO_YIELD) {
        sched_yield();
        return;
    }
#if defined(__x86_64__) || defined(__i386__)
    if (turn >= TURNS_TO_PAUSE)
        __builtin_ia32_pause();
#endif
}

static void wait_for(const atomic_uint_fast64_t *count, uint64_t least)
{
    for (size_t turn = 0; atomic_load_explicit(count, memory_order_acquire) < least; turn++)
        pause_briefly(turn);
}

void team_arrive(const team_share *share)
{
    if (share->parts == 1)
        return;
    atomic_uint_fast64_t *mine = &share->team->members[share->part].meetings;
    uint64_t number = atomic_load_explicit(mine, memory_order_relaxed) + 1;
    atomic_store_explicit(mine, number, memory_order_release);
}

void team_await(const team_share *share)
{
    if (share->parts == 1)
        return;
    const member *members = share->team->members;
    uint64_t number = atomic_load_explicit(&members[share->part].meetings, memory_order_relaxed);
    for (size_t i = 0; i < share->parts; i++)
        if (i != share->part)
            wait_for(&members[i].meetings, number);
}

void team_meet(const team_share *share)
{
    team_arrive(share);
    team_await(share);
}

/* Job number `least` is there, after a short wait or a long sleep. */
static void await_job(team *t, uint64_t least)
{
    for (size_t turn = 0; turn < TURNS_TO_SLEEP; turn++) {
        if (atomic_load_explicit(&t->jobs, memory_order_acquire) >= least)
            return;
        pause_briefly(turn);
    }
    pthread_mutex_lock(&t->lock);
    atomic_store(&t->asleep, true);
    while (atomic_load(&t->jobs) < least)
        pthread_cond_wait(&t->wake, &t->lock);
    atomic_store(&t->asleep, false);
    pthread_mutex_unlock(&t->lock);
}

static void *help(void *context)
{
    team *t = context;
    const team_share share = {1, TEAM_MOST, t};
    for (uint64_t number = 1;; number++) {
        await_job(t, number);
        if (t->ending)
            return NULL;
        t->job(t->context, &share);
        atomic_store_explicit(&t->done, number, memory_order_release);
    }
}

/* Count one more job, and wake the helper if it sleeps. Sequential consistency: either the helper
 * sees the job before it sleeps, or this sees that it sleeps. */
static uint64_t give_job(team *t)
{
    uint64_t number = atomic_fetch_add(&t->jobs, 1) + 1;
    if (atomic_load(&t->asleep)) {
        pthread_mutex_lock(&t->lock);
        pthread_cond_signal(&t->wake);
        pthread_mutex_unlock(&t->lock);
    }
    return number;
}

swp_status team_create(team **out, swp_err *err)
{
    team *t = swp_alloc(1, sizeof *t);
    if (!t)
        return swp_fail(err, SWP_NOMEM, "no memory for a team of threads");
    pthread_mutex_init(&t->lock, NULL);
    pthread_cond_init(&t->wake, NULL);
    *out = t;
    return SWP_OK;
}

void team_destroy(team *t)
{
    if (!t)
        return;
    if (t->has_helper) {
        t->ending = true;
        give_job(t);
        pthread_join(t->helper, NULL);
    }
    pthread_cond_destroy(&t->wake);
    pthread_mutex_destroy(&t->lock);
    swp_free(t);
}

void team_run(team *t, size_t parts, void (*job)(void *context, const team_share *share),
              void *context)
{
    if (parts > 1 && !t->has_helper)
        t->has_helper = pthread_create(&t->helper, NULL, help, t) == 0;
    if (parts == 1 || !t->has_helper) {
        job(context, &(team_share){.parts = 1});
        return;
    }
    t->job = job;
    t->context = context;
    uint64_t number = give_job(t);
    job(context, &(team_share){0, TEAM_MOST, t});
    wait_for(&t->done, number);
}
