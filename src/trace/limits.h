/* Limits of the room trace: name, value, reason. Each has a test that hits it. */
#ifndef IMJIN_TRACE_LIMITS_H
#define IMJIN_TRACE_LIMITS_H

#include <stdint.h>

enum {
    TRACE_SOURCES_MAX = 1 << 20,             /* sources of one request: keeps the table of thefts below 256 MiB */
    TRACE_THEFTS_MAX = 1 << 22,              /* thefts of one request, suspected ones too: one source may have many assets */
    TRACE_HOPS_MAX = UINT16_MAX,             /* hops are counted in 16 bits and stay there: a longer path keeps this number */
    TRACE_HUB_COUNTERPARTIES_DEFAULT = 1000, /* busier than any person, quieter than any exchange */
    TRACE_HUB_READS_MAX = 1000000,           /* payments looked at in one direction before an account counts as no hub */
    TRACE_DEPOSIT_PAYMENTS_MAX = 1000,       /* a deposit address serves one customer */
    TRACE_DEPOSIT_ARRIVALS_MAX = 10000,      /* as above; bounds what the rule reads */
    TRACE_DEPOSIT_READS_MAX = 100000,        /* movements of any kind in one direction: fees and zero amounts are no payments */
    TRACE_DEPOSIT_BLOCKS_MAX = 3200,         /* Victor 2020: forwarded within half a day on Ethereum */
    TRACE_DEPOSIT_KEPT_DECIMALS = 2,         /* Victor 2020: keeps at most 0.01 coin */
};
/* Work of one theft, in pieces, when the request names none: about a minute and, at 64 bytes each, 3 GiB at worst. */
#define TRACE_PIECES_DEFAULT ((uint64_t)50000000)
/* Raw edges and rests of a job: the result must fit in memory with room to sort it. */
#define TRACE_ITEMS_MAX ((uint64_t)1 << 30)
/* Memory for the LIFO stacks that one worker keeps between thefts; beyond it they are built anew. */
#define TRACE_STACK_BYTES_KEPT ((uint64_t)256 << 20)

#endif
