/* The appendix on method: what a reader needs to check the report or to make it again. */
#include <inttypes.h>

#include "report/html.h"

static const char *const policy_words[TRACE_POLICIES] = {
    [POLICY_FIFO] =
        "First in, first out: what an account spends is what it received earliest. The rule goes back to Clayton's case "
        "(1816) and was proposed for cryptocurrency by Anderson, Shumailov and Ahmed (2018).",
    [POLICY_LIFO] = "Last in, first out: what an account spends is what it received latest.",
    [POLICY_HAIRCUT] =
        "Haircut: each payment carries the same share of stolen money as the balance it comes from (Möser, Böhme, "
        "Breuker 2014).",
    [POLICY_POISON] =
        "Poison: everything that a reached account gives afterwards counts as reached (Möser, Böhme, Breuker 2014).",
};

static const char *const rule_words[SETTLE_RULES] = {
    [RULE_TRANSFER] = "a payment, also through accounts that pass everything on in the same transaction",
    [RULE_FEE] = "a fee of the network",
    [RULE_MINT] = "newly created units",
    [RULE_BURN] = "destroyed units",
    [RULE_SWAP] = "what an account gave, against what it got in the same transaction",
    [RULE_SWAP_TO] = "a swap whose recipient is not its sender",
    [RULE_WRAP] = "the native coin against a token that stands for it",
    [RULE_UNWRAP] = "such a token against the native coin",
    [RULE_DEPOSIT] = "a deposit against a newly created token (liquidity, lending, staking)",
    [RULE_REDEEM] = "such a token against what it stood for",
    [RULE_UNKNOWN] = "missing history: spent but never seen to arrive",
};

static void add_rules(struct page *p) {
    uint32_t rules = p->in->request->rules;
    text_add_string(p->t,
                    "<h3>Rules</h3>\n<p>Each transaction is settled as a whole: what each account gave and got is netted, and "
                    "what it gave is linked to what it got. Each link is drawn by one of these rules.</p>\n<table><thead><tr>"
                    "<th scope=\"col\">Rule</th><th scope=\"col\">Meaning</th><th scope=\"col\">In use</th></tr></thead>"
                    "<tbody>\n");
    for (unsigned r = 0; r < SETTLE_RULES; r++)
        text_add_format(p->t, "<tr><td>%s</td><td>%s</td><td>%s</td></tr>\n", settle_rule_name(r), rule_words[r],
                        rules >> r & 1 ? "yes" : "no: settled as a plain payment");
    text_add_string(p->t, "</tbody></table>\n");
}

static void add_switch(struct page *p, const char *name, bool on) {
    text_add_format(p->t, "<dt>%s</dt><dd>%s</dd>\n", name, on ? "yes" : "no");
}

static void add_limits(struct page *p) {
    const struct trace_request *q = p->in->request;
    char digits[U128_DIGITS_MAX];
    text_add_string(p->t, "<h3>Switches and limits</h3>\n<dl class=\"facts\">\n");
    add_switch(p, "Stop at labelled services", q->stop_at_labels);
    add_switch(p, "Stop at deposit addresses", q->stop_at_deposits);
    add_switch(p, "Stop at hubs", q->stop_at_hubs);
    add_switch(p, "Follow money of unknown origin", q->follow_unknown);
    text_add_string(p->t, "<dt>Hub: counterparties, in both directions, above</dt><dd>");
    add_count(p->t, q->hub_counterparties);
    text_add_string(p->t, "</dd>\n<dt>Steps at most</dt><dd>");
    if (q->hops_max)
        add_count(p->t, q->hops_max);
    else
        text_add_string(p->t, "no limit");
    text_add_string(p->t, "</dd>\n<dt>Until</dt><dd>");
    if (q->time_until == TIME_UNKNOWN)
        text_add_string(p->t, "the end of the data");
    else
        page_time(p, q->time_until);
    u128_print(q->claim_min, digits);
    text_add_format(p->t, "</dd>\n<dt>Least claim followed</dt><dd>%s base units</dd>\n<dt>Pieces followed at most</dt><dd>",
                    digits);
    add_count(p->t, q->pieces_max);
    text_add_string(p->t, "</dd>\n</dl>\n");
}

