/* Inside the room: which of the four techniques of the US Treasury's risk assessment of April 2023 the claims went through. A
 * mixer or bridge is an account where following stopped as such; a swap is an edge of rule swap or swap-to; a liquidity pool
 * one of rule deposit or redeem, which vaults share. */
#ifndef IMJIN_REPORT_TECHNIQUES_H
#define IMJIN_REPORT_TECHNIQUES_H

#include "report/jsonify.h"

struct technique_row {
    enum defi_technique technique;
    uint32_t total; /* index into totals */
    uint64_t edges;
    struct u256 claim; /* of these edges together: what went through twice counts twice */
};
struct techniques {
    struct technique_row *rows; /* by technique, then total; each with at least one edge */
    uint64_t count;
};
enum imjin_status techniques_make(const struct report_input *in, const struct totals *totals, struct arena *a,
                                  struct techniques *ret, struct error *err);
enum imjin_status techniques_text(struct text *t, const struct report_input *in, const struct totals *totals, struct arena *a,
                                  struct error *err);
/* The member "techniques" of an open object. */
enum imjin_status techniques_json(struct json_writer *w, const struct report_input *in, const struct totals *totals,
                                  struct arena *a, struct error *err);

#endif
