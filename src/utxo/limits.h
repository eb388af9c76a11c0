/* Limits of the utxo room: what a hostile or mistaken input may not exceed. Each has a test. */
#ifndef IMJIN_UTXO_LIMITS_H
#define IMJIN_UTXO_LIMITS_H

enum {
    /* Bitcoin's are 4 MB, Bitcoin Cash's 32 MB and may grow: what says it is larger is no block. */
    UTXO_BLOCK_BYTES_MAX = 256 << 20,
    /* Blocks of one import, whose headers are held: 60 bytes each. Dogecoin has 6 million. */
    UTXO_IMPORT_BLOCKS_MAX = 1 << 26,
    /* Index segments: each look-up asks all of them. */
    UTXO_SEGMENTS_MAX = 64,
    /* Hashes in the manifest cover this much of a file each. */
    UTXO_CHUNK_BYTES = 4 << 20,
    /* A manifest is read whole: enough for 4 TB of files. */
    UTXO_MANIFEST_BYTES_MAX = 96 << 20,
    /* Coinbases mature: no chain lets them be spent earlier. */
    UTXO_MATURITY = 30,
    /* Hex text and JSON are held in memory. */
    UTXO_TEXT_BYTES_MAX = 1 << 30,
    /* A budget below this cannot hold the tables. */
    UTXO_MEMORY_MIN = 64 << 20,
    /* Records of undo data that are tried for one block. */
    UTXO_UNDO_TRIES_MAX = 4096,
};

#endif
