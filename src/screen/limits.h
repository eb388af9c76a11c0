/* Limits of the room screen: name, value, reason. Each has a test that meets it. */
#ifndef IMJIN_SCREEN_LIMITS_H
#define IMJIN_SCREEN_LIMITS_H

enum {
    SCREEN_VALUES_MAX = 512,     /* statements of one query; the largest listed entity has some 300 */
    SCREEN_NOTES_MAX = 32,       /* remarks on one query; further ones are counted only */
    SCREEN_LISTS_MAX = 64,       /* lists in one set; some thirty are published worldwide */
    SCREEN_CHUNK_QUERIES = 1024, /* queries read ahead and answered together; results do not depend on it */
    SCREEN_PREPARED_KEPT = 8,    /* prepared sets kept in a workspace, one for each choice of lists and date */
    SCREEN_REASON_MAX = 2000,    /* bytes of the reason of a decision: a paragraph, not a file */
    SCREEN_AUTHOR_MAX = 200,
};

#endif
