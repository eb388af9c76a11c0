/* The report of a case: head, summary, pictures. One file without script or network, for a court and for an exchange. */
#include "report/html.h"

#include <inttypes.h>

#include "report/style.h"
#include "report/techniques.h"

void page_code(struct page *p, const char *text) {
    text_add_string(p->t, "<code>");
    add_markup_string(p->t, text);
    text_add_string(p->t, "</code>");
}

static void add_title(struct page *p, struct u256 units, const struct asset_name *asset) {
    struct text exact = {0};
    add_exact_amount(&exact, units, asset);
    text_add_string(p->t, " title=\"");
    add_markup(p->t, span_of_text(&exact));
    text_add_string(p->t, "\">");
    text_fold(p->t, &exact);
}

static void add_reading(struct page *p, struct u256 units, const struct asset_name *asset) {
    struct text amount = {0};
    add_brief_amount(&amount, units, asset);
    add_markup(p->t, span_of_text(&amount));
    text_fold(p->t, &amount);
}

void page_amount(struct page *p, const char *tag, struct u256 units, const struct asset_name *asset) {
    text_add_format(p->t, "<%s class=\"n\"", tag);
    add_title(p, units, asset);
    add_reading(p, units, asset);
    text_add_format(p->t, "</%s>", tag);
}

void page_inline_amount(struct page *p, struct u256 units, const struct asset_name *asset) {
    text_add_string(p->t, "<span");
    add_title(p, units, asset);
    add_reading(p, units, asset);
    text_add_string(p->t, "</span>");
}

enum imjin_status page_account(struct page *p, struct account_id id, struct error *err) {
    struct account_name name;
    TRY(account_name(p->in, id, &name, err));
    if (name.tagged) {
        add_markup(p->t, name.tag.label);
        text_add_string(p->t, name.conflict ? " (labels conflict)<br>" : "<br>");
    }
    page_code(p, name.address);
    return IMJIN_OK;
}

void page_time(struct page *p, int64_t time) {
    struct text text = {0};
    add_time(&text, time);
    add_markup(p->t, span_of_text(&text));
    text_fold(p->t, &text);
}

/* ---- head ---- */

static const char *title_of(const struct report_input *in) {
    return in->facts && in->facts->title && in->facts->title[0] ? in->facts->title : "Trace of stolen funds";
}

static void add_fact(struct page *p, const char *name, const char *value) {
    text_add_string(p->t, "<dt>");
    add_markup_string(p->t, name);
    text_add_string(p->t, "</dt><dd>");
    add_markup_string(p->t, value);
    text_add_string(p->t, "</dd>\n");
}

static void add_head(struct page *p) {
    text_add_string(p->t,
                    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                    "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
                    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
                    "<title>");
    add_markup_string(p->t, title_of(p->in));
    text_add_string(p->t, "</title>\n");
    text_add_string(p->t, html_style);
    text_add_string(p->t, "</head>\n<body>\n<main>\n<header>\n<p class=\"kind\">Report of a trace on ");
    add_markup_string(p->t, ledger_chain(p->in->ledger)->name);
    text_add_string(p->t, "</p>\n<h1>");
    add_markup_string(p->t, title_of(p->in));
    text_add_string(p->t, "</h1>\n<dl class=\"facts\">\n");
    const struct report_case *facts = p->in->facts;
    for (uint32_t i = 0; facts && i < facts->fact_count && i < REPORT_NOTES_MAX; i++)
        add_fact(p, facts->facts[i].name, facts->facts[i].value);
    add_fact(p, "Policy", trace_policy_name(p->in->result->policy));
    char hex[65];
    sha256_print(ledger_identity(p->in->ledger), hex);
    add_fact(p, "Ledger (SHA-256)", hex);
    text_add_string(p->t, "</dl>\n</header>\n");
    for (uint32_t i = 0; facts && i < facts->note_count && i < REPORT_NOTES_MAX; i++) {
        text_add_string(p->t, "<p>");
        add_markup_string(p->t, facts->notes[i]);
        text_add_string(p->t, "</p>\n");
    }
    text_add_string(
        p->t, "<p class=\"notice\">This report says what a ledger shows. Addresses and labels are <em>consistent with</em> the "
              "roles given to them; they do not prove who controls an address. Each amount can be checked with the "
              "transaction beside it. Amounts are rounded down for reading: the exact value is behind each figure (hold the "
              "pointer over it) and in the tables that come with the report. All times are UTC.</p>\n");
}

