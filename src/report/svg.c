#include "report/svg.h"

#include <inttypes.h>

#include "base/memory.h"

enum {
    COLUMN_LARGE = 75, /* tenths that one column of 12-unit fixed-width text takes at most (0.62 em) */
    COLUMN_SMALL = 69, /* of 11-unit text */
    BOX_COLUMNS_LARGE = 22,
    BOX_COLUMNS_SMALL = 24,
    WIDTH_LEAST = 7600,
    STRIPE = 60,
    ARROW = 60,
    ROW = 170,
    LEGEND_SWATCH = 140,
};

const struct look look_source = {"stolen by", "#9b1c1c", "#e3b5b5"};
const struct look look_passed = {"passed on", "#7c8798", "#c3c9d2"};
const struct look look_holding = {"at rest", "#b97800", "#e6c88a"};
const struct look look_fees = {"fees", "#5f6b52", "#c2c9b9"};
static const struct look stop_looks[STOP_REASONS] = {
    [STOP_NONE] = {"at rest", "#b97800", "#e6c88a"},
    [STOP_SERVICE] = {"exchange or service", "#0a5a9c", "#9cc3e2"},
    [STOP_DEPOSIT] = {"deposit address", "#2f83cc", "#b5d5f0"},
    [STOP_MIXER] = {"mixer", "#6a3d9a", "#c9b3de"},
    [STOP_BRIDGE] = {"bridge", "#00776b", "#99d0c9"},
    [STOP_DEFI] = {"DeFi contract", "#4f8a10", "#bcd8a0"},
    [STOP_BURN] = {"burnt", "#3c3c3c", "#b5b5b5"},
    [STOP_HUB] = {"hub", "#a4541d", "#e0bda5"},
    [STOP_HORIZON] = {"cut off: horizon", "#8d8d8d", "#d6d6d6"},
    [STOP_DUST] = {"cut off: dust", "#a3a3a3", "#dedede"},
    [STOP_LIMIT] = {"cut off: work limit", "#777777", "#cccccc"},
};

const struct look *look_of_stop(unsigned stop) { return stop_looks + (stop < STOP_REASONS ? stop : 0); }

void add_tenths(struct text *t, int64_t tenths) {
    if (tenths < 0)
        text_add_string(t, "-");
    uint64_t size = tenths < 0 ? (uint64_t)-tenths : (uint64_t)tenths;
    text_add_format(t, size % 10 ? "%" PRIu64 ".%" PRIu64 : "%" PRIu64, size / 10, size % 10);
}

void add_attribute(struct text *t, const char *name, int64_t tenths) {
    text_add_format(t, " %s=\"", name);
    add_tenths(t, tenths);
    text_add_string(t, "\"");
}

/* Text of a given style, cut to columns; what is cut stands whole in the box's title. */
static void add_svg_text(struct text *t, const char *class, int64_t x, int64_t y, struct span visible, unsigned columns) {
    struct text fitted = {0};
    add_fitted(&fitted, visible, columns);
    text_add_format(t, "<text class=\"%s\"", class);
    add_attribute(t, "x", x);
    add_attribute(t, "y", y);
    text_add_string(t, ">");
    add_markup(t, span_of_text(&fitted));
    text_add_string(t, "</text>\n");
    text_fold(t, &fitted);
}

struct drawing {
    struct text *t;
    const struct report_input *in;
    const struct flow *f;
    struct flow_label *labels;
    int64_t width, y; /* y: where the foot has got to */
};

static const struct look *look_of(const struct flow_node *n) {
    if (n->is_source)
        return &look_source;
    if (n->stop != STOP_NONE)
        return look_of_stop(n->stop);
    return n->resting ? &look_holding : &look_passed;
}

static const struct flow_node *goal_of(const struct flow *f, const struct flow_piece *p) {
    const struct flow_node *n = f->nodes + (p->backward ? p->left : p->right);
    return n->accounts ? n : f->nodes + n->target;
}

static void add_name(struct drawing *d, uint32_t box) { add_markup(d->t, span_of_text(d->labels[box].line)); }

static void add_claims(struct drawing *d, const struct u256 claims[FLOW_ASSETS]) {
    bool first = true;
    for (uint32_t k = 0; k < d->f->asset_count; k++) {
        if (u256_zero(claims[k]))
            continue;
        struct text amount = {0};
        add_brief_amount(&amount, claims[k], &d->f->totals.items[k].name);
        text_add_string(d->t, first ? "" : ", ");
        add_markup(d->t, span_of_text(&amount));
        text_fold(d->t, &amount);
        first = false;
    }
}

