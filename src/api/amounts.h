/* What people write for assets and amounts. Pure functions of the ledger; safe on any thread. */
#ifndef IMJIN_API_AMOUNTS_H
#define IMJIN_API_AMOUNTS_H

#include "ledger/ledger.h"

/* An asset by what people call it: a name or the native coin's symbol, a contract, contract#item, or the symbol of a token when
 * exactly one has it. IMJIN_NOT_FOUND when the ledger has none, IMJIN_USAGE when several tokens have the symbol. */
enum imjin_status asset_by_name(struct asset_id *ret, const struct ledger *l, struct span name, struct error *err);

/* "1000" (base units), "1.5" or "1.5 ETH" (the asset's decimals). `ret_asset` is the unit's asset where there is a unit;
 * otherwise it is left alone and `asset` (null: the native coin) says the decimals. Fails when a unit and `asset` disagree. */
enum imjin_status amount_by_text(u128 *ret, struct asset_id *ret_asset, const struct ledger *l, struct span text,
                                 const struct asset_id *asset, struct error *err);

#endif
