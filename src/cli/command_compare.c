#include "cli/commands.h"
#include "cli/limits.h"
#include "cli/result.h"
#include "screen/screen.h"

#include <sys/stat.h>

/* What a property says. Texts of all but names are evidence beside them. */
enum meaning { MEANS_NOTHING = 0, MEANS_NAME, MEANS_PART, MEANS_BIRTH, MEANS_COUNTRY, MEANS_GENDER, MEANS_IDENTIFIER };
static const struct {
    const char *property;
    uint8_t means;
} properties[] = {
    {"name", MEANS_NAME},
    {"alias", MEANS_NAME},
    {"weakAlias", MEANS_NAME},
    {"previousName", MEANS_NAME},
    {"abbreviation", MEANS_NAME},
    {"firstName", MEANS_PART},
    {"secondName", MEANS_PART},
    {"middleName", MEANS_PART},
    {"fatherName", MEANS_PART},
    {"lastName", MEANS_PART},
    {"birthDate", MEANS_BIRTH},
    {"dob", MEANS_BIRTH},
    {"country", MEANS_COUNTRY},
    {"nationality", MEANS_COUNTRY},
    {"citizenship", MEANS_COUNTRY},
    {"jurisdiction", MEANS_COUNTRY},
    {"flag", MEANS_COUNTRY},
    {"gender", MEANS_GENDER},
    {"passportNumber", MEANS_IDENTIFIER},
    {"idNumber", MEANS_IDENTIFIER},
    {"taxNumber", MEANS_IDENTIFIER},
    {"registrationNumber", MEANS_IDENTIFIER},
    {"innCode", MEANS_IDENTIFIER},
    {"ogrnCode", MEANS_IDENTIFIER},
    {"leiCode", MEANS_IDENTIFIER},
    {"vatCode", MEANS_IDENTIFIER},
    {"kppCode", MEANS_NOTHING},
    {"dunsCode", MEANS_IDENTIFIER},
    {"npiCode", MEANS_IDENTIFIER},
    {"uniqueEntityId", MEANS_IDENTIFIER},
    {"isin", MEANS_IDENTIFIER},
    {"isinCode", MEANS_IDENTIFIER},
    {"swiftBic", MEANS_IDENTIFIER},
    {"bicCode", MEANS_IDENTIFIER},
    {"imoNumber", MEANS_IDENTIFIER},
    {"mmsi", MEANS_IDENTIFIER},
    {"callSign", MEANS_IDENTIFIER},
    {"publicKey", MEANS_IDENTIFIER},
    {"cryptoWallet", MEANS_IDENTIFIER},
    {"email", MEANS_IDENTIFIER},
};

struct party {
    const struct name *names[COMPARE_NAMES_MAX];
    struct span texts[COMPARE_NAMES_MAX];
    struct span parts[COMPARE_NAMES_MAX];
    struct evidence_value values[COMPARE_VALUES_MAX];
    uint32_t name_count, part_count, value_count;
};
struct pairs {
    struct session *session;
    struct line_reader lines;
    struct json_reader json;
    struct arena arena;
    const char *file;
    enum name_mode mode;
    uint16_t threshold;
    bool skip;
    uint64_t rows, skipped;
    struct file_writer *writer; /* of `part`, which becomes the --output when all is written; null: standard output */
    char part[PATH_BYTES_MAX];
};
struct row {
    struct span id, schema;
    struct party query, candidate;
    bool has_id, has_query, has_candidate;
    bool prepared[2]; /* `prep` names what the other tool does to query and candidate first */
};

/* ---- reading a pair ---- */

static enum meaning meaning_of(struct span property) {
    for (unsigned i = 0; i < sizeof properties / sizeof *properties; i++)
        if (span_is(property, properties[i].property))
            return properties[i].means;
    return MEANS_NOTHING;
}

static enum imjin_status too_many(const struct pairs *p, const struct json_event *e, struct error *err) {
    return json_fail(&p->json, e->offset, err, "more than %d values; leave out the rest", COMPARE_VALUES_MAX);
}