static void add_link_title(struct drawing *d, uint32_t link) {
    const struct flow_link *l = d->f->links + link;
    text_add_string(d->t, "<title>");
    add_name(d, l->from);
    text_add_string(d->t, " \u2192 ");
    add_name(d, l->to);
    text_add_string(d->t, ": ");
    add_claims(d, l->claim);
    text_add_string(d->t, " in ");
    add_counted(d->t, l->edges, "edge", "edges");
    text_add_string(d->t, "</title>");
}

static void add_arrow(struct text *t, int64_t x, int64_t y, int64_t width, bool leftward, const char *colour) {
    int64_t half = width / 2 + 25, back = leftward ? x + ARROW : x - ARROW;
    text_add_string(t, "<path d=\"M");
    add_tenths(t, x);
    text_add_string(t, " ");
    add_tenths(t, y);
    text_add_string(t, "L");
    add_tenths(t, back);
    text_add_string(t, " ");
    add_tenths(t, y - half);
    text_add_string(t, "V");
    add_tenths(t, y + half);
    text_add_format(t, "Z\" fill=\"%s\"/>\n", colour);
}

static void add_curve(struct text *t, int64_t x1, int64_t y1, int64_t x2, int64_t y2) {
    int64_t middle = (x1 + x2) / 2;
    text_add_string(t, " d=\"M");
    add_tenths(t, x1);
    text_add_string(t, " ");
    add_tenths(t, y1);
    text_add_string(t, "C");
    const int64_t rest[6] = {middle, y1, middle, y2, x2, y2};
    for (unsigned i = 0; i < 6; i++) {
        text_add_string(t, i ? " " : "");
        add_tenths(t, rest[i]);
    }
    text_add_string(t, "\"");
}

static void draw_piece(struct drawing *d, const struct flow_piece *p) {
    const struct flow *f = d->f;
    const struct flow_node *left = f->nodes + p->left, *right = f->nodes + p->right, *goal = goal_of(f, p);
    const char *colour = look_of(goal)->pale;
    bool into_right = right->accounts && !p->backward, into_left = left->accounts && p->backward;
    int64_t x1 = left->x + FLOW_BOX_WIDTH + (into_left ? ARROW - 10 : 0), x2 = right->x - (into_right ? ARROW - 10 : 0);
    text_add_format(d->t, "<path class=\"fl-%s\" stroke=\"%s\"", p->backward ? "back" : "line", colour);
    add_attribute(d->t, "stroke-width", p->width);
    add_curve(d->t, x1, p->y_left, x2, p->y_right);
    text_add_string(d->t, ">");
    if (p->link != ID_NONE) {
        add_link_title(d, p->link);
    } else {
        text_add_string(d->t, "<title>several lines to ");
        add_name(d, (uint32_t)(goal - f->nodes));
        text_add_string(d->t, "</title>");
    }
    text_add_string(d->t, "</path>\n");
    if (into_right)
        add_arrow(d->t, right->x, p->y_right, p->width, false, colour);
    if (into_left)
        add_arrow(d->t, left->x + FLOW_BOX_WIDTH, p->y_left, p->width, true, colour);
}

/* Where a long line passes a column. */
static void draw_passage(struct drawing *d, uint32_t node) {
    const struct flow *f = d->f;
    const struct flow_node *n = f->nodes + node;
    int64_t top = INT32_MAX, bottom = 0;
    for (uint32_t i = 0; i < f->piece_count; i++) {
        const struct flow_piece *p = f->pieces + i;
        if (p->left != node)
            continue;
        top = p->y_left - p->width / 2 < top ? p->y_left - p->width / 2 : top;
        bottom = p->y_left + p->width / 2 > bottom ? p->y_left + p->width / 2 : bottom;
    }
    if (bottom <= top)
        return;
    text_add_format(d->t, "<path class=\"fl-%s\" stroke=\"%s\"", n->is_chain ? "back" : "line",
                    look_of(f->nodes + n->target)->pale);
    add_attribute(d->t, "stroke-width", bottom - top);
    add_curve(d->t, n->x - 5, (top + bottom) / 2, n->x + FLOW_BOX_WIDTH + 5, (top + bottom) / 2);
    text_add_string(d->t, "/>\n");
}

