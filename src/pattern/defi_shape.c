/* What the shape of a settled transaction says. */
#include "pattern/defi_inside.h"

struct defi_finding *defi_finding_of(struct defi_result *r, enum defi_kind kind) {
    for (uint32_t i = 0; i < r->count; i++)
        if (r->items[i].kind == kind)
            return r->items + i;
    return NULL;
}

struct defi_finding *defi_found(struct defi_view *v, enum defi_kind kind, uint32_t who, uint32_t with) {
    struct defi_finding *f = defi_finding_of(v->result, kind);
    if (f == NULL) {
        f = v->result->items + v->result->count++; /* a kind once: there is room for all of them */
        *f = (struct defi_finding){.kind = (uint8_t)kind, .who = {who}, .with = {with}, .witness = ID_NONE};
    }
    f->evidence |= DEFI_BY_SHAPE;
    return f;
}
_Static_assert((int)DEFI_KINDS <= (int)DEFI_FINDINGS_MAX, "each kind is found once");

/* ---- exchanges ---- */

static enum defi_kind item_kind(const struct defi_party *p) {
    if (p->item_gain == ID_NONE) {
        if (!(p->rules & 1u << RULE_REDEEM))
            return DEFI_NFT_SALE;
        return p->gains > 1 ? DEFI_REMOVE_LIQUIDITY : DEFI_REDEEM;
    }
    if (!(p->rules & 1u << RULE_DEPOSIT))
        return DEFI_NFT_PURCHASE;
    /* a new item: for two assets a position in a pool, for the coin alone a purchase at its issuer */
    return p->draws > 1 ? DEFI_ADD_LIQUIDITY : p->native_draw ? DEFI_NFT_PURCHASE : DEFI_DEPOSIT;
}

static enum defi_kind share_kind(const struct defi_party *p) {
    bool into = p->rules & 1u << RULE_DEPOSIT || (p->handed_out && !p->handed_in);
    bool out_of = p->rules & 1u << RULE_REDEEM || (p->handed_in && !p->handed_out);
    if (into && !out_of)
        return p->draws > 1 ? DEFI_ADD_LIQUIDITY : DEFI_DEPOSIT;
    if (out_of && !into)
        return p->gains > 1 ? DEFI_REMOVE_LIQUIDITY : DEFI_REDEEM;
    return DEFI_SWAP;
}

/* How many took what `p` gave of an asset, not counting parts below a hundredth; and one of them. */
static uint32_t takers(const struct defi_view *v, const struct defi_party *p, uint32_t *ret_one) {
    const struct settle_side *draw = v->in->settled->draws + p->draw;
    uint32_t count = 0;
    for (uint64_t i = 0; i < v->flow_count; i++) {
        const struct defi_flow *f = v->flows + i;
        if (f->from != p->account || f->asset != draw->asset.n || f->units < draw->units / 100)
            continue;
        *ret_one = f->to;
        count++;
    }
    return count;
}

static bool is_side(const struct settled *s, uint32_t account, uint32_t asset) {
    for (uint32_t i = 0; i < s->draw_count; i++)
        if (s->draws[i].account.n == account && s->draws[i].asset.n == asset)
            return true;
    for (uint32_t i = 0; i < s->gain_count; i++)
        if (s->gains[i].account.n == account && s->gains[i].asset.n == asset)
            return true;
    return false;
}

enum { HOPS_LOOKED_AT_MAX = 512 };

/* An asset moved between others that the trader neither gave nor got, and it was no coin on its way through a wrapper. */
static bool has_hops(const struct defi_view *v, uint32_t account) {
    uint64_t last = v->flow_count < HOPS_LOOKED_AT_MAX ? v->flow_count : HOPS_LOOKED_AT_MAX;
    for (uint64_t i = 0; i < last; i++) {
        const struct defi_flow *f = v->flows + i;
        bool outside = f->from == account || f->to == account || f->from < ACCOUNTS_RESERVED || f->to < ACCOUNTS_RESERVED;
        if (!outside && f->asset != ASSET_NATIVE_ID && !is_side(v->in->settled, account, f->asset) &&
            defi_party_find(v, f->from) && defi_party_find(v, f->to))
            return true;
    }
    return false;
}

