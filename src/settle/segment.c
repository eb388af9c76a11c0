#include "settle/run.h"

/* ---- reading ---- */

enum imjin_status settle_open_whole(struct mapping *ret, const char *path, uint64_t bytes, struct error *err) {
    struct mapping m = {0};
    enum imjin_status status = mapping_open(&m, path, err);
    if (status == IMJIN_NOT_FOUND)
        return settle_damaged(err, "%s is not there", path);
    TRY(status);
    if (m.count == bytes) {
        *ret = m;
        return IMJIN_OK;
    }
    uint64_t there = m.count;
    mapping_close(&m);
    return settle_damaged(err, "%s has %llu bytes instead of %llu", path, (unsigned long long)there, (unsigned long long)bytes);
}

enum imjin_status settle_segment_open(struct segment *ret, const struct manifest_segment *about, const char *directory,
                                      struct error *err) {
    struct segment s = {.about = about};
    enum imjin_status status = IMJIN_OK;
    for (enum segment_file f = 0; f < SEGMENT_FILES && status == IMJIN_OK; f++) {
        char path[PATH_BYTES_MAX];
        status = settle_segment_path(path, directory, about->number, f, err);
        if (status == IMJIN_OK)
            status = settle_open_whole(&s.files[f], path, settle_segment_file_bytes(about, f), err);
    }
    if (status != IMJIN_OK) {
        settle_segment_close(&s);
        return status;
    }
    *ret = s;
    return IMJIN_OK;
}

void settle_segment_close(struct segment *s) {
    for (enum segment_file f = 0; f < SEGMENT_FILES; f++)
        mapping_close(&s->files[f]);
}

static const uint32_t *index_of(const struct segment *s, enum direction d) {
    return (const uint32_t *)s->files[d == DIRECTION_OUT ? FILE_OUT_INDEX : FILE_IN_INDEX].bytes;
}

/* First word of the holding's list and the one behind its last; equal when it has none. */
struct words {
    uint64_t from, to;
};

static struct words find_words(const struct segment *s, uint32_t holding, enum direction d) {
    const uint32_t *index = index_of(s, d);
    uint32_t keys = s->about->key_count[d], low = 0, high = keys;
    if (keys == INDEX_DENSE)
        return holding < s->about->holdings ? (struct words){index[holding], index[holding + 1]} : (struct words){0, 0};
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (index[middle] < holding)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == keys || index[low] != holding)
        return (struct words){0, 0};
    return (struct words){index[keys + low], index[keys + low + 1]};
}

enum imjin_status settle_segment_list(const struct segment *s, uint32_t holding, enum direction direction,
                                      struct entry_list *ret, struct error *err) {
    struct words w = find_words(s, holding, direction);
    struct entry_list l = {.fronted = s->about->movement_from > 0};
    if (w.from > w.to || w.to > s->about->words[direction])
        return settle_damaged(err, "the edges of holding %u", holding);
    uint64_t words = w.to - w.from + (l.fronted || w.to == w.from ? 0 : REACH_WORDS), rest = words % BLOCK_WORDS;
    if (rest && rest <= REACH_WORDS)
        return settle_damaged(err, "the edges of holding %u", holding);
    l.count = (uint32_t)(words / BLOCK_WORDS * LIST_BLOCK + (rest ? rest - REACH_WORDS : 0));
    l.words = (const uint32_t *)s->files[direction == DIRECTION_OUT ? FILE_OUT : FILE_IN].bytes;
    if (l.count && l.words == NULL)
        return settle_damaged(err, "the edges of holding %u", holding);
    if (l.words)
        l.words += w.from;
    *ret = l;
    return IMJIN_OK;
}

static enum imjin_status damaged(uint32_t entry, struct error *err) { return settle_damaged(err, "edge %08x", entry); }

uint32_t settle_side_pack(struct side_record ret[2], const struct flow_edge *e) {
    const u128 amounts[] = {e->out_from, e->out_units, e->in_from, e->in_units};
    uint32_t *words[] = {ret->out_from, ret->out_units, ret->in_from, ret->in_units}, upper[4], wide = 0;
    *ret = (struct side_record){.from = e->from.n,
                                .to = e->to.n,
                                .movement = e->movement,
                                .share_from = (uint8_t)e->share_from,
                                .share_to = (uint8_t)e->share_to,
                                .share_total = (uint8_t)e->share_total,
                                .rule = (uint8_t)(e->rule | (e->weighed_equally ? SIDE_WEIGHED : 0))};
    for (int i = 0; i < 4; i++) {
        words_put(words[i], 3, amounts[i]);
        upper[i] = (uint32_t)(amounts[i] >> 96);
        wide |= upper[i];
    }
    if (wide == 0)
        return 1;
    ret->rule |= SIDE_WIDE;
    ret[1] = (struct side_record){0};
    memcpy(&ret[1], upper, sizeof upper);
    return 2;
}

