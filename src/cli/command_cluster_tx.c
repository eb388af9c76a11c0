#include "cli/cluster.h"

/* What the rules say of one transaction. */
struct verdict {
    struct tx_id tx;
    struct coin_view view;
    struct coinjoin coinjoin;
    struct change_lead change;
    bool has_change;
};

static uint32_t rules_given(const struct cluster_options *o) {
    return o->change_rules ? o->change_rules : (1u << CHANGE_RULES) - 1;
}

static enum imjin_status judge(struct session *s, struct verdict *v, struct error *err) {
    struct coinjoin_scratch scratch = {0};
    struct cluster_options options;
    TRY(cluster_options_given(s, &options, err));
    TRY(cluster_transaction(s, s->arguments.operands[0], &v->tx, err));
    TRY(coin_view_load(&v->view, s->desk.store, v->tx, err));
    enum imjin_status status = coinjoin_of(&v->coinjoin, &scratch, &v->view.tx, err);
    coinjoin_scratch_done(&scratch);
    TRY(status);
    status = change_of(&v->change, s->desk.store, &v->view.tx, rules_given(&options), err);
    v->has_change = status == IMJIN_OK;
    return status == IMJIN_NOT_FOUND ? IMJIN_OK : status;
}

static void put_coinjoin(struct json_writer *w, const struct coinjoin *c) {
    const struct coinjoin_rule *rule = coinjoin_rule(c->kind);
    json_put_key(w, "coinjoin");
    json_object_begin(w);
    result_word(w, "type", rule->name);
    result_number(w, "confidence", rule->confidence);
    result_word(w, "source", rule->source);
    json_put_key(w, "several_owners");
    json_put_bool(w, rule->many_owners);
    result_number(w, "equal_outputs", c->equal_count);
    json_put_key(w, "equal_value");
    json_put_amount(w, u256_from_u128(c->value));
    result_number(w, "participants_min", c->participants_min);
    json_put_key(w, "veto");
    json_put_text(w, c->veto ? coinjoin_veto_text(c->veto) : NULL);
    json_object_end(w);
}

static enum imjin_status put_change(struct session *s, struct json_writer *w, const struct verdict *v, struct error *err) {
    json_put_key(w, "change");
    if (!v->has_change) {
        json_put_null(w);
        return IMJIN_OK;
    }
    json_object_begin(w);
    result_number(w, "output", v->change.output);
    TRY(cluster_put_address(w, s, "address", (struct script_id){v->view.tx.outputs[v->change.output].script}, err));
    result_number(w, "confidence", v->change.confidence);
    json_put_key(w, "rules");
    json_array_begin(w);
    for (unsigned i = 0; i < CHANGE_RULES; i++)
        if (v->change.rules >> i & 1) {
            json_object_begin(w);
            result_word(w, "rule", change_rule((enum change_rule)i)->name);
            result_word(w, "meaning", change_rule((enum change_rule)i)->meaning);
            result_number(w, "output", v->change.says[i]);
            result_number(w, "confidence", change_rule((enum change_rule)i)->confidence);
            json_object_end(w);
        }
    json_array_end(w);
    json_object_end(w);
    return IMJIN_OK;
}

static enum imjin_status write_verdict_json(struct session *s, const struct verdict *v, struct error *err) {
    struct json_writer w = {.out = &s->out};
    json_object_begin(&w);
    result_word(&w, "schema", "imjin.cluster-tx/1");
    result_word(&w, "chain", s->desk.chain.name);
    TRY(cluster_put_tx(&w, s, v->tx, err));
    put_coinjoin(&w, &v->coinjoin);
    TRY(put_change(s, &w, v, err));
    json_object_end(&w);
    text_add_string(&s->out, "\n");
    return text_status(&s->out, err);
}

static void add_coinjoin(struct session *s, const struct coinjoin *c) {
    const struct coinjoin_rule *rule = coinjoin_rule(c->kind);
    if (c->kind == COINJOIN_NONE) {
        text_add_string(&s->out, "no CoinJoin");
        if (c->veto)
            text_add_format(&s->out, ": it has %u equal outputs, but %s", c->equal_count, coinjoin_veto_text(c->veto));
        text_add_string(&s->out, "\n");
        return;
    }
    text_add_format(&s->out, "consistent with %s, confidence %u %% (%s)\n  %u equal outputs of ", rule->name, rule->confidence,
                    rule->source, c->equal_count);
    cluster_add_units(s, c->value);
    text_add_format(&s->out, "; its inputs %s\n", rule->many_owners ? "join nothing" : "are of one owner");
}

