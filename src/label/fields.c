#include "label/read.h"

/* Which ledger a currency's addresses belong to. A token lives on many chains and says none. */
static const struct {
    const char *currency, *chain;
} currencies[] = {
    {"ARB", "arbitrum"},
    {"AVAX", "avalanche"},
    {"BCH", "bitcoin-cash"},
    {"BEP20", "bsc"},
    {"BNB", "bsc"},
    {"BSC", "bsc"},
    {"BTC", "bitcoin"},
    {"DASH", "dash"},
    {"DOGE", "dogecoin"},
    {"ETC", "ethereum-classic"},
    {"ETH", "ethereum"},
    {"LTC", "litecoin"},
    {"MATIC", "polygon"},
    {"OP", "optimism"},
    {"POL", "polygon"},
    {"RON", "ronin"},
    {"TRX", "tron"},
    {"USDC", ""},
    {"USDT", ""},
    {"XMR", "monero"},
    {"ZEC", "zcash"},
};

static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c; }

static bool same_word(struct span text, const char *word) {
    uint64_t i = 0;
    while (i < text.count && word[i] && lower(text.bytes[i]) == lower(word[i]))
        i++;
    return i == text.count && word[i] == '\0';
}

/* The chain as the ledgers name it: a known currency's, or the word itself in lower case when it can be a name. */
static enum imjin_status find_chain(struct chain *ret, struct span word, struct error *err) {
    char name[CHAIN_NAME_MAX] = "";
    for (size_t i = 0; i < sizeof currencies / sizeof currencies[0]; i++) {
        if (!same_word(word, currencies[i].currency))
            continue;
        if (currencies[i].chain[0] == '\0') {
            *ret = (struct chain){.native_decimals = DECIMALS_UNKNOWN};
            return IMJIN_OK;
        }
        return chain_find(ret, currencies[i].chain, err);
    }
    for (uint64_t i = 0; i < word.count && i + 1 < sizeof name; i++)
        name[i] = lower(word.bytes[i]);
    if (word.count < sizeof name && chain_find(ret, name, NULL) == IMJIN_OK)
        return IMJIN_OK;
    return fail_value(err, NULL, 0, "chain", word.bytes, word.count, "is not a chain name (1 to 32 of a-z, 0-9, '-')");
}

static struct span or_else(struct span first, struct span second) { return first.count ? first : second; }

/* YYYY-MM-DD of any time; empty when the text is none. */
static struct span date_of(struct span text, char ret_text[TIME_PRINT_MAX]) {
    int64_t time;
    if (time_parse(&time, text, NULL) != IMJIN_OK)
        return (struct span){"", 0};
    time_print(time, ret_text);
    return (struct span){ret_text, 10};
}

static enum imjin_status understand_address(struct tag *tag, const struct span fields[TAG_FIELDS], const char *chain,
                                            struct chain *ret_chain, char text[SCRIPT_PRINT_MAX], struct error *err) {
    struct span word = or_else(or_else(fields[FIELD_CHAIN], fields[FIELD_CURRENCY]), span_of(chain));
    struct span address = span_trim(fields[FIELD_ADDRESS]);
    *ret_chain = (struct chain){.native_decimals = DECIMALS_UNKNOWN};
    if (word.count)
        TRY(find_chain(ret_chain, word, err));
    tag->chain = span_of(ret_chain->name);
    if (address.count == 0)
        return fail_value(err, NULL, 0, "address", "", 0, "is empty");
    enum imjin_status status = address_parse_canonical(&tag->address, text, ret_chain, address, err);
    if (status != IMJIN_OK && err)
        memcpy(err->column, "address", sizeof "address");
    return status;
}

static enum imjin_status understand(struct tag *tag, const struct span fields[TAG_FIELDS], struct error *err) {
    static const char *const names[TAG_FIELDS] = {
        "address", "label", "category", "confidence",         "source",   "chain", "currency",
        "actor",   "abuse", "lastmod",  "is_cluster_definer", "concepts", "title"};
    struct span definer = fields[FIELD_DEFINER];
    for (unsigned i = 0; i < TAG_FIELDS; i++)
        if (fields[i].count > LABEL_TEXT_MAX)
            return fail_value(err, NULL, 0, names[i], fields[i].bytes, fields[i].count, "is longer than %d bytes",
                              LABEL_TEXT_MAX);
    if (fields[FIELD_CONFIDENCE].count && !label_confidence_parse(fields[FIELD_CONFIDENCE], &tag->confidence))
        return fail_value(err, NULL, 0, "confidence", fields[FIELD_CONFIDENCE].bytes, fields[FIELD_CONFIDENCE].count,
                          "is neither a word of the confidence scale nor a number from 0 to 100");
    tag->is_definer = same_word(definer, "true") || same_word(definer, "yes") || same_word(definer, "1");
    if (!tag->is_definer && definer.count && !same_word(definer, "false") && !same_word(definer, "no") &&
        !same_word(definer, "0"))
        return fail_value(err, NULL, 0, names[FIELD_DEFINER], definer.bytes, definer.count, "is neither true nor false");
    tag->label = fields[FIELD_LABEL];
    tag->actor = fields[FIELD_ACTOR];
    tag->category_text = or_else(fields[FIELD_CATEGORY], fields[FIELD_CONCEPT]);
    tag->abuse = fields[FIELD_ABUSE];
    tag->source = fields[FIELD_SOURCE];
    tag->pack = fields[FIELD_PACK];
    return IMJIN_OK;
}

/* A tag that says nothing but an address is a slip of whoever wrote the file. */
static enum imjin_status check_content(const struct tag *tag, struct error *err) {
    if (tag->label.count || tag->actor.count || tag->category_text.count || tag->abuse.count)
        return IMJIN_OK;
    return fail_value(err, NULL, 0, NULL, NULL, 0, "the tag has neither label nor category, actor or abuse");
}

/* A category in other words than the taxonomy's is kept, but decides nothing: a slip there would be seen by nobody. */
static void count_outside(struct label_import_result *result, struct span category) {
    if (category.count == 0 || label_category_find(category))
        return;
    if (result->outside_taxonomy++ == 0)
        escape_ascii(result->outside_first, sizeof result->outside_first, category.bytes, category.count);
}

static enum imjin_status add_tag(struct label_reading *r, const struct span fields[TAG_FIELDS], uint8_t confidence,
                                 struct error *err) {
    struct tag tag = {.confidence = confidence};
    struct chain chain;
    char date[TIME_PRINT_MAX], address[SCRIPT_PRINT_MAX];
    TRY(understand(&tag, fields, err));
    TRY(understand_address(&tag, fields, r->chain, &chain, address, err));
    TRY(check_content(&tag, err));
    tag.last_changed = date_of(fields[FIELD_DATE], date);
    TRY(label_set_add(r->set, &tag, err));
    count_outside(&r->result, tag.category_text);
    return IMJIN_OK;
}

enum imjin_status label_add_fields(struct label_reading *r, const struct span fields[TAG_FIELDS], uint8_t confidence,
                                   uint64_t line, struct error *err) {
    struct error why = {0};
    r->result.tags_read++;
    enum imjin_status status = add_tag(r, fields, confidence, &why);
    if (status == IMJIN_OK)
        return IMJIN_OK;
    error_at(&why, r->path, line);
    if (status == IMJIN_BAD_INPUT && r->skip) {
        r->result.tags_read--;
        r->result.skipped++;
        r->skip(r->context, &why);
        return IMJIN_OK;
    }
    if (err)
        *err = why;
    return status;
}