/* Between two boxes of one column: an arc on their right. */
static void draw_arc(struct drawing *d, uint32_t link) {
    const struct flow_link *l = d->f->links + link;
    const struct flow_node *from = d->f->nodes + l->from, *to = d->f->nodes + l->to;
    int64_t x = from->x + FLOW_BOX_WIDTH, y1 = from->y + from->height / 2, y2 = to->y + to->height / 2;
    bool down = y2 > y1;
    y1 += down ? from->height / 4 : -from->height / 4;
    y2 += down ? -to->height / 4 : to->height / 4;
    int64_t reach = x + 160 + (down ? y2 - y1 : y1 - y2) / 24;
    reach = reach > x + 300 ? x + 300 : reach;
    text_add_format(d->t, "<path class=\"fl-back\" stroke=\"%s\" stroke-width=\"1.4\" d=\"M", look_of(to)->strong);
    const int64_t at[8] = {x, y1, reach, y1, reach, y2, x + ARROW - 10, y2};
    for (unsigned i = 0; i < 8; i++) {
        text_add_string(d->t, i == 2 ? "C" : i ? " " : "");
        add_tenths(d->t, at[i]);
    }
    text_add_string(d->t, "\">");
    add_link_title(d, link);
    text_add_string(d->t, "</path>\n");
    add_arrow(d->t, x, y2, 10, true, look_of(to)->strong);
}

static enum imjin_status add_box_title(struct drawing *d, const struct flow_node *n, struct error *err) {
    struct account_name name;
    TRY(account_name(d->in, n->account, &name, err));
    text_add_string(d->t, "<title>");
    if (n->accounts > 1) {
        add_counted(d->t, n->accounts, "account", "accounts");
        text_add_string(d->t, ", the largest ");
    }
    add_markup_string(d->t, name.address);
    if (name.tagged) {
        text_add_string(d->t, " (");
        add_markup(d->t, name.tag.label);
        text_add_string(d->t, ")");
    }
    text_add_string(d->t, n->is_source ? "; stolen: " : "; came in: ");
    add_claims(d, n->in);
    if (n->weight_held) {
        text_add_string(d->t, "; at rest: ");
        add_claims(d, n->held);
    }
    text_add_string(d->t, "</title>");
    return IMJIN_OK;
}

static enum imjin_status draw_box(struct drawing *d, uint32_t box, struct error *err) {
    const struct flow_node *n = d->f->nodes + box;
    const struct look *look = look_of(n);
    bool cut = stop_is_cut(n->stop);
    text_add_string(d->t, "<g>");
    TRY(add_box_title(d, n, err));
    text_add_format(d->t, "<rect class=\"%s\" stroke=\"%s\"%s", n->accounts > 1 ? "fl-box fl-fold" : "fl-box", look->strong,
                    cut ? " stroke-dasharray=\"4 3\"" : "");
    add_attribute(d->t, "x", n->x);
    add_attribute(d->t, "y", n->y);
    add_attribute(d->t, "width", FLOW_BOX_WIDTH);
    add_attribute(d->t, "height", n->height);
    text_add_format(d->t, "/><rect fill=\"%s\"", look->strong);
    add_attribute(d->t, "x", n->x);
    add_attribute(d->t, "y", n->y);
    add_attribute(d->t, "width", STRIPE);
    add_attribute(d->t, "height", n->height);
    text_add_string(d->t, "/>\n");
    const struct flow_label *label = d->labels + box;
    int64_t y = n->y + (n->height - (int64_t)label->count * FLOW_LINE_HEIGHT) / 2 + 115;
    for (unsigned i = 0; i < label->count; i++, y += FLOW_LINE_HEIGHT)
        add_svg_text(d->t, i ? "fl-small" : "fl-name", n->x + STRIPE + 60, y, span_of_text(label->line + i),
                     i ? BOX_COLUMNS_SMALL : BOX_COLUMNS_LARGE);
    text_add_string(d->t, "</g>\n");
    return IMJIN_OK;
}

static void draw_headings(struct drawing *d) {
    const struct flow *f = d->f;
    bool stops = false;
    for (uint32_t i = 0; i < f->box_count; i++)
        stops = stops || (f->nodes[i].layer + 1 == f->layer_count && stop_is_end(f->nodes[i].stop) && !f->nodes[i].is_source);
    for (uint32_t k = 0; k < f->layer_count; k++) {
        struct text heading = {0};
        if (k == 0)
            text_add_string(&heading, "The theft");
        else if (stops && k + 1 == f->layer_count)
            text_add_string(&heading, "Where it stopped");
        else if (f->deeper && k == f->hops_last)
            text_add_format(&heading, "%" PRIu32 " steps and more", k);
        else
            text_add_format(&heading, "%" PRIu32 " step%s away", k, k == 1 ? "" : "s");
        add_svg_text(d->t, "fl-head", FLOW_LEFT + (int64_t)k * (FLOW_BOX_WIDTH + FLOW_GAP_WIDTH), FLOW_TOP - 160,
                     span_of_text(&heading), BOX_COLUMNS_LARGE);
        text_fold(d->t, &heading);
    }
}

