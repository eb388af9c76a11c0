#include <stdatomic.h>

#include "trace/back.h"
#include "trace/remember.h"
#include "trace/replay.h"

/* A job: the plan, and one tracer a worker. Workers take theft after theft; which one takes which shows in no result. */
struct job {
    const struct trace_input *in;
    const struct trace_request *request;
    const struct progress *progress;
    struct plan plan;
    struct trace_theft *thefts;
    struct tracer *tracers;
    unsigned workers;
    bool remembers; /* the memory is this job's */
    uint64_t thefts_room, theft_end;
    _Atomic uint64_t next;
};

static enum imjin_status check_request(const struct trace_input *in, const struct trace_request *r, bool compiled,
                                       struct error *err) {
    if ((unsigned)r->policy >= TRACE_POLICIES)
        return fail(err, IMJIN_USAGE, "unknown policy %d", (int)r->policy);
    if (compiled && in->compiled == NULL)
        return fail(err, IMJIN_USAGE, "following needs the compiled ledger: compile it first, or use replay");
    return IMJIN_OK;
}

static enum imjin_status follow_thefts(struct job *job, struct tracer *t, struct error *err) {
    bool pieces = job->request->policy == POLICY_FIFO || job->request->policy == POLICY_LIFO;
    struct follow_pieces *p = NULL;
    struct follow_events *e = NULL;
    enum imjin_status status = pieces ? follow_pieces_new(&p, t, err) : follow_events_new(&e, t, err);
    while (status == IMJIN_OK) {
        uint64_t theft = atomic_fetch_add(&job->next, 1);
        if (theft >= job->theft_end)
            break;
        status = progress_step(job->progress, "tracing", "thefts", theft, job->theft_end, err);
        if (status == IMJIN_OK)
            status = pieces ? follow_pieces_theft(p, (uint32_t)theft, err) : follow_events_theft(e, (uint32_t)theft, err);
    }
    follow_pieces_free(p);
    follow_events_free(e);
    return status;
}

static enum imjin_status worker(void *context, uint64_t i, struct error *err) {
    struct job *job = context;
    return follow_thefts(job, &job->tracers[i], err);
}

/* Totals of the thefts that were planned since the last call. */
static enum imjin_status begin_thefts(struct job *job, struct error *err) {
    uint64_t before = job->theft_end;
    job->theft_end = job->plan.thefts.count;
    if (job->theft_end > job->thefts_room) {
        struct trace_theft *thefts = memory_resize(job->thefts, job->theft_end, sizeof *thefts);
        if (thefts == NULL)
            return fail_memory(err, "thefts");
        job->thefts = thefts;
        job->thefts_room = job->theft_end;
    }
    for (uint64_t i = before; i < job->theft_end; i++) {
        const struct theft_plan *t = plan_theft(&job->plan, i);
        job->thefts[i] = (struct trace_theft){.source = t->account,
                                              .asset = t->asset,
                                              .first_tx = {plan_origin(&job->plan, t->origin_first)->tx},
                                              .suspected = t->suspected,
                                              .stolen = t->units};
    }
    for (unsigned i = 0; i < job->workers; i++)
        job->tracers[i].thefts = job->thefts;
    return IMJIN_OK;
}

/* Moves everything of one list behind another. */
static enum imjin_status append(struct buffer *to, struct buffer *from, struct error *err) {
    if (from->count == 0)
        return IMJIN_OK;
    TRY(buffer_reserve(to, from->count, err));
    memcpy((char *)to->items + to->count * to->item_bytes, from->items, from->count * from->item_bytes);
    to->count += from->count;
    from->count = 0;
    return IMJIN_OK;
}

static enum imjin_status gather(struct job *job, struct error *err) {
    struct tracer *first = &job->tracers[0];
    for (unsigned i = 1; i < job->workers; i++) {
        struct tracer *t = &job->tracers[i];
        TRY(collector_take(&first->collector, &t->collector, err));
        TRY(append(&first->reached, &t->reached, err));
        TRY(append(&first->overlaps, &t->overlaps, err));
        first->pieces += t->pieces;
        t->pieces = 0;
    }
    return IMJIN_OK;
}