static enum imjin_status keep_value(struct pairs *p, struct party *party, enum meaning m, const struct json_event *e,
                                    struct error *err) {
    static const enum evidence_kind kinds[] = {[MEANS_BIRTH] = EVIDENCE_BIRTH,
                                               [MEANS_COUNTRY] = EVIDENCE_COUNTRY,
                                               [MEANS_GENDER] = EVIDENCE_GENDER,
                                               [MEANS_IDENTIFIER] = EVIDENCE_IDENTIFIER};
    struct span text = {arena_text(&p->arena, e->text.bytes, e->text.count), e->text.count};
    if (text.bytes == NULL)
        return fail_memory(err, "a pair");
    if (m == MEANS_NAME || m == MEANS_PART) {
        uint32_t *count = m == MEANS_NAME ? &party->name_count : &party->part_count;
        if (*count == COMPARE_NAMES_MAX)
            return too_many(p, e, err);
        (m == MEANS_NAME ? party->texts : party->parts)[(*count)++] = text;
        return IMJIN_OK;
    }
    struct evidence_value v = {.kind = kinds[m], .text = text};
    const char *what;
    if (m == MEANS_BIRTH && !screen_date_parse(text, &v.day_from, &v.day_to, &what))
        return IMJIN_OK; /* a date that is none says nothing */
    if (party->value_count == COMPARE_VALUES_MAX)
        return too_many(p, e, err);
    party->values[party->value_count++] = v;
    return IMJIN_OK;
}

/* The value of a member: a text, or a list of texts; others are passed over. */
static enum imjin_status read_values(struct pairs *p, struct party *party, enum meaning m, struct error *err) {
    struct json_event e;
    TRY(json_next(&p->json, &e, err));
    if (e.kind == JSON_STRING)
        return keep_value(p, party, m, &e, err);
    if (e.kind == JSON_OBJECT_BEGIN)
        return json_fail(&p->json, e.offset, err, "a text or a list of texts belongs here");
    if (e.kind != JSON_ARRAY_BEGIN)
        return IMJIN_OK;
    for (;;) {
        TRY(json_next(&p->json, &e, err));
        if (e.kind == JSON_ARRAY_END)
            return IMJIN_OK;
        if (e.kind == JSON_STRING)
            TRY(keep_value(p, party, m, &e, err));
        else if (e.kind != JSON_NULL)
            return json_fail(&p->json, e.offset, err, "a text or a list of texts belongs here");
    }
}

static enum imjin_status read_party(struct pairs *p, struct party *ret, struct error *err) {
    struct json_event e;
    TRY(json_next(&p->json, &e, err));
    if (e.kind != JSON_OBJECT_BEGIN)
        return json_fail(&p->json, e.offset, err, "an object with the party's properties belongs here");
    for (;;) {
        TRY(json_next(&p->json, &e, err));
        if (e.kind == JSON_OBJECT_END)
            return IMJIN_OK;
        enum meaning m = meaning_of(e.text);
        if (m == MEANS_NOTHING)
            TRY(json_skip(&p->json, err));
        else
            TRY(read_values(p, ret, m, err));
    }
}

static enum imjin_status read_text(struct pairs *p, struct span *ret, struct error *err) {
    struct json_event e;
    TRY(json_next(&p->json, &e, err));
    if (e.kind != JSON_STRING && e.kind != JSON_NUMBER)
        return json_fail(&p->json, e.offset, err, "a text belongs here");
    *ret = (struct span){arena_text(&p->arena, e.text.bytes, e.text.count), e.text.count};
    return ret->bytes ? IMJIN_OK : fail_memory(err, "a pair");
}

/* {"query": text or null, "candidate": text or null} */
static enum imjin_status read_preparation(struct pairs *p, struct row *row, struct error *err) {
    struct json_event e;
    TRY(json_next(&p->json, &e, err));
    if (e.kind != JSON_OBJECT_BEGIN)
        return e.kind == JSON_NULL ? IMJIN_OK : json_fail(&p->json, e.offset, err, "an object belongs here");
    for (;;) {
        TRY(json_next(&p->json, &e, err));
        if (e.kind == JSON_OBJECT_END)
            return IMJIN_OK;
        bool candidate = span_is(e.text, "candidate");
        TRY(json_next(&p->json, &e, err));
        if (e.kind != JSON_STRING && e.kind != JSON_NULL)
            return json_fail(&p->json, e.offset, err, "a text or null belongs here");
        row->prepared[candidate] = e.kind == JSON_STRING;
    }
}

