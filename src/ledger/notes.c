#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "ledger/import.h"

static int by_key_and_source(const void *a, const void *b) {
    const struct import_note *x = a, *y = b;
    int order = note_compare(&x->row, &y->row);
    return order ? order : x->source < y->source ? -1 : x->source > y->source;
}

static void unite_note(struct note_row *into, const struct note_row *other) {
    bool decimals_differ = other->decimals != DECIMALS_UNKNOWN && into->decimals != DECIMALS_UNKNOWN;
    into->conflicting |= other->conflicting | (decimals_differ && into->decimals != other->decimals);
    if (other->decimals < into->decimals)
        into->decimals = other->decimals;
    if (other->symbol_count == 0)
        return;
    int order =
        span_compare((struct span){other->symbol, other->symbol_count}, (struct span){into->symbol, into->symbol_count});
    if (into->symbol_count && order)
        into->conflicting = 1;
    if (into->symbol_count == 0 || order < 0) {
        into->symbol_count = other->symbol_count;
        memcpy(into->symbol, other->symbol, sizeof into->symbol);
    }
}

/* One note for each key, or for each key and source. Those of dropped sources go when sources no longer count. */
enum imjin_status notes_unite(struct ledger_writer *w, bool per_source, struct error *err) {
    struct import_note *notes = w->notes.items;
    uint64_t kept = 0;
    (void)err;
    if (w->notes.count)
        qsort(notes, w->notes.count, sizeof *notes, by_key_and_source);
    for (uint64_t i = 0; i < w->notes.count; i++) {
        struct import_note *before = kept ? &notes[kept - 1] : NULL;
        if (!per_source && notes[i].source != SOURCE_LEDGER && source_at(w, notes[i].source)->dropped)
            continue;
        if (before && note_compare(&before->row, &notes[i].row) == 0 && (!per_source || before->source == notes[i].source))
            unite_note(&before->row, &notes[i].row);
        else
            notes[kept++] = notes[i];
    }
    w->notes.count = kept;
    w->notes_united = kept;
    return IMJIN_OK;
}

static enum imjin_status add_base_notes(struct ledger_writer *w, struct error *err) {
    uint64_t known = w->base ? w->base->note_count : 0;
    TRY(buffer_reserve(&w->notes, known, err));
    struct import_note *notes = w->notes.items;
    for (uint64_t i = 0; i < known; i++)
        notes[w->notes.count++] = (struct import_note){w->base->notes[i], SOURCE_LEDGER};
    return IMJIN_OK;
}

enum imjin_status notes_write(struct ledger_writer *w, struct manifest *m, struct error *err) {
    struct column c;
    struct manifest_file *f = &m->files[FILE_NOTES];
    char path[PATH_BYTES_MAX];
    TRY(add_base_notes(w, err));
    TRY(notes_unite(w, false, err));
    snprintf(f->path, sizeof f->path, "g%04" PRIu64 "/notes.%06" PRIu64, m->generation, m->commit);
    TRY(path_join(path, err, w->directory, f->path));
    TRY(column_open(&c, path, 0, NULL, NULL, err));
    for (uint64_t i = 0; i < w->notes.count; i++)
        column_add(&c, &((struct import_note *)w->notes.items)[i].row, sizeof(struct note_row));
    f->bytes = c.bytes;
    enum imjin_status status = column_finish(&c, err);
    if (status == IMJIN_OK)
        status = manifest_add_hashes(m, f, c.hashes.items, c.hashes.count, err);
    column_done(&c);
    return status;
}
