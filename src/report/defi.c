#include "report/defi.h"

#include <inttypes.h>

enum { SIDES_SHOWN_MAX = 4, EVIDENCES = 4 };

static const struct {
    const char *title, *words; /* "Swap", what the account did */
} kind_words[DEFI_KINDS] = {
    [DEFI_CALL] = {"Call", "sent a transaction that moved nothing but its fee"},
    [DEFI_TRANSFER] = {"Transfer", "paid"},
    [DEFI_PAYOUT] = {"Batch payout", "paid several accounts at once"},
    [DEFI_MINT] = {"Mint", "was given units that were new"},
    [DEFI_BURN] = {"Burn", "had units destroyed"},
    [DEFI_SWAP] = {"Swap", "gave one asset and got another"},
    [DEFI_WRAP] = {"Wrap", "had the coin issued as a token"},
    [DEFI_UNWRAP] = {"Unwrap", "took the coin for its token"},
    [DEFI_DEPOSIT] = {"Deposit for a share", "gave an asset to a lender, stake or vault and got its share"},
    [DEFI_REDEEM] = {"Share redeemed", "gave a share back and got what it stood for"},
    [DEFI_ADD_LIQUIDITY] = {"Liquidity added", "gave assets to a pool and got its share"},
    [DEFI_REMOVE_LIQUIDITY] = {"Liquidity removed", "gave a pool's share back and got its assets"},
    [DEFI_LEND] = {"Lent", "lent to a lending pool"},
    [DEFI_WITHDRAW] = {"Loan called back", "took back what it had lent"},
    [DEFI_BORROW] = {"Borrowed", "took a loan"},
    [DEFI_REPAY] = {"Repaid", "paid a loan back"},
    [DEFI_STAKE] = {"Staked", "locked up an asset"},
    [DEFI_UNSTAKE] = {"Unstaked", "took back a locked asset"},
    [DEFI_NFT_PURCHASE] = {"Item bought", "bought an item"},
    [DEFI_NFT_SALE] = {"Item sold", "sold an item"},
    [DEFI_FLASH_LOAN] = {"Flash loan", "borrowed and gave back within the transaction"},
    [DEFI_AIRDROP] = {"Airdrop", "units given out unasked"},
    [DEFI_FEE_TOKEN] = {"Token with a fee", "gave a token that keeps a part of each transfer"},
    [DEFI_SETTLEMENT] = {"Settlement of several traders", "settled the trades of others"},
    [DEFI_BRIDGE_DEPOSIT] = {"Bridge deposit", "sent value towards another chain"},
    [DEFI_BRIDGE_WITHDRAWAL] = {"Bridge withdrawal", "got value that comes from another chain"},
    [DEFI_MIXER_DEPOSIT] = {"Mixer deposit", "put value into a mixer"},
    [DEFI_MIXER_WITHDRAWAL] = {"Mixer withdrawal", "got value out of a mixer"},
};
static const char *const evidence_names[EVIDENCES] = {"shape", "event", "call", "label"};
static const char *const trait_words[DEFI_TRAITS] = {"against one pool or contract",
                                                     "spread over several pools",
                                                     "over assets in between",
                                                     "what was got went to another account",
                                                     "several assets",
                                                     "the ledger has one side only",
                                                     "collected by its receiver"};

static enum imjin_status add_sides(struct text *t, const struct report_input *in, const struct settle_side *sides,
                                   uint32_t count, struct account_id who, const char *verb, struct error *err) {
    uint32_t shown = 0, all = 0;
    for (uint32_t i = 0; i < count; i++) {
        struct asset_name asset;
        if (sides[i].account.n != who.n || all++ >= SIDES_SHOWN_MAX)
            continue;
        TRY(asset_name(in, sides[i].asset, &asset, err));
        text_add_string(t, shown++ ? ", " : verb);
        add_brief_amount(t, u256_from_u128(sides[i].units), &asset);
    }
    if (all > shown)
        text_add_format(t, " and %" PRIu32 " more", all - shown);
    return IMJIN_OK;
}

/* Fees are draws of their own and stand first; they say nothing here. */
static uint32_t fee_draws(const struct settled *s) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < s->link_count; i++)
        count += s->links[i].rule == RULE_FEE && s->links[i].draw == count;
    return count;
}

static void add_witness(struct text *t, const struct report_input *in, const struct defi_finding *f) {
    if (f->witness == ID_NONE)
        return;
    const struct abi_witness *w = in->witnesses + f->witness;
    text_add_format(t, " %s of %s", w->signature->name, w->signature->protocol);
}

