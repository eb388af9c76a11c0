/* What a node's getblock gives with verbosity 2 or 3: blocks rebuilt from header fields and the transactions' hex, so that all
 * hashes are checked as of any block. Internal to the room. */
#ifndef IMJIN_UTXO_SOURCE_JSON_H
#define IMJIN_UTXO_SOURCE_JSON_H

#include "utxo/block.h"

struct json_block {
    uint64_t offset;
    uint32_t bytes, height; /* ID_NONE: not said */
};
/* One block, an array of them, or the answer of an RPC around one. */
enum imjin_status json_blocks(const char *name, struct span text, struct buffer *bytes, struct buffer *blocks,
                              struct error *err);
/* Whether a JSON file begins like one. */
[[nodiscard]] bool json_is_block(const char *path);

#endif
