/* Tables of a trace for spreadsheets and programs, and the graph for graph tools. */
#include <inttypes.h>

#include <stdlib.h>

#include "report/values.h"

enum { WHOLE_BITS = 40 };

static void add_units_cells(struct text *t, u128 units, const struct asset_name *asset) {
    char digits[U128_DIGITS_MAX], amount[AMOUNT_PRINT_MAX];
    text_add_string(t, ",");
    text_add(t, digits, u128_print(units, digits));
    text_add_string(t, ",");
    text_add(t, amount, amount_print(wide(units), asset->decimals, amount));
}

static enum imjin_status add_place_cells(struct text *t, const struct report_input *in, struct tx_id tx, struct error *err) {
    struct tx_name name;
    TRY(tx_name(in, tx, &name, err));
    add_time(t, name.tx.time);
    text_add_format(t, ",%" PRIu32 ",", name.tx.block);
    add_cell_string(t, name.id);
    return IMJIN_OK;
}

static enum imjin_status add_account_cells(struct text *t, const struct report_input *in, struct account_id id,
                                           struct error *err) {
    struct account_name name;
    TRY(account_name(in, id, &name, err));
    text_add_string(t, ",");
    add_cell_string(t, name.address);
    text_add_string(t, ",");
    if (name.tagged)
        add_cell(t, name.tag.label);
    return IMJIN_OK;
}

/* What the amount was worth when it moved; ends the row. */
static enum imjin_status add_value_at(struct text *t, const struct report_input *in, const struct asset_name *asset, u128 units,
                                      struct tx_id id, struct error *err) {
    struct ledger_tx tx;
    TRY(ledger_tx(in->ledger, id, &tx, err));
    add_value_cells(t, in, asset, wide(units), tx.time);
    text_add_string(t, "\n");
    return IMJIN_OK;
}

static enum imjin_status add_edge_row(struct text *t, const struct report_input *in, const struct trace_edge *e,
                                      struct error *err) {
    struct asset_name out, got, stolen;
    TRY(asset_name(in, e->asset_out, &out, err));
    TRY(asset_name(in, e->asset_in, &got, err));
    TRY(asset_name(in, in->result->thefts[e->theft].asset, &stolen, err));
    text_add_format(t, "%" PRIu32 ",", e->theft);
    TRY(add_place_cells(t, in, e->tx, err));
    text_add_format(t, ",%" PRIu32 ",%s", e->movement, settle_rule_name(e->rule));
    TRY(add_account_cells(t, in, e->from, err));
    TRY(add_account_cells(t, in, e->to, err));
    text_add_string(t, ",");
    add_cell_string(t, out.full);
    add_units_cells(t, e->units_out, &out);
    text_add_string(t, ",");
    add_cell_string(t, got.full);
    add_units_cells(t, e->units_in, &got);
    text_add_string(t, ",");
    add_cell_string(t, stolen.full);
    add_units_cells(t, e->claim, &stolen);
    text_add_format(t, ",%u,%s,", e->hops, e->weighed_equally ? "yes" : "no");
    TRY(add_value_at(t, in, &got, e->units_in, e->tx, err));
    return IMJIN_OK;
}

enum imjin_status report_edges_csv(struct text *t, struct file_writer *file, const struct report_input *in, struct error *err) {
    text_add_string(
        t,
        "theft,time,block,transaction,movement,rule,from,from_label,to,to_label,asset_out,units_out,amount_out,"
        "asset_in,units_in,amount_in,claim_asset,claim,claim_amount,hops,weighed_equally,value_usd,value_as_of,value_source\n");
    for (uint64_t i = 0; i < in->result->edge_count; i++) {
        TRY(add_edge_row(t, in, in->result->edges + i, err));
        drain(t, file);
    }
    TRY(text_status(t, err));
    drain_all(t, file);
    return IMJIN_OK;
}

