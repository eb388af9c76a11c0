#include "settle/core.h"
#include "settle/limits.h"

/* Several given lines to several got lines: docs/tracing.md 3.8. */
struct line {
    const struct stretch *stretches;
    uint32_t count;
    u128 units;
};
struct part {
    u128 from, to; /* of the got line */
};
struct spreading {
    struct settler *settler;
    int rule;
    bool weighed;
    uint32_t share, shares;
};

/* The line of one asset that starts at stretch `from`. */
static struct line line_at(const struct buffer *list, uint32_t from) {
    struct line l = {&ITEMS(const struct stretch, *list)[from], 0, 0};
    for (uint32_t i = from; i < list->count && l.stretches[i - from].asset_no == l.stretches[0].asset_no; i++) {
        l.units += l.stretches[i - from].units;
        l.count++;
    }
    return l;
}

static uint32_t count_lines(const struct buffer *list) {
    uint32_t lines = 0;
    for (uint32_t i = 0; i < list->count; lines++)
        i += line_at(list, i).count;
    return lines;
}

/* [floor(units * at / total), floor(units * to / total)), one unit instead of none. */
static struct part part_of(u128 units, u128 at, u128 to, u128 total) {
    struct part p = {at ? mul_div_u128(units, at, total) : 0, to < total ? mul_div_u128(units, to, total) : units};
    if (p.from == p.to) {
        p.from = p.from < units ? p.from : units - 1;
        p.to = p.from + 1;
    }
    return p;
}

static enum imjin_status link_stretch(const struct spreading *c, const struct stretch *given, u128 given_from, u128 given_units,
                                      uint32_t gain, struct part got, struct error *err) {
    struct settler *s = c->settler;
    if (ITEMS(struct side_note, s->draw_notes)[given->side].bodiless)
        return IMJIN_OK;
    struct settle_link link = {.draw = given->side,
                               .gain = gain,
                               .draw_from = given->from + given_from,
                               .draw_units = given_units,
                               .gain_from = got.from,
                               .gain_units = got.to - got.from,
                               .share_from = c->share,
                               .share_to = c->share + 1,
                               .share_total = c->shares,
                               .rule =
                                   (uint8_t)(c->rule < 0 ? settle_own_rule(s, given->side, gain) : (enum settle_rule)c->rule),
                               .weighed_equally = c->weighed,
                               .movement = settle_delivered_by(s, gain, got.from)};
    return settle_add_link(s, &link, err);
}

/* Where reading a given line has got to. */
struct reader {
    const struct stretch *stretch;
    u128 into, before; /* units of the stretch, and of the line, that are used */
};

/* The given units up to `until` of the line go to [got.from, got.to) of one gain. */
static enum imjin_status link_units(const struct spreading *c, struct reader *r, u128 until, uint32_t gain, struct part got,
                                    struct error *err) {
    u128 all = until - r->before, start = r->before, width = got.to - got.from;
    while (r->before < until) {
        u128 left = r->stretch->units - r->into, take = until - r->before < left ? until - r->before : left;
        struct part p = part_of(width, r->before - start, r->before - start + take, all);
        p.from += got.from;
        p.to += got.from;
        TRY(link_stretch(c, r->stretch, r->into, take, gain, p, err));
        r->before += take;
        r->into += take;
        if (r->into == r->stretch->units) {
            r->stretch++;
            r->into = 0;
        }
    }
    return IMJIN_OK;
}

/* The first stretch of a got line that reaches behind the start of a part; parts come in order. */
struct place {
    uint32_t stretch;
    u128 before; /* units of the line before it */
};

/* A whole given line to a part of a got line. */
static enum imjin_status link_lines(const struct spreading *c, const struct line *given, const struct line *got,
                                    struct part part, struct place *place, struct error *err) {
    struct reader r = {given->stretches, 0, 0};
    u128 length = part.to - part.from;
    while (place->before + got->stretches[place->stretch].units <= part.from)
        place->before += got->stretches[place->stretch++].units;
    u128 at = place->before;
    for (uint32_t i = place->stretch; i < got->count && at < part.to; i++) {
        const struct stretch *g = &got->stretches[i];
        u128 from = at > part.from ? at : part.from, to = at + g->units < part.to ? at + g->units : part.to;
        if (from < to) {
            struct part units = {g->from + (from - at), g->from + (to - at)};
            TRY(link_units(c, &r, to < part.to ? mul_div_u128(given->units, to - part.from, length) : given->units, g->side,
                           units, err));
        }
        at += g->units;
    }
    return IMJIN_OK;
}

enum imjin_status settle_spread(struct settler *s, int rule, struct error *err) {
    uint32_t given_lines = count_lines(&s->given), got_lines = count_lines(&s->got);
    uint32_t lines_max = s->movement_count > LARGE_MOVEMENTS ? GOT_LINES_MAX_LARGE : GOT_LINES_MAX;
    struct spreading c = {.settler = s, .rule = rule, .weighed = given_lines > 1 || got_lines > 1};
    c.shares = got_lines < lines_max ? got_lines : lines_max;
    if (s->given.count == 1 && s->got.count == 1) { /* nearly always */
        const struct stretch *given = ITEMS(struct stretch, s->given), *got = ITEMS(struct stretch, s->got);
        return link_stretch(&c, given, 0, given->units, got->side, (struct part){got->from, got->from + got->units}, err);
    }
    for (uint32_t k = 0, got_at = 0; k < c.shares; k++) {
        struct line got = line_at(&s->got, got_at);
        struct place place = {0};
        c.share = k;
        for (uint32_t j = 0, given_at = 0; j < given_lines; j++) {
            struct line given = line_at(&s->given, given_at);
            TRY(link_lines(&c, &given, &got, part_of(got.units, j, j + 1, given_lines), &place, err));
            given_at += given.count;
        }
        got_at += got.count;
    }
    return IMJIN_OK;
}
