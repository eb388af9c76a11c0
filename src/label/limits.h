/* Limits of the room label, each with its reason and a test that meets it. */
#ifndef IMJIN_LABEL_LIMITS_H
#define IMJIN_LABEL_LIMITS_H

enum {
    LABEL_CATEGORY_MAX = 40,         /* the longest of the taxonomy has 21 */
    LABEL_TEXT_MAX = 400,            /* label, source, actor, ...; the longest in public tag packs has 214 */
    LABEL_FILE_BYTES_MAX = 64 << 20, /* one label file, read whole; the largest public one has 4 MB */
    LABEL_TAGS_MAX = 1 << 26,        /* rows are numbered in 32 bits, views of them too */
    LABEL_ACTORS_MAX = 1 << 22,      /* public packs have four thousand */
};
/* All text of a store; offsets into it have 32 bits. */
#define LABEL_STRINGS_BYTES_MAX ((uint64_t)1 << 31)

#endif
