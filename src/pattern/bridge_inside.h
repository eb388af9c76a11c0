/* Inside the room: the tables of data/bridges/, the store of records, and what strangers wrote into memos and calldata. */
#ifndef IMJIN_PATTERN_BRIDGE_INSIDE_H
#define IMJIN_PATTERN_BRIDGE_INSIDE_H

#include "codec/codec.h"
#include "pattern/bridge.h"

/* ---- tables ---- */

struct bridge_protocol {
    char name[BRIDGE_PROTOCOL_MAX + 1], numbering[BRIDGE_PROTOCOL_MAX + 1];
    uint32_t fee_ppm; /* the most it keeps back */
    int64_t window;   /* seconds within which nearly all are paid out; an identifier needs none */
    bool swaps;       /* may pay another asset than was put in */
    bool pays_often;  /* one deposit may be paid out in several withdrawals */
    bool ids_are_txs; /* a withdrawal's identifier is the hash of the deposit's transaction */
};
/* The protocol's row; for a name that has none, what holds for an unknown bridge. */
struct bridge_protocol bridge_protocol_find(struct span name);
/* What a protocol calls a chain: as it numbers them, else a chain's own name. False when there is none such. */
[[nodiscard]] bool bridge_chain_find(struct span numbering, struct span number, struct span *ret_name);
/* True when a row of any numbering names this chain. */
[[nodiscard]] bool bridge_chain_known(struct span name);
/* Assets of one class are the same money on different chains. */
struct bridge_asset {
    struct span name;  /* of the class */
    unsigned decimals; /* DECIMALS_UNKNOWN */
};
[[nodiscard]] bool bridge_asset_find(struct span chain, struct span asset, struct bridge_asset *ret);
/* "e" for "ETH.ETH"; the text itself when it is no short name. */
struct span bridge_short_name(struct span text);
/* The function of these four bytes; cells: protocol, side, signature, roles. False when none is known. */
struct bridge_function {
    struct span protocol, side, signature, roles;
};
[[nodiscard]] bool bridge_function_find(struct span protocol, const uint8_t selector[4], struct bridge_function *ret);
/* The same for an event by its name; `signature` is that name. */
[[nodiscard]] bool bridge_event_find(struct span protocol, struct span name, struct bridge_function *ret);
/* How often matches of a rung with so many rivals were right, in millionths. */
uint32_t bridge_confidence(unsigned rung, uint32_t rivals);
/* Cuts the text before `separator` off `rest`; false when nothing is left. */
[[nodiscard]] bool bridge_cut(struct span *rest, char separator, struct span *ret);

/* ---- what strangers wrote ---- */

/* Fills empty fields of `row` from its calldata and memo. New texts are put into `room`, which must live as long as the row is
 * used. Returns how many fields said nothing sound. */
struct bridge_room {
    char bytes[4096];
    unsigned used;
};
unsigned bridge_read_input(struct bridge_row *row, struct bridge_room *room);
/* Of a contract event (topics, data). A row that is none of a bridge's stays without a side. */
unsigned bridge_read_event(struct bridge_row *row, struct bridge_room *room);
/* Sets an empty field. */
void bridge_fill(struct bridge_row *row, enum bridge_field field, struct span value);
/* The field of a role in a table ("recipient"); BRIDGE_FIELDS: none. */
enum bridge_field bridge_field_of(struct span role);
/* "0x" and the digits of up to 32 bytes, in the room. */
struct span bridge_keep_hex(struct bridge_room *room, const uint8_t *bytes, unsigned count);
unsigned bridge_read_memo(struct bridge_row *row, struct bridge_room *room);
/* A copy in the room; bytes null when there is no more of it. */
struct span bridge_keep(struct bridge_room *room, const char *bytes, uint64_t count);
/* 1..max bytes of printable ASCII without space, comma, quote, backslash, '<', '>' and '&'. */
[[nodiscard]] bool bridge_plain(struct span text, uint64_t bytes_max);

/* ---- comparing ---- */

