/* Bech32 (BIP 173), Bech32m (BIP 350) and CashAddr: base-32 addresses with a polynomial checksum. Pure functions, safe on any
 * thread. */
#ifndef IMJIN_CODEC_BECH32_H
#define IMJIN_CODEC_BECH32_H

#include "base/base.h"

enum { BECH32_TEXT_MAX = 128, BECH32_PREFIX_MAX = 16 };
enum bech32_kind { BECH32_BAD = 0, BECH32_PLAIN, BECH32_M };

/* Checks a text "prefix1data", all lower or all upper case. *ret_prefix (lower case, NUL-ended) and the data values (0..31,
 * without the checksum) are set when it is not BECH32_BAD; both may be null. */
enum bech32_kind bech32_decode(char ret_prefix[BECH32_PREFIX_MAX + 1], uint8_t ret_data[BECH32_TEXT_MAX], uint32_t *ret_count,
                               struct span text);
/* A Segregated Witness address: the kind of checksum that its version asks for, and a program of the right length. */
[[nodiscard]] bool segwit_decode(uint8_t *ret_version, uint8_t ret_program[40], uint32_t *ret_count, struct span text,
                                 const char *prefix);
/* Text of a witness program ("bc", 0..16, 2..40 bytes); returns the length, 0 when it cannot be. */
unsigned segwit_encode(char ret_text[BECH32_TEXT_MAX + 1], const char *prefix, uint8_t version, const uint8_t *program,
                       uint32_t count);
enum { CASHADDR_HASH_MAX = 64 };
/* A CashAddr of this prefix ("bitcoincash"), which may be left out: its type (0 P2PKH, 1 P2SH) and hash. */
[[nodiscard]] bool cashaddr_decode(uint8_t *ret_type, uint8_t ret_hash[CASHADDR_HASH_MAX], uint32_t *ret_count,
                                   struct span text, const char *prefix);
/* "bitcoincash:q..."; returns the length, 0 when there is none for that type and size. */
unsigned cashaddr_encode(char ret_text[BECH32_TEXT_MAX + 1], const char *prefix, uint8_t type, const uint8_t *hash,
                         uint32_t count);
/* A CashAddr with or without its "bitcoincash:". */
[[nodiscard]] bool cashaddr_check(struct span text);

#endif
