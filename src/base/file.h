/* Files: mapped reading, buffered and hashed writing, atomic replacement, locks, directories. Paths are UTF-8 bytes.
 * All failures are IMJIN_MACHINE with path and reason, or IMJIN_NOT_FOUND where the file does not exist. */
#ifndef IMJIN_BASE_FILE_H
#define IMJIN_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/hash.h"

enum { PATH_BYTES_MAX = 4096 };

/* Joins with '/'; IMJIN_USAGE when the result does not fit. `ret_path` has PATH_BYTES_MAX bytes. */
enum imjin_status path_join(char *ret_path, struct error *err, const char *directory, const char *name);

/* A file mapped read-only. An empty file has bytes == null and count == 0. Readers may share it across threads. */
struct mapping {
    const uint8_t *bytes;
    uint64_t count;
};
enum imjin_status mapping_open(struct mapping *ret, const char *path, struct error *err);
/* Maps only the first `count` bytes; IMJIN_BAD_INPUT when the file is shorter. */
enum imjin_status mapping_open_prefix(struct mapping *ret, const char *path, uint64_t count, struct error *err);
/* Maps the whole file; IMJIN_BAD_INPUT when it has not `count` bytes. */
enum imjin_status mapping_open_exact(struct mapping *ret, const char *path, uint64_t count, struct error *err);
void mapping_close(struct mapping *m);

/* Buffered writer that hashes what it writes when asked. Errors stick and come out of file_writer_close(). */
struct file_writer;
enum file_mode { FILE_CREATE, FILE_APPEND /* continue after `keep_bytes`, cutting what follows */ };
enum imjin_status file_writer_open(struct file_writer **ret, const char *path, enum file_mode mode, uint64_t keep_bytes,
                                   bool hashed, struct error *err);
void file_write(struct file_writer *w, const void *bytes, uint64_t count);
uint64_t file_written(const struct file_writer *w); /* bytes written by this writer, without keep_bytes */
/* Flushes, fsyncs and closes; ret_hash (may be null) is the SHA-256 of what this writer wrote. Frees w either way. */
enum imjin_status file_writer_close(struct file_writer *w, struct sha256 *ret_hash, struct error *err);
void file_writer_abandon(struct file_writer *w); /* close without sync; null is fine */

/* Whole small file into memory (NUL added, not counted); IMJIN_BAD_INPUT above bytes_max. Free with memory_free. */
enum imjin_status file_read(const char *path, uint64_t bytes_max, char **ret_bytes, uint64_t *ret_count, struct error *err);
/* Writes path.tmp, fsyncs, renames over path, fsyncs the directory: after a crash either the old or the new file stands. */
enum imjin_status file_replace(const char *path, const void *bytes, uint64_t count, struct error *err);
enum imjin_status file_rename(const char *from, const char *to, struct error *err); /* and fsyncs the directory */
enum imjin_status file_remove(const char *path, struct error *err);                 /* absent is fine */
[[nodiscard]] bool file_exists(const char *path);
[[nodiscard]] bool directory_exists(const char *path);
enum imjin_status directory_make(const char *path, struct error *err); /* and its parents; existing is fine */
enum imjin_status directory_sync(const char *path, struct error *err);
enum imjin_status directory_remove(const char *path, struct error *err); /* with everything in it; absent is fine */
/* Names in a directory, sorted by bytes, without "." and "..". Free the array and each name with memory_free. */
enum imjin_status directory_list(const char *path, char ***ret_names, size_t *ret_count, struct error *err);

/* Exclusive lock on `path` (created when absent), for this process; IMJIN_MACHINE "another process ..." when taken. */
struct file_lock {
    int descriptor;
};
enum imjin_status file_lock_take(struct file_lock *ret, const char *path, struct error *err);
void file_lock_release(struct file_lock *l);

#endif