bool settle_side_unpack(struct flow_edge *ret, const struct side_record *rows, uint64_t count, uint32_t number) {
    if (number >= count)
        return false;
    const struct side_record *r = &rows[number];
    bool wide = r->rule & SIDE_WIDE;
    if (wide && number + 1 >= count)
        return false;
    const uint32_t *words[] = {r->out_from, r->out_units, r->in_from, r->in_units};
    uint32_t upper[4] = {0};
    u128 amounts[4];
    if (wide)
        memcpy(upper, &r[1], sizeof upper);
    for (int i = 0; i < 4; i++)
        amounts[i] = u96_of(words[i]) | (u128)upper[i] << 96;
    *ret = (struct flow_edge){.from = {r->from},
                              .to = {r->to},
                              .out_from = amounts[0],
                              .out_units = amounts[1],
                              .in_from = amounts[2],
                              .in_units = amounts[3],
                              .share_from = r->share_from,
                              .share_to = r->share_to,
                              .share_total = r->share_total,
                              .movement = r->movement,
                              .rule = r->rule & SIDE_RULE,
                              .weighed_equally = r->rule & SIDE_WEIGHED};
    return true;
}

static enum imjin_status side_place(const struct segment *s, enum direction d, uint32_t entry, struct entry_place *ret,
                                    struct error *err) {
    const struct side_record *rows = (const struct side_record *)s->files[FILE_SIDE].bytes;
    struct flow_edge e;
    if (!settle_side_unpack(&e, rows, s->about->side_count, entry & ~ENTRY_KIND))
        return damaged(entry, err);
    bool out = d == DIRECTION_OUT;
    u128 from = out ? e.out_from : e.in_from, units = out ? e.out_units : e.in_units, to;
    if (!add_u128(from, units, &to) || to >> 127)
        return damaged(entry, err);
    *ret = (struct entry_place){from, to, e.movement};
    return IMJIN_OK;
}

enum imjin_status settle_entry_place(const struct segment *s, const struct movement *movements, enum direction d,
                                     uint32_t entry, u128 reach, struct entry_place *ret, struct error *err) {
    if ((entry & ENTRY_KIND) == ENTRY_SIDE)
        return side_place(s, d, entry, ret, err);
    if (reach >> 127)
        return damaged(entry, err);
    if (entry & ENTRY_SIDE) {
        uint32_t number = entry & ~ENTRY_KIND;
        if (number >= s->about->missing_count || d == DIRECTION_OUT)
            return damaged(entry, err);
        const struct missing_record *r = (const struct missing_record *)s->files[FILE_MISSING].bytes + number;
        *ret = (struct entry_place){reach, reach + u96_of(r->units), r->movement};
        return IMJIN_OK;
    }
    if (entry < s->about->movement_from || entry >= s->about->movement_to)
        return damaged(entry, err);
    *ret = (struct entry_place){reach, reach + movement_units(&movements[entry]), entry};
    return IMJIN_OK;
}

/* ---- merging ---- */

struct merge {
    struct manifest_segment about;
    const char *directory;
    struct segment parts[COMPILED_SEGMENTS_MAX];
    uint64_t sides_before[COMPILED_SEGMENTS_MAX], missing_before[COMPILED_SEGMENTS_MAX];
    const struct movement *movements;
    uint32_t count;
    struct index_writer index;
    struct table file;
};

static enum imjin_status merge_open_file(struct merge *m, enum segment_file f, struct error *err) {
    char path[PATH_BYTES_MAX];
    TRY(settle_segment_path(path, m->directory, m->about.number, f, err));
    return settle_table_open(&m->file, path, err);
}

static enum imjin_status merge_close_file(struct merge *m, enum segment_file f, struct error *err) {
    return settle_table_close(&m->file, &m->about.checksums[f], err);
}

/* The list of one holding in the making. */
struct merged_list {
    uint64_t words;
    uint32_t entries;
};

static void put_entry(struct merge *m, struct merged_list *l, u128 reach, uint32_t entry) {
    if (l->entries % LIST_BLOCK == 0 && (l->entries || m->about.movement_from > 0)) {
        uint32_t words[REACH_WORDS];
        words_put(words, REACH_WORDS, reach);
        table_put(&m->file, words, sizeof words);
        l->words += REACH_WORDS;
    }
    table_put(&m->file, &entry, sizeof entry);
    l->words++;
    l->entries++;
}

static uint32_t renumbered(const struct merge *m, uint32_t part, uint32_t entry) {
    if (!(entry & ENTRY_SIDE))
        return entry;
    uint64_t before = (entry & ENTRY_KIND) == ENTRY_SIDE ? m->sides_before[part] : m->missing_before[part];
    return (entry & ENTRY_KIND) | (uint32_t)((entry & ~ENTRY_KIND) + before);
}

