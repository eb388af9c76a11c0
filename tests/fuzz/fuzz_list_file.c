/* Any bytes as the mapped file of a version. The checksum is set right when the header is whole, so that what lies behind it is
 * met. */
#include "list/format.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char path[] = "/tmp/imjin-fuzz-list-file-XXXXXX";

static void remove_file(void) { unlink(path); }

static void write_bytes(const void *bytes, size_t count) {
    static bool made;
    if (!made) {
        int file = mkstemp(path);
        INVARIANT(file >= 0);
        close(file);
        atexit(remove_file);
        made = true;
    }
    FILE *f = fopen(path, "w");
    INVARIANT(f != NULL);
    INVARIANT(fwrite(bytes, 1, count, f) == count);
    fclose(f);
}

static void walk(const struct list *l) {
    uint64_t sum = 0, index;
    for (uint64_t i = 0; i < list_entities(l); i++)
        INVARIANT(list_find(l, list_entity_at(l, i).id, &index) && index == i);
    for (uint64_t i = 0; i < list_values(l); i++) {
        struct list_value v = list_value_at(l, i);
        for (uint64_t c = 0; c < v.text.count; c++)
            sum += (uint8_t)v.text.bytes[c];
    }
    for (uint32_t i = 0; i < list_info(l)->notes; i++)
        sum += list_note_at(l, i).text.count;
    INVARIANT(sum < UINT64_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    enum { SUMMED_FROM = offsetof(struct file_header, checksum) + sizeof(uint64_t) };
    struct list *l;
    uint8_t *copy = malloc(size + 1);
    INVARIANT(copy != NULL);
    if (size)
        memcpy(copy, data, size);
    if (size >= sizeof(struct file_header)) {
        uint64_t checksum = hash_bytes(copy + SUMMED_FROM, size - SUMMED_FROM, 0);
        memcpy(copy + offsetof(struct file_header, checksum), &checksum, sizeof checksum);
    }
    write_bytes(copy, size);
    free(copy);
    if (list_open_file(&l, path, NULL) == IMJIN_OK) {
        walk(l);
        list_close(l);
    }
    return 0;
}
