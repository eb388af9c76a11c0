/* The table of typologies, and the run over accounts. */
#include <stdlib.h>

#include "pattern/search.h"

static const struct pattern_kind kinds[PATTERNS] = {
    [PATTERN_PEEL_CHAIN] =
        {"peel-chain", "Peel chain",
         "at least 3 accounts in a row, each of which paid out small parts (25 % at most) and passed the rest "
         "on in one payment within 30 days",
         "Meiklejohn et al., A Fistful of Bitcoins, 2013"},
    [PATTERN_FAN_OUT] = {"fan-out", "Fan-out", "one asset paid to at least 10 accounts within 24 hours",
                         "FATF, Virtual Assets Red Flag Indicators, 2020"},
    [PATTERN_FAN_IN] = {"fan-in", "Fan-in", "one asset got from at least 10 accounts within 24 hours",
                        "FATF, Virtual Assets Red Flag Indicators, 2020"},
    [PATTERN_LAYERING] = {"layering-chain", "Layering chain (rapid pass-through)",
                          "at least 3 accounts in a row, each of which passed on 90 % of what it got within an hour",
                          "FATF, Virtual Assets Red Flag Indicators, 2020; FinCEN, Advisory FIN-2019-A003"},
    [PATTERN_STRUCTURING] = {"structuring", "Structuring",
                             "at least 5 payments of the same amount within 24 hours, to accounts that are no mixers",
                             "FATF, Virtual Assets Red Flag Indicators, 2020 (structuring in small amounts)"},
    [PATTERN_CHAIN_HOP] = {"chain-hop", "Chain hopping", "money paid to an account labelled as a bridge",
                           "US Treasury, Illicit Finance Risk Assessment of Decentralized Finance, 2023"},
    [PATTERN_MIXER] = {"mixer", "Mixer use", "money paid to, or got from, an account labelled as a mixer",
                       "US Treasury, Illicit Finance Risk Assessment of Decentralized Finance, 2023"},
    [PATTERN_OUT_OF_REACH] =
        {"out-of-reach", "Swap out of an issuer's reach",
         "a token that its issuer can freeze was swapped for one that nobody is known to be able to freeze",
         "US Treasury, Illicit Finance Risk Assessment of Decentralized Finance, 2023"},
    [PATTERN_LIQUIDITY] = {"liquidity-pool", "Parking in liquidity pools",
                           "money was given for newly minted shares of a pool or vault",
                           "US Treasury, Illicit Finance Risk Assessment of Decentralized Finance, 2023"},
    [PATTERN_DORMANCY] = {"dormancy", "Dormancy, then movement",
                          "nothing moved for at least 180 days, then the account paid out",
                          "FATF, Virtual Assets Red Flag Indicators, 2020"},
    [PATTERN_CONSOLIDATION] = {"consolidation", "Consolidation",
                               "one asset got from at least 5 accounts within 7 days, and 90 % of it passed on in one payment "
                               "within a day",
                               "FATF, Virtual Assets Red Flag Indicators, 2020"},
    [PATTERN_DEPOSIT_REUSE] =
        {"deposit-reuse", "Deposit address with several payers",
         "at least 2 accounts paid in; everything went on to one labelled service, each time within 3,200 "
         "blocks and to 0.01 of the coin what had come: the payers are clients of one account there",
         "Victor, Address Clustering Heuristics for Ethereum, 2020; Tutela, 2022"},
    [PATTERN_POISONING] = {"address-poisoning", "Address poisoning",
                           "an address that begins and ends like a real counterparty showed itself by transfers of nothing, of "
                           "dust or of fake tokens",
                           "Tsuchiya et al., Blockchain Address Poisoning, 2025"},
    [PATTERN_FAKE_TOKENS] = {"fake-tokens", "Fake tokens",
                             "transfers of tokens whose names advertise, hide signs, or imitate the coin or a labelled token",
                             "Unicode TR 39 (confusable signs); Tsuchiya et al., 2025"},
    [PATTERN_DUST_SANDWICH] = {"dust-sandwich", "Payment between dust",
                               "dust, nothing or a fake token from others arrived within half an hour both before and after a "
                               "payment",
                               "Tsuchiya et al., Blockchain Address Poisoning, 2025 (reactive poisoning)"},
};

