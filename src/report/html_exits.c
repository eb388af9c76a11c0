/* The section of the HTML report about mixers: the accounts that notes may have come out to. */
#include <inttypes.h>

#include "report/exits.h"
#include "report/html.h"

static void add_crowd(struct page *p, uint64_t batch) {
    const struct report_mixer *m = p->in->mixer;
    const struct mixer_batch *b = &m->batches->items[batch];
    const struct mixer_crowd *c = &m->result->crowds[batch];
    text_add_string(p->t, "<h3>");
    add_counted(p->t, b->notes, "note", "notes");
    text_add_format(p->t, " into the %s pool</h3>\n<p>Batch ", m->pools[b->pool].name);
    page_code(p, b->name);
    text_add_string(p->t, ", ");
    page_time(p, b->first);
    text_add_string(p->t, " to ");
    page_time(p, b->last);
    text_add_string(p->t, ". ");
    add_count(p->t, c->linked);
    text_add_string(p->t, " of them linked. Anonymity set before: ");
    add_counted(p->t, c->withdrawals, "withdrawal", "withdrawals");
    text_add_string(p->t, " to ");
    add_counted(p->t, c->recipients, "account", "accounts");
    text_add_string(p->t, " that could be its notes by time alone. After: 95 % of what is expected lies in ");
    add_counted(p->t, c->withdrawals_left, "withdrawal", "withdrawals");
    text_add_string(p->t, " to ");
    add_counted(p->t, c->recipients_left, "account", "accounts");
    text_add_string(p->t, ".</p>\n");
}

static enum imjin_status add_lead(struct page *p, const struct mixer_lead *lead, struct error *err) {
    const struct mixer_withdrawal *w = &p->in->mixer->result->withdrawals[lead->first];
    struct tx_name tx;
    text_add_string(p->t, "<tr><td>");
    TRY(page_account(p, lead->recipient, err));
    text_add_string(p->t, "</td><td class=\"n\">");
    add_millionths(p->t, lead->confidence);
    text_add_format(p->t, "</td><td>%s</td><td class=\"n\">", lead->lead_count ? "yes" : "no");
    add_count(p->t, lead->count);
    text_add_string(p->t, "</td>");
    for (unsigned e = 0; e < MIXER_EVIDENCES; e++) {
        text_add_string(p->t, "<td class=\"n\">");
        add_bits(p->t, lead->evidence[e]);
        text_add_string(p->t, "</td>");
    }
    TRY(tx_name(p->in, w->tx, &tx, err));
    text_add_string(p->t, "<td class=\"t\">");
    page_time(p, w->time);
    text_add_string(p->t, "</td><td>");
    page_code(p, tx.id);
    text_add_string(p->t, "</td></tr>\n");
    return IMJIN_OK;
}

static void add_head(struct page *p) {
    text_add_string(
        p->t, "<div class=\"wide\"><table><thead><tr><th scope=\"col\">Account</th><th scope=\"col\" class=\"n\">Score</th>"
              "<th scope=\"col\">Stood by</th><th scope=\"col\" class=\"n\">Notes</th>");
    for (unsigned e = 0; e < MIXER_EVIDENCES; e++)
        text_add_format(p->t, "<th scope=\"col\" class=\"n\">Bits: %s</th>", mixer_evidence_name((enum mixer_evidence)e));
    text_add_string(p->t, "<th scope=\"col\">First out (UTC)</th><th scope=\"col\">Transaction</th></tr></thead><tbody>\n");
}

/* *at: the first lead of the batch, then the first of the next one. */
static enum imjin_status add_batch(struct page *p, uint64_t batch, uint64_t *at, struct error *err) {
    const struct mixer_result *r = p->in->mixer->result;
    uint64_t first = *at, end = first;
    while (end < r->lead_count && r->leads[end].batch == batch)
        end++;
    *at = end;
    add_crowd(p, batch);
    if (first == end) {
        text_add_string(p->t, "<p>No account stands out.</p>\n");
        return IMJIN_OK;
    }
    add_head(p);
    for (uint64_t i = first; i < end && i < first + REPORT_EXITS; i++)
        TRY(add_lead(p, &r->leads[i], err));
    text_add_string(p->t, "</tbody></table></div>\n");
    if (end - first > REPORT_EXITS)
        text_add_format(p->t,
                        "<p>%d of %" PRIu64 " leads are shown, the likeliest first; the JSON of the trace has them all.</p>\n",
                        REPORT_EXITS, end - first);
    return IMJIN_OK;
}

enum imjin_status page_exits(struct page *p, struct error *err) {
    const struct report_mixer *m = p->in->mixer;
    uint64_t at = 0;
    if (m == NULL)
        return IMJIN_OK;
    text_add_string(
        p->t, "<section id=\"exits\">\n<h2>Where the notes may have come out</h2>\n<p>These are leads, not claims: following "
              "stopped at the mixer, and no amount above is counted here. The withdrawals of these accounts are "
              "<em>consistent with</em> the notes put in. The score is the chance that a lead is right; evidence is in "
              "bits, above zero for it.</p>\n");
    for (uint64_t b = 0; b < m->result->batch_count && b < REPORT_EXIT_BATCHES; b++)
        TRY(add_batch(p, b, &at, err));
    if (m->result->batch_count > REPORT_EXIT_BATCHES)
        text_add_format(p->t, "<p>%d of %" PRIu64 " batches are shown; the JSON of the trace has them all.</p>\n",
                        REPORT_EXIT_BATCHES, m->result->batch_count);
    text_add_string(p->t, "</section>\n");
    return IMJIN_OK;
}