static void add_contents(struct page *p) {
    static const struct {
        const char *id, *name;
    } sections[] = {{"summary", "Summary"},
                    {"picture", "How the money flowed"},
                    {"timeline", "When it moved"},
                    {"stops", "Where it can be stopped"},
                    {"resting", "Where it is now"},
                    {"gaps", "What is not explained"},
                    {"evidence", "Evidence, edge by edge"},
                    {"method", "Method"}};
    text_add_string(p->t, "<nav aria-label=\"Contents\"><ol>\n");
    for (unsigned i = 0; i < sizeof sections / sizeof sections[0]; i++)
        text_add_format(p->t, "<li><a href=\"#%s\">%s</a></li>\n", sections[i].id, sections[i].name);
    text_add_string(p->t, "</ol></nav>\n");
}

/* ---- summary ---- */

static void add_figure(struct page *p, const struct asset_total *total, const char *colour, const char *name, struct u256 units,
                       bool sum) {
    text_add_format(p->t, "<tr%s><td>", sum ? " class=\"sum\"" : "");
    if (colour)
        text_add_format(p->t, "<span class=\"key\" style=\"background:%s\"></span>", colour);
    add_markup_string(p->t, name);
    text_add_string(p->t, "</td>");
    page_amount(p, "td", units, &total->name);
    text_add_string(p->t, "<td class=\"n\">");
    add_percent(p->t, units, total->stolen);
    text_add_string(p->t, "</td></tr>\n");
}

static void add_figures(struct page *p, const struct asset_total *total) {
    svg_bar(p->t, total);
    text_add_string(p->t, "<table><thead><tr><th scope=\"col\">What became of it</th><th scope=\"col\" class=\"n\">Amount</th>"
                          "<th scope=\"col\" class=\"n\">Share</th></tr></thead><tbody>\n");
    for (unsigned r = 1; r < STOP_REASONS; r++) {
        if (u256_zero(total->stopped_by[r]))
            continue;
        struct text name = {0};
        text_add_format(&name, stop_is_cut(r) ? "Cut off: %s" : "Stopped: %s", stop_title(r));
        add_figure(p, total, look_of_stop(r)->strong, name.bytes ? name.bytes : "", total->stopped_by[r], false);
        text_fold(p->t, &name);
    }
    add_figure(p, total, look_holding.strong, "At rest in accounts that nobody knows as a service", total->held, false);
    if (!u256_zero(total->fees))
        add_figure(p, total, look_fees.strong, "Fees", total->fees, false);
    struct u256 sum = total->held;
    INVARIANT(u256_add(sum, total->fees, &sum) && u256_add(sum, total->stopped, &sum) && u256_add(sum, total->cut_off, &sum));
    add_figure(p, total, NULL, "Sum", sum, true);
    text_add_string(p->t, "</tbody></table>\n");
}

static void add_poison_notice(struct page *p) {
    text_add_string(
        p->t, "<p>The policy is poison: everything that a reached account gave afterwards counts as reached, clean money "
              "too. It shows how far the money can have come, not how much of it is where, so there are no totals.</p>\n");
}

static void add_reach(struct page *p) {
    text_add_string(p->t, "<p>The trace reached ");
    add_counted(p->t, p->in->result->account_count, "account", "accounts");
    text_add_string(p->t, " through ");
    add_counted(p->t, p->in->result->edge_count, "edge", "edges");
    text_add_string(p->t, ". ");
    if (p->gaps.incomplete) {
        add_counted(p->t, p->gaps.incomplete, "of these accounts spent", "of these accounts spent");
        text_add_string(p->t, " more than the ledger saw arrive: part of the trail is outside the data (see "
                              "<a href=\"#gaps\">What is not explained</a>).");
    }
    text_add_string(p->t, "</p>\n");
}

static void add_stolen(struct page *p, const struct asset_total *total) {
    text_add_string(p->t, "<h3>");
    page_inline_amount(p, total->stolen, &total->name);
    text_add_string(p->t, total->suspected ? " of unknown origin, suspected" : " stolen");
    if (total->thefts > 1) {
        text_add_string(p->t, ", in ");
        add_counted(p->t, total->thefts, "theft", "thefts");
    }
    text_add_string(p->t, "</h3>\n");
    if (p->in->result->policy != POLICY_POISON)
        add_figures(p, total);
}

