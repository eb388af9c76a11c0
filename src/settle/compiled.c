#include "settle/edges.h"

struct compiled {
    const struct ledger *ledger;
    struct compiled_manifest manifest;
    struct mapping common[COMMON_FILES];
    struct segment segments[COMPILED_SEGMENTS_MAX];
    uint32_t open_segments;
};

static enum imjin_status damaged(const char *what, uint64_t number, struct error *err) {
    return settle_damaged(err, "%s %llu", what, (unsigned long long)number);
}

/* ---- opening ---- */

static enum imjin_status open_files(struct compiled *c, const char *directory, struct error *err) {
    for (enum common_file f = 0; f < COMMON_FILES; f++) {
        char path[PATH_BYTES_MAX];
        TRY(settle_common_path(path, directory, c->manifest.common_number, f, err));
        TRY(settle_open_whole(&c->common[f], path, settle_common_file_bytes(&c->manifest, f), err));
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

/* ---- places on a line ---- */

/* One list of a holding and where reading it has got to. */
struct reader {
    const struct compiled *compiled;
    const struct segment *segment;
    struct entry_list list;
    enum direction direction;
    uint32_t holding, at;
    u128 reach; /* how far the line has got before entry `at` */
};

static enum imjin_status reader_open(struct reader *ret, const struct compiled *c, uint32_t segment, uint32_t holding,
                                     enum direction d, struct error *err) {
    struct reader r = {.compiled = c, .segment = &c->segments[segment], .direction = d, .holding = holding};
    TRY(settle_segment_list(r.segment, holding, d, &r.list, err));
    if (r.list.count)
        r.reach = list_reach(&r.list, 0);
    *ret = r;
    return IMJIN_OK;
}

static enum imjin_status reader_place(const struct reader *r, struct entry_place *ret, struct error *err) {
    return settle_entry_place(r->segment, ledger_movements(r->compiled->ledger), r->direction, list_entry(&r->list, r->at),
                              r->reach, ret, err);
}

static enum imjin_status reader_pass(struct reader *r, struct error *err) {
    struct entry_place place = {0};
    TRY(reader_place(r, &place, err));
    if (place.to > r->reach)
        r->reach = place.to;
    r->at++;
    return IMJIN_OK;
}

/* To an entry of the list: from the beginning of its block, whose rows of the ledger are fetched together. */
static enum imjin_status reader_seek(struct reader *r, uint32_t at, struct error *err) {
    const struct movement *movements = ledger_movements(r->compiled->ledger);
    r->at = at / LIST_BLOCK * LIST_BLOCK;
    if (at < r->list.count || r->at < r->list.count)
        r->reach = list_reach(&r->list, r->at / LIST_BLOCK);
    for (uint32_t i = r->at; i < at; i++)
        if (!(list_entry(&r->list, i) & ENTRY_SIDE))
            __builtin_prefetch(&movements[list_entry(&r->list, i)]);
    while (r->at < at)
        TRY(reader_pass(r, err));
    return IMJIN_OK;
}

static enum imjin_status reader_movement(const struct reader *r, uint32_t at, uint32_t *ret, struct error *err) {
    struct entry_place place = {0};
    uint32_t entry = list_entry(&r->list, at);
    place.movement = entry;
    if (entry & ENTRY_SIDE)
        TRY(settle_entry_place(r->segment, ledger_movements(r->compiled->ledger), r->direction, entry, 0, &place, err));
    *ret = place.movement;
    return IMJIN_OK;
}

/* The first entry whose movement is `movement` or a later one. Movements ascend from transaction to transaction. */
static enum imjin_status reader_find(const struct reader *r, uint64_t movement, uint32_t *ret, struct error *err) {
    uint32_t low = 0, high = r->list.count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2, here = 0;
        TRY(reader_movement(r, middle, &here, err));
        if (here < movement)
            low = middle + 1;
        else
            high = middle;
    }
    *ret = low;
    return IMJIN_OK;
}

/* The segment that holds a movement; segments follow each other without a gap. */
static uint32_t segment_of(const struct compiled *c, uint64_t movement) {
    uint32_t low = 0, high = c->open_segments;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        *(c->segments[middle].about->movement_from <= movement ? &low : &high) = middle;
    }
    return low;
}

static enum imjin_status movement_at(const struct compiled *c, uint32_t number, struct movement *ret, struct error *err) {
    if (number >= c->manifest.movements)
        return damaged("edge of movement", number, err);
    const struct movement *m = &ledger_movements(c->ledger)[number];
    if (!ledger_movement_check(c->ledger, m))
        return fail(err, IMJIN_BAD_INPUT, "the ledger is damaged: movement %u", number);
    *ret = *m;
    return IMJIN_OK;
}

