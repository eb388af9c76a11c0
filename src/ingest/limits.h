/* Limits of the readers of outside formats. Each has a test that meets it. */
#ifndef IMJIN_INGEST_LIMITS_H
#define IMJIN_INGEST_LIMITS_H

enum {
    INGEST_BATCH_ROWS = 512,            /* movements handed to the ledger at once: stays in the second-level cache */
    INGEST_GROUP_ROWS_MAX = 1 << 16,    /* movements of one transaction kept together, so that a resumption sees it whole */
    INGEST_CALL_PATH_MAX = 8192,        /* bytes of a trace address; the chain nests calls at most 1,024 deep */
    INGEST_HEADER_BYTES_MAX = 1 << 20,  /* looked at to tell a format */
    INGEST_TX_INDEX_MAX = 1 << 28,      /* of a transaction in its block; no chain comes near, and the ledger stores 29 bits */
    INGEST_TX_TEXT_MAX = 128,           /* of a transaction id that is no hash */
    INGEST_WITNESSES_MAX = 1 << 16,     /* events and calls of one transaction: more than a block holds */
    INGEST_WITNESS_BYTES_MAX = 1 << 17, /* of one event's data or one call's: nodes relay no longer call */
    INGEST_SECTION_MAX = 128,           /* of the account that an export is of */
};

#endif