static void add_row_of_total(struct page *p, const struct asset_total *total) {
    text_add_string(p->t, "<tr><td>");
    page_code(p, total->name.full);
    text_add_string(p->t, total->suspected ? " (suspected)</td>" : "</td>");
    page_amount(p, "td", total->stolen, &total->name);
    page_amount(p, "td", total->stopped, &total->name);
    page_amount(p, "td", total->held, &total->name);
    page_amount(p, "td", total->cut_off, &total->name);
    text_add_string(p->t, "</tr>\n");
}

static void add_totals(struct page *p) {
    uint64_t seen = 0, shown = 0, count = p->totals.count - p->totals.folded_count;
    for (uint64_t i = 0; i < p->totals.count; i++) {
        const struct asset_total *total = p->totals.items + i;
        if (total->folded || seen++ >= REPORT_TOTALS_WHOLE + REPORT_TABLE_ROWS)
            continue;
        if (seen <= REPORT_TOTALS_WHOLE) {
            add_stolen(p, total);
            continue;
        }
        if (shown++ == 0)
            text_add_string(p->t, "<h3>Other assets</h3>\n<div class=\"wide\"><table><thead><tr><th scope=\"col\">Asset</th>"
                                  "<th scope=\"col\" class=\"n\">Stolen</th><th scope=\"col\" class=\"n\">Stopped</th>"
                                  "<th scope=\"col\" class=\"n\">At rest</th><th scope=\"col\" class=\"n\">Cut off</th>"
                                  "</tr></thead><tbody>\n");
        add_row_of_total(p, total);
    }
    if (shown)
        text_add_string(p->t, "</tbody></table></div>\n");
    if (count > REPORT_TOTALS_WHOLE + REPORT_TABLE_ROWS)
        text_add_format(p->t, "<p>%d of %" PRIu64 " assets are shown; the JSON of the trace has them all.</p>\n",
                        REPORT_TOTALS_WHOLE + REPORT_TABLE_ROWS, count);
    if (p->totals.folded_count == 0)
        return;
    text_add_string(p->t, "<p>Not shown here: ");
    add_counted(p->t, p->totals.folded_count, "token whose name advertises", "tokens whose names advertise");
    text_add_string(p->t, ", hides signs or imitates a known token (see <a href=\"#method\">Method</a>). The tables that come "
                          "with the report have them.</p>\n");
}

static enum imjin_status add_techniques(struct page *p, struct error *err) {
    struct techniques found;
    bool amounts = p->in->result->policy != POLICY_POISON;
    TRY(techniques_make(p->in, &p->totals, &p->arena, &found, err));
    if (found.count == 0)
        return IMJIN_OK;
    text_add_string(p->t, "<h3>Techniques it went through</h3>\n<p>Of the four that the US Treasury\u2019s risk assessment of "
                          "decentralised finance of April 2023 names. What went through twice counts twice. Deposits into "
                          "vaults for a share count as liquidity pools.</p>\n<div class=\"wide\"><table><thead><tr>"
                          "<th scope=\"col\">Technique</th><th scope=\"col\">Stolen asset</th>"
                          "<th scope=\"col\" class=\"n\">Edges</th>");
    text_add_string(p->t,
                    amounts ? "<th scope=\"col\" class=\"n\">Claims</th></tr></thead><tbody>\n" : "</tr></thead><tbody>\n");
    for (uint64_t i = 0; i < found.count && i < REPORT_TABLE_ROWS; i++) {
        const struct asset_total *total = &p->totals.items[found.rows[i].total];
        text_add_format(p->t, "<tr><td>%s</td><td>", defi_technique_name(found.rows[i].technique));
        page_code(p, total->name.full);
        text_add_string(p->t, total->suspected ? " (suspected)</td><td class=\"n\">" : "</td><td class=\"n\">");
        add_count(p->t, found.rows[i].edges);
        text_add_string(p->t, "</td>");
        if (amounts)
            page_amount(p, "td", found.rows[i].claim, &total->name);
        text_add_string(p->t, "</tr>\n");
    }
    text_add_string(p->t, "</tbody></table></div>\n");
    if (found.count > REPORT_TABLE_ROWS)
        text_add_format(p->t, "<p>%d of %" PRIu64 " rows are shown; the JSON of the trace has them all.</p>\n",
                        REPORT_TABLE_ROWS, found.count);
    return IMJIN_OK;
}

