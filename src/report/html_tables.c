/* The tables of the HTML report: stops, money at rest, what is open, the evidence. */
#include <inttypes.h>
#include <stdlib.h>

#include "report/freeze.h"
#include "report/html.h"
#include "report/look_alikes.h"
#include "report/values.h"

enum { WHOLE_BITS = 40 };

static void add_header(struct page *p, const char *const *names, unsigned count) {
    text_add_string(p->t, "<div class=\"wide\"><table><thead><tr>");
    for (unsigned i = 0; i < count; i++) {
        bool number = names[i][0] == '#';
        text_add_format(p->t, "<th scope=\"col\"%s>%s</th>", number ? " class=\"n\"" : "", names[i] + number);
    }
    text_add_string(p->t, "</tr></thead><tbody>\n");
}

static void end_table(struct page *p, uint64_t shown, uint64_t count, const char *where) {
    text_add_string(p->t, "</tbody></table></div>\n");
    if (shown >= count)
        return;
    text_add_string(p->t, "<p>The table shows ");
    add_count(p->t, shown);
    text_add_string(p->t, " of ");
    add_count(p->t, count);
    text_add_format(p->t, " rows, the largest first; %s has them all.</p>\n", where);
}

static enum imjin_status add_tx_cells(struct page *p, struct tx_id id, struct error *err) {
    struct tx_name tx;
    TRY(tx_name(p->in, id, &tx, err));
    text_add_string(p->t, "<td class=\"t\">");
    page_time(p, tx.tx.time);
    text_add_string(p->t, "</td><td>");
    page_code(p, tx.id);
    text_add_string(p->t, "</td>");
    return IMJIN_OK;
}

/* ---- stops ---- */

static enum imjin_status add_stop_kind(struct page *p, const struct place *place, struct error *err) {
    struct account_name name;
    text_add_format(p->t, "<td class=\"k\"><span class=\"key\" style=\"background:%s\"></span>%s",
                    look_of_stop(place->stop)->strong, look_of_stop(place->stop)->name);
    TRY(account_name(p->in, place->service.n != ID_NONE ? place->service : place->account, &name, err));
    if (place->service.n != ID_NONE) {
        text_add_string(p->t, "<br>of ");
        if (name.tagged)
            add_markup(p->t, name.tag.label);
        else
            page_code(p, name.address);
    }
    text_add_string(p->t, "</td><td>");
    const struct label_category *category = name.has_role ? name.tag.category : NULL;
    if (category && category->contact[0])
        add_markup_string(p->t, category->contact);
    else
        text_add_string(p->t, "&ndash;");
    text_add_string(p->t, "</td>");
    return IMJIN_OK;
}

static enum imjin_status add_stop_row(struct page *p, const struct place *place, struct error *err) {
    text_add_string(p->t, "<tr><td>");
    TRY(page_account(p, place->account, err));
    text_add_string(p->t, "</td>");
    TRY(add_stop_kind(p, place, err));
    page_amount(p, "td", place->claim, &p->totals.items[place->total].name);
    text_add_string(p->t, "<td class=\"n\">");
    add_count(p->t, place->rests);
    text_add_string(p->t, "</td>");
    TRY(add_tx_cells(p, place->last, err));
    text_add_string(p->t, "</tr>\n");
    return IMJIN_OK;
}

static bool is_open_stop(const struct page *p, const struct place *place) {
    const struct asset_total *total = p->totals.items + place->total;
    return stop_is_end(place->stop) && !total->suspected && !total->folded;
}

static void add_requests(struct page *p, const bool seen[STOP_REASONS]) {
    text_add_string(p->t, "<h3>What to ask</h3>\n<dl class=\"facts\">\n");
    for (unsigned r = 1; r < STOP_HORIZON; r++)
        if (seen[r])
            text_add_format(p->t, "<dt>%s</dt><dd>%s</dd>\n", look_of_stop(r)->name, stop_request(r));
    text_add_string(p->t, "</dl>\n");
}

