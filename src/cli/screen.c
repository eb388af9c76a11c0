#include "cli/screen.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "cli/limits.h"

enum { BAR_CELLS = 20 };

static atomic_bool stop_wanted;
static bool output_closed;

void screen_guard_descriptors(void) {
    for (int descriptor = 0; descriptor <= 2; descriptor++) {
        if (fcntl(descriptor, F_GETFD) >= 0 || errno != EBADF)
            continue;
        if (descriptor == STDOUT_FILENO)
            output_closed = true;
        /* the lowest free number is this one, since those below are taken */
        if (open("/dev/null", O_RDWR) < 0)
            _exit(IMJIN_MACHINE);
    }
}

static void on_stop(int signal_number) {
    if (atomic_exchange(&stop_wanted, true)) {
        signal(signal_number, SIG_DFL);
        raise(signal_number);
    }
}

void screen_catch_signals(void) {
    struct sigaction stop = {.sa_handler = on_stop}, ignore = {.sa_handler = SIG_IGN};
    sigemptyset(&stop.sa_mask);
    sigemptyset(&ignore.sa_mask);
    sigaction(SIGINT, &stop, NULL);
    sigaction(SIGTERM, &stop, NULL);
    sigaction(SIGPIPE, &ignore, NULL);
}

const atomic_bool *screen_stop_flag(void) { return &stop_wanted; }

static int64_t milliseconds_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void screen_begin(struct screen *s, bool progress, bool quiet) {
    const char *terminal = getenv("TERM");
    *s = (struct screen){.quiet = quiet, .busy = ATOMIC_FLAG_INIT};
    s->draws = progress && !quiet && isatty(STDERR_FILENO) && terminal && strcmp(terminal, "dumb") != 0;
}

/* "1.2 M rows", "734 MB": short enough for a line. */
static void short_count(char *ret, size_t bytes, uint64_t count) {
    static const char units[] = " kMGT";
    unsigned unit = 0;
    uint64_t tenths = count < UINT64_MAX / 10 ? count * 10 : count;
    while (tenths >= 10000 && unit < 4) {
        tenths /= 1000;
        unit++;
    }
    if (unit == 0)
        snprintf(ret, bytes, "%llu ", (unsigned long long)count);
    else
        snprintf(ret, bytes, "%llu.%llu %c", (unsigned long long)(tenths / 10), (unsigned long long)(tenths % 10), units[unit]);
}

static void time_left(char *ret, size_t bytes, uint64_t done, uint64_t total, uint64_t rate) {
    *ret = '\0';
    if (total <= done || rate == 0)
        return;
    uint64_t seconds = (total - done + rate - 1) / rate;
    if (seconds < 3600)
        snprintf(ret, bytes, "  %llu:%02llu left", (unsigned long long)(seconds / 60), (unsigned long long)(seconds % 60));
    else
        snprintf(ret, bytes, "  %llu h %02llu min left", (unsigned long long)(seconds / 3600),
                 (unsigned long long)(seconds / 60 % 60));
}

void screen_line(char ret_line[SCREEN_LINE_MAX], const char *what, const char *unit, uint64_t done, uint64_t total,
                 uint64_t rate_done, int64_t milliseconds) {
    char count[32], whole[48] = "", speed[32], left[40], bar[BAR_CELLS + 4] = "";
    uint64_t rate = milliseconds > 0 ? (uint64_t)((u128)rate_done * 1000 / (uint64_t)milliseconds) : 0;
    short_count(count, sizeof count, done);
    short_count(speed, sizeof speed, rate);
    time_left(left, sizeof left, done, total, rate);
    if (total) {
        char of[32];
        unsigned full = done >= total ? BAR_CELLS : (unsigned)((u128)done * BAR_CELLS / total);
        memset(bar, ' ', BAR_CELLS + 3);
        bar[0] = '[';
        memset(bar + 1, '#', full);
        bar[BAR_CELLS + 1] = ']';
        short_count(of, sizeof of, total);
        snprintf(whole, sizeof whole, "of %s", of);
    }
    snprintf(ret_line, SCREEN_LINE_MAX, "%.50s  %s%s%s%s  %s%s/s%s", what, bar, count, whole, unit, speed, unit, left);
}

