/* The summary of a trace for a terminal. */
#include <inttypes.h>
#include <stdio.h>

#include "report/crossing.h"
#include "report/exits.h"
#include "report/freeze.h"
#include "report/look_alikes.h"
#include "report/places.h"
#include "report/techniques.h"
#include "report/terminal.h"
#include "report/values.h"

enum { AMOUNT_COLUMNS = 26, SHARE_COLUMNS = 12, REASON_COLUMNS = 15, ADDRESS_COLUMNS = 42, INDENT_COLUMNS = 22 };

struct summary {
    struct text *t;
    const struct report_input *in;
    struct arena arena;
    struct totals totals;
    struct places places;
    bool sources; /* the result of trace_back: origins instead of stops */
};

static void add_sum(struct summary *s, const char *name, unsigned indent, struct u256 units, const struct asset_total *total) {
    struct cell cell = {0}, amount = {0}, share = {0};
    text_add_format(&cell.text, "%*s%s", (int)indent, "", name);
    cell_end(s->t, &cell, INDENT_COLUMNS);
    add_brief_amount(&amount.text, units, &total->name);
    cell_end_right(s->t, &amount, AMOUNT_COLUMNS);
    add_percent(&share.text, units, total->stolen);
    cell_end_right(s->t, &share, SHARE_COLUMNS);
    end_line(s->t);
}

static void add_reasons(struct summary *s, const struct asset_total *total, bool cut) {
    for (unsigned r = 1; r < STOP_REASONS; r++)
        if (stop_is_cut(r) == cut && !u256_zero(total->stopped_by[r]))
            add_sum(s, stop_reason_name(r), 4, total->stopped_by[r], total);
}

static void add_total(struct summary *s, const struct asset_total *total) {
    struct text amount = {0};
    add_brief_amount(&amount, total->stolen, &total->name);
    const char *word = s->sources ? "asked about" : total->suspected ? "of unknown origin, suspected" : "stolen";
    add_heading(s->t, s->in, "%.100s %s", amount.bytes ? amount.bytes : "", word);
    text_fold(s->t, &amount);
    if (s->in->result->policy == POLICY_POISON) {
        text_add_string(s->t, "  Poison says only what was reached: claims are not kept.\n");
        return;
    }
    add_sum(s, s->sources ? "origins found" : "stopped", 2, total->stopped, total);
    add_reasons(s, total, false);
    add_sum(s, s->sources ? "mint or missing" : "at rest", 2, total->held, total);
    add_sum(s, "fees", 2, total->fees, total);
    add_sum(s, "cut off", 2, total->cut_off, total);
    add_reasons(s, total, true);
}

static enum imjin_status add_theft(struct summary *s, const struct trace_theft *theft, const struct asset_total *total,
                                   struct error *err) {
    struct tx_name tx;
    struct cell amount = {0};
    add_brief_amount(&amount.text, wide(theft->stolen), &total->name);
    text_add_string(s->t, "  ");
    cell_end_right(s->t, &amount, AMOUNT_COLUMNS);
    TRY(add_account(s->t, s->in, theft->source, err));
    text_add_string(s->t, theft->suspected ? "  (suspected)" : "");
    if (theft->first_tx.n != ID_NONE) {
        TRY(tx_name(s->in, theft->first_tx, &tx, err));
        text_add_format(s->t, "\n%*sfirst in %s at ", AMOUNT_COLUMNS + 3, "", tx.id);
        add_time(s->t, tx.tx.time);
        add_value(s->t, s->in, &total->name, wide(theft->stolen), tx.tx.time);
    }
    end_line(s->t);
    return IMJIN_OK;
}

static enum imjin_status add_thefts(struct summary *s, struct error *err) {
    const struct trace_result *r = s->in->result;
    uint64_t count = 0;
    struct candidate *rows = arena_new(&s->arena, r->theft_count + 1, sizeof *rows);
    if (rows == NULL)
        return fail_memory(err, "summary of the trace");
    for (uint64_t i = 0; i < r->theft_count; i++)
        if (!s->totals.items[s->totals.of_theft[i]].folded)
            rows[count++] = (struct candidate){.rank = s->totals.of_theft[i], .at = i};
    uint64_t shown = choose(rows, count, REPORT_TEXT_STOPS);
    add_heading(s->t, s->in, s->sources ? "Asked about" : "Thefts");
    for (uint64_t i = 0; i < shown; i++)
        TRY(add_theft(s, r->thefts + rows[i].at, s->totals.items + rows[i].rank, err));
    if (count > shown)
        text_add_format(s->t, "  ... and %" PRIu64 " more\n", count - shown);
    if (s->totals.folded_thefts) {
        text_add_string(s->t, "  ... and ");
        add_count(s->t, s->totals.folded_thefts);
        text_add_string(s->t, " of tokens whose names advertise, hide signs or imitate known ones; --json has them\n");
    }
    return IMJIN_OK;
}

