/* One transaction: what moved, what it comes to after settling, and in words what happened. */
#include <inttypes.h>

#include "report/defi.h"

enum { AMOUNT_COLUMNS = 26, KIND_COLUMNS = 9, ADDRESS_COLUMNS = 42, SENTENCES_MAX = 12 };

struct tx_view {
    const struct report_input *in;
    struct tx_name name;
    struct settler *settler;
    struct settled settled;
    struct defi_result found;
    uint64_t passers; /* accounts that moved money and neither gave nor got after netting */
};

static bool has_side(const struct settle_side *sides, uint32_t count, uint32_t account) {
    for (uint32_t i = 0; i < count; i++)
        if (sides[i].account.n == account)
            return true;
    return false;
}

enum { PASSERS_SEEN_MAX = 4096 };

/* Counts each account once; above so many accounts in one transaction nobody reads the figure, and it is left out. */
static enum imjin_status count_passers(struct tx_view *v, struct error *err) {
    uint32_t seen[PASSERS_SEEN_MAX];
    uint64_t count = 0;
    if (v->name.tx.count > PASSERS_SEEN_MAX / 2)
        return IMJIN_OK;
    for (uint32_t i = 0; i < v->name.tx.count; i++) {
        struct movement m;
        TRY(ledger_movement(v->in->ledger, v->name.tx.first + i, &m, err));
        for (unsigned end = 0; end < 2; end++) {
            uint32_t account = end ? m.to : m.from;
            bool known = account < ACCOUNTS_RESERVED;
            for (uint64_t k = 0; k < count && !known; k++)
                known = seen[k] == account;
            if (known)
                continue;
            seen[count++] = account;
            v->passers += !has_side(v->settled.draws, v->settled.draw_count, account) &&
                          !has_side(v->settled.gains, v->settled.gain_count, account);
        }
    }
    return IMJIN_OK;
}

static enum imjin_status view_read(struct tx_view *v, struct tx_id tx, uint32_t rules, struct error *err) {
    TRY(tx_name(v->in, tx, &v->name, err));
    TRY(settler_new(&v->settler, v->in->ledger, rules, err));
    TRY(settle_tx(v->settler, v->name.tx.first, v->name.tx.count, &v->settled, err));
    const struct defi_input about = {v->in->ledger,        v->in->labels,    &v->settled,     v->in->witnesses,
                                     v->in->witness_count, v->name.tx.first, v->name.tx.count};
    TRY(defi_classify(&about, &v->found, err));
    return count_passers(v, err);
}

/* ---- text ---- */

static enum imjin_status add_side_amount(struct text *t, const struct tx_view *v, const struct settle_side *side, u128 units,
                                         struct error *err) {
    struct asset_name asset;
    TRY(asset_name(v->in, side->asset, &asset, err));
    add_brief_amount(t, wide(units), &asset);
    return IMJIN_OK;
}

static enum imjin_status add_movement(struct text *t, const struct tx_view *v, uint64_t number, struct error *err) {
    struct movement m;
    struct u256 units;
    struct asset_name asset;
    struct account_name from;
    TRY(ledger_movement(v->in->ledger, number, &m, err));
    TRY(ledger_units(v->in->ledger, &m, &units, err));
    TRY(asset_name(v->in, (struct asset_id){m.asset}, &asset, err));
    TRY(account_name(v->in, (struct account_id){m.from}, &from, err));
    struct cell kind = {0}, amount = {0}, address = {0};
    text_add_string(t, "  ");
    text_add_string(&kind.text, movement_kind_name(movement_kind(&m)));
    cell_end(t, &kind, KIND_COLUMNS);
    add_brief_amount(&amount.text, units, &asset);
    cell_end_right(t, &amount, AMOUNT_COLUMNS);
    text_add_string(&address.text, from.address);
    cell_end(t, &address, ADDRESS_COLUMNS);
    text_add_string(t, "-> ");
    TRY(add_account(t, v->in, (struct account_id){m.to}, err));
    end_line(t);
    return IMJIN_OK;
}

static enum imjin_status add_nets(struct text *t, const struct tx_view *v, bool gave, struct error *err) {
    const struct settle_side *sides = gave ? v->settled.draws : v->settled.gains;
    uint32_t count = gave ? v->settled.draw_count : v->settled.gain_count;
    for (uint32_t i = 0; i < count; i++) {
        struct cell amount = {0};
        text_add_string(t, gave ? "  gave " : "  got  ");
        TRY(add_side_amount(&amount.text, v, sides + i, sides[i].units, err));
        cell_end_right(t, &amount, AMOUNT_COLUMNS);
        TRY(add_account(t, v->in, sides[i].account, err));
        end_line(t);
    }
    return IMJIN_OK;
}

