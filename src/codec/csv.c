#include "codec/csv.h"

#include <inttypes.h>

#include "codec/scan.h"

enum { SCAN_BYTES = 1 << 14, BOM_BYTES = 3 };

struct csv_reader {
    struct window window;
    struct scan scan;
    uint64_t row_at, scanned;       /* in the window: where the row begins; what has been scanned */
    uint32_t place_at, place_count; /* of `places` that are not used yet */
    uint64_t line;                  /* of row_at */
    uint32_t field_count;           /* of the row that is being put together; may pass CSV_COLUMNS_MAX */
    uint64_t field_at;
    bool special, broken;
    struct csv_row row;
    struct span fields[CSV_COLUMNS_MAX];
    uint32_t places[SCAN_BYTES];
};

static enum imjin_status row_fault(const struct csv_reader *r, uint64_t line, struct error *err, const char *what) {
    return fail_value(err, input_name(r->window.in), line, NULL, NULL, 0, "%s", what);
}

static enum imjin_status file_fault(struct csv_reader *r, uint64_t line, struct error *err, const char *what) {
    r->broken = true;
    return row_fault(r, line, err, what);
}

/* ---- getting more ---- */

/* A row begins outside quotes, so scanning may begin anew at its start. */
static void restart_row(struct csv_reader *r) {
    r->scanned = r->field_at = r->row_at;
    r->scan.quoted = 0;
    r->special = r->scan.special = false;
    r->place_at = r->place_count = r->field_count = 0;
}

static enum imjin_status more(struct csv_reader *r, struct error *err) {
    bool full;
    enum imjin_status status = window_more(&r->window, r->row_at, &full, err);
    if (status != IMJIN_OK) {
        error_at(err, input_name(r->window.in), 0);
        r->broken = true;
        return status;
    }
    if (full)
        return file_fault(r, r->line, err,
                          r->scan.quoted ? "a row of more than 16 MB: is the quote that opens one of its fields never closed?"
                                         : "a row of more than 16 MB, the limit");
    r->row_at = 0;
    restart_row(r);
    return IMJIN_OK;
}

static void scan_on(struct csv_reader *r) {
    uint64_t left = r->window.count - r->scanned, some = left < SCAN_BYTES ? left : SCAN_BYTES;
    r->place_at = 0;
    r->place_count = (uint32_t)scan_table(r->places, &r->scan, r->window.bytes + r->scanned, some, (uint32_t)r->scanned);
    r->special |= r->scan.special;
    r->scanned += some;
}

/* ---- one row ---- */

static uint64_t lines_in(const char *bytes, uint64_t count) {
    uint64_t lines = 0;
    for (const char *end = bytes + count; bytes < end; bytes++) {
        bytes = memchr(bytes, '\n', (size_t)(end - bytes));
        if (bytes == NULL)
            break;
        lines++;
    }
    return lines;
}

/* The line of the quote that opened what is still open at the end. */
static uint64_t opening_line(const struct csv_reader *r) {
    uint64_t line = r->line, opened = r->line;
    bool inside = false;
    for (uint64_t i = r->row_at; i < r->window.count; i++) {
        char c = r->window.bytes[i];
        bool doubled = inside && c == '"' && i + 1 < r->window.count && r->window.bytes[i + 1] == '"';
        i += doubled;
        if (c == '"' && !doubled) {
            inside = !inside;
            opened = line;
        }
        line += c == '\n';
    }
    return opened;
}

/* Takes the quotes off, in place. */
static bool unquote(struct span *field, char *bytes) {
    uint64_t count = field->count, out = 0;
    if (count < 2 || bytes[0] != '"' || bytes[count - 1] != '"')
        return false;
    for (uint64_t i = 1; i + 1 < count; i++) {
        if (bytes[i] == '"' && (i + 2 >= count || bytes[++i] != '"'))
            return false;
        bytes[out++] = bytes[i];
    }
    *field = (struct span){bytes, out};
    return true;
}

static enum imjin_status mend_fields(struct csv_reader *r, struct error *err) {
    for (uint32_t i = 0; i < r->field_count; i++) {
        struct span *f = &r->fields[i];
        if (f->count == 0)
            continue;
        if (memchr(f->bytes, '\0', f->count))
            return row_fault(r, r->line, err, "a NUL byte; is this a text file?");
        if (memchr(f->bytes, '"', f->count) && !unquote(f, r->window.bytes + (f->bytes - r->window.bytes)))
            return fail_value(err, input_name(r->window.in), r->line, NULL, f->bytes, f->count,
                              "a quote stands inside a field; quote the whole field and double its quotes");
    }
    return IMJIN_OK;
}