static void add_totals(struct summary *s) {
    uint64_t shown = 0, count = s->totals.count - s->totals.folded_count;
    for (uint64_t i = 0; i < s->totals.count && shown < REPORT_TEXT_STOPS; i++) {
        if (s->totals.items[i].folded)
            continue;
        add_total(s, s->totals.items + i);
        shown++;
    }
    if (count > shown)
        text_add_format(s->t, "\n... and the totals of %" PRIu64 " more; --json has them all.\n", count - shown);
}

static void add_reason_cell(struct text *t, unsigned stop, const struct account_name *name, bool sources) {
    struct cell cell = {0};
    bool nowhere = stop == STOP_NONE && sources;
    text_add_string(&cell.text, nowhere ? (name->address[0] == '(' ? "minted" : "missing") : stop_reason_name(stop));
    cell_end(t, &cell, REASON_COLUMNS);
}

static enum imjin_status add_place(struct summary *s, const struct place *p, struct error *err) {
    const struct asset_total *total = s->totals.items + p->total;
    struct account_name name, service = {0};
    struct cell amount = {0}, share = {0}, address = {0};
    TRY(account_name(s->in, p->account, &name, err));
    text_add_string(s->t, "  ");
    add_brief_amount(&amount.text, p->claim, &total->name);
    cell_end_right(s->t, &amount, AMOUNT_COLUMNS);
    add_percent(&share.text, p->claim, total->stolen);
    cell_end_right(s->t, &share, SHARE_COLUMNS);
    if (p->stop != STOP_NONE || s->sources)
        add_reason_cell(s->t, p->stop, &name, s->sources);
    text_add_string(&address.text, name.address);
    cell_end(s->t, &address, ADDRESS_COLUMNS);
    add_label(s->t, &name);
    if (p->service.n != ID_NONE) {
        TRY(account_name(s->in, p->service, &service, err));
        text_add_string(s->t, "of ");
        if (service.tagged)
            add_label(s->t, &service);
        else
            text_add_string(s->t, service.address);
    }
    const struct account_name *asked = p->service.n != ID_NONE && service.has_role ? &service : &name;
    if (stop_is_end(p->stop) && asked->has_role && asked->tag.category && asked->tag.category->contact[0])
        text_add_format(s->t, "; ask: %s", asked->tag.category->contact);
    end_line(s->t);
    return IMJIN_OK;
}

enum choice { CHOOSE_STOPS, CHOOSE_RESTING, CHOOSE_CUT, CHOOSE_ALL };
static bool chosen(const struct summary *s, const struct place *p, enum choice choice) {
    if (s->totals.items[p->total].suspected || s->totals.items[p->total].folded)
        return false;
    return choice == CHOOSE_ALL || (choice == CHOOSE_STOPS && stop_is_end(p->stop)) ||
           (choice == CHOOSE_RESTING && p->stop == STOP_NONE) || (choice == CHOOSE_CUT && stop_is_cut(p->stop));
}

static enum imjin_status add_places(struct summary *s, const char *heading, enum choice choice, struct error *err) {
    uint64_t count = 0;
    struct candidate *rows = arena_new(&s->arena, s->places.count + 1, sizeof *rows);
    if (rows == NULL)
        return fail_memory(err, "summary of the trace");
    for (uint64_t i = 0; i < s->places.count; i++)
        if (chosen(s, s->places.items + i, choice))
            rows[count++] = (struct candidate){s->places.items[i].total, s->places.items[i].weight, i};
    if (count == 0)
        return IMJIN_OK;
    uint64_t shown = choose(rows, count, REPORT_TEXT_STOPS);
    add_heading(s->t, s->in, count > shown ? "%s (the largest %" PRIu64 " of %" PRIu64 ")" : "%s", heading, shown, count);
    for (uint64_t i = 0; i < shown; i++)
        TRY(add_place(s, s->places.items + rows[i].at, err));
    return IMJIN_OK;
}

static enum imjin_status add_incomplete(struct summary *s, uint64_t count, struct error *err) {
    const struct trace_result *r = s->in->result;
    uint64_t shown = 0;
    text_add_string(s->t, "  ");
    add_counted(s->t, count, "account", "accounts");
    text_add_format(s->t, " spent more than %s seen to receive (missing history):\n", count == 1 ? "it was" : "they were");
    for (uint64_t i = 0; i < r->account_count && shown < REPORT_TEXT_STOPS; i++) {
        if (!r->accounts[i].incomplete)
            continue;
        text_add_string(s->t, "    ");
        TRY(add_account(s->t, s->in, r->accounts[i].account, err));
        text_add_string(s->t, ": ");
        TRY(add_missing_history(s->t, s->in, r->accounts + i, err));
        text_add_string(s->t, "\n");
        shown++;
    }
    if (count > shown)
        text_add_format(s->t, "    ... and %" PRIu64 " more\n", count - shown);
    return IMJIN_OK;
}

