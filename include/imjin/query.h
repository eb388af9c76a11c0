/** \file
 * Questions to a ledger, answered as JSON (docs/json.md describes each schema).
 *
 * Thread-safety: as the workspace's.
 */
#ifndef IMJIN_QUERY_H
#define IMJIN_QUERY_H

#include <stddef.h>

#include "imjin/workspace.h"

/** A text of the library's: ends in NUL, which `bytes` does not count. Free with imjin_text_free(). */
struct imjin_text {
    char *text;
    size_t bytes;
};
IMJIN_API void imjin_text_free(struct imjin_text *text);

/** imjin.account/1: balances, labels, counterparties, history of an account. IMJIN_NOT_FOUND when the ledger does not know it,
 * IMJIN_BAD_INPUT when it is no address of the chain, IMJIN_USAGE when it is empty or the zero address. */
IMJIN_API enum imjin_status imjin_account(struct imjin_workspace *workspace, const char *address, struct imjin_text *ret_json,
                                          struct imjin_error *error);
/** imjin.tx/1: one transaction, settled and explained. IMJIN_NOT_FOUND when the ledger does not know it. */
IMJIN_API enum imjin_status imjin_transaction(struct imjin_workspace *workspace, const char *id, struct imjin_text *ret_json,
                                              struct imjin_error *error);
/** imjin.sources/1: where what `spec` names came from; `spec` as imjin_trace_from() has it. */
IMJIN_API enum imjin_status imjin_sources(struct imjin_workspace *workspace, const char *spec, struct imjin_text *ret_json,
                                          struct imjin_error *error);
/** imjin.exposure/1: share and amount of what `address_count` accounts received and sent, by category of the counterparty. */
IMJIN_API enum imjin_status imjin_exposure(struct imjin_workspace *workspace, const char *const *addresses,
                                           size_t address_count, struct imjin_text *ret_json, struct imjin_error *error);

#endif
