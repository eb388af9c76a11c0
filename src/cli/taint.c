#include "cli/taint.h"

#include "api/api.h"
#include "cluster/cluster.h"

enum { MOVES_MAX = 1 << 26 /* 2 GB: a list of moves that a person can still use */ };

struct tainting {
    struct utxo *store;
    struct taint_spec spec;
    struct taint_request request;
    struct taint_result result;
    struct buffer moves; /* struct taint_move */
    struct coin_view view;
    struct coinjoin_scratch scratch;
    bool backwards;
    const struct label_store *labels;
};

bool taint_applies(struct session *s) {
    char path[PATH_BYTES_MAX];
    struct error unused;
    return desk_workspace(&s->desk, &unused) == IMJIN_OK && desk_chain(&s->desk, &unused) == IMJIN_OK &&
           workspace_ledger(s->desk.workspace, s->desk.chain.name, path, &unused) == IMJIN_OK && utxo_is_store(path);
}

static bool stops_at(void *context, uint32_t script) {
    const struct tainting *t = context;
    char text[SCRIPT_PRINT_MAX];
    struct tag tag;
    bool conflict;
    if (utxo_script_print(t->store, (struct script_id){script}, text, NULL) != IMJIN_OK)
        return false;
    struct address address = {.form = ADDRESS_OPAQUE, .count = (uint8_t)strlen(text), .text = text};
    return label_role_of(t->labels, utxo_chain(t->store)->name, &address, &tag, &conflict) && tag.category &&
           tag.category->role != LABEL_ROLE_NONE;
}

/* A transaction that cannot be looked at is none that anybody can follow, either: the trace finds what is wrong with it. */
static bool is_coinjoin(void *context, uint32_t tx) {
    struct tainting *t = context;
    struct coinjoin found;
    return coin_view_load(&t->view, t->store, (struct tx_id){tx}, NULL) == IMJIN_OK &&
           coinjoin_of(&found, &t->scratch, &t->view.tx, NULL) == IMJIN_OK && coinjoin_rule(found.kind)->many_owners;
}

static enum imjin_status keep_move(void *context, uint32_t theft, uint32_t tx, uint64_t from_output, uint64_t output,
                                   uint64_t count, struct error *err) {
    struct tainting *t = context;
    struct taint_move move = {.from_output = from_output, .output = output, .count = count, .theft = theft, .tx = tx};
    return buffer_push(&t->moves, &move, NULL, err);
}

static enum imjin_status open_store(struct tainting *t, struct session *s, struct error *err) {
    char path[PATH_BYTES_MAX];
    TRY(workspace_ledger(s->desk.workspace, s->desk.chain.name, path, err));
    TRY(desk_labels(&s->desk, err));
    t->labels = s->desk.labels;
    return utxo_open(&t->store, path, err);
}

/* The last block at or before a time. */
static uint32_t height_at(const struct utxo *u, int64_t time) {
    const struct utxo_counts *c = utxo_counts(u);
    const struct utxo_block *blocks = utxo_blocks(u);
    uint64_t height = 0, found = 0; /* times of blocks go back a little now and then: the last one counts */
    for (; height < c->blocks; height++)
        if (blocks[height].time <= time)
            found = height + 1;
    return found == 0 ? 0 : c->height_first + (uint32_t)found - 1;
}

static void make_request(struct tainting *t, struct session *s) {
    const struct arguments *a = &s->arguments;
    const char *until = arguments_text(a, OPTION_UNTIL);
    static const enum taint_policy policies[] = {TAINT_FIFO, TAINT_LIFO, TAINT_HAIRCUT, TAINT_POISON, TAINT_TIHO};
    int64_t time;
    t->request = (struct taint_request){
        .policy = policies[arguments_word(a, OPTION_POLICY)],
        .fees = (enum taint_fees)arguments_word(a, OPTION_FEES),
        .sources = t->spec.sources.items,
        .source_count = t->spec.sources.count,
        .theft_count = (uint32_t)t->spec.names.count,
        .height_until = UINT32_MAX,
        .pieces_max = arguments_count(a, OPTION_WORK_LIMIT, 0),
        .context = t,
        .stops = arguments_has(a, OPTION_NO_LABELS) ? NULL : stops_at,
        .mixes = arguments_has(a, OPTION_NO_COINJOINS) ? NULL : is_coinjoin,
    };
    if (until) {
        INVARIANT(time_parse(&time, span_of(until), NULL) == IMJIN_OK);
        t->request.height_until = height_at(t->store, time);
    }
    if (arguments_has(a, OPTION_CSV) || arguments_has(a, OPTION_REACHED))
        t->request.moved = keep_move;
}