static void add_swap_traits(struct defi_view *v, const struct defi_party *p, struct defi_finding *f) {
    uint32_t one = ID_NONE, count = takers(v, p, &one);
    const struct settle_side *gain = v->in->settled->gains + p->gain;
    if (count == 1) {
        f->with.n = one;
        f->traits |= defi_flow_find(v, gain->asset.n, one, p->account) ? DEFI_TRAIT_POOL : 0;
    }
    f->traits |= count > 1 ? DEFI_TRAIT_SPLIT : 0;
    f->traits |= has_hops(v, p->account) ? DEFI_TRAIT_HOPS : 0;
}

static void name_party(struct defi_view *v, const struct defi_party *p) {
    bool items = p->item_draw != ID_NONE || p->item_gain != ID_NONE;
    if (p->rules & 1u << RULE_WRAP)
        defi_found(v, DEFI_WRAP, p->account, ID_NONE);
    if (p->rules & 1u << RULE_UNWRAP)
        defi_found(v, DEFI_UNWRAP, p->account, ID_NONE);
    if (!(p->rules & (1u << RULE_SWAP | 1u << RULE_DEPOSIT | 1u << RULE_REDEEM)))
        return;
    enum defi_kind kind = items ? item_kind(p) : share_kind(p);
    struct defi_finding *f = defi_found(v, kind, p->account, ID_NONE);
    add_swap_traits(v, p, f);
    if (kind == DEFI_SWAP || kind == DEFI_NFT_SALE || kind == DEFI_NFT_PURCHASE)
        f->traits |= p->draws > 1 || p->gains > 1 ? DEFI_TRAIT_SEVERAL : 0;
}

static enum imjin_status name_swap_to(struct defi_view *v, const struct defi_party *p, struct error *err) {
    const struct settle_side *got = v->in->settled->gains + p->gave_to;
    uint32_t issuer;
    bool item;
    TRY(defi_issuer(v, got->asset.n, &issuer, &item, err));
    struct defi_finding *f = defi_found(v, item ? DEFI_NFT_PURCHASE : DEFI_SWAP, p->account, ID_NONE);
    f->traits |= got->account.n != p->account ? DEFI_TRAIT_TO_OTHER : 0;
    return IMJIN_OK;
}

enum { PARTIES_NAMED_MAX = 256 }; /* each is held against all flows; the kinds repeat long before */

/* Who traded, and not against whom: the sender when he did, else whoever paid for another; else everyone who is no issuer. */
enum imjin_status defi_exchanges(struct defi_view *v, struct error *err) {
    struct defi_party *sender = v->sender.n == ID_NONE ? NULL : defi_party_find(v, v->sender.n);
    if (sender && sender->rules)
        name_party(v, sender);
    if (sender && sender->gave_to != ID_NONE && !sender->rules)
        TRY(name_swap_to(v, sender, err));
    for (uint32_t i = 0; i < v->party_count && v->result->count == 0; i++)
        if (v->parties[i].gave_to != ID_NONE && !v->parties[i].rules)
            TRY(name_swap_to(v, v->parties + i, err));
    if (v->result->count)
        return IMJIN_OK;
    uint32_t traders = 0;
    for (uint32_t i = 0; i < v->party_count && traders < PARTIES_NAMED_MAX; i++)
        if (v->parties[i].rules && !v->parties[i].issuer) {
            name_party(v, v->parties + i);
            traders++;
        }
    for (uint32_t i = 0; traders > 1 && i < v->result->count; i++)
        v->result->items[i].who.n = ID_NONE; /* several, and nothing says which of them are pools */
    return IMJIN_OK;
}

