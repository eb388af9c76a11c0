/* A file of clusters that a stranger made: opening and asking may fail, and do nothing else. */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cluster/inside.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);

static void ask(const struct clusters *c) {
    struct script_id largest[4];
    uint64_t rows;
    (void)!cluster_largest(c, largest, 4, &rows, NULL);
    (void)cluster_refused(c, &rows);
    (void)cluster_links(c, &rows);
    for (uint32_t i = 0; i < 8; i++) {
        struct cluster_members m;
        struct cluster_path path;
        uint32_t size;
        (void)!cluster_size(c, (struct script_id){i}, &size, NULL);
        if (cluster_list(c, (struct script_id){i}, i % 2 ? UINT32_MAX : 2, &m, NULL) == IMJIN_OK)
            cluster_members_done(&m);
        if (cluster_why(c, (struct script_id){i}, (struct script_id){0}, UINT32_MAX, &path, NULL) == IMJIN_OK)
            cluster_path_done(&path);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count) {
    char path[64];
    struct clusters *c;
    snprintf(path, sizeof path, "/tmp/fuzz-cluster-%ld", (long)getpid());
    FILE *file = fopen(path, "wb");
    if (file == NULL)
        abort();
    struct cluster_head head;
    if (count >= sizeof head) { /* the head's own hash must not keep everything else out */
        memcpy(&head, bytes, sizeof head);
        head.head_hash = hash_bytes(&head, offsetof(struct cluster_head, head_hash), CLUSTER_VERSION);
        fwrite(&head, 1, sizeof head, file);
        fwrite(bytes + sizeof head, 1, count - sizeof head, file);
    } else if (count) {
        fwrite(bytes, 1, count, file);
    }
    fclose(file);
    if (cluster_open(&c, path, NULL) == IMJIN_OK) {
        ask(c);
        cluster_close(c);
    }
    unlink(path);
    return 0;
}