static enum imjin_status add_source_row(struct page *p, const struct candidate *row, struct error *err) {
    const struct trace_theft *theft = p->in->result->thefts + row->at;
    struct tx_name tx = {.tx = {.time = TIME_UNKNOWN}};
    if (theft->first_tx.n != ID_NONE)
        TRY(tx_name(p->in, theft->first_tx, &tx, err));
    text_add_string(p->t, "<tr><td>");
    TRY(page_account(p, theft->source, err));
    text_add_string(p->t, theft->suspected ? " (suspected)</td>" : "</td>");
    page_amount(p, "td", wide(theft->stolen), &p->totals.items[row->rank].name);
    text_add_string(p->t, "<td class=\"t\">");
    page_time(p, tx.tx.time);
    text_add_string(p->t, "</td><td>");
    page_code(p, tx.id);
    text_add_string(p->t, "</td></tr>\n");
    return IMJIN_OK;
}

static enum imjin_status add_sources(struct page *p, struct error *err) {
    uint64_t count = 0, thefts = p->in->result->theft_count;
    struct candidate *rows = arena_new(&p->arena, thefts + 1, sizeof *rows);
    if (rows == NULL)
        return fail_memory(err, "sources of the report");
    for (uint64_t i = 0; i < thefts; i++)
        if (!p->totals.items[p->totals.of_theft[i]].folded)
            rows[count++] = (struct candidate){.rank = p->totals.of_theft[i], .at = i};
    uint64_t shown = choose(rows, count, REPORT_TABLE_ROWS);
    text_add_string(p->t, "<h3>Sources</h3>\n<div class=\"wide\"><table><thead><tr><th scope=\"col\">Account</th>"
                          "<th scope=\"col\" class=\"n\">Stolen</th><th scope=\"col\">First arrived (UTC)</th>"
                          "<th scope=\"col\">Transaction</th></tr></thead><tbody>\n");
    for (uint64_t i = 0; i < shown; i++)
        TRY(add_source_row(p, rows + i, err));
    text_add_string(p->t, "</tbody></table></div>\n");
    if (count > shown)
        text_add_format(p->t, "<p>%" PRIu64 " of %" PRIu64 " sources are shown.</p>\n", shown, count);
    return IMJIN_OK;
}

static enum imjin_status add_summary(struct page *p, struct error *err) {
    text_add_string(p->t, "<section id=\"summary\">\n<h2>1. Summary</h2>\n");
    add_reach(p);
    if (p->in->result->policy == POLICY_POISON)
        add_poison_notice(p);
    add_totals(p);
    TRY(add_techniques(p, err));
    TRY(add_sources(p, err));
    text_add_string(p->t, "</section>\n");
    return IMJIN_OK;
}

static enum imjin_status add_pictures(struct page *p, struct error *err) {
    text_add_format(p->t,
                    "<section id=\"picture\" class=\"picture%s\">\n<h2>2. How the money flowed</h2>\n"
                    "<p>From left to right: the theft, the accounts it passed through, and where following stopped.</p>\n"
                    "<div class=\"wide\">\n",
                    p->flow.height > p->flow.width ? " tall" : "");
    TRY(svg_flow(p->t, p->in, &p->flow, err));
    text_add_string(p->t, "</div>\n</section>\n<section id=\"timeline\">\n<h2>3. When it moved</h2>\n");
    TRY(svg_timeline(p->t, p->in, &p->totals, err));
    text_add_string(p->t, "</section>\n");
    return IMJIN_OK;
}

static enum imjin_status make_page(struct page *p, struct error *err) {
    TRY(totals_make(p->in, true, &p->arena, &p->totals, err));
    TRY(places_make(p->in, &p->totals, &p->arena, &p->places, err));
    TRY(flow_make(p->in, &p->arena, &p->flow, err));
    gaps_count(p->in, &p->gaps);
    add_head(p);
    add_contents(p);
    TRY(add_summary(p, err));
    TRY(add_pictures(p, err));
    TRY(page_stops(p, err));
    TRY(page_resting(p, err));
    TRY(page_crossings(p, err));
    TRY(page_exits(p, err));
    TRY(page_gaps(p, err));
    TRY(page_evidence(p, err));
    page_method(p);
    text_add_string(p->t, "</main>\n</body>\n</html>\n");
    return text_status(p->t, err);
}

enum imjin_status report_html(struct text *t, const struct report_input *in, struct error *err) {
    struct page p = {.t = t, .in = in};
    enum imjin_status status = make_page(&p, err);
    arena_done(&p.arena);
    return status;
}
