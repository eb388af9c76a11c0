#include "settle/edges.h"

struct compiled {
    const struct ledger *ledger;
    struct compiled_manifest manifest;
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
        char path[PATH_BYTES_MAX];
        TRY(settle_common_path(path, directory, c->manifest.common_number, f, err));
        TRY(mapping_open_prefix(&c->common[f], path, settle_common_file_bytes(&c->manifest, f), err));
    }
    for (; c->open_segments < c->manifest.segment_count; c->open_segments++)
        TRY(settle_segment_open(&c->segments[c->open_segments], &c->manifest.segments[c->open_segments], directory, err));
    return IMJIN_OK;
}

static enum imjin_status open_compiled(struct compiled *c, const char *directory, uint32_t rules, struct error *err) {
    const struct ledger_counts *counts = ledger_counts(c->ledger);
    TRY(settle_manifest_read(&c->manifest, directory, err));
    const struct compiled_manifest *m = &c->manifest;
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
    return settle_holding_read((const struct holding_record *)c->common[FILE_HOLDINGS].bytes,
                               (const struct wide_record *)c->common[FILE_WIDE].bytes, &c->manifest, id.n, ret, err);
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
    const uint32_t *ids = NULL;
    uint64_t low = 0, high = 0;
    TRY(compiled_account_holdings(c, account, &ids, &high, err));
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        struct holding h = {0};
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

/* An entry of a list of a segment: what it names lies in the same segment. */
struct place {
    const struct segment *segment;
    uint32_t owner, entry;
    enum direction direction;
};

static enum imjin_status side_of(const struct place *p, const struct side_record **ret, struct error *err) {
    uint32_t number = p->entry & ~ENTRY_SIDE;
    if (number >= p->segment->about->side_count)
        return damaged("side record", number, err);
    *ret = &((const struct side_record *)p->segment->files[FILE_SIDE].bytes)[number];
    return IMJIN_OK;
}

static enum imjin_status row_at(const struct segment *s, uint32_t movement, const struct edge_row **ret, struct error *err) {
    if (movement < s->about->movement_from || movement >= s->about->movement_to)
        return damaged("edge of movement", movement, err);
    *ret = &((const struct edge_row *)s->files[FILE_ROWS].bytes)[movement - s->about->movement_from];
    return IMJIN_OK;
}

/* Missing history: an entry in the in-list of the row's own giver. */
static bool is_missing(const struct place *p, const struct edge_row *r) {
    return p->direction == DIRECTION_IN && r->to != p->owner && r->from == p->owner;
}

static enum imjin_status movement_at(const struct compiled *c, uint32_t number, const struct movement **ret,
                                     struct error *err) {
    const struct movement *m = &ledger_movements(c->ledger)[number];
    if (number >= c->manifest.movements || !ledger_movement_check(c->ledger, m))
        return fail(err, IMJIN_BAD_INPUT, "the ledger is damaged: movement %u", number);
    *ret = m;
    return IMJIN_OK;
}

/* Where the edge of an entry of an in-list ends. */
static enum imjin_status in_end_of(const struct compiled *c, const struct place *p, u128 *ret, struct error *err) {
    if (p->entry & ENTRY_SIDE) {
        const struct side_record *side = NULL;
        TRY(side_of(p, &side, err));
        *ret = u128_of(side->in_from) + u128_of(side->in_units);
        return IMJIN_OK;
    }
    const struct edge_row *row = NULL;
    const struct movement *m = NULL;
    TRY(row_at(p->segment, p->entry, &row, err));
    TRY(movement_at(c, p->entry, &m, err));
    *ret = movement_units(m) + (is_missing(p, row) ? row_out(row) : row_in(row));
    return IMJIN_OK;
}

/* Where an in-line had got to before entry `at` of the list of segment number `segment`. */
static enum imjin_status reach_before(const struct compiled *c, uint32_t segment, uint32_t owner, uint64_t at, u128 *ret,
                                      struct error *err) {
    for (uint32_t i = segment + 1; i-- > 0;) {
        struct entry_list l = {0};
        TRY(settle_segment_list(&c->segments[i], owner, DIRECTION_IN, &l, err));
        uint64_t end = i == segment ? at : l.to;
        if (end > l.from) {
            struct place before = {&c->segments[i], owner, l.entries[end - 1], DIRECTION_IN};
            return in_end_of(c, &before, ret, err);
        }
    }
    *ret = 0;
    return IMJIN_OK;
}

static enum imjin_status position_of(const struct compiled *c, uint32_t segment, const struct place *p, uint64_t at, u128 *ret,
                                     struct error *err) {
    bool out = p->direction == DIRECTION_OUT;
    if (p->entry & ENTRY_SIDE) {
        const struct side_record *side = NULL;
        TRY(side_of(p, &side, err));
        *ret = u128_of(out ? side->out_from : side->in_from);
        return IMJIN_OK;
    }
    const struct edge_row *row = NULL;
    TRY(row_at(p->segment, p->entry, &row, err));
    if (is_missing(p, row))
        return reach_before(c, segment, p->owner, at, ret, err);
    *ret = out ? row_out(row) : row_in(row);
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

static enum imjin_status from_row(const struct compiled *c, uint32_t segment, const struct place *p, uint64_t at,
                                  const struct movement *m, struct flow_edge *e, struct error *err) {
    const struct edge_row *row = NULL;
    TRY(row_at(p->segment, p->entry, &row, err));
    *e = (struct flow_edge){.from = {row->from},
                            .to = {row->to},
                            .out_from = row_out(row),
                            .in_from = row_in(row),
                            .in_units = movement_units(m),
                            .share_to = 1,
                            .share_total = 1,
                            .movement = p->entry,
                            .rule = settle_plain_rule(row->from, m)};
    e->out_units = row->from == ID_NONE ? 0 : e->in_units;
    if (!is_missing(p, row))
        return IMJIN_OK;
    u128 end = e->out_from + e->out_units;
    TRY(reach_before(c, segment, p->owner, at, &e->in_from, err));
    if (e->in_from >= end)
        return damaged("missing history of movement", p->entry, err);
    e->to.n = p->owner;
    e->from.n = ID_NONE;
    e->in_units = end - e->in_from;
    e->out_from = e->out_units = 0;
    e->rule = RULE_UNKNOWN;
    return IMJIN_OK;
}

static bool stretch_fits(u128 from, u128 units, u128 length) { return units && units <= length && from <= length - units; }

static enum imjin_status check_edge(const struct compiled *c, const struct flow_edge *e, struct error *err) {
    struct holding from = {0}, to = {0};
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

static enum imjin_status read_edge(const struct compiled *c, uint32_t segment, const struct place *p, uint64_t at,
                                   struct flow_edge *ret, struct error *err) {
    struct flow_edge e = {0};
    const struct movement *m = NULL;
    if (p->entry & ENTRY_SIDE) {
        const struct side_record *side = NULL;
        TRY(side_of(p, &side, err));
        from_side(side, &e);
        TRY(movement_at(c, e.movement, &m, err));
    } else {
        TRY(movement_at(c, p->entry, &m, err));
        TRY(from_row(c, segment, p, at, m, &e, err));
    }
    if ((p->direction == DIRECTION_OUT ? e.from.n : e.to.n) != p->owner)
        return damaged("edge of movement", e.movement, err);
    e.tx.n = m->tx;
    TRY(check_edge(c, &e, err));
    *ret = e;
    return IMJIN_OK;
}

/* ---- cursors ---- */

/* What a search is for: the first entry that lies behind it. */
struct wanted {
    uint32_t owner;
    enum direction direction;
    bool by_position;
    u128 position;     /* behind: begins after it */
    uint64_t movement; /* behind: this movement or a later one */
};

static enum imjin_status lies_behind(const struct compiled *c, const struct wanted *w, uint32_t segment,
                                     const struct entry_list *l, uint64_t at, bool *ret, struct error *err) {
    struct place p = {&c->segments[segment], w->owner, l->entries[at], w->direction};
    if (w->by_position) {
        u128 position = 0;
        TRY(position_of(c, segment, &p, at, &position, err));
        *ret = position > w->position;
        return IMJIN_OK;
    }
    uint32_t movement = p.entry;
    if (p.entry & ENTRY_SIDE) {
        const struct side_record *side = NULL;
        TRY(side_of(&p, &side, err));
        movement = side->movement;
    }
    *ret = movement >= w->movement;
    return IMJIN_OK;
}

/* The first entry of the list that lies behind. */
static enum imjin_status first_behind(const struct compiled *c, const struct wanted *w, uint32_t segment,
                                      const struct entry_list *l, uint64_t *ret, struct error *err) {
    uint64_t low = l->from, high = l->to;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        bool behind = false;
        TRY(lies_behind(c, w, segment, l, middle, &behind, err));
        if (behind)
            high = middle;
        else
            low = middle + 1;
    }
    *ret = low;
    return IMJIN_OK;
}

/* The segment in which to look: the last one whose list has an entry that does not lie behind; the first one with any when
 * there is none. */
static enum imjin_status find_segment(const struct compiled *c, const struct wanted *w, uint32_t *ret_segment,
                                      struct entry_list *ret, struct error *err) {
    uint32_t found = c->open_segments;
    struct entry_list list = {0};
    for (uint32_t i = c->open_segments; i-- > 0;) {
        struct entry_list l = {0};
        bool behind = false;
        TRY(settle_segment_list(&c->segments[i], w->owner, w->direction, &l, err));
        if (l.from == l.to)
            continue;
        found = i;
        list = l;
        TRY(lies_behind(c, w, i, &l, l.from, &behind, err));
        if (!behind)
            break;
    }
    *ret_segment = found;
    *ret = list;
    return IMJIN_OK;
}

static enum imjin_status is_joined(const struct compiled *c, const struct wanted *w, uint32_t segment, uint32_t entry,
                                   bool *ret, struct error *err) {
    struct place p = {&c->segments[segment], w->owner, entry, w->direction};
    const struct side_record *side = NULL;
    *ret = false;
    if (!(entry & ENTRY_SIDE))
        return IMJIN_OK;
    TRY(side_of(&p, &side, err));
    *ret = side->joined[w->direction];
    return IMJIN_OK;
}

/* Back from the first entry behind a position to the first one that may reach over it. */
static enum imjin_status step_back(const struct compiled *c, const struct wanted *w, uint32_t segment,
                                   const struct entry_list *l, uint64_t *at, struct error *err) {
    bool joined = *at > l->from;
    while (joined && *at > l->from)
        TRY(is_joined(c, w, segment, l->entries[--*at], &joined, err));
    return IMJIN_OK;
}

enum imjin_status edges_at(const struct compiled *c, struct holding_id h, enum direction d, u128 position,
                           struct edge_cursor *ret, struct error *err) {
    struct wanted w = {.owner = h.n, .direction = d, .by_position = true, .position = position};
    struct edge_cursor cursor = {.compiled = c, .holding = h, .direction = d};
    struct entry_list list = {0};
    TRY(find_segment(c, &w, &cursor.segment, &list, err));
    TRY(first_behind(c, &w, cursor.segment, &list, &cursor.at, err));
    TRY(step_back(c, &w, cursor.segment, &list, &cursor.at, err));
    cursor.end = list.to;
    for (;;) { /* what ends before the position is passed over */
        struct edge_cursor before = cursor;
        struct flow_edge e = {0};
        bool more = false;
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
    struct ledger_tx about = {0};
    struct edge_cursor cursor = {.compiled = c, .holding = h, .direction = d};
    struct entry_list list = {0};
    TRY(ledger_tx(c->ledger, tx, &about, err));
    struct wanted w = {.owner = h.n, .direction = d, .movement = about.first};
    TRY(find_segment(c, &w, &cursor.segment, &list, err));
    TRY(first_behind(c, &w, cursor.segment, &list, &cursor.at, err));
    cursor.end = list.to;
    *ret = cursor;
    return IMJIN_OK;
}

enum imjin_status edges_next(struct edge_cursor *cursor, struct flow_edge *ret, bool *ret_more, struct error *err) {
    const struct compiled *c = cursor->compiled;
    struct edge_cursor next = *cursor;
    while (next.at == next.end && next.segment < c->open_segments) {
        struct entry_list list = {0};
        if (++next.segment < c->open_segments)
            TRY(settle_segment_list(&c->segments[next.segment], next.holding.n, next.direction, &list, err));
        next.at = list.from;
        next.end = list.to;
    }
    if (next.at < next.end) {
        const struct segment *s = &c->segments[next.segment];
        const uint32_t *entries = (const uint32_t *)s->files[next.direction == DIRECTION_OUT ? FILE_OUT : FILE_IN].bytes;
        struct place p = {s, next.holding.n, entries[next.at], next.direction};
        TRY(read_edge(c, next.segment, &p, next.at, ret, err));
    }
    *ret_more = next.at < next.end;
    next.at += *ret_more;
    *cursor = next;
    return IMJIN_OK;
}

enum imjin_status compiled_received_before(const struct compiled *c, struct holding_id h, struct tx_id tx, u128 *ret,
                                           struct error *err) {
    struct edge_cursor cursor = {0};
    struct holding holding = {0};
    TRY(compiled_holding(c, h, &holding, err));
    TRY(edges_from_tx(c, h, DIRECTION_IN, tx, &cursor, err));
    u128 length = holding.received;
    for (;;) {
        struct flow_edge e = {0};
        bool more = false;
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
    struct holding h = {0};
    struct edge_cursor cursor = {0};
    struct flow_edge e = {0};
    bool more = false;
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