static enum imjin_status check_row(struct csv_reader *r, uint64_t length, struct error *err) {
    if (r->field_count > CSV_COLUMNS_MAX)
        return fail_value(err, input_name(r->window.in), r->line, NULL, NULL, 0,
                          "a row of %" PRIu32 " columns; the limit is %d", r->field_count, CSV_COLUMNS_MAX);
    if (r->special)
        TRY(mend_fields(r, err));
    for (uint32_t i = 0; length > CSV_FIELD_BYTES_MAX && i < r->field_count; i++)
        if (r->fields[i].count > CSV_FIELD_BYTES_MAX)
            return fail_value(err, input_name(r->window.in), r->line, NULL, r->fields[i].bytes, r->fields[i].count,
                              "a field of %" PRIu64 " bytes; the limit is %d", r->fields[i].count, CSV_FIELD_BYTES_MAX);
    return IMJIN_OK;
}

static inline void end_field(struct csv_reader *r, uint64_t end) {
    if (r->field_count < CSV_COLUMNS_MAX)
        r->fields[r->field_count] = (struct span){r->window.bytes + r->field_at, end - r->field_at};
    r->field_count++;
}

/* The row is [row_at, end) and the next begins at `next`. *ret null for a blank line. */
static enum imjin_status end_row(struct csv_reader *r, uint64_t end, uint64_t next, const struct csv_row **ret,
                                 struct error *err) {
    const char *bytes = r->window.bytes + r->row_at;
    uint64_t length = end - r->row_at, lines = 1 + (r->special ? lines_in(bytes, length) : 0);
    end_field(r, end);
    enum imjin_status status = length ? check_row(r, length, err) : IMJIN_OK;
    r->row = (struct csv_row){r->fields, r->field_count, r->line, r->window.offset + next, r->line + lines};
    *ret = length && status == IMJIN_OK ? &r->row : NULL;
    r->row_at = r->field_at = next;
    r->line += lines;
    r->field_count = 0;
    r->special = r->scan.special && next < r->scanned;
    return status;
}

/* What follows a CR: 1 a LF, 0 something else, -1 not seen yet. */
static int line_feed_follows(const struct csv_reader *r, uint64_t place) {
    if (place + 1 < r->window.count)
        return r->window.bytes[place + 1] == '\n';
    return r->window.ended ? 0 : -1;
}

static enum imjin_status last_row(struct csv_reader *r, const struct csv_row **ret, struct error *err) {
    *ret = NULL;
    if (r->scan.quoted)
        return file_fault(r, opening_line(r), err, "the quote that opens a field on this line is never closed");
    if (r->row_at == r->window.count)
        return IMJIN_OK;
    return end_row(r, r->window.count, r->window.count, ret, err);
}

/* Takes places until one ends a row. *ret_done: a row (or blank line) was ended or the row failed. */
static enum imjin_status take_places(struct csv_reader *r, bool *ret_done, const struct csv_row **ret, struct error *err) {
    const char *bytes = r->window.bytes;
    const char separator = r->scan.separator;
    *ret_done = true;
    while (r->place_at < r->place_count) {
        uint64_t place = r->places[r->place_at++];
        char c = bytes[place];
        if (c == separator) {
            end_field(r, place);
            r->field_at = place + 1;
        } else if (c == '\n') {
            if (place < r->row_at) /* the second half of a CRLF that was taken whole */
                continue;
            return end_row(r, place, place + 1, ret, err);
        } else {
            int follows = line_feed_follows(r, place);
            if (follows > 0)
                return end_row(r, place, place + 2, ret, err);
            if (follows == 0)
                return file_fault(r, r->line, err,
                                  "a carriage return that ends no line; lines end in LF or CRLF, so convert the file first");
            return more(r, err);
        }
    }
    *ret_done = false;
    return IMJIN_OK;
}

enum imjin_status csv_next(struct csv_reader *r, const struct csv_row **ret, struct error *err) {
    INVARIANT(!r->broken);
    for (;;) {
        const struct csv_row *row = NULL;
        bool done;
        TRY(take_places(r, &done, &row, err));
        if (row) {
            *ret = row;
            return IMJIN_OK;
        }
        if (done)
            continue;
        if (r->scanned < r->window.count) {
            scan_on(r);
        } else if (!r->window.ended) {
            TRY(more(r, err));
        } else {
            TRY(last_row(r, &row, err));
            *ret = row;
            return IMJIN_OK;
        }
    }
}

bool csv_broken(const struct csv_reader *r) { return r->broken; }

/* ---- beginning ---- */