enum imjin_status page_stops(struct page *p, struct error *err) {
    static const char *const columns[] = {
        "Account", "Kind", "Whom to ask", "#Amount stopped", "#Arrivals", "Last arrival (UTC)", "Its transaction"};
    bool seen[STOP_REASONS] = {false};
    uint64_t count = 0;
    struct candidate *rows = arena_new(&p->arena, p->places.count + 1, sizeof *rows);
    if (rows == NULL)
        return fail_memory(err, "stops of the report");
    text_add_string(p->t, "<section id=\"stops\">\n<h2>4. Where it can be stopped</h2>\n");
    for (uint64_t i = 0; i < p->places.count; i++) {
        const struct place *place = p->places.items + i;
        if (!is_open_stop(p, place))
            continue;
        rows[count++] = (struct candidate){place->total, place->weight, i};
        seen[place->stop] = true;
    }
    if (count == 0) {
        text_add_string(p->t, "<p>None of the money has reached a service that the labels know.</p>\n");
        TRY(page_freeze(p, err));
        text_add_string(p->t, "</section>\n");
        return IMJIN_OK;
    }
    uint64_t shown = choose(rows, count, REPORT_TABLE_ROWS);
    add_requests(p, seen);
    add_header(p, columns, sizeof columns / sizeof columns[0]);
    for (uint64_t i = 0; i < shown; i++)
        TRY(add_stop_row(p, p->places.items + rows[i].at, err));
    end_table(p, shown, count, "the CSV of rests");
    TRY(page_freeze(p, err));
    text_add_string(p->t, "</section>\n");
    return IMJIN_OK;
}

/* ---- at rest ---- */

static int by_place(const void *a, const void *b) {
    const struct candidate *x = a, *y = b;
    return (x->at > y->at) - (x->at < y->at);
}

static uint64_t weigh(const struct page *p, uint32_t theft, u128 claim) {
    return share_of(wide(claim), p->totals.items[p->totals.of_theft[theft]].stolen, (uint64_t)1 << WHOLE_BITS);
}

/* False for what is folded or suspected. */
static bool is_shown(const struct page *p, uint32_t theft) {
    const struct asset_total *total = p->totals.items + p->totals.of_theft[theft];
    return !total->suspected && !total->folded;
}

static enum imjin_status add_resting_row(struct page *p, const struct trace_rest *rest, struct error *err) {
    struct asset_name asset;
    TRY(asset_name(p->in, rest->asset, &asset, err));
    text_add_string(p->t, "<tr><td>");
    TRY(page_account(p, rest->account, err));
    text_add_string(p->t, "</td>");
    page_amount(p, "td", wide(rest->units), &asset);
    page_amount(p, "td", wide(rest->claim), &p->totals.items[p->totals.of_theft[rest->theft]].name);
    TRY(add_tx_cells(p, rest->tx, err));
    text_add_string(p->t, "</tr>\n");
    return IMJIN_OK;
}

enum imjin_status page_resting(struct page *p, struct error *err) {
    static const char *const columns[] = {"Account", "#Lies there", "#Claim on what was stolen", "Since (UTC)",
                                          "Arrived in transaction"};
    const struct trace_result *r = p->in->result;
    uint64_t count = 0;
    struct candidate *ranked = arena_new(&p->arena, r->rest_count + 1, sizeof *ranked);
    if (ranked == NULL)
        return fail_memory(err, "money at rest");
    for (uint64_t i = 0; i < r->rest_count; i++)
        if (r->rests[i].stop == STOP_NONE && is_shown(p, r->rests[i].theft))
            ranked[count++] =
                (struct candidate){p->totals.of_theft[r->rests[i].theft], weigh(p, r->rests[i].theft, r->rests[i].claim), i};
    text_add_string(p->t,
                    "<section id=\"resting\">\n<h2>5. Where it is now</h2>\n<p>Money that had not moved on when the data ends. "
                    "An account listed here is not known as a service; whoever holds its key can move the money at any "
                    "time.</p>\n");
    if (count == 0) {
        text_add_string(p->t, "<p>Nothing is at rest.</p>\n</section>\n");
        return IMJIN_OK;
    }
    uint64_t shown = choose(ranked, count, REPORT_TABLE_ROWS);
    add_header(p, columns, sizeof columns / sizeof columns[0]);
    for (uint64_t i = 0; i < shown; i++)
        TRY(add_resting_row(p, r->rests + ranked[i].at, err));
    end_table(p, shown, count, "the CSV of rests");
    text_add_string(p->t, "</section>\n");
    return IMJIN_OK;
}

