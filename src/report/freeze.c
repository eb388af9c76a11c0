#include "report/freeze.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "report/jsonify.h"
#include "report/terminal.h"
#include "report/values.h"

/* ---- who can ---- */

struct candidate_rest {
    struct freeze_action action; /* without units and range */
    const struct trace_rest *rest;
    struct address address;
};

static int compare_candidates(const void *a, const void *b) {
    const struct candidate_rest *x = a, *y = b;
    int order = span_compare(x->action.party, y->action.party);
    if (order == 0)
        order = (x->action.issuer == NULL) - (y->action.issuer == NULL);
    if (order == 0)
        order = address_compare(&x->address, &y->address);
    if (order)
        return order;
    const uint32_t keys[][2] = {{x->rest->asset.n, y->rest->asset.n},
                                {x->rest->stop, y->rest->stop},
                                {x->rest->tx.n, y->rest->tx.n},
                                {x->rest->theft, y->rest->theft}};
    for (unsigned i = 0; i < sizeof keys / sizeof *keys; i++)
        if (keys[i][0] != keys[i][1])
            return keys[i][0] < keys[i][1] ? -1 : 1;
    return 0;
}

static const struct trace_account *account_of(const struct report_input *in, struct account_id id,
                                              const struct account_index *index) {
    uint32_t at = account_position(index, id);
    return at == ID_NONE ? NULL : &in->result->accounts[at];
}

/* A service can stop what came to it, an issuer what lies elsewhere; what burnt or went into a mixer nobody can. */
static enum imjin_status who_can(const struct report_input *in, const struct account_index *index,
                                 const struct trace_rest *rest, struct freeze_action *ret, bool *ret_can, struct error *err) {
    const struct trace_account *reached = account_of(in, rest->account, index);
    struct account_name name = {0};
    struct ledger_asset asset;
    struct freeze_action a = {
        .account = rest->account, .service = {ID_NONE}, .asset = rest->asset, .stop = rest->stop, .contact = ""};
    *ret_can = false;
    if (rest->stop == STOP_SERVICE || rest->stop == STOP_DEPOSIT || rest->stop == STOP_BRIDGE) {
        a.service = rest->stop == STOP_DEPOSIT && reached ? reached->service : rest->account;
        TRY(account_name(in, a.service, &name, err));
        a.party = name.tag.actor.count ? name.tag.actor : name.tag.label;
        a.contact = name.has_role && name.tag.category ? name.tag.category->contact : "";
        *ret_can = name.tagged && a.party.count != 0;
    } else if (rest->stop == STOP_NONE || rest->stop == STOP_HUB || rest->stop == STOP_DEFI || stop_is_cut(rest->stop)) {
        TRY(ledger_asset(in->ledger, rest->asset, &asset, err));
        a.issuer = token_issuer_of(ledger_chain(in->ledger), &asset.key);
        a.party = a.issuer ? span_of(a.issuer->issuer) : (struct span){0};
        *ret_can = a.issuer != NULL;
    }
    *ret = a;
    return IMJIN_OK;
}

static bool same_action(const struct candidate_rest *a, const struct candidate_rest *b) {
    return span_equal(a->action.party, b->action.party) && a->action.issuer == b->action.issuer &&
           a->rest->account.n == b->rest->account.n && a->rest->asset.n == b->rest->asset.n && a->rest->stop == b->rest->stop;
}

static void group(struct freeze_list *l, const struct candidate_rest *all, uint64_t count) {
    for (uint64_t i = 0; i < count; i++) {
        if (i == 0 || !same_action(&all[i - 1], &all[i])) {
            l->actions[l->action_count] = all[i].action;
            l->actions[l->action_count++].first = i;
        }
        struct freeze_action *a = &l->actions[l->action_count - 1];
        a->count++;
        INVARIANT(u256_add(a->units, wide(all[i].rest->units), &a->units)); /* at most 2^64 rests below 2^128 */
        l->rests[l->rest_count++] = all[i].rest;
    }
}