/* ---- plain movements ---- */

static bool nearly(u128 a, u128 b) { return a > b ? a - b <= b / 100 : b - a <= a / 100; }

/* A debt is issued to the borrower along with the loan, as many units of it, and burnt along with the repayment. */
static bool has_twin(const struct settle_side *sides, const uint8_t *by_issuer, uint32_t count, uint32_t at) {
    for (uint32_t i = 0; i < count; i++)
        if (i != at && by_issuer[i] && sides[i].account.n == sides[at].account.n && nearly(sides[i].units, sides[at].units))
            return true;
    return false;
}

struct plain {
    uint8_t *minted, *burnt; /* gains and draws whose plain link comes from a mint, goes to a burn */
    uint8_t *given, *got;    /* draws and gains with a transfer link */
    uint32_t minted_count, burnt_count, given_count, got_count;
};

static void mark(uint8_t *flags, uint32_t at, uint32_t *count) {
    *count += !flags[at];
    flags[at] = 1;
}

static void mark_links(const struct settled *s, struct plain *p) {
    for (uint32_t i = 0; i < s->link_count; i++) {
        const struct settle_link *l = s->links + i;
        if (l->rule == RULE_MINT)
            mark(p->minted, l->gain, &p->minted_count);
        if (l->rule == RULE_BURN)
            mark(p->burnt, l->draw, &p->burnt_count);
        if (l->rule == RULE_TRANSFER) {
            mark(p->given, l->draw, &p->given_count);
            mark(p->got, l->gain, &p->got_count);
        }
    }
}

enum { PAYOUT_RECEIVERS_MIN = 3, AIRDROP_RECEIVERS_MIN = 10 };

/* Receivers of one draw, and whether all of them got the same. The links stand by draw; *at moves behind those of this one. */
static uint32_t receivers_of(const struct settled *s, uint32_t draw, uint32_t *at, bool *ret_even) {
    uint32_t count = 0;
    u128 each = 0;
    *ret_even = true;
    for (; *at < s->link_count && s->links[*at].draw <= draw; ++*at) {
        const struct settle_link *l = s->links + *at;
        if (l->draw != draw || (l->rule != RULE_TRANSFER && l->rule != RULE_MINT))
            continue;
        each = count ? each : l->gain_units;
        *ret_even = *ret_even && each == l->gain_units;
        count++;
    }
    return count;
}

static bool find_payout(struct defi_view *v) {
    const struct settled *s = v->in->settled;
    uint32_t at = 0;
    for (uint32_t i = 0; i < s->draw_count; i++) {
        bool even, token = s->draws[i].asset.n != ASSET_NATIVE_ID;
        uint32_t count = receivers_of(s, i, &at, &even), payer = s->draws[i].account.n;
        if (token && count >= AIRDROP_RECEIVERS_MIN && even) {
            defi_found(v, DEFI_AIRDROP, payer, ID_NONE);
            return true;
        }
        if (count >= PAYOUT_RECEIVERS_MIN) {
            defi_found(v, payer == ACCOUNT_VOID.n ? DEFI_MINT : DEFI_PAYOUT, payer, ID_NONE);
            return true;
        }
    }
    return false;
}

enum { DEBT_SIDES_MAX = 512 }; /* each is held against each; a loan has a handful */

static bool find_debt(struct defi_view *v, const struct plain *p) {
    const struct settled *s = v->in->settled;
    if (s->gain_count > DEBT_SIDES_MAX || s->draw_count > DEBT_SIDES_MAX)
        return false;
    for (uint32_t i = 0; i < s->gain_count && p->minted_count; i++)
        if (p->got[i] && has_twin(s->gains, p->minted, s->gain_count, i)) {
            defi_found(v, DEFI_BORROW, s->gains[i].account.n, ID_NONE);
            return true;
        }
    for (uint32_t i = 0; i < s->draw_count && p->burnt_count; i++)
        if (p->given[i] && has_twin(s->draws, p->burnt, s->draw_count, i)) {
            defi_found(v, DEFI_REPAY, s->draws[i].account.n, ID_NONE);
            return true;
        }
    return false;
}