static void draw_swatch(struct drawing *d, int64_t *x, const struct look *look) {
    int64_t width = LEGEND_SWATCH + 60 + (int64_t)strlen(look->name) * COLUMN_SMALL + 200;
    if (*x + width > d->width - FLOW_LEFT && *x > FLOW_LEFT) {
        *x = FLOW_LEFT;
        d->y += ROW;
    }
    text_add_format(d->t, "<rect fill=\"%s\"", look->strong);
    add_attribute(d->t, "x", *x);
    add_attribute(d->t, "y", d->y - 95);
    add_attribute(d->t, "width", LEGEND_SWATCH);
    add_attribute(d->t, "height", 110);
    text_add_string(d->t, "/>\n");
    add_svg_text(d->t, "fl-small", *x + LEGEND_SWATCH + 60, d->y, span_of(look->name), 40);
    *x += width;
}

static void draw_legend(struct drawing *d) {
    const struct flow *f = d->f;
    bool passed = false, holding = false, stop[STOP_REASONS] = {false};
    int64_t x = FLOW_LEFT;
    for (uint32_t i = 0; i < f->box_count; i++) {
        const struct flow_node *n = f->nodes + i;
        passed = passed || (!n->is_source && n->stop == STOP_NONE && !n->resting);
        holding = holding || (!n->is_source && n->stop == STOP_NONE && n->resting);
        stop[n->stop] = stop[n->stop] || (n->stop != STOP_NONE && !n->is_source);
    }
    d->y = f->height + ROW;
    draw_swatch(d, &x, &look_source);
    if (passed)
        draw_swatch(d, &x, &look_passed);
    if (holding)
        draw_swatch(d, &x, &look_holding);
    for (unsigned r = 1; r < STOP_REASONS; r++)
        if (stop[r])
            draw_swatch(d, &x, look_of_stop(r));
    d->y += ROW;
}

static void draw_note(struct drawing *d, struct text *note) {
    add_svg_text(d->t, "fl-small", FLOW_LEFT, d->y, span_of_text(note),
                 (unsigned)((d->width - (int64_t)2 * FLOW_LEFT) / COLUMN_SMALL));
    text_fold(d->t, note);
    d->y += ROW - 20;
}

static void draw_notes(struct drawing *d) {
    const struct flow *f = d->f;
    struct text note = {0};
    text_add_string(&note, "Amounts are claims on what was stolen, rounded down. Widths grow with the logarithm of the claim.");
    draw_note(d, &note);
    bool dashed = false;
    for (uint32_t i = 0; i < f->link_count; i++)
        dashed = dashed || f->links[i].backward || f->links[i].sideways;
    if (dashed) {
        text_add_string(&note, "Dashed: back to an earlier column, or inside one column. Fees are not drawn.");
        draw_note(d, &note);
    }
    if (f->folds) {
        add_count(&note, f->accounts_folded);
        text_add_string(&note, " accounts are folded into ");
        add_counted(&note, f->folds, "box", "boxes");
        text_add_string(&note, " (thick border); the smallest of each column.");
        draw_note(d, &note);
    }
    if (f->edges_inside) {
        add_counted(&note, f->edges_inside, "edge", "edges");
        text_add_string(&note, " between accounts of one box are not drawn.");
        draw_note(d, &note);
    }
    if (f->totals.folded_thefts) {
        add_counted(&note, f->totals.folded_thefts, "theft", "thefts");
        text_add_string(&note, " of tokens whose names advertise, hide signs or imitate known ones are not drawn.");
        draw_note(d, &note);
    }
    if (f->links_hidden) {
        add_counted(&note, f->links_hidden, "line", "lines");
        text_add_string(&note, " with the smallest claims are not drawn.");
        draw_note(d, &note);
    }
}

static enum imjin_status draw_all(struct drawing *d, struct error *err) {
    const struct flow *f = d->f;
    text_add_string(d->t, "<g class=\"fl-flows\">\n");
    for (uint32_t i = f->box_count; i < f->node_count; i++)
        draw_passage(d, i);
    for (uint32_t i = 0; i < f->piece_count; i++)
        draw_piece(d, f->pieces + i);
    text_add_string(d->t, "</g>\n");
    for (uint32_t i = 0; i < f->link_count; i++)
        if (f->links[i].sideways)
            draw_arc(d, i);
    draw_headings(d);
    for (uint32_t i = 0; i < f->box_count; i++)
        TRY(draw_box(d, i, err));
    draw_legend(d);
    draw_notes(d);
    return text_status(d->t, err);
}

