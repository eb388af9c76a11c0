/* A ledger in memory for the tests of settling: what the room asks a ledger, answered from arrays. Transactions are written as
 * text: "A>B 100e, B>A 50x". Accounts: A to Z; 0 is VOID, $ is FEES. Assets: e is the native coin, n a name, every
 * other small letter a token whose contract is the account of the same letter in capitals. Amounts: decimal, or ^120 for 2^120.
 */
#ifndef IMJIN_TESTS_FAKE_LEDGER_H
#define IMJIN_TESTS_FAKE_LEDGER_H

#include "settle/core.h"

enum { FAKE_ASSETS = 26, FAKE_ACCOUNTS_FIRST = 2 };

struct fake_ledger {
    struct buffer movements, tx_first; /* struct movement, uint64_t */
    struct ledger_counts counts;
    struct sha256 identity;
    uint64_t generation;
};
struct fake_ledger *fake_new(void);
void fake_free(struct fake_ledger *f);
/* Adds a transaction; f may also be read as a struct ledger *. */
void fake_tx(struct fake_ledger *f, const char *text);
void fake_tx_begin(struct fake_ledger *f);
void fake_movement(struct fake_ledger *f, uint32_t from, uint32_t to, uint32_t asset, u128 units);
/* Counts and identity after the last change. */
const struct ledger *fake_seal(struct fake_ledger *f);

uint32_t fake_account(char letter);
char fake_account_letter(uint32_t account);
uint32_t fake_asset(char letter);
char fake_asset_letter(uint32_t asset);
void fake_facts(struct asset_facts *ret); /* free with asset_facts_done */

#endif
