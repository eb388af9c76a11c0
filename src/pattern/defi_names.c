/* Names, what witnesses add, what labels add. */
#include <stdlib.h>

#include "pattern/defi_inside.h"

static const char *const kind_names[DEFI_KINDS] = {
    [DEFI_CALL] = "call",
    [DEFI_TRANSFER] = "transfer",
    [DEFI_PAYOUT] = "payout",
    [DEFI_MINT] = "mint",
    [DEFI_BURN] = "burn",
    [DEFI_SWAP] = "swap",
    [DEFI_WRAP] = "wrap",
    [DEFI_UNWRAP] = "unwrap",
    [DEFI_DEPOSIT] = "deposit",
    [DEFI_REDEEM] = "redeem",
    [DEFI_ADD_LIQUIDITY] = "add-liquidity",
    [DEFI_REMOVE_LIQUIDITY] = "remove-liquidity",
    [DEFI_LEND] = "lend",
    [DEFI_WITHDRAW] = "withdraw",
    [DEFI_BORROW] = "borrow",
    [DEFI_REPAY] = "repay",
    [DEFI_STAKE] = "stake",
    [DEFI_UNSTAKE] = "unstake",
    [DEFI_NFT_PURCHASE] = "nft-purchase",
    [DEFI_NFT_SALE] = "nft-sale",
    [DEFI_FLASH_LOAN] = "flash-loan",
    [DEFI_AIRDROP] = "airdrop",
    [DEFI_FEE_TOKEN] = "fee-token",
    [DEFI_SETTLEMENT] = "settlement",
    [DEFI_BRIDGE_DEPOSIT] = "bridge-deposit",
    [DEFI_BRIDGE_WITHDRAWAL] = "bridge-withdrawal",
    [DEFI_MIXER_DEPOSIT] = "mixer-deposit",
    [DEFI_MIXER_WITHDRAWAL] = "mixer-withdrawal",
};
static const char *const trait_names[DEFI_TRAITS] = {"pool", "split", "hops", "to-other", "several", "one-sided", "collected"};

const char *defi_kind_name(enum defi_kind kind) { return (unsigned)kind < DEFI_KINDS ? kind_names[kind] : "call"; }
const char *defi_trait_name(unsigned number) { return number < DEFI_TRAITS ? trait_names[number] : ""; }

enum defi_technique defi_technique_of(enum defi_kind kind) {
    switch (kind) {
    case DEFI_SWAP:
    case DEFI_SETTLEMENT:
        return DEFI_TECHNIQUE_SWAPS;
    case DEFI_BRIDGE_DEPOSIT:
    case DEFI_BRIDGE_WITHDRAWAL:
        return DEFI_TECHNIQUE_BRIDGES;
    case DEFI_MIXER_DEPOSIT:
    case DEFI_MIXER_WITHDRAWAL:
        return DEFI_TECHNIQUE_MIXERS;
    case DEFI_ADD_LIQUIDITY:
    case DEFI_REMOVE_LIQUIDITY:
        return DEFI_TECHNIQUE_POOLS;
    default:
        return DEFI_TECHNIQUE_NONE;
    }
}

const char *defi_technique_name(enum defi_technique t) {
    static const char *const names[] = {"", "swaps", "bridges", "mixers", "liquidity pools"};
    return (unsigned)t < sizeof names / sizeof *names ? names[t] : "";
}

/* ---- witnesses ---- */

enum {
    PLAIN = 1 << DEFI_TRANSFER,
    IN = 1 << DEFI_DEPOSIT,
    OUT = 1 << DEFI_REDEEM,
    TRADE = 1 << DEFI_SWAP,
};

/* What a meaning calls a transaction, and which names by shape it may take the place of: those that the same doing has when a
 * part of it is not in the data, or that leave open what this one says. */
