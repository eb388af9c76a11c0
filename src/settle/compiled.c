#include "settle/edges.h"

struct compiled {
    const struct ledger *ledger;
    struct manifest manifest;
    struct mapping common[COMMON_FILES];
    struct segment segments[COMPILED_SEGMENTS_MAX];
    uint32_t open_segments;
};

static enum imjin_status damaged(const char *what, uint64_t number, struct error *err) {
    return fail(err, IMJIN_BAD_INPUT, "the compiled ledger is damaged: %s %llu; remove it and compile again", what,
                (unsigned long long)number);
}

/* ---- opening ---- */

static enum imjin_status open_files(struct compiled *c, const char *directory, struct error *err) {
    for (enum common_file f = 0; f < COMMON_FILES; f++) {
        char name[COMPILED_FILE_NAME_MAX], path[PATH_BYTES_MAX];
        settle_common_file_name(name, c->manifest.common_number, f);
        TRY(path_join(path, err, directory, name));
        TRY(mapping_open_prefix(&c->common[f], path, settle_common_file_bytes(&c->manifest, f), err));
    }
    for (; c->open_segments < c->manifest.segment_count; c->open_segments++)
        TRY(compiled_segment_open(&c->segments[c->open_segments], &c->manifest.segments[c->open_segments], directory, err));
    return IMJIN_OK;
}

static enum imjin_status open_compiled(struct compiled *c, const char *directory, uint32_t rules, struct error *err) {
    const struct ledger_counts *counts = ledger_counts(c->ledger);
    TRY(compiled_manifest_read(&c->manifest, directory, err));
    const struct manifest *m = &c->manifest;
    if (memcmp(&m->ledger, ledger_identity(c->ledger), sizeof m->ledger) != 0 || m->rules != (rules & SETTLE_RULES_ALL) ||
        m->movements != counts->movements || m->accounts != counts->accounts || m->assets != counts->assets)
        return fail(err, IMJIN_NOT_FOUND, "%s was compiled from another state of the ledger or with other rules: compile again",
                    directory);
    return open_files(c, directory, err);
}

enum imjin_status compiled_open(struct compiled **ret, const char *directory, const struct ledger *l, uint32_t rules,
                                struct error *err) {
    struct compiled *c = memory_new(1, sizeof *c);
    if (c == NULL)
        return fail_memory(err, "the compiled ledger");
    c->ledger = l;
    enum imjin_status status = open_compiled(c, directory, rules, err);
    if (status != IMJIN_OK) {
        compiled_close(c);
        return status;
    }
    *ret = c;
    return IMJIN_OK;
}

void compiled_close(struct compiled *c) {
    if (c == NULL)
        return;
    for (enum common_file f = 0; f < COMMON_FILES; f++)
        mapping_close(&c->common[f]);
    for (uint32_t i = 0; i < c->open_segments; i++)
        settle_segment_close(&c->segments[i]);
    memory_free(c);
}

/* ---- holdings ---- */

uint64_t compiled_holding_count(const struct compiled *c) { return c->manifest.holdings; }

enum imjin_status compiled_holding(const struct compiled *c, struct holding_id id, struct holding *ret, struct error *err) {
    if (id.n >= c->manifest.holdings)
        return damaged("no holding", id.n, err);
    const struct holding_record *r = &((const struct holding_record *)c->common[FILE_HOLDINGS].bytes)[id.n];
    u128 received = u128_of(r->received), spent = u128_of(r->spent), unknown = u128_of(r->unknown);
    if (r->account >= c->manifest.accounts || r->asset >= c->manifest.assets || spent > received || unknown > received ||
        received >> 127)
        return damaged("holding", id.n, err);
    *ret = (struct holding){{r->account}, {r->asset}, received, spent, unknown};
    return IMJIN_OK;
}

enum imjin_status compiled_account_holdings(const struct compiled *c, struct account_id a, const uint32_t **ret_ids,
                                            uint64_t *ret_count, struct error *err) {
    const uint32_t *starts = (const uint32_t *)c->common[FILE_ACCOUNT_STARTS].bytes;
    if (a.n >= c->manifest.accounts)
        return fail(err, IMJIN_USAGE, "no account %u in the compiled ledger", a.n);
    uint32_t from = starts[a.n], to = starts[a.n + 1];
    if (from > to || to > c->manifest.holdings)
        return damaged("the holdings of account", a.n, err);
    *ret_ids = (const uint32_t *)c->common[FILE_ACCOUNT_HOLDINGS].bytes + from;
    *ret_count = to - from;
    return IMJIN_OK;
}

