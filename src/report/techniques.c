#include "report/techniques.h"

#include "report/terminal.h"

enum { TECHNIQUES = DEFI_TECHNIQUE_POOLS + 1, NAME_COLUMNS = 18, AMOUNT_COLUMNS = 26 };

static enum defi_technique technique_of(const struct trace_result *r, const struct account_index *index,
                                        const struct trace_edge *e) {
    uint32_t at = account_position(index, e->to);
    unsigned stop = at == ID_NONE ? STOP_NONE : r->accounts[at].stop;
    if (stop == STOP_MIXER)
        return DEFI_TECHNIQUE_MIXERS;
    if (stop == STOP_BRIDGE)
        return DEFI_TECHNIQUE_BRIDGES;
    if (e->rule == RULE_SWAP || e->rule == RULE_SWAP_TO)
        return DEFI_TECHNIQUE_SWAPS;
    return e->rule == RULE_DEPOSIT || e->rule == RULE_REDEEM ? DEFI_TECHNIQUE_POOLS : DEFI_TECHNIQUE_NONE;
}

enum imjin_status techniques_make(const struct report_input *in, const struct totals *totals, struct arena *a,
                                  struct techniques *ret, struct error *err) {
    const struct trace_result *r = in->result;
    struct account_index index;
    struct technique_row *rows = arena_new(a, totals->count * TECHNIQUES + 1, sizeof *rows);
    uint64_t count = 0;
    if (rows == NULL)
        return fail_memory(err, "techniques");
    TRY(account_index_make(r, a, &index, err));
    for (uint64_t i = 0; i < r->edge_count; i++) {
        const struct trace_edge *e = &r->edges[i];
        struct technique_row *row = &rows[technique_of(r, &index, e) * totals->count + totals->of_theft[e->theft]];
        row->edges++;
        INVARIANT(u256_add(row->claim, wide(e->claim), &row->claim)); /* fewer than 2^64 edges of less than 2^128 units */
    }
    for (uint64_t i = totals->count; i < totals->count * TECHNIQUES; i++) {
        struct technique_row row = rows[i];
        row.technique = (enum defi_technique)(i / totals->count);
        row.total = (uint32_t)(i % totals->count);
        if (row.edges && !totals->items[row.total].folded)
            rows[count++] = row;
    }
    *ret = (struct techniques){rows, count};
    return IMJIN_OK;
}

static void add_row(struct text *t, const struct report_input *in, const struct technique_row *row,
                    const struct asset_total *total) {
    struct cell name = {0}, amount = {0};
    text_add_format(&name.text, "  %s", defi_technique_name(row->technique));
    cell_end(t, &name, NAME_COLUMNS);
    if (in->result->policy != POLICY_POISON) {
        add_brief_amount(&amount.text, row->claim, &total->name);
        cell_end_right(t, &amount, AMOUNT_COLUMNS);
    }
    text_add_string(t, "  ");
    add_counted(t, row->edges, "edge", "edges");
    text_add_string(t, total->suspected ? ", suspected\n" : "\n");
}

enum imjin_status techniques_text(struct text *t, const struct report_input *in, const struct totals *totals, struct arena *a,
                                  struct error *err) {
    struct techniques found;
    TRY(techniques_make(in, totals, a, &found, err));
    if (found.count)
        add_heading(t, in, "Techniques it went through");
    for (uint64_t i = 0; i < found.count && i < REPORT_TEXT_STOPS; i++)
        add_row(t, in, &found.rows[i], &totals->items[found.rows[i].total]);
    if (found.count > REPORT_TEXT_STOPS)
        text_add_format(t, "  ... and %llu more\n", (unsigned long long)(found.count - REPORT_TEXT_STOPS));
    return IMJIN_OK;
}

enum imjin_status techniques_json(struct json_writer *w, const struct report_input *in, const struct totals *totals,
                                  struct arena *a, struct error *err) {
    struct techniques found;
    TRY(techniques_make(in, totals, a, &found, err));
    json_put_key(w, "techniques");
    json_array_begin(w);
    for (uint64_t i = 0; i < found.count; i++) {
        const struct technique_row *row = &found.rows[i];
        json_object_begin(w);
        json_key_text(w, "technique", defi_technique_name(row->technique));
        json_key_text(w, "asset", totals->items[row->total].name.full);
        json_key_bool(w, "suspected", totals->items[row->total].suspected);
        json_key_unsigned(w, "edges", row->edges);
        json_key_units(w, "claim", row->claim);
        json_object_end(w);
    }
    json_array_end(w);
    return IMJIN_OK;
}
