#include "list/build.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdio.h>

enum { CONNECT_SECONDS = 30, REDIRECTS_MAX = 5 };

struct fetching {
    struct file_writer *writer;
    struct list_fetched result;
    const struct progress *progress;
    struct error *err;
    enum imjin_status status;
};

static size_t on_bytes(char *bytes, size_t size, size_t count, void *context) {
    struct fetching *f = context;
    if (f->result.bytes + size * count > LIST_FETCH_BYTES_MAX) {
        f->status = fail(f->err, IMJIN_BAD_INPUT, "the file is larger than %d bytes", LIST_FETCH_BYTES_MAX);
        return 0;
    }
    f->result.bytes += size * count;
    file_write(f->writer, bytes, size * count);
    return size * count;
}

static size_t on_header(char *bytes, size_t size, size_t count, void *context) {
    struct fetching *f = context;
    struct span line = {bytes, size * count}, value;
    while (line.count && (line.bytes[line.count - 1] == '\r' || line.bytes[line.count - 1] == '\n'))
        line.count--;
    if (text_begins(line, "HTTP/"))
        f->result.etag[0] = 0; /* of an answer before a redirection */
    value = span_trim(text_after(line, 5));
    if (text_begins(line, "etag:") && value.count < sizeof f->result.etag && utf8_check(value, NULL)) {
        memcpy(f->result.etag, value.bytes, value.count);
        f->result.etag[value.count] = 0;
    }
    return size * count;
}

static int on_progress(void *context, curl_off_t total, curl_off_t done, curl_off_t up_total, curl_off_t up) {
    struct fetching *f = context;
    (void)up_total, (void)up;
    enum imjin_status status = progress_step(f->progress, "fetching a list", "bytes", (uint64_t)done, (uint64_t)total, f->err);
    if (status != IMJIN_OK)
        f->status = status;
    return status != IMJIN_OK;
}

/* Plain http could be changed on its way; on this machine it has none. */
static bool is_allowed(struct span url) {
    static const char *const beginnings[] = {"https://",          "file:///",          "http://127.0.0.1/", "http://127.0.0.1:",
                                             "http://localhost/", "http://localhost:", "http://[::1]/",     "http://[::1]:"};
    for (uint64_t i = 0; i < url.count; i++)
        if ((unsigned char)url.bytes[i] <= ' ' || url.bytes[i] == '@')
            return false;
    for (unsigned i = 0; i < sizeof beginnings / sizeof *beginnings; i++)
        if (text_begins(url, beginnings[i]))
            return true;
    return false;
}

static bool set_options(CURL *c, struct fetching *f, const char *url, struct curl_slist *headers) {
    bool remote = text_begins(span_of(url), "https:");
    return curl_easy_setopt(c, CURLOPT_URL, url) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "https,http,file") == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_REDIR_PROTOCOLS_STR, "https") == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, remote ? 1L : 0L) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_MAXREDIRS, (long)REDIRECTS_MAX) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_USERAGENT, "imjin (sanctions list reader)") == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L) == CURLE_OK && curl_easy_setopt(c, CURLOPT_FAILONERROR, 1L) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_SECONDS) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_TIMEOUT, (long)LIST_FETCH_SECONDS_MAX) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, 100L) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, (long)LIST_FETCH_STALL_SECONDS) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_PROXY, remote ? NULL : "") == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_bytes) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_WRITEDATA, f) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, on_header) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_HEADERDATA, f) == CURLE_OK && curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, on_progress) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_XFERINFODATA, f) == CURLE_OK;
}

static enum imjin_status perform(CURL *c, struct fetching *f, const char *url, struct curl_slist *headers, struct error *err) {
    char why[CURL_ERROR_SIZE] = "";
    long code = 0;
    if (!set_options(c, f, url, headers) || curl_easy_setopt(c, CURLOPT_ERRORBUFFER, why) != CURLE_OK)
        return fail(err, IMJIN_MACHINE, "the network library does not know an option that is needed");
    CURLcode result = curl_easy_perform(c);
    (void)curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &code);
    if (f->status != IMJIN_OK)
        return f->status;
    if (result != CURLE_OK)
        return fail(err, IMJIN_MACHINE, "cannot fetch %.200s: %.200s", url, why[0] ? why : curl_easy_strerror(result));
    f->result.unchanged = code == 304;
    return IMJIN_OK;
}

static pthread_once_t once = PTHREAD_ONCE_INIT;
static void begin_network(void) { (void)curl_global_init(CURL_GLOBAL_DEFAULT); }

static enum imjin_status fetch(struct fetching *f, const char *url, const char *etag, struct error *err) {
    char condition[160];
    struct curl_slist *headers = NULL;
    pthread_once(&once, begin_network);
    if (etag && etag[0]) {
        snprintf(condition, sizeof condition, "If-None-Match: %s", etag);
        headers = curl_slist_append(NULL, condition);
    }
    CURL *c = curl_easy_init();
    enum imjin_status status =
        c && (headers || !etag || !etag[0]) ? perform(c, f, url, headers, err) : fail_memory(err, "fetching");
    curl_easy_cleanup(c);
    curl_slist_free_all(headers);
    return status;
}

enum imjin_status list_fetch(struct list_fetched *ret, const char *url, const char *etag, const char *path,
                             const struct progress *p, struct error *err) {
    struct error own;
    struct fetching f = {.progress = p, .err = err ? err : &own};
    if (strlen(url) > LIST_SOURCE_MAX || !is_allowed(span_of(url)))
        return fail(err, IMJIN_USAGE, "%.200s is no URL to fetch from: https://, file:/// or http:// to this machine", url);
    TRY(file_writer_open(&f.writer, path, FILE_CREATE, 0, false, err));
    enum imjin_status status = fetch(&f, url, etag, f.err);
    if (status == IMJIN_OK)
        status = file_writer_close(f.writer, NULL, err);
    else
        file_writer_abandon(f.writer);
    if (status != IMJIN_OK || f.result.unchanged)
        (void)file_remove(path, NULL);
    if (status == IMJIN_OK)
        *ret = f.result;
    return status;
}
