/* Any bytes as a file to import, its format told by content and then as the format that its first byte asks for, checked
 * without a ledger. What is read whole is read alike when bad rows are skipped. */
#include "ingest/reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum imjin_status check(const uint8_t *data, size_t size, struct ingest_options o, const char *chain_name,
                               struct ingest_file *ret) {
    struct error err = {0};
    struct chain chain;
    struct input *in;
    memset(ret, 0, sizeof *ret);
    INVARIANT(chain_find(&chain, chain_name, &err) == IMJIN_OK);
    enum imjin_status status = input_open_memory(&in, "fuzz", data, size, o.threads, &err);
    if (status == IMJIN_OK) {
        status = ingest_input(NULL, ret, &chain, in, &o, NULL, &err);
        input_close(in);
    }
    INVARIANT(status == IMJIN_OK || ((status == IMJIN_BAD_INPUT || status == IMJIN_USAGE) && err.text[0]));
    return status;
}

static void check_policies(const uint8_t *data, size_t size, struct ingest_options o, const char *chain) {
    static struct ingest_file stopped, skipped;
    enum imjin_status status = check(data, size, o, chain, &stopped);
    o.on_error = INGEST_SKIP;
    enum imjin_status lenient = check(data, size, o, chain, &skipped);
    if (status == IMJIN_OK) {
        INVARIANT(lenient == IMJIN_OK && skipped.bad == 0 && skipped.movements == stopped.movements &&
                  skipped.rows == stopped.rows && skipped.zero == stopped.zero && skipped.other == stopped.other);
    } else if (lenient == IMJIN_OK) {
        INVARIANT(skipped.bad > 0 && skipped.errors_kept > 0 && skipped.rows >= skipped.bad);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct ingest_options o = {.decimals = DECIMALS_UNKNOWN, .threads = 1};
    check_policies(data, size, o, "ethereum");
    o.decimals = 6;
    check_policies(data, size, o, "generic");
    if (size == 0)
        return 0;
    o.format = ingest_format_at(data[0] % ingest_format_count())->name;
    check_policies(data + 1, size - 1, o, "ethereum");
    return 0;
}