static const struct {
    uint8_t kind;
    uint32_t from;
} heard[ABI_MEANINGS] = {
    [ABI_WRAP] = {DEFI_WRAP, PLAIN | IN | 1 << DEFI_MINT},
    [ABI_UNWRAP] = {DEFI_UNWRAP, OUT | 1 << DEFI_BURN},
    [ABI_WRAP_SHARE] = {DEFI_DEPOSIT, TRADE},
    [ABI_UNWRAP_SHARE] = {DEFI_REDEEM, TRADE},
    [ABI_MINT] = {DEFI_MINT, 0},
    [ABI_SWAP] = {DEFI_SWAP, PLAIN | IN | OUT | 1 << DEFI_REMOVE_LIQUIDITY},
    [ABI_ADD_LIQUIDITY] = {DEFI_ADD_LIQUIDITY, PLAIN | IN | TRADE | 1 << DEFI_NFT_PURCHASE},
    [ABI_REMOVE_LIQUIDITY] = {DEFI_REMOVE_LIQUIDITY, PLAIN | OUT | TRADE},
    [ABI_VAULT_DEPOSIT] = {DEFI_DEPOSIT, TRADE},
    [ABI_VAULT_WITHDRAWAL] = {DEFI_REDEEM, TRADE},
    [ABI_LEND] = {DEFI_LEND, IN | TRADE},
    [ABI_WITHDRAW] = {DEFI_WITHDRAW, OUT | TRADE | PLAIN},
    [ABI_BORROW] = {DEFI_BORROW, PLAIN | 1 << DEFI_MINT | TRADE},
    [ABI_REPAY] = {DEFI_REPAY, PLAIN | 1 << DEFI_BURN | TRADE},
    [ABI_STAKE] = {DEFI_STAKE, PLAIN | IN | TRADE},
    [ABI_UNSTAKE] = {DEFI_UNSTAKE, PLAIN | OUT | TRADE},
    [ABI_NFT_TRADE] = {DEFI_NFT_PURCHASE, PLAIN},
    [ABI_FLASH_LOAN] = {DEFI_FLASH_LOAN, 0},
    [ABI_AIRDROP] = {DEFI_AIRDROP, PLAIN | 1 << DEFI_MINT},
    [ABI_PAYOUT] = {DEFI_PAYOUT, PLAIN},
    [ABI_SETTLEMENT] = {DEFI_SETTLEMENT, 0},
    [ABI_BRIDGE_DEPOSIT] = {DEFI_BRIDGE_DEPOSIT, PLAIN | 1 << DEFI_BURN},
    [ABI_BRIDGE_WITHDRAWAL] = {DEFI_BRIDGE_WITHDRAWAL, PLAIN | 1 << DEFI_MINT},
    [ABI_MIXER_DEPOSIT] = {DEFI_MIXER_DEPOSIT, PLAIN},
    [ABI_MIXER_WITHDRAWAL] = {DEFI_MIXER_WITHDRAWAL, PLAIN | 1 << DEFI_PAYOUT},
};

static struct defi_finding *hears(struct defi_view *v, unsigned meaning) {
    struct defi_result *r = v->result;
    struct defi_finding *f = defi_finding_of(r, heard[meaning].kind);
    if (f || meaning == ABI_NOTHING)
        return f;
    for (uint32_t i = 0; i < r->count; i++)
        if (heard[meaning].from >> r->items[i].kind & 1)
            return r->items + i;
    return NULL;
}

/* What a hostile transaction may cost: so many witnesses are heard, each is held against so many flows. */
enum { WITNESSES_HEARD_MAX = 1024, FLOWS_NEAR_MAX = 512 };

/* The witness's contract gave to or got from whom the finding is about, or is the contract of what moved there. */
static bool is_near(const struct defi_view *v, const struct abi_witness *w, uint32_t who) {
    struct address contract = {.form = ADDRESS_EVM};
    struct account_id id;
    memcpy(contract.evm, w->contract, sizeof contract.evm);
    if (ledger_account_find(v->in->ledger, &contract, &id, NULL) != IMJIN_OK)
        return false;
    for (uint64_t i = 0; i < v->flow_count && i < FLOWS_NEAR_MAX; i++) {
        const struct defi_flow *f = v->flows + i;
        uint32_t issuer = ID_NONE;
        bool item, about = who == ID_NONE || f->from == who || f->to == who;
        if (about && (f->from == id.n || f->to == id.n))
            return true;
        if (about && defi_issuer(v, f->asset, &issuer, &item, NULL) == IMJIN_OK && issuer == id.n)
            return true;
    }
    return false;
}

static bool only_one_side(enum defi_kind kind, unsigned was) {
    return was == DEFI_TRANSFER && (kind == DEFI_SWAP || kind == DEFI_NFT_PURCHASE || kind == DEFI_NFT_SALE ||
                                    kind == DEFI_ADD_LIQUIDITY || kind == DEFI_REMOVE_LIQUIDITY || kind == DEFI_WRAP ||
                                    kind == DEFI_STAKE || kind == DEFI_UNSTAKE || kind == DEFI_WITHDRAW);
}

static void hear(struct defi_view *v, uint32_t number) {
    const struct abi_witness *w = v->in->witnesses + number;
    unsigned meaning = w->signature->meaning;
    struct defi_finding *f = hears(v, meaning);
    if (f == NULL || (!w->call && !is_near(v, w, f->who.n)))
        return;
    enum defi_kind kind = heard[meaning].kind;
    if (meaning == ABI_NFT_TRADE && (f->traits & DEFI_TRAIT_COLLECTED) != 0)
        kind = DEFI_NFT_SALE; /* who sent it was paid */
    if (f->kind != kind) {
        f->traits &= kind == DEFI_SWAP ? 0xff : (uint8_t)~DEFI_TRAIT_COLLECTED;
        f->traits |= only_one_side(kind, f->kind) ? DEFI_TRAIT_ONE_SIDED : 0;
        f->kind = (uint8_t)kind;
    }
    f->evidence |= w->call ? DEFI_BY_CALL : DEFI_BY_EVENT;
    f->witness = f->witness == ID_NONE ? number : f->witness;
}