static struct taint_report report_of(const struct tainting *t, const struct session *s) {
    return (struct taint_report){
        .store = t->store,
        .labels = t->labels,
        .request = &t->request,
        .result = &t->result,
        .names = t->spec.names.items,
        .moves = t->moves.items,
        .move_count = t->moves.count,
        .program_version = session_input(s).program_version,
        .backwards = t->backwards,
        .colour = s->colour,
    };
}

static enum imjin_status write_file(const char *path,
                                    enum imjin_status (*render)(struct text *, struct file_writer *,
                                                                const struct taint_report *, struct error *),
                                    const struct taint_report *in, struct error *err) {
    struct text t = {0};
    if (path == NULL)
        return IMJIN_OK;
    enum imjin_status status = render(&t, NULL, in, err);
    if (status == IMJIN_OK)
        status = output_bytes(path, t.bytes ? t.bytes : "", t.count, err);
    text_done(&t);
    return status;
}

/* Pictures and pages of a chain of outputs are not drawn. */
static enum imjin_status refuse_pictures(const struct arguments *a, struct error *err) {
    static const enum option_id pictures[] = {OPTION_GRAPHML, OPTION_SVG, OPTION_HTML};
    for (unsigned i = 0; i < sizeof pictures / sizeof *pictures; i++)
        if (arguments_has(a, pictures[i]))
            return fail(err, IMJIN_USAGE, "--%s draws accounts; on a chain of outputs take --csv, --reached or --json",
                        option_at(pictures[i])->name);
    return IMJIN_OK;
}

static enum imjin_status run(struct tainting *t, struct session *s, struct error *err) {
    make_request(t, s);
    TRY((t->backwards ? taint_back : taint_run)(t->store, &t->request, &s->progress, &t->result, err));
    struct taint_report in = report_of(t, s);
    TRY(write_file(arguments_text(&s->arguments, OPTION_REACHED), report_taint_reached, &in, err));
    TRY(write_file(arguments_text(&s->arguments, OPTION_CSV), report_taint_edges, &in, err));
    TRY(s->json ? report_taint_json(&s->out, NULL, &in, err) : report_taint_text(&s->out, &in, err));
    if (t->spec.missing)
        screen_note(&s->screen, "imjin: warning: %llu of the sources are not on the chain",
                    (unsigned long long)t->spec.missing);
    return t->spec.sources.count ? IMJIN_OK : fail(err, IMJIN_NOT_FOUND, "nothing was stolen by what was asked");
}

static enum imjin_status add_specs(struct tainting *t, struct session *s, struct error *err) {
    const struct arguments *a = &s->arguments;
    for (unsigned i = 0; i < a->operand_count; i++)
        TRY(taint_spec_add(&t->spec, t->store, span_of(a->operands[i]), err));
    for (unsigned i = 0; i < a->given_count; i++) {
        struct span value = span_of(a->given[i].value);
        enum imjin_status status = IMJIN_OK;
        if (a->given[i].id == OPTION_FROM)
            status = taint_spec_add(&t->spec, t->store, value, err);
        else if (a->given[i].id == OPTION_FROM_FILE)
            status = taint_spec_add_file(&t->spec, t->store, a->given[i].value, err);
        if (status == IMJIN_NOT_FOUND && a->given[i].id == OPTION_FROM && a->given_count > 1)
            status = taint_spec_add_missing(&t->spec, value, err);
        TRY(status);
    }
    return IMJIN_OK;
}

static enum imjin_status taint(struct session *s, bool backwards, struct error *err) {
    struct tainting t = {.backwards = backwards,
                         .moves = {.item_bytes = sizeof(struct taint_move), .items_max = MOVES_MAX, .what = "moves of taint"}};
    TRY(refuse_pictures(&s->arguments, err));
    taint_spec_begin(&t.spec);
    enum imjin_status status = open_store(&t, s, err);
    if (status == IMJIN_OK)
        status = add_specs(&t, s, err);
    if (status == IMJIN_OK)
        status = run(&t, s, err);
    taint_result_done(&t.result);
    taint_spec_done(&t.spec);
    buffer_done(&t.moves);
    coin_view_done(&t.view);
    coinjoin_scratch_done(&t.scratch);
    utxo_close(t.store);
    return status;
}

enum imjin_status taint_trace(struct session *s, struct error *err) { return taint(s, false, err); }
enum imjin_status taint_sources(struct session *s, struct error *err) { return taint(s, true, err); }
