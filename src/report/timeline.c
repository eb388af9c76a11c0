#include <inttypes.h>

#include "report/svg.h"

enum {
    DAY_SECONDS = 86400,
    WIDTH = 10400,
    PLOT_LEFT = 1500,
    PLOT_WIDTH = 8700,
    PLOT_TOP = 400,
    HALF = 1000, /* height of the part above the line and of that below */
    MIDDLE = PLOT_TOP + HALF,
    LABEL_STEP = 950,
    MOVED = 0,
    CHANGED = 1,
    KINDS = 2 + STOP_REASONS,
    WHOLE_BITS = 40,
};

struct timeline {
    struct text *t;
    const struct report_input *in;
    const struct totals *totals;
    struct account_index index;
    uint64_t bars[TIMELINE_BARS_MAX][KINDS];
    int64_t first_day, days_per_bar, bar_count;
    uint64_t most_above, most_below, undated; /* each half has its own scale */
    bool present[KINDS];
};

static const struct look look_changed = {"changed into another asset", "#3f7d58", "#a9cdb8"};
static const struct look look_moved = {"moved on", "#7c8798", "#c3c9d2"};
static const struct look *look_of_kind(unsigned kind) {
    return kind == MOVED ? &look_moved : kind == CHANGED ? &look_changed : look_of_stop(kind - 2);
}

static enum imjin_status time_of(const struct timeline *l, struct tx_id tx, int64_t *ret, struct error *err) {
    struct ledger_tx found;
    TRY(ledger_tx(l->in->ledger, tx, &found, err));
    *ret = found.time;
    return IMJIN_OK;
}

static enum imjin_status find_days(struct timeline *l, struct error *err) {
    const struct trace_result *r = l->in->result;
    int64_t first = INT64_MAX, last = INT64_MIN;
    for (uint64_t i = 0; i < r->edge_count + r->rest_count; i++) {
        int64_t time;
        TRY(time_of(l, i < r->edge_count ? r->edges[i].tx : r->rests[i - r->edge_count].tx, &time, err));
        if (time == TIME_UNKNOWN)
            continue;
        first = time < first ? time : first;
        last = time > last ? time : last;
    }
    if (first > last)
        return IMJIN_OK;
    int64_t days = last / DAY_SECONDS - first / DAY_SECONDS + 1;
    l->first_day = first / DAY_SECONDS;
    l->days_per_bar = (days + TIMELINE_BARS_MAX - 1) / TIMELINE_BARS_MAX;
    l->bar_count = (days + l->days_per_bar - 1) / l->days_per_bar;
    return IMJIN_OK;
}

static uint64_t add_share(uint64_t a, uint64_t b) { return a + b < a ? UINT64_MAX : a + b; }

static enum imjin_status count_claim(struct timeline *l, uint32_t theft, struct tx_id tx, u128 claim, unsigned kind,
                                     struct error *err) {
    int64_t time;
    if (l->in->result->thefts[theft].suspected || l->totals->items[l->totals->of_theft[theft]].folded)
        return IMJIN_OK;
    TRY(time_of(l, tx, &time, err));
    if (time == TIME_UNKNOWN) {
        l->undated++;
        return IMJIN_OK;
    }
    struct u256 stolen = l->totals->items[l->totals->of_theft[theft]].stolen;
    uint64_t *bar = &l->bars[(time / DAY_SECONDS - l->first_day) / l->days_per_bar][kind];
    uint64_t share = share_of(wide(claim), stolen, (uint64_t)1 << WHOLE_BITS);
    *bar = add_share(*bar, share);
    l->present[kind] = true;
    return IMJIN_OK;
}

static bool changes(unsigned rule) { return rule >= RULE_SWAP && rule <= RULE_REDEEM; }

static enum imjin_status count_all(struct timeline *l, struct error *err) {
    const struct trace_result *r = l->in->result;
    for (uint64_t i = 0; i < r->edge_count; i++) {
        const struct trace_edge *e = r->edges + i;
        uint32_t to = account_position(&l->index, e->to);
        bool stopped = to == ID_NONE || (r->accounts[to].stop != STOP_NONE && !changes(e->rule));
        if (!stopped)
            TRY(count_claim(l, e->theft, e->tx, e->claim, changes(e->rule) ? CHANGED : MOVED, err));
    }
    for (uint64_t i = 0; i < r->rest_count; i++) {
        const struct trace_rest *rest = r->rests + i;
        if (rest->stop != STOP_NONE)
            TRY(count_claim(l, rest->theft, rest->tx, rest->claim, 2 + rest->stop, err));
    }
    for (int64_t b = 0; b < l->bar_count; b++) {
        uint64_t below = 0, above = add_share(l->bars[b][MOVED], l->bars[b][CHANGED]);
        for (unsigned k = 2; k < KINDS; k++)
            below = add_share(below, l->bars[b][k]);
        l->most_above = above > l->most_above ? above : l->most_above;
        l->most_below = below > l->most_below ? below : l->most_below;
    }
    return IMJIN_OK;
}

