#include "base/memory.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static _Atomic uint64_t allocations, fail_from;
static atomic_bool fail_all_after;

static bool refused(void) {
    uint64_t number = atomic_fetch_add_explicit(&allocations, 1, memory_order_relaxed) + 1;
    uint64_t from = atomic_load_explicit(&fail_from, memory_order_relaxed);
    if (from == 0)
        return false;
    return number == from || (number > from && atomic_load_explicit(&fail_all_after, memory_order_relaxed));
}

void memory_fail_at(uint64_t nth, bool forever) {
    uint64_t now = atomic_load_explicit(&allocations, memory_order_relaxed);
    atomic_store_explicit(&fail_all_after, forever, memory_order_relaxed);
    atomic_store_explicit(&fail_from, nth ? now + nth : 0, memory_order_relaxed);
}

uint64_t memory_allocations(void) { return atomic_load_explicit(&allocations, memory_order_relaxed); }

void *memory_new(size_t count, size_t size) {
    if (refused())
        return NULL;
    return calloc(count ? count : 1, size ? size : 1);
}

void *memory_resize(void *block, size_t count, size_t size) {
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes) || refused())
        return NULL;
    return realloc(block, bytes ? bytes : 1);
}

char *memory_text(const char *text, size_t bytes) {
    if (bytes == SIZE_MAX)
        return NULL;
    char *copy = memory_new(bytes + 1, 1);
    if (copy && bytes)
        memcpy(copy, text, bytes);
    return copy;
}

void memory_free(void *block) { free(block); }

enum { HUGE_PAGE_BYTES = 2 << 20 };

/* Huge pages come at their own alignment only: maps more than asked for and gives back both ends. */
static void *map_aligned(size_t bytes) {
    size_t whole;
    if (__builtin_add_overflow(bytes, HUGE_PAGE_BYTES, &whole))
        return MAP_FAILED;
    uint8_t *pages = mmap(NULL, whole, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED)
        return MAP_FAILED;
    size_t before = (HUGE_PAGE_BYTES - (uintptr_t)pages % HUGE_PAGE_BYTES) % HUGE_PAGE_BYTES, page = (size_t)getpagesize();
    size_t kept = (bytes + page - 1) / page * page;
    if (before)
        munmap(pages, before);
    if (whole - before > kept)
        munmap(pages + before + kept, whole - before - kept);
    return pages + before;
}

void *memory_new_pages(size_t bytes) {
    if (refused())
        return NULL;
    void *pages = bytes >= HUGE_PAGE_BYTES
                      ? map_aligned(bytes)
                      : mmap(NULL, bytes ? bytes : 1, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED)
        return NULL;
    madvise(pages, bytes, MADV_HUGEPAGE);
    return pages;
}

void memory_free_pages(void *block, size_t bytes) {
    if (block)
        munmap(block, bytes ? bytes : 1);
}

enum imjin_status fail_memory(struct error *err, const char *what) {
    return fail(err, IMJIN_MACHINE, "out of memory for %s", what);
}

enum imjin_status buffer_reserve(struct buffer *b, size_t more, struct error *err) {
    if (more > b->items_max || b->count > b->items_max - more)
        return fail(err, IMJIN_BAD_INPUT, "more than %zu %s", b->items_max, b->what);
    if (b->count + more <= b->room)
        return IMJIN_OK;
    size_t room = b->room + b->room / 2 + 16;
    if (room < b->count + more)
        room = b->count + more;
    if (room > b->items_max)
        room = b->items_max;
    void *items = memory_resize(b->items, room, b->item_bytes);
    if (items == NULL)
        return fail_memory(err, b->what);
    b->items = items;
    b->room = room;
    return IMJIN_OK;
}

enum imjin_status buffer_push(struct buffer *b, const void *item, void *ret_item_pointer, struct error *err) {
    TRY(buffer_reserve(b, 1, err));
    char *place = (char *)b->items + b->count++ * b->item_bytes;
    if (item)
        memcpy(place, item, b->item_bytes);
    else
        memset(place, 0, b->item_bytes);
    if (ret_item_pointer)
        memcpy(ret_item_pointer, &place, sizeof place);
    return IMJIN_OK;
}

void buffer_done(struct buffer *b) {
    memory_free(b->items);
    b->items = NULL;
    b->count = b->room = 0;
}

struct arena_block {
    struct arena_block *before;
    size_t used, room;
    _Alignas(16) unsigned char bytes[];
};

enum { ARENA_BLOCK_BYTES = 1 << 16 };

static bool arena_grow(struct arena *a, size_t bytes) {
    size_t room = bytes > ARENA_BLOCK_BYTES ? bytes : ARENA_BLOCK_BYTES;
    if (room > SIZE_MAX - sizeof(struct arena_block))
        return false;
    struct arena_block *block = memory_new(1, sizeof *block + room);
    if (block == NULL)
        return false;
    block->before = a->last;
    block->room = room;
    a->last = block;
    return true;
}

void *arena_new(struct arena *a, size_t count, size_t size) {
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes) || bytes > SIZE_MAX - 15)
        return NULL;
    bytes = (bytes + 15) & ~(size_t)15;
    if (a->budget_bytes && (bytes > a->budget_bytes || a->used_bytes > a->budget_bytes - bytes))
        return NULL;
    if ((a->last == NULL || a->last->room - a->last->used < bytes) && !arena_grow(a, bytes))
        return NULL;
    void *place = a->last->bytes + a->last->used;
    a->last->used += bytes;
    a->used_bytes += bytes;
    return place;
}

char *arena_text(struct arena *a, const char *text, size_t bytes) {
    if (bytes == SIZE_MAX)
        return NULL;
    char *copy = arena_new(a, bytes + 1, 1);
    if (copy && bytes)
        memcpy(copy, text, bytes);
    return copy;
}

void arena_done(struct arena *a) {
    while (a->last) {
        struct arena_block *before = a->last->before;
        memory_free(a->last);
        a->last = before;
    }
    a->used_bytes = 0;
}