/* ---- gaps ---- */

static enum imjin_status add_incomplete(struct page *p, struct error *err) {
    static const char *const columns[] = {"Account", "Missing history"};
    const struct trace_result *r = p->in->result;
    uint64_t shown = 0;
    text_add_string(p->t,
                    "<h3>Missing history</h3>\n<p>These accounts spent more than the ledger saw them receive. What they spent "
                    "beyond it came from outside the data; it carries no claim.</p>\n");
    add_header(p, columns, 2);
    for (uint64_t i = 0; i < r->account_count && shown < REPORT_TABLE_ROWS; i++) {
        if (!r->accounts[i].incomplete)
            continue;
        struct text missing = {0};
        text_add_string(p->t, "<tr><td>");
        TRY(page_account(p, r->accounts[i].account, err));
        enum imjin_status status = add_missing_history(&missing, p->in, r->accounts + i, err);
        text_add_string(p->t, "</td><td>");
        add_markup(p->t, span_of_text(&missing));
        text_add_string(p->t, "</td></tr>\n");
        text_fold(p->t, &missing);
        TRY(status);
        shown++;
    }
    end_table(p, shown, p->gaps.incomplete, "the JSON of the trace");
    return IMJIN_OK;
}

static void add_cut_off(struct page *p) {
    text_add_string(p->t, "<h3>Cut off</h3>\n<ul>\n");
    for (uint64_t i = 0; i < p->totals.count; i++)
        for (unsigned r = STOP_HORIZON; r < STOP_REASONS; r++) {
            if (u256_zero(p->totals.items[i].stopped_by[r]))
                continue;
            text_add_string(p->t, "<li>");
            page_inline_amount(p, p->totals.items[i].stopped_by[r], &p->totals.items[i].name);
            text_add_format(p->t, ": %s. %s</li>\n", stop_title(r), stop_request(r));
        }
    text_add_string(p->t, "</ul>\n");
}

static enum imjin_status add_conflicts(struct page *p, struct error *err) {
    const struct trace_result *r = p->in->result;
    uint64_t shown = 0;
    text_add_string(p->t, "<h3>Labels that contradict each other</h3>\n<ul>\n");
    for (uint64_t i = 0; i < r->account_count && shown < REPORT_TABLE_ROWS; i++) {
        struct address address;
        uint64_t first = 0, count = 0;
        if (!r->accounts[i].label_conflict)
            continue;
        text_add_string(p->t, "<li>");
        TRY(page_account(p, r->accounts[i].account, err));
        TRY(ledger_address(p->in->ledger, r->accounts[i].account, &address, err));
        if (p->in->labels)
            label_find(p->in->labels, ledger_chain(p->in->ledger)->name, &address, &first, &count);
        for (uint64_t k = first; k < first + count; k++) {
            struct tag tag = label_at(p->in->labels, k);
            text_add_string(p->t, k == first ? ": " : "; ");
            add_markup(p->t, tag.label);
            text_add_format(p->t, " (confidence %u)", tag.confidence);
        }
        text_add_string(p->t, "</li>\n");
        shown++;
    }
    text_add_string(p->t, "</ul>\n");
    return IMJIN_OK;
}

static void add_overlap(struct page *p) {
    text_add_string(p->t, "<h3>Thefts that meet</h3>\n<p>");
    add_counted(p->t, p->in->result->overlap_count, "claim", "claims");
    text_add_string(p->t, " of one theft arrived inside the stolen money of another: those amounts count in both.</p>\n");
}

static enum imjin_status add_look_alike_row(struct page *p, const struct look_alike *l, struct error *err) {
    struct tx_name tx;
    TRY(tx_name(p->in, l->first, &tx, err));
    text_add_string(p->t, "<tr><td>");
    TRY(page_account(p, l->account, err));
    text_add_string(p->t, "</td><td>");
    TRY(page_account(p, l->imitated, err));
    text_add_string(p->t, "</td><td>");
    TRY(page_account(p, l->victim, err));
    text_add_format(p->t, "</td><td>%s</td><td class=\"t\">", l->paid ? "yes" : "no");
    page_time(p, tx.tx.time);
    text_add_string(p->t, "</td></tr>\n");
    return IMJIN_OK;
}

