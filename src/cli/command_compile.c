#include "cli/commands.h"
#include "cli/request.h"
#include "cli/result.h"

static void add_json(struct text *t, const struct session *s, bool mended) {
    struct json_writer w = {.out = t};
    json_object_begin(&w);
    result_word(&w, "schema", "imjin.compile/1");
    result_word(&w, "chain", s->desk.chain.name);
    result_number(&w, "movements", ledger_counts(s->desk.ledger)->movements);
    result_number(&w, "holdings", compiled_holding_count(s->desk.compiled));
    json_put_key(&w, "mended");
    json_put_bool(&w, mended);
    json_object_end(&w);
    text_add_string(t, "\n");
}

enum imjin_status command_compile(struct session *s, struct error *err) {
    TRY(desk_mend(&s->desk, request_rules(&s->arguments), err));
    bool mended = s->desk.mended[0] != '\0';
    if (s->json)
        add_json(&s->out, s, mended);
    else if (!s->quiet)
        text_add_format(&s->out, "%s: %llu movements compiled, %llu holdings; all of it is sound%s\n", s->desk.chain.name,
                        (unsigned long long)ledger_counts(s->desk.ledger)->movements,
                        (unsigned long long)compiled_holding_count(s->desk.compiled), mended ? " now" : "");
    return text_status(&s->out, err);
}