/* Somebody gave and got nothing for it: the sender, when he is on either side. */
static void find_transfer(struct defi_view *v) {
    const struct settled *s = v->in->settled;
    const struct settle_link *best = NULL;
    for (uint32_t i = 0; i < s->link_count; i++) {
        const struct settle_link *l = s->links + i;
        bool sent = s->draws[l->draw].account.n == v->sender.n, got = s->gains[l->gain].account.n == v->sender.n;
        if (l->rule != RULE_TRANSFER || (best && !sent && !got))
            continue;
        best = l;
        if (sent || got)
            break;
    }
    if (best == NULL)
        return;
    uint32_t giver = s->draws[best->draw].account.n, getter = s->gains[best->gain].account.n;
    bool collected = v->sender.n == getter && v->sender.n != giver;
    struct defi_finding *f = defi_found(v, DEFI_TRANSFER, collected ? getter : giver, collected ? giver : getter);
    f->traits |= collected ? DEFI_TRAIT_COLLECTED : 0;
}

static void name_plain(struct defi_view *v, const struct plain *p) {
    const struct settled *s = v->in->settled;
    if (find_debt(v, p) || find_payout(v))
        return;
    if (p->given_count)
        find_transfer(v);
    for (uint32_t i = 0; i < s->gain_count; i++)
        if (p->minted[i]) {
            /* new units for somebody who did not ask */
            bool asked = v->sender.n != ID_NONE;
            defi_found(v, asked ? DEFI_MINT : DEFI_AIRDROP, s->gains[i].account.n, ID_NONE);
            break;
        }
    for (uint32_t i = 0; i < s->draw_count; i++)
        if (p->burnt[i]) {
            defi_found(v, DEFI_BURN, s->draws[i].account.n, ID_NONE);
            break;
        }
}

enum imjin_status defi_plain(struct defi_view *v, struct error *err) {
    const struct settled *s = v->in->settled;
    uint64_t sides = (uint64_t)s->draw_count + s->gain_count;
    if (v->result->count)
        return IMJIN_OK;
    uint8_t *flags = memory_new(2 * sides + 1, sizeof *flags);
    if (flags == NULL)
        return fail_memory(err, "a transaction's accounts");
    struct plain p = {.burnt = flags, .given = flags + s->draw_count, .minted = flags + (uint64_t)2 * s->draw_count};
    p.got = p.minted + s->gain_count;
    mark_links(s, &p);
    name_plain(v, &p);
    memory_free(flags);
    return IMJIN_OK;
}

/* ---- what goes along ---- */

/* There and back within the transaction, to somebody who sent it or not, with no more than a hundredth on top: the highest fee
 * of a pool that lends so. What comes back must not be less. */
static bool is_flash(const struct defi_view *v, const struct defi_flow *f) {
    const struct defi_flow *back = defi_flow_find(v, f->asset, f->to, f->from);
    if (back == NULL || f->from == v->sender.n || f->from < ACCOUNTS_RESERVED || f->to < ACCOUNTS_RESERVED)
        return false;
    return f->at < back->at && back->units >= f->units && back->units - f->units <= f->units / 100;
}

/* The parts of a transfer that a token's contract keeps or burns are below a quarter of it, and go to the contract or to
 * nowhere, or the same part of two transfers goes to the same account. */
static bool kept_part(const struct defi_flow *whole, const struct defi_flow *part) { return part->units <= whole->units / 3; }

