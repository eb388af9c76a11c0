/* The section of the HTML report about claims that crossed bridges, and where they lie behind them. */
#include "report/html.h"
#include "report/jsonify.h"

static void add_words(struct page *p, uint32_t text) { page_code(p, bridge_text(p->in->crossings->store, text)); }

static void add_units(struct page *p, u128 units, uint32_t asset) {
    char digits[U128_DIGITS_MAX];
    u128_print(units, digits);
    text_add_format(p->t, "<td class=\"n\">%s</td><td>", digits);
    add_words(p, asset);
    text_add_string(p->t, "</td>");
}

static void add_side(struct page *p, const struct bridge_record *r) {
    text_add_string(p->t, "<td class=\"k\">");
    add_markup_string(p->t, bridge_text(p->in->crossings->store, r->chain));
    text_add_string(p->t, "</td><td class=\"t\">");
    page_time(p, r->time);
    text_add_string(p->t, "</td><td>");
    add_words(p, r->tx);
    text_add_string(p->t, "</td>");
}

static void add_row(struct page *p, const struct report_crossing *x) {
    const struct report_crossings *c = p->in->crossings;
    const struct bridge_match *m = &c->matches->matches[x->crossing.match];
    const struct bridge_record *d = bridge_store_at(c->store, m->deposit), *w = bridge_store_at(c->store, m->withdrawal);
    text_add_string(p->t, "<tr><td>");
    add_markup_string(p->t, bridge_text(c->store, d->protocol));
    text_add_format(p->t, " (rung %u)</td>", m->rung);
    add_side(p, d);
    add_units(p, x->crossing.units_in, d->asset);
    add_side(p, w);
    add_units(p, x->crossing.units_out, w->asset);
    text_add_string(p->t, "<td>");
    add_words(p, w->recipient);
    text_add_format(p->t, "</td><td>%s</td></tr>\n", x->to == REPORT_CROSSING_NOWHERE ? "no: no ledger holds it" : "yes");
}

static enum imjin_status add_rest(struct page *p, const struct report_crossed *part, const struct trace_rest *rest,
                                  struct error *err) {
    struct account_name account;
    struct asset_name asset;
    struct tx_name tx;
    TRY(account_name(&part->in, rest->account, &account, err));
    TRY(asset_name(&part->in, rest->asset, &asset, err));
    TRY(tx_name(&part->in, rest->tx, &tx, err));
    text_add_string(p->t, "<tr><td class=\"k\">");
    add_markup_string(p->t, part->chain);
    text_add_string(p->t, "</td><td>");
    if (account.tagged) {
        add_markup(p->t, account.tag.label);
        text_add_string(p->t, " ");
    }
    page_code(p, account.address);
    text_add_string(p->t, "</td>");
    page_amount(p, "td", u256_from_u128(rest->units), &asset);
    text_add_string(p->t, "<td class=\"t\">");
    page_time(p, tx.tx.time);
    text_add_string(p->t, "</td><td>");
    page_code(p, tx.id);
    text_add_format(p->t, "</td><td>%s</td></tr>\n", rest->stop ? stop_title((enum stop_reason)rest->stop) : "at rest");
    return IMJIN_OK;
}

static enum imjin_status add_rests(struct page *p, struct error *err) {
    const struct report_crossings *c = p->in->crossings;
    uint64_t shown = 0, all = 0;
    text_add_string(
        p->t, "<h3>Where it lies behind the bridges</h3>\n<div class=\"wide\"><table><thead><tr><th scope=\"col\">Chain</th>"
              "<th scope=\"col\">Account</th><th scope=\"col\" class=\"n\">Amount</th><th scope=\"col\">Since (UTC)</th>"
              "<th scope=\"col\">Transaction</th><th scope=\"col\">Ends as</th></tr></thead><tbody>\n");
    for (uint64_t i = 0; i < c->part_count; i++)
        for (uint64_t k = 0; c->parts[i].in.result && k < c->parts[i].in.result->rest_count; k++, all++)
            if (shown < REPORT_TABLE_ROWS) {
                TRY(add_rest(p, &c->parts[i], &c->parts[i].in.result->rests[k], err));
                shown++;
            }
    text_add_string(p->t, "</tbody></table></div>\n");
    if (shown < all)
        text_add_format(p->t, "<p>%llu of %llu rows are shown; trace.json has all of them.</p>\n", (unsigned long long)shown,
                        (unsigned long long)all);
    return IMJIN_OK;
}

enum imjin_status page_crossings(struct page *p, struct error *err) {
    const struct report_crossings *c = p->in->crossings;
    if (c == NULL)
        return IMJIN_OK;
    text_add_string(
        p->t,
        "<section id=\"bridges\">\n<h2>Across bridges</h2>\n<p>Claims that were put into a bridge and whose withdrawal on the "
        "other chain is "
        "known. Amounts are in base units; each is the share of the withdrawal that the claims were of the deposit.</p>\n"
        "<div class=\"wide\"><table><thead><tr><th scope=\"col\">Bridge</th><th scope=\"col\">From</th><th scope=\"col\">Time "
        "(UTC)</th>"
        "<th scope=\"col\">Transaction</th><th scope=\"col\" class=\"n\">Put in</th><th scope=\"col\">Asset</th><th "
        "scope=\"col\">To</th>"
        "<th scope=\"col\">Time (UTC)</th><th scope=\"col\">Transaction</th><th scope=\"col\" class=\"n\">Paid out</th>"
        "<th scope=\"col\">Asset</th><th scope=\"col\">To whom</th><th scope=\"col\">Followed</th></tr></thead><tbody>\n");
    for (uint64_t i = 0; i < c->count && i < REPORT_TABLE_ROWS; i++)
        add_row(p, &c->items[i]);
    text_add_string(p->t, "</tbody></table></div>\n");
    if (c->count > REPORT_TABLE_ROWS)
        text_add_format(p->t, "<p>%d of %llu rows are shown; trace.json has all of them.</p>\n", REPORT_TABLE_ROWS,
                        (unsigned long long)c->count);
    TRY(add_rests(p, err));
    text_add_string(p->t, "</section>\n");
    return IMJIN_OK;
}
