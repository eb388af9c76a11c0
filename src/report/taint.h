/* A trace through outputs, or its way back, as text, JSON and CSV. Part of report.h. */
#ifndef IMJIN_REPORT_TAINT_H
#define IMJIN_REPORT_TAINT_H

#include "label/label.h"
#include "taint/taint.h"

/* One stretch of taint that moved. */
struct taint_move {
    uint64_t from_output, output, count; /* output UTXO_OUTPUT_NONE: the fee, or backwards */
    uint32_t theft, tx;
};
struct taint_report {
    const struct utxo *store;
    const struct label_store *labels; /* null: none */
    const struct taint_request *request;
    const struct taint_result *result;
    const char *const *names;       /* what each theft was called by who asked; request->theft_count of them */
    const struct taint_move *moves; /* in the order of the chain; null: not kept */
    uint64_t move_count;
    const char *program_version;
    bool backwards, colour;
};
enum imjin_status report_taint_text(struct text *t, const struct taint_report *in, struct error *err);
/* imjin.taint/1: complete. */
enum imjin_status report_taint_json(struct text *t, struct file_writer *file, const struct taint_report *in, struct error *err);
/* address,claim,stop: one row an address reached; the claim is the sum of what arrived there, all thefts together. */
enum imjin_status report_taint_reached(struct text *t, struct file_writer *file, const struct taint_report *in,
                                       struct error *err);
/* theft,tx,from,to,units: one row a stretch that moved. */
enum imjin_status report_taint_edges(struct text *t, struct file_writer *file, const struct taint_report *in,
                                     struct error *err);
const char *report_taint_end(enum taint_end end, bool backwards);

#endif