static void add_evidence(struct text *t, const struct report_input *in, const struct defi_finding *f) {
    bool first = true;
    text_add_string(t, "    by ");
    for (unsigned i = 0; i < EVIDENCES; i++) {
        if (!(f->evidence >> i & 1))
            continue;
        text_add_string(t, first ? "" : ", ");
        text_add_string(t, evidence_names[i]);
        if (f->witness != ID_NONE && i == (in->witnesses[f->witness].call ? 2 : 1))
            add_witness(t, in, f);
        first = false;
    }
    for (unsigned i = 0; i < DEFI_TRAITS; i++)
        if (f->traits >> i & 1)
            text_add_format(t, "; %s", trait_words[i]);
    enum defi_technique technique = defi_technique_of(f->kind);
    if (technique)
        text_add_format(t, "; technique: %s", defi_technique_name(technique));
    text_add_string(t, ".\n");
}

static enum imjin_status add_finding(struct text *t, const struct report_input *in, const struct settled *s,
                                     const struct defi_finding *f, struct error *err) {
    uint32_t fees = fee_draws(s);
    text_add_format(t, "  %s: ", kind_words[f->kind].title);
    if (f->who.n == ID_NONE)
        text_add_string(t, f->kind == DEFI_CALL ? "the sender" : "one or more accounts");
    else
        TRY(add_account(t, in, f->who, err));
    text_add_format(t, " %s", (f->traits & DEFI_TRAIT_COLLECTED) != 0 ? "collected" : kind_words[f->kind].words);
    if (f->who.n != ID_NONE) {
        TRY(add_sides(t, in, s->draws + fees, s->draw_count - fees, f->who, "; gave ", err));
        TRY(add_sides(t, in, s->gains, s->gain_count, f->who, "; got ", err));
    }
    if (f->with.n != ID_NONE) {
        text_add_string(t, "; other side ");
        TRY(add_account(t, in, f->with, err));
    }
    text_add_string(t, ".\n");
    add_evidence(t, in, f);
    return IMJIN_OK;
}

enum imjin_status add_findings(struct text *t, const struct report_input *in, const struct settled *s,
                               const struct defi_result *found, struct error *err) {
    add_heading(t, in, "What it is");
    for (uint32_t i = 0; i < found->count; i++)
        TRY(add_finding(t, in, s, found->items + i, err));
    return IMJIN_OK;
}

/* ---- JSON ---- */

static void json_witness(struct json_writer *w, const struct report_input *in, uint32_t number) {
    json_put_key(w, "witness");
    if (number == ID_NONE) {
        json_put_null(w);
        return;
    }
    const struct abi_witness *seen = in->witnesses + number;
    struct address contract = {.form = ADDRESS_EVM};
    char text[ADDRESS_PRINT_MAX];
    memcpy(contract.evm, seen->contract, sizeof contract.evm);
    address_print(&contract, text);
    json_object_begin(w);
    json_key_text(w, "signature", seen->signature->canonical);
    json_key_text(w, "protocol", seen->signature->protocol);
    json_key_text(w, "meaning", abi_meaning_name(seen->signature->meaning));
    json_key_text(w, "contract", text);
    json_key_bool(w, "call", seen->call);
    json_object_end(w);
}

static enum imjin_status json_finding(struct json_writer *w, const struct report_input *in, const struct defi_finding *f,
                                      struct error *err) {
    enum defi_technique technique = defi_technique_of(f->kind);
    json_object_begin(w);
    json_key_text(w, "kind", defi_kind_name(f->kind));
    json_put_key(w, "technique");
    if (technique)
        json_put_text(w, defi_technique_name(technique));
    else
        json_put_null(w);
    json_put_key(w, "evidence");
    json_array_begin(w);
    for (unsigned i = 0; i < EVIDENCES; i++)
        if (f->evidence >> i & 1)
            json_put_text(w, evidence_names[i]);
    json_array_end(w);
    json_put_key(w, "traits");
    json_array_begin(w);
    for (unsigned i = 0; i < DEFI_TRAITS; i++)
        if (f->traits >> i & 1)
            json_put_text(w, defi_trait_name(i));
    json_array_end(w);
    TRY(json_key_address(w, "account", in, f->who, err));
    TRY(json_key_address(w, "with", in, f->with, err));
    json_witness(w, in, f->witness);
    json_object_end(w);
    return IMJIN_OK;
}

enum imjin_status json_findings(struct json_writer *w, const struct report_input *in, const struct defi_result *found,
                                struct error *err) {
    json_put_key(w, "kinds");
    json_array_begin(w);
    for (uint32_t i = 0; i < found->count; i++)
        TRY(json_finding(w, in, found->items + i, err));
    json_array_end(w);
    return IMJIN_OK;
}