enum imjin_status compiled_holding_find(const struct compiled *c, struct account_id account, struct asset_id asset,
                                        struct holding_id *ret, struct error *err) {
    const uint32_t *ids;
    uint64_t low = 0, high;
    TRY(compiled_account_holdings(c, account, &ids, &high, err));
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        struct holding h;
        TRY(compiled_holding(c, (struct holding_id){ids[middle]}, &h, err));
        if (h.account.n == account.n && h.asset.n == asset.n) {
            ret->n = ids[middle];
            return IMJIN_OK;
        }
        if (h.asset.n < asset.n)
            low = middle + 1;
        else
            high = middle;
    }
    return fail(err, IMJIN_NOT_FOUND, "account %u never held asset %u", account.n, asset.n);
}

/* ---- one edge ---- */

static enum imjin_status side_of(const struct segment *s, const struct edge_record *r, const struct side_record **ret,
                                 struct error *err) {
    if (r->other_low >= s->about->side_count)
        return damaged("side record", r->other_low, err);
    *ret = &((const struct side_record *)s->files[FILE_SIDE].bytes)[r->other_low];
    return IMJIN_OK;
}

static enum imjin_status position_of(const struct segment *s, const struct edge_record *r, enum direction d, u128 *ret,
                                     struct error *err) {
    u128 position = (u128)(r->position_high & RECORD_POSITION_MASK) << 64 | r->position_low;
    if (position >= RECORD_POSITION_LIMIT) {
        const struct side_record *side = NULL;
        if (!(r->position_high & RECORD_SIDE))
            return damaged("edge of movement", r->movement, err);
        TRY(side_of(s, r, &side, err));
        position = u128_of(d == DIRECTION_OUT ? side->out_from : side->in_from);
    }
    *ret = position;
    return IMJIN_OK;
}

static void from_side(const struct side_record *side, struct flow_edge *e) {
    e->from.n = side->from;
    e->to.n = side->to;
    e->out_from = u128_of(side->out_from);
    e->out_units = u128_of(side->out_units);
    e->in_from = u128_of(side->in_from);
    e->in_units = u128_of(side->in_units);
    e->share_from = side->share_from;
    e->share_to = side->share_to;
    e->share_total = side->share_total;
    e->movement = side->movement;
    e->rule = side->rule;
    e->weighed_equally = side->weighed_equally;
}

static void from_plain(const struct edge_record *r, const struct movement *m, uint32_t owner, enum direction d,
                       struct flow_edge *e) {
    u128 position = (u128)(r->position_high & RECORD_POSITION_MASK) << 64 | r->position_low;
    u128 other = (u128)r->other_high << 64 | r->other_low;
    bool out = d == DIRECTION_OUT;
    e->from.n = out ? owner : r->other;
    e->to.n = out ? r->other : owner;
    e->out_from = out ? position : other;
    e->in_from = out ? other : position;
    e->in_units = movement_units(m);
    e->out_units = e->from.n == ID_NONE ? 0 : e->in_units;
    e->share_to = e->share_total = 1;
    e->movement = r->movement;
    e->rule = settle_plain_rule(e->from.n, m);
}

static bool stretch_fits(u128 from, u128 units, u128 length) { return units && units <= length && from <= length - units; }

static enum imjin_status check_edge(const struct compiled *c, const struct flow_edge *e, struct error *err) {
    struct holding from = {0}, to;
    TRY(compiled_holding(c, e->to, &to, err));
    bool good = e->rule < SETTLE_RULES && e->share_from < e->share_to && e->share_to <= e->share_total &&
                stretch_fits(e->in_from, e->in_units, to.received);
    if (e->from.n != ID_NONE) {
        TRY(compiled_holding(c, e->from, &from, err));
        good = good && stretch_fits(e->out_from, e->out_units, from.spent);
    } else {
        good = good && e->out_units == 0;
    }
    return good ? IMJIN_OK : damaged("edge of movement", e->movement, err);
}

