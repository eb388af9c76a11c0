#include "cli/commands.h"

/* Makes `chain` the one that commands mean when they are given none. */
static enum imjin_status set_chain(const char *directory, const char *chain, struct error *err) {
    enum { SETTINGS_BYTES_MAX = 1 << 16 };
    char path[PATH_BYTES_MAX], *bytes;
    uint64_t count;
    struct text t = {0};
    TRY(path_join(path, err, directory, WORKSPACE_CONF));
    TRY(file_read(path, SETTINGS_BYTES_MAX, &bytes, &count, err));
    text_add(&t, bytes, count);
    text_add_format(&t, "chain = %s\n", chain);
    memory_free(bytes);
    enum imjin_status status = text_status(&t, err);
    if (status == IMJIN_OK)
        status = file_replace(path, t.bytes, t.count, err);
    text_done(&t);
    return status;
}

static void say(struct session *s, const char *directory) {
    if (s->json) {
        text_add_string(&s->out, "{\"schema\":\"imjin.init/1\",\"created\":true}\n");
    } else if (!s->quiet) {
        text_add_string(&s->out, "made the workspace ");
        report_add_outside(&s->out, span_of(directory));
        text_add_string(&s->out, "\n");
    }
}

enum imjin_status command_init(struct session *s, struct error *err) {
    const struct arguments *a = &s->arguments;
    const char *named = arguments_text(a, OPTION_WORKSPACE), *chain = arguments_text(a, OPTION_CHAIN);
    const char *directory = a->operand_count ? a->operands[0] : named ? named : ".";
    struct chain checked;
    if (a->operand_count && named && strcmp(a->operands[0], named) != 0)
        return fail(err, IMJIN_USAGE, "two directories were named: %.100s and %.100s", a->operands[0], named);
    if (chain)
        TRY(chain_find(&checked, chain, err));
    TRY(workspace_init(directory, err));
    if (chain)
        TRY(set_chain(directory, chain, err));
    say(s, directory);
    return text_status(&s->out, err);
}
