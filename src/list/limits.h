/* Limits of the room list, each with its reason and a test that meets it. */
#ifndef IMJIN_LIST_LIMITS_H
#define IMJIN_LIST_LIMITS_H

enum {
    LIST_ENTITIES_MAX = 1 << 24,    /* the largest published lists have twenty thousand; own lists a million */
    LIST_VALUES_MAX = 1 << 28,      /* rows are numbered in 32 bits */
    LIST_TEXT_MAX = 1 << 20,        /* one value; the longest statement of reasons has 20 KB */
    LIST_NOTES_MAX = 4096,          /* places that are not read; more than this is another format */
    LIST_SAME_ID_MAX = 4096,        /* records of one id where the publisher gives none; trying them is quadratic */
    LIST_FILES_MAX = 64,            /* read into one version; the currency files of one day are twenty */
    LIST_VERSIONS_MAX = 100000,     /* a version an hour for eleven years */
    LIST_CHAIN_BYTES_MAX = 1 << 28, /* the text of the chain: 2 KB a version */
    LIST_DETECT_BYTES = 1 << 16,    /* the beginning by which a format is told */
    LIST_FLOOR_PERCENT = 80,        /* of the last version's records and fill: lists shrink by delistings of a few per cent */
    LIST_FLOOR_IDS_PERCENT = 50,    /* of the last version's ids must be met again: another list has none of them */
    LIST_FLOOR_SMALL = 20,          /* below this many records or fillings a fall by a few is no sign of anything */
    LIST_FETCH_BYTES_MAX = 1 << 30, /* the largest published file has 127 MB */
    LIST_FETCH_SECONDS_MAX = 1800,  /* for all of it; a stalled transfer ends earlier */
    LIST_FETCH_STALL_SECONDS = 60,  /* below 100 bytes a second */
};
/* Text of a version; offsets into it have 32 bits. */
#define LIST_STRINGS_BYTES_MAX ((uint64_t)4 << 30)

#endif