const struct pattern_kind *pattern_kind_of(enum pattern_id p) { return &kinds[(unsigned)p < PATTERNS ? p : 0]; }

enum pattern_id pattern_find(struct span name) {
    for (unsigned i = 0; i < PATTERNS; i++)
        if (span_is(name, kinds[i].name))
            return (enum pattern_id)i;
    return PATTERNS;
}

struct pattern_finding finding_begin(const struct search *s, enum pattern_id p, struct account_id account) {
    return (struct pattern_finding){.account = account,
                                    .other = {ID_NONE},
                                    .asset = {ID_NONE},
                                    .first = {ID_NONE},
                                    .last = {ID_NONE},
                                    .evidence = s->evidence.count,
                                    .pattern = (uint8_t)p};
}

enum imjin_status finding_show(struct search *s, struct pattern_finding *f, const struct step *step, struct error *err) {
    if (f->first.n == ID_NONE || step->tx < f->first.n)
        f->first.n = step->tx;
    if (f->last.n == ID_NONE || step->tx > f->last.n)
        f->last.n = step->tx;
    if (f->evidence_count == PATTERN_EVIDENCE_EACH)
        return IMJIN_OK;
    f->evidence_count++;
    return buffer_push(&s->evidence, &step->number, NULL, err);
}

uint32_t confidence_beyond(uint64_t count, uint64_t threshold) {
    return (uint32_t)((u128)count * 1000000 / ((u128)count + threshold));
}

enum imjin_status finding_end(struct search *s, const struct pattern_finding *f, struct error *err) {
    return buffer_push(&s->findings, f, NULL, err);
}

bool role_of(const struct search *s, uint32_t account, struct tag *ret) {
    struct address address;
    bool conflict;
    if (s->in->labels == NULL || ledger_address(s->in->ledger, (struct account_id){account}, &address, NULL) != IMJIN_OK)
        return false;
    return label_role_of(s->in->labels, ledger_chain(s->in->ledger)->name, &address, ret, &conflict) && ret->category;
}

/* ---- address poisoning ---- */

static const struct step *first_with(const struct history *h, uint32_t other) {
    for (uint64_t i = 0; i < h->count; i++)
        if (h->steps[i].other == other)
            return &h->steps[i];
    return NULL;
}

static enum imjin_status add_look_alikes(struct search *s, const struct history *h, const struct buffer *found,
                                         struct error *err) {
    for (uint64_t i = 0; i < found->count; i++) {
        const struct look_alike *l = (const struct look_alike *)found->items + i;
        struct pattern_finding f = finding_begin(s, PATTERN_POISONING, h->account);
        const struct step *step = first_with(h, l->account.n);
        if (step)
            TRY(finding_show(s, &f, step, err));
        f.first = l->first;
        f.last = l->last;
        f.other = l->account;
        f.count = (uint64_t)l->zero + l->fake + l->dust;
        f.confidence = l->confidence;
        TRY(finding_end(s, &f, err));
    }
    return IMJIN_OK;
}

static enum imjin_status search_poisoning(struct search *s, const struct history *h, struct error *err) {
    struct buffer found = {
        .item_bytes = sizeof(struct look_alike), .items_max = LOOK_ALIKES_MAX, .what = "look-alike addresses"};
    if (!wanted(s, PATTERN_POISONING))
        return IMJIN_OK;
    enum imjin_status status = look_alikes_add(&found, s->in->ledger, h, err);
    if (status == IMJIN_OK)
        status = add_look_alikes(s, h, &found, err);
    buffer_done(&found);
    return status;
}

static enum imjin_status search_fakes(struct search *s, const struct history *h, struct error *err) {
    struct pattern_finding f = finding_begin(s, PATTERN_FAKE_TOKENS, h->account);
    if (!wanted(s, PATTERN_FAKE_TOKENS))
        return IMJIN_OK;
    for (uint64_t i = 0; i < h->count; i++) {
        if (h->steps[i].worth != STEP_FAKE)
            continue;
        f.count++;
        TRY(finding_show(s, &f, &h->steps[i], err));
    }
    f.confidence = confidence_beyond(f.count, 1);
    return f.count ? finding_end(s, &f, err) : IMJIN_OK;
}

/* ---- the run ---- */