enum bridge_fit { BRIDGE_FIT_UNKNOWN, BRIDGE_FIT_YES, BRIDGE_FIT_NO };
/* What matching needs of a record beside itself. */
struct bridge_measure {
    u128 value;           /* scaled to 18 decimals where `scaled`, else base units */
    uint32_t class;       /* of the asset; 0: none given */
    uint32_t other_class; /* of the asset that a deposit names for the other side */
    bool scaled, known;   /* known: a row of data/bridges/assets.csv has the class */
    bool other_known;
};
struct bridge_matching {
    const struct bridge_store *store;
    const struct progress *progress;
    struct bridge_measure *measures;   /* one a record */
    struct bridge_protocol *protocols; /* of protocol_of[record] */
    uint32_t *protocol_of;
    uint32_t protocol_count;
    uint8_t *used;   /* a deposit that was paid out, a withdrawal that has its deposit */
    uint8_t *doubts; /* of withdrawals */
    struct buffer matches;
    unsigned rung_max;
};
enum imjin_status bridge_measure_all(struct bridge_matching *m, struct error *err);
static inline const struct bridge_record *bridge_record_of(const struct bridge_matching *m, uint32_t n) {
    return bridge_store_at(m->store, n);
}
static inline const struct bridge_protocol *bridge_protocol_of(const struct bridge_matching *m, uint32_t n) {
    return &m->protocols[m->protocol_of[n]];
}
/* One withdrawal held against one deposit. */
struct bridge_pair {
    uint64_t cost; /* how many strangers would come as close: what is lost times how long it took */
    uint32_t deposit, withdrawal, rivals, loss_ppm;
    uint8_t evidence;
};
enum bridge_fit bridge_asset_fit(const struct bridge_matching *m, uint32_t deposit, uint32_t withdrawal);
/* Sets ret_loss_ppm where amounts can be compared. BRIDGE_FIT_NO: more than was put in, or less than the fee explains;
 * *ret_more tells which. */
enum bridge_fit bridge_amount_fit(const struct bridge_matching *m, uint32_t deposit, uint32_t withdrawal,
                                  uint32_t *ret_loss_ppm, bool *ret_more);
enum bridge_fit bridge_chain_fit(const struct bridge_matching *m, uint32_t deposit, uint32_t withdrawal);
/* Takes pairs in the order of their cost, each deposit and withdrawal once (unless the protocol pays often). Sorts `pairs`. */
enum imjin_status bridge_take(struct bridge_matching *m, struct bridge_pair *pairs, uint64_t count, unsigned rung,
                              struct error *err);
/* Learns from pairs by identifier which asset stands for which, drops pairs that break with it, marks the rest. */
enum imjin_status bridge_learn_assets(struct bridge_matching *m, struct bridge_pair *pairs, uint64_t *count, struct error *err);
/* Rung 1, and rungs 2 to 4. */
enum imjin_status bridge_match_ids(struct bridge_matching *m, struct error *err);
enum imjin_status bridge_match_rest(struct bridge_matching *m, unsigned rung, struct error *err);

/* ---- the store ---- */

enum { BRIDGE_CHAIN_MEMOS = 8 /* a few chains on each side */ };
struct bridge_store {
    struct buffer records;
    struct text texts; /* one after the other, each with its NUL */
    uint32_t *slots;   /* open-addressed: place in texts + 1; 0: free */
    uint64_t slot_count, text_count;
    uint64_t passed_over, left_out;
    /* the last protocol and the last chains read: files come in runs */
    uint32_t last_protocol;
    struct bridge_protocol protocol;
    struct bridge_chain_memo {
        uint32_t protocol, number; /* ID_NONE: of the record itself; the text it was read as */
        bool no_such_chain, used;
        char text[CHAIN_NAME_MAX];
    } memos[BRIDGE_CHAIN_MEMOS];
    unsigned next_memo;
};
enum imjin_status bridge_text_number(struct bridge_store *s, struct span text, uint32_t *ret, struct error *err);
/* The file of a store: CSV, one row a record, in order. */
#define BRIDGE_FILE "records.csv"
#define BRIDGE_LOCK "lock"
extern const char *const bridge_field_names[BRIDGE_FIELDS];
enum imjin_status bridge_store_write(const struct bridge_store *s, const char *path, struct error *err);

#endif
