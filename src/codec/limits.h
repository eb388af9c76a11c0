/* Limits of the readers, so that hostile input costs bounded memory and stack. Each has a test that meets it. */
#ifndef IMJIN_CODEC_LIMITS_H
#define IMJIN_CODEC_LIMITS_H

enum {
    JSON_DEPTH_MAX = 128,            /* no format we read nests deeper than ten; the stack of frames has a fixed size */
    JSON_MEMBERS_MAX = 1 << 22,      /* keys of objects that are open at once; they are remembered to find duplicates */
    JSON_NUMBER_BYTES_MAX = 1024,    /* 256 bits are 78 digits; the rest allows for fractions and exponents */
    YAML_BYTES_MAX = 64 << 20,       /* one document; the largest public tag pack has 4 MB */
    YAML_DEPTH_MAX = 16,             /* tag packs nest five deep */
    YAML_SCALAR_BYTES_MAX = 1 << 16, /* the longest description in public tag packs has 3 KB */
    CSV_FIELD_BYTES_MAX = 1 << 20,   /* the longest real fields, calldata of transactions, have 256 KB */
    CSV_ROW_BYTES_MAX = 16 << 20,    /* what must be in memory at once; also a line of JSON */
    CSV_COLUMNS_MAX = 1024,          /* the widest export we read has 21 */
    INPUT_RAW_BYTES = 1 << 20,       /* stored bytes read at once */
    INPUT_FINGERPRINT_WHOLE = 4 << 20,
    INPUT_FINGERPRINT_SAMPLE = 1 << 14,
    INPUT_FINGERPRINT_SAMPLES = 256, /* the same 4 MB, spread: a fraction of what reading costs */
    INPUT_ZSTD_WINDOW_LOG_MAX = 27,  /* 128 MB: memory that a frame may demand for unpacking */
    XML_DEPTH_MAX = 64,              /* the deepest list, OFAC's ADVANCED.XML, nests twelve deep */
    XML_ATTRIBUTES_MAX = 256,        /* of one element; the most in a list has twenty */
    XML_TOKEN_BYTES_MAX = 4 << 20,   /* a tag with its attributes: expat holds it whole; the longest in a list has 2 KB */
    XML_TREE_BYTES_MAX = 64 << 20,   /* one record in memory; the largest of a list has 1 MB */
    CONF_BYTES_MAX = 1 << 20,        /* settings and case files are written by hand */
    CONF_ENTRIES_MAX = 4096,         /* as above; looking a key up is linear */
};

#endif
