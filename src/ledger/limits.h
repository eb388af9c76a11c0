/* Limits of the ledger room: what a hostile or mistaken input may not exceed. Each has a test. */
#ifndef IMJIN_LEDGER_LIMITS_H
#define IMJIN_LEDGER_LIMITS_H

enum {
    /* Hashes in the manifest cover this much of a file each: an append re-hashes at most one of them a file. */
    LEDGER_CHUNK_BYTES = 4 << 20,
    /* A manifest is read whole: enough for 4 TB of files, little enough to hold. */
    LEDGER_MANIFEST_BYTES_MAX = 96 << 20,
    /* A transaction's index shares its word with three flag bits. No chain comes near. */
    LEDGER_TX_INDEX_MAX = (1 << 29) - 2,
    /* Ids that are not hashes: longer ones are refused. Fits TX_PRINT_MAX with its NUL. */
    LEDGER_TX_TEXT_MAX = 135,
    /* Rows of one block are ordered in memory. */
    LEDGER_BLOCK_ROWS_MAX = 1 << 24,
    /* Sources of one import: their numbers are kept with each row until the commit. */
    LEDGER_SOURCES_MAX = 65000,
    /* Sorted runs on disk of one import: each holds a file open while merging. */
    LEDGER_RUNS_MAX = 512,
    /* A budget below this cannot hold the buffers. */
    LEDGER_MEMORY_MIN = 64 << 20,
};

#endif
