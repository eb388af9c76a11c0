/* Inside the room: the flow picture as a small graph: accounts in columns by distance from the theft, stops in the last column,
 * small ones folded, and where each box and line lies. Every number is an integer; nothing depends on addresses in memory. */
#ifndef IMJIN_REPORT_FLOW_H
#define IMJIN_REPORT_FLOW_H

#include "report/names.h"

enum {
    FLOW_ASSETS = 3,      /* assets whose amounts a box shows, in the order of standing.h */
    FLOW_LINES_MAX = 6,   /* lines of text in a box */
    FLOW_WHOLE_BITS = 40, /* weights are shares of what was stolen of an asset, of 2^40 */
};

/* An account, several folded into one box, or (dummy) a place where a long line passes a column. */
struct flow_node {
    struct account_id account; /* the heaviest of those in the box */
    uint32_t accounts;         /* 0: dummy */
    bool is_source, is_chain;  /* chain: accounts in a row, each with one giver and one getter */
    uint8_t stop;
    bool resting;              /* holds a good part of what came in */
    struct account_id service; /* of a deposit address, ID_NONE: none */
    uint32_t layer;
    uint64_t weight, weight_held; /* of what came in, and of what lies there */
    struct u256 in[FLOW_ASSETS], held[FLOW_ASSETS];
    int32_t x, y, height;
    uint32_t target; /* dummy: the box its bundle goes to */
};
struct flow_link {
    uint32_t from, to; /* boxes */
    uint64_t weight, edges;
    struct u256 claim[FLOW_ASSETS];
    bool backward, sideways; /* to an earlier or to the same column */
};
/* A drawn piece between neighbouring columns: left to right, whatever way the money went. */
struct flow_piece {
    uint32_t left, right;
    uint64_t weight;
    uint32_t link; /* the link it shows; ID_NONE: a bundle */
    bool backward;
    int32_t width, y_left, y_right; /* tenths of a unit */
};
struct flow {
    struct flow_node *nodes;
    struct flow_link *links;
    struct flow_piece *pieces;
    uint32_t node_count, box_count, link_count, piece_count; /* boxes are the first box_count nodes */
    uint32_t layer_count;
    uint32_t asset_count;
    int32_t width, height;
    uint64_t accounts_folded, folds;
    uint64_t links_hidden, weight_hidden; /* too small to draw */
    uint64_t edges_inside;                /* between accounts of one box */
    bool deeper;                          /* the last column but one holds several distances */
    uint32_t hops_last;                   /* the distance at which that begins */
    struct totals totals;
};
/* `a` owns everything in the flow. IMJIN_OK also for an empty trace (boxes of the sources only). */
enum imjin_status flow_make(const struct report_input *in, struct arena *a, struct flow *ret, struct error *err);
/* Text of a box, line by line; the first is its name. For drawing and for measuring its height. */
struct flow_label {
    struct text line[FLOW_LINES_MAX];
    unsigned count;
};
enum imjin_status flow_label_make(const struct report_input *in, const struct flow *f, const struct flow_node *n,
                                  struct flow_label *ret, struct error *err);
void flow_label_done(struct flow_label *l);
/* Sets x, y, heights, pieces. Heights of boxes are given by line counts. */
enum imjin_status flow_layout(struct flow *f, const unsigned *line_counts, struct arena *a, struct error *err);

enum { FLOW_BOX_WIDTH = 1840, FLOW_GAP_WIDTH = 800, FLOW_LINE_HEIGHT = 150, FLOW_TOP = 460, FLOW_LEFT = 100 }; /* tenths */

#endif