static enum imjin_status find_fee_token(struct defi_view *v, struct error *err) {
    for (uint64_t i = 0; i < v->flow_count; i++) {
        const struct defi_flow *part = v->flows + i;
        uint32_t issuer;
        bool item;
        if (part->asset == ASSET_NATIVE_ID || part->from == ACCOUNT_VOID.n)
            continue;
        TRY(defi_issuer(v, part->asset, &issuer, &item, err));
        if (item || (part->to != issuer && part->to != ACCOUNT_VOID.n))
            continue;
        for (uint64_t k = 0; k < v->flow_count; k++) {
            const struct defi_flow *whole = v->flows + k;
            if (whole->asset == part->asset && whole->from == part->from && whole->to != part->to &&
                whole->to >= ACCOUNTS_RESERVED && kept_part(whole, part)) {
                defi_found(v, DEFI_FEE_TOKEN, part->from, issuer);
                return IMJIN_OK;
            }
        }
    }
    return IMJIN_OK;
}

/* Two receivers got the same small part of what the same account gave of a token. */
static void find_even_parts(struct defi_view *v) {
    for (uint64_t i = 0; i + 2 < v->flow_count; i++) {
        const struct defi_flow *f = v->flows + i;
        uint64_t end = i;
        while (end < v->flow_count && v->flows[end].asset == f->asset && v->flows[end].from == f->from)
            end++;
        u128 most = 0;
        uint64_t even = 0;
        for (uint64_t k = i; k < end; k++)
            most = v->flows[k].units > most ? v->flows[k].units : most;
        for (uint64_t k = i + 1; k < end; k++)
            even += v->flows[k].units == v->flows[k - 1].units && v->flows[k].units <= most / 20;
        if (f->asset != ASSET_NATIVE_ID && end - i == 3 && even == 1)
            defi_found(v, DEFI_FEE_TOKEN, f->from, ID_NONE);
        i = end > i ? end - 1 : i;
    }
}

enum { SENDER_MOVEMENTS_LOOKED_AT_MAX = 256 };

/* Whoever pays a fee somewhere is a person's account and no pool. */
static enum imjin_status pays_fees(const struct defi_view *v, uint32_t account, bool *ret, struct error *err) {
    struct movement_list lists[LEDGER_SEGMENTS_MAX];
    unsigned count;
    uint64_t looked = 0;
    *ret = false;
    TRY(ledger_account_movements(v->in->ledger, (struct account_id){account}, DIRECTION_OUT, lists, &count, err));
    for (unsigned i = 0; i < count; i++)
        for (uint64_t k = 0; k < lists[i].count && looked < SENDER_MOVEMENTS_LOOKED_AT_MAX && !*ret; k++, looked++) {
            struct movement m;
            TRY(ledger_movement(v->in->ledger, lists[i].numbers[k], &m, err));
            *ret = movement_kind(&m) == MOVEMENT_FEE;
        }
    return IMJIN_OK;
}

enum { TRADERS_LOOKED_AT_MAX = 64 };

static enum imjin_status find_settlement(struct defi_view *v, struct error *err) {
    uint32_t traders = 0, looked = 0;
    for (uint32_t i = 0; i < v->party_count && looked < TRADERS_LOOKED_AT_MAX; i++) {
        const struct defi_party *p = v->parties + i;
        bool person;
        if (!p->rules || p->issuer || p->account == v->sender.n)
            continue;
        looked++;
        TRY(pays_fees(v, p->account, &person, err));
        traders += person;
    }
    if (traders > 1)
        defi_found(v, DEFI_SETTLEMENT, v->sender.n, ID_NONE);
    return IMJIN_OK;
}

enum { FLOWS_FOR_PAIRS_MAX = 512 };

enum imjin_status defi_besides(struct defi_view *v, struct error *err) {
    for (uint64_t i = 0; i < v->flow_count; i++)
        if (is_flash(v, v->flows + i)) {
            defi_found(v, DEFI_FLASH_LOAN, v->flows[i].to, v->flows[i].from);
            break;
        }
    if (v->flow_count <= FLOWS_FOR_PAIRS_MAX) {
        TRY(find_fee_token(v, err));
        find_even_parts(v);
    }
    return find_settlement(v, err);
}
