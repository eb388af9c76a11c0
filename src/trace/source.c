#include "trace/inside.h"

enum imjin_status edges_since(const struct trace_input *in, struct holding_id h, enum direction d, uint32_t tx,
                              struct edge_cursor *ret, struct error *err) {
    if (tx >= ledger_counts(in->ledger)->txs)
        return edges_at(in->compiled, h, d, U128_MAX, ret, err);
    return edges_from_tx(in->compiled, h, d, (struct tx_id){tx}, ret, err);
}

static enum imjin_status find_holding(const struct trace_input *in, struct account_id account, struct asset_id asset,
                                      struct holding_id *ret, struct error *err) {
    struct error ignored;
    enum imjin_status status = compiled_holding_find(in->compiled, account, asset, ret, &ignored);
    if (status == IMJIN_NOT_FOUND) {
        ret->n = ID_NONE;
        return IMJIN_OK;
    }
    if (status != IMJIN_OK && err)
        *err = ignored;
    return status;
}

static struct holding_id reader_holding(void *context, struct account_id account, struct asset_id asset) {
    struct holding_id id;
    return find_holding(context, account, asset, &id, NULL) == IMJIN_OK ? id : (struct holding_id){ID_NONE};
}

static enum imjin_status reader_assets(void *context, struct account_id account, struct buffer *ret, struct error *err) {
    const struct trace_input *in = context;
    const uint32_t *ids;
    uint64_t count;
    TRY(compiled_account_holdings(in->compiled, account, &ids, &count, err));
    for (uint64_t i = 0; i < count; i++) {
        struct holding h;
        TRY(compiled_holding(in->compiled, (struct holding_id){ids[i]}, &h, err));
        if (h.received != 0)
            TRY(buffer_push(ret, &h.asset.n, NULL, err));
    }
    return IMJIN_OK;
}

/* Where the fee draw of a transaction ends on the out-line: missing history before that was for the fee. */
static enum imjin_status fee_end(const struct trace_input *in, struct holding_id h, uint32_t tx, u128 *ret, struct error *err) {
    struct edge_cursor cursor;
    struct flow_edge e;
    bool more;
    u128 end = 0;
    TRY(edges_since(in, h, DIRECTION_OUT, tx, &cursor, err));
    for (;;) {
        TRY(edges_next(&cursor, &e, &more, err));
        if (!more || e.tx.n != tx || e.rule != RULE_FEE)
            break;
        end = e.out_from + e.out_units;
    }
    *ret = end;
    return IMJIN_OK;
}

static enum imjin_status push_inflow(struct buffer *flows, struct origin f, struct error *err) {
    return f.units ? buffer_push(flows, &f, NULL, err) : IMJIN_OK;
}

enum imjin_status compiled_split_unknown(const struct trace_input *in, struct holding_id h, struct origin unknown,
                                         struct origin ret_parts[2], struct error *err) {
    u128 cut, end = unknown.from + unknown.units;
    TRY(fee_end(in, h, unknown.tx, &cut, err));
    cut = cut < unknown.from ? unknown.from : cut > end ? end : cut;
    ret_parts[0] = (struct origin){unknown.from, cut - unknown.from, unknown.tx, ORIGIN_BEFORE_FEE};
    ret_parts[1] = (struct origin){cut, end - cut, unknown.tx, ORIGIN_BEFORE_DRAW};
    return IMJIN_OK;
}

static enum imjin_status push_unknown(const struct trace_input *in, struct holding_id h, struct origin f, struct buffer *flows,
                                      struct error *err) {
    struct origin parts[2];
    TRY(compiled_split_unknown(in, h, f, parts, err));
    TRY(push_inflow(flows, parts[0], err));
    return push_inflow(flows, parts[1], err);
}

