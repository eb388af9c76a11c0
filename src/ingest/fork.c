#include <inttypes.h>
#include <stdio.h>

#include "ingest/reader.h"

enum { PLACES = 2, HASH_DIGITS = 64 };

/* The first row of the transaction in each of its blocks. */
struct fork_search {
    struct span text; /* the id as a ledger prints it */
    uint8_t hash[32];
    bool hashed;
    const char *path; /* of the file being read */
    struct {
        const char *path;
        uint64_t line;
        uint32_t block;
    } places[PLACES];
    unsigned count;
};

void fork_look(struct fork_search *f, const struct ledger_row *rows, uint64_t count) {
    for (uint64_t i = 0; i < count && f->count < PLACES; i++) {
        const struct ledger_row *row = &rows[i];
        bool same = row->tx_form == TX_HASH   ? f->hashed && memcmp(row->tx_hash, f->hash, sizeof f->hash) == 0
                    : row->tx_form == TX_TEXT ? span_equal(row->tx_text, f->text)
                                              : false;
        if (!same || (f->count && f->places[0].block == row->block))
            continue;
        f->places[f->count].path = f->path;
        f->places[f->count].line = row->line;
        f->places[f->count++].block = row->block;
    }
}

static enum imjin_status read_again(struct fork_search *f, const struct chain *chain, const struct ingest_options *options) {
    struct input *in;
    struct ingest_file *file = memory_new(1, sizeof *file);
    if (file == NULL)
        return fail_memory(NULL, "reading a file");
    enum imjin_status status = input_open(&in, f->path, options->threads, NULL);
    if (status == IMJIN_OK) {
        status = ingest_search(f, file, chain, in, options);
        input_close(in);
    }
    memory_free(file);
    return status;
}

static void say_places(const struct fork_search *f, struct error *err) {
    char text[ERROR_TEXT_MAX];
    unsigned last = f->count - 1;
    if (f->count == PLACES)
        snprintf(text, sizeof text,
                 "stands in block %" PRIu32 " (%.150s:%" PRIu64 ") and in block %" PRIu32
                 " (this line): one of them is of a fork, or wrong; nothing was imported",
                 f->places[0].block, f->places[0].path, f->places[0].line, f->places[1].block);
    else
        snprintf(text, sizeof text, "%.300s (this line says block %" PRIu32 ")", err->text, f->places[0].block);
    memcpy(err->text, text, sizeof text);
    error_at(err, f->places[last].path, f->places[last].line);
}

void ingest_find_fork(struct error *err, const struct chain *chain, const char *const *paths, uint64_t count,
                      const struct ingest_options *options) {
    if (err == NULL || err->status != IMJIN_BAD_INPUT || strcmp(err->column, LEDGER_FORK_COLUMN) != 0)
        return;
    char id[ERROR_VALUE_MAX];
    memcpy(id, err->value, sizeof id);
    struct fork_search f = {.text = span_of(id)};
    f.hashed = f.text.count == HASH_DIGITS + 2 && !(hex_decode(f.hash, id + 2, sizeof f.hash) & HEX_BAD);
    for (uint64_t i = 0; i < count && f.count < PLACES; i++) {
        f.path = paths[i];
        if (strcmp(paths[i], "-") != 0 && read_again(&f, chain, options) != IMJIN_OK)
            break; /* a file that has changed meanwhile cannot be asked */
    }
    if (f.count)
        say_places(&f, err);
}