static const char style[] = "<style>"
                            ".fl text{font-family:'DejaVu Sans Mono',Menlo,Consolas,'Liberation Mono',monospace;fill:#1c2430}"
                            ".fl .fl-name{font-size:12px;font-weight:bold}.fl .fl-small{font-size:11px}"
                            ".fl .fl-head{font-size:12px;fill:#4a5563;font-weight:bold}"
                            ".fl .fl-box{fill:#fff;stroke-width:1}.fl .fl-fold{stroke-width:2.6}.fl .fl-line{fill:none}"
                            ".fl .fl-back{fill:none;stroke-dasharray:5 4}"
                            "</style>\n";

static void draw_frame(struct text *t, const struct drawing *d, const struct text *body) {
    text_add_string(t, "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"fl\" role=\"img\" aria-label=\"Flow of the stolen "
                       "money, from the theft on the left to where it stopped on the right\" viewBox=\"0 0 ");
    add_tenths(t, d->width);
    text_add_string(t, " ");
    add_tenths(t, d->y);
    text_add_string(t, "\"");
    add_attribute(t, "width", d->width);
    add_attribute(t, "height", d->y);
    text_add_string(t, ">\n");
    text_add_string(t, style);
    text_add_string(t, "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n");
    text_add(t, body->bytes ? body->bytes : "", body->count);
    text_add_string(t, "</svg>\n");
}

static enum imjin_status make_labels(struct drawing *d, struct error *err) {
    for (uint32_t i = 0; i < d->f->box_count; i++)
        TRY(flow_label_make(d->in, d->f, d->f->nodes + i, d->labels + i, err));
    return IMJIN_OK;
}

enum imjin_status svg_flow(struct text *t, const struct report_input *in, const struct flow *f, struct error *err) {
    struct text body = {0};
    struct drawing d = {.t = &body, .in = in, .f = f, .width = f->width > WIDTH_LEAST ? f->width : WIDTH_LEAST};
    d.labels = memory_new(f->box_count + 1, sizeof *d.labels);
    if (d.labels == NULL)
        return fail_memory(err, "flow picture");
    enum imjin_status status = make_labels(&d, err);
    if (status == IMJIN_OK)
        status = draw_all(&d, err);
    if (status == IMJIN_OK)
        draw_frame(t, &d, &body);
    for (uint32_t i = 0; i < f->box_count; i++)
        flow_label_done(d.labels + i);
    memory_free(d.labels);
    text_fold(t, &body);
    return status == IMJIN_OK ? text_status(t, err) : status;
}

enum imjin_status report_svg(struct text *t, const struct report_input *in, struct error *err) {
    struct arena a = {0};
    struct flow f;
    enum imjin_status status = flow_make(in, &a, &f, err);
    if (status == IMJIN_OK) {
        text_add_string(t, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        status = svg_flow(t, in, &f, err);
    }
    arena_done(&a);
    return status;
}

void svg_bar(struct text *t, const struct asset_total *total) {
    enum { BAR_WIDTH = 10000 };
    int64_t x = 0;
    text_add_string(t, "<svg class=\"bar\" role=\"img\" aria-label=\"What became of the stolen amount; the table below has the "
                       "figures\" viewBox=\"0 0 1000 26\" preserveAspectRatio=\"none\">");
    const struct {
        struct u256 units;
        const struct look *look;
    } fixed[] = {{total->held, &look_holding}, {total->fees, &look_fees}};
    for (unsigned k = 1; k < STOP_REASONS + sizeof fixed / sizeof fixed[0]; k++) {
        bool stop = k < STOP_REASONS;
        struct u256 units = stop ? total->stopped_by[k] : fixed[k - STOP_REASONS].units;
        const struct look *look = stop ? look_of_stop(k) : fixed[k - STOP_REASONS].look;
        int64_t width = (int64_t)share_of(units, total->stolen, BAR_WIDTH);
        if (width == 0)
            continue;
        text_add_format(t, "<rect y=\"0\" height=\"26\" fill=\"%s\"", look->strong);
        add_attribute(t, "x", x);
        add_attribute(t, "width", width);
        text_add_format(t, "><title>%s: ", look->name);
        add_percent(t, units, total->stolen);
        text_add_string(t, "</title></rect>");
        x += width;
    }
    text_add_string(t, "</svg>\n");
}