/* ---- drawing ---- */

/* What a share of 2^40 stands for: an amount when only one asset was stolen, else percent. */
static void add_weight(struct timeline *l, uint64_t weight, unsigned places) {
    const struct asset_total *total = l->totals->items;
    uint64_t whole = (uint64_t)1 << WHOLE_BITS;
    u128 stolen;
    if (l->totals->shown_count != 1 || !u256_to_u128(total->stolen, &stolen) ||
        stolen >> 100) { /* the product of both fits then */
        uint64_t tenths = (uint64_t)((u128)weight * 1000 / whole);
        text_add_format(l->t, tenths % 10 ? "%" PRIu64 ".%" PRIu64 " %%" : "%" PRIu64 " %%", tenths / 10, tenths % 10);
        return;
    }
    struct text amount = {0};
    report_add_amount(&amount, wide(mul_div_u128(stolen, weight, whole)), total->name.decimals, "", places);
    add_markup(l->t, span_of_text(&amount));
    text_fold(l->t, &amount);
}

static void add_bar_piece(struct timeline *l, int64_t bar, unsigned kind, int64_t y, int64_t height) {
    char day[DAY_PRINT_MAX];
    int64_t x = PLOT_LEFT + PLOT_WIDTH * bar / l->bar_count, next = PLOT_LEFT + PLOT_WIDTH * (bar + 1) / l->bar_count;
    int64_t width = next - x > 260 ? 240 : (next - x) * 8 / 10 + 4;
    day_print((l->first_day + bar * l->days_per_bar) * DAY_SECONDS, day);
    text_add_format(l->t, "<rect fill=\"%s\"", look_of_kind(kind)->strong);
    add_attribute(l->t, "x", x + (next - x - width) / 2);
    add_attribute(l->t, "y", y);
    add_attribute(l->t, "width", width);
    add_attribute(l->t, "height", height);
    text_add_format(l->t, "><title>%s%s: %s ", day, l->days_per_bar > 1 ? " and the days after" : "", look_of_kind(kind)->name);
    add_weight(l, l->bars[bar][kind], 4);
    text_add_string(l->t, "</title></rect>\n");
}

static int64_t height_of(uint64_t weight, uint64_t most) {
    int64_t height = (int64_t)((u128)weight * HALF / (most ? most : 1));
    return weight && height < 10 ? 10 : height;
}

static void draw_bar(struct timeline *l, int64_t bar) {
    int64_t up = MIDDLE, down = MIDDLE;
    for (unsigned k = 0; k < KINDS; k++) {
        int64_t height = height_of(l->bars[bar][k], k < 2 ? l->most_above : l->most_below);
        if (height == 0)
            continue;
        if (k < 2)
            up -= height;
        add_bar_piece(l, bar, k, k < 2 ? up : down, height);
        if (k >= 2)
            down += height;
    }
}

static void draw_rule(struct timeline *l, int64_t y, uint64_t weight) {
    text_add_format(l->t, "<path stroke=\"%s\" stroke-width=\"%s\" d=\"M", weight ? "#d5dae1" : "#1c2430",
                    weight ? "0.7" : "1");
    add_tenths(l->t, PLOT_LEFT);
    text_add_string(l->t, " ");
    add_tenths(l->t, y);
    text_add_string(l->t, "H");
    add_tenths(l->t, PLOT_LEFT + PLOT_WIDTH);
    text_add_string(l->t, "\"/>\n<text class=\"fl-small\" text-anchor=\"end\"");
    add_attribute(l->t, "x", PLOT_LEFT - 60);
    add_attribute(l->t, "y", y + 40);
    text_add_string(l->t, ">");
    add_weight(l, weight, 0);
    text_add_string(l->t, "</text>\n");
}