static enum imjin_status read_edge(const struct compiled *c, uint32_t segment, uint32_t owner, enum direction d, uint64_t at,
                                   struct flow_edge *ret, struct error *err) {
    const struct segment *s = &c->segments[segment];
    const struct edge_record *r = &((const struct edge_record *)s->files[d == DIRECTION_OUT ? FILE_OUT : FILE_IN].bytes)[at];
    struct flow_edge e = {0};
    if (r->movement < s->about->movement_from || r->movement >= s->about->movement_to)
        return damaged("edge of movement", r->movement, err);
    const struct movement *m = &ledger_movements(c->ledger)[r->movement];
    if (!ledger_movement_check(c->ledger, m))
        return fail(err, IMJIN_BAD_INPUT, "the ledger is damaged: movement %u", r->movement);
    if (r->position_high & RECORD_SIDE) {
        const struct side_record *side = NULL;
        TRY(side_of(s, r, &side, err));
        from_side(side, &e);
        if ((d == DIRECTION_OUT ? e.from.n : e.to.n) != owner || e.movement != r->movement)
            return damaged("edge of movement", r->movement, err);
    } else {
        from_plain(r, m, owner, d, &e);
    }
    e.tx.n = m->tx;
    TRY(check_edge(c, &e, err));
    *ret = e;
    return IMJIN_OK;
}

/* ---- cursors ---- */

static enum imjin_status list_of(const struct compiled *c, uint32_t segment, struct holding_id h, enum direction d,
                                 struct list *ret, struct error *err) {
    return compiled_segment_list(&c->segments[segment], h.n, d, ret, err);
}

/* Whether record `at` lies behind what is looked for. */
struct wanted {
    const struct segment *segment;
    enum direction direction;
    bool by_position;
    u128 position;     /* behind: begins after it */
    uint64_t movement; /* behind: this movement or a later one */
};

static enum imjin_status lies_behind(const struct wanted *w, const struct edge_record *r, bool *ret, struct error *err) {
    u128 position;
    if (!w->by_position) {
        *ret = r->movement >= w->movement;
        return IMJIN_OK;
    }
    TRY(position_of(w->segment, r, w->direction, &position, err));
    *ret = position > w->position;
    return IMJIN_OK;
}

/* The first record of the list that lies behind. */
static enum imjin_status first_behind(const struct wanted *w, const struct list *l, uint64_t *ret, struct error *err) {
    uint64_t low = l->from, high = l->to;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        bool behind;
        TRY(lies_behind(w, &l->records[middle], &behind, err));
        if (behind)
            high = middle;
        else
            low = middle + 1;
    }
    *ret = low;
    return IMJIN_OK;
}

/* The segment in which to look: the last one whose list has a record that does not lie behind; the first one with any when
 * there is none. */
static enum imjin_status find_segment(const struct compiled *c, struct holding_id h, struct wanted *w, uint32_t *ret_segment,
                                      struct list *ret, struct error *err) {
    uint32_t found = UINT32_MAX;
    struct list list = {0};
    for (uint32_t i = c->open_segments; i-- > 0;) {
        struct list l;
        bool behind;
        TRY(list_of(c, i, h, w->direction, &l, err));
        if (l.from == l.to)
            continue;
        w->segment = &c->segments[i];
        TRY(lies_behind(w, &l.records[l.from], &behind, err));
        found = i;
        list = l;
        if (!behind)
            break;
    }
    *ret_segment = found == UINT32_MAX ? c->open_segments : found;
    *ret = list;
    return IMJIN_OK;
}

enum imjin_status edges_at(const struct compiled *c, struct holding_id h, enum direction d, u128 position,
                           struct edge_cursor *ret, struct error *err) {
    struct wanted w = {.direction = d, .by_position = true, .position = position};
    struct edge_cursor cursor = {.compiled = c, .holding = h, .direction = d};
    struct list list;
    uint64_t at;
    TRY(find_segment(c, h, &w, &cursor.segment, &list, err));
    w.segment = &c->segments[cursor.segment];
    TRY(first_behind(&w, &list, &at, err));
    if (at > list.from)
        at--;
    while (at > list.from && list.records[at].position_high & RECORD_JOINED)
        at--;
    cursor.at = at;
    cursor.end = list.to;
    for (;;) { /* what ends before the position is passed over */
        struct edge_cursor before = cursor;
        struct flow_edge e;
        bool more;
        TRY(edges_next(&cursor, &e, &more, err));
        u128 end = d == DIRECTION_OUT ? e.out_from + e.out_units : e.in_from + e.in_units;
        if (!more || end > position) {
            *ret = before;
            return IMJIN_OK;
        }
    }
}

enum imjin_status edges_from_tx(const struct compiled *c, struct holding_id h, enum direction d, struct tx_id tx,
                                struct edge_cursor *ret, struct error *err) {
    struct ledger_tx about;
    struct edge_cursor cursor = {.compiled = c, .holding = h, .direction = d};
    struct list list;
    TRY(ledger_tx(c->ledger, tx, &about, err));
    struct wanted w = {.direction = d, .movement = about.first};
    TRY(find_segment(c, h, &w, &cursor.segment, &list, err));
    TRY(first_behind(&w, &list, &cursor.at, err));
    cursor.end = list.to;
    *ret = cursor;
    return IMJIN_OK;
}

