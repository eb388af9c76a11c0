/* Inside the room: the parts of the HTML report. Each section appends itself; the order is in html.c. */
#ifndef IMJIN_REPORT_HTML_H
#define IMJIN_REPORT_HTML_H

#include "report/places.h"
#include "report/svg.h"

struct page {
    struct text *t;
    const struct report_input *in;
    struct arena arena;
    struct totals totals;
    struct places places;
    struct gaps gaps;
    struct flow flow;
};

enum imjin_status page_stops(struct page *p, struct error *err);
enum imjin_status page_resting(struct page *p, struct error *err);
/* What crossed bridges; nothing where nothing did. */
enum imjin_status page_crossings(struct page *p, struct error *err);
/* Where notes that stopped at a mixer may have come out; nothing where that was not looked for. */
enum imjin_status page_exits(struct page *p, struct error *err);
enum imjin_status page_gaps(struct page *p, struct error *err);
enum imjin_status page_evidence(struct page *p, struct error *err);
void page_method(struct page *p);

/* A cell of a table with an amount for reading and the exact one behind it. `tag` is "td". */
void page_amount(struct page *p, const char *tag, struct u256 units, const struct asset_name *asset);
/* The amount in running text. */
void page_inline_amount(struct page *p, struct u256 units, const struct asset_name *asset);
/* The whole address and, in front, the label. */
enum imjin_status page_account(struct page *p, struct account_id id, struct error *err);
void page_time(struct page *p, int64_t time);
void page_code(struct page *p, const char *text); /* <code>, escaped */

#endif
