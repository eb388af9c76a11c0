#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"

enum { WRITE_BUFFER_BYTES = 1 << 20, DIRECTORY_DEPTH_MAX = 64, DIRECTORY_NAMES_MAX = 1 << 20 };

enum imjin_status path_join(char *ret_path, struct error *err, const char *directory, const char *name) {
    char path[PATH_BYTES_MAX];
    int count = snprintf(path, sizeof path, "%s/%s", directory, name);
    if (count < 0 || count >= PATH_BYTES_MAX)
        return fail(err, IMJIN_USAGE, "path too long (over %d bytes): %.60s...", PATH_BYTES_MAX - 1, directory);
    memcpy(ret_path, path, (size_t)count + 1);
    return IMJIN_OK;
}

static enum imjin_status map_descriptor(struct mapping *ret, int descriptor, const char *path, uint64_t count,
                                        struct error *err) {
    struct mapping m = {NULL, count};
    if (count) {
        void *bytes = mmap(NULL, count, PROT_READ, MAP_SHARED, descriptor, 0);
        if (bytes == MAP_FAILED)
            return fail_errno(err, "cannot map", path);
        m.bytes = bytes;
    }
    *ret = m;
    return IMJIN_OK;
}

static enum imjin_status map_path(struct mapping *ret, const char *path, bool prefix, uint64_t count, struct error *err) {
    struct stat about;
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return fail_errno(err, "cannot open", path);
    enum imjin_status status;
    if (fstat(descriptor, &about) != 0)
        status = fail_errno(err, "cannot read", path);
    else if (!S_ISREG(about.st_mode))
        status = fail(err, IMJIN_BAD_INPUT, "%s is not a regular file", path);
    else if (prefix && (uint64_t)about.st_size < count)
        status = fail(err, IMJIN_BAD_INPUT, "%s was cut: %" PRIu64 " bytes expected, %" PRIu64 " there", path, count,
                      (uint64_t)about.st_size);
    else
        status = map_descriptor(ret, descriptor, path, prefix ? count : (uint64_t)about.st_size, err);
    close(descriptor);
    return status;
}

enum imjin_status mapping_open(struct mapping *ret, const char *path, struct error *err) {
    return map_path(ret, path, false, 0, err);
}

enum imjin_status mapping_open_prefix(struct mapping *ret, const char *path, uint64_t count, struct error *err) {
    return map_path(ret, path, true, count, err);
}

enum imjin_status mapping_open_exact(struct mapping *ret, const char *path, uint64_t count, struct error *err) {
    struct mapping m;
    TRY(map_path(&m, path, false, 0, err));
    if (m.count == count) {
        *ret = m;
        return IMJIN_OK;
    }
    enum imjin_status status =
        fail(err, IMJIN_BAD_INPUT, "%s has %" PRIu64 " bytes, not the %" PRIu64 " that belong there", path, m.count, count);
    mapping_close(&m);
    return status;
}

void mapping_close(struct mapping *m) {
    if (m->bytes)
        munmap((void *)m->bytes, m->count);
    *m = (struct mapping){0};
}

struct file_writer {
    int descriptor;
    int reason; /* errno of the first failure, 0: none */
    uint64_t written;
    uint64_t flushed; /* where in the file the next write goes */
    size_t held;
    struct sha256_stream *hash; /* null: not hashed */
    bool hash_failed;
    char path[PATH_BYTES_MAX];
    char buffer[WRITE_BUFFER_BYTES];
};

static enum imjin_status writer_position(struct file_writer *w, enum file_mode mode, uint64_t keep_bytes, struct error *err) {
    if (mode == FILE_CREATE)
        return IMJIN_OK;
    if (ftruncate(w->descriptor, (off_t)keep_bytes) != 0 || lseek(w->descriptor, (off_t)keep_bytes, SEEK_SET) < 0)
        return fail_errno(err, "cannot continue", w->path);
    w->flushed = keep_bytes;
    return IMJIN_OK;
}

enum imjin_status file_writer_open(struct file_writer **ret, const char *path, enum file_mode mode, uint64_t keep_bytes,
                                   bool hashed, struct error *err) {
    if (strlen(path) >= PATH_BYTES_MAX)
        return fail(err, IMJIN_USAGE, "path too long: %.60s...", path);
    struct file_writer *w = memory_new(1, sizeof *w);
    if (w == NULL)
        return fail_memory(err, "a file's buffer");
    snprintf(w->path, sizeof w->path, "%s", path);
    w->descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | (mode == FILE_CREATE ? O_TRUNC : 0), 0666);
    enum imjin_status status = IMJIN_OK;
    if (w->descriptor < 0)
        status = fail_errno(err, "cannot write", path);
    if (status == IMJIN_OK)
        status = writer_position(w, mode, keep_bytes, err);
    if (status == IMJIN_OK && hashed)
        status = sha256_new(&w->hash, err);
    if (status != IMJIN_OK) {
        file_writer_abandon(w);
        return status;
    }
    *ret = w;
    return IMJIN_OK;
}

