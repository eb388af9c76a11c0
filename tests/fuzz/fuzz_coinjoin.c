/* Transactions of any shape against the rules for CoinJoins. */
#include <stdlib.h>
#include <string.h>

#include "cluster/cluster.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);

/* Two bytes say how many inputs and outputs; then for each a byte of kind, a byte of script, and four of value. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count) {
    enum { BYTES = 6 };
    static struct coin coins[512];
    struct coinjoin_scratch scratch = {0};
    struct coinjoin found;
    if (count < 2)
        return 0;
    size_t inputs = bytes[0], outputs = bytes[1], given = (count - 2) / BYTES;
    for (size_t i = 0; i < inputs + outputs; i++) {
        const uint8_t *at = given ? bytes + 2 + i % given * BYTES : NULL;
        uint32_t value = 0;
        if (at)
            memcpy(&value, at + 2, sizeof value);
        coins[i] = (struct coin){value, at ? at[1] : CLUSTER_NONE, at ? at[0] % SCRIPT_KINDS : 0};
    }
    struct coin_tx tx = {coins, coins + inputs, inputs, outputs, 0, 0};
    if (coinjoin_of(&found, &scratch, &tx, NULL) != IMJIN_OK || found.kind >= COINJOIN_KINDS ||
        (found.kind != COINJOIN_NONE && found.veto != COINJOIN_VETO_NONE) || found.equal_count > outputs)
        abort();
    coinjoin_scratch_done(&scratch);
    return 0;
}
