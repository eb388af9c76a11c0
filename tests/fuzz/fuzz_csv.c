/* Any bytes as a table, with each separator, against the slow reader; and the vector scan against the plain one. */
#include "../unit/codec/csv_oracle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void compare_scans(const char *bytes, uint64_t count, char separator) {
    struct scan fast = {.separator = separator}, plain = {.separator = separator};
    uint32_t *a = malloc((count + 1) * sizeof *a), *b = malloc((count + 1) * sizeof *b);
    INVARIANT(a && b);
    uint64_t found = scan_table(a, &fast, bytes, count, 7);
    INVARIANT(found == scan_table_portable(b, &plain, bytes, count, 7));
    INVARIANT(memcmp(a, b, found * sizeof *a) == 0 && fast.quoted == plain.quoted && fast.special == plain.special);
    free(a);
    free(b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char separators[] = {',', '\t', ';'};
    if (size > CSV_FIELD_BYTES_MAX)
        return 0;
    for (unsigned i = 0; i < sizeof separators; i++) {
        compare_scans((const char *)data, size, separators[i]);
        compare_with_oracle((const char *)data, size, separators[i]);
    }
    return 0;
}
