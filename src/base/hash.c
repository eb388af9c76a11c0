#include "base/hash.h"

#include <openssl/evp.h>
#include <string.h>
#include <xxhash.h>

#include "base/memory.h"

struct sha256_stream {
    EVP_MD_CTX *context;
};

enum imjin_status sha256_new(struct sha256_stream **ret, struct error *err) {
    struct sha256_stream *s = memory_new(1, sizeof *s);
    if (s == NULL)
        return fail_memory(err, "a hash");
    s->context = EVP_MD_CTX_new();
    if (s->context == NULL || EVP_DigestInit_ex(s->context, EVP_sha256(), NULL) != 1) {
        sha256_free(s);
        return fail(err, IMJIN_MACHINE, "SHA-256 is not available from OpenSSL");
    }
    *ret = s;
    return IMJIN_OK;
}

enum imjin_status sha256_add(struct sha256_stream *s, const void *bytes, uint64_t count, struct error *err) {
    if (EVP_DigestUpdate(s->context, bytes, count) != 1)
        return fail(err, IMJIN_MACHINE, "SHA-256 failed in OpenSSL");
    return IMJIN_OK;
}

enum imjin_status sha256_end(struct sha256_stream *s, struct sha256 *ret, struct error *err) {
    struct sha256 h;
    int good = EVP_DigestFinal_ex(s->context, h.bytes, NULL);
    sha256_free(s);
    if (good != 1)
        return fail(err, IMJIN_MACHINE, "SHA-256 failed in OpenSSL");
    *ret = h;
    return IMJIN_OK;
}

void sha256_free(struct sha256_stream *s) {
    if (s == NULL)
        return;
    EVP_MD_CTX_free(s->context);
    memory_free(s);
}

enum imjin_status sha256_of(const void *bytes, uint64_t count, struct sha256 *ret, struct error *err) {
    struct sha256 h;
    if (EVP_Digest(bytes, count, h.bytes, NULL, EVP_sha256(), NULL) != 1)
        return fail(err, IMJIN_MACHINE, "SHA-256 failed in OpenSSL");
    *ret = h;
    return IMJIN_OK;
}

void sha256_print(const struct sha256 *h, char ret_hex[65]) {
    static const char digits[] = "0123456789abcdef";
    for (int i = 0; i < 32; i++) {
        ret_hex[2 * i] = digits[h->bytes[i] >> 4];
        ret_hex[2 * i + 1] = digits[h->bytes[i] & 15];
    }
    ret_hex[64] = '\0';
}

static int nibble(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool sha256_parse(const char hex[64], struct sha256 *ret) {
    struct sha256 h;
    for (int i = 0; i < 32; i++) {
        int high = nibble(hex[2 * i]), low = high < 0 ? -1 : nibble(hex[2 * i + 1]);
        if (low < 0)
            return false;
        h.bytes[i] = (uint8_t)(high << 4 | low);
    }
    *ret = h;
    return true;
}

uint64_t hash_bytes(const void *bytes, uint64_t count, uint64_t seed) { return XXH3_64bits_withSeed(bytes, count, seed); }
