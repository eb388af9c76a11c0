/* Deposits to and withdrawals from the ETH pools of Tornado Cash, as events of the pools: tab-separated, one D or W row a note.
 */
#include "ingest/reader.h"

enum { P_KIND, P_POOL, P_BLOCK, P_TIME, P_HASH, P_LEAF, P_TO, P_FEE };
static const struct column columns[] = {
    [P_KIND] = {{"kind"}, true},   [P_POOL] = {{"pool_eth"}, true}, [P_BLOCK] = {{"block"}, true},
    [P_TIME] = {{"utc_ts"}, true}, [P_HASH] = {{"tx_hash"}, true},  [P_LEAF] = {{"leaf_index"}, true},
    [P_TO] = {{"to"}, true},       [P_FEE] = {{"fee_wei"}, true},
};

#define GWEI ((uint64_t)1000000000)

/* Contracts on Ethereum mainnet. Source: the deployment configuration that Tornado Cash published (tornado-classic-ui, MIT),
 * and OFAC's listing of 8 August 2022, which names the same four. */
static const struct ingest_pool pools[] = {
    {"0.1",
     {0x12, 0xd6, 0x6f, 0x87, 0xa0, 0x4a, 0x9e, 0x22, 0x07, 0x43, 0x71, 0x2c, 0xe6, 0xd9, 0xbb, 0x1b, 0x56, 0x16, 0xb8, 0xfc},
     GWEI / 10},
    {"1",
     {0x47, 0xce, 0x0c, 0x6e, 0xd5, 0xb0, 0xce, 0x3d, 0x3a, 0x51, 0xfd, 0xb1, 0xc5, 0x2d, 0xc6, 0x6a, 0x7c, 0x3c, 0x29, 0x36},
     GWEI},
    {"10",
     {0x91, 0x0c, 0xbd, 0x52, 0x3d, 0x97, 0x2e, 0xb0, 0xa6, 0xf4, 0xca, 0xe4, 0x61, 0x8a, 0xd6, 0x26, 0x22, 0xb3, 0x9d, 0xbf},
     10 * GWEI},
    {"100",
     {0xa1, 0x60, 0xcd, 0xab, 0x22, 0x56, 0x85, 0xda, 0x1d, 0x56, 0xaa, 0x34, 0x2a, 0xd8, 0x84, 0x1c, 0x3b, 0x53, 0xf2, 0x91},
     100 * GWEI},
};

const struct ingest_pool *ingest_pool_find(struct span name) {
    for (unsigned i = 0; i < sizeof pools / sizeof *pools; i++)
        if (span_is(name, pools[i].name))
            return &pools[i];
    return NULL;
}

static enum imjin_status convert_deposit(struct reading *r, const struct address *pool, u128 units, struct error *err) {
    struct address depositor;
    TRY(read_u32(r, P_LEAF, &r->base.position, err));
    TRY(read_time(r, P_TIME, &r->base.time, err));
    role_address(r, &depositor, "depositor");
    return emit_native(r, MOVEMENT_INTERNAL, &depositor, pool, u256_from_u128(units), err);
}

static enum imjin_status convert_withdrawal(struct reading *r, const struct address *pool, u128 units, struct error *err) {
    struct address to, relayer;
    struct u256 fee, paid;
    TRY(read_time(r, P_TIME, &r->base.time, err));
    if (!given(r, P_TO))
        return bad_field(r, P_TO, err, "is empty in a withdrawal");
    TRY(read_address(r, P_TO, &to, err));
    TRY(read_units(r, P_FEE, &fee, err));
    if (!u256_sub(u256_from_u128(units), fee, &paid))
        return bad_field(r, P_FEE, err, "is more than the note itself");
    TRY(emit_native(r, MOVEMENT_INTERNAL, pool, &to, paid, err));
    if (is_zero(fee))
        return IMJIN_OK;
    role_address(r, &relayer, "relayer");
    return emit_native(r, MOVEMENT_INTERNAL, pool, &relayer, fee, err);
}

static enum imjin_status convert(struct reading *r, struct error *err) {
    const struct ingest_pool *known = ingest_pool_find(r->fields[P_POOL]);
    if (known == NULL)
        return bad_field(r, P_POOL, err, "is not one of the ETH pools (0.1, 1, 10 or 100)");
    struct address pool = {.form = ADDRESS_EVM, .count = sizeof pool.evm};
    memcpy(pool.evm, known->address, sizeof pool.evm);
    u128 units = (u128)known->units_gwei * GWEI;
    r->base.tx_form = TX_HASH;
    TRY(read_hash(r, P_HASH, r->base.tx_hash, err));
    TRY(read_u32(r, P_BLOCK, &r->base.block, err));
    if (span_is(r->fields[P_KIND], "D"))
        return convert_deposit(r, &pool, units, err);
    if (span_is(r->fields[P_KIND], "W"))
        return convert_withdrawal(r, &pool, units, err);
    return bad_field(r, P_KIND, err, "is neither D (deposit) nor W (withdrawal)");
}

const struct format format_tornado_events = {
    .about = {"tornado-events", "deposits and withdrawals of Tornado Cash's ETH pools, tab-separated"},
    .columns = columns,
    .column_count = sizeof columns / sizeof *columns,
    .remark = "depositors and relayers are not in the events: each stands as depositor:<tx> or relayer:<tx>",
    .section = -1,
    .convert = convert,
};