/* Those that were paid first, since there money was lost; a few of the others, as examples. */
static enum imjin_status add_look_alike_table(struct page *p, const struct look_alikes *r, struct error *err) {
    uint64_t shown = 0;
    text_add_string(p->t,
                    "<div class=\"wide\"><table><thead><tr><th scope=\"col\">Look-alike</th><th scope=\"col\">Imitates</th>"
                    "<th scope=\"col\">Showed itself to</th><th scope=\"col\">Was paid</th><th scope=\"col\">First seen "
                    "(UTC)</th></tr></thead><tbody>\n");
    for (unsigned paid = 2; paid-- > 0;)
        for (uint64_t i = 0; i < r->count && shown < (paid ? REPORT_TABLE_ROWS : REPORT_LOOK_ALIKES); i++) {
            if ((r->items[i].paid != 0) != (paid != 0))
                continue;
            TRY(add_look_alike_row(p, &r->items[i], err));
            shown++;
        }
    text_add_string(p->t, "</tbody></table></div>\n");
    if (shown < r->count)
        text_add_format(p->t, "<p>%" PRIu64 " of %" PRIu64 " are shown; trace.json has all of them.</p>\n", shown, r->count);
    return IMJIN_OK;
}

static enum imjin_status add_look_alikes(struct page *p, struct error *err) {
    struct look_alikes found;
    struct text words = {0};
    TRY(look_alikes_of_trace(p->in, &p->arena, &found, err));
    enum imjin_status status = IMJIN_OK;
    if (found.count) {
        look_alikes_say(&words, &found);
        text_add_string(p->t, "<h3>Look-alike addresses</h3>\n<p>");
        add_markup(p->t, span_of_text(&words));
        text_add_string(p->t, "</p>\n");
        text_fold(p->t, &words);
        status = add_look_alike_table(p, &found, err);
    }
    look_alikes_done(&found);
    return status;
}

enum imjin_status page_gaps(struct page *p, struct error *err) {
    const struct gaps *g = &p->gaps;
    text_add_string(p->t, "<section id=\"gaps\">\n<h2>6. What is not explained</h2>\n");
    if (g->incomplete)
        TRY(add_incomplete(p, err));
    if (g->cut_off)
        add_cut_off(p);
    if (g->conflicts)
        TRY(add_conflicts(p, err));
    if (p->in->result->overlap_count)
        add_overlap(p);
    if (g->suspected_thefts)
        text_add_string(
            p->t, "<h3>Suspicions</h3>\n<p>Money of unknown origin that left reached accounts was followed as well. It is "
                  "listed as suspected and is no part of what was stolen; the picture leaves it out.</p>\n");
    if (!g->incomplete && !g->cut_off && !g->conflicts && !g->suspected_thefts && !p->in->result->overlap_count)
        text_add_string(p->t,
                        "<p>Nothing: every account in the trail received what it spent, nothing was cut off, and no labels "
                        "contradict each other.</p>\n");
    TRY(add_look_alikes(p, err));
    text_add_string(p->t, "</section>\n");
    return IMJIN_OK;
}

/* ---- evidence ---- */

/* What it was worth then, on a line of its own. */
static void page_value(struct page *p, struct u256 units, const struct asset_name *asset, int64_t time) {
    struct text words = {0};
    add_value(&words, p->in, asset, units, time);
    if (words.count) {
        text_add_string(p->t, "<br>");
        add_markup(p->t, span_of_text(&words));
    }
    text_fold(p->t, &words);
}

static enum imjin_status add_edge_row(struct page *p, const struct trace_edge *e, struct error *err) {
    struct asset_name out, got;
    struct tx_name tx;
    TRY(asset_name(p->in, e->asset_out, &out, err));
    TRY(asset_name(p->in, e->asset_in, &got, err));
    TRY(tx_name(p->in, e->tx, &tx, err));
    text_add_string(p->t, "<tr><td class=\"t\">");
    page_time(p, tx.tx.time);
    text_add_format(p->t, "</td><td>%s%s</td><td>", settle_rule_name(e->rule), e->weighed_equally ? " (weighed equally)" : "");
    TRY(page_account(p, e->from, err));
    text_add_string(p->t, "</td><td>");
    TRY(page_account(p, e->to, err));
    text_add_string(p->t, "</td>");
    page_amount(p, "td", wide(e->units_out), &out);
    if (e->asset_in.n != e->asset_out.n)
        page_amount(p, "td", wide(e->units_in), &got);
    else
        text_add_string(p->t, "<td class=\"n\">same</td>");
    page_amount(p, "td", wide(e->claim), &p->totals.items[p->totals.of_theft[e->theft]].name);
    text_add_string(p->t, "<td>");
    page_code(p, tx.id);
    page_value(p, wide(e->units_in), &got, tx.tx.time);
    text_add_string(p->t, "</td></tr>\n");
    return IMJIN_OK;
}

