/* Bytes of a file as a stream, unpacked when they are gzip or zstd (told by their first bytes, never by the name), in bounded
 * memory whatever they unpack to. */
#ifndef IMJIN_CODEC_INPUT_H
#define IMJIN_CODEC_INPUT_H

#include "base/base.h"
#include "codec/limits.h"

struct input;

/* Opens a file; "-" is standard input (not closed). With `threads` above 1 packed bytes are unpacked on a thread of their own.
 * gzip may have several members and zeros behind them, zstd several frames. IMJIN_BAD_INPUT for packings that are not read
 * (bzip2, xz, zip), named in the message. */
enum imjin_status input_open(struct input **ret, const char *path, unsigned threads, struct error *err);
/* Reads `count` bytes in memory, which stay the caller's, just as a file of them. `name` is for messages. */
enum imjin_status input_open_memory(struct input **ret, const char *name, const void *bytes, uint64_t count, unsigned threads,
                                    struct error *err);
void input_close(struct input *in); /* null is fine */

/* Up to `room` (> 0) unpacked bytes; *ret_count 0 at the end only. IMJIN_BAD_INPUT when the packed bytes are damaged or end too
 * early. After a failure only input_close() may follow. */
enum imjin_status input_read(struct input *in, void *ret_bytes, uint64_t room, uint64_t *ret_count, struct error *err);
/* Passes over `count` unpacked bytes: at once in a plain file, by unpacking otherwise. IMJIN_BAD_INPUT when there are fewer. */
enum imjin_status input_skip(struct input *in, uint64_t count, struct error *err);

const char *input_name(const struct input *in);
const char *input_packing(const struct input *in); /* "plain", "gzip", "zstd" */
/* Bytes as stored: how many were taken so far, and how many there are (0: not known). For progress. */
uint64_t input_done(const struct input *in);
uint64_t input_total(const struct input *in);

/* SHA-256 that tells the same stored bytes again: over the size and the whole of a file of up to INPUT_FINGERPRINT_WHOLE bytes,
 * else the size and INPUT_FINGERPRINT_SAMPLES samples of INPUT_FINGERPRINT_SAMPLE bytes spread evenly, first and last included.
 * What cannot be sought (a pipe) is told by its first INPUT_RAW_BYTES. Call before the first read. */
enum imjin_status input_fingerprint(struct input *in, struct sha256 *ret, struct error *err);

/* ---- a window on a stream: the part of it that is being looked at ---- */

/* bytes[0, count) is what stands at `offset` of the stream. `ended`: nothing follows. Belongs to one reader. */
struct window {
    struct input *in;
    char *bytes;
    uint64_t count, room, room_max, offset;
    bool ended;
};
/* `room_max` bytes at most can be seen together. The input stays the caller's. */
enum imjin_status window_init(struct window *w, struct input *in, uint64_t room_max, struct error *err);
/* Drops bytes[0, used), moves the rest to the front and reads on behind it; grows when what is left fills it. At least one
 * byte more, or `ended`. When `room_max` are in use already *ret_full is true and nothing happens. */
enum imjin_status window_more(struct window *w, uint64_t used, bool *ret_full, struct error *err);
/* Goes on at `offset` of the stream, which must not lie before the window's. */
enum imjin_status window_forward(struct window *w, uint64_t offset, struct error *err);
void window_done(struct window *w);

#endif
