/* The terminal: the progress line on standard error, notes for people, signals, and the descriptors the program was started
 * with. The only place of the program that reads a clock, and only to draw. */
#ifndef IMJIN_CLI_SCREEN_H
#define IMJIN_CLI_SCREEN_H

#include <stdatomic.h>
#include <stdio.h>

#include "base/base.h"

enum { SCREEN_WORKS = 4 };
struct screen_work {
    char what[120];
    int64_t begun_milliseconds;
    uint64_t begun_done;
};

struct screen {
    bool draws; /* standard error is a terminal and nobody said --no-progress or --quiet */
    bool drawn; /* a progress line stands there now */
    bool quiet;
    atomic_flag busy; /* held by the thread that draws */
    int64_t drawn_milliseconds;
    struct screen_work works[SCREEN_WORKS]; /* reading and writing take turns, and each has a rate of its own */
    unsigned next_work;
};

/* Opens the standard descriptors that the caller had closed, so that no file of ours gets their numbers, and remembers them.
 * Call first. */
void screen_guard_descriptors(void);
/* SIGINT and SIGTERM set the stop flag, and a second one ends the program at once; SIGPIPE becomes an error of writing. */
void screen_catch_signals(void);
const atomic_bool *screen_stop_flag(void);

void screen_begin(struct screen *s, bool progress, bool quiet);
/* Fits progress.update with a struct screen as context. Any thread. */
void screen_update(void *context, const char *what, const char *unit, uint64_t done, uint64_t total);
/* Removes the progress line. */
void screen_clear(struct screen *s);
/* One line for people on standard error, unless --quiet. */
void screen_note(struct screen *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The line of an error: "imjin: ...". */
void screen_error(struct screen *s, const struct error *err);

/* Whether results on standard output are coloured: --color, or a terminal without --no-color, NO_COLOR, TERM=dumb. */
[[nodiscard]] bool screen_colour(bool always, bool never);

/* Writes all of it to standard output. IMJIN_MACHINE when it is closed or full; err->text is empty when the reader only went
 * away, which is nothing to talk about. */
enum imjin_status screen_write(const char *bytes, uint64_t count, struct error *err);

/* The progress line, as screen_update draws it; for tests. `milliseconds` and `done` since the work began. */
enum { SCREEN_LINE_MAX = 160 };
void screen_line(char ret_line[SCREEN_LINE_MAX], const char *what, const char *unit, uint64_t done, uint64_t total,
                 uint64_t rate_done, int64_t milliseconds);

#endif
