#include "report/jsonify.h"

const char *label_role_name(enum label_role role) {
    static const char *const names[LABEL_ROLES] = {"none", "service", "mixer", "bridge", "burn", "defi", "token"};
    return (unsigned)role < LABEL_ROLES ? names[role] : "none";
}

void json_key_text(struct json_writer *w, const char *key, const char *value) {
    json_put_key(w, key);
    json_put_text(w, value);
}

void json_key_span_value(struct json_writer *w, const char *key, struct span value) {
    json_put_key(w, key);
    json_put_string(w, value);
}

void json_key_unsigned(struct json_writer *w, const char *key, uint64_t value) {
    json_put_key(w, key);
    json_put_unsigned(w, value);
}

void json_key_bool(struct json_writer *w, const char *key, bool value) {
    json_put_key(w, key);
    json_put_bool(w, value);
}

void json_key_units(struct json_writer *w, const char *key, struct u256 units) {
    json_put_key(w, key);
    json_put_amount(w, units);
}

void json_key_amount(struct json_writer *w, const char *key, struct u256 units, unsigned decimals) {
    char amount[AMOUNT_PRINT_MAX];
    unsigned count = amount_print(units, decimals, amount);
    json_key_span_value(w, key, (struct span){amount, count});
}

void json_key_time(struct json_writer *w, const char *key, int64_t time) {
    char text[TIME_PRINT_MAX];
    time_print(time, text);
    char *blank = strchr(text, ' ');
    if (blank)
        *blank = 'T';
    json_key_text(w, key, time == TIME_UNKNOWN ? NULL : text);
}

void json_key_hash(struct json_writer *w, const char *key, const struct sha256 *hash) {
    char hex[65];
    sha256_print(hash, hex);
    json_key_text(w, key, hex);
}

static void json_ledger(struct json_writer *w, const struct ledger *l) {
    const struct ledger_counts *counts = ledger_counts(l);
    json_put_key(w, "ledger");
    json_object_begin(w);
    json_key_text(w, "chain", ledger_chain(l)->name);
    json_key_hash(w, "identity", ledger_identity(l));
    json_key_unsigned(w, "movements", counts->movements);
    json_key_unsigned(w, "transactions", counts->txs);
    json_key_unsigned(w, "accounts", counts->accounts - ACCOUNTS_RESERVED);
    json_key_unsigned(w, "assets", counts->assets);
    json_object_end(w);
}

void json_head(struct json_writer *w, const struct report_input *in, const char *schema) {
    json_object_begin(w);
    json_key_text(w, "schema", schema);
    json_key_text(w, "version", in->program_version);
    if (in->ledger)
        json_ledger(w, in->ledger);
    if (in->labels) {
        json_put_key(w, "label_set");
        json_object_begin(w);
        json_key_unsigned(w, "tags", label_count(in->labels));
        json_key_hash(w, "identity", label_identity(in->labels));
        json_object_end(w);
    }
}

enum imjin_status json_foot(struct json_writer *w, struct file_writer *file, struct error *err) {
    json_object_end(w);
    text_add_string(w->out, "\n");
    TRY(text_status(w->out, err));
    drain_all(w->out, file);
    return IMJIN_OK;
}

static void json_tag_members(struct json_writer *w, const struct tag *tag) {
    json_key_span_value(w, "label", tag->label);
    if (tag->actor.count)
        json_key_span_value(w, "actor", tag->actor);
    if (tag->category) {
        json_key_text(w, "category", tag->category->name);
        json_key_text(w, "role", label_role_name(tag->category->role));
        if (tag->category->contact[0])
            json_key_text(w, "contact", tag->category->contact);
    } else if (tag->category_text.count) {
        json_key_span_value(w, "category", tag->category_text);
    }
    json_key_unsigned(w, "confidence", tag->confidence);
}

void json_account_members(struct json_writer *w, const struct account_name *name) {
    json_key_text(w, "address", name->address);
    if (!name->tagged)
        return;
    json_tag_members(w, &name->tag);
    json_key_bool(w, "label_conflict", name->conflict);
}

enum imjin_status json_account(struct json_writer *w, const char *key, const struct report_input *in, struct account_id id,
                               struct error *err) {
    struct account_name name;
    TRY(account_name(in, id, &name, err));
    json_put_key(w, key);
    json_object_begin(w);
    json_account_members(w, &name);
    json_object_end(w);
    return IMJIN_OK;
}

enum imjin_status json_key_address(struct json_writer *w, const char *key, const struct report_input *in, struct account_id id,
                                   struct error *err) {
    struct address address;
    char text[ADDRESS_PRINT_MAX];
    if (id.n == ID_NONE) {
        json_key_text(w, key, NULL);
        return IMJIN_OK;
    }
    TRY(ledger_address(in->ledger, id, &address, err));
    address_print(&address, text);
    json_key_text(w, key, text);
    return IMJIN_OK;
}

enum imjin_status json_key_tx(struct json_writer *w, const struct report_input *in, struct tx_id id, struct error *err) {
    struct tx_name tx;
    if (id.n == ID_NONE) {
        json_key_text(w, "transaction", NULL);
        return IMJIN_OK;
    }
    TRY(tx_name(in, id, &tx, err));
    json_key_text(w, "transaction", tx.id);
    json_key_unsigned(w, "block", tx.tx.block);
    json_key_time(w, "time", tx.tx.time);
    return IMJIN_OK;
}

enum imjin_status json_key_asset(struct json_writer *w, const char *key, const struct report_input *in, struct asset_id id,
                                 struct error *err) {
    char name[ASSET_PRINT_MAX];
    TRY(ledger_asset_print(in->ledger, id, name, err));
    json_key_text(w, key, name);
    return IMJIN_OK;
}

enum imjin_status json_asset(struct json_writer *w, const struct report_input *in, const struct ranked_asset *asset,
                             struct error *err) {
    static const char *const forms[] = {"native", "token", "item", "named"};
    struct asset_name name;
    char contract[ADDRESS_PRINT_MAX];
    TRY(asset_name(in, (struct asset_id){asset->asset}, &name, err));
    const struct asset_key *key = &name.asset.key;
    json_object_begin(w);
    json_key_text(w, "name", name.full);
    json_key_text(w, "form", forms[key->form & 3]);
    json_key_text(w, "symbol", name.asset.symbol);
    if (key->form == ASSET_TOKEN || key->form == ASSET_ITEM) {
        address_print(&key->contract, contract);
        json_key_text(w, "contract", contract);
    }
    if (key->form == ASSET_ITEM)
        json_key_units(w, "item", key->item);
    json_put_key(w, "decimals");
    if (name.decimals == DECIMALS_UNKNOWN)
        json_put_null(w);
    else
        json_put_unsigned(w, name.decimals);
    json_key_bool(w, "conflicting", name.asset.conflicting);
    json_key_text(w, "standing", standing_name(asset->standing));
    json_object_end(w);
    return IMJIN_OK;
}

void json_tag(struct json_writer *w, const struct tag *tag) {
    char address[ADDRESS_PRINT_MAX];
    address_print(&tag->address, address);
    json_object_begin(w);
    json_key_text(w, "address", address);
    json_key_span_value(w, "chain", tag->chain);
    json_tag_members(w, tag);
    const struct {
        const char *key;
        struct span value;
    } texts[] = {{"abuse", tag->abuse}, {"source", tag->source}, {"pack", tag->pack}, {"last_changed", tag->last_changed}};
    for (unsigned i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (texts[i].value.count)
            json_key_span_value(w, texts[i].key, texts[i].value);
    json_key_bool(w, "definer", tag->is_definer);
    json_object_end(w);
}
