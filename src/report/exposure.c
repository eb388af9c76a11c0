/* Shares of what accounts received and sent, by category of the other side. */
#include <inttypes.h>

#include "report/jsonify.h"
#include "report/terminal.h"

static const char *category_name(const struct exposure_row *row) {
    if (row->category)
        return row->category->name;
    if (row->stop != STOP_NONE)
        return stop_reason_name(row->stop);
    return row->direction == DIRECTION_IN ? "unknown" : "at_rest";
}

/* Rounded down; neither a part that is there nor what lacks from the whole is rounded away. */
static void add_share(struct text *t, uint32_t millionths, bool alone) {
    if (millionths < 100)
        text_add_string(t, "under 0.01 %");
    else if (millionths == 1000000 && !alone)
        text_add_string(t, "over 99.99 %");
    else
        text_add_format(t, "%" PRIu32 ".%02" PRIu32 " %%", millionths / 10000, millionths / 100 % 100);
}

static bool same_group(const struct exposure_row *a, const struct exposure_row *b) {
    return a->account.n == b->account.n && a->asset.n == b->asset.n && a->direction == b->direction && a->direct == b->direct;
}

static enum imjin_status add_group(struct text *t, const struct report_input *in, const struct exposure_row *row,
                                   bool new_account, const struct asset_name *asset, struct error *err) {
    if (new_account) {
        struct text heading = {0};
        enum imjin_status status = add_account(&heading, in, row->account, err);
        add_heading(t, in, "%.150s", heading.bytes ? heading.bytes : "");
        text_fold(t, &heading);
        TRY(status);
    }
    text_add_format(t, "  %s, %s, ", row->direction == DIRECTION_IN ? "received" : "sent", row->direct ? "direct" : "indirect");
    text_add_format(t, "%s\n", asset->full);
    return IMJIN_OK;
}

/* The rows to show: by account, in it by the order of assets. */
struct listing {
    struct arena arena;
    struct ranking ranking;
    struct shown_assets shown;
    struct candidate *rows; /* at: the row */
    uint64_t count;
};

static enum imjin_status list_rows(const struct report_input *in, const struct exposure_result *result, struct listing *l,
                                   struct error *err) {
    uint32_t account = 0;
    uint32_t *ids = arena_new(&l->arena, result->row_count + 1, sizeof *ids);
    l->rows = arena_new(&l->arena, result->row_count + 1, sizeof *l->rows);
    if (ids == NULL || l->rows == NULL)
        return fail_memory(err, "rows of the exposure");
    for (uint64_t i = 0; i < result->row_count; i++)
        ids[i] = result->rows[i].asset.n;
    TRY(ranking_make(in, ids, result->row_count, true, &l->arena, &l->ranking, err));
    l->shown = ranking_shown(&l->ranking, REPORT_TEXT_ASSETS);
    for (uint64_t i = 0; i < result->row_count; i++) {
        uint32_t rank = ranking_of(&l->ranking, result->rows[i].asset)->rank;
        account += i && result->rows[i].account.n != result->rows[i - 1].account.n;
        if (rank < l->shown.ranks)
            l->rows[l->count++] = (struct candidate){account, l->shown.ranks - rank, i};
    }
    choose(l->rows, l->count, l->count);
    return IMJIN_OK;
}

static enum imjin_status add_row(struct text *t, const struct report_input *in, const struct exposure_row *row, bool alone,
                                 struct error *err) {
    struct asset_name asset;
    struct cell category = {0}, share = {0}, amount = {0};
    TRY(asset_name(in, row->asset, &asset, err));
    text_add_string(t, "    ");
    for (const char *c = category_name(row); *c; c++)
        text_add(&category.text, *c == '_' ? " " : c, 1);
    cell_end(t, &category, 24);
    add_share(&share.text, row->share_millionths, alone);
    cell_end_right(t, &share, 12);
    add_brief_amount(&amount.text, wide(row->units), &asset);
    cell_end_right(t, &amount, 26);
    if (row->counterparties)
        add_counted(t, row->counterparties, "counterparty", "counterparties");
    end_line(t);
    return IMJIN_OK;
}

static enum imjin_status add_rows(struct text *t, const struct report_input *in, const struct exposure_result *result,
                                  const struct listing *l, struct error *err) {
    const struct exposure_row *before = NULL;
    INVARIANT(l->count == 0 || result->rows != NULL);
    for (uint64_t i = 0; i < l->count; i++) {
        const struct exposure_row *row = result->rows + l->rows[i].at;
        const struct exposure_row *after = i + 1 < l->count ? result->rows + l->rows[i + 1].at : NULL;
        bool begins = before == NULL || !same_group(before, row), ends = after == NULL || !same_group(row, after);
        struct asset_name asset;
        TRY(asset_name(in, row->asset, &asset, err));
        if (begins)
            TRY(add_group(t, in, row, before == NULL || before->account.n != row->account.n, &asset, err));
        TRY(add_row(t, in, row, begins && ends, err));
        before = row;
    }
    add_left_out(t, &l->shown);
    return IMJIN_OK;
}

enum imjin_status report_exposure_text(struct text *t, const struct report_input *in, const struct exposure_result *result,
                                       struct error *err) {
    struct listing l = {0};
    enum imjin_status status = list_rows(in, result, &l, err);
    if (status == IMJIN_OK)
        status = add_rows(t, in, result, &l, err);
    arena_done(&l.arena);
    if (result->row_count == 0)
        text_add_string(t, "Nothing received and nothing sent.\n");
    return status == IMJIN_OK ? text_status(t, err) : status;
}

static enum imjin_status json_row(struct json_writer *w, const struct report_input *in, const struct exposure_row *row,
                                  struct error *err) {
    struct asset_name asset;
    TRY(asset_name(in, row->asset, &asset, err));
    json_object_begin(w);
    TRY(json_key_address(w, "account", in, row->account, err));
    json_key_text(w, "asset", asset.full);
    json_key_text(w, "direction", row->direction == DIRECTION_IN ? "in" : "out");
    json_key_bool(w, "direct", row->direct);
    json_key_text(w, "category", category_name(row));
    json_key_text(w, "stop", row->stop ? stop_reason_name(row->stop) : NULL);
    json_key_units(w, "units", wide(row->units));
    json_key_amount(w, "amount", wide(row->units), asset.decimals);
    json_key_unsigned(w, "share_millionths", row->share_millionths);
    json_key_unsigned(w, "counterparties", row->counterparties);
    json_object_end(w);
    return IMJIN_OK;
}

enum imjin_status report_exposure_json(struct text *t, const struct report_input *in, const struct exposure_result *result,
                                       struct error *err) {
    struct json_writer w = {.out = t};
    json_head(&w, in, "imjin.exposure/1");
    json_put_key(&w, "rows");
    json_array_begin(&w);
    for (uint64_t i = 0; i < result->row_count; i++)
        TRY(json_row(&w, in, result->rows + i, err));
    json_array_end(&w);
    return json_foot(&w, NULL, err);
}