enum imjin_status freeze_list_make(const struct report_input *in, struct arena *a, struct freeze_list *ret, struct error *err) {
    const struct trace_result *r = in->result;
    struct freeze_list l = {.actions = arena_new(a, r->rest_count + 1, sizeof *l.actions),
                            .rests = arena_new(a, r->rest_count + 1, sizeof *l.rests)};
    struct candidate_rest *all = arena_new(a, r->rest_count + 1, sizeof *all);
    struct account_index index;
    uint64_t count = 0;
    if (l.actions == NULL || l.rests == NULL || all == NULL)
        return fail_memory(err, "who can freeze");
    TRY(account_index_make(r, a, &index, err));
    for (uint64_t i = 0; i < r->rest_count; i++) {
        bool can = false;
        if (r->thefts[r->rests[i].theft].suspected || r->rests[i].units == 0)
            continue;
        TRY(who_can(in, &index, &r->rests[i], &all[count].action, &can, err));
        if (!can)
            continue;
        TRY(ledger_address(in->ledger, r->rests[i].account, &all[count].address, err));
        all[count++].rest = &r->rests[i];
    }
    qsort(all, count, sizeof *all, compare_candidates);
    group(&l, all, count);
    *ret = l;
    return IMJIN_OK;
}

uint64_t freeze_party_end(const struct freeze_list *l, uint64_t first) {
    uint64_t end = first;
    while (end < l->action_count && span_equal(l->actions[end].party, l->actions[first].party) &&
           (l->actions[end].issuer == NULL) == (l->actions[first].issuer == NULL))
        end++;
    return end;
}

/* ---- the letter ---- */

static void add_party(struct text *t, const struct freeze_action *a) { report_add_outside(t, a->party); }

static enum imjin_status add_arrival(struct text *t, const struct report_input *in, const struct trace_rest *rest,
                                     const struct asset_name *asset, struct error *err) {
    struct asset_name stolen;
    struct tx_name tx;
    TRY(tx_name(in, rest->tx, &tx, err));
    TRY(asset_name(in, in->result->thefts[rest->theft].asset, &stolen, err));
    text_add_string(t, "    ");
    add_time(t, tx.tx.time);
    text_add_format(t, "  block %" PRIu32 "  %s\n      ", tx.tx.block, tx.id);
    add_brief_amount(t, wide(rest->units), asset);
    add_value(t, in, asset, wide(rest->units), tx.tx.time);
    text_add_string(t, ", which stands for ");
    add_brief_amount(t, wide(rest->claim), &stolen);
    text_add_format(t, " of theft %" PRIu32 "\n", rest->theft + 1);
    return IMJIN_OK;
}

static enum imjin_status add_action(struct text *t, const struct report_input *in, const struct freeze_list *l,
                                    const struct freeze_action *a, struct error *err) {
    struct account_name name;
    struct asset_name asset;
    struct tx_name since;
    TRY(account_name(in, a->account, &name, err));
    TRY(asset_name(in, a->asset, &asset, err));
    TRY(tx_name(in, l->rests[a->first]->tx, &since, err));
    text_add_format(t, "Account %s", name.address);
    if (name.tagged) {
        text_add_string(t, " (");
        report_add_outside(t, name.tag.label);
        text_add_string(t, ")");
    }
    text_add_string(t, "\n  ");
    add_exact_amount(t, a->units, &asset);
    text_add_string(t, "\n  there since ");
    add_time(t, since.tx.time);
    text_add_string(t, "\n  arrived in:\n");
    for (uint64_t i = 0; i < a->count; i++)
        TRY(add_arrival(t, in, l->rests[a->first + i], &asset, err));
    text_add_string(t, "\n");
    return IMJIN_OK;
}

static enum imjin_status add_thefts(struct text *t, const struct report_input *in, const struct freeze_list *l, uint64_t first,
                                    uint64_t end, struct error *err) {
    const struct trace_result *r = in->result;
    bool *named = memory_new(r->theft_count, sizeof *named);
    if (named == NULL)
        return fail_memory(err, "thefts of a letter");
    for (uint64_t i = l->actions[first].first; i < l->actions[end - 1].first + l->actions[end - 1].count; i++)
        named[l->rests[i]->theft] = true;
    enum imjin_status status = IMJIN_OK;
    for (uint64_t i = 0; i < r->theft_count && status == IMJIN_OK; i++) {
        struct asset_name asset;
        struct account_name source;
        struct tx_name tx;
        if (!named[i])
            continue;
        status = asset_name(in, r->thefts[i].asset, &asset, err);
        if (status == IMJIN_OK)
            status = account_name(in, r->thefts[i].source, &source, err);
        if (status == IMJIN_OK)
            status = tx_name(in, r->thefts[i].first_tx, &tx, err);
        if (status != IMJIN_OK)
            break;
        text_add_format(t, "  theft %" PRIu64 ": ", i + 1);
        add_exact_amount(t, wide(r->thefts[i].stolen), &asset);
        text_add_format(t, "\n    arrived at %s, first in %s at ", source.address, tx.id);
        add_time(t, tx.tx.time);
        text_add_string(t, "\n");
    }
    memory_free(named);
    return status;
}

