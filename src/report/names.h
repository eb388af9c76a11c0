/* Inside the room: what accounts, assets and transactions are called, and the sums of a trace. */
#ifndef IMJIN_REPORT_NAMES_H
#define IMJIN_REPORT_NAMES_H

#include "report/standing.h"
#include "report/write.h"

struct account_name {
    char address[ADDRESS_PRINT_MAX];
    bool tagged; /* `tag` is set: the deciding tag, or without a role the one of highest confidence */
    bool has_role, conflict;
    struct tag tag; /* points into the label store */
};
enum imjin_status account_name(const struct report_input *in, struct account_id id, struct account_name *ret,
                               struct error *err);
/* "0x098b71...2f96" from the whole; opaque names above 18 signs likewise. */
enum { SHORT_ADDRESS_MAX = 24 };
void short_address(const char *address, char ret_short[SHORT_ADDRESS_MAX]);
/* The category's name for people ("mixing service"), or the tag's own words, or "". */
void add_category(struct text *t, const struct tag *tag);

struct asset_name {
    char full[ASSET_PRINT_MAX];  /* unique in the ledger */
    char brief[ASSET_PRINT_MAX]; /* symbol, or what there is */
    uint8_t decimals;
    struct ledger_asset asset;
};
enum imjin_status asset_name(const struct report_input *in, struct asset_id id, struct asset_name *ret, struct error *err);
/* Amount for people with the asset's short name, and exact with its whole name. */
void add_brief_amount(struct text *t, struct u256 units, const struct asset_name *asset);
void add_exact_amount(struct text *t, struct u256 units, const struct asset_name *asset);

struct tx_name {
    char id[TX_PRINT_MAX];
    struct ledger_tx tx;
};
enum imjin_status tx_name(const struct report_input *in, struct tx_id id, struct tx_name *ret, struct error *err);
enum { SHORT_TX_MAX = 24 };
void short_tx(const char *id, char ret_short[SHORT_TX_MAX]);

/* The sums of all thefts of one asset, suspected ones apart. */
struct asset_total {
    struct asset_id asset;
    bool suspected;
    uint8_t standing;
    bool folded; /* doubtful, and others are not: shown as a count only */
    uint64_t thefts;
    struct u256 stolen, held, stopped, fees, cut_off, stopped_by[STOP_REASONS];
    struct asset_name name;
};
struct totals {
    struct asset_total *items;    /* what was stolen first, then suspicions; each by asset id, or ranked */
    uint64_t count, stolen_count; /* stolen_count: those that are not suspected */
    uint64_t shown_count;         /* of the stolen ones, those that are not folded: the first */
    uint64_t folded_count;        /* items folded, suspected ones too */
    uint64_t folded_thefts;
    uint32_t *of_theft; /* index into items for each theft */
};
/* `ranked`: in the order of standing.h, with standing and folded set; otherwise by asset id, and nothing is folded. */
enum imjin_status totals_make(const struct report_input *in, bool ranked, struct arena *a, struct totals *ret,
                              struct error *err);

/* What a stop is called in sentences ("exchange or other service"), and what can be asked there. */
const char *stop_title(enum stop_reason r);
const char *stop_request(enum stop_reason r);
static inline bool stop_is_cut(unsigned r) { return r >= STOP_HORIZON && r < STOP_REASONS; }
static inline bool stop_is_end(unsigned r) { return r > STOP_NONE && r < STOP_HORIZON; }

/* Positions in result->accounts by account id. */
struct account_index {
    uint64_t *keys; /* id in the upper half, position in the lower, ascending */
    uint64_t count;
};
enum imjin_status account_index_make(const struct trace_result *r, struct arena *a, struct account_index *ret,
                                     struct error *err);
uint32_t account_position(const struct account_index *index, struct account_id id); /* ID_NONE: not reached */

#endif
