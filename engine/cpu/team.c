/* Each thread of a team has its own count of jobs, so that a job wakes only those that it needs.
 * They spin for a short while between jobs and sleep after it. */
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

/* One thread of a team. The caller of team_run is number 0, and has no thread of its own here. What
 * others watch lies on cache lines of its own. */
typedef struct member {
    _Alignas(64) atomic_uint_fast64_t meetings; /* of the present job at which it has arrived */
    _Alignas(64) atomic_uint_fast64_t jobs;     /* given to it so far */
    _Alignas(64) atomic_uint_fast64_t done;     /* of them */
    atomic_bool asleep;
    pthread_cond_t wake;
    pthread_t thread;
    team *team;
    size_t part;
} member;

struct team {
    member members[TEAM_MOST];
    size_t n; /* members, the caller included */
    void (*job)(void *context, const team_share *share);
    void *context;
    size_t parts;
    bool ending;
    pthread_mutex_t lock;
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
static void await_job(member *m, uint64_t least)
{
    for (size_t turn = 0; turn < TURNS_TO_SLEEP; turn++) {
        if (atomic_load_explicit(&m->jobs, memory_order_acquire) >= least)
            return;
        pause_briefly(turn);
    }
    pthread_mutex_lock(&m->team->lock);
    atomic_store(&m->asleep, true);
    while (atomic_load(&m->jobs) < least)
        pthread_cond_wait(&m->wake, &m->team->lock);
    atomic_store(&m->asleep, false);
    pthread_mutex_unlock(&m->team->lock);
}

static void *help(void *context)
{
    member *m = context;
    for (uint64_t number = 1;; number++) {
        await_job(m, number);
        if (m->team->ending)
            return NULL;
        const team_share share = {m->part, m->team->parts, m->team};
        m->team->job(m->team->context, &share);
        atomic_store_explicit(&m->done, number, memory_order_release);
    }
}

/* Count one more job of a member, and wake it if it sleeps. Sequential consistency: either it sees
 * the job before it sleeps, or this sees that it sleeps. */
static void give_job(member *m)
{
    atomic_fetch_add(&m->jobs, 1);
    if (atomic_load(&m->asleep)) {
        pthread_mutex_lock(&m->team->lock);
        pthread_cond_signal(&m->wake);
        pthread_mutex_unlock(&m->team->lock);
    }
}

swp_status team_create(team **out, swp_err *err)
{
    team *t = swp_alloc(1, sizeof *t);
    if (!t)
        return swp_fail(err, SWP_NOMEM, "no memory for a team of threads");
    pthread_mutex_init(&t->lock, NULL);
    t->n = 1;
    *out = t;
    return SWP_OK;
}

void team_destroy(team *t)
{
    if (!t)
        return;
    t->ending = true;
    for (member *m = t->members + 1; m < t->members + t->n; m++) {
        give_job(m);
        pthread_join(m->thread, NULL);
        pthread_cond_destroy(&m->wake);
    }
    pthread_mutex_destroy(&t->lock);
    swp_free(t);
}

size_t team_enlist(team *t, size_t parts)
{
    while (t->n < parts && t->n < TEAM_MOST) {
        member *m = &t->members[t->n];
        m->team = t;
        m->part = t->n;
        pthread_cond_init(&m->wake, NULL);
        if (pthread_create(&m->thread, NULL, help, m) != 0) {
            pthread_cond_destroy(&m->wake);
            break;
        }
        t->n++;
    }
    return parts < t->n ? parts : t->n;
}

void team_run(team *t, size_t parts, void (*job)(void *context, const team_share *share),
              void *context)
{
    if (parts == 1) {
        job(context, &(team_share){.parts = 1});
        return;
    }
    t->job = job;
    t->context = context;
    t->parts = parts;
    for (member *m = t->members; m < t->members + parts; m++)
        atomic_store_explicit(&m->meetings, 0, memory_order_relaxed);
    for (member *m = t->members + 1; m < t->members + parts; m++)
        give_job(m);
    job(context, &(team_share){0, parts, t});
    for (member *m = t->members + 1; m < t->members + parts; m++)
        wait_for(&m->done, atomic_load_explicit(&m->jobs, memory_order_relaxed));
}
