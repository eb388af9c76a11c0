/* Settling without a disk: what the rest of the room, its tests and the compiler of the ledger use. */
#ifndef IMJIN_SETTLE_CORE_H
#define IMJIN_SETTLE_CORE_H

#include "settle/settle.h"

/* What settling must know of each asset, by asset id. */
enum { FACT_NATIVE = 1, FACT_UNTRACEABLE = 2 };
struct asset_facts {
    uint32_t *issuers; /* account, ID_NONE: none */
    uint8_t *flags;
    uint32_t count;
    u128 *sums; /* all units that moved, of what is traceable; null: not added up */
};
/* Without sums: every asset counts as traceable. Free with settle_asset_facts_done. */
enum imjin_status settle_asset_facts_init(struct asset_facts *ret, const struct ledger *l, struct error *err);
/* Adds up the movements from number `from` on and flags the assets that become untraceable. */
enum imjin_status settle_asset_facts_add(struct asset_facts *f, const struct ledger *l, uint64_t from, const struct progress *p,
                                         struct error *err);
void settle_asset_facts_done(struct asset_facts *f);

/* As settler_new, with facts that the caller keeps alive. */
enum imjin_status settler_new_facts(struct settler **ret, const struct asset_facts *facts, uint32_t rules, struct error *err);
/* As settle_tx, for the movements of one transaction in memory; `first` is the ledger's number of the first of them. */
enum imjin_status settle_movements(struct settler *s, const struct movement *movements, uint64_t first, uint32_t count,
                                   struct settled *ret, struct error *err);

/* ---- between the files of settling ---- */

/* Numbers keys by first appearance; emptied in constant time. */
struct id_slot {
    uint64_t key;
    uint32_t number, epoch;
};
struct id_map {
    struct id_slot *slots;
    uint32_t mask, epoch, count;
};
enum imjin_status settle_id_map_clear(struct id_map *m, uint64_t keys_max, struct error *err);
/* The number of `key`, new or old; at most the keys_max of the last clear. */
uint32_t settle_id_map_number(struct id_map *m, uint64_t key);
void settle_id_map_done(struct id_map *m);

enum node_kind { NODE_ACCOUNT, NODE_SOURCE /* minter, or FEES giving */, NODE_BURNER, NODE_FEE /* payer of fees */ };

/* An account with one asset; pieces hang on it in two lists. */
struct node {
    u128 sent, got;
    uint32_t account, asset;       /* ids of the ledger */
    uint32_t account_no, asset_no; /* by first appearance in the transaction */
    uint32_t out_first, out_last, in_first, in_last, degree;
    uint32_t side;                /* index of its draw or gain, ID_NONE: neither */
    uint32_t last_in;             /* number of the last movement into it */
    uint32_t walk_at, walk_place; /* taking circulations out */
    uint8_t kind;
};
/* A stretch on its way from one node to another: first a movement, in the end a flow. */
struct piece {
    u128 units, gain_from;
    uint32_t from, to, movement;
    uint32_t out_before, out_after, in_before, in_after;
    bool done;
};
/* Units [draw_from, + units) of a draw arrived as [gain_from, + units) of a gain. */
enum flow_class { FLOW_PLAIN, FLOW_DISPLACED, FLOW_VACANT, FLOW_INNER };
struct flow {
    u128 draw_from, gain_from, units;
    uint32_t draw, gain, movement;
    uint8_t class;
};
/* What is known of a draw or gain beside settle_side. */
struct side_note {
    uint32_t node;
    uint32_t owner; /* account number for roles, ID_NONE: has none (fees, VOID of the native coin) */
    uint32_t asset_no;
    bool fee, minted, burnt, bodiless /* minter's draw, burner's gain */;
};
/* Stretch of a side, for spreading several over several. */
struct stretch {
    u128 from, units;
    uint32_t side, asset_no;
};
struct owner {
    uint8_t role; /* ROLE_ bits */
    bool displaced_in, vacant_out, inner_out;
    bool got_minted; /* some gain of its own holdings is minted */
};
enum { ROLE_GIVES = 1, ROLE_GETS = 2, ROLE_EXCHANGES = 3, ROLE_BOTH_PLAIN = 4 /* an exchanger whose rule is off */ };

struct settler {
    const struct asset_facts *facts;
    struct asset_facts own_facts;
    const struct ledger *ledger;
    uint32_t rules;
    bool untraceable;
    uint32_t movement_count; /* that take part */
    uint32_t spare_piece;    /* list of pieces that are used up */
    struct id_map accounts, assets, nodes_by_key;
    struct buffer nodes, pieces, order, heap, walk, asset_notes;
    struct buffer draws, gains, draw_notes, gain_notes;
    struct buffer flows, flows_by_gain, gain_starts, owners;
    struct buffer given, got, links, owned, displaced, vacant, exchanged; /* uint8_t: assets that an exchanger got */
};

enum { SMALL_SORT = 24 }; /* so many are sorted by insertion */

/* Appends to a buffer of that type, in line: this is done a dozen times a transaction. */
#define APPEND(type, buffer, value, err)                                                                                       \
    do {                                                                                                                       \
        if ((buffer).count == (buffer).room) {                                                                                 \
            TRY(buffer_reserve(&(buffer), 1, (err)));                                                                          \
            INVARIANT((buffer).items != NULL);                                                                                 \
        }                                                                                                                      \
        ((type *)(buffer).items)[(buffer).count++] = (value);                                                                  \
    } while (0)
/* Items of a buffer as an array. */
#define ITEMS(type, buffer) ((type *)(buffer).items)

void settle_sort_keys(u128 *keys, uint64_t count);
/* Nodes and pieces from movements; then draws and gains. */
enum imjin_status settle_gather(struct settler *s, const struct movement *movements, uint64_t first, uint32_t count,
                                struct error *err);
enum imjin_status settle_make_sides(struct settler *s, struct error *err);
enum imjin_status settle_route_flows(struct settler *s, struct error *err);
enum imjin_status settle_link_flows(struct settler *s, struct error *err);
/* Links each given stretch to the got ones (docs/tracing.md 3.8); both by side, then position. rule < 0: by the sides. */
enum imjin_status settle_spread(struct settler *s, int rule, struct error *err);
enum settle_rule settle_own_rule(const struct settler *s, uint32_t draw, uint32_t gain);
/* The number of the movement that delivered unit `at` of the gain. */
uint32_t settle_delivered_by(const struct settler *s, uint32_t gain, u128 at);
enum imjin_status settle_add_link(struct settler *s, const struct settle_link *link, struct error *err);

#endif
