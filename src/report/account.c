/* What the ledger knows of one account. */
#include <inttypes.h>
#include <stdlib.h>

#include "base/memory.h"
#include "report/jsonify.h"
#include "report/look_alikes.h"
#include "report/terminal.h"
#include "report/values.h"

enum { AMOUNT_COLUMNS = 24, TIME_COLUMNS = 20, ADDRESS_COLUMNS = 42 };

/* Sums with one counterparty (ID_NONE: with all) in one asset. */
struct flow_sum {
    struct account_id other;
    struct asset_id asset;
    struct u256 in, out, both;
    uint64_t movements;
};
struct account_view {
    const struct report_input *in;
    struct account_id account;
    struct account_name name;
    uint32_t *numbers; /* of all its movements, ascending */
    uint64_t count, asset_count, other_count;
    struct flow_sum *assets, *others;
    struct arena arena; /* owns what follows */
    struct ranking ranking;
    struct shown_assets shown; /* of a terminal */
    struct look_alikes look_alikes;
};

static int compare_u32(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static enum imjin_status read_numbers(struct account_view *v, struct error *err) {
    struct movement_list lists[2 * LEDGER_SEGMENTS_MAX];
    unsigned out, in;
    uint64_t count = 0, kept = 0;
    TRY(ledger_account_movements(v->in->ledger, v->account, DIRECTION_OUT, lists, &out, err));
    TRY(ledger_account_movements(v->in->ledger, v->account, DIRECTION_IN, lists + out, &in, err));
    for (unsigned i = 0; i < out + in; i++)
        count += lists[i].count;
    v->numbers = memory_new(count + 1, sizeof *v->numbers);
    if (v->numbers == NULL)
        return fail_memory(err, "movements of the account");
    for (unsigned i = 0; i < out + in; i++) {
        if (lists[i].count)
            memcpy(v->numbers + v->count, lists[i].numbers, lists[i].count * sizeof *v->numbers);
        v->count += lists[i].count;
    }
    qsort(v->numbers, v->count, sizeof *v->numbers, compare_u32);
    for (uint64_t i = 0; i < v->count; i++) /* a payment to itself stands in both directions */
        if (i == 0 || v->numbers[i] != v->numbers[kept - 1])
            v->numbers[kept++] = v->numbers[i];
    v->count = kept;
    return IMJIN_OK;
}

static int compare_keys(const void *a, const void *b) {
    const struct flow_sum *x = a, *y = b;
    if (x->asset.n != y->asset.n)
        return x->asset.n < y->asset.n ? -1 : 1;
    return (x->other.n > y->other.n) - (x->other.n < y->other.n);
}

static int compare_sums(const void *a, const void *b) {
    const struct flow_sum *x = a, *y = b;
    if (x->asset.n != y->asset.n)
        return x->asset.n < y->asset.n ? -1 : 1;
    int order = u256_compare(y->both, x->both);
    return order ? order : (x->other.n > y->other.n) - (x->other.n < y->other.n);
}

/* 2^32 movements of 2^256 units may not fit: then the sum stays at the largest number, and says so by its size. */
static void sum(struct u256 *to, struct u256 more) {
    if (!u256_add(*to, more, to))
        *to = (struct u256){{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX}};
}

static uint64_t fold_sums(struct flow_sum *sums, uint64_t count) {
    uint64_t kept = 0;
    qsort(sums, count, sizeof *sums, compare_keys);
    for (uint64_t i = 0; i < count; i++) {
        if (kept == 0 || compare_keys(sums + kept - 1, sums + i) != 0) {
            sums[kept++] = sums[i];
            continue;
        }
        sum(&sums[kept - 1].in, sums[i].in);
        sum(&sums[kept - 1].out, sums[i].out);
        sum(&sums[kept - 1].both, sums[i].both);
        sums[kept - 1].movements += sums[i].movements;
    }
    return kept;
}

static enum imjin_status read_sums(struct account_view *v, struct error *err) {
    v->others = memory_new(v->count + 1, sizeof *v->others);
    v->assets = memory_new(v->count + 1, sizeof *v->assets);
    if (v->others == NULL || v->assets == NULL)
        return fail_memory(err, "sums of the account");
    for (uint64_t i = 0; i < v->count; i++) {
        struct movement m;
        struct flow_sum *s = v->others + i;
        struct u256 units;
        TRY(ledger_movement(v->in->ledger, v->numbers[i], &m, err));
        TRY(ledger_units(v->in->ledger, &m, &units, err));
        bool gives = m.from == v->account.n, gets = m.to == v->account.n;
        *s = (struct flow_sum){.other = {gives ? m.to : m.from}, .asset = {m.asset}, .both = units, .movements = 1};
        if (gives)
            s->out = units;
        if (gets)
            s->in = units;
        v->assets[i] = *s;
        v->assets[i].other.n = ID_NONE;
    }
    v->other_count = fold_sums(v->others, v->count);
    v->asset_count = fold_sums(v->assets, v->count);
    qsort(v->others, v->other_count, sizeof *v->others, compare_sums);
    return IMJIN_OK;
}

static enum imjin_status rank_assets(struct account_view *v, uint64_t assets_max, struct error *err) {
    uint32_t *ids = arena_new(&v->arena, v->asset_count + 1, sizeof *ids);
    if (ids == NULL)
        return fail_memory(err, "assets of the account");
    for (uint64_t i = 0; i < v->asset_count; i++)
        ids[i] = v->assets[i].asset.n;
    TRY(ranking_make(v->in, ids, v->asset_count, true, &v->arena, &v->ranking, err));
    v->shown = ranking_shown(&v->ranking, assets_max ? assets_max : REPORT_TEXT_ASSETS);
    return IMJIN_OK;
}

static void view_done(struct account_view *v) {
    look_alikes_done(&v->look_alikes);
    arena_done(&v->arena);
    memory_free(v->numbers);
    memory_free(v->others);
    memory_free(v->assets);
}

static enum imjin_status read_look_alikes(struct account_view *v, struct error *err) {
    struct doubts doubts;
    TRY(doubts_make(v->in, &v->arena, &doubts, err));
    struct pattern_doubt doubt = doubts_ask(&doubts);
    return look_alikes_find(&v->look_alikes, v->in->ledger, &doubt, &v->account, 1, err);
}

static enum imjin_status view_read(struct account_view *v, struct error *err) {
    TRY(account_name(v->in, v->account, &v->name, err));
    TRY(read_numbers(v, err));
    TRY(read_sums(v, err));
    return read_look_alikes(v, err);
}

/* Folded behind a count: an address that imitates a counterparty, and transfers of nothing. */
static bool is_bait(const struct account_view *v, uint32_t other, struct u256 units) {
    return u256_zero(units) || look_alikes_has(&v->look_alikes, v->account, (struct account_id){other});
}

/* False through *ret_there when nothing compiled knows the holding. */
static enum imjin_status find_holding(const struct account_view *v, struct asset_id asset, struct holding *ret, bool *ret_there,
                                      struct error *err) {
    struct holding_id id;
    *ret_there = false;
    if (v->in->compiled == NULL)
        return IMJIN_OK;
    enum imjin_status status = compiled_holding_find(v->in->compiled, v->account, asset, &id, err);
    if (status == IMJIN_NOT_FOUND)
        return IMJIN_OK;
    TRY(status);
    TRY(compiled_holding(v->in->compiled, id, ret, err));
    *ret_there = true;
    return IMJIN_OK;
}

static uint64_t limit(uint64_t asked, uint64_t usual, uint64_t count) {
    uint64_t most = asked ? asked : usual;
    return most && most < count ? most : count;
}

/* ---- text ---- */

static enum imjin_status add_tags(struct text *t, const struct account_view *v, struct error *err) {
    struct address address;
    uint64_t first = 0, count = 0;
    if (v->in->labels == NULL)
        return IMJIN_OK;
    TRY(ledger_address(v->in->ledger, v->account, &address, err));
    label_find(v->in->labels, ledger_chain(v->in->ledger)->name, &address, &first, &count);
    if (count)
        add_heading(t, v->in, v->name.conflict ? "Labels (they contradict each other)" : "Labels");
    for (uint64_t i = first; i < first + count; i++) {
        struct tag tag = label_at(v->in->labels, i);
        struct cell label = {0}, category = {0};
        text_add_string(t, "  ");
        report_add_outside(&label.text, tag.label);
        cell_end(t, &label, 36);
        add_category(&category.text, &tag);
        cell_end(t, &category, 22);
        text_add_format(t, "confidence %3u  ", tag.confidence);
        report_add_outside(t, tag.source);
        end_line(t);
    }
    return IMJIN_OK;
}

static void add_amount_cell(struct text *t, struct u256 units, const struct asset_name *asset) {
    struct cell cell = {0};
    report_add_amount(&cell.text, units, asset->decimals, "", 4);
    cell_end_right(t, &cell, AMOUNT_COLUMNS);
}

static void add_word_cell(struct text *t, const char *word) {
    struct cell cell = {0};
    text_add_string(&cell.text, word);
    cell_end_right(t, &cell, AMOUNT_COLUMNS);
}

static enum imjin_status add_balance(struct text *t, const struct account_view *v, const struct flow_sum *s,
                                     struct error *err) {
    struct asset_name asset;
    struct holding h;
    bool there;
    TRY(asset_name(v->in, s->asset, &asset, err));
    TRY(find_holding(v, s->asset, &h, &there, err));
    text_add_string(t, "  ");
    add_amount_cell(t, s->in, &asset);
    add_amount_cell(t, s->out, &asset);
    if (there) {
        add_amount_cell(t, wide(h.received - h.spent), &asset);
        add_amount_cell(t, wide(h.unknown), &asset);
    } else if (v->in->compiled) {
        add_word_cell(t, "-");
        add_word_cell(t, "-");
    }
    text_add_format(t, "%s\n", asset.full);
    return IMJIN_OK;
}

/* Rows of the assets that stand before `ranks`; null when memory is short. */
static struct candidate *rank_sums(struct account_view *v, const struct flow_sum *sums, uint64_t count, uint64_t ranks,
                                   uint64_t *ret_count) {
    struct candidate *rows = arena_new(&v->arena, count + 1, sizeof *rows);
    *ret_count = 0;
    for (uint64_t i = 0; rows && i < count; i++) {
        const struct ranked_asset *asset = ranking_of(&v->ranking, sums[i].asset);
        if (sums[i].other.n != ID_NONE && is_bait(v, sums[i].other.n, sums[i].both))
            continue;
        if (asset->rank < ranks)
            rows[(*ret_count)++] = (struct candidate){.rank = asset->rank, .at = i};
    }
    return rows;
}

static enum imjin_status add_balances(struct text *t, struct account_view *v, struct error *err) {
    uint64_t count;
    struct candidate *rows = rank_sums(v, v->assets, v->asset_count, v->shown.ranks, &count);
    if (rows == NULL)
        return fail_memory(err, "balances of the account");
    choose(rows, count, count);
    add_heading(t, v->in, "Balances");
    text_add_string(t, "  ");
    for (unsigned i = 0; i < (v->in->compiled ? 4 : 2); i++)
        add_word_cell(t, (const char *const[]){"received", "spent", "held", "missing history"}[i]);
    text_add_string(t, "asset\n");
    for (uint64_t i = 0; i < count; i++)
        TRY(add_balance(t, v, v->assets + rows[i].at, err));
    add_left_out(t, &v->shown);
    return IMJIN_OK;
}

static enum imjin_status add_other(struct text *t, const struct account_view *v, const struct flow_sum *s, struct error *err) {
    struct asset_name asset;
    TRY(asset_name(v->in, s->asset, &asset, err));
    text_add_string(t, "  ");
    for (unsigned k = 0; k < 2; k++) {
        struct cell cell = {0};
        struct u256 units = k ? s->out : s->in;
        if (u256_zero(units))
            text_add_string(&cell.text, "-");
        else
            add_brief_amount(&cell.text, units, &asset);
        cell_end_right(t, &cell, AMOUNT_COLUMNS);
    }
    TRY(add_account(t, v->in, s->other, err));
    end_line(t);
    return IMJIN_OK;
}

/* Those of one asset stand by amount already. */
static enum imjin_status add_others(struct text *t, struct account_view *v, uint64_t most, struct error *err) {
    uint64_t count;
    struct candidate *rows = rank_sums(v, v->others, v->other_count, v->shown.ranks + v->shown.others, &count);
    if (rows == NULL)
        return fail_memory(err, "counterparties of the account");
    uint64_t shown = choose(rows, count, most);
    add_heading(t, v->in,
                shown < v->other_count ? "Counterparties by amount (%" PRIu64 " of %" PRIu64 ")" : "Counterparties by amount",
                shown, v->other_count);
    text_add_string(t, "  ");
    add_word_cell(t, "got from");
    add_word_cell(t, "paid to");
    text_add_string(t, "counterparty\n");
    for (uint64_t i = 0; i < shown; i++)
        TRY(add_other(t, v, v->others + rows[i].at, err));
    return IMJIN_OK;
}

static enum imjin_status add_history_row(struct text *t, const struct account_view *v, uint32_t number, struct error *err) {
    struct movement m;
    struct u256 units;
    struct tx_name tx;
    struct asset_name asset;
    TRY(ledger_movement(v->in->ledger, number, &m, err));
    TRY(ledger_units(v->in->ledger, &m, &units, err));
    TRY(tx_name(v->in, (struct tx_id){m.tx}, &tx, err));
    TRY(asset_name(v->in, (struct asset_id){m.asset}, &asset, err));
    struct cell time = {0}, amount = {0}, kind = {0};
    bool gives = m.from == v->account.n;
    text_add_string(t, "  ");
    add_time(&time.text, tx.tx.time);
    cell_end(t, &time, TIME_COLUMNS);
    text_add_string(t, gives && m.to == m.from ? "self " : gives ? "out  " : "in   ");
    add_brief_amount(&amount.text, units, &asset);
    cell_end_right(t, &amount, AMOUNT_COLUMNS);
    text_add_string(&kind.text, movement_kind_name(movement_kind(&m)));
    cell_end(t, &kind, 9);
    TRY(add_account(t, v->in, (struct account_id){gives ? m.to : m.from}, err));
    text_add_format(t, "  %s", tx.id);
    add_value(t, v->in, &asset, units, tx.tx.time);
    text_add_string(t, "\n");
    return IMJIN_OK;
}

/* The newest movements, oldest first. Doubtful tokens are not among them: a flood of them would push out the rest. */
static enum imjin_status add_history(struct text *t, struct account_view *v, uint64_t most, struct error *err) {
    uint64_t shown = 0, doubtful = 0, bait = 0;
    uint32_t *rows = arena_new(&v->arena, most + 1, sizeof *rows);
    if (rows == NULL)
        return fail_memory(err, "history of the account");
    for (uint64_t i = v->count; i > 0 && shown < most; i--) {
        struct movement m;
        struct u256 units;
        TRY(ledger_movement(v->in->ledger, v->numbers[i - 1], &m, err));
        TRY(ledger_units(v->in->ledger, &m, &units, err));
        bool folded = v->shown.doubtful && ranking_of(&v->ranking, (struct asset_id){m.asset})->standing == STANDING_DOUBTFUL;
        if (is_bait(v, m.from == v->account.n ? m.to : m.from, units))
            bait++;
        else if (folded)
            doubtful++;
        else
            rows[shown++] = v->numbers[i - 1];
    }
    add_heading(t, v->in, shown < v->count ? "History (the newest %" PRIu64 " of %" PRIu64 ")" : "History", shown, v->count);
    for (uint64_t i = shown; i > 0; i--)
        TRY(add_history_row(t, v, rows[i - 1], err));
    if (doubtful) {
        text_add_string(t, "  left out between them: ");
        add_counted(t, doubtful, "movement", "movements");
        text_add_string(t, " of tokens whose names advertise, hide signs or imitate known ones\n");
    }
    if (bait) {
        text_add_string(t, "  left out between them: ");
        add_counted(t, bait, "transfer", "transfers");
        text_add_string(t, " of nothing, or with look-alike addresses\n");
    }
    return IMJIN_OK;
}

/* How many there are; each only where the account fell for it. */
static enum imjin_status add_look_alikes(struct text *t, const struct account_view *v, struct error *err) {
    const struct look_alikes *r = &v->look_alikes;
    if (r->count == 0)
        return IMJIN_OK;
    add_heading(t, v->in, "Look-alike addresses");
    text_add_string(t, "  ");
    look_alikes_say(t, r);
    text_add_string(t, "\n");
    for (uint64_t i = 0; i < r->count; i++) {
        if (r->items[i].paid == 0)
            continue;
        text_add_string(t, "  PAID: money went to ");
        TRY(add_account(t, v->in, r->items[i].account, err));
        text_add_string(t, ", which looks like ");
        TRY(add_account(t, v->in, r->items[i].imitated, err));
        end_line(t);
    }
    return IMJIN_OK;
}

static enum imjin_status add_view(struct text *t, struct account_view *v, struct report_account_options options,
                                  struct error *err) {
    text_add_format(t, "Account %s on %s", v->name.address, ledger_chain(v->in->ledger)->name);
    text_add_string(t, ": ");
    add_counted(t, v->count, "movement", "movements");
    text_add_string(t, "\n");
    TRY(add_tags(t, v, err));
    TRY(add_balances(t, v, err));
    TRY(add_others(t, v, limit(options.counterparties_max, REPORT_TEXT_COUNTERPARTIES, v->other_count), err));
    TRY(add_look_alikes(t, v, err));
    TRY(add_history(t, v, limit(options.history_max, REPORT_TEXT_HISTORY, v->count), err));
    return text_status(t, err);
}

enum imjin_status report_account_text(struct text *t, const struct report_input *in, struct account_id account,
                                      struct report_account_options options, struct error *err) {
    struct account_view v = {.in = in, .account = account};
    enum imjin_status status = view_read(&v, err);
    if (status == IMJIN_OK)
        status = rank_assets(&v, options.counterparties_max, err);
    if (status == IMJIN_OK)
        status = add_view(t, &v, options, err);
    view_done(&v);
    return status;
}

/* ---- JSON ---- */

static enum imjin_status json_tags(struct json_writer *w, const struct account_view *v, struct error *err) {
    struct address address;
    uint64_t first = 0, count = 0;
    json_put_key(w, "labels");
    json_array_begin(w);
    if (v->in->labels) {
        TRY(ledger_address(v->in->ledger, v->account, &address, err));
        label_find(v->in->labels, ledger_chain(v->in->ledger)->name, &address, &first, &count);
    }
    for (uint64_t i = first; i < first + count; i++) {
        struct tag tag = label_at(v->in->labels, i);
        json_tag(w, &tag);
    }
    json_array_end(w);
    return IMJIN_OK;
}

static void json_in_out(struct json_writer *w, const struct flow_sum *s, const struct asset_name *asset) {
    json_key_text(w, "asset", asset->full);
    json_key_units(w, "received", s->in);
    json_key_amount(w, "received_amount", s->in, asset->decimals);
    json_key_units(w, "spent", s->out);
    json_key_amount(w, "spent_amount", s->out, asset->decimals);
    json_key_unsigned(w, "movements", s->movements);
}

static enum imjin_status json_balances(struct json_writer *w, const struct account_view *v, struct error *err) {
    json_put_key(w, "balances");
    json_array_begin(w);
    for (uint64_t i = 0; i < v->asset_count; i++) {
        struct asset_name asset;
        struct holding h;
        bool there;
        TRY(asset_name(v->in, v->assets[i].asset, &asset, err));
        TRY(find_holding(v, v->assets[i].asset, &h, &there, err));
        json_object_begin(w);
        json_in_out(w, v->assets + i, &asset);
        if (there) {
            json_key_units(w, "held", wide(h.received - h.spent));
            json_key_amount(w, "held_amount", wide(h.received - h.spent), asset.decimals);
            json_key_units(w, "unknown", wide(h.unknown));
            json_key_amount(w, "unknown_amount", wide(h.unknown), asset.decimals);
        }
        json_object_end(w);
    }
    json_array_end(w);
    return IMJIN_OK;
}

static enum imjin_status json_others(struct json_writer *w, const struct account_view *v, uint64_t most, struct error *err) {
    json_key_unsigned(w, "counterparty_count", v->other_count);
    json_put_key(w, "counterparties");
    json_array_begin(w);
    for (uint64_t i = 0; i < most; i++) {
        struct asset_name asset;
        struct account_name name;
        TRY(asset_name(v->in, v->others[i].asset, &asset, err));
        TRY(account_name(v->in, v->others[i].other, &name, err));
        json_object_begin(w);
        json_account_members(w, &name);
        json_in_out(w, v->others + i, &asset);
        json_object_end(w);
    }
    json_array_end(w);
    return IMJIN_OK;
}

static enum imjin_status json_history_row(struct json_writer *w, const struct account_view *v, uint32_t number,
                                          struct error *err) {
    struct movement m;
    struct u256 units;
    struct asset_name asset;
    TRY(ledger_movement(v->in->ledger, number, &m, err));
    struct ledger_tx tx;
    TRY(ledger_units(v->in->ledger, &m, &units, err));
    TRY(asset_name(v->in, (struct asset_id){m.asset}, &asset, err));
    TRY(ledger_tx(v->in->ledger, (struct tx_id){m.tx}, &tx, err));
    json_object_begin(w);
    TRY(json_key_tx(w, v->in, (struct tx_id){m.tx}, err));
    json_key_unsigned(w, "movement", number);
    json_key_text(w, "kind", movement_kind_name(movement_kind(&m)));
    TRY(json_key_address(w, "from", v->in, (struct account_id){m.from}, err));
    TRY(json_key_address(w, "to", v->in, (struct account_id){m.to}, err));
    json_key_text(w, "asset", asset.full);
    json_key_units(w, "units", units);
    json_key_amount(w, "amount", units, asset.decimals);
    json_key_value(w, v->in, &asset, units, tx.time);
    json_object_end(w);
    return IMJIN_OK;
}

static enum imjin_status json_view(struct json_writer *w, const struct account_view *v, struct report_account_options options,
                                   struct error *err) {
    json_head(w, v->in, "imjin.account/1");
    json_put_key(w, "account");
    json_object_begin(w);
    json_account_members(w, &v->name);
    json_object_end(w);
    TRY(json_tags(w, v, err));
    TRY(json_balances(w, v, err));
    TRY(json_others(w, v, limit(options.counterparties_max, 0, v->other_count), err));
    TRY(json_look_alikes(w, v->in, &v->look_alikes, err));
    json_key_unsigned(w, "movement_count", v->count);
    json_put_key(w, "history");
    json_array_begin(w);
    for (uint64_t i = v->count - limit(options.history_max, 0, v->count); i < v->count; i++)
        TRY(json_history_row(w, v, v->numbers[i], err));
    json_array_end(w);
    return json_foot(w, NULL, err);
}

enum imjin_status report_account_json(struct text *t, const struct report_input *in, struct account_id account,
                                      struct report_account_options options, struct error *err) {
    struct account_view v = {.in = in, .account = account};
    struct json_writer w = {.out = t};
    enum imjin_status status = view_read(&v, err);
    if (status == IMJIN_OK)
        status = json_view(&w, &v, options, err);
    view_done(&v);
    return status;
}
