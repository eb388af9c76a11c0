/* Inside the room: in which order assets stand, and what is shown when not all fits.
 *
 * Amounts of different assets cannot be compared without prices, and shares of each asset say nothing of worth: one of one spam
 * token is 100 %. So: inside one stolen asset claims decide; between assets the native coin stands first, then tokens whose
 * contract carries a label, then the rest by use, then single items; tokens whose name is bait or imitates a coin or a labelled
 * token come last and are folded behind a count. What a request names by itself is never folded. All of this orders what people
 * are shown; it changes no figure, and CSV and JSON have everything. */
#ifndef IMJIN_REPORT_STANDING_H
#define IMJIN_REPORT_STANDING_H

#include "report/report.h"

enum standing { STANDING_NATIVE, STANDING_KNOWN, STANDING_PLAIN, STANDING_ITEM, STANDING_DOUBTFUL, STANDINGS };
const char *standing_name(enum standing s); /* "native", ...: part of the JSON schema */

struct ranked_asset {
    uint32_t asset;
    uint32_t rank; /* 0: the first */
    uint64_t use;  /* accounts that gave it away, of the first REPORT_USE_HOLDINGS holdings of the compiled ledger */
    uint8_t standing;
};
struct ranking {
    struct ranked_asset *items; /* by asset id */
    uint64_t count;
};
/* Ranks the assets in `ids` (any order, repeated as they come; sorted in place). `by_use`: also count use, which reads the
 * compiled ledger; without it equals stand by asset id. `a` owns the result. */
enum imjin_status ranking_make(const struct report_input *in, uint32_t *ids, uint64_t count, bool by_use, struct arena *a,
                               struct ranking *ret, struct error *err);
const struct ranked_asset *ranking_of(const struct ranking *r, struct asset_id asset); /* one of those ranked */

/* Judges one token after the other, and remembers. `a` owns what it remembers; `in` must stay. */
struct doubts {
    const struct report_input *in;
    struct name_looks *looks;
    uint8_t *judged; /* a byte an asset of the ledger: 0 not yet */
};
enum imjin_status doubts_make(const struct report_input *in, struct arena *a, struct doubts *ret, struct error *err);
struct pattern_doubt doubts_ask(struct doubts *d);

/* What a list of at most `assets_max` assets shows: those whose rank is below `ranks`. Doubtful ones only when there are no
 * others. */
struct shown_assets {
    uint32_t ranks;
    uint64_t others, doubtful; /* left out */
};
struct shown_assets ranking_shown(const struct ranking *r, uint64_t assets_max);

/* One of many rows, of which some are shown. */
struct candidate {
    uint32_t rank;   /* of its asset */
    uint64_t weight; /* inside the asset: more is first */
    uint64_t at;     /* the caller's; decides between equals */
};
/* Sorts by rank, weight down, at, and moves those to show to the front, in this order; returns how many. Where not all fit, the
 * first assets (at most half as many as there are rows) take rows in turn, so that neither one asset takes all of them nor each
 * asset only one; what they leave goes to the next. */
uint64_t choose(struct candidate *items, uint64_t count, uint64_t rows_max);

#endif
