/* What moved between two runs of a case: where claims lay then, and where they lie now. The state kept between runs is a text:
 * a head, then a line for each place, sorted by bytes. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "report/jsonify.h"
#include "report/terminal.h"

static const char head[] = "imjin-watch 1";
enum { CHANGES_SHOWN = 40 /* on a terminal */ };

/* One place: the fields of its line before the last are its key. */
struct watched {
    struct span key, theft, account, asset, stop;
    unsigned decimals;
    u128 units;
};
struct watched_list {
    struct watched *items; /* by key */
    uint64_t count;
    uint64_t edges;
    struct span identity;
};

/* ---- writing ---- */

static int compare_lines(const void *a, const void *b) { return strcmp(*(const char *const *)a, *(const char *const *)b); }

static enum imjin_status print_line(struct text *t, const struct report_input *in, const struct trace_rest *rest,
                                    struct error *err) {
    const struct trace_theft *theft = &in->result->thefts[rest->theft];
    struct account_name source, account;
    struct asset_name asset, stolen;
    TRY(account_name(in, theft->source, &source, err));
    TRY(account_name(in, rest->account, &account, err));
    TRY(asset_name(in, rest->asset, &asset, err));
    TRY(asset_name(in, theft->asset, &stolen, err));
    text_add_format(t, "%s of %s%s\t%s\t%s\t%s\t%u\t", stolen.full, source.address, theft->suspected ? " (suspected)" : "",
                    account.address, asset.full, rest->stop ? stop_reason_name(rest->stop) : "held", asset.decimals);
    return text_status(t, err);
}

static enum imjin_status make_lines(const struct report_input *in, struct arena *a, char **lines, struct error *err) {
    struct text t = {0};
    enum imjin_status status = IMJIN_OK;
    for (uint64_t i = 0; i < in->result->rest_count && status == IMJIN_OK; i++) {
        char digits[U128_DIGITS_MAX];
        text_clear(&t);
        status = print_line(&t, in, &in->result->rests[i], err);
        u128_print(in->result->rests[i].units, digits);
        text_add_string(&t, digits);
        if (status == IMJIN_OK)
            status = text_status(&t, err);
        if (status == IMJIN_OK && (lines[i] = arena_text(a, t.bytes, t.count)) == NULL)
            status = fail_memory(err, "the state of a watch");
    }
    text_done(&t);
    return status;
}

/* Where the last field begins. */
static size_t key_length(const char *line) { return (size_t)(strrchr(line, '\t') - line) + 1; }

enum imjin_status report_watch_state(struct text *t, const struct report_input *in, struct error *err) {
    struct arena a = {0};
    char identity[65], digits[U128_DIGITS_MAX];
    uint64_t count = in->result->rest_count;
    char **lines = arena_new(&a, count + 1, sizeof *lines);
    enum imjin_status status = lines ? make_lines(in, &a, lines, err) : fail_memory(err, "the state of a watch");
    if (status == IMJIN_OK) {
        sha256_print(ledger_identity(in->ledger), identity);
        text_add_format(t, "%s\t%s\t%" PRIu64 "\n", head, identity, in->result->edge_count);
        qsort(lines, count, sizeof *lines, compare_lines);
    }
    for (uint64_t first = 0, end; status == IMJIN_OK && first < count; first = end) {
        size_t length = key_length(lines[first]);
        u128 sum = 0, units;
        for (end = first; end < count && strncmp(lines[end], lines[first], length) == 0; end++)
            if (u128_parse(lines[end] + length, strlen(lines[end] + length), &units) && !add_u128(sum, units, &sum))
                sum = U128_MAX;
        u128_print(sum, digits);
        text_add(t, lines[first], length);
        text_add_format(t, "%s\n", digits);
    }
    arena_done(&a);
    return status == IMJIN_OK ? text_status(t, err) : status;
}

/* ---- reading ---- */

static bool next_field(struct span *rest, struct span *ret, char end) {
    const char *at = memchr(rest->bytes, end, rest->count);
    if (at == NULL)
        return false;
    *ret = (struct span){rest->bytes, (uint64_t)(at - rest->bytes)};
    *rest = (struct span){at + 1, rest->count - ret->count - 1};
    return true;
}

static bool read_line(struct span line, struct watched *ret) {
    struct span rest = line, decimals;
    uint64_t number;
    if (!next_field(&rest, &ret->theft, '\t') || !next_field(&rest, &ret->account, '\t') ||
        !next_field(&rest, &ret->asset, '\t') || !next_field(&rest, &ret->stop, '\t') || !next_field(&rest, &decimals, '\t'))
        return false;
    ret->key = (struct span){line.bytes, line.count - rest.count};
    if (!u64_parse(decimals.bytes, decimals.count, &number) || number > DECIMALS_UNKNOWN)
        return false;
    ret->decimals = (unsigned)number;
    return u128_parse(rest.bytes, rest.count, &ret->units);
}

static bool read_head(struct span *rest, struct watched_list *l) {
    struct span word, edges;
    return next_field(rest, &word, '\t') && span_is(word, head) && next_field(rest, &l->identity, '\t') &&
           next_field(rest, &edges, '\n') && u64_parse(edges.bytes, edges.count, &l->edges);
}