static enum imjin_status add_rest_row(struct text *t, const struct report_input *in, const struct trace_rest *rest,
                                      struct error *err) {
    struct asset_name asset, stolen;
    TRY(asset_name(in, rest->asset, &asset, err));
    TRY(asset_name(in, in->result->thefts[rest->theft].asset, &stolen, err));
    text_add_format(t, "%" PRIu32 ",%s", rest->theft, rest->stop ? stop_reason_name(rest->stop) : "");
    TRY(add_account_cells(t, in, rest->account, err));
    text_add_string(t, ",");
    TRY(add_place_cells(t, in, rest->tx, err));
    text_add_string(t, ",");
    add_cell_string(t, asset.full);
    add_units_cells(t, rest->units, &asset);
    text_add_string(t, ",");
    add_cell_string(t, stolen.full);
    add_units_cells(t, rest->claim, &stolen);
    text_add_string(t, ",");
    return add_value_at(t, in, &asset, rest->units, rest->tx, err);
}

enum imjin_status report_rests_csv(struct text *t, struct file_writer *file, const struct report_input *in, struct error *err) {
    text_add_string(
        t, "theft,stop,account,label,time,block,transaction,asset,units,amount,claim_asset,claim,claim_amount,value_usd,"
           "value_as_of,value_source\n");
    for (uint64_t i = 0; i < in->result->rest_count; i++) {
        TRY(add_rest_row(t, in, in->result->rests + i, err));
        drain(t, file);
    }
    TRY(text_status(t, err));
    drain_all(t, file);
    return IMJIN_OK;
}

/* For programs: addresses as they are. An address cannot hold a comma, a quote or a control sign. */
enum imjin_status report_reached_csv(struct text *t, struct file_writer *file, const struct report_input *in,
                                     struct error *err) {
    text_add_string(t, "address,claim,stop\n");
    for (uint64_t i = 0; i < in->result->account_count; i++) {
        const struct trace_account *a = in->result->accounts + i;
        char digits[U128_DIGITS_MAX], text[ADDRESS_PRINT_MAX];
        struct address address;
        TRY(ledger_address(in->ledger, a->account, &address, err));
        address_print(&address, text);
        u128_print(a->claim_peak, digits);
        text_add_format(t, "%s,%s,%s\n", text, digits, a->stop ? stop_reason_name(a->stop) : "");
        drain(t, file);
    }
    TRY(text_status(t, err));
    drain_all(t, file);
    return IMJIN_OK;
}

/* ---- GraphML ---- */

static const struct {
    const char *id, *on, *type;
} graph_keys[] = {
    {"label", "node", "string"},      {"category", "node", "string"},   {"stop", "node", "string"},
    {"source", "node", "boolean"},    {"hops", "node", "int"},          {"claim_in", "node", "string"},
    {"claim_peak", "node", "string"}, {"claim_held", "node", "string"}, {"incomplete", "node", "boolean"},
    {"tx", "edge", "string"},         {"time", "edge", "string"},       {"rule", "edge", "string"},
    {"theft", "edge", "int"},         {"claim", "edge", "string"},      {"asset_out", "edge", "string"},
    {"units_out", "edge", "string"},  {"asset_in", "edge", "string"},   {"units_in", "edge", "string"},
};

static void add_data(struct text *t, const char *key, const char *value) {
    text_add_format(t, "<data key=\"%s\">", key);
    add_markup_string(t, value);
    text_add_string(t, "</data>");
}

static void add_data_units(struct text *t, const char *key, u128 units) {
    char digits[U128_DIGITS_MAX];
    u128_print(units, digits);
    add_data(t, key, digits);
}

