#include "cli/cluster.h"

/* What the finding counts, for people. */
static const char *counted(enum motif_kind kind) {
    static const char *const words[MOTIF_KINDS] = {"hops", "equal outputs", "outputs", "inputs"};
    return words[kind];
}

static enum imjin_status write_json(struct session *s, struct json_writer *w, struct script_id script, const struct motif *m,
                                    struct error *err) {
    json_object_begin(w);
    result_word(w, "pattern", motif_name(m->kind));
    TRY(cluster_put_address(w, s, "address", script, err));
    json_put_key(w, "coinjoin");
    json_put_text(w, m->kind == MOTIF_COINJOIN ? coinjoin_rule(m->coinjoin)->name : NULL);
    TRY(cluster_put_tx(w, s, m->tx, err));
    result_number(w, "count", m->count);
    cluster_put_units(w, s, "value", m->value);
    result_number(w, "confidence", m->confidence);
    json_object_end(w);
    return IMJIN_OK;
}

static enum imjin_status write_text(struct session *s, struct script_id script, const struct motif *m, struct error *err) {
    text_add_format(&s->out, "%s%s%s, confidence %u %%: ", motif_name(m->kind), m->kind == MOTIF_COINJOIN ? " " : "",
                    m->kind == MOTIF_COINJOIN ? coinjoin_rule(m->coinjoin)->name : "", m->confidence);
    TRY(cluster_add_address(s, script, err));
    text_add_format(&s->out, "\n  %llu %s, ", (unsigned long long)m->count, counted(m->kind));
    cluster_add_units(s, m->value);
    text_add_string(&s->out, ", ");
    TRY(cluster_add_tx(s, m->tx, err));
    text_add_string(&s->out, "\n");
    return IMJIN_OK;
}

struct writing {
    struct json_writer w;
    uint64_t left, written, passed_over;
};

static enum imjin_status of_address(struct session *s, struct writing *out, const char *text, uint32_t patterns,
                                    struct error *err) {
    struct script_id script;
    struct buffer motifs = {0};
    uint64_t passed_over = 0;
    TRY(cluster_address(s, text, &script, err));
    enum imjin_status status = motif_find(&motifs, &passed_over, s->desk.store, script, err);
    out->passed_over += passed_over;
    for (uint64_t i = 0; i < motifs.count && status == IMJIN_OK; i++) {
        const struct motif *m = &((const struct motif *)motifs.items)[i];
        if (!(patterns >> pattern_find(span_of(motif_name(m->kind))) & 1) || out->left == 0)
            continue;
        out->left--;
        out->written++;
        status = s->json ? write_json(s, &out->w, script, m, err) : write_text(s, script, m, err);
    }
    buffer_done(&motifs);
    return status;
}

enum imjin_status cluster_patterns(struct session *s, uint32_t patterns, struct error *err) {
    struct writing out = {.left = arguments_count(&s->arguments, OPTION_LIMIT, UINT64_MAX)};
    if (s->json) {
        out.w = (struct json_writer){.out = &s->out};
        json_object_begin(&out.w);
        result_word(&out.w, "schema", "imjin.outputs-patterns/1");
        result_word(&out.w, "chain", s->desk.chain.name);
        json_put_key(&out.w, "findings");
        json_array_begin(&out.w);
    }
    for (unsigned i = 0; i < s->arguments.operand_count; i++)
        TRY(of_address(s, &out, s->arguments.operands[i], patterns, err));
    if (s->json) {
        json_array_end(&out.w);
        result_number(&out.w, "coins_passed_over", out.passed_over);
        json_object_end(&out.w);
        text_add_string(&s->out, "\n");
        return text_status(&s->out, err);
    }
    if (out.written == 0)
        text_add_string(&s->out, "none of these patterns\n");
    if (out.passed_over)
        text_add_format(&s->out, "%llu coins were not looked at: an address may have %u transactions here\n",
                        (unsigned long long)out.passed_over, CLUSTER_MOTIF_TXS_MAX);
    return text_status(&s->out, err);
}