static enum imjin_status read_state(struct span state, struct arena *a, struct watched_list *ret, struct error *err) {
    struct watched_list l = {0};
    struct span rest = state, line;
    uint64_t lines = 0;
    for (uint64_t i = 0; i < state.count; i++)
        lines += state.bytes[i] == '\n';
    l.items = arena_new(a, lines + 1, sizeof *l.items);
    if (l.items == NULL)
        return fail_memory(err, "the state of a watch");
    bool good = read_head(&rest, &l);
    while (good && next_field(&rest, &line, '\n')) {
        good = read_line(line, &l.items[l.count]) &&
               (l.count == 0 || span_compare(l.items[l.count - 1].key, l.items[l.count].key) < 0);
        l.count++;
    }
    if (!good || rest.count)
        return fail(err, IMJIN_BAD_INPUT, "the state kept from the last watch is damaged; remove it to begin anew");
    *ret = l;
    return IMJIN_OK;
}

/* ---- what changed ---- */

struct change {
    const struct watched *place; /* of either list */
    u128 before, after;
};

static uint64_t compare_lists(const struct watched_list *old, const struct watched_list *new, struct change *ret) {
    uint64_t count = 0;
    for (uint64_t i = 0, k = 0; i < old->count || k < new->count;) {
        int order = i == old->count ? 1 : k == new->count ? -1 : span_compare(old->items[i].key, new->items[k].key);
        struct change c = {order <= 0 ? &old->items[i] : &new->items[k], order <= 0 ? old->items[i].units : 0,
                           order >= 0 ? new->items[k].units : 0};
        i += order <= 0;
        k += order >= 0;
        if (c.before != c.after)
            ret[count++] = c;
    }
    return count;
}

static void text_change(struct text *t, const struct change *c) {
    u128 by = c->after > c->before ? c->after - c->before : c->before - c->after;
    text_add_string(t, c->after > c->before ? "  arrived " : "  left    ");
    report_add_amount(t, wide(by), c->place->decimals, "", 4);
    text_add_string(t, " ");
    report_add_outside(t, c->place->asset);
    text_add_string(t, c->after > c->before ? " at " : " from ");
    report_add_outside(t, c->place->account);
    text_add_string(t, " (");
    report_add_outside(t, c->place->stop);
    text_add_string(t, "), now ");
    report_add_amount(t, wide(c->after), c->place->decimals, "", 4);
    text_add_string(t, "; ");
    report_add_outside(t, c->place->theft);
    text_add_string(t, "\n");
}

static void say_changes(struct text *t, const struct watched_list *old, const struct watched_list *new,
                        const struct change *changes, uint64_t count, bool first) {
    if (first) {
        text_add_string(t, "Watch: the first run; ");
        add_counted(t, new->count, "place is", "places are");
        text_add_string(t, " kept to compare with.\n");
        return;
    }
    text_add_string(t, "Watch: ");
    add_counted(t, count, "place", "places");
    text_add_format(t, " changed since the last run%s; steps of the trail: ",
                    span_equal(old->identity, new->identity) ? " (nothing was imported since)" : "");
    add_count(t, old->edges);
    text_add_string(t, ", now ");
    add_count(t, new->edges);
    text_add_string(t, "\n");
    for (uint64_t i = 0; i < count && i < CHANGES_SHOWN; i++)
        text_change(t, &changes[i]);
    if (count > CHANGES_SHOWN)
        text_add_format(t, "  ... and %" PRIu64 " more; --json has them all\n", count - CHANGES_SHOWN);
}

static enum imjin_status json_changes(struct text *t, const struct report_input *in, const struct watched_list *old,
                                      const struct watched_list *new, const struct change *changes, uint64_t count, bool first,
                                      struct error *err) {
    struct json_writer w = {.out = t, .pretty = true};
    json_head(&w, in, "imjin.watch/1");
    json_key_bool(&w, "first", first);
    json_key_bool(&w, "ledger_changed", !first && !span_equal(old->identity, new->identity));
    json_key_unsigned(&w, "edges_before", old->edges);
    json_key_unsigned(&w, "edges", new->edges);
    json_key_unsigned(&w, "places", new->count);
    json_put_key(&w, "changes");
    json_array_begin(&w);
    for (uint64_t i = 0; i < count && !first; i++) {
        const struct watched *place = changes[i].place;
        json_object_begin(&w);
        json_key_span_value(&w, "theft", place->theft);
        json_key_span_value(&w, "account", place->account);
        json_key_span_value(&w, "asset", place->asset);
        json_key_span_value(&w, "state", place->stop);
        json_key_units(&w, "units_before", wide(changes[i].before));
        json_key_units(&w, "units", wide(changes[i].after));
        json_key_amount(&w, "amount_before", wide(changes[i].before), place->decimals);
        json_key_amount(&w, "amount", wide(changes[i].after), place->decimals);
        json_object_end(&w);
    }
    json_array_end(&w);
    return json_foot(&w, NULL, err);
}

enum imjin_status report_watch(struct text *t, const struct report_input *in, struct span before, struct span now, bool json,
                               struct error *err) {
    struct arena a = {0};
    struct watched_list old = {0}, new = {0};
    struct change *changes = NULL;
    bool first = before.count == 0;
    enum imjin_status status = first ? IMJIN_OK : read_state(before, &a, &old, err);
    if (status == IMJIN_OK)
        status = read_state(now, &a, &new, err);
    if (status == IMJIN_OK && (changes = arena_new(&a, old.count + new.count + 1, sizeof *changes)) == NULL)
        status = fail_memory(err, "what changed");
    if (status == IMJIN_OK) {
        uint64_t count = compare_lists(&old, &new, changes);
        if (json)
            status = json_changes(t, in, &old, &new, changes, count, first, err);
        else
            say_changes(t, &old, &new, changes, count, first);
    }
    arena_done(&a);
    return status == IMJIN_OK ? text_status(t, err) : status;
}
