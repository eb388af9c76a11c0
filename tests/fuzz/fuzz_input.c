/* Any bytes as a stored file, perhaps packed: unpacked alike by one thread and by two, to a bound. */
#include "codec/codec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { UNPACKED_MAX = 4 << 20, STEP = 4093 };

struct outcome {
    enum imjin_status status;
    uint64_t count, hash;
    char text[ERROR_TEXT_MAX];
};

static struct outcome unpack(const uint8_t *data, size_t size, unsigned threads) {
    static char bytes[STEP];
    struct outcome o = {0};
    struct error err = {0};
    struct input *in;
    uint64_t some = 1;
    o.status = input_open_memory(&in, "fuzz", data, size, threads, &err);
    if (o.status == IMJIN_OK) {
        while (o.status == IMJIN_OK && some && o.count < UNPACKED_MAX) {
            o.status = input_read(in, bytes, sizeof bytes, &some, &err);
            if (o.status == IMJIN_OK) {
                o.hash = hash_bytes(bytes, some, o.hash);
                o.count += some;
            }
        }
        input_close(in);
    }
    INVARIANT(o.status == IMJIN_OK || (o.status == IMJIN_BAD_INPUT && err.text[0]));
    memcpy(o.text, err.text, sizeof o.text);
    return o;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct outcome one = unpack(data, size, 1), two = unpack(data, size, 2);
    INVARIANT(one.status == two.status && strcmp(one.text, two.text) == 0);
    /* one thread may hand over less before a fault, in other steps; whole files are equal to the byte */
    INVARIANT(one.status != IMJIN_OK || one.count == two.count);
    return 0;
}