static void write_out(struct file_writer *w, const char *bytes, size_t count) {
    if (w->hash && sha256_add(w->hash, bytes, count, NULL) != IMJIN_OK)
        w->hash_failed = true;
    while (count && w->reason == 0) {
        ssize_t done = write(w->descriptor, bytes, count);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0) {
            w->reason = done < 0 ? errno : EIO;
            return;
        }
        /* the disk may begin while the writer goes on: what fsync waits for at the end is then the rest only */
        sync_file_range(w->descriptor, (off64_t)w->flushed, done, SYNC_FILE_RANGE_WRITE);
        w->flushed += (uint64_t)done;
        bytes += done;
        count -= (size_t)done;
    }
}

void file_write(struct file_writer *w, const void *bytes, uint64_t count) {
    if (count == 0)
        return; /* nothing may stand at a null pointer */
    w->written += count;
    if (count <= WRITE_BUFFER_BYTES - w->held) {
        memcpy(w->buffer + w->held, bytes, count);
        w->held += count;
        return;
    }
    write_out(w, w->buffer, w->held);
    w->held = 0;
    if (count >= WRITE_BUFFER_BYTES) {
        write_out(w, bytes, count);
    } else {
        memcpy(w->buffer, bytes, count);
        w->held = count;
    }
}

uint64_t file_written(const struct file_writer *w) { return w->written; }

enum imjin_status file_writer_close(struct file_writer *w, struct sha256 *ret_hash, struct error *err) {
    enum imjin_status status = IMJIN_OK;
    write_out(w, w->buffer, w->held);
    w->held = 0;
    if (w->reason == 0 && fsync(w->descriptor) != 0)
        w->reason = errno;
    if (w->reason) {
        errno = w->reason;
        status = fail_errno(err, "cannot write", w->path);
    } else if (w->hash_failed) {
        status = fail(err, IMJIN_MACHINE, "SHA-256 failed in OpenSSL");
    } else if (w->hash) {
        struct sha256 hash;
        status = sha256_end(w->hash, &hash, err);
        w->hash = NULL;
        if (status == IMJIN_OK && ret_hash)
            *ret_hash = hash;
    }
    file_writer_abandon(w);
    return status;
}

void file_writer_abandon(struct file_writer *w) {
    if (w == NULL)
        return;
    sha256_free(w->hash);
    if (w->descriptor >= 0)
        close(w->descriptor);
    memory_free(w);
}

static enum imjin_status read_all(int descriptor, const char *path, uint64_t bytes_max, char **ret_bytes, uint64_t *ret_count,
                                  struct error *err) {
    char *bytes = NULL;
    uint64_t count = 0, room = 0;
    for (;;) {
        if (room - count < 4096) {
            room = room ? room * 2 : 65536;
            char *bigger = memory_resize(bytes, room + 1, 1);
            if (bigger == NULL) {
                memory_free(bytes);
                return fail_memory(err, path);
            }
            bytes = bigger;
        }
        ssize_t got = read(descriptor, bytes + count, room - count);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            memory_free(bytes);
            return fail_errno(err, "cannot read", path);
        }
        count += (uint64_t)got;
        if (count > bytes_max) {
            memory_free(bytes);
            return fail(err, IMJIN_BAD_INPUT, "%s is larger than the limit of %" PRIu64 " bytes", path, bytes_max);
        }
        if (got == 0)
            break;
    }
    bytes[count] = '\0';
    *ret_bytes = bytes;
    *ret_count = count;
    return IMJIN_OK;
}

enum imjin_status file_read(const char *path, uint64_t bytes_max, char **ret_bytes, uint64_t *ret_count, struct error *err) {
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return fail_errno(err, "cannot open", path);
    enum imjin_status status = read_all(descriptor, path, bytes_max, ret_bytes, ret_count, err);
    close(descriptor);
    return status;
}

static enum imjin_status sync_parent(const char *path, struct error *err) {
    char parent[PATH_BYTES_MAX];
    snprintf(parent, sizeof parent, "%s", path);
    char *slash = strrchr(parent, '/');
    if (slash == NULL)
        return directory_sync(".", err);
    slash[slash == parent] = '\0';
    return directory_sync(parent, err);
}

enum imjin_status file_replace(const char *path, const void *bytes, uint64_t count, struct error *err) {
    char temporary[PATH_BYTES_MAX];
    struct file_writer *w;
    if (snprintf(temporary, sizeof temporary, "%s.tmp", path) >= PATH_BYTES_MAX)
        return fail(err, IMJIN_USAGE, "path too long: %.60s...", path);
    TRY(file_writer_open(&w, temporary, FILE_CREATE, 0, false, err));
    file_write(w, bytes, count);
    TRY(file_writer_close(w, NULL, err));
    return file_rename(temporary, path, err);
}

enum imjin_status file_rename(const char *from, const char *to, struct error *err) {
    if (rename(from, to) != 0)
        return fail_errno(err, "cannot rename", from);
    return sync_parent(to, err);
}

enum imjin_status file_remove(const char *path, struct error *err) {
    if (unlink(path) != 0 && errno != ENOENT)
        return fail_errno(err, "cannot remove", path);
    return IMJIN_OK;
}