static enum imjin_status read_member(struct pairs *p, struct row *row, struct span key, struct error *err) {
    if (span_is(key, "id")) {
        row->has_id = true;
        return read_text(p, &row->id, err);
    }
    if (span_is(key, "schema"))
        return read_text(p, &row->schema, err);
    if (span_is(key, "query")) {
        row->has_query = true;
        return read_party(p, &row->query, err);
    }
    if (span_is(key, "candidate")) {
        row->has_candidate = true;
        return read_party(p, &row->candidate, err);
    }
    return span_is(key, "prep") ? read_preparation(p, row, err) : json_skip(&p->json, err);
}

static enum imjin_status read_row(struct pairs *p, struct row *row, const struct text_line *line, struct error *err) {
    struct json_event e;
    json_start(&p->json, p->file, line->text, line->line);
    TRY(json_next(&p->json, &e, err));
    if (e.kind != JSON_OBJECT_BEGIN)
        return json_fail(&p->json, e.offset, err, "a line is an object with id, query and candidate");
    for (;;) {
        TRY(json_next(&p->json, &e, err));
        if (e.kind == JSON_OBJECT_END)
            break;
        char key[16];
        uint64_t bytes = e.text.count < sizeof key ? e.text.count : 0;
        memcpy(key, e.text.bytes, bytes);
        TRY(read_member(p, row, (struct span){key, bytes}, err));
    }
    TRY(json_next(&p->json, &e, err));
    if (!row->has_id || !row->has_query || !row->has_candidate)
        return fail_value(err, p->file, line->line, NULL, NULL, 0, "a pair has id, query and candidate");
    return IMJIN_OK;
}

/* ---- scoring ---- */

static enum name_kind kind_of(struct span schema) {
    static const struct {
        const char *schema;
        enum name_kind kind;
    } rows[] = {{"Person", NAME_PERSON}, {"Organization", NAME_ORGANISATION}, {"Company", NAME_ORGANISATION},
                {"Vessel", NAME_VESSEL}, {"Airplane", NAME_VESSEL},           {"PublicBody", NAME_ORGANISATION}};
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++)
        if (span_is(schema, rows[i].schema))
            return rows[i].kind;
    return NAME_ANY;
}

/* A party without a whole name is named by its parts. */
static enum imjin_status name_by_parts(struct pairs *p, struct party *party, struct error *err) {
    struct text t = {0};
    if (party->name_count || party->part_count == 0)
        return IMJIN_OK;
    for (uint32_t i = 0; i < party->part_count; i++) {
        text_add(&t, " ", 1);
        text_add(&t, party->parts[i].bytes, party->parts[i].count);
    }
    enum imjin_status status = text_status(&t, err);
    if (status == IMJIN_OK) {
        party->texts[0] = (struct span){arena_text(&p->arena, t.bytes, t.count), t.count};
        party->name_count = 1;
        status = party->texts[0].bytes ? IMJIN_OK : fail_memory(err, "a pair");
    }
    text_done(&t);
    return status;
}

static enum imjin_status parse_names(struct pairs *p, struct party *party, enum name_kind kind, struct error *err) {
    TRY(name_by_parts(p, party, err));
    for (uint32_t i = 0; i < party->name_count; i++)
        TRY(name_parse(&party->names[i], party->texts[i], kind, &p->arena, err));
    return IMJIN_OK;
}

static enum imjin_status prepare_names(struct pairs *p, struct party *party, bool wanted, struct error *err) {
    struct text t = {0};
    enum imjin_status status = IMJIN_OK;
    for (uint32_t i = 0; i < party->name_count && wanted && status == IMJIN_OK; i++) {
        status = name_prepare(&t, party->texts[i], err);
        if (status != IMJIN_OK)
            break;
        party->texts[i] = (struct span){arena_text(&p->arena, t.bytes ? t.bytes : "", t.count), t.count};
        status = party->texts[i].bytes ? IMJIN_OK : fail_memory(err, "a pair");
    }
    text_done(&t);
    return status;
}

/* The best of all pairs of names. */
static enum imjin_status compare_names(struct pairs *p, const struct row *row, struct name_score *ret, struct error *err) {
    *ret = (struct name_score){.score = 0};
    for (uint32_t i = 0; i < row->query.name_count; i++) {
        for (uint32_t j = 0; j < row->candidate.name_count; j++) {
            struct name_score now = {.part_count = 0};
            if (p->mode == NAME_MODE_IMJIN)
                now.score = name_compare(row->query.names[i], row->candidate.names[j], &now);
            else
                TRY(name_compare_mode(p->mode, row->query.texts[i], row->candidate.texts[j], &now.score, err));
            if (now.score > ret->score || (i == 0 && j == 0))
                *ret = now;
        }
    }
    return IMJIN_OK;
}

