/* Any bytes as a label file, CSV and pack alike; what is accepted is written and must open and verify. */
#include "label/read.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char path[] = "/tmp/imjin-fuzz-label-XXXXXX";

static void remove_file(void) { unlink(path); }

static void make_file(void) {
    static bool made;
    if (made)
        return;
    int file = mkstemp(path);
    INVARIANT(file >= 0);
    close(file);
    atexit(remove_file);
    made = true;
}

static void count_skip(void *context, const struct error *why) {
    (void)context;
    INVARIANT(why->status == IMJIN_BAD_INPUT && why->text[0] && why->line > 0);
}

static void write_and_verify(struct label_set *set, uint64_t tags) {
    struct label_store *store;
    struct tag tag;
    bool conflict;
    uint64_t first, count;
    INVARIANT(label_set_write(set, path, NULL) == IMJIN_OK);
    INVARIANT(label_store_open(&store, path, NULL) == IMJIN_OK);
    INVARIANT(label_count(store) <= tags);
    for (uint64_t i = 0; i < label_count(store); i++) {
        tag = label_at(store, i);
        label_find(store, NULL, &tag.address, &first, &count);
        INVARIANT(i >= first && i < first + count);
        (void)label_role_of(store, "ethereum", &tag.address, &tag, &conflict);
    }
    label_close(store);
}

static void run(struct span document, enum imjin_status (*read)(struct label_reading *, struct span, struct error *),
                bool skip) {
    struct label_set set = {0};
    struct label_reading r = {.set = &set, .path = "fuzz", .chain = "", .skip = skip ? count_skip : NULL};
    struct error err = {0};
    INVARIANT(label_set_begin(&set, &err) == IMJIN_OK);
    if (read(&r, document, &err) == IMJIN_OK)
        write_and_verify(&set, r.result.tags_read);
    else
        INVARIANT(err.status == IMJIN_BAD_INPUT && err.text[0]);
    label_set_done(&set);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct span document = {(const char *)data, size};
    make_file();
    for (int skip = 0; skip < 2; skip++) {
        run(document, label_read_csv, skip);
        run(document, label_read_pack, skip);
    }
    return 0;
}