/* Where the plain edge of a movement begins on the line of one of its holdings. Inside a transaction the entries of a list
 * need not ascend: then they are looked through from its first. */
static enum imjin_status locate(const struct compiled *c, uint32_t holding, enum direction d, uint32_t movement, u128 *ret,
                                struct error *err) {
    struct reader r = {0};
    uint32_t at = 0;
    TRY(reader_open(&r, c, segment_of(c, movement), holding, d, err));
    TRY(reader_find(&r, movement, &at, err));
    if (at == r.list.count || list_entry(&r.list, at) != movement) {
        struct ledger_tx tx = {0};
        TRY(ledger_tx(c->ledger, (struct tx_id){ledger_movements(c->ledger)[movement].tx}, &tx, err));
        TRY(reader_find(&r, tx.first, &at, err));
        while (at < r.list.count && list_entry(&r.list, at) != movement)
            at++;
        if (at == r.list.count)
            return damaged("edge of movement", movement, err);
    }
    TRY(reader_seek(&r, at, err));
    *ret = r.reach;
    return IMJIN_OK;
}

/* ---- one edge ---- */

static enum imjin_status side_edge(const struct reader *r, uint32_t entry, struct flow_edge *e, struct error *err) {
    const struct side_record *rows = (const struct side_record *)r->segment->files[FILE_SIDE].bytes;
    uint32_t number = entry & ~ENTRY_KIND;
    if (!settle_side_unpack(e, rows, r->segment->about->side_count, number))
        return damaged("side record", number, err);
    return IMJIN_OK;
}

static enum imjin_status missing_edge(const struct reader *r, struct flow_edge *e, struct error *err) {
    struct entry_place place = {0};
    TRY(reader_place(r, &place, err));
    *e = (struct flow_edge){.from = {ID_NONE},
                            .to = {r->holding},
                            .in_from = place.from,
                            .in_units = place.to - place.from,
                            .share_to = 1,
                            .share_total = 1,
                            .movement = place.movement,
                            .rule = RULE_UNKNOWN};
    return IMJIN_OK;
}

/* The edge that a movement is. The own end is known; the other holding's list says where it lies on its line. */
static enum imjin_status plain_edge(const struct reader *r, uint32_t number, struct flow_edge *e, struct error *err) {
    const struct compiled *c = r->compiled;
    struct movement m = {0};
    struct holding_id other = {ID_NONE};
    u128 position = 0;
    bool out = r->direction == DIRECTION_OUT;
    TRY(movement_at(c, number, &m, err));
    uint8_t rule = settle_plain_rule(&m);
    if (out || rule != RULE_MINT) {
        struct account_id account = {out ? m.to : m.from};
        if (compiled_holding_find(c, account, (struct asset_id){m.asset}, &other, NULL) != IMJIN_OK)
            return damaged("edge of movement", number, err);
        TRY(locate(c, other.n, out ? DIRECTION_IN : DIRECTION_OUT, number, &position, err));
    }
    *e = (struct flow_edge){.from = {out ? r->holding : other.n},
                            .to = {out ? other.n : r->holding},
                            .out_from = out ? r->reach : position,
                            .in_from = out ? position : r->reach,
                            .in_units = movement_units(&m),
                            .share_to = 1,
                            .share_total = 1,
                            .movement = number,
                            .rule = rule};
    e->out_units = e->from.n == ID_NONE ? 0 : e->in_units;
    return IMJIN_OK;
}

static bool stretch_fits(u128 from, u128 units, u128 length) { return units && units <= length && from <= length - units; }

static enum imjin_status check_edge(const struct compiled *c, const struct flow_edge *e, const struct movement *m, bool plain,
                                    struct error *err) {
    struct holding from = {0}, to = {0};
    TRY(compiled_holding(c, e->to, &to, err));
    bool good = e->rule < SETTLE_RULES && e->share_from < e->share_to && e->share_to <= e->share_total &&
                stretch_fits(e->in_from, e->in_units, to.received) &&
                (!plain || (to.account.n == m->to && to.asset.n == m->asset));
    if (e->from.n != ID_NONE) {
        TRY(compiled_holding(c, e->from, &from, err));
        good = good && stretch_fits(e->out_from, e->out_units, from.spent) &&
               (!plain || (from.account.n == m->from && from.asset.n == m->asset));
    } else {
        good = good && e->out_units == 0;
    }
    return good ? IMJIN_OK : damaged("edge of movement", e->movement, err);
}

