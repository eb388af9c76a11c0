/* Accounts and transactions of chains whose money lies in outputs (room utxo). Part of report.h, whose rules hold here. */
#ifndef IMJIN_REPORT_OUTPUTS_H
#define IMJIN_REPORT_OUTPUTS_H

#include "label/label.h"
#include "utxo/utxo.h"

struct report_outputs {
    const struct utxo *store;
    const struct label_store *labels; /* null: none */
    const char *program_version;
    uint64_t limit; /* rows of a list; 0: all of them in JSON, what fits a screen in text */
    bool colour;
};

/* What one script received and spent. */
enum imjin_status report_outputs_account_text(struct text *t, const struct report_outputs *in, struct script_id id,
                                              struct error *err);
/* imjin.outputs-account/1 */
enum imjin_status report_outputs_account_json(struct text *t, const struct report_outputs *in, struct script_id id,
                                              struct error *err);
/* One transaction: its inputs, outputs and fee. */
enum imjin_status report_outputs_tx_text(struct text *t, const struct report_outputs *in, struct tx_id id, struct error *err);
/* imjin.outputs-tx/1 */
enum imjin_status report_outputs_tx_json(struct text *t, const struct report_outputs *in, struct tx_id id, struct error *err);

#endif