static enum imjin_status add_graph_node(struct text *t, const struct report_input *in, const struct trace_account *a,
                                        struct error *err) {
    struct account_name name;
    TRY(account_name(in, a->account, &name, err));
    text_add_string(t, "<node id=\"");
    add_markup_string(t, name.address);
    text_add_string(t, "\">");
    if (name.tagged) {
        text_add_string(t, "<data key=\"label\">");
        add_markup(t, name.tag.label);
        text_add_string(t, "</data>");
        if (name.tag.category)
            add_data(t, "category", name.tag.category->name);
    }
    if (a->stop)
        add_data(t, "stop", stop_reason_name(a->stop));
    add_data(t, "source", a->is_source ? "true" : "false");
    text_add_format(t, "<data key=\"hops\">%u</data>", a->hops);
    add_data_units(t, "claim_in", a->claim_in);
    add_data_units(t, "claim_peak", a->claim_peak);
    add_data_units(t, "claim_held", a->claim_held);
    add_data(t, "incomplete", a->incomplete ? "true" : "false");
    text_add_string(t, "</node>\n");
    return IMJIN_OK;
}

static enum imjin_status add_graph_edge(struct text *t, const struct report_input *in, const struct trace_edge *e,
                                        struct error *err) {
    struct account_name from, to;
    struct asset_name out, got;
    struct tx_name tx;
    char time[TIME_PRINT_MAX];
    TRY(account_name(in, e->from, &from, err));
    TRY(account_name(in, e->to, &to, err));
    TRY(asset_name(in, e->asset_out, &out, err));
    TRY(asset_name(in, e->asset_in, &got, err));
    TRY(tx_name(in, e->tx, &tx, err));
    text_add_string(t, "<edge source=\"");
    add_markup_string(t, from.address);
    text_add_string(t, "\" target=\"");
    add_markup_string(t, to.address);
    text_add_string(t, "\">");
    add_data(t, "tx", tx.id);
    time_print(tx.tx.time, time);
    add_data(t, "time", time);
    add_data(t, "rule", settle_rule_name(e->rule));
    text_add_format(t, "<data key=\"theft\">%" PRIu32 "</data>", e->theft);
    add_data_units(t, "claim", e->claim);
    add_data(t, "asset_out", out.full);
    add_data_units(t, "units_out", e->units_out);
    add_data(t, "asset_in", got.full);
    add_data_units(t, "units_in", e->units_in);
    text_add_string(t, "</edge>\n");
    return IMJIN_OK;
}

/* GraphML asks that every end of an edge be a node: fees and whatever else is no reached account get one, too. */
static enum imjin_status add_other_ends(struct text *t, const struct report_input *in, const struct account_index *index,
                                        struct arena *a, struct error *err) {
    const struct trace_result *r = in->result;
    struct trace_result others = {.accounts = arena_new(a, 2 * r->edge_count + 1, sizeof *others.accounts)};
    struct account_index seen;
    if (others.accounts == NULL)
        return fail_memory(err, "nodes of the graph");
    for (uint64_t i = 0; i < 2 * r->edge_count; i++) {
        struct account_id id = i % 2 ? r->edges[i / 2].to : r->edges[i / 2].from;
        if (account_position(index, id) == ID_NONE)
            others.accounts[others.account_count++].account = id;
    }
    TRY(account_index_make(&others, a, &seen, err));
    for (uint64_t i = 0; i < seen.count; i++)
        if (i == 0 || seen.keys[i] >> 32 != seen.keys[i - 1] >> 32)
            TRY(add_graph_node(t, in, others.accounts + (uint32_t)seen.keys[i], err));
    return IMJIN_OK;
}

static int by_place(const void *a, const void *b) {
    const struct candidate *x = a, *y = b;
    return (x->at > y->at) - (x->at < y->at);
}

/* The edges that a graph shows, in the order of the result. */
static enum imjin_status choose_edges(const struct report_input *in, struct arena *a, struct trace_result *less,
                                      struct error *err) {
    const struct trace_result *r = in->result;
    struct totals totals;
    struct candidate *rows = arena_new(a, r->edge_count, sizeof *rows);
    less->edges = arena_new(a, REPORT_GRAPH_EDGES, sizeof *less->edges);
    if (rows == NULL || less->edges == NULL)
        return fail_memory(err, "edges of the graph");
    TRY(totals_make(in, true, a, &totals, err));
    for (uint64_t i = 0; i < r->edge_count; i++) {
        uint32_t total = totals.of_theft[r->edges[i].theft];
        uint64_t weight = share_of(wide(r->edges[i].claim), totals.items[total].stolen, (uint64_t)1 << WHOLE_BITS);
        rows[i] = (struct candidate){total, weight, i};
    }
    less->edge_count = choose(rows, r->edge_count, REPORT_GRAPH_EDGES);
    qsort(rows, less->edge_count, sizeof *rows, by_place);
    for (uint64_t i = 0; i < less->edge_count; i++)
        less->edges[i] = r->edges[rows[i].at];
    return IMJIN_OK;
}

