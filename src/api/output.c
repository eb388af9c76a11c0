#include "api/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/limits.h"

enum imjin_status output_svg(struct text *t, struct file_writer *file, const struct report_input *in, struct error *err) {
    (void)file;
    return report_svg(t, in, err);
}

enum imjin_status output_html(struct text *t, struct file_writer *file, const struct report_input *in, struct error *err) {
    (void)file;
    return report_html(t, in, err);
}

/* What a result replaces: the file behind a link, not the link. *ret_whole false: a device or a pipe, written to directly. */
static enum imjin_status target_of(const char *path, char ret_path[PATH_BYTES_MAX], bool *ret_whole, struct error *err) {
    struct stat about;
    char real[PATH_BYTES_MAX];
    bool resolved = false;
    *ret_whole = true;
    if (stat(path, &about) == 0) {
        *ret_whole = S_ISREG(about.st_mode);
        if (S_ISDIR(about.st_mode))
            return fail(err, IMJIN_USAGE, "%.200s is a directory; name a file", path);
        resolved = realpath(path, real) != NULL;
    }
    int count = snprintf(ret_path, PATH_BYTES_MAX, "%s", resolved && *ret_whole ? real : path);
    return count < PATH_BYTES_MAX ? IMJIN_OK : fail(err, IMJIN_USAGE, "path too long: %.60s...", path);
}

static enum imjin_status write_directly(const char *path, const char *bytes, uint64_t count, struct error *err) {
    int descriptor = open(path, O_WRONLY | O_CLOEXEC);
    if (descriptor < 0)
        return fail_errno(err, "cannot write", path);
    enum imjin_status status = IMJIN_OK;
    while (count && status == IMJIN_OK) {
        ssize_t done = write(descriptor, bytes, count < ((uint64_t)1 << 30) ? count : (uint64_t)1 << 30);
        if (done < 0 && errno != EINTR)
            status = fail_errno(err, "cannot write", path);
        if (done > 0) {
            bytes += done;
            count -= (uint64_t)done;
        }
    }
    if (close(descriptor) != 0 && status == IMJIN_OK)
        status = fail_errno(err, "cannot write", path);
    return status;
}

/* A missing directory is the machine's fault, not something asked for that was not found. */
static enum imjin_status as_machine(enum imjin_status status, struct error *err) {
    if (status == IMJIN_NOT_FOUND && err)
        err->status = IMJIN_MACHINE;
    return status == IMJIN_NOT_FOUND ? IMJIN_MACHINE : status;
}

static enum imjin_status replace(const char *path, output_render *render, const struct report_input *in, struct error *err) {
    char beside[PATH_BYTES_MAX];
    struct text t = {.bytes_max = API_OUTPUT_BYTES_MAX};
    struct file_writer *w;
    if (snprintf(beside, sizeof beside, "%s.tmp", path) >= PATH_BYTES_MAX)
        return fail(err, IMJIN_USAGE, "path too long: %.60s...", path);
    TRY(as_machine(file_writer_open(&w, beside, FILE_CREATE, 0, false, err), err));
    enum imjin_status status = render(&t, w, in, err);
    file_write(w, t.bytes, t.count);
    text_done(&t);
    enum imjin_status closed = file_writer_close(w, NULL, status == IMJIN_OK ? err : NULL);
    status = status == IMJIN_OK ? closed : status;
    if (status == IMJIN_OK)
        status = file_rename(beside, path, err);
    if (status != IMJIN_OK && file_remove(beside, NULL) != IMJIN_OK)
        return status; /* what is left is a .tmp file; the first failure is the one to tell */
    return status;
}

static enum imjin_status render_directly(const char *path, output_render *render, const struct report_input *in,
                                         struct error *err) {
    struct text t = {.bytes_max = API_OUTPUT_BYTES_MAX};
    enum imjin_status status = render(&t, NULL, in, err);
    if (status == IMJIN_OK)
        status = write_directly(path, t.bytes, t.count, err);
    text_done(&t);
    return status;
}

enum imjin_status output_file(const char *path, output_render *render, const struct report_input *in, struct error *err) {
    char target[PATH_BYTES_MAX];
    bool whole;
    TRY(target_of(path, target, &whole, err));
    return whole ? replace(target, render, in, err) : render_directly(target, render, in, err);
}

enum imjin_status output_bytes(const char *path, const char *bytes, uint64_t count, struct error *err) {
    char target[PATH_BYTES_MAX];
    bool whole;
    TRY(target_of(path, target, &whole, err));
    if (!whole)
        return write_directly(target, bytes, count, err);
    return as_machine(file_replace(target, bytes, count, err), err);
}
