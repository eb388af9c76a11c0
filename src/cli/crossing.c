#include "cli/crossing.h"
#include "cli/limits.h"

#include <stdio.h>

/* One trace on a chain behind a bridge. */
struct crossing_part {
    struct desk desk;
    struct trace_request request;
    struct trace_source *sources;
    struct trace_result *result;
    char chain[CHAIN_NAME_MAX];
    uint32_t round, from;
};

static struct crossing_part *parts(const struct crossing_set *c) { return c->parts.items; }
static struct report_crossing *items(const struct crossing_set *c) { return c->items.items; }

static enum imjin_status open_store(struct crossing_set *c, struct session *s, unsigned rung, struct error *err) {
    char directory[PATH_BYTES_MAX];
    TRY(workspace_bridges(s->desk.workspace, directory, err));
    TRY(bridge_store_open(&c->store, directory, err));
    if (bridge_store_count(c->store) == 0) {
        bridge_store_free(c->store);
        c->store = NULL;
        return IMJIN_OK;
    }
    return bridge_match(c->store, rung, &s->progress, &c->matches, err);
}

/* Notes what crosses from one trace; what goes where is filled in by go_on(). */
static enum imjin_status add_crossings(struct crossing_set *c, const struct ledger *l, const struct trace_result *trace,
                                       uint32_t from, unsigned rung, struct error *err) {
    struct bridge_crossings found;
    TRY(bridge_cross(c->store, c->matches, l, trace, rung, &found, err));
    enum imjin_status status = IMJIN_OK;
    for (uint64_t i = 0; status == IMJIN_OK && i < found.count; i++) {
        struct report_crossing item = {.crossing = found.items[i], .from = from, .to = REPORT_CROSSING_NOWHERE};
        status = buffer_push(&c->items, &item, NULL, err);
    }
    bridge_crossings_done(&found);
    return status;
}

static const char *target_of(const struct crossing_set *c, const struct report_crossing *item) {
    const struct bridge_match *m = &c->matches->matches[item->crossing.match];
    return bridge_text(c->store, bridge_store_at(c->store, m->withdrawal)->chain);
}

static enum imjin_status add_part(struct crossing_set *c, const struct session *s, const char *chain, uint32_t from,
                                  struct error *err) {
    struct crossing_part *p;
    uint32_t round = from ? parts(c)[from - 1].round + 1 : 1;
    TRY(buffer_push(&c->parts, NULL, (void *)&p, err));
    *p = (struct crossing_part){.round = round, .from = from};
    snprintf(p->chain, sizeof p->chain, "%s", chain);
    p->desk = (struct desk){.directory = s->desk.directory, .threads = s->desk.threads, .progress = &s->progress};
    return chain_find(&p->desk.chain, chain, err);
}

/* What `part` begins with: the crossings from `from` to its chain that its ledger knows. */
static enum imjin_status add_sources(struct crossing_set *c, struct crossing_part *p, uint64_t first, uint32_t number,
                                     struct error *err) {
    p->sources = memory_new(c->items.count - first, sizeof *p->sources);
    if (p->sources == NULL)
        return fail_memory(err, "what crosses bridges");
    for (uint64_t i = first; i < c->items.count; i++) {
        struct report_crossing *item = &items(c)[i];
        if (item->from != p->from || strcmp(target_of(c, item), p->chain) != 0)
            continue;
        struct trace_source *source = &p->sources[p->request.source_count];
        enum imjin_status status = bridge_crossing_source(c->store, c->matches, &item->crossing, p->desk.ledger, source, err);
        if (status == IMJIN_OK) {
            item->to = number;
            p->request.source_count++;
        } else if (status != IMJIN_NOT_FOUND) {
            return status;
        }
    }
    return IMJIN_OK;
}

/* Follows on one chain. A chain without a ledger, or whose ledger lacks the withdrawals, is said in the report. */
static enum imjin_status follow_part(struct crossing_set *c, struct session *s, const struct following *f, uint64_t first,
                                     uint32_t number, struct error *err) {
    struct crossing_part *p = &parts(c)[number - 1];
    struct trace_input input;
    enum imjin_status status = desk_ledger(&p->desk, err);
    if (status == IMJIN_NOT_FOUND)
        return IMJIN_OK;
    TRY(status);
    p->request = f->request;
    p->request.source_count = 0;
    TRY(add_sources(c, p, first, number, err));
    p->request.sources = p->sources;
    if (p->request.source_count == 0)
        return IMJIN_OK;
    if (p->request.engine == ENGINE_FOLLOW)
        TRY(desk_compiled(&p->desk, p->request.rules, err));
    TRY(desk_trace_input(&p->desk, &input, err));
    return trace_run(&input, &p->request, &s->progress, &p->result, err);
}