/* A result of more edges than graph tools take, cut to those with the largest claims, and to the accounts at their ends and the
 * sources. */
static enum imjin_status lessen(const struct report_input *in, struct arena *a, struct trace_result *ret, struct error *err) {
    const struct trace_result *r = in->result;
    struct trace_result less = *r;
    struct account_index index;
    bool *kept = arena_new(a, r->account_count + 1, sizeof *kept);
    less.accounts = arena_new(a, r->account_count + 1, sizeof *less.accounts);
    if (kept == NULL || less.accounts == NULL)
        return fail_memory(err, "nodes of the graph");
    TRY(choose_edges(in, a, &less, err));
    TRY(account_index_make(r, a, &index, err));
    for (uint64_t i = 0; i < 2 * less.edge_count; i++) {
        uint32_t at = account_position(&index, i % 2 ? less.edges[i / 2].to : less.edges[i / 2].from);
        if (at != ID_NONE)
            kept[at] = true;
    }
    less.account_count = 0;
    for (uint64_t i = 0; i < r->account_count; i++)
        if (kept[i] || r->accounts[i].is_source)
            less.accounts[less.account_count++] = r->accounts[i];
    *ret = less;
    return IMJIN_OK;
}

static enum imjin_status add_graph(struct text *t, struct file_writer *file, const struct report_input *in, uint64_t edges_all,
                                   struct arena *a, struct error *err) {
    struct account_index index;
    TRY(account_index_make(in->result, a, &index, err));
    text_add_string(t,
                    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\">\n");
    for (unsigned i = 0; i < sizeof graph_keys / sizeof graph_keys[0]; i++)
        text_add_format(t, "<key id=\"%s\" for=\"%s\" attr.name=\"%s\" attr.type=\"%s\"/>\n", graph_keys[i].id,
                        graph_keys[i].on, graph_keys[i].id, graph_keys[i].type);
    text_add_string(t, "<graph id=\"trace\" edgedefault=\"directed\">\n");
    if (edges_all > in->result->edge_count)
        text_add_format(t,
                        "<desc>The %" PRIu64 " edges with the largest claims, of %" PRIu64
                        ", and the accounts at their ends; the CSV of edges has them all.</desc>\n",
                        in->result->edge_count, edges_all);
    for (uint64_t i = 0; i < in->result->account_count; i++) {
        TRY(add_graph_node(t, in, in->result->accounts + i, err));
        drain(t, file);
    }
    TRY(add_other_ends(t, in, &index, a, err));
    for (uint64_t i = 0; i < in->result->edge_count; i++) {
        TRY(add_graph_edge(t, in, in->result->edges + i, err));
        drain(t, file);
    }
    text_add_string(t, "</graph>\n</graphml>\n");
    return IMJIN_OK;
}

enum imjin_status report_graphml(struct text *t, struct file_writer *file, const struct report_input *in, struct error *err) {
    struct arena a = {0};
    struct trace_result less;
    struct report_input shown = *in;
    enum imjin_status status = IMJIN_OK;
    if (in->result->edge_count > REPORT_GRAPH_EDGES) {
        status = lessen(in, &a, &less, err);
        shown.result = &less;
    }
    if (status == IMJIN_OK)
        status = add_graph(t, file, &shown, in->result->edge_count, &a, err);
    arena_done(&a);
    TRY(status);
    TRY(text_status(t, err));
    drain_all(t, file);
    return IMJIN_OK;
}