/* ---- writing ---- */

static void put_part(struct json_writer *w, const char *rule, struct span query, struct span candidate) {
    result_word(w, "rule", rule);
    json_put_key(w, "query");
    json_put_string(w, query);
    json_put_key(w, "candidate");
    json_put_string(w, candidate);
}

static void put_result(struct text *t, const struct row *row, const struct name_score *names, const struct evidence *e,
                       uint16_t threshold) {
    struct json_writer w = {.out = t};
    json_object_begin(&w);
    result_word(&w, "schema", "imjin.compare/1");
    json_put_key(&w, "id");
    json_put_string(&w, row->id);
    json_put_key(&w, "score");
    json_put_thousandths(&w, e->score);
    json_put_key(&w, "match");
    json_put_bool(&w, e->score >= threshold);
    json_put_key(&w, "parts");
    json_array_begin(&w);
    for (unsigned i = 0; i < names->part_count; i++) {
        json_object_begin(&w);
        put_part(&w, names->parts[i].rule, names->parts[i].query, names->parts[i].candidate);
        json_put_key(&w, "score");
        json_put_thousandths(&w, names->parts[i].score);
        json_put_key(&w, "weight");
        json_put_thousandths(&w, names->parts[i].weight);
        json_object_end(&w);
    }
    for (unsigned i = 0; i < e->part_count; i++) {
        json_object_begin(&w);
        put_part(&w, e->parts[i].rule, e->parts[i].query, e->parts[i].candidate);
        json_put_key(&w, "points");
        json_put_signed(&w, e->parts[i].points);
        json_object_end(&w);
    }
    json_array_end(&w);
    json_object_end(&w);
    text_add_string(t, "\n");
}

static enum imjin_status compare_row(struct pairs *p, const struct text_line *line, struct error *err) {
    struct row *row = arena_new(&p->arena, 1, sizeof *row);
    struct name_score names;
    struct evidence e;
    if (row == NULL)
        return fail_memory(err, "a pair");
    TRY(read_row(p, row, line, err));
    if (p->mode == NAME_MODE_JARO_WINKLER || p->mode == NAME_MODE_JARO_WINKLER_JOINED) {
        TRY(prepare_names(p, &row->query, row->prepared[0], err));
        TRY(prepare_names(p, &row->candidate, row->prepared[1], err));
    }
    if (p->mode == NAME_MODE_IMJIN) {
        TRY(parse_names(p, &row->query, kind_of(row->schema), err));
        TRY(parse_names(p, &row->candidate, kind_of(row->schema), err));
    }
    TRY(compare_names(p, row, &names, err));
    evidence_weigh(&e, names.score, row->query.values, p->mode == NAME_MODE_IMJIN ? row->query.value_count : 0,
                   row->candidate.values, row->candidate.value_count);
    put_result(&p->session->out, row, &names, &e, p->threshold);
    p->rows++;
    return text_status(&p->session->out, err);
}

/* What is done goes out, so that memory stays bounded. */
static enum imjin_status flush(struct pairs *p, uint64_t least, struct error *err) {
    struct text *out = &p->session->out;
    if (out->count == 0 || out->count < least)
        return IMJIN_OK;
    if (p->writer)
        file_write(p->writer, out->bytes, out->count);
    else
        TRY(screen_write(out->bytes, out->count, err));
    text_clear(out);
    return IMJIN_OK;
}

/* A file gets its name when it is whole. A device or a pipe is written to at the end, as by every command. */
static enum imjin_status open_output(struct pairs *p, struct error *err) {
    const char *path = arguments_text(&p->session->arguments, OPTION_OUTPUT);
    struct stat about;
    struct text t = {0};
    if (path == NULL || (stat(path, &about) == 0 && !S_ISREG(about.st_mode)))
        return IMJIN_OK;
    text_add_format(&t, "%s.part", path);
    enum imjin_status status = t.count < PATH_BYTES_MAX ? text_status(&t, err) : fail(err, IMJIN_USAGE, "path too long");
    if (status == IMJIN_OK)
        memcpy(p->part, t.bytes, t.count + 1);
    text_done(&t);
    TRY(status);
    p->session->output_is_directory = true; /* the results go out by themselves */
    status = file_writer_open(&p->writer, p->part, FILE_CREATE, 0, false, err);
    return status == IMJIN_NOT_FOUND ? (err->status = IMJIN_MACHINE) : status; /* no such directory */
}