static enum imjin_status pass_mark(struct window *w, uint64_t *ret_at, struct error *err) {
    bool full;
    while (w->count < BOM_BYTES && !w->ended)
        TRY(window_more(w, 0, &full, err));
    if (w->count >= 2 && (memcmp(w->bytes, "\xff\xfe", 2) == 0 || memcmp(w->bytes, "\xfe\xff", 2) == 0))
        return fail_value(err, input_name(w->in), 1, NULL, NULL, 0, "the text is UTF-16; convert it to UTF-8");
    *ret_at = w->count >= BOM_BYTES && memcmp(w->bytes, "\xef\xbb\xbf", BOM_BYTES) == 0 ? BOM_BYTES : 0;
    return IMJIN_OK;
}

enum imjin_status csv_new(struct csv_reader **ret, struct window *w, char separator, struct error *err) {
    uint64_t at;
    TRY(pass_mark(w, &at, err));
    struct csv_reader *r = memory_new(1, sizeof *r);
    if (r == NULL)
        return fail_memory(err, "reading a table");
    r->scan.separator = separator;
    r->line = 1;
    r->window = *w;
    r->row_at = at;
    *w = (struct window){0};
    restart_row(r);
    *ret = r;
    return IMJIN_OK;
}

void csv_free(struct csv_reader *r) {
    if (r == NULL)
        return;
    window_done(&r->window);
    memory_free(r);
}

enum imjin_status csv_forward(struct csv_reader *r, uint64_t offset, uint64_t line, struct error *err) {
    if (offset < r->window.offset + r->row_at)
        return fail(err, IMJIN_USAGE, "cannot go back to byte %" PRIu64 " of %s", offset, input_name(r->window.in));
    TRY(window_forward(&r->window, offset, err));
    r->row_at = 0;
    r->line = line;
    restart_row(r);
    return IMJIN_OK;
}

/* ---- lines ---- */

enum imjin_status line_reader_init(struct line_reader *r, struct window *w, struct error *err) {
    uint64_t at;
    TRY(pass_mark(w, &at, err));
    *r = (struct line_reader){.window = *w, .line = 1, .at = at};
    *w = (struct window){0};
    return IMJIN_OK;
}

void line_reader_done(struct line_reader *r) { window_done(&r->window); }

static bool blank(struct span s) {
    for (uint64_t i = 0; i < s.count; i++)
        if (s.bytes[i] != ' ' && s.bytes[i] != '\t' && s.bytes[i] != '\r')
            return false;
    return true;
}

/* The end of the line that begins at r->at, reading on until it is seen. */
static enum imjin_status line_end(struct line_reader *r, uint64_t *ret_end, struct error *err) {
    for (uint64_t seen = 0;;) {
        const char *from = r->window.bytes + r->at + seen;
        const char *end = memchr(from, '\n', r->window.count - r->at - seen);
        if (end || r->window.ended) {
            *ret_end = end ? (uint64_t)(end - r->window.bytes) : r->window.count;
            return IMJIN_OK;
        }
        bool full;
        seen = r->window.count - r->at;
        TRY(window_more(&r->window, r->at, &full, err));
        r->at = 0;
        if (full)
            return fail_value(err, input_name(r->window.in), r->line, NULL, NULL, 0, "a line of more than 16 MB, the limit");
    }
}

enum imjin_status line_next(struct line_reader *r, struct text_line *ret, struct error *err) {
    struct text_line line = {0};
    uint64_t end = 0;
    do {
        enum imjin_status status = line_end(r, &end, err);
        if (status != IMJIN_OK) {
            r->broken = true;
            error_at(err, input_name(r->window.in), 0);
            return status;
        }
        if (r->at == r->window.count) {
            *ret = (struct text_line){0};
            return IMJIN_OK;
        }
        line.text = (struct span){r->window.bytes + r->at, end - r->at};
        line.line = r->line++;
        r->at = end < r->window.count ? end + 1 : end;
        line.offset_after = r->window.offset + r->at;
    } while (blank(line.text));
    if (memchr(line.text.bytes, '\0', line.text.count))
        return fail_value(err, input_name(r->window.in), line.line, NULL, NULL, 0, "a NUL byte; is this a text file?");
    if (line.text.bytes[line.text.count - 1] == '\r')
        line.text.count--;
    *ret = line;
    return IMJIN_OK;
}

enum imjin_status line_forward(struct line_reader *r, uint64_t offset, uint64_t line, struct error *err) {
    if (offset < r->window.offset + r->at)
        return fail(err, IMJIN_USAGE, "cannot go back to byte %" PRIu64 " of %s", offset, input_name(r->window.in));
    TRY(window_forward(&r->window, offset, err));
    r->at = 0;
    r->line = line;
    return IMJIN_OK;
}