/* The blocks of later parts begin elsewhere than they did, so how far the line has got is added up anew. */
static enum imjin_status merge_part(struct merge *m, uint32_t part, uint32_t holding, enum direction d, struct merged_list *l,
                                    struct error *err) {
    struct entry_list list = {0};
    TRY(settle_segment_list(&m->parts[part], holding, d, &list, err));
    if (list.count == 0)
        return IMJIN_OK;
    u128 reach = list_reach(&list, 0);
    for (uint32_t at = 0; at < list.count; at++) {
        struct entry_place place = {0};
        uint32_t entry = list_entry(&list, at);
        if (at % LIST_BLOCK == 0)
            reach = list_reach(&list, at / LIST_BLOCK);
        put_entry(m, l, reach, renumbered(m, part, entry));
        if (part == 0)
            continue;
        TRY(settle_entry_place(&m->parts[part], m->movements, d, entry, reach, &place, err));
        if (place.to > reach)
            reach = place.to;
    }
    return IMJIN_OK;
}

static enum imjin_status merge_holding(struct merge *m, uint32_t holding, enum direction d, struct error *err) {
    struct merged_list l = {0};
    for (uint32_t i = 0; i < m->count; i++)
        TRY(merge_part(m, i, holding, d, &l, err));
    if (m->about.words[d] + l.words > UINT32_MAX)
        return fail(err, IMJIN_BAD_INPUT, "the lists of edges are longer than %u words", UINT32_MAX);
    m->about.words[d] += l.words;
    return l.words ? settle_index_add(&m->index, holding, l.words, err) : IMJIN_OK;
}

static enum imjin_status merge_direction(struct merge *m, enum direction d, struct error *err) {
    enum segment_file f = d == DIRECTION_OUT ? FILE_OUT : FILE_IN;
    uint64_t words = 0;
    for (uint32_t i = 0; i < m->count; i++)
        words += m->parts[i].about->words[d];
    TRY(settle_index_open(&m->index, &m->about, d, words, m->directory, err));
    TRY(merge_open_file(m, f, err));
    for (uint32_t h = 0; h < m->about.holdings; h++)
        TRY(merge_holding(m, h, d, err));
    TRY(merge_close_file(m, f, err));
    TRY(settle_index_close(&m->index, &m->about, d, err));
    settle_index_abandon(&m->index);
    m->index = (struct index_writer){0};
    return IMJIN_OK;
}

static enum imjin_status merge_whole(struct merge *m, enum segment_file f, struct error *err) {
    TRY(merge_open_file(m, f, err));
    for (uint32_t i = 0; i < m->count; i++)
        if (m->parts[i].files[f].count)
            settle_table_write(&m->file, m->parts[i].files[f].bytes, m->parts[i].files[f].count);
    return merge_close_file(m, f, err);
}

static enum imjin_status merge_all(struct merge *m, const struct manifest_segment *parts, uint32_t count, struct error *err) {
    for (; m->count < count; m->count++) {
        TRY(settle_segment_open(&m->parts[m->count], &parts[m->count], m->directory, err));
        m->sides_before[m->count] = m->about.side_count;
        m->missing_before[m->count] = m->about.missing_count;
        m->about.side_count += parts[m->count].side_count;
        m->about.missing_count += parts[m->count].missing_count;
    }
    if (m->about.side_count > COMPILED_SIDES_MAX || m->about.missing_count > COMPILED_SIDES_MAX)
        return fail(err, IMJIN_BAD_INPUT, "more than %u edges that are not plain", COMPILED_SIDES_MAX);
    TRY(merge_direction(m, DIRECTION_OUT, err));
    TRY(merge_direction(m, DIRECTION_IN, err));
    TRY(merge_whole(m, FILE_SIDE, err));
    return merge_whole(m, FILE_MISSING, err);
}

enum imjin_status settle_segment_merge(struct manifest_segment *ret, const struct manifest_segment *parts, uint32_t count,
                                       uint64_t number, uint32_t holdings, const struct movement *movements,
                                       const char *directory, struct error *err) {
    struct merge *m = memory_new(1, sizeof *m);
    if (m == NULL)
        return fail_memory(err, "merging");
    m->directory = directory;
    m->movements = movements;
    m->about = (struct manifest_segment){.number = number,
                                         .movement_from = parts[0].movement_from,
                                         .movement_to = parts[count - 1].movement_to,
                                         .holdings = holdings};
    enum imjin_status status = merge_all(m, parts, count, err);
    if (status == IMJIN_OK)
        *ret = m->about;
    settle_index_abandon(&m->index);
    settle_table_abandon(&m->file);
    for (uint32_t i = 0; i < m->count; i++)
        settle_segment_close(&m->parts[i]);
    memory_free(m);
    return status;
}