/* In-edges of one arrival may overlap; what an edge adds to the covered part of the line is new. */
static enum imjin_status reader_inflows(void *context, struct account_id account, struct asset_id asset, uint32_t tx_first,
                                        uint32_t tx_last, u128 units, struct buffer *ret, struct error *err) {
    const struct trace_input *in = context;
    struct holding_id h;
    struct edge_cursor cursor;
    struct origin now = {0};
    u128 covered = 0, total = 0;
    bool more, begun = false;
    TRY(find_holding(in, account, asset, &h, err));
    if (h.n == ID_NONE)
        return IMJIN_OK;
    TRY(edges_since(in, h, DIRECTION_IN, tx_first, &cursor, err));
    while (total < units) {
        struct flow_edge e;
        TRY(edges_next(&cursor, &e, &more, err));
        if (!more || e.tx.n > tx_last)
            break;
        if (!begun)
            covered = e.in_from;
        begun = true;
        u128 end = e.in_from + e.in_units;
        if (end <= covered)
            continue;
        uint8_t order = e.rule == RULE_UNKNOWN ? ORIGIN_BEFORE_DRAW : ORIGIN_GAIN;
        if (now.units && (now.tx != e.tx.n || now.order != order)) {
            TRY(now.order == ORIGIN_GAIN ? push_inflow(ret, now, err) : push_unknown(in, h, now, ret, err));
            now.units = 0;
        }
        if (now.units == 0)
            now = (struct origin){covered, 0, e.tx.n, order};
        now.units += end - covered;
        total += end - covered;
        covered = end;
    }
    if (now.units)
        TRY(now.order == ORIGIN_GAIN ? push_inflow(ret, now, err) : push_unknown(in, h, now, ret, err));
    return IMJIN_OK;
}

/* Whether the account gave anything but fees in the transaction. */
static enum imjin_status gave(const struct trace_input *in, struct account_id account, uint32_t tx, bool *ret,
                              struct error *err) {
    const uint32_t *ids;
    uint64_t count;
    *ret = false;
    TRY(compiled_account_holdings(in->compiled, account, &ids, &count, err));
    for (uint64_t i = 0; i < count && !*ret; i++) {
        struct edge_cursor cursor;
        TRY(edges_since(in, (struct holding_id){ids[i]}, DIRECTION_OUT, tx, &cursor, err));
        for (bool more = true; more && !*ret;) {
            struct flow_edge e;
            TRY(edges_next(&cursor, &e, &more, err));
            more = more && e.tx.n == tx;
            *ret = more && e.rule != RULE_FEE;
        }
    }
    return IMJIN_OK;
}

static enum imjin_status reader_receivers(void *context, const struct ledger_tx *tx, struct buffer *ret, struct error *err) {
    const struct trace_input *in = context;
    for (uint64_t i = tx->first; i < tx->first + tx->count; i++) {
        struct movement m;
        bool gives;
        TRY(ledger_movement(in->ledger, i, &m, err));
        if (m.to < ACCOUNTS_RESERVED)
            continue;
        TRY(gave(in, (struct account_id){m.to}, tx->id.n, &gives, err));
        struct receiver r = {m.to, m.asset};
        if (!gives)
            TRY(buffer_push(ret, &r, NULL, err));
    }
    return IMJIN_OK;
}

struct inflow_reader compiled_reader(const struct trace_input *in) {
    return (struct inflow_reader){(void *)(uintptr_t)in, reader_assets, reader_inflows, reader_receivers, reader_holding};
}

static enum imjin_status unknown_of(void *context, struct account_id account, struct asset_id asset, u128 *ret,
                                    struct error *err) {
    const struct trace_input *in = context;
    struct holding_id id;
    struct holding h = {0};
    TRY(find_holding(in, account, asset, &id, err));
    if (id.n != ID_NONE)
        TRY(compiled_holding(in->compiled, id, &h, err));
    *ret = h.unknown;
    return IMJIN_OK;
}

struct unknown_reader compiled_unknown(const struct trace_input *in) {
    return (struct unknown_reader){(void *)(uintptr_t)in, unknown_of};
}