static void add_evidence(struct text *t, const struct report_input *in) {
    char identity[65];
    sha256_print(ledger_identity(in->ledger), identity);
    text_add_format(t,
                    "\nHow it was followed\n  Policy %s, %" PRIu64 " steps; every step with its transaction is in %s.\n"
                    "  Record: the ledger of %s with the SHA-256 identity\n    %s\n  Program: imjin %s. The same record gives "
                    "the same result.\n",
                    trace_policy_name(in->result->policy), in->result->edge_count,
                    in->edges_file ? in->edges_file : "the table of edges", ledger_chain(in->ledger)->name, identity,
                    in->program_version ? in->program_version : "");
    for (uint32_t i = 0; in->facts && i < in->facts->command_count; i++) {
        text_add_string(t, "    ");
        report_add_outside(t, span_of(in->facts->commands[i]));
        text_add_string(t, "\n");
    }
}

enum imjin_status freeze_letter(struct text *t, const struct report_input *in, const struct freeze_list *l, uint64_t first,
                                uint64_t end, struct error *err) {
    const struct freeze_action *a = &l->actions[first];
    text_add_string(t, "To: ");
    add_party(t, a);
    if (a->issuer)
        text_add_string(t, " (issuer of the token)");
    else if (a->contact[0])
        text_add_format(t, " (%s)", a->contact);
    text_add_format(t, "\nSubject: Request to freeze stolen funds on %s\n", ledger_chain(in->ledger)->name);
    if (in->facts && in->facts->title && in->facts->title[0]) {
        text_add_string(t, "Case: ");
        report_add_outside(t, span_of(in->facts->title));
        text_add_string(t, "\n");
    }
    text_add_string(t,
                    "\nThe funds listed below come from a theft. They were followed on the public record to where they lie. We "
                    "ask you to\n");
    text_add_string(t, a->issuer ? "freeze them: your contract allows it ("
                                 : "freeze what is left of them, and to keep what you know of the account's holder.\n\n");
    if (a->issuer)
        text_add_format(t, "%s; %s).\n\n", a->issuer->power, a->issuer->source);
    int64_t from, until;
    ledger_time_span(in->ledger, &from, &until);
    text_add_string(t, "The record reaches to ");
    add_time(t, until);
    text_add_string(t, ". What moved later, or does not stand in it, is not seen here: compare with the\n"
                       "present balances.\n\n");
    for (uint64_t i = first; i < end; i++)
        TRY(add_action(t, in, l, &l->actions[i], err));
    text_add_string(t, "What was stolen\n");
    TRY(add_thefts(t, in, l, first, end, err));
    add_evidence(t, in);
    return text_status(t, err);
}

/* ---- files ---- */

/* "binance-14.txt": small letters, digits and hyphens. */
static void file_name(char ret[FREEZE_NAME_MAX], const struct freeze_action *a, uint64_t number) {
    char word[33];
    unsigned count = 0;
    for (uint64_t i = 0; i < a->party.count && count < sizeof word - 1; i++) {
        char c = a->party.bytes[i];
        bool kept = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z');
        if (kept)
            word[count++] = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
        else if (count && word[count - 1] != '-')
            word[count++] = '-';
    }
    while (count && word[count - 1] == '-')
        count--;
    word[count] = '\0';
    snprintf(ret, FREEZE_NAME_MAX, "%02" PRIu64 "-%s.txt", number, count ? word : "unnamed");
}

