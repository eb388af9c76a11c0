/* Hand-made cases for the tests of report: a small real ledger and label store in a temporary directory, and a trace result
 * written by hand over it (every unit is stolen, so claims are the units themselves). */
#ifndef IMJIN_TESTS_FAKE_CASE_H
#define IMJIN_TESTS_FAKE_CASE_H

#include "report/report.h"

enum { FAKE_ACCOUNTS_MAX = 4096, FAKE_PAYMENTS_MAX = 16384 };

struct fake_payment {
    uint32_t from, to; /* numbers of fake accounts */
    uint64_t units;    /* in 1e-9 of the coin, so that 173,600 ETH fit */
    int64_t time;
    bool theft; /* brings stolen money in: no edge */
};
struct fake_case {
    char directory[64];
    uint32_t account_count, payment_count, source;
    uint8_t stop[FAKE_ACCOUNTS_MAX]; /* enum stop_reason of each account */
    uint32_t service[FAKE_ACCOUNTS_MAX];
    struct address address[FAKE_ACCOUNTS_MAX];
    struct fake_payment payments[FAKE_PAYMENTS_MAX];
    struct ledger *ledger;
    struct label_store *labels;
    struct trace_result result;
    struct trace_request request;
    struct trace_source asked;
    struct report_input input;
};

/* A case is large: take it from the heap. Every call asserts that it worked. */
struct fake_case *fake_new(void);
void fake_free(struct fake_case *f);
uint32_t fake_account(struct fake_case *f, const char *hex_or_null); /* null: a made-up address */
void fake_label(struct fake_case *f, uint32_t account, const char *label, const char *actor, const char *category);
void fake_pay(struct fake_case *f, uint32_t from, uint32_t to, uint64_t units, int64_t time);
/* Writes the ledger, opens ledger and labels, makes result and input. */
void fake_finish(struct fake_case *f);

struct fake_case *fake_ronin(void);              /* some 40 accounts, as the theft of March 2022 went */
struct fake_case *fake_large(uint32_t accounts); /* a wide random tree, same every time */
struct fake_case *fake_empty(void);              /* a theft that never moved */

#endif