/* The day of an edge, as a key for grouping. */
static enum imjin_status day_of(const struct page *p, const struct trace_edge *e, char ret_day[DAY_PRINT_MAX],
                                struct error *err) {
    struct ledger_tx tx;
    TRY(ledger_tx(p->in->ledger, e->tx, &tx, err));
    day_print(tx.time, ret_day);
    return IMJIN_OK;
}

static enum imjin_status add_day(struct page *p, const struct candidate *ranked, uint64_t count, const char *day, bool open,
                                 struct error *err) {
    static const char *const columns[] = {"Time (UTC)", "Rule", "From", "To", "#Gave", "#Got", "#Claim", "Transaction"};
    text_add_format(p->t, "<details%s><summary>%s: ", open ? " open" : "", day);
    add_counted(p->t, count, "edge", "edges");
    text_add_string(p->t, "</summary>\n");
    add_header(p, columns, sizeof columns / sizeof columns[0]);
    for (uint64_t i = 0; i < count; i++)
        TRY(add_edge_row(p, p->in->result->edges + ranked[i].at, err));
    text_add_string(p->t, "</tbody></table></div></details>\n");
    return IMJIN_OK;
}

static enum imjin_status add_days(struct page *p, const struct candidate *ranked, uint64_t count, struct error *err) {
    char day[DAY_PRINT_MAX], next[DAY_PRINT_MAX];
    uint64_t first = 0;
    for (uint64_t i = 0; i < count; i++) {
        TRY(day_of(p, p->in->result->edges + ranked[i].at, next, err));
        if (i && strcmp(day, next) != 0) {
            TRY(add_day(p, ranked + first, i - first, day, false, err));
            first = i;
        }
        memcpy(day, next, sizeof day);
    }
    return count ? add_day(p, ranked + first, count - first, day, false, err) : IMJIN_OK;
}

enum imjin_status page_evidence(struct page *p, struct error *err) {
    const struct trace_result *r = p->in->result;
    uint64_t count = 0;
    struct candidate *ranked = arena_new(&p->arena, r->edge_count + 1, sizeof *ranked);
    if (ranked == NULL)
        return fail_memory(err, "evidence");
    for (uint64_t i = 0; i < r->edge_count; i++) {
        uint32_t total = p->totals.of_theft[r->edges[i].theft];
        if (!p->totals.items[total].folded)
            ranked[count++] = (struct candidate){total, weigh(p, r->edges[i].theft, r->edges[i].claim), i};
    }
    uint64_t shown = choose(ranked, count, REPORT_PATH_EDGES);
    qsort(ranked, shown, sizeof *ranked, by_place);
    count = r->edge_count;
    text_add_string(p->t,
                    "<section id=\"evidence\">\n<h2>7. Evidence, edge by edge</h2>\n<p>Each edge names its transaction and the "
                    "rule that drew it. Open a day to see its edges; days that are closed are not printed.</p>\n");
    if (shown < count) {
        text_add_string(p->t, "<p>The ");
        add_count(p->t, shown);
        text_add_string(p->t, " edges with the largest claims are shown, of ");
        add_count(p->t, count);
        text_add_string(p->t, ". The whole list is in ");
        if (p->in->edges_file)
            page_code(p, p->in->edges_file);
        else
            text_add_string(p->t, "the CSV of edges");
        text_add_string(p->t, ".</p>\n");
    }
    if (count == 0)
        text_add_string(p->t, "<p>There are no edges: the stolen money has not moved.</p>\n");
    TRY(add_days(p, ranked, shown, err));
    text_add_string(p->t, "</section>\n");
    return IMJIN_OK;
}