static void add_hash(struct page *p, const char *name, const struct sha256 *hash) {
    char hex[65];
    sha256_print(hash, hex);
    text_add_format(p->t, "<dt>%s</dt><dd><code>%s</code></dd>\n", name, hex);
}

static void add_data(struct page *p) {
    const struct ledger_counts *counts = ledger_counts(p->in->ledger);
    text_add_string(p->t, "<h3>Data</h3>\n<dl class=\"facts\">\n<dt>Chain</dt><dd>");
    add_markup_string(p->t, ledger_chain(p->in->ledger)->name);
    text_add_string(p->t, "</dd>\n<dt>Ledger</dt><dd>");
    add_counted(p->t, counts->movements, "movement", "movements");
    text_add_string(p->t, " in ");
    add_counted(p->t, counts->txs, "transaction", "transactions");
    text_add_string(p->t, "</dd>\n");
    add_hash(p, "Identity of the ledger (SHA-256)", ledger_identity(p->in->ledger));
    if (p->in->labels) {
        text_add_string(p->t, "<dt>Labels</dt><dd>");
        add_counted(p->t, label_count(p->in->labels), "tag", "tags");
        text_add_string(p->t, "</dd>\n");
        add_hash(p, "Identity of the labels (SHA-256)", label_identity(p->in->labels));
    }
    text_add_string(p->t, "<dt>Program</dt><dd>imjin ");
    add_markup_string(p->t, p->in->program_version);
    text_add_string(p->t, "</dd>\n</dl>\n");
}

static void add_reproduction(struct page *p) {
    const struct report_case *facts = p->in->facts;
    text_add_string(p->t,
                    "<h3>How to make this report again</h3>\n<p>The same ledger, labels and request give the same bytes on any "
                    "machine. Compare the two identities above first.</p>\n");
    if (facts == NULL || facts->command_count == 0)
        return;
    text_add_string(p->t, "<pre>");
    for (uint32_t i = 0; i < facts->command_count && i < REPORT_NOTES_MAX; i++) {
        add_markup_string(p->t, facts->commands[i]);
        text_add_string(p->t, "\n");
    }
    text_add_string(p->t, "</pre>\n");
}

void page_method(struct page *p) {
    enum trace_policy policy = p->in->result->policy;
    text_add_string(p->t, "<section id=\"method\" class=\"appendix\">\n<h2>8. Method</h2>\n<p>");
    text_add_string(p->t, (unsigned)policy < TRACE_POLICIES ? policy_words[policy] : "");
    text_add_string(
        p->t, "</p>\n<p>A <em>claim</em> is how many units of what was stolen a holding stands for. It survives an exchange "
              "into another asset. Claims are whole numbers of base units; at every step what is at rest, stopped, paid "
              "as fees and cut off adds up to what was stolen, to the last unit.</p>\n");
    text_add_string(
        p->t,
        "<p>Amounts of different assets are not compared: the report knows no prices. The native coin stands first, then "
        "tokens "
        "whose contract carries a label, then other tokens by how many accounts gave them away, then single items. Anybody can "
        "make a token with any name and send it to anybody; tokens whose name advertises an address, hides signs, or looks "
        "like that of the coin or of a labelled token are counted and left out of the picture and the tables, unless "
        "nothing else was stolen or the request names them.</p>\n");
    add_rules(p);
    add_limits(p);
    add_data(p);
    add_reproduction(p);
    text_add_string(
        p->t, "<h3>What this method cannot show</h3>\n<p>It does not show who controls an address, nor agreements outside the "
              "ledger. Labels are statements of their sources. A rule of order (first in, first out) is a convention, not an "
              "observation. Money that left the data, through a mixer, a service or a bridge, is not followed beyond "
              "it.</p>\n</section>\n");
}