static enum imjin_status read_edge(const struct reader *r, struct flow_edge *ret, struct error *err) {
    struct flow_edge e = {0};
    struct movement m = {0};
    uint32_t entry = list_entry(&r->list, r->at);
    bool plain = !(entry & ENTRY_SIDE);
    if (plain)
        TRY(plain_edge(r, entry, &e, err));
    else if ((entry & ENTRY_KIND) == ENTRY_SIDE)
        TRY(side_edge(r, entry, &e, err));
    else
        TRY(missing_edge(r, &e, err));
    TRY(movement_at(r->compiled, e.movement, &m, err));
    if ((r->direction == DIRECTION_OUT ? e.from.n : e.to.n) != r->holding)
        return damaged("edge of movement", e.movement, err);
    TRY(check_edge(r->compiled, &e, &m, plain, err));
    e.tx.n = m.tx;
    *ret = e;
    return IMJIN_OK;
}

/* ---- cursors ---- */

static struct edge_cursor cursor_of(const struct reader *r, uint32_t segment) {
    return (struct edge_cursor){.compiled = r->compiled,
                                .holding = {r->holding},
                                .at = r->at,
                                .end = r->list.count,
                                .reach = r->reach,
                                .segment = segment,
                                .direction = r->direction};
}

/* Opens the last list that begins at or before the position, the first one when there is none. */
static enum imjin_status open_at(struct reader *ret, uint32_t *ret_segment, const struct compiled *c, struct holding_id h,
                                 enum direction d, u128 position, struct error *err) {
    struct reader found = {.compiled = c, .direction = d, .holding = h.n};
    uint32_t segment = c->open_segments;
    for (uint32_t i = c->open_segments; i-- > 0;) {
        struct reader r = {0};
        TRY(reader_open(&r, c, i, h.n, d, err));
        if (r.list.count == 0)
            continue;
        found = r;
        segment = i;
        if (r.reach <= position)
            break;
    }
    *ret = found;
    *ret_segment = segment;
    return IMJIN_OK;
}

enum imjin_status edges_at(const struct compiled *c, struct holding_id h, enum direction d, u128 position,
                           struct edge_cursor *ret, struct error *err) {
    struct reader r = {0};
    uint32_t segment = 0, low = 0, high;
    TRY(open_at(&r, &segment, c, h, d, position, err));
    high = (r.list.count + LIST_BLOCK - 1) / LIST_BLOCK;
    while (high - low > 1 && high) { /* the last block before which the line has not got over the position */
        uint32_t middle = low + (high - low) / 2;
        *(list_reach(&r.list, middle) <= position ? &low : &high) = middle;
    }
    if (r.list.count) {
        uint32_t block_end = r.list.count - low * LIST_BLOCK < LIST_BLOCK ? r.list.count : (low + 1) * LIST_BLOCK;
        TRY(reader_seek(&r, low * LIST_BLOCK, err));
        for (uint32_t i = r.at; i < block_end; i++)
            if (!(list_entry(&r.list, i) & ENTRY_SIDE))
                __builtin_prefetch(&ledger_movements(c->ledger)[list_entry(&r.list, i)]);
    }
    while (r.at < r.list.count) { /* what ends before the position is passed over */
        struct entry_place place = {0};
        TRY(reader_place(&r, &place, err));
        if (place.to > position)
            break;
        TRY(reader_pass(&r, err));
    }
    *ret = cursor_of(&r, segment);
    return IMJIN_OK;
}

enum imjin_status edges_from_tx(const struct compiled *c, struct holding_id h, enum direction d, struct tx_id tx,
                                struct edge_cursor *ret, struct error *err) {
    struct ledger_tx about = {0};
    struct reader r = {.compiled = c, .direction = d, .holding = h.n};
    uint32_t at = 0, segment = 0;
    TRY(ledger_tx(c->ledger, tx, &about, err));
    if (c->open_segments) {
        segment = segment_of(c, about.first);
        TRY(reader_open(&r, c, segment, h.n, d, err));
        TRY(reader_find(&r, about.first, &at, err));
        TRY(reader_seek(&r, at, err));
    }
    *ret = cursor_of(&r, segment);
    return IMJIN_OK;
}