static bool has_part(const struct crossing_set *c, uint32_t from, const char *chain) {
    for (uint64_t i = 0; i < c->parts.count; i++)
        if (parts(c)[i].from == from && strcmp(parts(c)[i].chain, chain) == 0)
            return true;
    return false;
}

/* Every chain that the crossings from one trace lead to, in the order of the crossings. */
static enum imjin_status go_on(struct crossing_set *c, struct session *s, const struct following *f, uint32_t from,
                               uint64_t first, struct error *err) {
    uint64_t end = c->items.count;
    for (uint64_t i = first; i < end; i++) {
        const char *chain = target_of(c, &items(c)[i]);
        if (has_part(c, from, chain) || c->parts.count == CLI_CROSSING_PARTS_MAX)
            continue;
        TRY(add_part(c, s, chain, from, err));
        TRY(follow_part(c, s, f, first, (uint32_t)c->parts.count, err));
    }
    return IMJIN_OK;
}

static enum imjin_status cross(struct crossing_set *c, struct session *s, const struct following *f, unsigned rung,
                               struct error *err) {
    TRY(add_crossings(c, s->desk.ledger, f->result, 0, rung, err));
    TRY(go_on(c, s, f, 0, 0, err));
    for (uint32_t i = 0; i < c->parts.count; i++) {
        uint64_t first = c->items.count;
        if (parts(c)[i].result == NULL || parts(c)[i].round >= CLI_CROSSING_ROUNDS_MAX)
            continue;
        TRY(add_crossings(c, parts(c)[i].desk.ledger, parts(c)[i].result, i + 1, rung, err));
        TRY(go_on(c, s, f, i + 1, first, err));
    }
    return IMJIN_OK;
}

/* The views are made when no part moves any more. */
static enum imjin_status show(struct crossing_set *c, const struct session *s, struct error *err) {
    for (uint64_t i = 0; i < c->parts.count; i++) {
        struct crossing_part *p = &parts(c)[i];
        struct report_crossed view = {.chain = p->chain, .round = p->round};
        if (p->result) {
            view.in = desk_report_input(&p->desk);
            view.in.colour = s->colour;
            view.in.request = &p->request;
            view.in.result = p->result;
        }
        TRY(buffer_push(&c->views, &view, NULL, err));
    }
    c->report = (struct report_crossings){c->store, c->matches, c->items.items, c->views.items, c->items.count, c->views.count};
    return IMJIN_OK;
}

enum imjin_status crossing_run(struct crossing_set *c, struct session *s, const struct following *f, struct report_input *in,
                               struct error *err) {
    const struct arguments *a = &s->arguments;
    unsigned rung = (unsigned)arguments_count(a, OPTION_CROSS, BRIDGE_RUNG_IDENTIFIER);
    c->items = (struct buffer){
        .item_bytes = sizeof(struct report_crossing), .items_max = BRIDGE_PAIRS_MAX, .what = "claims that cross bridges"};
    c->parts = (struct buffer){
        .item_bytes = sizeof(struct crossing_part), .items_max = CLI_CROSSING_PARTS_MAX, .what = "traces behind bridges"};
    c->views = (struct buffer){
        .item_bytes = sizeof(struct report_crossed), .items_max = CLI_CROSSING_PARTS_MAX, .what = "traces behind bridges"};
    if (rung == 0)
        return IMJIN_OK;
    TRY(open_store(c, s, rung, err));
    if (c->store == NULL)
        return IMJIN_OK;
    TRY(cross(c, s, f, rung, err));
    TRY(show(c, s, err));
    if (c->items.count)
        in->crossings = &c->report;
    return IMJIN_OK;
}

void crossing_done(struct crossing_set *c) {
    for (uint64_t i = 0; i < c->parts.count; i++) {
        trace_result_free(parts(c)[i].result);
        memory_free(parts(c)[i].sources);
        desk_done(&parts(c)[i].desk);
    }
    buffer_done(&c->parts);
    buffer_done(&c->items);
    buffer_done(&c->views);
    bridge_result_free(c->matches);
    bridge_store_free(c->store);
    *c = (struct crossing_set){0};
}