static const struct screen_work *work_of(struct screen *s, const char *what, uint64_t done, int64_t now) {
    struct screen_work *work = NULL;
    for (unsigned i = 0; i < SCREEN_WORKS && work == NULL; i++)
        if (strncmp(s->works[i].what, what, sizeof s->works[i].what - 1) == 0)
            work = &s->works[i];
    if (work && done >= work->begun_done)
        return work;
    if (work == NULL)
        work = &s->works[s->next_work++ % SCREEN_WORKS];
    snprintf(work->what, sizeof work->what, "%s", what);
    work->begun_milliseconds = now;
    work->begun_done = done;
    return work;
}

static void draw(struct screen *s, const char *what, const char *unit, uint64_t done, uint64_t total) {
    char line[SCREEN_LINE_MAX], safe[SCREEN_LINE_MAX];
    int64_t now = milliseconds_now();
    const struct screen_work *work = work_of(s, what, done, now);
    if (s->drawn_milliseconds == 0)
        s->drawn_milliseconds = now; /* quick work draws nothing */
    if (now - s->drawn_milliseconds < CLI_REDRAW_MILLISECONDS)
        return;
    screen_line(line, what, unit, done, total, done - work->begun_done, now - work->begun_milliseconds);
    escape_ascii(safe, sizeof safe, line, strlen(line));
    fprintf(stderr, "\r\033[K%s", safe);
    s->drawn_milliseconds = now;
    s->drawn = true;
}

void screen_update(void *context, const char *what, const char *unit, uint64_t done, uint64_t total) {
    struct screen *s = context;
    if (!s->draws || atomic_flag_test_and_set(&s->busy))
        return;
    draw(s, what, unit, done, total);
    atomic_flag_clear(&s->busy);
}

void screen_clear(struct screen *s) {
    if (s->drawn)
        fprintf(stderr, "\r\033[K");
    s->drawn = false;
}

enum { NOTE_BYTES_MAX = 1024 };

void screen_note(struct screen *s, const char *format, ...) {
    va_list arguments;
    char line[NOTE_BYTES_MAX], safe[2 * NOTE_BYTES_MAX]; /* outside text may hold what a terminal obeys */
    if (s->quiet)
        return;
    screen_clear(s);
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    escape_ascii(safe, sizeof safe, line, strlen(line));
    fprintf(stderr, "%s\n", safe);
}

void screen_error(struct screen *s, const struct error *err) {
    char line[ERROR_TEXT_MAX + ERROR_FILE_MAX + ERROR_COLUMN_MAX + ERROR_VALUE_MAX + 64];
    char safe[2 * sizeof line];
    screen_clear(s);
    error_print(err, line, sizeof line);
    escape_ascii(safe, sizeof safe, line, strlen(line));
    fprintf(stderr, "imjin: %s\n", safe);
}

bool screen_colour(bool always, bool never) {
    const char *no_color = getenv("NO_COLOR"), *terminal = getenv("TERM");
    if (never || always)
        return !never;
    if (no_color && *no_color)
        return false;
    return isatty(STDOUT_FILENO) && terminal && strcmp(terminal, "dumb") != 0;
}

enum imjin_status screen_write(const char *bytes, uint64_t count, struct error *err) {
    if (count == 0)
        return IMJIN_OK;
    if (output_closed)
        return fail(err, IMJIN_MACHINE, "standard output is closed; the result was not written");
    while (count) {
        ssize_t done = write(STDOUT_FILENO, bytes, count < ((uint64_t)1 << 30) ? count : (uint64_t)1 << 30);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0 && errno == EPIPE)
            return fail(err, IMJIN_MACHINE, "%s", "");
        if (done < 0)
            return fail_errno(err, "cannot write to", "standard output");
        bytes += done;
        count -= (uint64_t)done;
    }
    return IMJIN_OK;
}
