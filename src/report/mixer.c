/* Leads through mixers: which accounts the notes of each batch most likely came out to, and why. */
#include <inttypes.h>
#include <stdlib.h>

#include "report/exits.h"
#include "report/terminal.h"

enum { LEADS_SHOWN = 12 /* of a batch, on a terminal */ };

void add_millionths(struct text *t, uint32_t millionths) {
    text_add_format(t, "%u.%03u", millionths / 1000000, millionths / 1000 % 1000);
}

void add_bits(struct text *t, int32_t thousandths) {
    int32_t tenths = (thousandths + (thousandths < 0 ? -50 : 50)) / 100;
    text_add_format(t, "%s%d.%d", tenths < 0 ? "-" : "+", abs(tenths) / 10, abs(tenths) % 10);
}

/* ---- CSV: batch,recipient,tx_hash,score,lead ---- */

static enum imjin_status add_withdrawal_row(struct text *t, const struct report_input *in, const struct report_mixer *m,
                                            const struct mixer_lead *lead, const struct mixer_withdrawal *w,
                                            struct error *err) {
    char recipient[ADDRESS_PRINT_MAX], tx[TX_PRINT_MAX];
    struct address address;
    TRY(ledger_address(in->ledger, lead->recipient, &address, err));
    TRY(ledger_tx_print(in->ledger, w->tx, tx, err));
    address_print(&address, recipient);
    add_cell_string(t, m->batches->items[w->batch].name);
    text_add_string(t, ",");
    add_cell_string(t, recipient);
    text_add_string(t, ",");
    add_cell_string(t, tx);
    text_add_string(t, ",");
    add_millionths(t, lead->confidence);
    text_add_format(t, ",%d\n", w->lead);
    return IMJIN_OK;
}

enum imjin_status report_mixer_csv(struct text *t, const struct report_input *in, const struct report_mixer *m,
                                   struct error *err) {
    text_add_string(t, "batch,recipient,tx_hash,score,lead\n");
    for (uint64_t i = 0; i < m->result->lead_count; i++) {
        const struct mixer_lead *lead = &m->result->leads[i];
        for (uint32_t n = 0; n < lead->count; n++)
            TRY(add_withdrawal_row(t, in, m, lead, &m->result->withdrawals[lead->first + n], err));
    }
    return text_status(t, err);
}

/* ---- text ---- */

static void add_crowd(struct text *t, const struct report_input *in, const struct report_mixer *m, uint64_t batch) {
    const struct mixer_batch *b = &m->batches->items[batch];
    const struct mixer_crowd *c = &m->result->crowds[batch];
    char first[TIME_PRINT_MAX], last[TIME_PRINT_MAX];
    time_print(b->first, first);
    time_print(b->last, last);
    add_heading(t, in, "Batch %.63s: %llu notes into the %.24s pool, %s to %s", b->name, (unsigned long long)b->notes,
                m->pools[b->pool].name, first, last);
    if (c->deposits == 0) {
        text_add_string(t, "  Nobody put a note into this pool in that time: nothing can be linked.\n");
        return;
    }
    text_add_string(t, "  ");
    add_count(t, c->linked);
    text_add_string(t, " notes linked. Crowd: ");
    add_counted(t, c->withdrawals, "withdrawal", "withdrawals");
    text_add_string(t, " to ");
    add_counted(t, c->recipients, "account", "accounts");
    text_add_string(t, " by time alone; 95 % of what is expected lies in ");
    add_counted(t, c->withdrawals_left, "withdrawal", "withdrawals");
    text_add_string(t, " to ");
    add_counted(t, c->recipients_left, "account", "accounts");
    text_add_string(t, ".\n");
    if (b->notes > c->deposits)
        text_add_format(t, "  The batch claims more notes than anybody put in: %llu.\n", (unsigned long long)c->deposits);
}

static enum imjin_status add_lead_line(struct text *t, const struct report_input *in, const struct report_mixer *m,
                                       const struct mixer_lead *lead, struct error *err) {
    struct cell where = {0}, notes = {0}, score = {0};
    char first[TIME_PRINT_MAX];
    text_add_string(t, lead->lead_count ? "  " : "  (");
    enum imjin_status status = add_account(&where.text, in, lead->recipient, err);
    cell_end(t, &where, 44);
    add_millionths(&score.text, lead->confidence);
    cell_end(t, &score, 7);
    add_counted(&notes.text, lead->count, "note", "notes");
    cell_end(t, &notes, 10);
    time_print(m->result->withdrawals[lead->first].time, first);
    text_add_format(t, "since %s  bits:", first);
    for (unsigned e = 0; e < MIXER_EVIDENCES; e++) {
        text_add_format(t, " %s ", mixer_evidence_name((enum mixer_evidence)e));
        add_bits(t, lead->evidence[e]);
    }
    text_add_string(t, lead->lead_count ? "" : ")");
    end_line(t);
    return status;
}

enum imjin_status report_mixer_text(struct text *t, const struct report_input *in, const struct report_mixer *m,
                                    struct error *err) {
    const struct mixer_result *r = m->result;
    uint64_t at = 0, all = 0;
    for (uint64_t b = 0; b < r->batch_count; b++) {
        uint64_t shown = 0;
        add_crowd(t, in, m, b);
        for (; at < r->lead_count && r->leads[at].batch == b; at++, shown++) {
            all += r->leads[at].lead_count != 0;
            if (m->rows_max ? shown < m->rows_max : shown < LEADS_SHOWN)
                TRY(add_lead_line(t, in, m, &r->leads[at], err));
        }
        uint64_t kept = m->rows_max ? m->rows_max : LEADS_SHOWN;
        if (shown > kept)
            text_add_format(t, "  ... and %llu more\n", (unsigned long long)(shown - kept));
    }
    text_add_string(t, "\n");
    add_counted(t, all, "account is", "accounts are");
    text_add_string(t,
                    " more likely than not an exit. A lead is no proof: the score is the chance that it is right, and those in "
                    "brackets are not stood by.\n");
    return text_status(t, err);
}

