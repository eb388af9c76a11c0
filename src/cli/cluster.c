#include "cli/cluster.h"

#include <stdio.h>

enum imjin_status cluster_options_given(const struct session *s, struct cluster_options *ret, struct error *err) {
    const struct arguments *a = &s->arguments;
    const char *rules = arguments_text(a, OPTION_CHANGE);
    struct cluster_options o = {.change_votes = (uint32_t)arguments_count(a, OPTION_VOTES, 0),
                                .guard = (uint32_t)arguments_count(a, OPTION_GUARD, 0)};
    if (rules && !change_rules_parse(span_of(rules), &o.change_rules))
        return fail(err, IMJIN_USAGE,
                    "--change takes names of rules with commas between, or \"all\": reuse, one-time, "
                    "script-type, round-value, optimal, locktime, peel");
    if (!rules && o.change_votes)
        return fail(err, IMJIN_USAGE, "--votes says how many rules of --change must agree: it needs --change");
    *ret = o;
    return IMJIN_OK;
}

enum imjin_status cluster_path(struct session *s, const struct cluster_options *o, char *ret_path, struct error *err) {
    char directory[PATH_BYTES_MAX], name[64];
    TRY(workspace_compiled(s->desk.workspace, s->desk.chain.name, directory, err));
    TRY(directory_make(directory, err));
    if (o->change_rules || o->guard)
        snprintf(name, sizeof name, "clusters-%x-%u-%u", o->change_rules, o->change_votes, o->guard);
    else
        snprintf(name, sizeof name, "clusters");
    return path_join(ret_path, err, directory, name);
}

static enum imjin_status open_store(struct session *s, struct error *err) {
    bool blocks;
    TRY(desk_has_blocks(&s->desk, &blocks, err));
    if (!blocks)
        return fail(err, IMJIN_USAGE, "clusters are of chains whose blocks were imported (Bitcoin and its kin); %s has none",
                    s->desk.chain.name);
    return desk_store(&s->desk, err);
}

enum imjin_status cluster_desk(struct session *s, struct clusters **ret, struct error *err) {
    struct cluster_options options;
    char path[PATH_BYTES_MAX];
    TRY(cluster_options_given(s, &options, err));
    TRY(open_store(s, err));
    TRY(cluster_path(s, &options, path, err));
    return cluster_refresh(ret, s->desk.store, path, options, &s->progress, err);
}

uint32_t cluster_txs_given(const struct session *s) {
    if (!arguments_has(&s->arguments, OPTION_HEIGHT))
        return UINT32_MAX;
    return cluster_txs_as_of(s->desk.store, (uint32_t)arguments_count(&s->arguments, OPTION_HEIGHT, 0));
}

enum imjin_status cluster_address(struct session *s, const char *text, struct script_id *ret, struct error *err) {
    struct span named = span_trim(span_of(text));
    struct address address = {.form = ADDRESS_OPAQUE, .count = (uint8_t)named.count, .text = named.bytes};
    TRY(open_store(s, err));
    if (named.count == 0 || named.count > ADDRESS_TEXT_MAX)
        return fail(err, IMJIN_BAD_INPUT, "this is no address of %s", s->desk.chain.name);
    return utxo_script_find(s->desk.store, &address, ret, err);
}

enum imjin_status cluster_transaction(struct session *s, const char *text, struct tx_id *ret, struct error *err) {
    TRY(open_store(s, err));
    return utxo_tx_find(s->desk.store, span_trim(span_of(text)), ret, err);
}

static bool label_of(const struct session *s, const char *text, struct tag *ret) {
    struct address address = {.form = ADDRESS_OPAQUE, .count = (uint8_t)strlen(text), .text = text};
    uint64_t first, count;
    label_find(s->desk.labels, s->desk.chain.name, &address, &first, &count);
    if (count)
        *ret = label_at(s->desk.labels, first);
    return count > 0;
}

enum imjin_status cluster_put_address(struct json_writer *w, const struct session *s, const char *key, struct script_id id,
                                      struct error *err) {
    char text[SCRIPT_PRINT_MAX];
    struct tag tag;
    TRY(utxo_script_print(s->desk.store, id, text, err));
    if (key) {
        result_word(w, key, text);
        return IMJIN_OK;
    }
    json_object_begin(w);
    result_word(w, "address", text);
    json_put_key(w, "label");
    if (label_of(s, text, &tag))
        json_put_string(w, tag.label.count ? tag.label : tag.actor);
    else
        json_put_null(w);
    json_object_end(w);
    return IMJIN_OK;
}

enum imjin_status cluster_put_tx(struct json_writer *w, const struct session *s, struct tx_id id, struct error *err) {
    struct utxo_tx t;
    char text[65], time[TIME_PRINT_MAX];
    TRY(utxo_tx(s->desk.store, id, &t, err));
    utxo_hash_print(t.hash, text);
    time_print(t.time, time);
    if (time[0])
        time[10] = 'T';
    result_word(w, "transaction", text);
    result_number(w, "height", t.height);
    result_word(w, "time", time);
    return IMJIN_OK;
}

void cluster_put_units(struct json_writer *w, const struct session *s, const char *key, uint64_t units) {
    (void)s;
    json_put_key(w, key);
    json_put_amount(w, u256_from_u128(units));
}

enum imjin_status cluster_add_address(struct session *s, struct script_id id, struct error *err) {
    char text[SCRIPT_PRINT_MAX];
    struct tag tag;
    TRY(utxo_script_print(s->desk.store, id, text, err));
    text_add_string(&s->out, text);
    if (label_of(s, text, &tag)) {
        char label[200];
        struct span name = tag.label.count ? tag.label : tag.actor;
        escape_ascii(label, sizeof label, name.bytes, name.count);
        text_add_format(&s->out, " [%s]", label);
    }
    return IMJIN_OK;
}

enum imjin_status cluster_add_tx(struct session *s, struct tx_id id, struct error *err) {
    struct utxo_tx t;
    char text[65], time[TIME_PRINT_MAX];
    TRY(utxo_tx(s->desk.store, id, &t, err));
    utxo_hash_print(t.hash, text);
    time_print(t.time, time);
    text_add_format(&s->out, "%s (height %u, %.10s)", text, t.height, time);
    return IMJIN_OK;
}

void cluster_add_units(struct session *s, uint64_t units) {
    const struct chain *chain = utxo_chain(s->desk.store);
    char amount[AMOUNT_PRINT_MAX];
    amount_print(u256_from_u128(units), chain->native_decimals, amount);
    text_add_format(&s->out, "%s %s", amount, chain->native_symbol);
}

const char *cluster_rule_name(uint32_t rule) { return rule == 0 ? "inputs" : change_rule((enum change_rule)(rule - 1))->name; }

const char *cluster_rule_text(uint32_t rule) {
    return rule == 0 ? "both are inputs, spent together" : change_rule((enum change_rule)(rule - 1))->meaning;
}
