/* Memory. Every allocation of the project goes through these calls, so that tests can fail each one in turn and budgets
 * can be kept. All report IMJIN_MACHINE when memory or the budget is gone; none aborts.
 * Thread-safety: the heap calls are safe; an arena or buffer belongs to one thread at a time. */
#ifndef IMJIN_BASE_MEMORY_H
#define IMJIN_BASE_MEMORY_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* `count` * `size` bytes, zeroed. Null when memory is gone or the product overflows (never for count 0: one byte). */
[[nodiscard]] void *memory_new(size_t count, size_t size);
/* Resizes to `count` * `size`; new bytes are not zeroed; on failure returns null and the old block stays. */
[[nodiscard]] void *memory_resize(void *block, size_t count, size_t size);
/* Copies `bytes` bytes and adds a NUL. */
[[nodiscard]] char *memory_text(const char *text, size_t bytes);
void memory_free(void *block);
/* Large table: zeroed, page-aligned, huge pages asked for. Free with memory_free_pages and the same size. */
[[nodiscard]] void *memory_new_pages(size_t bytes);
void memory_free_pages(void *block, size_t bytes);

/* fail(err, IMJIN_MACHINE, "out of memory ...") with what was wanted. */
enum imjin_status fail_memory(struct error *err, const char *what);

/* Tests only: the allocation number `nth` from now (1 = next) fails, and every one after it when `forever`; 0 switches
 * off. Returns through memory_allocations() how many there have been since the process began. */
void memory_fail_at(uint64_t nth, bool forever);
uint64_t memory_allocations(void);

/* A growing array of fixed-size items that states its maximum. Zero-initialise, set `item_bytes`, `items_max` and `what`. */
struct buffer {
    void *items;
    size_t count, room, item_bytes, items_max;
    const char *what; /* for the message when the maximum is reached */
};
/* Makes room for `more` items behind `count` (which the caller then raises). Grows by half or more. */
enum imjin_status buffer_reserve(struct buffer *b, size_t more, struct error *err);
/* Appends one item (copied from `item`, or zeroed when null) and returns it through ret_item (may be null). */
enum imjin_status buffer_push(struct buffer *b, const void *item, void *ret_item_pointer, struct error *err);
void buffer_done(struct buffer *b);

/* Arena: many small blocks freed together, within a byte budget (0: none). Zero-initialise, set `budget_bytes`. */
struct arena {
    struct arena_block *last;
    size_t used_bytes, budget_bytes;
};
/* Zeroed, 16-aligned; null when memory or the budget is gone. */
[[nodiscard]] void *arena_new(struct arena *a, size_t count, size_t size);
[[nodiscard]] char *arena_text(struct arena *a, const char *text, size_t bytes);
void arena_done(struct arena *a);

#endif