/* ---- JSON: imjin.mixer/1 ---- */

static void json_batch(struct json_writer *w, const struct report_mixer *m, uint64_t batch) {
    const struct mixer_batch *b = &m->batches->items[batch];
    const struct mixer_crowd *c = &m->result->crowds[batch];
    json_object_begin(w);
    json_key_text(w, "batch", b->name);
    json_key_text(w, "pool", m->pools[b->pool].name);
    json_key_unsigned(w, "notes", b->notes);
    json_key_time(w, "first", b->first);
    json_key_time(w, "last", b->last);
    json_key_time(w, "until", c->deposits ? c->until : TIME_UNKNOWN);
    json_key_unsigned(w, "pool_deposits", c->deposits);
    json_key_unsigned(w, "notes_linked", c->linked);
    json_put_key(w, "anonymity_before");
    json_object_begin(w);
    json_key_unsigned(w, "withdrawals", c->withdrawals);
    json_key_unsigned(w, "accounts", c->recipients);
    json_object_end(w);
    json_put_key(w, "anonymity_after");
    json_object_begin(w);
    json_key_unsigned(w, "withdrawals", c->withdrawals_left);
    json_key_unsigned(w, "accounts", c->recipients_left);
    json_object_end(w);
    json_object_end(w);
}

static enum imjin_status json_withdrawal(struct json_writer *w, const struct report_input *in, const struct report_mixer *m,
                                         const struct mixer_withdrawal *x, struct error *err) {
    char tx[TX_PRINT_MAX];
    TRY(ledger_tx_print(in->ledger, x->tx, tx, err));
    json_object_begin(w);
    json_key_text(w, "tx", tx);
    json_key_unsigned(w, "block", x->block);
    json_key_time(w, "time", x->time);
    json_key_text(w, "batch", m->batches->items[x->batch].name);
    json_key_units(w, "fee", wide(x->fee));
    json_key_bool(w, "lead", x->lead);
    json_object_end(w);
    return IMJIN_OK;
}

static enum imjin_status json_lead(struct json_writer *w, const struct report_input *in, const struct report_mixer *m,
                                   const struct mixer_lead *lead, struct error *err) {
    struct account_name name;
    TRY(account_name(in, lead->recipient, &name, err));
    json_object_begin(w);
    json_key_text(w, "batch", m->batches->items[lead->batch].name);
    json_key_text(w, "pool", m->pools[lead->pool].name);
    json_account_members(w, &name);
    json_key_unsigned(w, "confidence_millionths", lead->confidence);
    json_key_bool(w, "lead", lead->lead_count != 0);
    json_key_unsigned(w, "rivals", lead->rivals);
    json_put_key(w, "evidence_millibits");
    json_object_begin(w);
    for (unsigned e = 0; e < MIXER_EVIDENCES; e++) {
        json_put_key(w, mixer_evidence_name((enum mixer_evidence)e));
        json_put_signed(w, lead->evidence[e]);
    }
    json_object_end(w);
    json_put_key(w, "withdrawals");
    json_array_begin(w);
    for (uint32_t n = 0; n < lead->count; n++)
        TRY(json_withdrawal(w, in, m, &m->result->withdrawals[lead->first + n], err));
    json_array_end(w);
    json_object_end(w);
    return IMJIN_OK;
}

static enum imjin_status json_members(struct json_writer *w, const struct report_input *in, const struct report_mixer *m,
                                      struct error *err) {
    json_key_unsigned(w, "pool_deposits", m->result->pool_deposits);
    json_key_unsigned(w, "pool_withdrawals", m->result->pool_withdrawals);
    json_put_key(w, "batches");
    json_array_begin(w);
    for (uint64_t b = 0; b < m->result->batch_count; b++)
        json_batch(w, m, b);
    json_array_end(w);
    json_put_key(w, "leads");
    json_array_begin(w);
    for (uint64_t i = 0; i < m->result->lead_count; i++)
        TRY(json_lead(w, in, m, &m->result->leads[i], err));
    json_array_end(w);
    return IMJIN_OK;
}

enum imjin_status report_mixer_json(struct text *t, const struct report_input *in, const struct report_mixer *m,
                                    struct error *err) {
    struct json_writer w = {.out = t, .pretty = true};
    json_head(&w, in, "imjin.mixer/1");
    TRY(json_members(&w, in, m, err));
    return json_foot(&w, NULL, err);
}

/* ---- in the report of a trace ---- */

enum imjin_status exits_json(struct json_writer *w, const struct report_input *in, struct error *err) {
    if (in->mixer == NULL)
        return IMJIN_OK;
    json_put_key(w, "mixer_leads");
    json_object_begin(w);
    TRY(json_members(w, in, in->mixer, err));
    json_object_end(w);
    return IMJIN_OK;
}

enum imjin_status exits_text(struct text *t, const struct report_input *in, struct error *err) {
    if (in->mixer == NULL)
        return IMJIN_OK;
    add_heading(t, in, "Where the notes may have come out");
    text_add_string(t, "  These are leads, not claims: accounts whose withdrawals are consistent with the notes put in.\n");
    return report_mixer_text(t, in, in->mixer, err);
}
