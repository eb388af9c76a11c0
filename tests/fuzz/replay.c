/* Runs a fuzz target over every file of a corpus directory, and over every prefix and single-byte flip of the small ones. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SMALL_BYTES = 1024 };

static void run_all(const char *bytes, uint64_t count) {
    LLVMFuzzerTestOneInput((const uint8_t *)bytes, count);
    if (count > SMALL_BYTES)
        return;
    char *copy = malloc(count + 1);
    if (copy == NULL)
        abort();
    for (uint64_t i = 0; i < count; i++) {
        memcpy(copy, bytes, count);
        LLVMFuzzerTestOneInput((const uint8_t *)copy, i);
        copy[i] = (char)(copy[i] ^ (1 << (i % 8)));
        LLVMFuzzerTestOneInput((const uint8_t *)copy, count);
    }
    free(copy);
}

int main(int argc, char **argv) {
    struct error err = {0};
    char **names;
    size_t count;
    if (argc != 2 || directory_list(argv[1], &names, &count, &err) != IMJIN_OK || count == 0) {
        fprintf(stderr, "usage: %s CORPUS_DIRECTORY (not empty) %s\n", argv[0], err.text);
        return 2;
    }
    for (size_t i = 0; i < count; i++) {
        char path[PATH_BYTES_MAX], *bytes;
        uint64_t size;
        if (path_join(path, &err, argv[1], names[i]) != IMJIN_OK ||
            file_read(path, (uint64_t)64 << 20, &bytes, &size, &err) != IMJIN_OK) {
            fprintf(stderr, "%s\n", err.text);
            return 1;
        }
        run_all(bytes, size);
        memory_free(bytes);
        memory_free(names[i]);
    }
    memory_free(names);
    printf("%zu corpus files\n", count);
    return 0;
}
