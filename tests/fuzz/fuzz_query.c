/* Any bytes as a file of queries: each row becomes a query or a fault, and its key can be made. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "screen/screen.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char path[] = "/tmp/imjin-fuzz-query-XXXXXX";

static void remove_file(void) { unlink(path); }

static void write_input(const uint8_t *data, size_t size) {
    static bool made;
    if (!made) {
        int file = mkstemp(path);
        INVARIANT(file >= 0);
        close(file);
        atexit(remove_file);
        made = true;
    }
    FILE *out = fopen(path, "wb");
    INVARIANT(out && fwrite(data, 1, size, out) == size);
    fclose(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct screen_reader *r;
    struct error err = {0};
    bool end = false;
    write_input(data, size);
    if (screen_reader_open(&r, path, &err) != IMJIN_OK)
        return 0;
    for (uint64_t row = 1; !end; row++) {
        struct arena a = {0};
        struct screen_query q;
        struct sha256 key;
        enum imjin_status status = screen_reader_next(r, &a, &q, &end, &err);
        INVARIANT(status == IMJIN_OK || (status == IMJIN_BAD_INPUT && err.text[0]));
        end |= status != IMJIN_OK;
        if (!end) {
            INVARIANT(q.row == row && q.value_count <= SCREEN_VALUES_MAX && q.note_count <= SCREEN_NOTES_MAX);
            INVARIANT(screen_subject_key(&q, &key, &err) == IMJIN_OK);
            for (uint32_t i = 0; i < q.value_count; i++)
                (void)screen_value_note(&q.values[i]);
        }
        arena_done(&a);
    }
    screen_reader_close(r);
    return 0;
}
