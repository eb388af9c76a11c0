#include "cli/commands.h"
#include "cli/result.h"
#include "cli/screening.h"

enum { CONFIDENCE_OF_A_LIST = 100 /* an authority's own publication: the highest of TagPack's scale */ };

static void add_cell(struct text *t, struct span value) {
    text_add_string(t, "\"");
    for (uint64_t i = 0; i < value.count; i++) {
        if (value.bytes[i] == '"')
            text_add_string(t, "\"");
        text_add(t, value.bytes + i, 1);
    }
    text_add_string(t, "\",");
}

/* Addresses that tracing can hold; the others stay in the lists, and are counted. */
static bool is_traceable(const struct list_value *v) {
    struct chain any;
    struct address address;
    return chain_find(&any, "any", NULL) == IMJIN_OK && address_parse(&address, &any, v->text, NULL) == IMJIN_OK &&
           (address.form == ADDRESS_EVM || address.form == ADDRESS_OPAQUE);
}

static void add_wallet(struct text *t, const struct screening *g, const struct screen_entity *e, uint32_t entity,
                       const struct list_value *v) {
    struct text source = {0};
    for (unsigned i = 0; i < g->count; i++)
        if (span_equal(g->sources[i].name, e->list_name))
            text_add_format(&source, "sanctions list %s, version %.12s", g->sources[i].name.bytes, g->versions[i]);
    add_cell(t, v->text);
    text_add_string(t, "sanction,");
    add_cell(t, screen_entity_name(g->set, entity));
    add_cell(t, e->id);
    add_cell(t, (struct span){source.bytes, source.count});
    text_add_format(t, "%d\n", CONFIDENCE_OF_A_LIST);
    if (source.status != IMJIN_OK)
        t->status = source.status;
    text_done(&source);
}

static enum imjin_status make_table(struct text *t, const struct screening *g, uint64_t *ret_wallets, uint64_t *ret_other,
                                    struct error *err) {
    text_add_string(t, "address,category,label,actor,source,confidence\n");
    for (uint32_t i = 0; i < screen_set_entities(g->set); i++) {
        struct screen_entity e = screen_entity_at(g->set, i);
        for (uint32_t k = 0; k < e.record.value_count; k++) {
            struct list_value v = screen_entity_value(g->set, i, k);
            if (v.property != LIST_WALLET)
                continue;
            bool traceable = is_traceable(&v);
            *ret_wallets += traceable;
            *ret_other += !traceable;
            if (traceable)
                add_wallet(t, g, &e, i, &v);
        }
    }
    return text_status(t, err);
}

static enum imjin_status import_table(struct session *s, const struct text *t, struct label_import_result *ret,
                                      struct error *err) {
    char labels[PATH_BYTES_MAX], path[PATH_BYTES_MAX];
    const char *const paths[] = {path};
    TRY(workspace_labels(s->desk.workspace, labels, err));
    TRY(directory_make(labels, err));
    TRY(path_join(path, err, labels, "listed.csv.tmp"));
    TRY(file_replace(path, t->bytes, t->count, err));
    enum imjin_status status = label_import(labels, paths, 1, NULL, &s->progress, ret, err);
    enum imjin_status removed = file_remove(path, status == IMJIN_OK ? err : NULL);
    return status != IMJIN_OK ? status : removed;
}

static enum imjin_status import_listed(struct session *s, const struct screening *g, struct text *t, struct error *err) {
    struct label_import_result result = {0};
    uint64_t wallets = 0, other = 0;
    TRY(make_table(t, g, &wallets, &other, err));
    if (wallets)
        TRY(import_table(s, t, &result, err));
    if (s->json) {
        struct json_writer w = {.out = &s->out};
        json_object_begin(&w);
        result_word(&w, "schema", "imjin.label-listed/1");
        result_number(&w, "wallets", wallets);
        result_number(&w, "not_traceable", other);
        result_number(&w, "tags_added", result.tags_added);
        json_object_end(&w);
        text_add_string(&s->out, "\n");
    } else if (!s->quiet) {
        text_add_format(&s->out, "%llu listed wallets, %llu new labels; %llu that cannot be traced\n",
                        (unsigned long long)wallets, (unsigned long long)result.tags_added, (unsigned long long)other);
    }
    return text_status(&s->out, err);
}

enum imjin_status command_label_listed(struct session *s, struct error *err) {
    struct screening_choice choice = screening_choice_from(s, false);
    struct screening *g;
    struct text t = {0};
    TRY(screening_open(&g, &s->desk, &choice, err));
    enum imjin_status status = import_listed(s, g, &t, err);
    text_done(&t);
    screening_close(g);
    return status;
}
