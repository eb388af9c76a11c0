#include "settle/run.h"

/* ---- reading ---- */

enum imjin_status settle_segment_open(struct segment *ret, const struct manifest_segment *about, const char *directory,
                                      struct error *err) {
    struct segment s = {.about = about};
    enum imjin_status status = IMJIN_OK;
    for (enum segment_file f = 0; f < SEGMENT_FILES && status == IMJIN_OK; f++) {
        char path[PATH_BYTES_MAX];
        status = settle_segment_path(path, directory, about->number, f, err);
        if (status == IMJIN_OK)
            status = mapping_open_prefix(&s.files[f], path, settle_segment_file_bytes(about, f), err);
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

static void find_sparse(const uint32_t *index, uint32_t keys, uint32_t holding, struct entry_list *l) {
    uint32_t low = 0, high = keys;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (index[middle] < holding)
            low = middle + 1;
        else
            high = middle;
    }
    if (low < keys && index[low] == holding) {
        l->from = index[keys + low];
        l->to = index[keys + low + 1];
    }
}

enum imjin_status settle_segment_list(const struct segment *s, uint32_t holding, enum direction direction,
                                      struct entry_list *ret, struct error *err) {
    const uint32_t *index = index_of(s, direction);
    uint32_t keys = s->about->key_count[direction];
    struct entry_list l = {(const uint32_t *)s->files[direction == DIRECTION_OUT ? FILE_OUT : FILE_IN].bytes, 0, 0};
    if (keys != INDEX_DENSE) {
        find_sparse(index, keys, holding, &l);
    } else if (holding < s->about->holdings) {
        l.from = index[holding];
        l.to = index[holding + 1];
    }
    if (l.from > l.to || l.to > s->about->entries[direction])
        return fail(err, IMJIN_BAD_INPUT, "the compiled ledger is damaged: the edges of holding %u", holding);
    *ret = l;
    return IMJIN_OK;
}

/* ---- merging ---- */

struct merge {
    struct manifest_segment about;
    const char *directory;
    struct segment parts[COMPILED_SEGMENTS_MAX];
    uint64_t sides_before[COMPILED_SEGMENTS_MAX];
    uint32_t count;
    struct index_writer index;
    struct file_writer *file;
};

static enum imjin_status merge_open_file(struct merge *m, enum segment_file f, struct error *err) {
    char path[PATH_BYTES_MAX];
    TRY(settle_segment_path(path, m->directory, m->about.number, f, err));
    return file_writer_open(&m->file, path, FILE_CREATE, 0, true, err);
}

static enum imjin_status merge_close_file(struct merge *m, enum segment_file f, struct error *err) {
    struct file_writer *file = m->file;
    m->file = NULL;
    return file_writer_close(file, &m->about.hashes[f], err);
}

static enum imjin_status merge_holding(struct merge *m, uint32_t holding, enum direction d, struct error *err) {
    uint64_t count = 0;
    for (uint32_t i = 0; i < m->count; i++) {
        struct entry_list l = {0};
        TRY(settle_segment_list(&m->parts[i], holding, d, &l, err));
        for (uint64_t at = l.from; at < l.to; at++) {
            uint32_t entry = l.entries[at];
            if (entry & ENTRY_SIDE)
                entry = ENTRY_SIDE | (uint32_t)((entry & ~ENTRY_SIDE) + m->sides_before[i]);
            file_write(m->file, &entry, sizeof entry);
        }
        count += l.to - l.from;
    }
    return count ? settle_index_add(&m->index, holding, count, err) : IMJIN_OK;
}

static enum imjin_status merge_direction(struct merge *m, enum direction d, struct error *err) {
    enum segment_file f = d == DIRECTION_OUT ? FILE_OUT : FILE_IN;
    for (uint32_t i = 0; i < m->count; i++)
        m->about.entries[d] += m->parts[i].about->entries[d];
    if (m->about.entries[d] > UINT32_MAX)
        return fail(err, IMJIN_BAD_INPUT, "more than %u edges", UINT32_MAX);
    TRY(settle_index_open(&m->index, &m->about, d, m->directory, err));
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
            file_write(m->file, m->parts[i].files[f].bytes, m->parts[i].files[f].count);
    return merge_close_file(m, f, err);
}

static enum imjin_status merge_all(struct merge *m, const struct manifest_segment *parts, uint32_t count, struct error *err) {
    for (; m->count < count; m->count++) {
        TRY(settle_segment_open(&m->parts[m->count], &parts[m->count], m->directory, err));
        m->sides_before[m->count] = m->about.side_count;
        m->about.side_count += parts[m->count].side_count;
    }
    if (m->about.side_count > COMPILED_SIDES_MAX)
        return fail(err, IMJIN_BAD_INPUT, "more than %u edges that are not plain", COMPILED_SIDES_MAX);
    TRY(merge_whole(m, FILE_ROWS, err));
    TRY(merge_direction(m, DIRECTION_OUT, err));
    TRY(merge_direction(m, DIRECTION_IN, err));
    return merge_whole(m, FILE_SIDE, err);
}

enum imjin_status settle_segment_merge(struct manifest_segment *ret, const struct manifest_segment *parts, uint32_t count,
                                       uint64_t number, uint32_t holdings, const char *directory, struct error *err) {
    struct merge *m = memory_new(1, sizeof *m);
    if (m == NULL)
        return fail_memory(err, "merging");
    m->directory = directory;
    m->about = (struct manifest_segment){.number = number,
                                         .movement_from = parts[0].movement_from,
                                         .movement_to = parts[count - 1].movement_to,
                                         .holdings = holdings};
    enum imjin_status status = merge_all(m, parts, count, err);
    if (status == IMJIN_OK)
        *ret = m->about;
    settle_index_abandon(&m->index);
    file_writer_abandon(m->file);
    for (uint32_t i = 0; i < m->count; i++)
        settle_segment_close(&m->parts[i]);
    memory_free(m);
    return status;
}
