/* Any bytes as XML: what is handed over has sound text and the tree can be walked. */
#include "codec/codec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum xml_take take(void *context, struct xml_node *e) {
    (void)context;
    return e->depth == 0 ? XML_ENTER : XML_TREE;
}

static void told(void *context, const char *path) {
    (void)context;
    INVARIANT(path[0] == '/' || path[0] == '@');
}

static enum imjin_status tree(void *context, struct xml_node *r, struct error *err) {
    (void)context, (void)err;
    INVARIANT(utf8_check(r->name, NULL) && utf8_check(r->text, NULL));
    (void)xml_text(r, "a");
    xml_unseen(r, told, NULL);
    xml_ignore(r);
    return IMJIN_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct xml_handler handler = {NULL, take, tree};
    struct error err = {0};
    struct input *in;
    if (input_open_memory(&in, "fuzz", data, size, 1, &err) != IMJIN_OK)
        return 0;
    if (xml_read(in, &handler, &err) != IMJIN_OK)
        INVARIANT(err.text[0]);
    input_close(in);
    return 0;
}