/* What of the request was not done as it was asked. */
static enum imjin_status add_notes(struct summary *s, struct error *err) {
    const struct trace_result *r = s->in->result;
    for (uint64_t i = 0; i < r->note_count && i < REPORT_TEXT_STOPS; i++) {
        text_add_string(s->t, i ? "  " : "Note: ");
        TRY(trace_note_print(s->in->ledger, r->notes + i, s->t, err));
        text_add_string(s->t, ".\n");
    }
    if (r->note_count > REPORT_TEXT_STOPS)
        text_add_format(s->t, "  ... and %" PRIu64 " more\n", r->note_count - REPORT_TEXT_STOPS);
    return IMJIN_OK;
}

static void add_overlaps(struct summary *s) {
    const struct trace_result *r = s->in->result;
    text_add_string(s->t, "  ");
    add_counted(s->t, r->overlap_count, "claim", "claims");
    text_add_string(s->t, " of one theft arrived inside another theft's stolen money, and count in both:\n");
    for (uint64_t i = 0; i < r->overlap_rows && i < REPORT_TEXT_STOPS; i++)
        text_add_format(s->t, "    theft %" PRIu32 " inside theft %" PRIu32 "\n", r->overlaps[i].theft + 1,
                        r->overlaps[i].inside + 1);
}

static enum imjin_status add_gaps(struct summary *s, struct error *err) {
    struct gaps gaps;
    gaps_count(s->in, &gaps);
    if (!gaps.incomplete && !gaps.conflicts && !gaps.suspected_thefts && !gaps.cut_off && !s->in->result->overlap_count)
        return IMJIN_OK;
    add_heading(s->t, s->in, "Not explained");
    if (gaps.incomplete)
        TRY(add_incomplete(s, gaps.incomplete, err));
    if (gaps.conflicts) {
        text_add_string(s->t, "  ");
        add_counted(s->t, gaps.conflicts, "account has", "accounts have");
        text_add_string(s->t, " labels that contradict each other.\n");
    }
    if (s->in->result->overlap_count)
        add_overlaps(s);
    if (gaps.suspected_thefts)
        text_add_string(s->t, "  Money of unknown origin that left reached accounts is listed apart, as suspected.\n");
    if (gaps.cut_off)
        text_add_string(s->t, "  Some claims were cut off by a limit of the trace: see the totals for which.\n");
    return IMJIN_OK;
}

static enum imjin_status add_look_alikes(struct summary *s, struct error *err) {
    struct look_alikes found;
    TRY(look_alikes_of_trace(s->in, &s->arena, &found, err));
    if (found.count) {
        add_heading(s->t, s->in, "Look-alike addresses");
        text_add_string(s->t, "  ");
        look_alikes_say(s->t, &found);
        text_add_string(s->t, " --json lists them.\n");
    }
    look_alikes_done(&found);
    return IMJIN_OK;
}

static enum imjin_status add_summary(struct summary *s, struct error *err) {
    TRY(totals_make(s->in, true, &s->arena, &s->totals, err));
    TRY(places_make(s->in, &s->totals, &s->arena, &s->places, err));
    const struct trace_result *r = s->in->result;
    text_add_format(s->t, "%s on %s, policy %s: ", s->sources ? "Sources of funds" : "Trace", ledger_chain(s->in->ledger)->name,
                    trace_policy_name(r->policy));
    add_counted(s->t, r->account_count, "account", "accounts");
    text_add_string(s->t, ", ");
    add_counted(s->t, r->edge_count, "edge", "edges");
    text_add_string(s->t, "\n");
    TRY(add_notes(s, err));
    TRY(add_thefts(s, err));
    add_totals(s);
    if (!s->sources)
        TRY(techniques_text(s->t, s->in, &s->totals, &s->arena, err));
    if (s->sources) {
        TRY(add_places(s, "Where it came from", CHOOSE_ALL, err));
    } else {
        TRY(add_places(s, "Where it stopped", CHOOSE_STOPS, err));
        TRY(add_places(s, "At rest", CHOOSE_RESTING, err));
        TRY(add_places(s, "Cut off", CHOOSE_CUT, err));
        TRY(freeze_text(s->t, s->in, &s->arena, err));
        TRY(add_look_alikes(s, err));
    }
    return add_gaps(s, err);
}

static enum imjin_status summarise(struct text *t, const struct report_input *in, bool sources, struct error *err) {
    struct summary s = {.t = t, .in = in, .sources = sources};
    enum imjin_status status = add_summary(&s, err);
    arena_done(&s.arena);
    return status == IMJIN_OK ? text_status(t, err) : status;
}

enum imjin_status report_trace_text(struct text *t, const struct report_input *in, struct error *err) {
    TRY(summarise(t, in, false, err));
    TRY(crossings_text(t, in, err));
    TRY(exits_text(t, in, err));
    return text_status(t, err);
}

enum imjin_status report_sources_text(struct text *t, const struct report_input *in, struct error *err) {
    return summarise(t, in, true, err);
}