enum imjin_status edges_next(struct edge_cursor *cursor, struct flow_edge *ret, bool *ret_more, struct error *err) {
    const struct compiled *c = cursor->compiled;
    struct edge_cursor next = *cursor;
    while (next.at == next.end && next.segment < c->open_segments) {
        struct list list = {0};
        if (++next.segment < c->open_segments)
            TRY(list_of(c, next.segment, next.holding, next.direction, &list, err));
        next.at = list.from;
        next.end = list.to;
    }
    if (next.at < next.end)
        TRY(read_edge(c, next.segment, next.holding.n, next.direction, next.at, ret, err));
    *ret_more = next.at < next.end;
    next.at += *ret_more;
    *cursor = next;
    return IMJIN_OK;
}

enum imjin_status compiled_received_before(const struct compiled *c, struct holding_id h, struct tx_id tx, u128 *ret,
                                           struct error *err) {
    struct edge_cursor cursor;
    struct holding holding;
    TRY(compiled_holding(c, h, &holding, err));
    TRY(edges_from_tx(c, h, DIRECTION_IN, tx, &cursor, err));
    u128 length = holding.received;
    for (;;) {
        struct flow_edge e;
        bool more;
        TRY(edges_next(&cursor, &e, &more, err));
        if (!more)
            break;
        length = e.in_from;
        if (e.tx.n != tx.n || e.rule != RULE_UNKNOWN)
            break;
        length = e.in_from + e.in_units;
    }
    *ret = length;
    return IMJIN_OK;
}

/* ---- verification ---- */

static enum imjin_status check_hash(const struct mapping *m, const struct sha256 *expected, const char *what, uint64_t number,
                                    struct error *err) {
    struct sha256 hash;
    TRY(sha256_of(m->bytes, m->count, &hash, err));
    return memcmp(&hash, expected, sizeof hash) == 0 ? IMJIN_OK : damaged(what, number, err);
}

static enum imjin_status check_hashes(const struct compiled *c, const struct progress *p, struct error *err) {
    uint64_t total = (uint64_t)c->open_segments * SEGMENT_FILES + COMMON_FILES, done = 0;
    for (enum common_file f = 0; f < COMMON_FILES; f++) {
        TRY(progress_step(p, "checking the compiled ledger", "files", done++, total, err));
        TRY(check_hash(&c->common[f], &c->manifest.hashes[f], "file", f, err));
    }
    for (uint32_t i = 0; i < c->open_segments; i++)
        for (enum segment_file f = 0; f < SEGMENT_FILES; f++) {
            TRY(progress_step(p, "checking the compiled ledger", "files", done++, total, err));
            TRY(check_hash(&c->segments[i].files[f], &c->segments[i].about->hashes[f], "segment", i, err));
        }
    return IMJIN_OK;
}

/* The edges of one line: each begins where earlier ones reached, and together they reach its end. */
static enum imjin_status check_line(const struct compiled *c, uint32_t number, enum direction d, struct error *err) {
    struct holding h;
    struct edge_cursor cursor;
    struct flow_edge e;
    bool more;
    u128 reach = 0;
    TRY(compiled_holding(c, (struct holding_id){number}, &h, err));
    TRY(edges_at(c, (struct holding_id){number}, d, 0, &cursor, err));
    for (;;) {
        TRY(edges_next(&cursor, &e, &more, err));
        if (!more)
            break;
        u128 from = d == DIRECTION_OUT ? e.out_from : e.in_from, units = d == DIRECTION_OUT ? e.out_units : e.in_units;
        if (from > reach)
            return damaged("a gap in the line of holding", number, err);
        if (from + units > reach)
            reach = from + units;
    }
    return reach == (d == DIRECTION_OUT ? h.spent : h.received) ? IMJIN_OK : damaged("the line of holding", number, err);
}

enum imjin_status compiled_verify(const struct compiled *c, const struct progress *p, struct error *err) {
    TRY(check_hashes(c, p, err));
    for (uint32_t h = 0; h < c->manifest.holdings; h++) {
        if ((h & 0xffff) == 0)
            TRY(progress_step(p, "checking the compiled ledger", "holdings", h, c->manifest.holdings, err));
        TRY(check_line(c, h, DIRECTION_OUT, err));
        TRY(check_line(c, h, DIRECTION_IN, err));
    }
    return IMJIN_OK;
}