static enum imjin_status search_account(struct search *s, struct pattern_result *r, struct account_id account,
                                        struct error *err) {
    struct history h;
    enum imjin_status status = history_read(&h, s->in->ledger, s->doubt, account, true, err);
    if (status == IMJIN_NOT_FOUND) {
        r->passed_over++;
        return IMJIN_OK;
    }
    TRY(status);
    enum imjin_status (*const rules[])(struct search *, const struct history *, struct error *) = {
        search_windows, search_times, search_chains, search_services, search_swaps, search_poisoning, search_fakes};
    for (unsigned i = 0; i < sizeof rules / sizeof *rules && status == IMJIN_OK; i++)
        status = rules[i](s, &h, err);
    history_done(&h);
    r->looked_at++;
    return status;
}

struct place {
    struct pattern_finding finding;
    struct address address;
};

static int compare_places(const void *a, const void *b) {
    const struct place *x = a, *y = b;
    const struct pattern_finding *f = &x->finding, *g = &y->finding;
    if (f->pattern != g->pattern)
        return f->pattern < g->pattern ? -1 : 1;
    int order = address_compare(&x->address, &y->address);
    if (order)
        return order;
    const uint64_t keys[][2] = {{f->first.n, g->first.n},
                                {f->last.n, g->last.n},
                                {f->other.n, g->other.n},
                                {f->asset.n, g->asset.n},
                                {f->evidence, g->evidence}};
    for (unsigned i = 0; i < sizeof keys / sizeof *keys; i++)
        if (keys[i][0] != keys[i][1])
            return keys[i][0] < keys[i][1] ? -1 : 1;
    return 0;
}

static enum imjin_status sort_findings(struct search *s, struct error *err) {
    struct pattern_finding *findings = s->findings.items;
    struct place *places = memory_new(s->findings.count, sizeof *places);
    enum imjin_status status = places ? IMJIN_OK : fail_memory(err, "findings");
    for (uint64_t i = 0; i < s->findings.count && status == IMJIN_OK; i++) {
        places[i].finding = findings[i];
        status = ledger_address(s->in->ledger, findings[i].account, &places[i].address, err);
    }
    if (status == IMJIN_OK && s->findings.count)
        qsort(places, s->findings.count, sizeof *places, compare_places);
    for (uint64_t i = 0; i < s->findings.count && status == IMJIN_OK; i++)
        findings[i] = places[i].finding;
    memory_free(places);
    return status;
}

static enum imjin_status search_all(struct search *s, struct pattern_result *r, const struct account_id *accounts,
                                    uint64_t account_count, const struct progress *p, struct error *err) {
    for (uint64_t i = 0; i < account_count; i++) {
        TRY(progress_step(p, "looking for patterns", "accounts", i, account_count, err));
        TRY(search_account(s, r, accounts[i], err));
    }
    return sort_findings(s, err);
}

enum imjin_status pattern_run(const struct trace_input *in, const struct pattern_doubt *doubt,
                              const struct account_id *accounts, uint64_t account_count, uint32_t patterns,
                              const struct progress *p, struct pattern_result **ret, struct error *err) {
    struct search s = {
        .in = in,
        .doubt = doubt,
        .patterns = patterns,
        .findings = {.item_bytes = sizeof(struct pattern_finding), .items_max = PATTERN_FINDINGS_MAX, .what = "findings"},
        .evidence = {.item_bytes = sizeof(uint32_t), .items_max = PATTERN_EVIDENCE_MAX, .what = "evidence of findings"},
        .stations = {.item_bytes = sizeof(uint64_t), .items_max = PATTERN_EVIDENCE_MAX, .what = "accounts in chains"}};
    struct pattern_result *r = memory_new(1, sizeof *r);
    if (r == NULL)
        return fail_memory(err, "findings");
    enum imjin_status status = search_all(&s, r, accounts, account_count, p, err);
    buffer_done(&s.stations);
    r->findings = s.findings.items;
    r->finding_count = s.findings.count;
    r->evidence = s.evidence.items;
    r->evidence_count = s.evidence.count;
    if (status != IMJIN_OK) {
        pattern_result_free(r);
        return status;
    }
    *ret = r;
    return IMJIN_OK;
}

void pattern_result_free(struct pattern_result *r) {
    if (r == NULL)
        return;
    memory_free(r->findings);
    memory_free(r->evidence);
    memory_free(r);
}
