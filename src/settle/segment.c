#include "settle/format.h"

/* ---- reading ---- */

enum imjin_status compiled_segment_open(struct segment *ret, const struct manifest_segment *about, const char *directory,
                                        struct error *err) {
    struct segment s = {.about = about};
    enum imjin_status status = IMJIN_OK;
    for (enum segment_file f = 0; f < SEGMENT_FILES && status == IMJIN_OK; f++) {
        char name[COMPILED_FILE_NAME_MAX], path[PATH_BYTES_MAX];
        settle_segment_file_name(name, about->number, f);
        status = path_join(path, err, directory, name);
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

enum imjin_status compiled_segment_list(const struct segment *s, uint32_t holding, enum direction direction, struct list *ret,
                                        struct error *err) {
    const uint32_t *index = index_of(s, direction);
    uint32_t keys = s->about->key_count[direction], low = 0, high = keys;
    struct list l = {(const struct edge_record *)s->files[direction == DIRECTION_OUT ? FILE_OUT : FILE_IN].bytes, 0, 0};
    if (keys == INDEX_DENSE) {
        if (holding < s->about->holdings) {
            l.from = index[holding];
            l.to = index[holding + 1];
        }
    } else {
        while (low < high) {
            uint32_t middle = low + (high - low) / 2;
            if (index[middle] < holding)
                low = middle + 1;
            else
                high = middle;
        }
        if (low < keys && index[low] == holding) {
            l.from = index[keys + low];
            l.to = index[keys + low + 1];
        }
    }
    if (l.from > l.to || l.to > s->about->records[direction])
        return fail(err, IMJIN_BAD_INPUT, "the compiled ledger is damaged: the edges of holding %u", holding);
    *ret = l;
    return IMJIN_OK;
}

/* ---- writing ---- */

struct segment_writer {
    const char *directory;
    struct manifest_segment *about;
    struct file_writer *files[SEGMENT_FILES];
    struct buffer keys, starts;
};

static enum imjin_status writer_open(struct segment_writer *w, enum segment_file f, struct error *err) {
    char name[COMPILED_FILE_NAME_MAX], path[PATH_BYTES_MAX];
    settle_segment_file_name(name, w->about->number, f);
    TRY(path_join(path, err, w->directory, name));
    return file_writer_open(&w->files[f], path, FILE_CREATE, 0, true, err);
}

static enum imjin_status writer_close(struct segment_writer *w, enum segment_file f, struct error *err) {
    struct file_writer *file = w->files[f];
    w->files[f] = NULL;
    return file_writer_close(file, &w->about->hashes[f], err);
}

static void writer_abandon(struct segment_writer *w) {
    for (enum segment_file f = 0; f < SEGMENT_FILES; f++)
        file_writer_abandon(w->files[f]);
    buffer_done(&w->keys);
    buffer_done(&w->starts);
}

/* Notes that the list of `holding` begins at record `start`. */
static enum imjin_status index_add(struct segment_writer *w, uint32_t holding, uint64_t start, struct error *err) {
    uint32_t at = (uint32_t)start;
    TRY(buffer_push(&w->keys, &holding, NULL, err));
    return buffer_push(&w->starts, &at, NULL, err);
}

static void write_dense(struct segment_writer *w, struct file_writer *file, uint32_t end) {
    const uint32_t *keys = w->keys.items, *starts = w->starts.items;
    size_t at = 0;
    for (uint64_t h = 0; h <= w->about->holdings; h++) {
        uint32_t start = at < w->keys.count ? starts[at] : end;
        file_write(file, &start, sizeof start);
        if (at < w->keys.count && keys[at] == h)
            at++;
    }
}

/* Four bytes a holding when most have edges; otherwise eight bytes for each that has. */
static enum imjin_status index_write(struct segment_writer *w, enum direction d, struct error *err) {
    enum segment_file f = d == DIRECTION_OUT ? FILE_OUT_INDEX : FILE_IN_INDEX;
    uint32_t end = (uint32_t)w->about->records[d];
    bool dense = w->keys.count >= w->about->holdings / 8;
    TRY(writer_open(w, f, err));
    w->about->key_count[d] = dense ? INDEX_DENSE : (uint32_t)w->keys.count;
    if (dense) {
        write_dense(w, w->files[f], end);
    } else {
        if (w->keys.count) {
            file_write(w->files[f], w->keys.items, w->keys.count * sizeof(uint32_t));
            file_write(w->files[f], w->starts.items, w->starts.count * sizeof(uint32_t));
        }
        file_write(w->files[f], &end, sizeof end);
    }
    w->keys.count = w->starts.count = 0;
    return writer_close(w, f, err);
}

static struct segment_writer writer_new(struct manifest_segment *about, const char *directory) {
    struct buffer numbers = {.item_bytes = sizeof(uint32_t), .items_max = UINT32_MAX, .what = "holdings"};
    return (struct segment_writer){.directory = directory, .about = about, .keys = numbers, .starts = numbers};
}

/* Writes the records of one direction grouped by holding: a counting sort, which keeps time order inside a group. */
static enum imjin_status write_grouped(struct segment_writer *w, const struct run_list *l, enum direction d, uint32_t *starts,
                                       uint32_t *order, struct error *err) {
    const struct edge_record *records = l->records.items;
    const uint32_t *owners = l->owners.items;
    uint32_t count = (uint32_t)l->records.count, holdings = w->about->holdings, at = 0;
    enum segment_file f = d == DIRECTION_OUT ? FILE_OUT : FILE_IN;
    for (uint32_t i = 0; i < count; i++)
        starts[owners[i]]++;
    for (uint32_t h = 0; h < holdings; h++) {
        uint32_t here = starts[h];
        if (here)
            TRY(index_add(w, h, at, err));
        starts[h] = at;
        at += here;
    }
    for (uint32_t i = 0; i < count; i++)
        order[starts[owners[i]]++] = i;
    TRY(writer_open(w, f, err));
    for (uint32_t i = 0; i < count; i++) {
        if (i + 16 < count)
            __builtin_prefetch(&records[order[i + 16]]);
        file_write(w->files[f], &records[order[i]], sizeof *records);
    }
    w->about->records[d] = count;
    TRY(writer_close(w, f, err));
    return index_write(w, d, err);
}

static enum imjin_status write_list(struct segment_writer *w, const struct run_list *l, enum direction d, struct error *err) {
    uint32_t *starts = memory_new(w->about->holdings, sizeof *starts);
    uint32_t *order = memory_new(l->records.count, sizeof *order);
    enum imjin_status status = starts && order ? write_grouped(w, l, d, starts, order, err) : fail_memory(err, "sorting edges");
    memory_free(starts);
    memory_free(order);
    return status;
}

static enum imjin_status write_sides(struct segment_writer *w, const struct run *r, struct error *err) {
    w->about->side_count = r->sides.count;
    TRY(writer_open(w, FILE_SIDE, err));
    if (r->sides.count)
        file_write(w->files[FILE_SIDE], r->sides.items, r->sides.count * sizeof(struct side_record));
    return writer_close(w, FILE_SIDE, err);
}

enum imjin_status settle_segment_write(struct manifest_segment *ret, struct run *r, uint64_t number, uint32_t holdings,
                                       const char *directory, struct error *err) {
    struct manifest_segment about = {
        .number = number, .movement_from = r->movement_from, .movement_to = r->movement_to, .holdings = holdings};
    struct segment_writer w = writer_new(&about, directory);
    enum imjin_status status = write_list(&w, &r->lists[DIRECTION_OUT], DIRECTION_OUT, err);
    if (status == IMJIN_OK)
        status = write_list(&w, &r->lists[DIRECTION_IN], DIRECTION_IN, err);
    if (status == IMJIN_OK)
        status = write_sides(&w, r, err);
    writer_abandon(&w);
    if (status == IMJIN_OK)
        *ret = about;
    return status;
}

/* ---- merging ---- */

struct merge {
    struct segment parts[COMPILED_SEGMENTS_MAX];
    uint64_t sides_before[COMPILED_SEGMENTS_MAX];
    uint32_t count;
};

static enum imjin_status merge_holding(struct segment_writer *w, const struct merge *m, uint32_t holding, enum direction d,
                                       uint64_t *at, struct error *err) {
    struct file_writer *file = w->files[d == DIRECTION_OUT ? FILE_OUT : FILE_IN];
    uint64_t start = *at;
    for (uint32_t i = 0; i < m->count; i++) {
        struct list l;
        TRY(compiled_segment_list(&m->parts[i], holding, d, &l, err));
        for (uint64_t r = l.from; r < l.to; r++) {
            struct edge_record record = l.records[r];
            if (record.position_high & RECORD_SIDE)
                record.other_low += m->sides_before[i];
            file_write(file, &record, sizeof record);
        }
        *at += l.to - l.from;
    }
    return *at > start ? index_add(w, holding, start, err) : IMJIN_OK;
}

static enum imjin_status merge_direction(struct segment_writer *w, const struct merge *m, enum direction d, struct error *err) {
    enum segment_file f = d == DIRECTION_OUT ? FILE_OUT : FILE_IN;
    uint64_t at = 0;
    TRY(writer_open(w, f, err));
    for (uint32_t h = 0; h < w->about->holdings; h++)
        TRY(merge_holding(w, m, h, d, &at, err));
    if (at > UINT32_MAX)
        return fail(err, IMJIN_BAD_INPUT, "more than %u edges", UINT32_MAX);
    w->about->records[d] = at;
    TRY(writer_close(w, f, err));
    return index_write(w, d, err);
}

static enum imjin_status merge_sides(struct segment_writer *w, const struct merge *m, struct error *err) {
    TRY(writer_open(w, FILE_SIDE, err));
    for (uint32_t i = 0; i < m->count; i++) {
        const struct mapping *side = &m->parts[i].files[FILE_SIDE];
        if (side->count)
            file_write(w->files[FILE_SIDE], side->bytes, side->count);
        w->about->side_count += m->parts[i].about->side_count;
    }
    return writer_close(w, FILE_SIDE, err);
}

static enum imjin_status merge_open(struct merge *m, const struct manifest_segment *parts, uint32_t count,
                                    const char *directory, struct error *err) {
    uint64_t sides = 0;
    for (; m->count < count; m->count++) {
        TRY(compiled_segment_open(&m->parts[m->count], &parts[m->count], directory, err));
        m->sides_before[m->count] = sides;
        sides += parts[m->count].side_count;
    }
    return IMJIN_OK;
}

enum imjin_status settle_segment_merge(struct manifest_segment *ret, const struct manifest_segment *parts, uint32_t count,
                                       uint64_t number, uint32_t holdings, const char *directory, struct error *err) {
    struct manifest_segment about = {.number = number,
                                     .movement_from = parts[0].movement_from,
                                     .movement_to = parts[count - 1].movement_to,
                                     .holdings = holdings};
    struct segment_writer w = writer_new(&about, directory);
    struct merge m = {.count = 0};
    enum imjin_status status = merge_open(&m, parts, count, directory, err);
    if (status == IMJIN_OK)
        status = merge_direction(&w, &m, DIRECTION_OUT, err);
    if (status == IMJIN_OK)
        status = merge_direction(&w, &m, DIRECTION_IN, err);
    if (status == IMJIN_OK)
        status = merge_sides(&w, &m, err);
    writer_abandon(&w);
    for (uint32_t i = 0; i < m.count; i++)
        settle_segment_close(&m.parts[i]);
    if (status == IMJIN_OK)
        *ret = about;
    return status;
}
