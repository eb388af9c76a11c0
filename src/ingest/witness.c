#include <stdlib.h>

#include "codec/abi.h"
#include "ingest/reader.h"

/* A witness and where it stands. */
struct heard {
    struct abi_witness witness;
    uint32_t position;
};
struct witness_search {
    uint8_t hash[32];
    struct buffer heard;
};

static bool is_wanted(const struct reading *r) {
    return r->base.tx_form == TX_HASH && memcmp(r->base.tx_hash, r->witnesses->hash, sizeof r->witnesses->hash) == 0;
}

static enum imjin_status add(struct reading *r, const struct abi_signature *s, const struct address *contract, bool call,
                             struct error *err) {
    struct heard h = {.witness = {.signature = s, .call = call}, .position = call ? 0 : r->base.position};
    memcpy(h.witness.contract, contract->evm, sizeof h.witness.contract);
    return buffer_push(&r->witnesses->heard, &h, NULL, err);
}

/* Bytes of hex digits; *ret null when they are none, or more than anything honest has. */
static enum imjin_status bytes_of(struct span text, uint8_t **ret, struct error *err) {
    *ret = NULL;
    if (text.count % 2 || text.count / 2 > INGEST_WITNESS_BYTES_MAX)
        return IMJIN_OK;
    uint8_t *bytes = memory_new(text.count / 2 + 1, sizeof *bytes);
    if (bytes == NULL)
        return fail_memory(err, "an event's data");
    if (hex_decode(bytes, text.bytes, text.count / 2) & HEX_BAD) {
        memory_free(bytes);
        return IMJIN_OK;
    }
    *ret = bytes;
    return IMJIN_OK;
}

enum imjin_status witness_event(struct reading *r, const struct address *contract, const uint8_t (*topics)[32],
                                unsigned topic_count, struct span text, struct error *err) {
    struct abi_match match;
    uint8_t *bytes;
    if (!is_wanted(r) || topic_count == 0)
        return IMJIN_OK;
    TRY(bytes_of(text, &bytes, err));
    if (bytes == NULL)
        return IMJIN_OK;
    const struct abi_event e = {topics, topic_count, {(const char *)bytes, text.count / 2}};
    enum imjin_status status = IMJIN_OK;
    if (abi_match_event(&e, &match))
        status = add(r, match.signature, contract, false, err);
    memory_free(bytes);
    return status;
}

enum imjin_status witness_call(struct reading *r, const struct address *callee, struct span text, struct error *err) {
    struct abi_match match;
    const struct abi_signature *s = NULL;
    uint8_t *bytes;
    if (!is_wanted(r) || callee->form != ADDRESS_EVM || text.count < 2 + 2 * ABI_SELECTOR)
        return IMJIN_OK;
    text = (struct span){text.bytes + 2, text.count - 2};
    TRY(bytes_of(text, &bytes, err));
    if (bytes == NULL)
        return IMJIN_OK;
    if (text.count == (uint64_t)2 * ABI_SELECTOR)
        s = abi_function_find(bytes);
    else if (abi_match_call((struct span){(const char *)bytes, text.count / 2}, &match))
        s = match.signature;
    memory_free(bytes);
    return s ? add(r, s, callee, true, err) : IMJIN_OK;
}

/* ---- files ---- */

static int by_place(const void *left, const void *right) {
    const struct heard *a = left, *b = right;
    if (a->witness.call != b->witness.call)
        return a->witness.call ? -1 : 1;
    if (a->position != b->position)
        return a->position < b->position ? -1 : 1;
    int c = memcmp(a->witness.contract, b->witness.contract, sizeof a->witness.contract);
    return c ? c : strcmp(a->witness.signature->canonical, b->witness.signature->canonical);
}

/* The same event in two files is one. */
static enum imjin_status hand_over(struct witness_search *s, struct abi_witness **ret, uint32_t *ret_count, struct error *err) {
    struct heard *heard = s->heard.items;
    uint32_t kept = 0;
    struct abi_witness *witnesses = memory_new(s->heard.count ? s->heard.count : 1, sizeof *witnesses);
    if (witnesses == NULL)
        return fail_memory(err, "a transaction's events");
    if (s->heard.count)
        qsort(heard, s->heard.count, sizeof *heard, by_place);
    for (uint64_t i = 0; i < s->heard.count; i++)
        if (i == 0 || by_place(heard + i - 1, heard + i) != 0)
            witnesses[kept++] = heard[i].witness;
    *ret = witnesses;
    *ret_count = kept;
    return IMJIN_OK;
}

static enum imjin_status listen(struct witness_search *s, const struct chain *chain, const char *path,
                                const struct ingest_options *options, struct error *err) {
    struct input *in;
    struct ingest_file *file = memory_new(1, sizeof *file);
    if (file == NULL)
        return fail_memory(err, "reading a file");
    enum imjin_status status = input_open(&in, path, options->threads, err);
    if (status == IMJIN_OK) {
        status = ingest_listen(s, file, chain, in, options, err);
        input_close(in);
    }
    memory_free(file);
    return status;
}

enum imjin_status ingest_witnesses(struct abi_witness **ret, uint32_t *ret_count, const uint8_t tx_hash[32],
                                   const struct chain *chain, const char *const *paths, uint64_t count,
                                   const struct ingest_options *options, struct error *err) {
    struct witness_search s = {
        .heard = {.item_bytes = sizeof(struct heard), .items_max = INGEST_WITNESSES_MAX, .what = "events of a transaction"}};
    enum imjin_status status = IMJIN_OK;
    memcpy(s.hash, tx_hash, sizeof s.hash);
    for (uint64_t i = 0; i < count && status == IMJIN_OK; i++)
        status = listen(&s, chain, paths[i], options, err);
    if (status == IMJIN_OK)
        status = hand_over(&s, ret, ret_count, err);
    buffer_done(&s.heard);
    return status;
}