static enum imjin_status add_action_row(struct text *t, const struct report_input *in, const struct freeze_list *l,
                                        const struct freeze_action *a, const char *letter, struct error *err) {
    struct account_name name;
    struct asset_name asset;
    struct tx_name since;
    char digits[U256_DIGITS_MAX], amount[AMOUNT_PRINT_MAX];
    TRY(account_name(in, a->account, &name, err));
    TRY(asset_name(in, a->asset, &asset, err));
    TRY(tx_name(in, l->rests[a->first]->tx, &since, err));
    add_cell(t, a->party);
    text_add_format(t, ",%s,", a->issuer ? "issuer" : "service");
    add_cell_string(t, a->issuer ? a->issuer->power : a->contact);
    text_add_format(t, ",%s,", name.address);
    add_cell_string(t, asset.full);
    u256_print(a->units, digits);
    amount_print(a->units, asset.decimals, amount);
    text_add_format(t, ",%s,%s,", digits, amount);
    add_time(t, since.tx.time);
    text_add_format(t, ",%s,%" PRIu64 ",%s\n", since.id, a->count, letter);
    return IMJIN_OK;
}

static enum imjin_status write_all(const struct report_input *in, const struct freeze_list *l, report_write_file *write,
                                   void *context, struct text *table, struct text *letter, struct error *err) {
    uint64_t number = 0;
    text_add_string(table, "party,kind,can,account,asset,units,amount,since,transaction,arrivals,letter\n");
    for (uint64_t first = 0, end; first < l->action_count; first = end) {
        char name[FREEZE_NAME_MAX];
        end = freeze_party_end(l, first);
        file_name(name, &l->actions[first], ++number);
        text_clear(letter);
        TRY(freeze_letter(letter, in, l, first, end, err));
        TRY(write(context, name, span_of_text(letter), err));
        for (uint64_t i = first; i < end; i++)
            TRY(add_action_row(table, in, l, &l->actions[i], name, err));
    }
    TRY(text_status(table, err));
    return write(context, "actions.csv", span_of_text(table), err);
}

enum imjin_status report_freeze(const struct report_input *in, report_write_file *write, void *context, struct error *err) {
    struct arena a = {0};
    struct text table = {0}, letter = {0};
    struct freeze_list l;
    enum imjin_status status = freeze_list_make(in, &a, &l, err);
    if (status == IMJIN_OK)
        status = write_all(in, &l, write, context, &table, &letter, err);
    text_done(&table);
    text_done(&letter);
    arena_done(&a);
    return status;
}

/* ---- terminal and JSON ---- */

static enum imjin_status add_action_line(struct text *t, const struct report_input *in, const struct freeze_list *l,
                                         const struct freeze_action *a, struct error *err) {
    struct asset_name asset;
    struct tx_name since;
    TRY(asset_name(in, a->asset, &asset, err));
    TRY(tx_name(in, l->rests[a->first]->tx, &since, err));
    text_add_string(t, "  ");
    add_party(t, a);
    text_add_string(t, a->issuer ? " (issuer): " : ": ");
    add_brief_amount(t, a->units, &asset);
    text_add_string(t, " at ");
    TRY(add_account(t, in, a->account, err));
    text_add_string(t, "\n    since ");
    add_time(t, since.tx.time);
    text_add_format(t, " in %s\n", since.id);
    return IMJIN_OK;
}

enum imjin_status freeze_text(struct text *t, const struct report_input *in, struct arena *a, struct error *err) {
    struct freeze_list l;
    TRY(freeze_list_make(in, a, &l, err));
    if (l.action_count == 0)
        return IMJIN_OK;
    add_heading(t, in, "Who can freeze it");
    for (uint64_t i = 0; i < l.action_count && i < REPORT_TEXT_STOPS; i++)
        TRY(add_action_line(t, in, &l, &l.actions[i], err));
    if (l.action_count > REPORT_TEXT_STOPS)
        text_add_format(t, "  ... and %" PRIu64 " more; imjin report --freeze writes the letters\n",
                        l.action_count - REPORT_TEXT_STOPS);
    return IMJIN_OK;
}

static enum imjin_status json_action(struct json_writer *w, const struct report_input *in, const struct freeze_list *l,
                                     const struct freeze_action *a, struct error *err) {
    struct asset_name asset;
    TRY(asset_name(in, a->asset, &asset, err));
    json_object_begin(w);
    json_key_span_value(w, "party", a->party);
    json_key_text(w, "kind", a->issuer ? "issuer" : "service");
    json_key_text(w, "can", a->issuer ? a->issuer->power : a->contact);
    TRY(json_key_address(w, "account", in, a->account, err));
    json_key_text(w, "asset", asset.full);
    json_key_units(w, "units", a->units);
    json_key_amount(w, "amount", a->units, asset.decimals);
    TRY(json_key_tx(w, in, l->rests[a->first]->tx, err));
    json_key_unsigned(w, "arrivals", a->count);
    json_object_end(w);
    return IMJIN_OK;
}

