/* A slow and obvious reader of tables, one byte at a time, to compare the fast one with. */
#ifndef IMJIN_TESTS_CSV_ORACLE_H
#define IMJIN_TESTS_CSV_ORACLE_H

#include <stdlib.h>

#include "codec/codec.h"

struct oracle_row {
    char *text; /* all fields one behind the other */
    uint64_t *ends;
    uint64_t count;
    bool bad;  /* the row cannot be read */
    bool last; /* neither can anything behind it */
};

/* The row of bytes[*at, count); false when there is none. Moves *at behind it. Blank lines are passed over. */
static inline bool oracle_next(const char *bytes, uint64_t count, uint64_t *at, char separator, struct oracle_row *row) {
    enum { START, PLAIN, QUOTED, CLOSED } state = START;
    uint64_t out = 0, begin = *at, i;
    bool inside = false;
    row->count = 0;
    row->bad = row->last = false;
    for (i = begin; i < count; i++) {
        char c = bytes[i];
        bool line_end = !inside && (c == '\n' || c == '\r');
        if (line_end && c == '\r' && (i + 1 >= count || bytes[i + 1] != '\n')) {
            row->bad = row->last = true;
            *at = count;
            return true;
        }
        if (line_end && i == begin) { /* blank */
            begin = i += c == '\r';
            begin++;
            continue;
        }
        if (line_end)
            break;
        row->bad |= c == '\0';
        if (c == '"')
            inside = !inside;
        if (!inside && c == separator) {
            row->ends[row->count++] = out;
            state = START;
        } else if (c == '"' && state == START) {
            state = QUOTED;
        } else if (c == '"' && state == QUOTED) {
            state = CLOSED;
        } else if (c == '"' && state == CLOSED) {
            row->text[out++] = c;
            state = QUOTED;
        } else {
            row->bad |= c == '"' || state == CLOSED;
            row->text[out++] = c;
            if (state == START)
                state = PLAIN;
        }
    }
    if (begin >= count && i >= count)
        return false;
    row->ends[row->count++] = out;
    row->bad |= inside;
    row->last = inside;
    *at = i < count ? i + 1 + (bytes[i] == '\r') : count;
    return true;
}

/* Reads `bytes` with both readers; stops at the first row that cannot be read. Returns the count of rows that were. */
static inline uint64_t compare_with_oracle(const char *bytes, uint64_t count, char separator) {
    struct input *in;
    struct window w = {0};
    struct csv_reader *r;
    struct error err = {0};
    struct oracle_row expected = {malloc(count + 1), malloc((count + 1) * sizeof(uint64_t)), 0, false, false};
    uint64_t at = count >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0 ? 3 : 0, rows = 0, line = 0;
    INVARIANT(expected.text && expected.ends);
    if (input_open_memory(&in, "table", bytes, count, 1, &err) != IMJIN_OK) { /* something packed */
        free(expected.text);
        free(expected.ends);
        return 0;
    }
    bool plain = strcmp(input_packing(in), "plain") == 0 && window_init(&w, in, CSV_ROW_BYTES_MAX, &err) == IMJIN_OK &&
                 csv_new(&r, &w, separator, &err) == IMJIN_OK;
    while (plain) {
        const struct csv_row *row = NULL;
        bool there = oracle_next(bytes, count, &at, separator, &expected);
        enum imjin_status status = csv_next(r, &row, &err);
        if (!there) {
            INVARIANT(status == IMJIN_OK && row == NULL);
            break;
        }
        INVARIANT((status != IMJIN_OK) == expected.bad);
        INVARIANT(status == IMJIN_OK || (status == IMJIN_BAD_INPUT && err.line > 0 && csv_broken(r) == expected.last));
        if (expected.bad)
            break;
        INVARIANT(row && row->count == expected.count && row->line > line && row->offset_after == at);
        line = row->line;
        for (uint64_t i = 0, from = 0; i < row->count; from = expected.ends[i++])
            INVARIANT(
                row->fields[i].count == expected.ends[i] - from &&
                (row->fields[i].count == 0 || memcmp(row->fields[i].bytes, expected.text + from, row->fields[i].count) == 0));
        rows++;
    }
    if (plain)
        csv_free(r);
    window_done(&w);
    input_close(in);
    free(expected.text);
    free(expected.ends);
    return rows;
}

#endif