enum imjin_status edges_next(struct edge_cursor *cursor, struct flow_edge *ret, bool *ret_more, struct error *err) {
    const struct compiled *c = cursor->compiled;
    struct edge_cursor next = *cursor;
    struct reader r = {0};
    struct flow_edge e = {0};
    while (next.at == next.end && next.segment < c->open_segments) {
        next.at = next.end = 0;
        if (++next.segment == c->open_segments)
            break;
        TRY(reader_open(&r, c, next.segment, next.holding.n, next.direction, err));
        next.end = r.list.count;
        next.reach = r.reach;
    }
    if (next.at == next.end) {
        *cursor = next;
        *ret_more = false;
        return IMJIN_OK;
    }
    TRY(reader_open(&r, c, next.segment, next.holding.n, next.direction, err));
    r.at = (uint32_t)next.at;
    r.reach = next.reach;
    TRY(read_edge(&r, &e, err));
    u128 end = next.direction == DIRECTION_OUT ? e.out_from + e.out_units : e.in_from + e.in_units;
    next.reach = end > next.reach ? end : next.reach;
    next.at++;
    *cursor = next;
    *ret = e;
    *ret_more = true;
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

static enum imjin_status check_sum(const struct mapping *m, uint64_t expected, const char *what, uint64_t number,
                                   struct error *err) {
    return settle_checksum(m->bytes, m->count) == expected ? IMJIN_OK : damaged(what, number, err);
}

static enum imjin_status check_sums(const struct compiled *c, const struct progress *p, struct error *err) {
    uint64_t total = (uint64_t)c->open_segments * SEGMENT_FILES + COMMON_FILES, done = 0;
    for (enum common_file f = 0; f < COMMON_FILES; f++) {
        TRY(progress_step(p, "checking the compiled ledger", "files", done++, total, err));
        TRY(check_sum(&c->common[f], c->manifest.checksums[f], "file", f, err));
    }
    for (uint32_t i = 0; i < c->open_segments; i++)
        for (enum segment_file f = 0; f < SEGMENT_FILES; f++) {
            TRY(progress_step(p, "checking the compiled ledger", "files", done++, total, err));
            TRY(check_sum(&c->segments[i].files[f], c->segments[i].about->checksums[f], "segment", i, err));
        }
    return IMJIN_OK;
}

/* Whether an entry that is a movement is one of its holding's own. */
static enum imjin_status check_entry(const struct reader *r, const struct holding *h, struct error *err) {
    struct movement m = {0};
    struct flow_edge e = {0};
    uint32_t entry = list_entry(&r->list, r->at);
    if (entry & ENTRY_SIDE)
        return read_edge(r, &e, err);
    TRY(movement_at(r->compiled, entry, &m, err));
    uint32_t account = r->direction == DIRECTION_OUT ? m.from : m.to;
    return account == h->account.n && m.asset == h->asset.n ? IMJIN_OK : damaged("edge of movement", entry, err);
}

/* The edges of one line: each begins where earlier ones reached, every block says how far that is, and together they reach the
 * line's end. */
static enum imjin_status check_line(const struct compiled *c, uint32_t number, enum direction d, struct error *err) {
    struct holding h = {0};
    u128 reach = 0;
    TRY(compiled_holding(c, (struct holding_id){number}, &h, err));
    for (uint32_t i = 0; i < c->open_segments; i++) {
        struct reader r = {0};
        TRY(reader_open(&r, c, i, number, d, err));
        while (r.at < r.list.count) {
            struct entry_place place = {0};
            if (r.at % LIST_BLOCK == 0 && list_reach(&r.list, r.at / LIST_BLOCK) != reach)
                return damaged("the line of holding", number, err);
            TRY(check_entry(&r, &h, err));
            TRY(reader_place(&r, &place, err));
            if (place.from > reach)
                return damaged("a gap in the line of holding", number, err);
            TRY(reader_pass(&r, err));
            reach = r.reach;
        }
    }
    return reach == (d == DIRECTION_OUT ? h.spent : h.received) ? IMJIN_OK : damaged("the line of holding", number, err);
}

enum imjin_status compiled_verify(const struct compiled *c, const struct progress *p, struct error *err) {
    TRY(check_sums(c, p, err));
    for (uint32_t h = 0; h < c->manifest.holdings; h++) {
        if ((h & 0xffff) == 0)
            TRY(progress_step(p, "checking the compiled ledger", "holdings", h, c->manifest.holdings, err));
        TRY(check_line(c, h, DIRECTION_OUT, err));
        TRY(check_line(c, h, DIRECTION_IN, err));
    }
    return IMJIN_OK;
}
