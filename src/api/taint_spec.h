/* What was stolen on a chain of outputs, as people say it: ADDRESS[,AMOUNT[,ASSET[,TIME]]], TXID, TXID:OUTPUT, lists of them.
 */
#ifndef IMJIN_API_TAINT_SPEC_H
#define IMJIN_API_TAINT_SPEC_H

#include "taint/taint.h"

/* Each entry is a theft of its own, in the order they were named. */
struct taint_spec {
    struct buffer sources; /* struct taint_source */
    struct buffer names;   /* const char *: what each theft was called */
    struct arena texts;
    uint64_t missing; /* entries that the chain does not know: they stand in the list without sources */
};
void taint_spec_begin(struct taint_spec *s);
void taint_spec_done(struct taint_spec *s);

/* Of an address: what it received from TIME on, the first first, up to AMOUNT ("1.5 BTC", "1.5", or base units); ASSET may only
 * be the chain's coin. Of a transaction: all its outputs, or the one named. IMJIN_NOT_FOUND when the chain knows neither;
 * IMJIN_USAGE or IMJIN_BAD_INPUT when it cannot be read. */
enum imjin_status taint_spec_add(struct taint_spec *s, const struct utxo *u, struct span text, struct error *err);
/* An entry that the chain does not know; the others are followed. */
enum imjin_status taint_spec_add_missing(struct taint_spec *s, struct span text, struct error *err);
/* A CSV file with the header address[,amount[,asset[,time]]], plain, gzip or zstd; "-" is standard input. */
enum imjin_status taint_spec_add_file(struct taint_spec *s, const struct utxo *u, const char *path, struct error *err);

#endif