static void check_totals(const struct job *job) {
    if (job->request->policy == POLICY_POISON)
        return;
    for (uint64_t i = 0; i < job->theft_end; i++) {
        const struct trace_theft *t = &job->thefts[i];
        INVARIANT(t->held + t->stopped + t->fees + t->cut_off == t->stolen);
    }
}

static enum imjin_status run_back(struct job *job, struct trace_result **ret, struct error *err) {
    struct inflow_reader reader = compiled_reader(job->in);
    struct unknown_reader unknown = compiled_unknown(job->in);
    struct tracer *t = &job->tracers[0];
    bool pieces = job->request->policy == POLICY_FIFO || job->request->policy == POLICY_LIFO;
    TRY(plan_make(&job->plan, job->in, job->request, &reader, err));
    TRY(begin_thefts(job, err));
    TRY(pieces ? back_pieces(t, job->theft_end, job->progress, err) : back_shares(t, job->theft_end, job->progress, err));
    check_totals(job);
    return result_make(ret, &job->plan, &t->collector, &t->verdicts, job->thefts, &unknown, RESULT_BACKWARDS, err);
}

static enum result_kind forwards(const struct trace_request *r) {
    return r->policy == POLICY_POISON ? RESULT_REACH : RESULT_CLAIMS;
}

/* Poison has no claims, and so no suspicion. */
static bool follows_unknown(const struct trace_request *r) { return r->follow_unknown && r->policy != POLICY_POISON; }

static enum imjin_status run_follow(struct job *job, struct trace_result **ret, struct error *err) {
    struct inflow_reader reader = compiled_reader(job->in);
    struct shortage_reader shortages = compiled_shortages(job->in);
    struct unknown_reader unknown = compiled_unknown(job->in);
    TRY(plan_make(&job->plan, job->in, job->request, &reader, err));
    TRY(begin_thefts(job, err));
    TRY(parallel_for(job->workers, job->workers, worker, job, err));
    TRY(gather(job, err));
    if (follows_unknown(job->request)) {
        atomic_store(&job->next, job->theft_end);
        TRY(plan_suspects(&job->plan, &job->tracers[0].reached, &shortages, err));
        TRY(begin_thefts(job, err));
        TRY(parallel_for(job->workers, job->workers, worker, job, err));
        TRY(gather(job, err));
    }
    check_totals(job);
    return result_make(ret, &job->plan, &job->tracers[0].collector, &job->tracers[0].verdicts, job->thefts, &unknown,
                       forwards(job->request), err);
}

static enum imjin_status run_replay(struct job *job, struct trace_result **ret, struct error *err) {
    struct replay *replay;
    TRY(replay_new(&replay, &job->tracers[0], job->remembers ? memory_index(job->in->memory) : NULL, job->progress, err));
    /* where a source's stretch lies follows from the ledger alone, so the compiled one may tell when it is there */
    bool compiled = job->in->compiled != NULL;
    struct inflow_reader reader = compiled ? compiled_reader(job->in) : replay_reader(replay);
    struct shortage_reader shortages = compiled ? compiled_shortages(job->in) : replay_shortages(replay);
    struct unknown_reader unknown = compiled ? compiled_unknown(job->in) : replay_unknown(replay);
    enum imjin_status status = plan_make(&job->plan, job->in, job->request, &reader, err);
    for (unsigned pass = 0; pass < 1u + follows_unknown(job->request) && status == IMJIN_OK; pass++) {
        if (pass == 1)
            status = plan_suspects(&job->plan, &job->tracers[0].reached, &shortages, err);
        uint64_t first = job->theft_end;
        if (status == IMJIN_OK)
            status = begin_thefts(job, err);
        if (status == IMJIN_OK)
            status = replay_thefts(replay, first, err);
    }
    if (status == IMJIN_OK) {
        check_totals(job);
        status = result_make(ret, &job->plan, &job->tracers[0].collector, &job->tracers[0].verdicts, job->thefts, &unknown,
                             forwards(job->request), err);
    }
    replay_free(replay);
    return status;
}