bool file_exists(const char *path) {
    struct stat about;
    return stat(path, &about) == 0 && S_ISREG(about.st_mode);
}

bool directory_exists(const char *path) {
    struct stat about;
    return stat(path, &about) == 0 && S_ISDIR(about.st_mode);
}

enum imjin_status directory_make(const char *path, struct error *err) {
    char partial[PATH_BYTES_MAX];
    size_t count = strlen(path);
    if (count == 0 || count >= PATH_BYTES_MAX)
        return fail(err, IMJIN_USAGE, "not a usable path: %.60s", path);
    memcpy(partial, path, count + 1);
    for (size_t i = 1; i <= count; i++) {
        if (partial[i] != '/' && partial[i] != '\0')
            continue;
        char kept = partial[i];
        partial[i] = '\0';
        if (mkdir(partial, 0777) != 0 && !(errno == EEXIST && directory_exists(partial)))
            return fail_errno(err, "cannot make directory", partial);
        partial[i] = kept;
    }
    return IMJIN_OK;
}

enum imjin_status directory_sync(const char *path, struct error *err) {
    int descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0)
        return fail_errno(err, "cannot open directory", path);
    /* some file systems refuse to sync a directory; then a rename is as durable as they make it */
    bool failed = fsync(descriptor) != 0 && errno != EINVAL && errno != EROFS;
    int reason = errno;
    close(descriptor);
    errno = reason;
    return failed ? fail_errno(err, "cannot sync directory", path) : IMJIN_OK;
}

static int by_name(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static enum imjin_status read_names(DIR *directory, const char *path, struct buffer *names, struct error *err) {
    for (;;) {
        errno = 0;
        struct dirent *entry = readdir(directory);
        if (entry == NULL)
            return errno ? fail_errno(err, "cannot list", path) : IMJIN_OK;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        char *name = memory_text(entry->d_name, strlen(entry->d_name));
        if (name == NULL)
            return fail_memory(err, "a directory's names");
        enum imjin_status status = buffer_push(names, &name, NULL, err);
        if (status != IMJIN_OK) {
            memory_free(name);
            return status;
        }
    }
}

enum imjin_status directory_list(const char *path, char ***ret_names, size_t *ret_count, struct error *err) {
    struct buffer names = {.item_bytes = sizeof(char *), .items_max = DIRECTORY_NAMES_MAX, .what = "names in a directory"};
    DIR *directory = opendir(path);
    if (directory == NULL)
        return fail_errno(err, "cannot list", path);
    enum imjin_status status = read_names(directory, path, &names, err);
    closedir(directory);
    if (status != IMJIN_OK) {
        for (size_t i = 0; i < names.count; i++)
            memory_free(((char **)names.items)[i]);
        buffer_done(&names);
        return status;
    }
    if (names.count)
        qsort(names.items, names.count, sizeof(char *), by_name);
    *ret_names = names.items;
    *ret_count = names.count;
    return IMJIN_OK;
}

/* Recursion is bounded by the depth of our own layout, not by input: links are never followed. */
static enum imjin_status remove_tree(int parent, const char *name, unsigned depth, struct error *err) {
    int descriptor = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (descriptor < 0)
        return errno == ENOENT ? IMJIN_OK : fail_errno(err, "cannot open directory", name);
    if (depth > DIRECTORY_DEPTH_MAX) {
        close(descriptor);
        return fail(err, IMJIN_BAD_INPUT, "%s is nested over %d directories deep", name, DIRECTORY_DEPTH_MAX);
    }
    DIR *directory = fdopendir(descriptor);
    if (directory == NULL) {
        close(descriptor);
        return fail_errno(err, "cannot list", name);
    }
    enum imjin_status status = IMJIN_OK;
    for (struct dirent *entry; status == IMJIN_OK && (entry = readdir(directory)) != NULL;) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (unlinkat(descriptor, entry->d_name, 0) == 0)
            continue;
        if (errno == EISDIR || errno == EPERM)
            status = remove_tree(descriptor, entry->d_name, depth + 1, err);
        else
            status = fail_errno(err, "cannot remove", entry->d_name);
    }
    closedir(directory);
    if (status == IMJIN_OK && unlinkat(parent, name, AT_REMOVEDIR) != 0)
        status = fail_errno(err, "cannot remove", name);
    return status;
}

enum imjin_status directory_remove(const char *path, struct error *err) { return remove_tree(AT_FDCWD, path, 0, err); }

enum imjin_status file_lock_take(struct file_lock *ret, const char *path, struct error *err) {
    int descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (descriptor < 0)
        return fail_errno(err, "cannot open the lock", path);
    if (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
        bool taken = errno == EWOULDBLOCK;
        enum imjin_status status =
            taken
                ? fail(err, IMJIN_MACHINE, "another process is writing here (lock %s); wait for it to end and try again", path)
                : fail_errno(err, "cannot lock", path);
        close(descriptor);
        return status;
    }
    ret->descriptor = descriptor;
    return IMJIN_OK;
}

void file_lock_release(struct file_lock *l) {
    if (l->descriptor >= 0)
        close(l->descriptor);
    l->descriptor = -1;
}
