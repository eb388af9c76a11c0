/* The rows of data/bridges/, compiled in. */
#include "pattern/bridge_inside.h"

static const char protocols[] =
#include "pattern/bridge_protocols.inc"
    ;
static const char chains[] =
#include "pattern/bridge_chains.inc"
    ;
static const char assets[] =
#include "pattern/bridge_assets.inc"
    ;
static const char functions[] =
#include "pattern/bridge_functions.inc"
    ;
static const char events[] =
#include "pattern/bridge_events.inc"
    ;
static const char short_names[] =
#include "pattern/bridge_thorchain.inc"
    ;
static const char confidences[] =
#include "pattern/bridge_confidence.inc"
    ;

bool bridge_cut(struct span *rest, char separator, struct span *ret) {
    if (rest->bytes == NULL)
        return false;
    const char *end = rest->count ? memchr(rest->bytes, separator, rest->count) : NULL;
    *ret = (struct span){rest->bytes, end ? (uint64_t)(end - rest->bytes) : rest->count};
    *rest = end ? (struct span){end + 1, rest->count - ret->count - 1} : (struct span){0};
    return true;
}

enum { CELLS_MAX = 7 };
struct reading {
    struct span rest, cells[CELLS_MAX];
};

static struct reading rows_of(const char *table) {
    struct reading r = {.rest = span_of(table)};
    struct span heading;
    INVARIANT(bridge_cut(&r.rest, '\n', &heading));
    return r;
}

/* The next row. A cell in quotes may hold commas; our own tables have no doubled quotes. */
static bool next_row(struct reading *r) {
    struct span line;
    if (!bridge_cut(&r->rest, '\n', &line) || line.count == 0)
        return false;
    for (unsigned i = 0; i < CELLS_MAX; i++) {
        r->cells[i] = (struct span){0};
        if (line.count && line.bytes[0] == '"') {
            line = (struct span){line.bytes + 1, line.count - 1};
            INVARIANT(bridge_cut(&line, '"', &r->cells[i]));
            struct span nothing;
            (void)bridge_cut(&line, ',', &nothing);
        } else if (!bridge_cut(&line, ',', &r->cells[i])) {
            break;
        }
    }
    return true;
}

static uint64_t number_of(struct span s) {
    uint64_t n = 0;
    INVARIANT(u64_parse(s.bytes, s.count, &n));
    return n;
}

struct bridge_protocol bridge_protocol_find(struct span name) {
    /* An unknown bridge: EIP-155 numbers; 3 % and a day are the loosest of the common bridges (docs/bridges.md). */
    struct bridge_protocol p = {.numbering = "eip155", .fee_ppm = 30000, .window = 86400};
    for (struct reading r = rows_of(protocols); next_row(&r);)
        if (span_equal(r.cells[0], name)) {
            memset(p.numbering, 0, sizeof p.numbering);
            memcpy(p.numbering, r.cells[1].bytes, r.cells[1].count);
            p.fee_ppm = (uint32_t)number_of(r.cells[2]) * 1000;
            p.window = (int64_t)number_of(r.cells[3]);
            p.swaps = span_is(r.cells[4], "1");
            p.pays_often = span_is(r.cells[5], "1");
            p.ids_are_txs = span_is(r.cells[6], "tx");
        }
    if (name.count && name.count < sizeof p.name)
        memcpy(p.name, name.bytes, name.count);
    return p;
}

bool bridge_chain_known(struct span name) {
    for (struct reading r = rows_of(chains); next_row(&r);)
        if (span_equal(r.cells[2], name))
            return true;
    return false;
}

bool bridge_chain_find(struct span numbering, struct span number, struct span *ret_name) {
    for (struct reading r = rows_of(chains); next_row(&r);)
        if (span_equal(r.cells[0], numbering) && span_equal(r.cells[1], number)) {
            *ret_name = r.cells[2];
            return true;
        }
    return false;
}

bool bridge_asset_find(struct span chain, struct span asset, struct bridge_asset *ret) {
    for (struct reading r = rows_of(assets); next_row(&r);)
        if (span_equal(r.cells[1], asset) && span_equal(r.cells[0], chain)) {
            *ret = (struct bridge_asset){r.cells[2], r.cells[3].count ? (unsigned)number_of(r.cells[3]) : DECIMALS_UNKNOWN};
            return true;
        }
    return false;
}

struct span bridge_short_name(struct span text) {
    char lower = text.count == 1 ? (char)(text.bytes[0] | 0x20) : 0;
    for (struct reading r = rows_of(short_names); lower && next_row(&r);)
        if (r.cells[0].bytes[0] == lower)
            return r.cells[1];
    return text;
}

bool bridge_function_find(struct span protocol, const uint8_t selector[4], struct bridge_function *ret) {
    for (struct reading r = rows_of(functions); next_row(&r);) {
        uint8_t digest[KECCAK256_BYTES];
        if (protocol.count && !span_equal(protocol, r.cells[0]))
            continue;
        keccak256(r.cells[2].bytes, r.cells[2].count, digest);
        if (memcmp(digest, selector, 4) == 0) {
            *ret = (struct bridge_function){r.cells[0], r.cells[1], r.cells[2], r.cells[3]};
            return true;
        }
    }
    return false;
}

bool bridge_event_find(struct span protocol, struct span name, struct bridge_function *ret) {
    for (struct reading r = rows_of(events); next_row(&r);)
        if (span_equal(r.cells[2], name) && span_equal(r.cells[0], protocol)) {
            *ret = (struct bridge_function){r.cells[0], r.cells[1], r.cells[2], r.cells[3]};
            return true;
        }
    return false;
}

uint32_t bridge_confidence(unsigned rung, uint32_t rivals) {
    uint64_t right = 0, cases = 0;
    for (struct reading r = rows_of(confidences); next_row(&r);)
        if (number_of(r.cells[0]) == rung && number_of(r.cells[1]) <= rivals) {
            right = number_of(r.cells[2]);
            cases = number_of(r.cells[3]);
        }
    return (uint32_t)((right + 1) * 1000000 / (cases + 2)); /* rule of succession: never quite sure */
}