static enum imjin_status workers_new(struct job *job, bool single, struct error *err) {
    unsigned threads = job->request->threads ? job->request->threads : 1;
    job->workers = single ? 1 : threads > THREADS_MAX ? THREADS_MAX : threads;
    job->tracers = memory_new(job->workers, sizeof *job->tracers);
    if (job->tracers == NULL)
        return fail_memory(err, "a trace");
    for (unsigned i = 0; i < job->workers; i++)
        tracer_init(&job->tracers[i], job->in, job->request, &job->plan, NULL);
    return IMJIN_OK;
}

/* What was noted beside the claims. */
static enum imjin_status add_notes(struct trace_result *r, struct job *job, struct error *err) {
    struct buffer *overlaps = &job->tracers[0].overlaps;
    overlaps_compact(overlaps);
    r->pieces = job->tracers[0].pieces;
    r->note_count = job->plan.notes.count;
    r->overlap_rows = overlaps->count;
    r->notes = arena_new(&r->arena, r->note_count, sizeof *r->notes);
    r->overlaps = arena_new(&r->arena, r->overlap_rows, sizeof *r->overlaps);
    if (r->notes == NULL || r->overlaps == NULL)
        return fail_memory(err, "the result of a trace");
    for (uint64_t i = 0; i < r->overlap_rows; i++) {
        r->overlaps[i] = ((const struct trace_overlap *)overlaps->items)[i];
        r->overlap_count += r->overlaps[i].count;
    }
    for (uint64_t i = 0; i < r->note_count; i++) {
        struct trace_note *note = &r->notes[i];
        *note = ((const struct trace_note *)job->plan.notes.items)[i];
        note->said.bytes = arena_text(&r->arena, note->said.count ? note->said.bytes : "", note->said.count);
        if (note->said.bytes == NULL)
            return fail_memory(err, "the result of a trace");
    }
    return IMJIN_OK;
}

static enum imjin_status run_job(const struct trace_input *in, const struct trace_request *request, const struct progress *p,
                                 enum imjin_status (*run)(struct job *, struct trace_result **, struct error *),
                                 struct trace_result **ret, struct error *err) {
    struct job job = {.in = in, .request = request, .progress = p};
    struct trace_result *result = NULL;
    TRY(workers_new(&job, run != run_follow, err));
    plan_init(&job.plan);
    job.remembers = memory_take(in->memory, in, request);
    for (unsigned i = 0; i < job.workers && job.remembers; i++)
        memory_swap_verdicts(in->memory, &job.tracers[i].verdicts, i);
    enum imjin_status status = run(&job, &result, err);
    if (status == IMJIN_OK)
        status = add_notes(result, &job, err);
    if (status == IMJIN_OK)
        *ret = result;
    else
        trace_result_free(result);
    for (unsigned i = 0; i < job.workers && job.remembers; i++)
        memory_swap_verdicts(in->memory, &job.tracers[i].verdicts, i);
    if (job.remembers)
        memory_release(in->memory);
    for (unsigned i = 0; i < job.workers; i++)
        tracer_done(&job.tracers[i]);
    memory_free(job.tracers);
    memory_free(job.thefts);
    plan_done(&job.plan);
    return status;
}

enum imjin_status trace_run(const struct trace_input *in, const struct trace_request *request, const struct progress *p,
                            struct trace_result **ret, struct error *err) {
    TRY(check_request(in, request, request->engine == ENGINE_FOLLOW, err));
    return run_job(in, request, p, request->engine == ENGINE_REPLAY ? run_replay : run_follow, ret, err);
}

enum imjin_status trace_back(const struct trace_input *in, const struct trace_request *request, const struct progress *p,
                             struct trace_result **ret, struct error *err) {
    TRY(check_request(in, request, true, err));
    if (request->policy == POLICY_POISON)
        return fail(err, IMJIN_USAGE, "poison has no amounts, so it cannot say where money came from: use another policy");
    return run_job(in, request, p, run_back, ret, err);
}
