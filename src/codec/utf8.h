/* UTF-8 as RFC 3629 has it: shortest forms only, no surrogates, nothing above U+10FFFF. Pure functions. */
#ifndef IMJIN_CODEC_UTF8_H
#define IMJIN_CODEC_UTF8_H

#include "base/base.h"

/* True when all of `text` is UTF-8. Otherwise *ret_bad (may be null) is the offset of the first byte that is not. */
[[nodiscard]] bool utf8_check(struct span text, uint64_t *ret_bad);
/* Length in bytes (1..4) of the character at the beginning of `bytes`; 0 when none stands there. */
unsigned utf8_length(const char *bytes, uint64_t count);
/* Writes a code point that is no surrogate and at most 0x10ffff; returns the count of bytes (1..4). */
unsigned utf8_encode(uint32_t code_point, char ret_bytes[4]);

#endif
