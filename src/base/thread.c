#include "base/thread.h"

#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

struct team {
    enum imjin_status (*work)(void *context, uint64_t i, struct error *err);
    void *context;
    uint64_t count;
    pthread_mutex_t lock; /* guards what follows */
    uint64_t next, failed_item;
    enum imjin_status status;
    struct error error;
};

static bool team_take(struct team *t, uint64_t *ret_item) {
    pthread_mutex_lock(&t->lock);
    bool more = t->status == IMJIN_OK && t->next < t->count;
    if (more)
        *ret_item = t->next++;
    pthread_mutex_unlock(&t->lock);
    return more;
}

static void team_failed(struct team *t, uint64_t item, enum imjin_status status, const struct error *error) {
    pthread_mutex_lock(&t->lock);
    if (t->status == IMJIN_OK || item < t->failed_item) {
        t->status = status;
        t->failed_item = item;
        t->error = *error;
    }
    pthread_mutex_unlock(&t->lock);
}

static void *team_run(void *argument) {
    struct team *t = argument;
    uint64_t item;
    while (team_take(t, &item)) {
        struct error error = {0};
        enum imjin_status status = t->work(t->context, item, &error);
        if (status != IMJIN_OK)
            team_failed(t, item, status, &error);
    }
    return NULL;
}

enum imjin_status parallel_for(unsigned threads, uint64_t count,
                               enum imjin_status (*work)(void *context, uint64_t i, struct error *err), void *context,
                               struct error *err) {
    struct team team = {.work = work, .context = context, .count = count};
    pthread_t helpers[THREADS_MAX];
    unsigned started = 0;
    pthread_mutex_init(&team.lock, NULL);
    while (started + 1 < threads && started + 1 < count && started < THREADS_MAX &&
           pthread_create(&helpers[started], NULL, team_run, &team) == 0)
        started++; /* fewer helpers than asked for only cost time */
    team_run(&team);
    for (unsigned i = 0; i < started; i++)
        pthread_join(helpers[i], NULL);
    pthread_mutex_destroy(&team.lock);
    if (team.status != IMJIN_OK && err)
        *err = team.error;
    return team.status;
}

unsigned threads_online(void) {
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0)
        return 1;
    int count = CPU_COUNT(&set);
    return count < 1 ? 1 : count > THREADS_MAX ? THREADS_MAX : (unsigned)count;
}