static const struct {
    const char *before, *between; /* giver BEFORE amount BETWEEN ... */
} rule_words[SETTLE_RULES] = {
    [RULE_TRANSFER] = {"paid", "to"},
    [RULE_FEE] = {"paid", "as a fee"},
    [RULE_MINT] = {"issued", "to"},
    [RULE_BURN] = {"burnt", "for nothing"},
    [RULE_SWAP] = {"gave", "and got"},
    [RULE_SWAP_TO] = {"gave", "in exchange for which"},
    [RULE_WRAP] = {"wrapped", "into"},
    [RULE_UNWRAP] = {"unwrapped", "into"},
    [RULE_DEPOSIT] = {"deposited", "for"},
    [RULE_REDEEM] = {"redeemed", "for"},
    [RULE_UNKNOWN] = {"spent", "of unknown origin, to"},
};

static enum imjin_status add_sentence(struct text *t, const struct tx_view *v, const struct settle_link *l, struct error *err) {
    const struct settle_side *draw = v->settled.draws + l->draw, *gain = v->settled.gains + l->gain;
    struct account_name from, to;
    TRY(account_name(v->in, draw->account, &from, err));
    TRY(account_name(v->in, gain->account, &to, err));
    unsigned rule = l->rule < SETTLE_RULES ? l->rule : RULE_TRANSFER;
    text_add_format(t, "  %s %s ", from.address, rule_words[rule].before);
    TRY(add_side_amount(t, v, draw, l->draw_units, err));
    text_add_format(t, " %s", rule_words[rule].between);
    bool to_other = rule == RULE_TRANSFER || rule == RULE_MINT || rule == RULE_UNKNOWN;
    if (to_other || rule == RULE_SWAP_TO)
        text_add_format(t, " %s", to.address);
    if (!to_other && rule != RULE_FEE && rule != RULE_BURN) {
        text_add_string(t, rule == RULE_SWAP_TO ? " got " : " ");
        TRY(add_side_amount(t, v, gain, l->gain_units, err));
    }
    text_add_format(t, " (%s%s).\n", settle_rule_name(rule), l->weighed_equally ? ", several assets weighed equally" : "");
    return IMJIN_OK;
}

static enum imjin_status add_settlement(struct text *t, const struct tx_view *v, struct error *err) {
    const struct settled *s = &v->settled;
    add_heading(t, v->in, "What happened");
    if (s->link_count == 0)
        text_add_string(t, "  After netting nothing changed hands.\n");
    for (uint32_t i = 0; i < s->link_count && i < SENTENCES_MAX; i++)
        TRY(add_sentence(t, v, s->links + i, err));
    if (s->link_count > SENTENCES_MAX)
        text_add_format(t, "  ... and %" PRIu32 " more links; --json has them all.\n", s->link_count - SENTENCES_MAX);
    if (v->passers) {
        text_add_string(t, "  ");
        add_counted(t, v->passers, "account", "accounts");
        text_add_string(t, " only passed on what came in and does not appear.\n");
    }
    if (s->untraceable)
        text_add_string(t, "  Movements of an asset whose amounts are too large to trace were left out.\n");
    if (s->draw_count + s->gain_count)
        add_heading(t, v->in, "Each account, after netting");
    TRY(add_nets(t, v, true, err));
    return add_nets(t, v, false, err);
}

static enum imjin_status add_view(struct text *t, const struct tx_view *v, struct error *err) {
    text_add_format(t, "Transaction %s on %s\n  block ", v->name.id, ledger_chain(v->in->ledger)->name);
    text_add_format(t, "%" PRIu32 ", ", v->name.tx.block);
    add_time(t, v->name.tx.time);
    text_add_string(t, "\n");
    TRY(add_findings(t, v->in, &v->settled, &v->found, err));
    add_heading(t, v->in, "Movements");
    for (uint32_t i = 0; i < v->name.tx.count; i++)
        TRY(add_movement(t, v, v->name.tx.first + i, err));
    TRY(add_settlement(t, v, err));
    return text_status(t, err);
}