static enum imjin_status add_change(struct session *s, const struct verdict *v, struct error *err) {
    if (!v->has_change) {
        text_add_string(&s->out, "no rule says which output is change\n");
        return IMJIN_OK;
    }
    text_add_format(&s->out, "change (a lead): output %llu, ", (unsigned long long)v->change.output);
    TRY(cluster_add_address(s, (struct script_id){v->view.tx.outputs[v->change.output].script}, err));
    if (v->change.conflicts)
        text_add_string(&s->out, "; the rules disagree\n");
    else
        text_add_format(&s->out, "; confidence %u %%\n", v->change.confidence);
    for (unsigned i = 0; i < CHANGE_RULES; i++)
        if (v->change.rules >> i & 1)
            text_add_format(&s->out, "  %-12s output %u, %u %%: %s\n", change_rule((enum change_rule)i)->name,
                            v->change.says[i], change_rule((enum change_rule)i)->confidence,
                            change_rule((enum change_rule)i)->meaning);
    return IMJIN_OK;
}

static enum imjin_status write_verdict(struct session *s, const struct verdict *v, struct error *err) {
    if (s->json)
        return write_verdict_json(s, v, err);
    TRY(cluster_add_tx(s, v->tx, err));
    text_add_string(&s->out, "\n");
    add_coinjoin(s, &v->coinjoin);
    TRY(add_change(s, v, err));
    return text_status(&s->out, err);
}

enum imjin_status command_cluster_tx(struct session *s, struct error *err) {
    struct verdict v = {0};
    enum imjin_status status = judge(s, &v, err);
    if (status == IMJIN_OK)
        status = write_verdict(s, &v, err);
    coin_view_done(&v.view);
    return status;
}

/* ---- peel chains ---- */

enum { PEELS_OF_TEXT = 40 };

static uint64_t peels_shown(const struct session *s, const struct peel_chain *p) {
    uint64_t limit = arguments_count(&s->arguments, OPTION_LIMIT, s->json ? p->count : PEELS_OF_TEXT);
    return p->count < limit ? p->count : limit;
}

static enum imjin_status write_peels_json(struct session *s, const struct peel_chain *p, struct error *err) {
    struct json_writer w = {.out = &s->out};
    json_object_begin(&w);
    result_word(&w, "schema", "imjin.peel-chain/1");
    result_word(&w, "chain", s->desk.chain.name);
    result_number(&w, "hops", p->count);
    cluster_put_units(&w, s, "value_first", p->value_first);
    cluster_put_units(&w, s, "value_peeled", p->value_peeled);
    cluster_put_units(&w, s, "value_rest", p->value_rest);
    cluster_put_units(&w, s, "fees", p->fees);
    result_word(&w, "end", peel_end_name(p->end));
    TRY(cluster_put_address(&w, s, "rest", (struct script_id){utxo_outputs(s->desk.store)[p->rest_output].script}, err));
    json_put_key(&w, "peels");
    json_array_begin(&w);
    for (uint64_t i = 0; i < peels_shown(s, p); i++) {
        json_object_begin(&w);
        TRY(cluster_put_tx(&w, s, p->peels[i].tx, err));
        TRY(cluster_put_address(&w, s, "address", (struct script_id){p->peels[i].script}, err));
        cluster_put_units(&w, s, "value", p->peels[i].value);
        json_object_end(&w);
    }
    json_array_end(&w);
    json_object_end(&w);
    text_add_string(&s->out, "\n");
    return text_status(&s->out, err);
}

static enum imjin_status write_peels(struct session *s, const struct peel_chain *p, struct error *err) {
    uint64_t shown = peels_shown(s, p);
    if (s->json)
        return write_peels_json(s, p, err);
    text_add_format(&s->out, "peel chain of %llu hops: ", (unsigned long long)p->count);
    cluster_add_units(s, p->value_first);
    text_add_string(&s->out, " in, ");
    cluster_add_units(s, p->value_peeled);
    text_add_string(&s->out, " peeled off, ");
    cluster_add_units(s, p->value_rest);
    text_add_format(&s->out, " left (%s) with ", peel_end_name(p->end));
    TRY(cluster_add_address(s, (struct script_id){utxo_outputs(s->desk.store)[p->rest_output].script}, err));
    text_add_string(&s->out, "\n");
    for (uint64_t i = 0; i < shown; i++) {
        text_add_string(&s->out, "  ");
        TRY(cluster_add_tx(s, p->peels[i].tx, err));
        text_add_string(&s->out, "\n    ");
        cluster_add_units(s, p->peels[i].value);
        text_add_string(&s->out, " to ");
        TRY(cluster_add_address(s, (struct script_id){p->peels[i].script}, err));
        text_add_string(&s->out, "\n");
    }
    if (shown < p->count)
        text_add_format(&s->out, "  ... and %llu more (--limit)\n", (unsigned long long)(p->count - shown));
    return text_status(&s->out, err);
}

enum imjin_status command_cluster_peel(struct session *s, struct error *err) {
    struct peel_chain p;
    struct tx_id tx;
    TRY(cluster_transaction(s, s->arguments.operands[0], &tx, err));
    TRY(peel_of(&p, s->desk.store, tx, err));
    enum imjin_status status = write_peels(s, &p, err);
    peel_done(&p);
    return status;
}
