/* Base58 and the checks that addresses carry in it. Pure functions, safe on any thread; constant memory.
 * Sources: Bitcoin's base58.cpp format (double SHA-256, four bytes), XRP Ledger documentation (its own alphabet), Monero's
 * block base58 (blocks of 8 bytes in 11 characters, Keccak-256). */
#ifndef IMJIN_CODEC_BASE58_H
#define IMJIN_CODEC_BASE58_H

#include "base/base.h"

enum { BASE58_TEXT_MAX = 128, BASE58_BYTES_MAX = 96 };
enum base58_alphabet { BASE58_BITCOIN, BASE58_RIPPLE };

/* Bytes of a text of 1..BASE58_TEXT_MAX characters, leading zeros included. False for a character that is not of the alphabet
 * and for a result above BASE58_BYTES_MAX. */
[[nodiscard]] bool base58_decode(uint8_t ret_bytes[BASE58_BYTES_MAX], uint32_t *ret_count, struct span text,
                                 enum base58_alphabet alphabet);
/* As above for a payload with its checksum, which must be right; *ret_count is without the four bytes. */
[[nodiscard]] bool base58check_decode(uint8_t ret_bytes[BASE58_BYTES_MAX], uint32_t *ret_count, struct span text,
                                      enum base58_alphabet alphabet);
/* Text of a payload of up to BASE58_BYTES_MAX - 4 bytes with its checksum added; returns the length, 0 when it does not fit. */
unsigned base58check_encode(char ret_text[BASE58_TEXT_MAX + 1], const uint8_t *bytes, uint32_t count);
/* A Monero address: 69 or 77 bytes whose Keccak checksum is right. */
[[nodiscard]] bool base58_monero_check(struct span text);

#endif