enum imjin_status report_tx_text(struct text *t, const struct report_input *in, struct tx_id tx, uint32_t rules,
                                 struct error *err) {
    struct tx_view v = {.in = in};
    enum imjin_status status = view_read(&v, tx, rules, err);
    if (status == IMJIN_OK)
        status = add_view(t, &v, err);
    settler_free(v.settler);
    return status;
}

/* ---- JSON ---- */

static enum imjin_status json_movement(struct json_writer *w, const struct tx_view *v, uint64_t number, struct error *err) {
    struct movement m;
    struct u256 units;
    struct asset_name asset;
    TRY(ledger_movement(v->in->ledger, number, &m, err));
    TRY(ledger_units(v->in->ledger, &m, &units, err));
    TRY(asset_name(v->in, (struct asset_id){m.asset}, &asset, err));
    json_object_begin(w);
    json_key_unsigned(w, "movement", number);
    json_key_text(w, "kind", movement_kind_name(movement_kind(&m)));
    TRY(json_account(w, "from", v->in, (struct account_id){m.from}, err));
    TRY(json_account(w, "to", v->in, (struct account_id){m.to}, err));
    json_key_text(w, "asset", asset.full);
    json_key_units(w, "units", units);
    json_key_amount(w, "amount", units, asset.decimals);
    json_object_end(w);
    return IMJIN_OK;
}

static enum imjin_status json_sides(struct json_writer *w, const char *key, const struct tx_view *v,
                                    const struct settle_side *sides, uint32_t count, struct error *err) {
    json_put_key(w, key);
    json_array_begin(w);
    for (uint32_t i = 0; i < count; i++) {
        struct asset_name asset;
        TRY(asset_name(v->in, sides[i].asset, &asset, err));
        json_object_begin(w);
        TRY(json_key_address(w, "account", v->in, sides[i].account, err));
        json_key_text(w, "asset", asset.full);
        json_key_units(w, "units", wide(sides[i].units));
        json_key_amount(w, "amount", wide(sides[i].units), asset.decimals);
        json_object_end(w);
    }
    json_array_end(w);
    return IMJIN_OK;
}

static void json_link(struct json_writer *w, const struct settle_link *l) {
    json_object_begin(w);
    json_key_text(w, "rule", settle_rule_name(l->rule));
    json_key_unsigned(w, "draw", l->draw);
    json_key_units(w, "draw_from", wide(l->draw_from));
    json_key_units(w, "draw_units", wide(l->draw_units));
    json_key_unsigned(w, "gain", l->gain);
    json_key_units(w, "gain_from", wide(l->gain_from));
    json_key_units(w, "gain_units", wide(l->gain_units));
    json_key_unsigned(w, "share_from", l->share_from);
    json_key_unsigned(w, "share_to", l->share_to);
    json_key_unsigned(w, "share_total", l->share_total);
    json_key_unsigned(w, "movement", l->movement);
    json_key_bool(w, "weighed_equally", l->weighed_equally);
    json_object_end(w);
}

static enum imjin_status json_view(struct json_writer *w, const struct tx_view *v, struct error *err) {
    const struct settled *s = &v->settled;
    json_head(w, v->in, "imjin.tx/1");
    TRY(json_key_tx(w, v->in, v->name.tx.id, err));
    TRY(json_findings(w, v->in, &v->found, err));
    json_put_key(w, "movements");
    json_array_begin(w);
    for (uint32_t i = 0; i < v->name.tx.count; i++)
        TRY(json_movement(w, v, v->name.tx.first + i, err));
    json_array_end(w);
    TRY(json_sides(w, "draws", v, s->draws, s->draw_count, err));
    TRY(json_sides(w, "gains", v, s->gains, s->gain_count, err));
    json_put_key(w, "links");
    json_array_begin(w);
    for (uint32_t i = 0; i < s->link_count; i++)
        json_link(w, s->links + i);
    json_array_end(w);
    json_key_bool(w, "untraceable", s->untraceable);
    return json_foot(w, NULL, err);
}

enum imjin_status report_tx_json(struct text *t, const struct report_input *in, struct tx_id tx, uint32_t rules,
                                 struct error *err) {
    struct tx_view v = {.in = in};
    struct json_writer w = {.out = t};
    enum imjin_status status = view_read(&v, tx, rules, err);
    if (status == IMJIN_OK)
        status = json_view(&w, &v, err);
    settler_free(v.settler);
    return status;
}
