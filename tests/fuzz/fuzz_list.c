/* Any bytes as a list: the first byte names the format. What is read is written and must open. */
#include "list/read.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char path[] = "/tmp/imjin-fuzz-list-XXXXXX";

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

static void write_and_open(struct build *b) {
    struct sha256 hash;
    struct error err = {0};
    struct list *l;
    enum imjin_status status = build_write(b, path, &hash, &err);
    if (status != IMJIN_OK) {
        INVARIANT(status == IMJIN_BAD_INPUT && err.text[0]);
        return;
    }
    INVARIANT(list_open_file(&l, path, &err) == IMJIN_OK);
    for (uint64_t i = 0; i < list_values(l); i++)
        INVARIANT(utf8_check(list_value_at(l, i).text, NULL));
    list_close(l);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct build b;
    struct error err = {0};
    struct input *in;
    if (size == 0)
        return 0;
    make_file();
    enum read_format format = (enum read_format)(data[0] % READ_FORMATS);
    INVARIANT(build_begin(&b, NULL) == IMJIN_OK);
    b.format = format_reader_at(format)->format.name;
    b.publisher = format_reader_at(format)->format.publisher;
    b.file = "fuzz";
    if (input_open_memory(&in, "fuzz", data + 1, size - 1, 1, &err) == IMJIN_OK) {
        enum imjin_status status = format_reader_at(format)->read(&b, in, &err);
        input_close(in);
        build_read_remarks(&b);
        build_finish(&b);
        if (status == IMJIN_OK && build_status(&b, &err) == IMJIN_OK)
            write_and_open(&b);
        else
            INVARIANT(err.text[0]);
    }
    build_done(&b);
    return 0;
}