enum imjin_status json_freeze(struct json_writer *w, const struct report_input *in, struct arena *a, struct error *err) {
    struct freeze_list l;
    TRY(freeze_list_make(in, a, &l, err));
    json_put_key(w, "actions");
    json_array_begin(w);
    for (uint64_t i = 0; i < l.action_count; i++)
        TRY(json_action(w, in, &l, &l.actions[i], err));
    json_array_end(w);
    return IMJIN_OK;
}

/* ---- HTML ---- */

static enum imjin_status page_letter(struct page *p, const struct freeze_list *l, uint64_t first, uint64_t end,
                                     struct error *err) {
    struct text letter = {0};
    enum imjin_status status = freeze_letter(&letter, p->in, l, first, end, err);
    if (status == IMJIN_OK) {
        text_add_string(p->t, "<details><summary>Request to ");
        add_markup(p->t, l->actions[first].party);
        text_add_string(p->t, "</summary>\n<pre>");
        for (const char *line = letter.bytes, *next; line && *line; line = next) {
            next = strchr(line, '\n');
            next = next ? next + 1 : line + strlen(line);
            add_markup(p->t, (struct span){line, (uint64_t)(next - line) - (next[-1] == '\n')});
            text_add_string(p->t, "\n");
        }
        text_add_string(p->t, "</pre></details>\n");
    }
    text_fold(p->t, &letter);
    return status;
}

static enum imjin_status page_action(struct page *p, const struct freeze_list *l, const struct freeze_action *a,
                                     struct error *err) {
    struct asset_name asset;
    struct tx_name since;
    TRY(asset_name(p->in, a->asset, &asset, err));
    TRY(tx_name(p->in, l->rests[a->first]->tx, &since, err));
    text_add_string(p->t, "<tr><td>");
    add_markup(p->t, a->party);
    text_add_string(p->t, a->issuer ? " (issuer)" : "");
    text_add_string(p->t, "</td><td>");
    TRY(page_account(p, a->account, err));
    text_add_string(p->t, "</td>");
    page_amount(p, "td", a->units, &asset);
    text_add_string(p->t, "<td class=\"t\">");
    page_time(p, since.tx.time);
    text_add_string(p->t, "</td><td>");
    page_code(p, since.id);
    text_add_string(p->t, "</td></tr>\n");
    return IMJIN_OK;
}

enum imjin_status page_freeze(struct page *p, struct error *err) {
    struct freeze_list l;
    uint64_t shown = 0, letters = 0;
    TRY(freeze_list_make(p->in, &p->arena, &l, err));
    if (l.action_count == 0)
        return IMJIN_OK;
    text_add_string(p->t,
                    "<h3>Who can freeze it</h3>\n<div class=\"wide\"><table><thead><tr><th scope=\"col\">Whom to ask</th>"
                    "<th scope=\"col\">Account</th><th scope=\"col\" class=\"n\">Amount</th><th scope=\"col\">There since "
                    "(UTC)</th><th scope=\"col\">Arrived in</th></tr></thead><tbody>\n");
    for (; shown < l.action_count && shown < REPORT_TABLE_ROWS; shown++)
        TRY(page_action(p, &l, &l.actions[shown], err));
    text_add_string(p->t, "</tbody></table></div>\n");
    if (shown < l.action_count)
        text_add_format(p->t, "<p>%" PRIu64 " of %" PRIu64 " rows are shown; imjin report --freeze writes all of them.</p>\n",
                        shown, l.action_count);
    for (uint64_t first = 0, end; first < l.action_count && letters < REPORT_LETTERS; first = end, letters++) {
        end = freeze_party_end(&l, first);
        if (l.actions[end - 1].first + l.actions[end - 1].count - l.actions[first].first <= REPORT_TABLE_ROWS)
            TRY(page_letter(p, &l, first, end, err));
    }
    return IMJIN_OK;
}