static enum imjin_status close_output(struct pairs *p, bool good, struct error *err) {
    if (p->writer == NULL)
        return IMJIN_OK;
    enum imjin_status status = IMJIN_OK;
    if (good)
        status = file_writer_close(p->writer, NULL, err);
    else
        file_writer_abandon(p->writer);
    if (good && status == IMJIN_OK)
        status = file_rename(p->part, arguments_text(&p->session->arguments, OPTION_OUTPUT), err);
    text_clear(&p->session->out);
    if (good && status == IMJIN_OK)
        return IMJIN_OK;
    enum imjin_status removed = file_remove(p->part, NULL); /* what went wrong first is what is told */
    return good ? status : removed;
}

static enum imjin_status compare_all(struct pairs *p, struct error *err) {
    for (;;) {
        struct text_line line;
        struct error why = {0};
        enum imjin_status status = line_next(&p->lines, &line, &why);
        if (status == IMJIN_OK && line.text.bytes == NULL)
            return IMJIN_OK;
        uint64_t at = p->lines.line;
        if (status == IMJIN_OK) {
            at = line.line;
            status = compare_row(p, &line, &why);
            arena_done(&p->arena);
        }
        if (status == IMJIN_BAD_INPUT && p->skip && !p->lines.broken) {
            char text[ERROR_TEXT_MAX + ERROR_FILE_MAX];
            error_at(&why, p->file, at);
            error_print(&why, text, sizeof text);
            screen_note(&p->session->screen, "left out: %s", text);
            p->skipped++;
            continue;
        }
        if (status != IMJIN_OK) {
            *err = why;
            if (status == IMJIN_BAD_INPUT)
                error_at(err, p->file, at);
            return status;
        }
        bool held = arguments_text(&p->session->arguments, OPTION_OUTPUT) && p->writer == NULL;
        TRY(held ? IMJIN_OK : flush(p, COMPARE_FLUSH_BYTES, err));
    }
}

static enum imjin_status compare_input(struct pairs *p, struct input *in, struct error *err) {
    struct window w = {0};
    enum imjin_status status = window_init(&w, in, CSV_ROW_BYTES_MAX, err);
    if (status == IMJIN_OK)
        status = line_reader_init(&p->lines, &w, err);
    window_done(&w);
    TRY(status);
    status = open_output(p, err);
    if (status == IMJIN_OK)
        status = compare_all(p, err);
    if (status == IMJIN_OK && p->writer)
        status = flush(p, 0, err);
    line_reader_done(&p->lines);
    enum imjin_status closed = close_output(p, status == IMJIN_OK, status == IMJIN_OK ? err : NULL);
    return status != IMJIN_OK ? status : closed;
}

enum imjin_status command_compare(struct session *s, struct error *err) {
    const struct arguments *a = &s->arguments;
    const char *path = arguments_text(a, OPTION_INPUT);
    struct input *in;
    if (path == NULL)
        return fail(err, IMJIN_USAGE, "say which pairs: --input FILE (- is standard input)");
    struct pairs p = {.session = s,
                      .mode = (enum name_mode)arguments_word(a, OPTION_MODE),
                      .threshold = (uint16_t)arguments_count(a, OPTION_THRESHOLD, NAME_THRESHOLD_DEFAULT),
                      .skip = arguments_word(a, OPTION_ON_ERROR) != 0};
    enum imjin_status status = input_open(&in, path, 1, err);
    if (status == IMJIN_NOT_FOUND)
        status = err->status = IMJIN_BAD_INPUT; /* a file that was named and is not there */
    TRY(status);
    p.file = input_name(in);
    status = compare_input(&p, in, err);
    json_reader_done(&p.json);
    arena_done(&p.arena);
    input_close(in);
    if (status == IMJIN_OK && p.skipped)
        screen_note(&s->screen, "%llu of %llu pairs left out", (unsigned long long)p.skipped,
                    (unsigned long long)p.skipped + p.rows);
    return status;
}