static void draw_axis(struct timeline *l) {
    int64_t next = 0;
    for (int64_t bar = 0; bar < l->bar_count; bar++) {
        int64_t x = PLOT_LEFT + PLOT_WIDTH * (2 * bar + 1) / (2 * l->bar_count);
        char day[DAY_PRINT_MAX];
        if (x < next || x > PLOT_LEFT + PLOT_WIDTH - 300)
            continue;
        next = x + LABEL_STEP;
        day_print((l->first_day + bar * l->days_per_bar) * DAY_SECONDS, day);
        text_add_string(l->t, "<text class=\"fl-small\" text-anchor=\"middle\"");
        add_attribute(l->t, "x", x);
        add_attribute(l->t, "y", MIDDLE + HALF + 200);
        text_add_format(l->t, ">%s</text>\n", day);
    }
}

static void draw_words(struct timeline *l) {
    const char *unit = l->totals->shown_count == 1 ? l->totals->items[0].name.brief : "share of what was stolen";
    text_add_format(l->t,
                    "<text class=\"fl-small\" x=\"%d\" y=\"12\">Above: claims that moved on or were changed, at each step "
                    "anew. In ",
                    PLOT_LEFT / 10);
    add_markup_string(l->t, unit);
    text_add_format(l->t,
                    ".</text>\n<text class=\"fl-small\" x=\"%d\" y=\"26\">Below, on a scale of its own: claims that "
                    "stopped.</text>\n",
                    PLOT_LEFT / 10);
}

static int64_t draw_key(struct timeline *l) {
    int64_t x = PLOT_LEFT, y = MIDDLE + HALF + 420;
    for (unsigned k = 0; k < KINDS; k++) {
        if (!l->present[k])
            continue;
        const struct look *look = look_of_kind(k);
        int64_t width = 400 + (int64_t)strlen(look->name) * 69;
        if (x + width > WIDTH) {
            x = PLOT_LEFT;
            y += 170;
        }
        text_add_format(l->t, "<rect fill=\"%s\" width=\"14\" height=\"11\"", look->strong);
        add_attribute(l->t, "x", x);
        add_attribute(l->t, "y", y - 95);
        text_add_string(l->t, "/><text class=\"fl-small\"");
        add_attribute(l->t, "x", x + 200);
        add_attribute(l->t, "y", y);
        text_add_format(l->t, ">%s</text>\n", look->name);
        x += width;
    }
    return y + 100;
}

static void draw(struct timeline *l) {
    struct text *out = l->t;
    struct text body = {0};
    l->t = &body;
    draw_rule(l, MIDDLE, 0);
    for (int64_t half = 1; half <= 2; half++) {
        if (l->most_above)
            draw_rule(l, MIDDLE - half * HALF / 2, l->most_above / 2 * (uint64_t)half);
        if (l->most_below)
            draw_rule(l, MIDDLE + half * HALF / 2, l->most_below / 2 * (uint64_t)half);
    }
    for (int64_t bar = 0; bar < l->bar_count; bar++)
        draw_bar(l, bar);
    draw_axis(l);
    draw_words(l);
    int64_t height = draw_key(l);
    text_add_string(out,
                    "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"fl timeline\" role=\"img\" aria-label=\"Claims by day\" "
                    "viewBox=\"0 0 ");
    add_tenths(out, WIDTH);
    text_add_string(out, " ");
    add_tenths(out, height);
    text_add_string(out, "\">\n");
    text_add(out, body.bytes ? body.bytes : "", body.count);
    text_add_string(out, "</svg>\n");
    text_fold(out, &body);
    l->t = out;
}

static enum imjin_status make(struct timeline *l, struct arena *a, struct error *err) {
    TRY(account_index_make(l->in->result, a, &l->index, err));
    TRY(find_days(l, err));
    if (l->bar_count == 0) {
        text_add_string(l->t, "<p>No event of this trace has a known time.</p>\n");
        return IMJIN_OK;
    }
    TRY(count_all(l, err));
    draw(l);
    if (l->undated) {
        text_add_string(l->t, "<p>");
        add_counted(l->t, l->undated, "event has", "events have");
        text_add_string(l->t, " no known time and is not shown.</p>\n");
    }
    return IMJIN_OK;
}

enum imjin_status svg_timeline(struct text *t, const struct report_input *in, const struct totals *totals, struct error *err) {
    struct arena a = {0};
    struct timeline l = {.t = t, .in = in, .totals = totals, .days_per_bar = 1};
    enum imjin_status status = make(&l, &a, err);
    arena_done(&a);
    return status == IMJIN_OK ? text_status(t, err) : status;
}