/* Calls first: they say what the sender wanted, events also what happened inside. */
void defi_hear(struct defi_view *v) {
    for (unsigned calls = 2; calls-- > 0;)
        for (uint32_t i = 0; i < v->in->witness_count && i < WITNESSES_HEARD_MAX; i++)
            if (v->in->witnesses[i].call == (bool)calls)
                hear(v, i);
    for (uint32_t i = 0; i < v->in->witness_count && i < WITNESSES_HEARD_MAX; i++)
        if (v->in->witnesses[i].signature->meaning == ABI_SETTLEMENT && defi_finding_of(v->result, DEFI_SWAP)) {
            struct defi_finding *f = defi_found(v, DEFI_SETTLEMENT, v->sender.n, ID_NONE);
            f->evidence |= v->in->witnesses[i].call ? DEFI_BY_CALL : DEFI_BY_EVENT;
            f->witness = i;
        }
}

/* ---- labels ---- */

static enum imjin_status role_of(const struct defi_view *v, uint32_t account, enum label_role *ret, struct error *err) {
    struct address a;
    struct tag tag;
    bool conflict;
    *ret = LABEL_ROLE_NONE;
    if (account < ACCOUNTS_RESERVED)
        return IMJIN_OK;
    TRY(ledger_address(v->in->ledger, (struct account_id){account}, &a, err));
    if (label_role_of(v->in->labels, ledger_chain(v->in->ledger)->name, &a, &tag, &conflict))
        *ret = tag.category->role;
    return IMJIN_OK;
}

static void rename_plain(struct defi_view *v, enum defi_kind kind, uint32_t who, uint32_t with) {
    struct defi_finding *f = defi_finding_of(v->result, kind);
    for (uint32_t i = 0; f == NULL && i < v->result->count; i++) {
        unsigned was = v->result->items[i].kind;
        if (was == DEFI_TRANSFER || (was == DEFI_PAYOUT && kind == DEFI_MIXER_WITHDRAWAL) ||
            (was == DEFI_BURN && kind == DEFI_BRIDGE_DEPOSIT) || (was == DEFI_MINT && kind == DEFI_BRIDGE_WITHDRAWAL))
            f = v->result->items + i;
    }
    if (f == NULL)
        return;
    f->kind = (uint8_t)kind;
    f->evidence |= DEFI_BY_LABEL;
    f->who.n = who;
    f->with.n = with;
    f->traits = 0;
}

enum imjin_status defi_read_labels(struct defi_view *v, struct error *err) {
    for (uint64_t i = 0; v->in->labels && i < v->flow_count; i++) {
        const struct defi_flow *f = v->flows + i;
        enum label_role from, to;
        TRY(role_of(v, f->from, &from, err));
        TRY(role_of(v, f->to, &to, err));
        if (from == to)
            continue; /* inside one service, or no label at all */
        if (to == LABEL_ROLE_BRIDGE)
            rename_plain(v, DEFI_BRIDGE_DEPOSIT, f->from, f->to);
        if (to == LABEL_ROLE_MIXER)
            rename_plain(v, DEFI_MIXER_DEPOSIT, f->from, f->to);
        if (to == LABEL_ROLE_BURN)
            rename_plain(v, DEFI_BURN, f->from, f->to);
        if (from == LABEL_ROLE_BRIDGE)
            rename_plain(v, DEFI_BRIDGE_WITHDRAWAL, f->to, f->from);
        if (from == LABEL_ROLE_MIXER)
            rename_plain(v, DEFI_MIXER_WITHDRAWAL, f->to, f->from);
    }
    return IMJIN_OK;
}

/* ---- all of it ---- */

static int by_kind(const void *left, const void *right) {
    const struct defi_finding *a = left, *b = right;
    return (a->kind > b->kind) - (a->kind < b->kind);
}

static enum imjin_status classify(struct defi_view *v, struct error *err) {
    TRY(defi_view_make(v, err));
    TRY(defi_exchanges(v, err));
    TRY(defi_plain(v, err));
    TRY(defi_besides(v, err));
    defi_hear(v);
    TRY(defi_read_labels(v, err));
    if (v->result->count == 0)
        defi_found(v, DEFI_CALL, v->sender.n, ID_NONE);
    qsort(v->result->items, v->result->count, sizeof *v->result->items, by_kind);
    return IMJIN_OK;
}

enum imjin_status defi_classify(const struct defi_input *in, struct defi_result *ret, struct error *err) {
    struct defi_result result = {0};
    struct defi_view v = {.in = in, .sender = {ID_NONE}, .result = &result};
    enum imjin_status status = classify(&v, err);
    defi_view_done(&v);
    if (status == IMJIN_OK)
        *ret = result;
    return status;
}
